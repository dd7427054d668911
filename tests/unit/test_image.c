#include "unit.h"

#include "image.h"

#define PNG "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0"
#define GIF "GIF89a\x40\x01\xf0\0\xf7\0\0"
#define JPEG_HEAD "\xff\xd8\xff\xe0\0\x04" "ab"
#define EXIF(o) "\xff\xe1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" o "\0\0\0\0\0\0"
#define FRAME "\xff\xc2\0\x11\x08\x01\xe0\x02\x80\x03"
#define VP8L "RIFF\x20\0\0\0WEBPVP8L\x10\0\0\0\x2f\x7f\xc2\x77\0"
#define VP8X "RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0"
#define VP8 "RIFF\x20\0\0\0WEBPVP8 \x10\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01"

static void looks(struct slice s, bool good, enum image_kind kind, int width, int height, int orientation)
{
    struct slice copy = exact(s);
    struct image_head head;
    bool found = image_look(copy, &head);

    assert_int_equal(found, good);
    if (good) {
        assert_int_equal(head.kind, kind);
        assert_int_equal(head.width, width);
        assert_int_equal(head.height, height);
        assert_int_equal(head.orientation, orientation);
    }
    free((void *)(uintptr_t)copy.p);
}

static void heads_tell_kind_size_and_which_way_up(void **state)
{
    (void)state;
    looks(SLICE(PNG), true, IMAGE_PNG, 640, 480, 1);
    looks(SLICE(GIF), true, IMAGE_GIF, 320, 240, 1);
    looks(SLICE(VP8L), true, IMAGE_WEBP, 640, 480, 1);
    looks(SLICE(VP8X), true, IMAGE_WEBP, 640, 480, 1);
    looks(SLICE(VP8), true, IMAGE_WEBP, 640, 480, 1);
    looks(SLICE(JPEG_HEAD FRAME), true, IMAGE_JPEG, 640, 480, 1);
    looks(SLICE(JPEG_HEAD "\xff" FRAME), true, IMAGE_JPEG, 640, 480, 1);
    looks(SLICE(JPEG_HEAD EXIF("\x06") FRAME), true, IMAGE_JPEG, 640, 480, 6);
    looks(SLICE(JPEG_HEAD EXIF("\x09") FRAME), true, IMAGE_JPEG, 640, 480, 1);
    looks(SLICE(JPEG_HEAD EXIF("\0") FRAME), true, IMAGE_JPEG, 640, 480, 1);
}

static void what_is_no_head_is_none(void **state)
{
    (void)state;
    looks(SLICE(""), false, IMAGE_PNG, 0, 0, 0);
    looks(SLICE("hello"), false, IMAGE_PNG, 0, 0, 0);
    looks(SLICE("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\x01\xe0"), false, IMAGE_PNG, 0, 0, 0);
    looks(SLICE("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\0\0\x01\xe0"), false, IMAGE_PNG, 0, 0, 0);
    /* A scan before any frame, a segment that ends before it began, no frame at all. */
    looks(SLICE(JPEG_HEAD "\xff\xda\0\x08" FRAME), false, IMAGE_PNG, 0, 0, 0);
    looks(SLICE("\xff\xd8\xff\xe0\0\0" FRAME), false, IMAGE_PNG, 0, 0, 0);
    looks(SLICE(JPEG_HEAD), false, IMAGE_PNG, 0, 0, 0);
}

static void feed(struct slice broken, void *arg)
{
    struct image_head head;

    (void)arg;
    if (image_look(broken, &head)) assert_true(head.width >= 1 && head.height >= 1 && head.orientation >= 1 && head.orientation <= 8);
}

static void no_broken_head_is_read_past_its_end(void **state)
{
    (void)state;
    feed_broken(SLICE(PNG), feed, NULL);
    feed_broken(SLICE(GIF), feed, NULL);
    feed_broken(SLICE(VP8L), feed, NULL);
    feed_broken(SLICE(VP8X), feed, NULL);
    feed_broken(SLICE(VP8), feed, NULL);
    feed_broken(SLICE(JPEG_HEAD EXIF("\x06") FRAME), feed, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_tell_kind_size_and_which_way_up),
        cmocka_unit_test(what_is_no_head_is_none),
        cmocka_unit_test(no_broken_head_is_read_past_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
