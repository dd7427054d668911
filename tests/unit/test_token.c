#include "unit.h"

#include "token.h"

/* base64url of 32 bytes */
#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void a_token_made_is_a_token_parsed(void **state)
{
    char text[TOKEN_MAX], other[TOKEN_MAX];
    struct token made, parsed = {0};

    (void)state;
    token_make(17, text, &made);
    assert_int_equal(strlen(text), strlen("c1.17.") + 43);
    assert_int_equal(strncmp(text, "c1.17.", 6), 0);
    assert_true(token_parse(slice_str(text), &parsed));
    assert_int_equal(parsed.tenant, 17);
    assert_memory_equal(parsed.hash, made.hash, sizeof made.hash);
    token_make(17, other, &made);
    assert_string_not_equal(text, other);
    assert_memory_not_equal(parsed.hash, made.hash, sizeof made.hash);
    token_make(INT64_MAX, text, &made);
    assert_true(token_parse(slice_str(text), &parsed));
    assert_true(parsed.tenant == INT64_MAX);
}

static void other_texts_are_refused(void **state)
{
    static const char *const wrong[] = {
        "", "c1", "c1.1", "c1.1.", "c2.1." SECRET, "C1.1." SECRET, "c1.0." SECRET, "c1.-1." SECRET, "c1.01." SECRET,
        "c1..." SECRET, "c1.1." SECRET "A", "c1.1.A", "c1.1." SECRET "=", " c1.1." SECRET, "c1.1." SECRET " ",
        "c1.9223372036854775808." SECRET, "c1.1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9",
        "c1.1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH+8", "c1.1.1." SECRET,
    };
    struct token t = {.tenant = 9};

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (token_parse(slice_str(wrong[i]), &t)) fail_msg("%s", wrong[i]);
    }
    assert_int_equal(t.tenant, 9);
    assert_true(token_parse(SLICE("c1.1." SECRET), &t));
}

static void expect_other_token(struct slice broken, void *arg)
{
    const struct token *whole = arg;
    struct token t;

    if (token_parse(broken, &t)) assert_memory_not_equal(t.hash, whole->hash, sizeof t.hash);
}

static void a_changed_token_is_none_or_another(void **state)
{
    struct token t;

    (void)state;
    assert_true(token_parse(SLICE("c1.12." SECRET), &t));
    feed_broken(SLICE("c1.12." SECRET), expect_other_token, &t);
}

static void assert_cookie(const char *header, const char *name, const char *wanted)
{
    struct slice h = exact(slice_str(header)), got = cookie_get(h, slice_str(name));

    if (wanted == NULL) {
        assert_null(got.p);
        assert_int_equal(got.n, 0);
    } else {
        assert_non_null(got.p);
        assert_slice(got, wanted);
    }
    free((void *)(uintptr_t)h.p);
}

static void the_first_cookie_of_that_name_counts(void **state)
{
    (void)state;
    assert_cookie("a=1; b=2", "a", "1");
    assert_cookie("a=1; b=2", "b", "2");
    assert_cookie("a=1;b=2", "b", "2");
    assert_cookie(" a = 1 ;\tb=2", "a", "1");
    assert_cookie("b=1; b=2", "b", "1");
    assert_cookie("b=; b=2", "b", "");
    assert_cookie("a=b=c", "a", "b=c");
    assert_cookie("a=\"q\"", "a", "\"q\"");
    assert_cookie("a=1; b=2", "c", NULL);
    assert_cookie("aa=1; ba=1", "a", NULL);
    assert_cookie("A=1", "a", NULL);
    assert_cookie("a", "a", NULL);
    assert_cookie("a; a=1", "a", "1");
    assert_cookie("", "a", NULL);
    assert_cookie(";;=;", "a", NULL);
}

static void find_cookie(struct slice broken, void *arg)
{
    struct slice got = cookie_get(broken, SLICE("bc"));

    (void)arg;
    if (got.n > 0) assert_true(got.p > broken.p && got.p + got.n <= broken.p + broken.n);
}

static void broken_cookie_headers_never_lead_outside(void **state)
{
    (void)state;
    feed_broken(SLICE("a=1; bc=value; d=\"x\"; bc=2"), find_cookie, NULL);
}

struct sources {
    const char *authorization, *cookie;
    int tenant; /* 0: refused */
    bool by_cookie;
};

static void headers_are_asked_in_order(void **state)
{
    static const struct sources cases[] = {
        {"Bearer c1.1." SECRET, NULL, 1, false},
        {"bEARER   c1.1." SECRET " ", "confab=c1.2." SECRET, 1, false},
        {"Bearer rubbish", "__Host-confab=c1.2." SECRET, 0, false},
        {"Bearer", "__Host-confab=c1.2." SECRET, 0, false},
        {"Basic YTpi", "__Host-confab=c1.2." SECRET, 2, true},
        {"Bearerc1.1." SECRET, NULL, 0, true},
        {NULL, "confab=c1.3." SECRET "; __Host-confab=c1.2." SECRET, 2, true},
        {NULL, "confab=c1.3." SECRET, 3, true},
        {NULL, "confab=c1.3." SECRET "; __Host-confab=rubbish", 0, true},
        {NULL, "confab=c1.3." SECRET "; __Host-confab=", 0, true},
        {NULL, "other=c1.3." SECRET, 0, true},
        {NULL, NULL, 0, true},
        {"", "", 0, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct token t = {0};
        bool by_cookie = !cases[i].by_cookie;
        bool ok = token_from_headers(slice_str(cases[i].authorization), slice_str(cases[i].cookie), &t, &by_cookie);

        if (ok != (cases[i].tenant != 0) || t.tenant != cases[i].tenant) fail_msg("case %zu", i);
        assert_int_equal(by_cookie, cases[i].by_cookie);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_made_is_a_token_parsed),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(a_changed_token_is_none_or_another),
        cmocka_unit_test(the_first_cookie_of_that_name_counts),
        cmocka_unit_test(broken_cookie_headers_never_lead_outside),
        cmocka_unit_test(headers_are_asked_in_order),
    };

    if (!crypto_start()) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
