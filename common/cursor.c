#include "cursor.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    VERSION = 1,
    MAC_SIZE = 16,
    RAW_MAX = CURSOR_TEXT_MAX / 4 * 3,
    LEB_MAX = 10, /* bytes of a 64-bit number */
};

void cursor_free(struct cursor *c)
{
    free(c->xip);
    *c = (struct cursor)CURSOR_INIT;
}

static bool cursor_sane(const struct cursor *c)
{
    if (c->xmin == 0 || c->xmin > c->xmax || c->n > CURSOR_XIPS) return false;
    for (size_t i = 0; i < c->n; i++) {
        if (c->xip[i] < c->xmin || c->xip[i] >= c->xmax || (i > 0 && c->xip[i] <= c->xip[i - 1])) return false;
    }
    return true;
}

/* Gives *out a copy of the numbers; they are checked here and nowhere else. */
static bool cursor_take(struct cursor *out, const struct cursor *from)
{
    struct cursor c = *from;

    if (!cursor_sane(from)) return false;
    c.xip = NULL;
    if (c.n > 0) {
        c.xip = malloc(c.n * sizeof *c.xip);
        if (c.xip == NULL) return false;
        memcpy(c.xip, from->xip, c.n * sizeof *c.xip);
    }
    *out = c;
    return true;
}

bool cursor_from_snapshot(struct cursor *c, uint32_t epoch, uint64_t lsn, struct slice snapshot)
{
    uint64_t xip[CURSOR_XIPS];
    struct cursor made = {.epoch = epoch, .lsn = lsn, .xip = xip}, old = *c;
    struct slice part;
    size_t colons = 0;

    for (size_t i = 0; i < snapshot.n; i++) colons += snapshot.p[i] == ':';
    if (colons != 2) return false;
    if (!slice_cut(&snapshot, ':', &part) || !slice_u64(part, UINT64_MAX, &made.xmin)) return false;
    if (!slice_cut(&snapshot, ':', &part) || !slice_u64(part, UINT64_MAX, &made.xmax)) return false;
    /* slice_cut does not tell "1" from "1,". */
    if (snapshot.n > 0 && snapshot.p[snapshot.n - 1] == ',') return false;
    while (slice_cut(&snapshot, ',', &part)) {
        if (made.n == CURSOR_XIPS || !slice_u64(part, UINT64_MAX, &xip[made.n])) return false;
        made.n++;
    }
    if (!cursor_take(c, &made)) return false;
    cursor_free(&old);
    return true;
}

void cursor_snapshot(const struct cursor *c, struct buf *out)
{
    buf_fmt(out, "%" PRIu64 ":%" PRIu64 ":", c->xmin, c->xmax);
    for (size_t i = 0; i < c->n; i++) buf_fmt(out, "%s%" PRIu64, i > 0 ? "," : "", c->xip[i]);
}

bool cursor_sees(const struct cursor *c, uint64_t xid)
{
    size_t from = 0, to = c->n;

    if (xid == 0 || xid < c->xmin) return true;
    if (xid >= c->xmax) return false;
    while (from < to) {
        size_t mid = from + (to - from) / 2;

        if (c->xip[mid] == xid) return false;
        if (c->xip[mid] < xid) {
            from = mid + 1;
        } else {
            to = mid;
        }
    }
    return true;
}

/* The bytes of a token while they are made or read; bad once room or bytes ran out. */
struct raw {
    uint8_t b[RAW_MAX];
    size_t at, n;
    bool bad;
};

static void raw_put(struct raw *r, uint64_t v)
{
    do {
        if (r->at + LEB_MAX > RAW_MAX - MAC_SIZE) {
            r->bad = true;
            return;
        }
        r->b[r->at++] = (uint8_t)((v & 0x7F) | (v > 0x7F ? 0x80 : 0));
        v >>= 7;
    } while (v > 0);
}

/* Only the shortest form is taken, so that a snapshot has one token only. */
static uint64_t raw_get(struct raw *r)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < LEB_MAX && r->at < r->n; i++) {
        uint8_t byte = r->b[r->at++];

        if (i == LEB_MAX - 1 && byte > 1) break;
        v |= (uint64_t)(byte & 0x7F) << (7 * i);
        if ((byte & 0x80) == 0) {
            if (byte == 0 && i > 0) break;
            return v;
        }
    }
    r->bad = true;
    return 0;
}

void cursor_encode(const struct cursor *c, const struct keyring *k, struct buf *out)
{
    struct raw r;
    uint8_t mac[CRYPTO_MAC_SIZE];
    int32_t key_id = keyring_current(k);
    uint64_t least = c->xmin;

    r.at = 0;
    r.bad = key_id <= 0 || !cursor_sane(c);
    if (!r.bad) {
        r.b[r.at++] = VERSION;
        raw_put(&r, (uint64_t)key_id);
        raw_put(&r, c->epoch);
        raw_put(&r, c->lsn);
        raw_put(&r, c->xmin);
        raw_put(&r, c->xmax - c->xmin);
        raw_put(&r, c->n);
        /* Each against the least value that it may have, so that order needs no check when read. */
        for (size_t i = 0; i < c->n; i++) {
            raw_put(&r, c->xip[i] - least);
            least = c->xip[i] + 1;
        }
    }
    if (r.bad || !crypto_mac(k, key_id, MAC_CURSOR, slice_make(r.b, r.at), mac)) {
        out->failed = true;
        return;
    }
    memcpy(r.b + r.at, mac, MAC_SIZE);
    buf_base64url(out, r.b, r.at + MAC_SIZE);
}

/* The numbers behind the key id, of a token whose MAC was good. */
static enum cursor_decoded parse_numbers(struct raw *r, struct cursor *out)
{
    uint64_t xip[CURSOR_XIPS], epoch, span, count, least;
    struct cursor c = {.xip = xip};

    epoch = raw_get(r);
    c.lsn = raw_get(r);
    c.xmin = raw_get(r);
    span = raw_get(r);
    count = raw_get(r);
    if (r->bad || epoch > UINT32_MAX || span > UINT64_MAX - c.xmin || count > CURSOR_XIPS) return CURSOR_MALFORMED;
    c.epoch = (uint32_t)epoch;
    c.xmax = c.xmin + span;
    least = c.xmin;
    for (; c.n < count; c.n++) {
        uint64_t delta = raw_get(r);

        if (r->bad || least >= c.xmax || delta >= c.xmax - least) return CURSOR_MALFORMED;
        xip[c.n] = least + delta;
        least = xip[c.n] + 1;
    }
    if (r->at != r->n || !cursor_sane(&c)) return CURSOR_MALFORMED;
    return cursor_take(out, &c) ? CURSOR_OK : CURSOR_NO_MEMORY;
}

enum cursor_decoded cursor_decode(struct slice token, const struct keyring *k, struct cursor *c)
{
    struct raw r = {.at = 0};
    uint8_t mac[CRYPTO_MAC_SIZE];
    uint64_t key_id;

    if (token.n > CURSOR_TEXT_MAX || !base64url_decode(token, r.b, sizeof r.b, &r.n)) return CURSOR_MALFORMED;
    if (r.n < 1 + MAC_SIZE || r.b[r.at++] != VERSION) return CURSOR_MALFORMED;
    r.n -= MAC_SIZE;
    key_id = raw_get(&r);
    if (r.bad || key_id == 0 || key_id > INT32_MAX) return CURSOR_MALFORMED;
    if (!crypto_mac(k, (int32_t)key_id, MAC_CURSOR, slice_make(r.b, r.n), mac)) return CURSOR_FORGED;
    if (!slice_eq_secret(slice_make(mac, MAC_SIZE), slice_make(r.b + r.n, MAC_SIZE))) return CURSOR_FORGED;
    return parse_numbers(&r, c);
}
