#include "unit.h"

#include "url.h"
#include "utf8.h"

/* Segments joined by '|', with '!' behind them when the path is bad. */
static void walk(const char *path, const char *wanted)
{
    struct slice whole = exact(slice_str(path)), rest = whole, segment;
    struct buf got = BUF_INIT;
    bool bad = false;

    while (url_segment(&rest, &segment, &bad)) {
        buf_slice(&got, segment);
        buf_byte(&got, '|');
    }
    assert_false(url_segment(&rest, &segment, &bad));
    if (bad) buf_byte(&got, '!');
    if (strcmp(buf_cstr(&got), wanted) != 0) fail_msg("%s: %s", path, got.data);
    buf_free(&got);
    free((void *)(uintptr_t)whole.p);
}

static void paths_fall_into_segments(void **state)
{
    (void)state;
    walk("/api/rooms/12", "api|rooms|12|");
    walk("/api/rooms/", "api|rooms|");
    walk("/", "");
    walk("", "");
    walk("/a.b-c_D9", "a.b-c_D9|");
    walk("/...", "...|");
}

static void odd_paths_are_bad(void **state)
{
    (void)state;
    walk("api", "!");
    walk("//", "!");
    walk("/a//b", "a|!");
    walk("/a//", "a|!");
    walk("/./a", "!");
    walk("/a/..", "a|!");
    walk("/a%2Fb", "!");
    walk("/a b", "!");
    walk("/a~b", "!");
    walk("/a;b", "!");
    walk("/a?b", "!");
    walk("/\xC3\xA9", "!");
    walk("/a\\b", "!");
    walk("/a\x01", "!");
}

static void segments_stay_inside(struct slice path, void *arg)
{
    struct slice rest = path, segment;
    bool bad = false;

    (void)arg;
    while (url_segment(&rest, &segment, &bad)) {
        assert_true(segment.n > 0 && segment.p > path.p && segment.p + segment.n <= path.p + path.n);
    }
}

static void broken_paths_never_lead_outside(void **state)
{
    (void)state;
    feed_broken(SLICE("/api/rooms/12/"), segments_stay_inside, NULL);
}

/* name=value pairs joined by '|', with '!' behind them when the query is bad. */
static void ask(struct slice query, const char *wanted)
{
    struct slice whole = exact(query), rest = whole, name, value;
    struct buf scratch, got = BUF_INIT;
    bool bad = false;

    buf_init(&scratch, query.n + 1);
    (void)buf_reserve(&scratch, query.n);
    while (url_query(&rest, &name, &value, &scratch, &bad)) {
        buf_slice(&got, name);
        buf_byte(&got, '=');
        buf_slice(&got, value);
        buf_byte(&got, '|');
    }
    assert_false(url_query(&rest, &name, &value, &scratch, &bad));
    if (bad) buf_byte(&got, '!');
    if (strcmp(buf_cstr(&got), wanted) != 0) fail_msg("%s: %s", query.p, got.data);
    buf_free(&got);
    buf_free(&scratch);
    free((void *)(uintptr_t)whole.p);
}

static void queries_are_decoded_pair_by_pair(void **state)
{
    (void)state;
    ask(SLICE("a=1&b=2"), "a=1|b=2|");
    ask(SLICE("a=1+2%2B3%26%3d&%61=%C3%A9"), "a=1 2+3&=|a=\xC3\xA9|");
    ask(SLICE("a&b=&=c&&d=e=f&"), "a=|b=|=c|d=e=f|");
    ask(SLICE(""), "");
    ask(SLICE("&&"), "");
}

static void odd_queries_are_bad(void **state)
{
    (void)state;
    ask(SLICE("a=1&b=%"), "a=1|!");
    ask(SLICE("b=%4"), "!");
    ask(SLICE("b=%zz&c=1"), "!");
    ask(SLICE("b=%4g"), "!");
    ask(SLICE("%=1"), "!");
    ask(SLICE("a=%00"), "!");
    ask(SLICE("a=\0"), "!");
    ask(SLICE("a=%C3"), "!");
    ask(SLICE("a=%C3&b=%A9"), "!");
    ask(SLICE("a=%ED%A0%80"), "!");
    ask(SLICE("a=\xFF"), "!");
}

static void pairs_are_text(struct slice query, void *arg)
{
    struct slice rest = query, name, value;
    struct buf scratch = BUF_INIT;
    bool bad = false;
    char *at;

    (void)arg;
    at = buf_reserve(&scratch, query.n);
    while (url_query(&rest, &name, &value, &scratch, &bad)) {
        assert_true(utf8_valid(name) && utf8_valid(value));
        if (value.n > 0) assert_null(memchr(value.p, '\0', value.n));
        /* The promise that earlier slices stay valid. */
        assert_ptr_equal(scratch.data, at);
    }
    buf_free(&scratch);
}

static void broken_queries_are_text_or_refused(void **state)
{
    (void)state;
    feed_broken(SLICE("after=12&q=caf%C3%A9+au%20lait&x=%F0%9F%98%80&&y"), pairs_are_text, NULL);
}

static void no_room_is_not_mistaken_for_the_end(void **state)
{
    struct slice rest = SLICE("a=12345"), name, value;
    struct buf scratch;
    bool bad = false;

    (void)state;
    buf_init(&scratch, 3);
    assert_false(url_query(&rest, &name, &value, &scratch, &bad));
    assert_true(bad);
    buf_free(&scratch);
}

static void encoding_is_undone_by_decoding(void **state)
{
    struct buf b = BUF_INIT, scratch = BUF_INIT;
    struct slice rest, name, value;
    char all[127];
    bool bad = false;

    (void)state;
    url_encode(&b, SLICE("aZ9-._~ /?+&=%\xC3\xA9"));
    assert_string_equal(buf_cstr(&b), "aZ9-._~%20%2F%3F%2B%26%3D%25%C3%A9");
    buf_clear(&b);
    for (int i = 1; i < 128; i++) all[i - 1] = (char)i;
    buf_str(&b, "v=");
    url_encode(&b, slice_make(all, sizeof all));
    (void)buf_reserve(&scratch, b.len);
    rest = buf_view(&b);
    assert_true(url_query(&rest, &name, &value, &scratch, &bad));
    assert_true(slice_eq(value, slice_make(all, sizeof all)));
    buf_free(&b);
    buf_free(&scratch);
}

static char allowed_1[] = "https://app.example.org", allowed_2[] = "http://localhost:3000", allowed_3[] = "app://confab";
static char *const allowed[] = {allowed_1, allowed_2, allowed_3};

static enum origin_verdict judge(const char *origin, const char *scheme, const char *host)
{
    struct slice o = exact(slice_str(origin));
    enum origin_verdict v = origin_check(o, slice_str(scheme), slice_str(host), allowed, COUNT(allowed));

    free((void *)(uintptr_t)o.p);
    return v;
}

static void the_site_itself_is_the_same_origin(void **state)
{
    (void)state;
    assert_int_equal(judge("https://chat.example", "https", "chat.example"), ORIGIN_SAME);
    assert_int_equal(judge("https://chat.example", "https", "chat.example:443"), ORIGIN_SAME);
    assert_int_equal(judge("https://chat.example:443", "https", "chat.example"), ORIGIN_SAME);
    assert_int_equal(judge("http://chat.example", "http", "chat.example:80"), ORIGIN_SAME);
    assert_int_equal(judge("HTTPS://Chat.Example", "https", "chat.eXample"), ORIGIN_SAME);
    assert_int_equal(judge("http://localhost:8080", "http", "localhost:8080"), ORIGIN_SAME);
    assert_int_equal(judge("http://[::1]:8080", "http", "[::1]:8080"), ORIGIN_SAME);
    assert_int_equal(judge("http://[::1]", "http", "[::1]:80"), ORIGIN_SAME);
}

static void all_else_is_foreign(void **state)
{
    static const char *const foreign[] = {
        "http://chat.example", "https://chat.example:80", "https://chat.example.evil", "https://evil.chat.example",
        "https://chat.example@evil", "https://evil/chat.example", "https://chat.example/", "https://chat.example?",
        "https://chat.example#", "null", "chat.example", "https:chat.example", "https:/chat.example", "://chat.example",
        "https://", "https://:443", "https://chat.example:", "https://chat.example:0", "https://chat.example:0443",
        "https://chat.example:65979", "https://chat.example:443:443", " https://chat.example", "https://chat.example ",
        "https://chat.example, https://evil", "https://chat.example\t", "https://[chat.example]", "*",
        "https://app.example.org:8443", "http://localhost",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(foreign); i++) {
        if (judge(foreign[i], "https", "chat.example") != ORIGIN_FOREIGN) fail_msg("%s", foreign[i]);
    }
    /* A request without a sensible host is no site that an origin could be. */
    assert_int_equal(judge("https://chat.example", "https", ""), ORIGIN_FOREIGN);
    assert_int_equal(judge("https://chat.example", "", "chat.example"), ORIGIN_FOREIGN);
    assert_int_equal(judge("https://a b", "https", "a b"), ORIGIN_FOREIGN);
}

static void listed_origins_are_allowed(void **state)
{
    (void)state;
    assert_int_equal(judge("https://app.example.org", "https", "chat.example"), ORIGIN_ALLOWED);
    assert_int_equal(judge("https://app.example.org:443", "https", "chat.example"), ORIGIN_ALLOWED);
    assert_int_equal(judge("http://localhost:3000", "https", "chat.example"), ORIGIN_ALLOWED);
    assert_int_equal(judge("app://confab", "https", "chat.example"), ORIGIN_ALLOWED);
}

static void no_origin_is_absent(void **state)
{
    (void)state;
    assert_int_equal(origin_check(SLICE_NULL, SLICE("https"), SLICE("a"), NULL, 0), ORIGIN_ABSENT);
    assert_int_equal(origin_check(SLICE("https://b"), SLICE("https"), SLICE("a"), NULL, 0), ORIGIN_FOREIGN);
}

static void expect_not_same(struct slice broken, void *arg)
{
    enum origin_verdict v = origin_check(broken, SLICE("https"), SLICE("chat.example"), NULL, 0);

    (void)arg;
    /* A flipped case bit leaves it the same; nothing else may. */
    if (v == ORIGIN_SAME) assert_true(slice_eq_nocase(broken, SLICE("https://chat.example:443")) || slice_eq_nocase(broken, SLICE("https://chat.example")));
}

static void a_changed_origin_is_foreign(void **state)
{
    (void)state;
    feed_broken(SLICE("https://chat.example:443"), expect_not_same, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_fall_into_segments),
        cmocka_unit_test(odd_paths_are_bad),
        cmocka_unit_test(broken_paths_never_lead_outside),
        cmocka_unit_test(queries_are_decoded_pair_by_pair),
        cmocka_unit_test(odd_queries_are_bad),
        cmocka_unit_test(broken_queries_are_text_or_refused),
        cmocka_unit_test(no_room_is_not_mistaken_for_the_end),
        cmocka_unit_test(encoding_is_undone_by_decoding),
        cmocka_unit_test(the_site_itself_is_the_same_origin),
        cmocka_unit_test(all_else_is_foreign),
        cmocka_unit_test(listed_origins_are_allowed),
        cmocka_unit_test(no_origin_is_absent),
        cmocka_unit_test(a_changed_origin_is_foreign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
