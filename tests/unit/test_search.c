#include "unit.h"

#include "clock.h"
#include "search.h"

enum { WEEK = 2970 };

struct found {
    bool match;
    size_t n;
    struct search_range ranges[SEARCH_RANGES_MOST];
    bool indexed; /* the query's tokens are all among the message's */
};

static bool holds(const struct search_tokens *all, int64_t one)
{
    for (size_t i = 0; i < all->n; i++) {
        if (all->v[i] == one) return true;
    }
    return false;
}

static struct found look(const char *message, const char *query)
{
    const struct search_about nothing = {0};
    uint8_t key[CRYPTO_BLIND_KEY] = {7};
    struct search_tokens have = SEARCH_TOKENS_INIT, want = SEARCH_TOKENS_INIT;
    struct words w = WORDS_INIT;
    struct search_query q;
    struct found f = {.indexed = true};

    assert_true(search_query_read(&q, slice_str(query)));
    assert_true(words_split(&w, slice_str(message)));
    (void)search_index(key, WEEK, &nothing, &w, &have);
    for (size_t i = 1; i < have.n; i++) assert_true(have.v[i - 1] < have.v[i]);
    search_query_tokens(key, WEEK, &nothing, &q, &want);
    for (size_t i = 0; i < want.n; i++) f.indexed = f.indexed && holds(&have, want.v[i]);
    f.match = search_query_match(&q, &w, f.ranges, &f.n);
    search_tokens_free(&have);
    search_tokens_free(&want);
    search_query_free(&q);
    words_free(&w);
    return f;
}

static void assert_found(const char *message, const char *query)
{
    struct found f = look(message, query);

    if (!f.match || !f.indexed) print_error("\"%s\" in \"%s\": match %d, tokens %d\n", query, message, f.match, f.indexed);
    assert_true(f.match);
    /* What matches is always found by its tokens. */
    assert_true(f.indexed);
}

static void assert_missed(const char *message, const char *query)
{
    assert_false(look(message, query).match);
}

static void words_are_found_by_their_beginning(void **state)
{
    (void)state;
    assert_found("Hello world", "hello");
    assert_found("Hello world", "he");
    assert_found("Hello world", "WOR hel");
    assert_found("the internationalisation of it", "internationali");
    assert_missed("the internationale", "internationalisation");
    assert_missed("Hello world", "hello there");
    assert_missed("Othello", "hello");
    assert_found("Straße", "STRASSE");
    assert_found("see https://example.com/some/path now", "https://example.com/some");
    assert_found("ask @ada.l about it", "@ada");
}

static void phrases_are_rows_of_whole_words(void **state)
{
    (void)state;
    assert_found("a quick brown fox", "\"quick brown\"");
    assert_missed("a quick brown fox", "\"quick fox\"");
    assert_missed("a quick brownish fox", "\"quick brown\"");
    assert_found("a quick brownish fox", "quick brown");
    assert_found("a quick brown fox", "\xE2\x80\x9Equick brown\xE2\x80\x9C fo");
    assert_found("a quick brown fox", "fox \"quick brown");
    assert_found("one two", "one\"two\"");
}

static void scripts_without_spaces_are_found_inside(void **state)
{
    (void)state;
    assert_found("私は日本語を話します", "日本語");
    assert_found("私は日本語を話します", "語");
    assert_missed("私は日本語を話します", "日語");
    assert_missed("日、本", "日本");
    assert_found("日、本", "日 本");
    assert_found("학교에서 만나요", "학교");
    assert_found("학교에서", "학");
    assert_found("iPhone手机很好", "iphone手机");
}

static void ranges_say_where(void **state)
{
    struct found f = look("Caf\xC3\xA9 or cafeteria, caf", "caf");

    (void)state;
    assert_int_equal(f.n, 3);
    assert_int_equal(f.ranges[0].from, 0);
    assert_int_equal(f.ranges[0].to, 5);
    assert_int_equal(f.ranges[1].from, 9);
    assert_int_equal(f.ranges[1].to, 18);
    f = look("日本語", "日本 本語");
    assert_int_equal(f.n, 1);
    assert_int_equal(f.ranges[0].to, 9);
}

static void odd_queries_do_no_harm(void **state)
{
    static const char *const odd[] = {"", "\"", "\"\"", "\" \"", "a", "!!!", "\"a", "a\"b\"c", "\xE2\x80\x9C\xE2\x80\x9D\xE2\x80\x9E"};
    struct search_query q;
    struct buf b = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++) {
        assert_true(search_query_read(&q, slice_str(odd[i])));
        assert_int_equal(q.n_terms, 0);
        search_query_free(&q);
    }
    for (int i = 0; i < 100; i++) buf_str(&b, "ab ");
    assert_true(search_query_read(&q, buf_view(&b)));
    assert_int_equal(q.n_terms, SEARCH_TERMS_MOST);
    assert_true(q.too_long);
    search_query_free(&q);
    buf_clear(&b);
    for (int i = 0; i < 100; i++) buf_str(&b, "ab.");
    assert_true(search_query_read(&q, buf_view(&b)));
    assert_int_equal(q.n_terms, 1);
    assert_int_equal(q.terms[0].n, SEARCH_QUERY_WORDS_MOST);
    assert_true(q.too_long);
    search_query_free(&q);
    buf_free(&b);
}

static void tokens_belong_to_tenant_key_week_and_domain(void **state)
{
    struct keyring *ring = ring_of_two();
    uint8_t a[CRYPTO_BLIND_KEY], b[CRYPTO_BLIND_KEY], c[CRYPTO_BLIND_KEY];
    struct search_tokens t = SEARCH_TOKENS_INIT;
    const struct search_about person = {.sender = 12}, room = {.room = 12}, nobody = {0};
    struct words w = WORDS_INIT;

    (void)state;
    assert_true(crypto_blind_key(ring, 1, 5, a));
    assert_true(crypto_blind_key(ring, 1, 6, b));
    assert_true(crypto_blind_key(ring, 2, 5, c));
    assert_false(crypto_blind_key(ring, 3, 5, c));
    assert_true(words_split(&w, SLICE("hi")));
    (void)search_index(a, 1, &nobody, &w, &t);
    (void)search_index(a, 2, &nobody, &w, &t);
    (void)search_index(b, 1, &nobody, &w, &t);
    (void)search_index(c, 1, &nobody, &w, &t);
    w.n = 0;
    (void)search_index(a, 1, &person, &w, &t);
    (void)search_index(a, 1, &room, &w, &t);
    assert_int_equal(t.n, 6);
    for (size_t i = 0; i < t.n; i++) {
        assert_true(t.v[i] >= INT32_MIN && t.v[i] <= INT32_MAX);
        for (size_t k = 0; k < i; k++) assert_true(t.v[i] != t.v[k]);
    }
    /* The stored format: this may never change. */
    uint8_t fixed[CRYPTO_BLIND_KEY] = {1, 2, 3};
    t.n = 0;
    assert_true(words_split(&w, SLICE("hi")));
    (void)search_index(fixed, 2970, &nobody, &w, &t);
    assert_int_equal(t.v[0], 1112646222);
    search_tokens_free(&t);
    words_free(&w);
    keyring_free(ring);
}

static void weeks_begin_where_they_should(void **state)
{
    (void)state;
    assert_int_equal(search_week(0), 0);
    assert_int_equal(search_week(7 * 24 * 3600 * CLOCK_SECOND - 1), 0);
    assert_int_equal(search_week(7 * 24 * 3600 * CLOCK_SECOND), 1);
    assert_int_equal(search_week(search_week_begin(2970)), 2970);
    assert_int_equal(search_week(search_week_begin(2970) - 1), 2969);
}

static void links_are_seen(void **state)
{
    (void)state;
    assert_true(search_has_link(SLICE("see HTTPS://x.org")));
    assert_true(search_has_link(SLICE("http://x.y")));
    assert_false(search_has_link(SLICE("no link here, http only")));
    assert_false(search_has_link(SLICE("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_by_their_beginning),
        cmocka_unit_test(phrases_are_rows_of_whole_words),
        cmocka_unit_test(scripts_without_spaces_are_found_inside),
        cmocka_unit_test(ranges_say_where),
        cmocka_unit_test(odd_queries_do_no_harm),
        cmocka_unit_test(tokens_belong_to_tenant_key_week_and_domain),
        cmocka_unit_test(weeks_begin_where_they_should),
        cmocka_unit_test(links_are_seen),
    };

    if (!crypto_start()) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
