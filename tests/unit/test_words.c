#include "unit.h"

#include "words.h"

/* The words of a text with blanks between. */
static char *joined(const char *text)
{
    struct slice s = exact(slice_str(text));
    struct words w = WORDS_INIT;
    struct buf b = BUF_INIT;

    assert_true(words_split(&w, s));
    for (size_t i = 0; i < w.n; i++) {
        if (i > 0) buf_byte(&b, w.v[i].glued ? '+' : ' ');
        buf_slice(&b, words_text(&w, i));
        assert_true(w.v[i].from < w.v[i].to && w.v[i].to <= s.n);
    }
    assert_non_null(buf_cstr(&b));
    words_free(&w);
    free((void *)s.p);
    return b.data;
}

static void assert_words(const char *text, const char *wanted)
{
    char *got = joined(text);

    assert_string_equal(got, wanted);
    free(got);
}

static void words_are_folded(void **state)
{
    (void)state;
    assert_words("", "");
    assert_words("Hello, World! HELLO", "hello world hello");
    assert_words("Straße STRASSE", "strasse strasse");
    assert_words("Café cafe\xCC\x81 CAFE\xCC\x81", "cafe cafe cafe");
    assert_words("Ångström Ælfric İstanbul", "angstrom ælfric istanbul");
    assert_words("Ёлка ёлка йод", "елка елка йод");
    assert_words("ΑΘΉΝΑ Αθήνας", "αθηνα αθηνασ");
    assert_words("ｆｕｌｌｗｉｄｔｈ ﬁne ℌello Ⅷ", "fullwidth fine hello viii");
}

static void other_characters_separate(void **state)
{
    (void)state;
    assert_words("don't @ada_l https://Example.com/a/path?q=1", "don ada https example com path");
    assert_words("3.14 v2 42 1,000", "14 v2 42 000");
    assert_words("a b ca", "ca");
    assert_words("one\xC2\xADtwo three\xE2\x80\x8D" "four", "onetwo threefour");
    assert_words("\xF0\x9F\x98\x80 fine\xF0\x9F\x98\x80very", "fine very");
    assert_words("½ ㎏ №5", "");
    assert_words("\xEF\xB7\xBA", "صلى الله عليه وسلم");
}

static void scripts_without_spaces_go_by_character(void **state)
{
    (void)state;
    assert_words("日本語", "日+本+語");
    assert_words("日、本 語", "日 本 語");
    assert_words("iPhone手机", "iphone 手+机");
    assert_words("ﾊﾟﾝ か\xE3\x82\x99", "パ+ン が");
    assert_words("집 학교에서", "집 학교에서");
    assert_words("กินข้าว", "กิ+น+ข้+า+ว");
}

static void a_word_remembers_its_place(void **state)
{
    struct words w = WORDS_INIT;

    (void)state;
    assert_true(words_split(&w, SLICE("ab Caf\xC3\xA9, 日本")));
    assert_int_equal(w.n, 4);
    assert_int_equal(w.v[1].from, 3);
    assert_int_equal(w.v[1].to, 8);
    assert_int_equal(w.v[1].points, 4);
    assert_int_equal(w.v[3].from, 13);
    assert_int_equal(w.v[3].to, 16);
    assert_slice(word_prefix(words_text(&w, 1), 3), "caf");
    assert_slice(word_prefix(words_text(&w, 1), 9), "cafe");
    assert_slice(word_prefix(words_text(&w, 2), 1), "日");
    words_free(&w);
}

static void much_is_cut(void **state)
{
    struct words w = WORDS_INIT;
    struct buf b = BUF_INIT;

    (void)state;
    for (int i = 0; i < 100; i++) buf_byte(&b, 'x');
    buf_byte(&b, ' ');
    buf_byte(&b, 'a');
    for (int i = 0; i < 100000; i++) buf_str(&b, "\xCC\x81");
    buf_str(&b, " end");
    assert_true(words_split(&w, buf_view(&b)));
    assert_int_equal(w.n, 2);
    assert_int_equal(w.v[0].points, WORD_POINTS);
    assert_int_equal(w.v[0].to, 100);
    assert_slice(words_text(&w, 1), "end");
    buf_clear(&b);
    for (int i = 0; i < 2 * WORDS_MOST; i++) buf_str(&b, "ab ");
    assert_true(words_split(&w, buf_view(&b)));
    assert_int_equal(w.n, WORDS_MOST);
    buf_free(&b);
    words_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_folded),
        cmocka_unit_test(other_characters_separate),
        cmocka_unit_test(scripts_without_spaces_go_by_character),
        cmocka_unit_test(a_word_remembers_its_place),
        cmocka_unit_test(much_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
