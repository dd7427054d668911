#include "emoji.h"

#include "utf8.h"

enum {
    ZWJ = 0x200D,
    STYLE = 0xFE0F,
    KEYCAP = 0x20E3,
    TAG_FIRST = 0xE0020,
    TAG_LAST = 0xE007E,
    TAG_END = 0xE007F,
};

struct span {
    uint32_t first, last;
};

/* Extended_Pictographic of Unicode, as spans of the blocks that hold its members. Where a block also
 * holds plain symbols, only the members are listed; reserved code points of the emoji blocks count,
 * so that next year's emoji need no new table. */
static const struct span pictographs[] = {
    {0x00A9, 0x00A9}, {0x00AE, 0x00AE}, {0x203C, 0x203C}, {0x2049, 0x2049}, {0x2122, 0x2122}, {0x2139, 0x2139},
    {0x2194, 0x2199}, {0x21A9, 0x21AA}, {0x231A, 0x231B}, {0x2328, 0x2328}, {0x2388, 0x2388}, {0x23CF, 0x23CF},
    {0x23E9, 0x23F3}, {0x23F8, 0x23FA}, {0x24C2, 0x24C2}, {0x25AA, 0x25AB}, {0x25B6, 0x25B6}, {0x25C0, 0x25C0},
    {0x25FB, 0x25FE}, {0x2600, 0x2605}, {0x2607, 0x2612}, {0x2614, 0x2685}, {0x2690, 0x2705}, {0x2708, 0x2712},
    {0x2714, 0x2714}, {0x2716, 0x2716}, {0x271D, 0x271D}, {0x2721, 0x2721}, {0x2728, 0x2728}, {0x2733, 0x2734},
    {0x2744, 0x2744}, {0x2747, 0x2747}, {0x274C, 0x274C}, {0x274E, 0x274E}, {0x2753, 0x2755}, {0x2757, 0x2757},
    {0x2763, 0x2767}, {0x2795, 0x2797}, {0x27A1, 0x27A1}, {0x27B0, 0x27B0}, {0x27BF, 0x27BF}, {0x2934, 0x2935},
    {0x2B05, 0x2B07}, {0x2B1B, 0x2B1C}, {0x2B50, 0x2B50}, {0x2B55, 0x2B55}, {0x3030, 0x3030}, {0x303D, 0x303D},
    {0x3297, 0x3297}, {0x3299, 0x3299}, {0x1F000, 0x1F0FF}, {0x1F10D, 0x1F10F}, {0x1F12F, 0x1F12F},
    {0x1F16C, 0x1F171}, {0x1F17E, 0x1F17F}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F1AD, 0x1F1E5},
    {0x1F201, 0x1F20F}, {0x1F21A, 0x1F21A}, {0x1F22F, 0x1F22F}, {0x1F232, 0x1F23A}, {0x1F23C, 0x1F23F},
    {0x1F249, 0x1F3FA}, {0x1F400, 0x1F53D}, {0x1F546, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F774, 0x1F77F},
    {0x1F7D5, 0x1F7FF}, {0x1F80C, 0x1F80F}, {0x1F848, 0x1F84F}, {0x1F85A, 0x1F85F}, {0x1F888, 0x1F88F},
    {0x1F8AE, 0x1F8FF}, {0x1F90C, 0x1F93A}, {0x1F93C, 0x1F945}, {0x1F947, 0x1FAFF}, {0x1FC00, 0x1FFFD},
};

static bool is_pictograph(uint32_t cp)
{
    for (size_t i = 0; i < sizeof pictographs / sizeof *pictographs; i++) {
        if (cp <= pictographs[i].last) return cp >= pictographs[i].first;
    }
    return false;
}

static bool is_tone(uint32_t cp)
{
    return cp >= 0x1F3FB && cp <= 0x1F3FF;
}

static bool is_region(uint32_t cp)
{
    return cp >= 0x1F1E6 && cp <= 0x1F1FF;
}

/* The code points still to be read; ended by zeros. */
struct points {
    uint32_t v[EMOJI_BYTES_MAX + 3];
    size_t at;
};

static bool take(struct points *p, uint32_t cp)
{
    if (p->v[p->at] != cp) return false;
    p->at++;
    return true;
}

/* One pictograph with what may follow it before a joiner. */
static bool take_element(struct points *p)
{
    if (is_tone(p->v[p->at])) {
        p->at++; /* a swatch by itself */
        return true;
    }
    if (!is_pictograph(p->v[p->at])) return false;
    p->at++;
    if (is_tone(p->v[p->at])) {
        p->at++;
    } else {
        (void)take(p, STYLE);
    }
    if (p->v[p->at] < TAG_FIRST || p->v[p->at] > TAG_LAST) return true;
    while (p->v[p->at] >= TAG_FIRST && p->v[p->at] <= TAG_LAST) p->at++;
    return take(p, TAG_END);
}

static bool take_sequence(struct points *p)
{
    uint32_t first = p->v[0];

    if (is_region(first)) {
        p->at = 2;
        return is_region(p->v[1]);
    }
    if ((first >= '0' && first <= '9') || first == '#' || first == '*') {
        p->at = 1;
        (void)take(p, STYLE);
        return take(p, KEYCAP);
    }
    do {
        if (!take_element(p)) return false;
    } while (take(p, ZWJ));
    return true;
}

size_t emoji_length(struct slice s)
{
    struct points p = {.at = 0};
    size_t n, at = 0, count = 0;
    uint32_t cp;

    if (s.n == 0) return 0;
    while ((n = utf8_char(slice_make(s.p + at, s.n - at), &cp)) > 0 && cp != 0 && at + n <= EMOJI_BYTES_MAX) {
        p.v[count++] = cp;
        at += n;
    }
    if (count == 0 || !take_sequence(&p)) return 0;
    for (at = 0; p.at > 0; p.at--) at += utf8_char(slice_make(s.p + at, s.n - at), &cp);
    return at;
}

bool emoji_one(struct slice s)
{
    return s.n > 0 && s.n <= EMOJI_BYTES_MAX && emoji_length(s) == s.n;
}
