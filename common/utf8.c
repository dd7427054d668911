#include "utf8.h"

#include "buf.h"

/* need and bounds after a lead byte; a lead byte that nothing may begin with gives need 0. */
static void lead(unsigned char c, struct utf8 *u)
{
    *u = (struct utf8)UTF8_INIT;
    if (c >= 0xC2 && c <= 0xDF) {
        u->need = 1;
    } else if (c >= 0xE0 && c <= 0xEF) {
        u->need = 2;
        if (c == 0xE0) u->lo = 0xA0; /* below: overlong */
        if (c == 0xED) u->hi = 0x9F; /* above: surrogates */
    } else if (c >= 0xF0 && c <= 0xF4) {
        u->need = 3;
        if (c == 0xF0) u->lo = 0x90; /* below: overlong */
        if (c == 0xF4) u->hi = 0x8F; /* above: past U+10FFFF */
    }
}

bool utf8_feed(struct utf8 *u, struct slice s)
{
    const unsigned char *p = (const unsigned char *)s.p;

    for (size_t i = 0; i < s.n; i++) {
        if (u->need > 0) {
            if (p[i] < u->lo || p[i] > u->hi) goto bad;
            u->need--;
            u->lo = 0x80;
            u->hi = 0xBF;
        } else if (p[i] >= 0x80) {
            lead(p[i], u);
            if (u->need == 0) goto bad;
        }
    }
    return true;
bad:
    /* Bounds that nothing meets: it stays bad, and never whole. */
    *u = (struct utf8){1, 0xFF, 0x00};
    return false;
}

bool utf8_valid(struct slice s)
{
    struct utf8 u = UTF8_INIT;

    return utf8_feed(&u, s) && utf8_whole(&u);
}

size_t utf8_char(struct slice s, uint32_t *cp)
{
    const unsigned char *p = (const unsigned char *)s.p;
    struct utf8 u;
    uint32_t v;
    size_t n;

    if (s.n == 0) return 0;
    if (p[0] < 0x80) {
        *cp = p[0];
        return 1;
    }
    lead(p[0], &u);
    n = u.need + 1;
    if (n == 1 || n > s.n) return 0;
    v = p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (p[i] < u.lo || p[i] > u.hi) return 0;
        u.lo = 0x80;
        u.hi = 0xBF;
        v = v << 6 | (p[i] & 0x3F);
    }
    *cp = v;
    return n;
}

size_t utf8_count(struct slice s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return n;
}

struct range {
    uint32_t first, last;
};

static bool in_ranges(uint32_t cp, const struct range *r, size_t n)
{
    for (size_t i = 0; i < n && cp >= r[i].first; i++) {
        if (cp <= r[i].last) return true;
    }
    return false;
}

#define IN(cp, table) in_ranges((cp), (table), sizeof(table) / sizeof *(table))

/* Unicode White_Space, and the Braille blank, which looks just like one. Ascending, as all here. */
static const struct range spaces[] = {
    {0x09, 0x0D}, {0x20, 0x20}, {0x85, 0x85}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A},
    {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x2800, 0x2800}, {0x3000, 0x3000},
};

/* Controls, default-ignorable characters and invisible formats; the fillers count as such. */
static const struct range unseen[] = {
    {0x00, 0x1F}, {0x7F, 0x9F}, {0xAD, 0xAD}, {0x34F, 0x34F}, {0x61C, 0x61C}, {0x115F, 0x1160},
    {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
    {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF},
};

/* Blocks in which emoji live; letters and marks of scripts are outside of them. */
static const struct range emoji[] = {
    {0xA9, 0xA9}, {0xAE, 0xAE}, {0x203C, 0x203C}, {0x2049, 0x2049}, {0x20E3, 0x20E3}, {0x2122, 0x2122},
    {0x2139, 0x2139}, {0x2190, 0x21FF}, {0x2300, 0x23FF}, {0x24C2, 0x24C2}, {0x25A0, 0x27BF}, {0x2900, 0x297F},
    {0x2B00, 0x2BFF}, {0x3030, 0x3030}, {0x303D, 0x303D}, {0x3297, 0x3297}, {0x3299, 0x3299}, {0x1F000, 0x1FAFF},
};

bool utf8_blank(struct slice s)
{
    uint32_t cp;
    size_t n;

    while ((n = utf8_char(s, &cp)) > 0) {
        if (!IN(cp, spaces) && !IN(cp, unseen)) return false;
        s = slice_make(s.p + n, s.n - n);
    }
    return true;
}

enum { ZWJ = 0x200D, TEXT_STYLE = 0xFE0E, EMOJI_STYLE = 0xFE0F, KEYCAP = 0x20E3 };

static bool is_keycap_base(uint32_t cp)
{
    return (cp >= '0' && cp <= '9') || cp == '#' || cp == '*';
}

/* May the invisible `cp` stay between what was kept before it and what follows? */
static bool holds_emoji(uint32_t cp, uint32_t before, struct slice rest, size_t room)
{
    uint32_t next = 0;

    (void)utf8_char(rest, &next);
    if ((cp == TEXT_STYLE || cp == EMOJI_STYLE) && IN(before, emoji)) return true;
    /* Without room for what follows, nothing would be held: at the end of a name that was cut, a
     * joiner reaches for what the page shows next. */
    if (room < 2) return false;
    if (cp == EMOJI_STYLE && is_keycap_base(before)) return next == KEYCAP;
    return cp == ZWJ && (IN(before, emoji) || before == EMOJI_STYLE) && IN(next, emoji);
}

void utf8_clean_name(struct slice s, size_t max, struct buf *out)
{
    const size_t start = out->len;
    size_t count = 0, seen_len = start, n;
    uint32_t cp, before = 0;

    while (count < max && (n = utf8_char(s, &cp)) > 0) {
        struct slice here = slice_make(s.p, n);
        bool space = IN(cp, spaces);

        s = slice_make(s.p + n, s.n - n);
        if (IN(cp, unseen) && !holds_emoji(cp, before, s, max - count)) continue;
        if (space && out->len == start) continue;
        buf_slice(out, here);
        count++;
        before = cp;
        if (!space) seen_len = out->len;
    }
    /* Blanks at the end were copied, since more could have followed. */
    if (buf_ok(out)) out->len = seen_len;
}
