/* search.h - the blind index: what is stored of a message's words, and what a query asks for.
 *
 * PostgreSQL never sees a word. A message has a row of tokens (search_entry), each the first 32 bits of a
 * keyed hash of a word's beginning; a query asks for rows that hold all of its tokens, opens those messages
 * and looks whether the words are really there. So a token need not be unique, only rarely shared.
 *
 *     index:   search_key_make, then for each message words_split, search_index
 *     search:  search_query_read, per week search_query_tokens; per row words_split, search_query_match
 *
 * Tokens of a message (BLAKE2b under a key of tenant and use; the week of sending is hashed with them):
 *   - of each word its first 2, 3 ... 8 code points (of Hangul the first alone, too), so that "hel" finds
 *     "hello"; what is longer is told apart after opening;
 *   - of a script without spaces each character, and each pair;
 *   - its sender, its room, and whether it has a link, a file, an image: filters cost no more than words.
 *
 * The week is why the index is quick and leaks less: equal words of different weeks have nothing in
 * common, and a search goes week by week from the newest until its page is full, so that a frequent word
 * costs a week's rows and not all. Weeks count from 1970-01-01, a Thursday.
 *
 * The tokens of a tenant are all made with one key of the key file, whose id the database knows
 * (search_state): adding a key changes nothing. `confabctl search reindex` moves to the newest.
 */
#ifndef CONFAB_SEARCH_H
#define CONFAB_SEARCH_H

#include "content.h"
#include "crypto.h"
#include "words.h"

#define SEARCH_TERMS_MOST 16
#define SEARCH_QUERY_WORDS_MOST 64
#define SEARCH_RANGES_MOST 50

int32_t search_week(int64_t at);
/* Microseconds since 1970. */
int64_t search_week_begin(int32_t week);

/* Tokens, widened for an array of bigint. Owned by whoever declares it; grows, failure sticks. */
struct search_tokens {
    int64_t *v;
    size_t n, cap;
    bool failed;
};
#define SEARCH_TOKENS_INIT {0}
void search_tokens_free(struct search_tokens *t);
void search_tokens_put(struct search_tokens *t, int64_t v);

/* Has the message: bits. */
enum search_has { SEARCH_HAS_LINK = 1, SEARCH_HAS_FILE = 2, SEARCH_HAS_IMAGE = 4 };
bool search_has_link(struct slice text);
unsigned search_has(const struct content *c);

/* What of a message is searched: its text, and behind it, on lines of their own, the names of its files and
 * what a poll lets one choose. Appends; failure sticks in out. */
void search_content(struct buf *out, const struct content *c);

/* What a message or a query is about besides words; 0: nothing asked. */
struct search_about {
    int64_t room, sender;
    unsigned has;
};

/* Appends the tokens of a message, sorted and each once. Returns how many. */
size_t search_index(const uint8_t key[CRYPTO_BLIND_KEY], int32_t week, const struct search_about *about, const struct words *w,
                    struct search_tokens *out);

/* A query: terms that must all be found. A term is what stands between blanks, or in quotes: words in a
 * row. The last word of an unquoted term may be the beginning of a longer one. */
struct search_term {
    size_t first, n;
    bool whole; /* quoted: the last word is whole */
};
struct search_query {
    struct words words;
    struct search_term terms[SEARCH_TERMS_MOST];
    size_t n_terms;
    bool too_long; /* more terms or words than are looked at */
};
/* False without memory. n_terms is 0 if there is nothing to look for. */
bool search_query_read(struct search_query *q, struct slice text);
void search_query_free(struct search_query *q);
/* Appends its tokens for a week; as many for each week. */
void search_query_tokens(const uint8_t key[CRYPTO_BLIND_KEY], int32_t week, const struct search_about *about, const struct search_query *q,
                         struct search_tokens *out);

struct search_range {
    uint32_t from, to; /* bytes of the message's text */
};
/* Are all terms in the message? Fills where they stand, ascending, not overlapping, at most
 * SEARCH_RANGES_MOST. */
bool search_query_match(const struct search_query *q, const struct words *message, struct search_range ranges[SEARCH_RANGES_MOST], size_t *n);

#endif
