#include "fuzz.h"

#include "relay.h"

static struct keyring *ring(void)
{
    static struct keyring *k;
    char err[100];

    if (k != NULL) return k;
    if (!crypto_start()) abort();
    k = keyring_parse(SLICE("1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"), err, sizeof err);
    FUZZ_CHECK(k != NULL);
    return k;
}

/* Fields drawn from the input: what can be signed verifies, for this request and no other. */
static void sign_and_verify(struct slice s)
{
    struct relay r = {.address = "-"}, got;
    struct slice rest = s, method, path;
    struct buf value = BUF_INIT;
    size_t n = s.n < sizeof r.address ? s.n : sizeof r.address - 1;

    if (s.n < 4) return;
    r.tenant = (uint8_t)s.p[0];
    r.account = (int64_t)(uint8_t)s.p[1] << 55;
    r.session = (uint8_t)s.p[2];
    r.time = (int64_t)(uint8_t)s.p[3] << 20;
    memcpy(r.address, s.p, n);
    r.address[n] = '\0';
    method = path = SLICE_NULL;
    (void)slice_cut(&rest, '\n', &method);
    (void)slice_cut(&rest, '\n', &path);
    if (relay_sign(ring(), &r, method, path, rest, &value)) {
        FUZZ_CHECK(relay_verify(ring(), buf_view(&value), method, path, rest, r.time, &got) == RELAY_GOOD);
        FUZZ_CHECK(got.tenant == r.tenant && got.account == r.account && got.session == r.session && got.time == r.time);
        FUZZ_CHECK(slice_eq(slice_str(got.address), slice_str(r.address)));
        FUZZ_CHECK(relay_verify(ring(), buf_view(&value), path, method, s, r.time, &got) == RELAY_FORGED);
    }
    buf_free(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = slice_make(data, size);
    struct relay r;

    /* Nobody guesses a MAC, least of all a fuzzer. */
    FUZZ_CHECK(relay_verify(ring(), s, SLICE("POST"), SLICE("/api"), SLICE_NULL, 1795208709, &r) != RELAY_GOOD);
    sign_and_verify(s);
    return 0;
}
