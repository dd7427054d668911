/* One emoji, and nothing else, is an avatar. */
#include "unit.h"

#include "emoji.h"

static bool is_one(const char *text)
{
    struct slice s = exact(slice_str(text));
    bool one = emoji_one(s);

    free((void *)(uintptr_t)s.p);
    return one;
}

static void test_accepts(void **state)
{
    static const char *const good[] = {
        "😀", "🦀", "🫠", "☀", "☀️", "❤️", "👍", "👍🏽", "🇩🇪", "🇺🇳", "1️⃣", "#️⃣", "*⃣", "👩‍🚀", "👩🏽‍🚀", "👨‍👩‍👧‍👦",
        "🏳️‍🌈", "🏴‍☠️", "❤️‍🔥", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "🧑🏻‍❤️‍💋‍🧑🏿", "🏽", "©️", "🐻‍❄️",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        if (!is_one(good[i])) fail_msg("refused: %s", good[i]);
    }
}

static void test_refuses(void **state)
{
    static const char *const bad[] = {
        "", "a", "1", "#", "ab", " 😀", "😀 ", "😀😀", "😀a", "🇩", "🇩🇪🇫", "🇩🇪🇫🇷", "\u200d", "\ufe0f", "😀\u200d", "\u200d😀",
        "😀\u200d\u200d😀", "1\ufe0f", "\u20e3", "a\u20e3", "😀\u20e3", "👍🏽🏽", "😀\ufe0f\ufe0f", "🏴\U000E0067", "\U000E007F",
        "\u202e😀", "<b>", "é", "中", "😀\n", "\x80", "\xf0\x9f\x98", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩", /* longer than any real one */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (is_one(bad[i])) fail_msg("accepted row %zu: %s", i, bad[i]);
    }
    assert_false(emoji_one(SLICE("\0")));
    assert_false(emoji_one(SLICE("😀\0")));
    assert_false(emoji_one(SLICE("1\0")));
}

static void feed(struct slice broken, void *arg)
{
    (void)arg;
    (void)emoji_one(broken);
}

static void test_broken(void **state)
{
    (void)state;
    feed_broken(SLICE("🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"), feed, NULL);
    feed_broken(SLICE("👩🏽‍🚀👨‍👩‍👧‍👦🇩🇪1️⃣"), feed, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_broken),
    };

    return cmocka_run_group_tests_name("emoji", tests, NULL, NULL);
}
