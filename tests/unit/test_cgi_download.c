#include "unit.h"

#include "../../cgi/examine.h"
#include "../../cgi/range.h"

static void range_is(const char *header, enum range_found want, int64_t first, int64_t last)
{
    struct slice copy = exact(slice_str(header));
    struct range r;

    assert_int_equal(range_read(copy, 1000, &r), want);
    if (want != RANGE_OUTSIDE) {
        assert_int_equal(r.first, first);
        assert_int_equal(r.last, last);
    }
    free((void *)(uintptr_t)copy.p);
}

static void one_range_is_cut_to_what_there_is(void **state)
{
    (void)state;
    range_is("bytes=0-0", RANGE_PART, 0, 0);
    range_is("bytes=0-999", RANGE_PART, 0, 999);
    range_is("bytes=5-", RANGE_PART, 5, 999);
    range_is("bytes=-1", RANGE_PART, 999, 999);
    range_is("bytes=-5000", RANGE_PART, 0, 999);
    range_is("BYTES = 5-7", RANGE_PART, 5, 7);
    range_is("bytes=900-5000", RANGE_PART, 900, 999);
    range_is("bytes=0-9223372036854775807", RANGE_PART, 0, 999);
}

static void what_lies_outside_is_told_from_what_is_no_range(void **state)
{
    static const char *const odd[] = {"", "bytes", "bytes=", "bytes=-", "items=0-1", "bytes=1-0", "bytes=a-b", "bytes=0-1,5-6", "bytes=--1",
                                      "bytes=1-2-3", "bytes=+1-2", "bytes=01-2", "bytes=99999999999999999999-", "bytes=0-99999999999999999999", "0-1"};

    (void)state;
    range_is("bytes=1000-", RANGE_OUTSIDE, 0, 0);
    range_is("bytes=1000-1000", RANGE_OUTSIDE, 0, 0);
    range_is("bytes=9223372036854775807-", RANGE_OUTSIDE, 0, 0);
    range_is("bytes=-0", RANGE_OUTSIDE, 0, 0);
    for (size_t i = 0; i < COUNT(odd); i++) range_is(odd[i], RANGE_WHOLE, 0, 999);
}

static void feed_range(struct slice broken, void *arg)
{
    struct range r;

    (void)arg;
    if (range_read(broken, 1000, &r) != RANGE_OUTSIDE) assert_true(r.first >= 0 && r.first <= r.last && r.last < 1000);
    (void)etag_listed(broken, SLICE("\"x\""));
}

static void no_broken_header_leads_outside(void **state)
{
    (void)state;
    feed_broken(SLICE("bytes=123-456"), feed_range, NULL);
    feed_broken(SLICE("bytes=-456"), feed_range, NULL);
    feed_broken(SLICE("W/\"a\", \"x\", *"), feed_range, NULL);
}

static void an_etag_is_found_in_a_list(void **state)
{
    (void)state;
    assert_true(etag_listed(SLICE("\"x\""), SLICE("\"x\"")));
    assert_true(etag_listed(SLICE("\"a\", W/\"x\""), SLICE("\"x\"")));
    assert_true(etag_listed(SLICE("*"), SLICE("\"x\"")));
    assert_false(etag_listed(SLICE(""), SLICE("\"x\"")));
    assert_false(etag_listed(SLICE("\"xy\", x"), SLICE("\"x\"")));
}

static void found(const char *answer, size_t n, const char *type, int width, int height, size_t thumbnail)
{
    struct findings f = FINDINGS_INIT;
    struct slice copy = exact(slice_make(answer, n));

    findings_read(copy, &f);
    assert_string_equal(f.type, type);
    assert_int_equal(f.width, width);
    assert_int_equal(f.height, height);
    assert_int_equal(f.thumbnail.len, thumbnail);
    findings_free(&f);
    free((void *)(uintptr_t)copy.p);
}

#define FOUND(answer, ...) found(answer, sizeof(answer) - 1, __VA_ARGS__)

static void the_program_that_looks_is_not_believed(void **state)
{
    (void)state;
    FOUND("image/png 10 20\n", "image/png", 10, 20, 0);
    FOUND("image/png 10 20\nRIFF....WEBPVP8 more", "image/png", 10, 20, 20);
    FOUND("text/plain 0 0\n", "text/plain", 0, 0, 0);
    FOUND("application/vnd.ms-excel 0 0\n", "application/vnd.ms-excel", 0, 0, 0);
    /* No thumbnail of what is no picture, none that is no WebP. */
    FOUND("text/plain 0 0\nRIFF....WEBPVP8 more", "text/plain", 0, 0, 0);
    FOUND("image/png 10 20\n<svg onload=alert(1)>", "image/png", 10, 20, 0);
    FOUND("", "application/octet-stream", 0, 0, 0);
    FOUND("image/png 10 20", "application/octet-stream", 0, 0, 0);
    FOUND("text/html; charset=x 0 0\n", "application/octet-stream", 0, 0, 0);
    FOUND("text/html\r\nSet-Cookie: a=b 0 0\n", "application/octet-stream", 0, 0, 0);
    FOUND("image/png -1 5\n", "application/octet-stream", 0, 0, 0);
    FOUND("image/png 99999999999 5\n", "application/octet-stream", 0, 0, 0);
    FOUND("png 1 5\n", "application/octet-stream", 0, 0, 0);
    FOUND("a/b/c 1 5\n", "application/octet-stream", 0, 0, 0);
    FOUND("/png 1 5\n", "application/octet-stream", 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_range_is_cut_to_what_there_is),
        cmocka_unit_test(what_lies_outside_is_told_from_what_is_no_range),
        cmocka_unit_test(no_broken_header_leads_outside),
        cmocka_unit_test(an_etag_is_found_in_a_list),
        cmocka_unit_test(the_program_that_looks_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
