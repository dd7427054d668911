#include "unit.h"

#include "clock.h"
#include "uuid.h"

static const char sample[] = "018f3b5c-7A2e-7d11-8f00-0123456789aB";

static void either_case_parses_and_lower_case_is_written(void **state)
{
    char text[UUID_TEXT];
    struct uuid u;

    (void)state;
    assert_true(uuid_parse(slice_str(sample), &u));
    assert_memory_equal(u.b, "\x01\x8f\x3b\x5c\x7a\x2e\x7d\x11\x8f\x00\x01\x23\x45\x67\x89\xab", 16);
    uuid_text(&u, text);
    assert_string_equal(text, "018f3b5c-7a2e-7d11-8f00-0123456789ab");
}

static void other_forms_are_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "018f3b5c7a2e7d118f000123456789ab",
        "{18f3b5c-7a2e-7d11-8f00-0123456789a}",
        "018f3b5c-7a2e-7d11-8f00-0123456789ab ",
        "018f3b5c-7a2e-7d11-8f00-0123456789a",
        "018f3b5c-7a2e-7d11-8f000-123456789ab",
        "018f3b5c-7a2e-7d11-8f00-0123456789ag",
        "018f3b5c_7a2e-7d11-8f00-0123456789ab",
        "-18f3b5c-7a2e-7d11-8f00-0123456789ab",
    };
    struct uuid u = {{9}};

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) assert_false(uuid_parse(slice_str(wrong[i]), &u));
    assert_int_equal(u.b[0], 9);
}

static void parse_or_same(struct slice s, void *arg)
{
    char text[UUID_TEXT];
    struct uuid u;

    (void)arg;
    if (!uuid_parse(s, &u)) return;
    uuid_text(&u, text);
    assert_true(slice_eq_nocase(slice_str(text), s));
}

static void broken_ones_are_refused_or_another_uuid(void **state)
{
    (void)state;
    feed_broken(slice_str(sample), parse_or_same, NULL);
}

static void made_ones_are_version_7_differ_and_sort(void **state)
{
    char last[UUID_TEXT] = "", text[UUID_TEXT];
    int64_t before = clock_wall() / 1000, ms = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct uuid u;

        uuid_make(&u);
        uuid_text(&u, text);
        assert_int_equal(text[14], '7');
        assert_non_null(strchr("89ab", text[19]));
        assert_true(strcmp(last, text) < 0);
        memcpy(last, text, sizeof last);
        ms = 0;
        for (int j = 0; j < 6; j++) ms = ms << 8 | u.b[j];
    }
    assert_true(ms >= before);
    assert_true(ms <= before + 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_case_parses_and_lower_case_is_written),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(broken_ones_are_refused_or_another_uuid),
        cmocka_unit_test(made_ones_are_version_7_differ_and_sort),
    };

    if (!crypto_start()) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
