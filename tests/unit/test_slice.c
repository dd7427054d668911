#include "unit.h"

static void equal_means_same_bytes_and_length(void **state)
{
    (void)state;
    assert_true(slice_eq(SLICE("abc"), SLICE("abc")));
    assert_false(slice_eq(SLICE("abc"), SLICE("abd")));
    assert_false(slice_eq(SLICE("abc"), SLICE("ab")));
    assert_false(slice_eq(SLICE("a\0b"), SLICE("a\0c")));
    assert_true(slice_eq(SLICE_NULL, SLICE("")));
    assert_true(slice_eq_secret(SLICE("abc"), SLICE("abc")));
    assert_false(slice_eq_secret(SLICE("abc"), SLICE("abd")));
    assert_false(slice_eq_secret(SLICE("abc"), SLICE("abcd")));
    assert_true(slice_eq_secret(SLICE_NULL, SLICE("")));
}

static void case_is_ignored_for_ascii_letters_only(void **state)
{
    (void)state;
    assert_true(slice_eq_nocase(SLICE("Bearer-9"), SLICE("bEARER-9")));
    assert_false(slice_eq_nocase(SLICE("@["), SLICE("`{")));
    assert_false(slice_eq_nocase(SLICE("\xC3\x84"), SLICE("\xC3\xA4")));
    assert_false(slice_eq_nocase(SLICE("a"), SLICE("ab")));
}

static void starts_compares_the_prefix(void **state)
{
    (void)state;
    assert_true(slice_starts(SLICE("abc"), SLICE("ab")));
    assert_true(slice_starts(SLICE("abc"), SLICE("")));
    assert_true(slice_starts(SLICE_NULL, SLICE("")));
    assert_false(slice_starts(SLICE("ab"), SLICE("abc")));
    assert_false(slice_starts(SLICE("abc"), SLICE("Ab")));
    assert_true(slice_starts_nocase(SLICE("abc"), SLICE("Ab")));
    assert_false(slice_starts_nocase(SLICE("a"), SLICE("Ab")));
}

static void trim_takes_blanks_at_both_ends(void **state)
{
    (void)state;
    assert_slice(slice_trim(SLICE(" \t\r\n a b \n")), "a b");
    assert_slice(slice_trim(SLICE(" \t\r\n")), "");
    assert_slice(slice_trim(SLICE_NULL), "");
    assert_slice(slice_trim(SLICE("\va\f")), "\va\f");
}

static void cut_yields_what_stands_between_separators(void **state)
{
    struct slice s = SLICE("a,,bc"), head;

    (void)state;
    assert_true(slice_cut(&s, ',', &head));
    assert_slice(head, "a");
    assert_true(slice_cut(&s, ',', &head));
    assert_slice(head, "");
    assert_true(slice_cut(&s, ',', &head));
    assert_slice(head, "bc");
    assert_false(slice_cut(&s, ',', &head));

    s = SLICE("a,");
    assert_true(slice_cut(&s, ',', &head));
    assert_slice(head, "a");
    assert_false(slice_cut(&s, ',', &head));

    s = SLICE_NULL;
    assert_false(slice_cut(&s, ',', &head));
}

static void numbers_are_digits_alone_and_bounded(void **state)
{
    static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "01", "00", "0x1", "1.", "a", "1a", "/", ":",
                                        "18446744073709551616", "99999999999999999999", "184467440737095516150"};
    uint64_t v = 7;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) assert_false(slice_u64(slice_str(wrong[i]), UINT64_MAX, &v));
    assert_false(slice_u64(SLICE("1\0"), UINT64_MAX, &v));
    assert_false(slice_u64(SLICE("11"), 10, &v));
    assert_false(slice_u64(SLICE("1"), 0, &v));
    assert_int_equal(v, 7);
    assert_true(slice_u64(SLICE("0"), 0, &v));
    assert_int_equal(v, 0);
    assert_true(slice_u64(SLICE("10"), 10, &v));
    assert_int_equal(v, 10);
    assert_true(slice_u64(SLICE("18446744073709551615"), UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
}

static void ids_are_positive(void **state)
{
    int64_t id = 7;

    (void)state;
    assert_false(slice_id(SLICE("0"), &id));
    assert_false(slice_id(SLICE("-1"), &id));
    assert_false(slice_id(SLICE("9223372036854775808"), &id));
    assert_int_equal(id, 7);
    assert_true(slice_id(SLICE("9223372036854775807"), &id));
    assert_true(id == INT64_MAX);
    assert_true(slice_id(SLICE("1"), &id));
    assert_int_equal(id, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_means_same_bytes_and_length),
        cmocka_unit_test(case_is_ignored_for_ascii_letters_only),
        cmocka_unit_test(starts_compares_the_prefix),
        cmocka_unit_test(trim_takes_blanks_at_both_ends),
        cmocka_unit_test(cut_yields_what_stands_between_separators),
        cmocka_unit_test(numbers_are_digits_alone_and_bounded),
        cmocka_unit_test(ids_are_positive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
