#include "search.h"

#include <stdlib.h>

#include <jansson.h>

#include "clock.h"
#include "json.h"
#include "utf8.h"

enum {
    PREFIX_LEAST = 2,
    PREFIX_MOST = 8,
    TEXT_MOST = 2 * WORD_POINTS * 4, /* of what a token is made of */
};

#define WEEK (7 * 24 * 3600 * CLOCK_SECOND)

int32_t search_week(int64_t at)
{
    return at < 0 ? 0 : (int32_t)(at / WEEK);
}

int64_t search_week_begin(int32_t week)
{
    return week * WEEK;
}

void search_tokens_free(struct search_tokens *t)
{
    free(t->v);
    *t = (struct search_tokens)SEARCH_TOKENS_INIT;
}

void search_tokens_put(struct search_tokens *t, int64_t v)
{
    if (t->n == t->cap && !t->failed) {
        size_t cap = t->cap > 0 ? 2 * t->cap : 64;
        int64_t *grown = realloc(t->v, cap * sizeof *grown);

        if (grown != NULL) {
            t->v = grown;
            t->cap = cap;
        } else {
            t->failed = true;
        }
    }
    if (!t->failed) t->v[t->n++] = v;
}

bool search_has_link(struct slice text)
{
    for (; text.n > 8; text = slice_make(text.p + 1, text.n - 1)) {
        if ((text.p[0] | 0x20) == 'h' && (slice_starts_nocase(text, SLICE("http://")) || slice_starts_nocase(text, SLICE("https://")))) return true;
    }
    return false;
}

unsigned search_has(const struct content *c)
{
    unsigned has = search_has_link(c->text) ? SEARCH_HAS_LINK : 0;
    char err[128];
    json_t *files = c->files.n > 0 ? json_parse_strict(c->files, 8, err, sizeof err) : NULL;
    const json_t *file;
    size_t i;

    json_array_foreach(files, i, file) {
        const char *type = json_string_value(json_object_get(file, "type"));

        has |= SEARCH_HAS_FILE;
        if (slice_starts(slice_str(type), SLICE("image/"))) has |= SEARCH_HAS_IMAGE;
    }
    json_decref(files);
    return has;
}

static void put_line(struct buf *out, const json_t *text)
{
    if (!json_is_string(text)) return;
    buf_byte(out, '\n');
    buf_bytes(out, json_string_value(text), json_string_length(text));
}

/* Of each element of an array the text, or its member of that name. */
static void put_lines(struct buf *out, const json_t *list, const char *member)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one) put_line(out, json_is_object(one) ? json_object_get(one, member) : one);
}

void search_content(struct buf *out, const struct content *c)
{
    char err[128];
    json_t *files = c->files.n > 0 ? json_parse_strict(c->files, 8, err, sizeof err) : NULL;
    json_t *poll = c->poll.n > 0 ? json_parse_strict(c->poll, 8, err, sizeof err) : NULL;

    buf_slice(out, c->text);
    put_lines(out, files, "name");
    put_lines(out, json_object_get(poll, "choices"), "text");
    json_decref(files);
    json_decref(poll);
}

/* What a token is made of: its domain, the week, the text. */
struct maker {
    const uint8_t *key;
    int32_t week;
    struct search_tokens *out;
};

/* The domains are part of the stored format. A word's beginning and a single character share one: they
 * differ in their text. */
enum { DOMAIN_WORD = 'w', DOMAIN_PAIR = 'p', DOMAIN_ROOM = 'r', DOMAIN_SENDER = 's', DOMAIN_HAS = 'h' };

static void make(const struct maker *m, char domain, struct slice a, struct slice b)
{
    char text[5 + TEXT_MOST];
    uint8_t hash[4];

    if (a.n + b.n > TEXT_MOST) return;
    text[0] = domain;
    for (int i = 0; i < 4; i++) text[1 + i] = (char)((uint32_t)m->week >> (24 - 8 * i));
    memcpy(text + 5, a.p, a.n);
    if (b.n > 0) memcpy(text + 5 + a.n, b.p, b.n);
    crypto_blind(m->key, slice_make(text, 5 + a.n + b.n), hash, sizeof hash);
    crypto_wipe(text, 5 + a.n + b.n);
    search_tokens_put(m->out, (int32_t)((uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3]));
}

static void make_number(const struct maker *m, char domain, int64_t v)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
    make(m, domain, slice_make(bytes, sizeof bytes), SLICE(""));
}

static void make_about(const struct maker *m, const struct search_about *about)
{
    if (about->room != 0) make_number(m, DOMAIN_ROOM, about->room);
    if (about->sender != 0) make_number(m, DOMAIN_SENDER, about->sender);
    for (unsigned bit = SEARCH_HAS_LINK; bit <= SEARCH_HAS_IMAGE; bit <<= 1) {
        if ((about->has & bit) != 0) make_number(m, DOMAIN_HAS, bit);
    }
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Sorts what was appended since `from` and leaves each once. */
static void settle(struct search_tokens *t, size_t from)
{
    size_t kept = from;

    if (t->failed || t->n == from) return;
    qsort(t->v + from, t->n - from, sizeof *t->v, ascending);
    for (size_t i = from; i < t->n; i++) {
        if (kept == from || t->v[kept - 1] != t->v[i]) t->v[kept++] = t->v[i];
    }
    t->n = kept;
}

static void index_word(const struct maker *m, const struct words *w, size_t i)
{
    const struct word *word = &w->v[i];
    struct slice text = words_text(w, i);

    if (word->unspaced) {
        make(m, DOMAIN_WORD, text, SLICE(""));
        if (word->glued && i > 0) make(m, DOMAIN_PAIR, words_text(w, i - 1), text);
        return;
    }
    for (unsigned points = word->syllable ? 1 : PREFIX_LEAST; points <= PREFIX_MOST && points <= word->points; points++) {
        make(m, DOMAIN_WORD, word_prefix(text, points), SLICE(""));
    }
}

size_t search_index(const uint8_t key[CRYPTO_BLIND_KEY], int32_t week, const struct search_about *about, const struct words *w,
                    struct search_tokens *out)
{
    struct maker m = {key, week, out};
    size_t from = out->n;

    make_about(&m, about);
    for (size_t i = 0; i < w->n; i++) index_word(&m, w, i);
    settle(out, from);
    return out->n - from;
}

/* Cuts the next term off: a quoted phrase or what stands between blanks. False at the end. */
static bool cut_term(struct slice text, size_t *at, size_t *from, bool *quoted)
{
    static const char *const quotes[] = {"\"", "\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E"};
    uint32_t cp;
    size_t n;

    *quoted = false;
    for (*from = *at; *at < text.n; *at += n) {
        struct slice rest = slice_make(text.p + *at, text.n - *at);
        size_t quote = 0;

        n = utf8_char(rest, &cp);
        if (n == 0) return false;
        for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
            if (slice_starts(rest, slice_str(quotes[i]))) quote = n;
        }
        if (quote > 0 && (*quoted || *at > *from)) {
            /* The end of a phrase, or the begin of one right behind a word. */
            if (*quoted) *at += n;
            return true;
        }
        if (quote > 0) *quoted = true;
        if (!*quoted && utf8_blank(slice_make(rest.p, n))) {
            if (*at > *from) return true;
            *from = *at + n;
        }
    }
    return *at > *from;
}

bool search_query_read(struct search_query *q, struct slice text)
{
    size_t at = 0, from, word = 0;
    bool quoted;

    *q = (struct search_query){0};
    if (!words_split(&q->words, text)) return false;
    if (q->words.n > SEARCH_QUERY_WORDS_MOST) {
        q->words.n = SEARCH_QUERY_WORDS_MOST;
        q->too_long = true;
    }
    while (cut_term(text, &at, &from, &quoted)) {
        struct search_term term = {.first = word, .whole = quoted};

        while (word < q->words.n && q->words.v[word].from < at) word++;
        term.n = word - term.first;
        if (term.n == 0) continue;
        if (q->n_terms == SEARCH_TERMS_MOST) {
            q->too_long = true;
            break;
        }
        q->terms[q->n_terms++] = term;
    }
    return true;
}

void search_query_free(struct search_query *q)
{
    words_free(&q->words);
    q->n_terms = 0;
}

/* Is word i of a query glued to the one before or after it, within its term? */
static bool in_row(const struct search_query *q, const struct search_term *t, size_t i)
{
    return (i > t->first && q->words.v[i].glued) || (i + 1 < t->first + t->n && q->words.v[i + 1].glued);
}

void search_query_tokens(const uint8_t key[CRYPTO_BLIND_KEY], int32_t week, const struct search_about *about, const struct search_query *q,
                         struct search_tokens *out)
{
    struct maker m = {key, week, out};

    make_about(&m, about);
    for (const struct search_term *t = q->terms; t < q->terms + q->n_terms; t++) {
        for (size_t i = t->first; i < t->first + t->n; i++) {
            const struct word *word = &q->words.v[i];

            if (i > t->first && word->glued) make(&m, DOMAIN_PAIR, words_text(&q->words, i - 1), words_text(&q->words, i));
            if (word->unspaced && in_row(q, t, i)) continue;
            make(&m, DOMAIN_WORD, word_prefix(words_text(&q->words, i), PREFIX_MOST), SLICE(""));
        }
    }
}

/* Does the term stand in the message from its word `at` on? */
static bool stands_at(const struct search_query *q, const struct search_term *t, const struct words *message, size_t at)
{
    if (message->n - at < t->n) return false;
    for (size_t i = 0; i < t->n; i++) {
        const struct word *wanted = &q->words.v[t->first + i];
        struct slice word = words_text(message, at + i), want = words_text(&q->words, t->first + i);
        bool last = i + 1 == t->n;

        if (i > 0 && wanted->glued && !message->v[at + i].glued) return false;
        if (last && !t->whole && !wanted->unspaced ? !slice_starts(word, want) : !slice_eq(word, want)) return false;
    }
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct search_range *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

bool search_query_match(const struct search_query *q, const struct words *message, struct search_range ranges[SEARCH_RANGES_MOST], size_t *n)
{
    size_t kept = 0;

    *n = 0;
    for (const struct search_term *t = q->terms; t < q->terms + q->n_terms; t++) {
        bool found = false;

        for (size_t at = 0; at < message->n; at++) {
            if (!stands_at(q, t, message, at)) continue;
            found = true;
            if (*n < SEARCH_RANGES_MOST) ranges[(*n)++] = (struct search_range){message->v[at].from, message->v[at + t->n - 1].to};
        }
        if (!found) return false;
    }
    qsort(ranges, *n, sizeof *ranges, by_place);
    for (size_t i = 0; i < *n; i++) {
        if (kept > 0 && ranges[i].from <= ranges[kept - 1].to) {
            if (ranges[i].to > ranges[kept - 1].to) ranges[kept - 1].to = ranges[i].to;
        } else {
            ranges[kept++] = ranges[i];
        }
    }
    *n = kept;
    return true;
}
