#include "image.h"

/* Bytes of a slice as numbers; false past its end. */
static bool be(struct slice s, size_t at, unsigned size, uint32_t *v)
{
    if (at > s.n || s.n - at < size) return false;
    *v = 0;
    for (unsigned i = 0; i < size; i++) *v = *v << 8 | (unsigned char)s.p[at + i];
    return true;
}

static bool le(struct slice s, size_t at, unsigned size, uint32_t *v)
{
    if (at > s.n || s.n - at < size) return false;
    *v = 0;
    for (unsigned i = size; i > 0; i--) *v = *v << 8 | (unsigned char)s.p[at + i - 1];
    return true;
}

static bool has(struct slice s, size_t at, struct slice what)
{
    return at <= s.n && s.n - at >= what.n && memcmp(s.p + at, what.p, what.n) == 0;
}

static bool sized(struct image_head *head, enum image_kind kind, uint32_t width, uint32_t height)
{
    *head = (struct image_head){kind, (int32_t)width, (int32_t)height, 1};
    return width >= 1 && width <= INT32_MAX && height >= 1 && height <= INT32_MAX;
}

static bool look_png(struct slice s, struct image_head *head)
{
    uint32_t width, height;

    return has(s, 12, SLICE("IHDR")) && be(s, 16, 4, &width) && be(s, 20, 4, &height) && sized(head, IMAGE_PNG, width, height);
}

/* The larger of the screen and the first frame: the decoder makes room for both. */
static bool look_gif(struct slice s, struct image_head *head)
{
    uint32_t width, height;

    return le(s, 6, 2, &width) && le(s, 8, 2, &height) && sized(head, IMAGE_GIF, width, height);
}

static bool look_webp(struct slice s, struct image_head *head)
{
    uint32_t a, b;

    if (has(s, 12, SLICE("VP8X"))) return le(s, 24, 3, &a) && le(s, 27, 3, &b) && sized(head, IMAGE_WEBP, a + 1, b + 1);
    if (has(s, 12, SLICE("VP8L"))) {
        return le(s, 21, 4, &a) && sized(head, IMAGE_WEBP, (a & 0x3FFF) + 1, (a >> 14 & 0x3FFF) + 1);
    }
    if (!has(s, 12, SLICE("VP8 ")) || !has(s, 23, SLICE("\x9d\x01\x2a"))) return false;
    return le(s, 26, 2, &a) && le(s, 28, 2, &b) && sized(head, IMAGE_WEBP, a & 0x3FFF, b & 0x3FFF);
}

/* The orientation out of an APP1 segment, 0 if it has none. */
static int exif_orientation(struct slice s)
{
    bool (*get)(struct slice, size_t, unsigned, uint32_t *);
    uint32_t at, n, tag, value;

    if (!has(s, 0, SLICE("Exif\0\0"))) return 0;
    s = slice_make(s.p + 6, s.n - 6);
    get = has(s, 0, SLICE("MM\0*")) ? be : le;
    if (get == le && !has(s, 0, SLICE("II*\0"))) return 0;
    if (!get(s, 4, 4, &at) || !get(s, at, 2, &n)) return 0;
    for (uint32_t i = 0; i < n; i++) {
        size_t entry = (size_t)at + 2 + (size_t)i * 12;

        if (!get(s, entry, 2, &tag)) return 0;
        if (tag == 0x0112) return get(s, entry + 8, 2, &value) && value >= 1 && value <= 8 ? (int)value : 0;
    }
    return 0;
}

/* Start of a frame: 0xC0 to 0xCF but the three that are something else. */
static bool is_frame(uint32_t marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

static bool look_jpeg(struct slice s, struct image_head *head)
{
    uint32_t marker, size, width, height;
    int orientation = 1, found;
    size_t at = 2;

    while (be(s, at, 2, &marker)) {
        if (marker == 0xFFFF) { /* padding */
            at++;
            continue;
        }
        if (marker >> 8 != 0xFF || !be(s, at + 2, 2, &size) || size < 2) return false;
        marker &= 0xFF;
        if (is_frame(marker)) {
            if (!be(s, at + 5, 2, &height) || !be(s, at + 7, 2, &width) || !sized(head, IMAGE_JPEG, width, height)) return false;
            head->orientation = orientation;
            return true;
        }
        if (marker == 0xDA) return false;
        if (marker == 0xE1 && s.n - at - 4 >= size - 2) {
            found = exif_orientation(slice_make(s.p + at + 4, size - 2));
            if (found != 0) orientation = found;
        }
        at += 2 + (size_t)size;
    }
    return false;
}

bool image_look(struct slice s, struct image_head *head)
{
    if (has(s, 0, SLICE("\x89PNG\r\n\x1a\n"))) return look_png(s, head);
    if (has(s, 0, SLICE("\xff\xd8\xff"))) return look_jpeg(s, head);
    if (has(s, 0, SLICE("GIF87a")) || has(s, 0, SLICE("GIF89a"))) return look_gif(s, head);
    if (has(s, 0, SLICE("RIFF")) && has(s, 8, SLICE("WEBP"))) return look_webp(s, head);
    return false;
}
