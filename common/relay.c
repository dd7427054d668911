#include "relay.h"

#include <inttypes.h>

enum {
    VALUE_MAX = 320, /* v1, six numbers, an address and a MAC in hexadecimal */
    HASH_SIZE = 32,
};

/* The MAC over the value's first part and three hashes: each of a fixed size or at the end, so no
 * two requests have the same bytes under it. */
static bool relay_mac(const struct keyring *k, int32_t key_id, struct slice said, struct slice method, struct slice path,
                      struct slice body, uint8_t mac[CRYPTO_MAC_SIZE])
{
    uint8_t data[3 * HASH_SIZE + VALUE_MAX];

    if (said.n > VALUE_MAX) return false;
    crypto_digest(method, data);
    crypto_digest(path, data + HASH_SIZE);
    crypto_digest(body, data + 2 * HASH_SIZE);
    memcpy(data + 3 * HASH_SIZE, said.p, said.n);
    return crypto_mac(k, key_id, MAC_RELAY, slice_make(data, 3 * HASH_SIZE + said.n), mac);
}

/* An address is one word of visible ASCII. */
static bool is_word(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~') return false;
    }
    return s.n > 0;
}

static bool relay_sane(const struct relay *r)
{
    const char *end = memchr(r->address, '\0', sizeof r->address);

    return r->tenant > 0 && r->account > 0 && r->session > 0 && r->time >= 0 && end != NULL &&
           is_word(slice_make(r->address, (size_t)(end - r->address)));
}

bool relay_sign(const struct keyring *k, const struct relay *r, struct slice method, struct slice path, struct slice body, struct buf *out)
{
    uint8_t mac[CRYPTO_MAC_SIZE];
    int32_t key_id = keyring_current(k);
    size_t start = out->len;

    if (key_id <= 0 || !relay_sane(r)) return false;
    buf_fmt(out, "v1 %" PRId32 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s", key_id, r->tenant, r->account,
            r->session, r->time, r->address);
    if (!buf_ok(out)) return false;
    if (!relay_mac(k, key_id, slice_make(out->data + start, out->len - start), method, path, body, mac)) {
        out->len = start;
        return false;
    }
    buf_byte(out, ' ');
    buf_hex(out, mac, sizeof mac);
    return buf_ok(out);
}

/* Parts of a header's value; `said` is what the MAC covers of it. */
struct parts {
    struct slice said;
    int32_t key_id;
    uint8_t mac[CRYPTO_MAC_SIZE];
    struct relay relay;
};

static bool parse(struct slice value, struct parts *out)
{
    struct slice rest = value, word[8], none;
    uint64_t key_id, time;
    size_t n;

    if (value.n > VALUE_MAX) return false;
    for (size_t i = 0; i < 8; i++) {
        if (!slice_cut(&rest, ' ', &word[i])) return false;
    }
    /* Nothing may follow, not even the blank that slice_cut takes away. */
    if (slice_cut(&rest, ' ', &none) || word[7].p + word[7].n != value.p + value.n) return false;
    if (!slice_eq(word[0], SLICE("v1")) || !slice_u64(word[1], INT32_MAX, &key_id) || key_id == 0) return false;
    if (!slice_id(word[2], &out->relay.tenant) || !slice_id(word[3], &out->relay.account) ||
        !slice_id(word[4], &out->relay.session) || !slice_u64(word[5], INT64_MAX, &time)) {
        return false;
    }
    if (!is_word(word[6]) || word[6].n >= sizeof out->relay.address) return false;
    if (!hex_decode(word[7], out->mac, sizeof out->mac, &n) || n != sizeof out->mac) return false;
    out->said = slice_make(value.p, (size_t)(word[7].p - 1 - value.p));
    out->key_id = (int32_t)key_id;
    out->relay.time = (int64_t)time;
    memcpy(out->relay.address, word[6].p, word[6].n);
    out->relay.address[word[6].n] = '\0';
    return true;
}

enum relay_verdict relay_verify(const struct keyring *k, struct slice value, struct slice method, struct slice path, struct slice body, int64_t now_s, struct relay *r)
{
    struct parts p = {.key_id = 0};
    uint8_t mac[CRYPTO_MAC_SIZE];
    int64_t then;

    if (!parse(value, &p)) return RELAY_MALFORMED;
    if (!relay_mac(k, p.key_id, p.said, method, path, body, mac)) return RELAY_FORGED;
    if (!slice_eq_secret(slice_make(mac, sizeof mac), slice_make(p.mac, sizeof p.mac))) return RELAY_FORGED;
    /* Both ways: a pusher whose clock runs ahead must not make headers that live for long. */
    then = p.relay.time;
    if (now_s < 0 || (then > now_s ? then - now_s : now_s - then) > RELAY_SKEW) return RELAY_STALE;
    *r = p.relay;
    return RELAY_GOOD;
}
