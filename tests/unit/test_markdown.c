/* What a message's text becomes; docs/PROTOCOL.md, "The text as a tree". */
#include "unit.h"

#include "markdown.h"
#include "shortcode.h"

#include <jansson.h>

/* The members that the text adds to a message, as JSON; to be freed. */
static char *written(struct slice text)
{
    struct slice s = exact(text);
    struct buf b = BUF_INIT;
    struct json j;
    char *copy;

    json_start(&j, &b);
    json_begin_object(&j);
    markdown_json(&j, s);
    json_end(&j);
    assert_true(json_done(&j));
    free((void *)(uintptr_t)s.p);
    copy = strdup(buf_cstr(&b));
    buf_free(&b);
    return copy;
}

struct example {
    const char *text, *nodes; /* NULL: there are none */
};

static void check(const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *got = written(slice_str(examples[i].text)), wanted[4096];

        (void)snprintf(wanted, sizeof wanted, examples[i].nodes != NULL ? "{\"nodes\":[%s]}" : "{}", examples[i].nodes);
        if (strcmp(got, wanted) != 0) fail_msg("%s\nbecame %s\nwanted %s", examples[i].text, got, wanted);
        free(got);
    }
}

#define P(inner) "{\"kind\":\"paragraph\",\"nodes\":[" inner "]}"
#define LINK(to, text) "{\"kind\":\"link\",\"href\":\"" to "\",\"nodes\":[\"" text "\"]}"
#define EM(text) "{\"kind\":\"emphasis\",\"nodes\":[\"" text "\"]}"
#define CODE(text) "{\"kind\":\"code\",\"text\":\"" text "\"}"
#define ITEM(inner) "{\"kind\":\"item\",\"nodes\":[" inner "]}"
#define PRE(text) "{\"kind\":\"code_block\",\"text\":\"" text "\"}"
#define AT(handle) "{\"kind\":\"mention\",\"handle\":\"" handle "\"}"
#define QUOTE(inner) "{\"kind\":\"quote\",\"nodes\":[" inner "]}"

static void test_inline(void **state)
{
    static const struct example examples[] = {
        {"**b** *e* _e_ ~~s~~ `c`", P("{\"kind\":\"strong\",\"nodes\":[\"b\"]},\" \"," EM("e") ",\" \"," EM("e") ",\" \",{\"kind\":\"strike\",\"nodes\":[\"s\"]},\" \"," CODE("c"))},
        {"***both***", P("{\"kind\":\"emphasis\",\"nodes\":[{\"kind\":\"strong\",\"nodes\":[\"both\"]}]}")},
        {"one *two*\nthree", P("\"one \"," EM("two") ",\"\\nthree\"")},
        {"one *two*  \nthree", P("\"one \"," EM("two") ",\"\\nthree\"")},
        {"``a ` b``", P(CODE("a ` b"))},
        {"`*no* @ada :tada: https://x.org \\* <b> ~`", P(CODE("*no* @ada :tada: https://x.org \\\\* <b> ~"))},
        {"\\*no\\* *e*", P("\"*no* \"," EM("e"))},
        {"*a", NULL}, {"snake_case_name", NULL}, {"2 * 3 * 4", NULL}, {"~5 or ~6", NULL}, {"a ~b~ c", NULL},
        {"\\d+ \\(x\\) \\\\host\\share *e*", P("\"\\\\d+ \\\\(x\\\\) \\\\\\\\host\\\\share \"," EM("e"))},
        {"\xC2\xAF\\_(\xE3\x83\x84)_/\xC2\xAF", NULL},
        {"<b>x</b> &lt; &#106; <!-- c --> *e*", P("\"<b>x</b> &lt; &#106; <!-- c --> \"," EM("e"))},
        {"<div>\n*e*\n</div>", P("\"<div>\\n\"," EM("e") ",\"\\n</div>\"")},
        {"\x1B[31m*e*\x07", P("\"\xEF\xBF\xBD[31m\"," EM("e") ",\"\xEF\xBF\xBD\"")},
        {"a\r\n*b*\rc", P("\"a\\n\"," EM("b") ",\"\\nc\"")},
        {"\U000F0041 \U000F0090 *e*", P("\"\U000F0041 \U000F0090 \"," EM("e"))},
    };

    (void)state;
    check(examples, COUNT(examples));
}

static void test_blocks(void **state)
{
    static const struct example examples[] = {
        {"# One #\n### Three", "{\"kind\":\"heading\",\"level\":1,\"nodes\":[\"One\"]},{\"kind\":\"heading\",\"level\":3,\"nodes\":[\"Three\"]}"},
        {"#channel", NULL}, {"#", NULL}, {"##", NULL}, {"5.", NULL}, {"-", NULL}, {">", NULL}, {"```", NULL}, {"1986. A year", NULL}, {">_<", NULL},
        {"a\n---\nb", NULL}, {"a\n===", NULL}, {"-5 is\n+1", NULL}, {"3.14 is\n2.7", NULL},
        {"a\n\n---\n\nb", P("\"a\"") ",{\"kind\":\"rule\"}," P("\"b\"")},
        {"> a\nb", QUOTE(P("\"a\"")) "," P("\"b\"")},
        {"> a\n> b\n>> c", QUOTE(P("\"a\\nb\"") "," QUOTE(P("\"c\"")))},
        {"- a\n- b\n  - c", "{\"kind\":\"list\",\"nodes\":[" ITEM("\"a\"") "," ITEM("\"b\",{\"kind\":\"list\",\"nodes\":[" ITEM("\"c\"") "]}") "]}"},
        {"3) a\n4) b", "{\"kind\":\"list\",\"start\":3,\"nodes\":[" ITEM("\"a\"") "," ITEM("\"b\"") "]}"},
        {"0. a", "{\"kind\":\"list\",\"start\":0,\"nodes\":[" ITEM("\"a\"") "]}"},
        {"- a\n\n- b", "{\"kind\":\"list\",\"nodes\":[" ITEM(P("\"a\"")) "," ITEM(P("\"b\"")) "]}"},
        {"- [x] a\n- [ ] b", "{\"kind\":\"list\",\"nodes\":[{\"kind\":\"item\",\"checked\":true,\"nodes\":[\"a\"]},{\"kind\":\"item\",\"checked\":false,\"nodes\":[\"b\"]}]}"},
        {"text\n- a", P("\"text\"") ",{\"kind\":\"list\",\"nodes\":[" ITEM("\"a\"") "]}"},
        {"    not code *e*", P("\"not code \"," EM("e"))},
        {"[note]: this stays *e*", P("\"[note]: this stays \"," EM("e"))},
        {"[a]: http://x.org\n[a]", P("\"[a]: \"," LINK("http://x.org", "http://x.org") ",\"\\n[a]\"")},
    };

    (void)state;
    check(examples, COUNT(examples));
}

static void test_code_blocks(void **state)
{
    static const struct example examples[] = {
        {"```c++\n\tx *= 2;\n\n> y\nz\n```", "{\"kind\":\"code_block\",\"language\":\"c++\",\"text\":\"\\tx *= 2;\\n\\n> y\\nz\"}"},
        {"```\n@ada https://x.org <b> \\ ~ ]: :tada:\n```", PRE("@ada https://x.org <b> \\\\ ~ ]: :tada:")},
        {"~~~\nx\n~~~\n*e*", PRE("x") "," P(EM("e"))},
        {"```\nnever closed", PRE("never closed")},
        {"```one line of it\nmore```", PRE("one line of it\\nmore")},
        {"```x\" onclick=1\ny\n```", PRE("x\\\" onclick=1\\ny")},
        {"```abcdefghijklmnopqrstuvwxyz0123456\ny\n```", PRE("abcdefghijklmnopqrstuvwxyz0123456\\ny")},
        {"```a``` b", P(CODE("a") ",\" b\"")},
        {"> ```\n> a\n> ```", QUOTE(PRE("a"))},
        {"- ```\n  a\n  ```\n> q\nr", "{\"kind\":\"list\",\"nodes\":[" ITEM(PRE("a")) "]}," QUOTE(P("\"q\"")) "," P("\"r\"")},
    };

    (void)state;
    check(examples, COUNT(examples));
}

static void test_links(void **state)
{
    static const struct example examples[] = {
        {"https://x.org/a_b_(c)*d*?e=f#g.", P(LINK("https://x.org/a_b_(c)*d*?e=f#g", "https://x.org/a_b_(c)*d*?e=f#g") ",\".\"")},
        {"(see http://x.org/), <https://y.org>; **https://z.org**", P("\"(see \"," LINK("http://x.org/", "http://x.org/") ",\"), \"," LINK("https://y.org", "https://y.org") ",\"; \",{\"kind\":\"strong\",\"nodes\":[" LINK("https://z.org", "https://z.org") "]}")},
        {"www.x.org www.x me@x.org", P(LINK("https://www.x.org", "www.x.org") ",\" www.x \"," LINK("mailto:me@x.org", "me@x.org"))},
        {"[t](https://x.org \"title\") [u](<http://y.org>) [m](mailto:a@b.org)", P(LINK("https://x.org", "t") ",\" \"," LINK("http://y.org", "u") ",\" \"," LINK("mailto:a@b.org", "m"))},
        {"![i](https://x.org/i.png) ![](https://x.org/j.png)", P(LINK("https://x.org/i.png", "i") ",\" \"," LINK("https://x.org/j.png", "https://x.org/j.png"))},
        {"[![i](http://x.org)](http://y.org)", P(LINK("http://y.org", "i"))},
        {"[http://x.org @ada](http://y.org)", P(LINK("http://y.org", "http://x.org @ada"))},
        {"git@github.com:a/b x@y @ @@a a@b@c.de", NULL},
        {"xhttp://y.org", NULL}, {"http:// https://", NULL}, {"http://user:secret@x.org/", NULL}, {"https://x.org@y.org", NULL},
        {"http://x.org\u202Egro.y", P(LINK("http://x.org", "http://x.org") ",\"\u202Egro.y\"")},
        {"http://b\u00FCcher.de\u3002", P(LINK("http://b\u00FCcher.de", "http://b\u00FCcher.de") ",\"\u3002\"")},
    };

    (void)state;
    check(examples, COUNT(examples));
}

static void test_odd_links_stay_as_typed(void **state)
{
    static const char *const texts[] = {
        "[x](javascript:alert(1))", "[x](JavaScript:alert(1))", "[x](java\\script:alert(1))", "[x](javascript&colon;alert(1))", "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)", "[x](vbscript:msgbox)", "[x](file:///etc/passwd)", "[x](//x.org)", "[x](/path)", "[x](#top)",
        "[x](http:x.org)", "[x](https:///x.org)", "[x](http://a@x.org)", "[x](http://x.org:@y)", "[x](mailto:)", "[x](mailto:nobody)", "[x](ftp://x.org)",
        "[x](\x01javascript:alert(1))", "[x](http://x\u202Ey.org)", "[x](http://x\u200By.org)", "<javascript:alert(1)>", "![x](javascript:alert(1))", "[x](http://x.org/\\\"onclick=1)",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        char *got = written(slice_str(texts[i]));

        /* At the most, a part of it that is a good address by itself. */
        if (strstr(got, "\"href\":\"") != NULL && strstr(got, "\"href\":\"http://x") == NULL && strstr(got, "\"href\":\"https://x") == NULL) fail_msg("%s became %s", texts[i], got);
        if (strstr(got, "onclick") != NULL && strstr(got, "href") != NULL) fail_msg("%s became %s", texts[i], got);
        free(got);
    }
}

static void repeat(struct buf *b, const char *text, int times)
{
    while (times-- > 0) buf_str(b, text);
}

static void test_tables(void **state)
{
    static const struct example examples[] = {
        {"|a|b|\n|:--|--:|\n|1|*2*|", "{\"kind\":\"table\",\"nodes\":[{\"kind\":\"row\",\"nodes\":[{\"kind\":\"cell\",\"align\":\"left\",\"nodes\":[\"a\"]},{\"kind\":\"cell\",\"align\":\"right\",\"nodes\":[\"b\"]}]},"
                                      "{\"kind\":\"row\",\"nodes\":[{\"kind\":\"cell\",\"align\":\"left\",\"nodes\":[\"1\"]},{\"kind\":\"cell\",\"align\":\"right\",\"nodes\":[" EM("2") "]}]}]}"},
        {"a | b", NULL},
    };
    struct buf big = BUF_INIT;

    (void)state;
    check(examples, COUNT(examples));
    buf_str(&big, "|");
    repeat(&big, "a|", MARKDOWN_COLUMNS + 1);
    buf_str(&big, "\n|");
    repeat(&big, "---|", MARKDOWN_COLUMNS + 1);
    check(&(struct example){buf_cstr(&big), NULL}, 1);
    buf_clear(&big);
    buf_str(&big, "|a|\n|---|\n");
    repeat(&big, "|1|\n", MARKDOWN_ROWS + 1);
    check(&(struct example){buf_cstr(&big), NULL}, 1);
    buf_free(&big);
}

static void test_mentions_and_emoji(void **state)
{
    static const struct example examples[] = {
        {"@ada, @Bob_1. (@c-d)", P(AT("ada") ",\", \"," AT("bob_1") ",\". (\"," AT("c-d") ",\")\"")},
        {"@room: @ada/@bob", P("{\"kind\":\"mention_room\"},\": \"," AT("ada") ",\"/\"," AT("bob"))},
        {"*@ada*", P("{\"kind\":\"emphasis\",\"nodes\":[" AT("ada") "]}")},
        {"\\@ada x@ada a/@ada @@ada @", P("\"@ada x@ada a/@ada @@ada @\"")},
        {"@abcdefghijklmnopqrstuvwxyz0123456", NULL},
        {"a :tada: :+1::heart: :nothing_such: 10:30:20 std::heart::x \\:tada:", P("\"a \U0001F389 \U0001F44D\u2764\uFE0F :nothing_such: 10:30:20 std::heart::x :tada:\"")},
    };

    (void)state;
    check(examples, COUNT(examples));
    assert_slice(shortcode_find(SLICE("1st_place_medal")), "\U0001F947");
    assert_slice(shortcode_find(SLICE("zzz")), "\U0001F4A4");
    assert_slice(shortcode_find(SLICE("+1")), "\U0001F44D");
    assert_slice(shortcode_find(SLICE("flag_south_georgia_and_south_sandwich_islands")), "\U0001F1EC\U0001F1F8");
    assert_int_equal(shortcode_find(SLICE("tad")).n, 0);
    assert_int_equal(shortcode_find(SLICE("tadaa")).n, 0);
}

static void gather(void *arg, struct slice handle)
{
    struct buf *b = arg;

    buf_slice(b, handle);
    buf_byte(b, ' ');
}

static void test_who_is_mentioned(void **state)
{
    struct buf b = BUF_INIT, many = BUF_INIT;

    (void)state;
    assert_true(markdown_mentions(SLICE("@ada `@bob` @cem @ADA\n```\n@dan\n```\n[@eve](http://x.org) **@room**"), gather, &b));
    assert_slice(buf_view(&b), "ada cem ");
    buf_clear(&b);
    assert_false(markdown_mentions(SLICE("`@room` me@room.org @roomy \\@room"), gather, &b));
    assert_slice(buf_view(&b), "roomy ");
    assert_false(markdown_mentions(SLICE("nobody"), NULL, NULL));
    assert_false(markdown_mentions(SLICE_NULL, NULL, NULL));
    buf_clear(&b);
    for (int i = 0; i < MARKDOWN_MENTIONS + 20; i++) buf_fmt(&many, "@a%d ", i);
    assert_false(markdown_mentions(buf_view(&many), gather, &b));
    for (size_t i = 0, n = 0; i <= b.len; i++) {
        if (i < b.len) n += b.data[i] == ' ';
        else assert_int_equal(n, MARKDOWN_MENTIONS);
    }
    buf_free(&b);
    buf_free(&many);
}

static void test_big(void **state)
{
    static const struct { const char *text; bool big; } cases[] = {
        {"\U0001F389", true}, {"\U0001F389 \U0001F389\n", true}, {":tada: :+1:", true}, {"\u2764\uFE0F", true}, {"1\uFE0F\u20E3", true},
        {"\U0001F389\U0001F389\U0001F389\U0001F389\U0001F389\U0001F389", true}, {"\U0001F389\U0001F389\U0001F389\U0001F389\U0001F389\U0001F389\U0001F389", false},
        {"\U0001F389!", false}, {"a", false}, {"1", false}, {"12", false}, {"\u00A9", false}, {"`\U0001F389`", false}, {"", false}, {" ", false}, {"# :tada:", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *got = written(slice_str(cases[i].text));

        if ((strstr(got, "\"big\":true") != NULL) != cases[i].big) fail_msg("%s became %s", cases[i].text, got);
        free(got);
    }
}

static void test_plain(void **state)
{
    static const char *const plain[] = {"", "Hello, how are you? Fine - thanks!", "10:30, a (b) {c} 50% $5 #1 'q' \"q\" a=b; x+y", "one\ntwo\n\nthree", "\U0001F389 \u00E9\u4F60", "std::move", "Note: this", "1986", "#tag", "-5", "!"};
    static const char *const marked[] = {"*", "a_b", "`", "[", "<", "@", "~", "|", "\\", "# a", " # a", "- a", "+ a", "1. a", "12) a", "> a", ">a", "a\n- b", "a\r> b", ":tada:", "http://x", "see www.x.org", "WWW.x.org", "---"};

    (void)state;
    for (size_t i = 0; i < COUNT(plain); i++) {
        if (!markdown_plain(slice_str(plain[i]))) fail_msg("not plain: %s", plain[i]);
    }
    for (size_t i = 0; i < COUNT(marked); i++) {
        if (markdown_plain(slice_str(marked[i]))) fail_msg("plain: %s", marked[i]);
    }
}

/* Whatever the text, what is written is one JSON object within the bounds. */
static void feed(struct slice broken, void *arg)
{
    char *got = written(broken), err[120];
    json_t *v = json_parse_strict(slice_str(got), 2 * MARKDOWN_DEPTH + 4, err, sizeof err);

    (void)arg;
    if (v == NULL) fail_msg("%s: %s", got, err);
    json_decref(v);
    free(got);
}

static void test_broken(void **state)
{
    (void)state;
    feed_broken(SLICE("> - [x] **a** _[b](http://x.org/(c) \"t\")_ `d` ~~e~~ @f :tada: www.g.org\n"), feed, NULL);
    feed_broken(SLICE("```c\n\tx\n```\n|a|b|\n|:--|--:|\n|\\||\xC2\xAF\\_(\xE3\x83\x84)_/\xC2\xAF|\n\\@a <http://b.org> a@b.org\n---\n"), feed, NULL);
    feed_broken(SLICE("[x~~s](http://a.b) *[](d~~e) ![`~~]* `"), feed, NULL); /* ends that cross */
    feed_broken(SLICE("1. a\n   > b\n   > ~~~\n   > c\n\n2. ![d](e)\r\n\U000F0041\U000F0085\U000FFFFD"), feed, NULL);
}

/* Much of each mark, alone and within others: bounded output, and not too long a time. */
static void test_floods(void **state)
{
    static const char *const marks[] = {"*", "_", "**a", "*a **b ", "`", "[", "![", "[a](", "](", "[a](b)", "[a]: b\n", "<", "&", "\\", "|", "|a", "> ", ">\n", "- ", "1. ", "1. a\n", "# a\n", "```\n",
                                        "http://a@", "https://a.b ", "a@b.c ", "@a ", ":a:", ":tada:", "\n", "\x01", "\U000F0001", "e\u0301", "\u202E", "*_~~", "a\n=\n", "|-", "- - "};
    enum { BYTES = 80000 };
    char *text = malloc(BYTES + 16);

    (void)state;
    for (size_t i = 0; i < COUNT(marks); i++) {
        static const char *const starts[] = {"", "|a|\n|---|\n", "[", "> "};
        for (size_t k = 0; k < COUNT(starts); k++) {
            size_t n = strlen(starts[k]), m = strlen(marks[i]);
            char *got;

            memcpy(text, starts[k], n);
            for (; n + m <= BYTES; n += m) memcpy(text + n, marks[i], m);
            feed(slice_make(text, n), NULL);
            got = written(slice_make(text, n));
            /* The most is what a control becomes, and a node around each of so many pieces. */
            assert_true(strlen(got) < 3 * BYTES + MARKDOWN_NODES * 40);
            free(got);
        }
    }
    free(text);
}

static void test_depth(void **state)
{
    struct buf text = BUF_INIT;
    char *got;

    (void)state;
    repeat(&text, "> ", 100);
    buf_str(&text, "*deep* [l](http://x.org)");
    got = written(buf_view(&text));
    assert_non_null(strstr(got, "deep [l](http://x.org)"));
    free(got);
    buf_clear(&text);
    for (int i = 0; i < 30; i++) {
        repeat(&text, "  ", i);
        buf_str(&text, "- a\n");
    }
    feed(buf_view(&text), NULL);
    buf_free(&text);
}

/* Also where memory ends right behind the text. */
static void test_every_length(void **state)
{
    enum { MOST = 4200 };
    char text[MOST];

    (void)state;
    memset(text, 'a', sizeof text);
    text[0] = text[2] = '*';
    for (size_t n = 4; n <= MOST; n++) {
        char *got;

        text[n - 1] = '\n';
        got = written(slice_make(text, n));
        text[n - 1] = 'a';
        assert_non_null(strstr(got, "emphasis"));
        free(got);
    }
}

static void test_not_utf8(void **state)
{
    (void)state;
    check((struct example[]){{"*a* \xFF", NULL}, {"*a* \xF3\xB0\x80", NULL}, {"\xED\xA0\x80*a*", NULL}}, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inline), cmocka_unit_test(test_blocks), cmocka_unit_test(test_code_blocks), cmocka_unit_test(test_links),
        cmocka_unit_test(test_odd_links_stay_as_typed), cmocka_unit_test(test_tables), cmocka_unit_test(test_mentions_and_emoji),
        cmocka_unit_test(test_who_is_mentioned), cmocka_unit_test(test_big), cmocka_unit_test(test_plain), cmocka_unit_test(test_broken),
        cmocka_unit_test(test_floods), cmocka_unit_test(test_depth), cmocka_unit_test(test_not_utf8), cmocka_unit_test(test_every_length),
    };

    return cmocka_run_group_tests_name("markdown", tests, NULL, NULL);
}
