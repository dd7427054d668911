#include "unit.h"

#include "buf.h"
#include "utf8.h"

static size_t encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 63));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 63));
        out[2] = (char)(0x80 | (cp & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 63));
    out[2] = (char)(0x80 | (cp >> 6 & 63));
    out[3] = (char)(0x80 | (cp & 63));
    return 4;
}

static void every_code_point_but_surrogates_is_valid(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp < 0x120000; cp++) {
        char bytes[4];
        struct slice s = slice_make(bytes, encode(cp, bytes));
        bool fine = cp < 0xD800 || (cp > 0xDFFF && cp <= 0x10FFFF);
        uint32_t got = 0;

        if (utf8_valid(s) != fine) fail_msg("U+%04X", (unsigned)cp);
        if ((utf8_char(s, &got) == s.n) != fine) fail_msg("U+%04X", (unsigned)cp);
        if (fine && (got != cp || utf8_count(s) != 1)) fail_msg("U+%04X", (unsigned)cp);
    }
}

static bool decodes_to_itself(struct slice s)
{
    while (s.n > 0) {
        uint32_t cp = 0;
        size_t n = utf8_char(s, &cp);
        char again[4];

        if (n == 0 || (cp >= 0xD800 && cp <= 0xDFFF) || cp > 0x10FFFF) return false;
        if (encode(cp, again) != n || memcmp(again, s.p, n) != 0) return false;
        s = slice_make(s.p + n, s.n - n);
    }
    return true;
}

/* Every four bytes from those at which a rule changes: the automaton against the definition. */
static void sequences_are_valid_only_as_encodings(void **state)
{
    static const unsigned char edge[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                         0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    const size_t n = COUNT(edge);

    (void)state;
    for (size_t i = 0; i < n * n * n * n; i++) {
        char bytes[4] = {(char)edge[i % n], (char)edge[i / n % n], (char)edge[i / n / n % n], (char)edge[i / n / n / n]};
        struct slice s = slice_make(bytes, sizeof bytes);

        if (utf8_valid(s) != decodes_to_itself(s)) fail_msg("sequence %zu", i);
    }
}

static void overlong_surrogate_and_stray_bytes_are_refused(void **state)
{
    static const char *const wrong[] = {
        "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xFE", "\xC3", "\xE2\x82",
        "\xF0\x9F\x98", "a\xC3z", "\xE2\x28\xA1", "\xF8\x88\x80\x80\x80",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(utf8_valid(slice_str(wrong[i])));
    }
    assert_true(utf8_valid(SLICE("a\0b")));
    assert_true(utf8_valid(SLICE_NULL));
}

static const char mixed[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";

static void split_makes_no_difference(void **state)
{
    const struct slice s = slice_str(mixed);

    (void)state;
    for (size_t i = 0; i <= s.n; i++) {
        for (size_t j = i; j <= s.n; j++) {
            struct utf8 u = UTF8_INIT;

            assert_true(utf8_feed(&u, slice_make(s.p, i)));
            assert_true(utf8_feed(&u, slice_make(s.p + i, j - i)));
            assert_int_equal(utf8_whole(&u), utf8_valid(slice_make(s.p, j)));
            assert_true(utf8_feed(&u, slice_make(s.p + j, s.n - j)));
            assert_true(utf8_whole(&u));
        }
    }
}

/* Whole at once and byte by byte must agree, and bad must stay bad. */
static void feed_both_ways(struct slice s, void *arg)
{
    struct utf8 once = UTF8_INIT, bytewise = UTF8_INIT;
    bool at_once = utf8_feed(&once, s), by_byte = true;

    (void)arg;
    for (size_t i = 0; i < s.n; i++) by_byte = utf8_feed(&bytewise, slice_make(s.p + i, 1)) && by_byte;
    assert_int_equal(at_once, by_byte);
    assert_int_equal(utf8_whole(&once), utf8_whole(&bytewise));
    assert_int_equal(at_once && utf8_whole(&once), utf8_valid(s));
    if (!at_once) {
        assert_false(utf8_feed(&once, SLICE("a")));
        assert_false(utf8_feed(&once, SLICE("\x80")));
        assert_false(utf8_whole(&once));
    }
    for (size_t i = 1; i < s.n; i++) {
        struct utf8 u = UTF8_INIT;
        bool ok = utf8_feed(&u, slice_make(s.p, i));

        ok = utf8_feed(&u, slice_make(s.p + i, s.n - i)) && ok;
        assert_int_equal(ok, at_once);
    }
}

static void broken_text_is_judged_alike_in_every_split(void **state)
{
    (void)state;
    feed_broken(slice_str(mixed), feed_both_ways, NULL);
}

static void bad_bytes_are_reported_at_once(void **state)
{
    struct utf8 u = UTF8_INIT;

    (void)state;
    assert_false(utf8_feed(&u, SLICE("\xF0\x80")));
    u = (struct utf8)UTF8_INIT;
    assert_false(utf8_feed(&u, SLICE("\xED\xA0")));
    u = (struct utf8)UTF8_INIT;
    assert_false(utf8_feed(&u, SLICE("\xC0")));
}

static void counts_code_points(void **state)
{
    (void)state;
    assert_int_equal(utf8_count(slice_str(mixed)), 5);
    assert_int_equal(utf8_count(SLICE_NULL), 0);
    assert_int_equal(utf8_count(SLICE("e\xCC\x81")), 2);
}

static bool blank_cp(uint32_t cp)
{
    char bytes[4];

    return utf8_blank(slice_make(bytes, encode(cp, bytes)));
}

static void blank_text_shows_nothing(void **state)
{
    static const uint32_t invisible[] = {
        0x00, 0x09, 0x0A, 0x1F, 0x20, 0x7F, 0x85, 0x9F, 0xA0, 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x1680, 0x17B4,
        0x17B5, 0x180B, 0x180E, 0x180F, 0x2000, 0x200A, 0x200B, 0x200F, 0x2028, 0x202A, 0x202E, 0x202F, 0x205F, 0x2060,
        0x206F, 0x2800, 0x3000, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0, 0xFFF8, 0xE0000, 0xE0FFF,
    };
    static const uint32_t visible[] = {
        0x21, 'a', '0', 0xA1, 0xAC, 0xAE, 0x34E, 0x350, 0x61B, 0x61D, 0x115E, 0x1161, 0x1681, 0x17B3, 0x17B6, 0x180A,
        0x1810, 0x2010, 0x2027, 0x2030, 0x205E, 0x2070, 0x2801, 0x3001, 0x3163, 0x3165, 0xFDFF, 0xFE10, 0xFEFE, 0xFF9F,
        0xFFA1, 0xFFFC, 0xFFFD, 0x1F600, 0xDFFFF, 0xE1000,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(invisible); i++) {
        if (!blank_cp(invisible[i])) fail_msg("U+%04X", (unsigned)invisible[i]);
    }
    for (size_t i = 0; i < COUNT(visible); i++) {
        if (blank_cp(visible[i])) fail_msg("U+%04X", (unsigned)visible[i]);
    }
    assert_true(utf8_blank(SLICE_NULL));
    assert_true(utf8_blank(SLICE(" \t\xE2\x80\x8B\xE3\x85\xA4\n")));
    assert_false(utf8_blank(SLICE(" \t\xE2\x80\x8B.\n")));
}

static void assert_clean(const char *from, size_t max, const char *wanted)
{
    struct buf b = BUF_INIT;

    buf_str(&b, "<");
    utf8_clean_name(slice_str(from), max, &b);
    assert_true(buf_ok(&b));
    buf_drop(&b, 1);
    assert_string_equal(buf_cstr(&b), wanted);
    buf_free(&b);
}

static void names_lose_what_cannot_be_seen(void **state)
{
    (void)state;
    assert_clean("Ada Lovelace", 64, "Ada Lovelace");
    assert_clean("  \xC2\xA0" "Ada\t Lovelace\xE3\x80\x80 ", 64, "Ada Lovelace");
    assert_clean("A\x01" "d\x7F" "a\xC2\x85\n", 64, "Ada");
    assert_clean("\xE2\x80\xAE" "gro.live\xE2\x80\xAC", 64, "gro.live");
    assert_clean("\xE2\x81\xA6" "a\xE2\x80\x8B" "b\xE2\x80\x8D" "c\xEF\xBB\xBF\xE2\x81\xA9", 64, "abc");
    assert_clean("a\xE2\x80\xA8" "b\xE2\x80\xA9", 64, "ab");
    assert_clean("\xE3\x85\xA4\xE2\xA0\x80", 64, "");
    assert_clean("\xEF\xB8\x8F" "a\xEF\xB8\x8F", 64, "a");
    assert_clean("", 64, "");
}

static void emoji_in_names_stay_whole(void **state)
{
    /* woman, joiner, laptop; heart with style; keycap; flag of letters */
    static const char coder[] = "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB";
    static const char heart[] = "x \xE2\x9D\xA4\xEF\xB8\x8F";
    static const char fire_heart[] = "\xE2\x9D\xA4\xEF\xB8\x8F\xE2\x80\x8D\xF0\x9F\x94\xA5";
    static const char keycap[] = "1\xEF\xB8\x8F\xE2\x83\xA3";

    (void)state;
    assert_clean(coder, 64, coder);
    assert_clean(heart, 64, heart);
    assert_clean(fire_heart, 64, fire_heart);
    assert_clean(keycap, 64, keycap);
    assert_clean("1\xEF\xB8\x8F", 64, "1");
    assert_clean("\xF0\x9F\x91\xA9\xE2\x80\x8D", 64, "\xF0\x9F\x91\xA9");
    assert_clean("\xF0\x9F\x91\xA9\xE2\x80\x8D" "a", 64, "\xF0\x9F\x91\xA9" "a");
    assert_clean("\xE2\x80\x8D\xF0\x9F\x91\xA9", 64, "\xF0\x9F\x91\xA9");
    /* No room for what it joins: the joiner goes. */
    assert_clean(coder, 2, "\xF0\x9F\x91\xA9\xF0\x9F\x92\xBB");
    assert_clean(keycap, 2, "1\xE2\x83\xA3");
    assert_clean(fire_heart, 3, "\xE2\x9D\xA4\xEF\xB8\x8F\xF0\x9F\x94\xA5");
}

static void names_are_cut_by_code_points(void **state)
{
    (void)state;
    assert_clean("\xC3\xA9\xC3\xA9\xC3\xA9", 2, "\xC3\xA9\xC3\xA9");
    assert_clean("ab cd", 3, "ab");
    assert_clean("   ab", 2, "ab");
    assert_clean("\xE2\x80\x8B\xE2\x80\x8B" "ab", 2, "ab");
    assert_clean("ab", 0, "");
}

static void clean_and_expect_clean(struct slice s, void *arg)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;

    (void)arg;
    if (!utf8_valid(s)) return;
    utf8_clean_name(s, 20, &once);
    assert_true(utf8_valid(buf_view(&once)));
    assert_true(utf8_count(buf_view(&once)) <= 20);
    if (once.len > 0) assert_false(utf8_blank(buf_view(&once)));
    utf8_clean_name(buf_view(&once), 20, &twice);
    assert_true(slice_eq(buf_view(&once), buf_view(&twice)));
    buf_free(&once);
    buf_free(&twice);
}

static void a_clean_name_is_clean(void **state)
{
    (void)state;
    feed_broken(SLICE(" a\xC2\xA0\xE2\x9D\xA4\xEF\xB8\x8F\xE2\x80\x8D\xF0\x9F\x94\xA5 1\xEF\xB8\x8F\xE2\x83\xA3 "),
                clean_and_expect_clean, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_but_surrogates_is_valid),
        cmocka_unit_test(sequences_are_valid_only_as_encodings),
        cmocka_unit_test(overlong_surrogate_and_stray_bytes_are_refused),
        cmocka_unit_test(split_makes_no_difference),
        cmocka_unit_test(broken_text_is_judged_alike_in_every_split),
        cmocka_unit_test(bad_bytes_are_reported_at_once),
        cmocka_unit_test(counts_code_points),
        cmocka_unit_test(blank_text_shows_nothing),
        cmocka_unit_test(names_lose_what_cannot_be_seen),
        cmocka_unit_test(emoji_in_names_stay_whole),
        cmocka_unit_test(names_are_cut_by_code_points),
        cmocka_unit_test(a_clean_name_is_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
