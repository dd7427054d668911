#include "uuid.h"

#include "clock.h"
#include "crypto.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool is_dash_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool uuid_parse(struct slice s, struct uuid *out)
{
    struct uuid u;
    size_t at = 0;

    if (s.n != UUID_TEXT - 1) return false;
    for (size_t i = 0; i < s.n;) {
        int high, low;

        if (is_dash_place(i)) {
            if (s.p[i++] != '-') return false;
            continue;
        }
        high = hex_value(s.p[i]);
        low = hex_value(s.p[i + 1]);
        if (high < 0 || low < 0) return false;
        u.b[at++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    *out = u;
    return true;
}

void uuid_text(const struct uuid *u, char out[UUID_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;

    for (size_t i = 0; i < sizeof u->b; i++) {
        if (is_dash_place(at)) out[at++] = '-';
        out[at++] = digits[u->b[i] >> 4];
        out[at++] = digits[u->b[i] & 15];
    }
    out[at] = '\0';
}

/* Milliseconds and, in the 12 bits behind the version, fractions of one (RFC 9562, 6.2, method 3).
 * Never the same twice in a process, so that ids sort even when the clock stands or steps back. */
static uint64_t next_tick(void)
{
    static uint64_t last;
    uint64_t us = (uint64_t)clock_wall();
    uint64_t tick = (us / 1000) << 12 | (us % 1000) * 4096 / 1000;

    if (tick <= last) tick = last + 1;
    last = tick;
    return tick;
}

void uuid_make(struct uuid *out)
{
    uint64_t tick = next_tick();

    crypto_random(out->b, sizeof out->b);
    for (size_t i = 0; i < 6; i++) out->b[i] = (uint8_t)(tick >> (52 - 8 * i));
    out->b[6] = (uint8_t)(0x70 | (tick >> 8 & 15));
    out->b[7] = (uint8_t)tick;
    out->b[8] = (uint8_t)(0x80 | (out->b[8] & 0x3F));
}
