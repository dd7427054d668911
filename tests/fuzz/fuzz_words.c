#include "fuzz.h"

#include "search.h"
#include "utf8.h"

/* Words lie in the text, in order, are valid, not too long, and stay as they are when split again. */
static void check_words(struct slice text, const struct words *w)
{
    struct words again = WORDS_INIT;
    uint32_t end = 0;

    FUZZ_CHECK(w->n <= WORDS_MOST);
    for (size_t i = 0; i < w->n; i++) {
        const struct word *word = &w->v[i];
        struct slice s = words_text(w, i);

        FUZZ_CHECK(word->from < word->to && word->to <= text.n && word->from >= (i > 0 && w->v[i - 1].to == word->to ? w->v[i - 1].from : end));
        end = word->to;
        FUZZ_CHECK(utf8_valid(s) && utf8_count(s) == word->points && word->points >= 1 && word->points <= WORD_POINTS);
        FUZZ_CHECK(!word->glued || word->unspaced);
        if (word->points == WORD_POINTS) continue;
        FUZZ_CHECK(words_split(&again, s));
        if (!word->unspaced) FUZZ_CHECK(again.n == 1 && slice_eq(words_text(&again, 0), s));
    }
    words_free(&again);
}

/* What is looked for in a text that is exactly it, is found there. */
static void check_query(struct slice text, const struct words *w)
{
    static const struct search_about nothing;
    static const uint8_t key[CRYPTO_BLIND_KEY];
    struct search_tokens have = SEARCH_TOKENS_INIT, want = SEARCH_TOKENS_INIT;
    struct search_range ranges[SEARCH_RANGES_MOST];
    struct search_query q;
    size_t n;

    FUZZ_CHECK(search_query_read(&q, text));
    FUZZ_CHECK(search_query_match(&q, w, ranges, &n));
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(ranges[i].from < ranges[i].to && ranges[i].to <= text.n);
        FUZZ_CHECK(i == 0 || ranges[i].from > ranges[i - 1].to);
    }
    (void)search_index(key, 1, &nothing, w, &have);
    search_query_tokens(key, 1, &nothing, &q, &want);
    for (size_t i = 0; i < want.n; i++) {
        size_t k = 0;

        while (k < have.n && have.v[k] != want.v[i]) k++;
        FUZZ_CHECK(k < have.n);
    }
    search_query_free(&q);
    search_tokens_free(&have);
    search_tokens_free(&want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_make(data, size);
    struct words w = WORDS_INIT;

    if (!utf8_valid(text)) return 0;
    FUZZ_CHECK(words_split(&w, text));
    check_words(text, &w);
    check_query(text, &w);
    (void)search_has_link(text);
    words_free(&w);
    return 0;
}
