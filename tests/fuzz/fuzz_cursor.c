#include "fuzz.h"

#include "cursor.h"

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

/* A cursor that was taken is sane, and has one token and one text. */
static void check(const struct cursor *c, struct slice token)
{
    struct buf again = BUF_INIT, text = BUF_INIT;
    struct cursor back = CURSOR_INIT;

    FUZZ_CHECK(c->xmin > 0 && c->xmin <= c->xmax && c->n <= CURSOR_XIPS);
    for (size_t i = 0; i < c->n; i++) {
        FUZZ_CHECK(c->xip[i] >= c->xmin && c->xip[i] < c->xmax && (i == 0 || c->xip[i] > c->xip[i - 1]));
        FUZZ_CHECK(!cursor_sees(c, c->xip[i]));
    }
    FUZZ_CHECK(!cursor_sees(c, c->xmax) && cursor_sees(c, c->xmin - 1));
    cursor_snapshot(c, &text);
    FUZZ_CHECK(cursor_from_snapshot(&back, c->epoch, c->lsn, buf_view(&text)));
    cursor_encode(&back, ring(), &again);
    if (token.n > 0) FUZZ_CHECK(slice_eq(token, buf_view(&again)));
    /* xips far apart can make a token that is too long: refused, never cut. */
    FUZZ_CHECK(!buf_ok(&again) || again.len <= CURSOR_TEXT_MAX);
    cursor_free(&back);
    buf_free(&again);
    buf_free(&text);
}

/* The input as what stands behind version and key id, under a good MAC. */
static void signed_body(struct slice body)
{
    struct buf raw = BUF_INIT, token = BUF_INIT;
    struct cursor c = CURSOR_INIT;
    uint8_t mac[CRYPTO_MAC_SIZE];

    buf_str(&raw, "\x01\x01");
    buf_slice(&raw, body);
    FUZZ_CHECK(crypto_mac(ring(), 1, MAC_CURSOR, buf_view(&raw), mac));
    buf_bytes(&raw, mac, 16);
    buf_base64url(&token, raw.data, raw.len);
    if (cursor_decode(buf_view(&token), ring(), &c) == CURSOR_OK) check(&c, buf_view(&token));
    cursor_free(&c);
    buf_free(&raw);
    buf_free(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = slice_make(data, size);
    struct cursor c = CURSOR_INIT;

    if (cursor_decode(s, ring(), &c) == CURSOR_OK) check(&c, s);
    if (cursor_from_snapshot(&c, 7, 8, s)) {
        struct buf text = BUF_INIT;

        check(&c, SLICE_NULL);
        cursor_snapshot(&c, &text);
        FUZZ_CHECK(slice_eq(buf_view(&text), s));
        buf_free(&text);
    }
    cursor_free(&c);
    signed_body(s);
    return 0;
}
