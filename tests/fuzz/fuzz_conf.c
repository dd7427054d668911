#include "fuzz.h"

#include "conf.h"
#include "crypto.h"
#include "utf8.h"

/* The two files that operators write: the configuration and the keys. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = slice_make(data, size);
    char err[120] = "";
    struct conf *c = conf_parse(s, "fuzz.conf", err, sizeof err);
    struct keyring *k;

    if (c != NULL) {
        FUZZ_CHECK(c->message_max >= 1 && c->message_max <= 100000);
        FUZZ_CHECK(c->tenant != NULL && utf8_valid(slice_str(c->tenant)));
        for (size_t i = 0; i < c->origins.n; i++) FUZZ_CHECK(c->origins.v[i][0] != '\0');
    } else {
        FUZZ_CHECK(err[0] != '\0' && utf8_valid(slice_str(err)));
    }
    conf_free(c);
    if (!crypto_start()) abort();
    k = keyring_parse(s, err, sizeof err);
    if (k != NULL) FUZZ_CHECK(keyring_current(k) > 0 && keyring_has(k, keyring_current(k)));
    keyring_free(k);
    return 0;
}
