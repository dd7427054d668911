#include "fuzz.h"

#include "crypto.h"
#include "token.h"

/* A token that stands alone must be found in either header, and be the same there. */
static void in_headers(struct slice text, const struct token *alone)
{
    struct buf bearer = BUF_INIT, cookie = BUF_INIT;
    struct token t;
    bool by_cookie;

    buf_str(&bearer, "Bearer ");
    buf_slice(&bearer, text);
    FUZZ_CHECK(token_from_headers(buf_view(&bearer), SLICE_NULL, &t, &by_cookie) && !by_cookie);
    FUZZ_CHECK(t.tenant == alone->tenant && memcmp(t.hash, alone->hash, sizeof t.hash) == 0);
    buf_str(&cookie, "a=b; __Host-confab=");
    buf_slice(&cookie, text);
    FUZZ_CHECK(token_from_headers(SLICE_NULL, buf_view(&cookie), &t, &by_cookie) && by_cookie);
    FUZZ_CHECK(t.tenant == alone->tenant && memcmp(t.hash, alone->hash, sizeof t.hash) == 0);
    buf_free(&bearer);
    buf_free(&cookie);
}

/* Up to the first newline an Authorization header, behind it a Cookie header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice whole = slice_make(data, size), cookie = whole, authorization = SLICE_NULL, value;
    struct token t = {0};
    bool by_cookie = false;

    if (!crypto_start()) abort();
    value = cookie_get(whole, SLICE("confab"));
    FUZZ_CHECK(fuzz_inside(value, whole));
    FUZZ_CHECK(value.n == 0 || memchr(value.p, ';', value.n) == NULL);
    (void)slice_cut(&cookie, '\n', &authorization);
    if (token_from_headers(authorization, cookie, &t, &by_cookie)) FUZZ_CHECK(t.tenant > 0);
    if (token_parse(whole, &t)) {
        FUZZ_CHECK(t.tenant > 0);
        in_headers(whole, &t);
    }
    return 0;
}
