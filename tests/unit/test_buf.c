#include "unit.h"

#include "buf.h"

static void appends_in_order(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_str(&b, "id: ");
    buf_slice(&b, SLICE("ab\0c"));
    buf_slice(&b, SLICE_NULL);
    buf_byte(&b, '\n');
    buf_fmt(&b, "%d-%s", 42, "x");
    buf_hex(&b, "\x00\xAF", 2);
    assert_true(buf_ok(&b));
    assert_true(slice_eq(buf_view(&b), SLICE("id: ab\0c\n42-x00af")));
    buf_free(&b);
    assert_int_equal(b.len, 0);
    buf_str(&b, "again");
    assert_slice(buf_view(&b), "again");
    buf_free(&b);
}

static void grows_without_losing_content(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    for (int i = 0; i < 100000; i++) buf_byte(&b, (char)i);
    assert_int_equal(b.len, 100000);
    assert_true(b.cap >= b.len);
    for (int i = 0; i < 100000; i++) assert_int_equal(b.data[i], (char)i);
    buf_wipe(&b);
    assert_null(b.data);
}

static void failure_sticks_until_cleared(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    buf_str(&b, "1234");
    assert_true(buf_ok(&b));
    buf_byte(&b, '5');
    assert_false(buf_ok(&b));
    buf_clear(&b);
    assert_true(buf_ok(&b));
    buf_str(&b, "12345");
    assert_false(buf_ok(&b));
    buf_byte(&b, '1');
    buf_fmt(&b, "%d", 1);
    buf_hex(&b, "a", 1);
    buf_base64url(&b, "a", 1);
    assert_false(buf_ok(&b));
    assert_null(buf_reserve(&b, 0));
    assert_null(buf_cstr(&b));
    assert_int_equal(b.len, 0);
    buf_free(&b);
    assert_true(buf_ok(&b));
    assert_int_equal(b.max, 4);
}

static void every_append_respects_max(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 300);
    buf_fmt(&b, "%0*d", 301, 7);
    assert_false(buf_ok(&b));
    buf_clear(&b);
    buf_fmt(&b, "%0*d", 300, 7);
    assert_true(buf_ok(&b));
    assert_int_equal(b.len, 300);
    /* The NUL is not content. */
    assert_int_equal(strlen(buf_cstr(&b)), 300);
    buf_clear(&b);
    buf_hex(&b, b.data, 151);
    assert_false(buf_ok(&b));
    buf_free(&b);
}

static void absurd_sizes_fail_instead_of_wrapping(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_byte(&b, 'a');
    assert_null(buf_reserve(&b, SIZE_MAX));
    assert_false(buf_ok(&b));
    buf_clear(&b);
    assert_null(buf_reserve(&b, SIZE_MAX / 2));
    buf_free(&b);
    buf_init(&b, SIZE_MAX);
    buf_str(&b, "fits");
    assert_true(buf_ok(&b));
    buf_free(&b);
}

static void reserve_gives_room_and_a_place(void **state)
{
    struct buf b = BUF_INIT;
    char *to;

    (void)state;
    assert_non_null(buf_reserve(&b, 0));
    to = buf_reserve(&b, 1000);
    assert_non_null(to);
    memset(to, 'x', 1000);
    b.len += 1000;
    assert_int_equal(b.len, 1000);
    buf_free(&b);
}

static void drop_takes_from_the_front(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_drop(&b, 0);
    buf_str(&b, "abcdef");
    buf_drop(&b, 2);
    assert_slice(buf_view(&b), "cdef");
    buf_drop(&b, 4);
    assert_slice(buf_view(&b), "");
    buf_free(&b);
}

/* RFC 4648 section 10, without padding. */
static void base64url_meets_the_rfc(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "-_-_"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct buf b = BUF_INIT;
        char out[8];
        size_t n = 99;

        buf_base64url(&b, pairs[i][0], strlen(pairs[i][0]));
        assert_slice(buf_view(&b), pairs[i][1]);
        assert_true(base64url_decode(buf_view(&b), out, strlen(pairs[i][0]), &n));
        assert_slice(slice_make(out, n), pairs[i][0]);
        buf_free(&b);
    }
}

static void base64url_decode_is_strict(void **state)
{
    static const char *const wrong[] = {"Z", "Zm9vY", "Zg==", "Zm8=", "Zh", "Zm9", " Zg", "Zg\n", "Z+==", "+/+/", "Zm.v"};
    char out[16];
    size_t n = 99;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) assert_false(base64url_decode(slice_str(wrong[i]), out, sizeof out, &n));
    assert_false(base64url_decode(SLICE("Zm9v"), out, 2, &n));
    assert_int_equal(n, 99);
    assert_true(base64url_decode(SLICE_NULL, out, 0, &n));
    assert_int_equal(n, 0);
}

static void hex_decode_is_strict(void **state)
{
    static const char *const wrong[] = {"0", "0g", "AA", " 0", "000", "0x00"};
    unsigned char out[4];
    size_t n = 99;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) assert_false(hex_decode(slice_str(wrong[i]), out, sizeof out, &n));
    assert_false(hex_decode(SLICE("0001020304"), out, sizeof out, &n));
    assert_int_equal(n, 99);
    assert_true(hex_decode(SLICE("00ff7a"), out, sizeof out, &n));
    assert_int_equal(n, 3);
    assert_memory_equal(out, "\x00\xFF\x7A", 3);
}

/* One text for each value: what decodes must encode to itself. */
static void decode_or_same(struct slice s, void *arg)
{
    char out[64];
    size_t n;

    (void)arg;
    if (base64url_decode(s, out, sizeof out, &n)) {
        struct buf b = BUF_INIT;

        buf_base64url(&b, out, n);
        assert_true(slice_eq(buf_view(&b), s));
        buf_free(&b);
    }
    if (hex_decode(s, out, sizeof out, &n)) {
        struct buf b = BUF_INIT;

        buf_hex(&b, out, n);
        assert_true(slice_eq(buf_view(&b), s));
        buf_free(&b);
    }
}

static void no_two_texts_decode_to_the_same_bytes(void **state)
{
    (void)state;
    feed_broken(SLICE("Zm9vYmFyYg-_"), decode_or_same, NULL);
    feed_broken(SLICE("Zm9vYmFyYg"), decode_or_same, NULL);
    feed_broken(SLICE("0123456789abcdef"), decode_or_same, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_in_order),
        cmocka_unit_test(grows_without_losing_content),
        cmocka_unit_test(failure_sticks_until_cleared),
        cmocka_unit_test(every_append_respects_max),
        cmocka_unit_test(absurd_sizes_fail_instead_of_wrapping),
        cmocka_unit_test(reserve_gives_room_and_a_place),
        cmocka_unit_test(drop_takes_from_the_front),
        cmocka_unit_test(base64url_meets_the_rfc),
        cmocka_unit_test(base64url_decode_is_strict),
        cmocka_unit_test(hex_decode_is_strict),
        cmocka_unit_test(no_two_texts_decode_to_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
