/* Search. PostgreSQL finds rows by blind tokens (common/search.h); here the messages are opened and looked
 * at, since a token is only rarely that of one word, and is only of a word's beginning.
 *
 * From the newest week back, until the page is full. What one request does is bounded: the rest follows by
 * Link, whose cursor is the place of the last message that was looked at. */
#include <inttypes.h>

#include "clock.h"
#include "content.h"
#include "log.h"
#include "message_page.h"
#include "search.h"
#include "url.h"
#include "utf8.h"

enum {
    WEEKS = 52,         /* asked for at once */
    ROUNDS_MOST = 40,   /* round trips of one request */
    OPENED_MOST = 2000, /* messages looked at by one request */
    USUAL = 20,
    MOST = 50,
    CURSOR_MOST = 64,
};

/* The end of the year 9999. */
#define TIME_MOST INT64_C(253402300800000000)

/* search_begin */
enum { B_ENABLED, B_KEY, B_FIRST, B_LAST, B_WHOLE };

/* A place in the order of results: newest first, then by feed and seq. */
struct place {
    int64_t at, feed, seq;
};

struct hunt {
    struct call *call;
    struct json *j;
    uint8_t key[CRYPTO_BLIND_KEY];
    struct search_query query;
    struct search_about about;
    struct words words;        /* of the message that is looked at */
    struct place place;        /* all before it has been looked at */
    int64_t after;             /* nothing sent before */
    int32_t week, first_week;  /* to be asked next, going down; the last to be asked */
    int32_t limit, found, opened;
    int32_t want;              /* rows to ask for: more each time, since few of them may suit */
    bool more, full;
};

static bool place_read(struct slice s, struct place *p)
{
    struct slice part;
    uint64_t at, feed, seq;

    if (s.n > CURSOR_MOST || !slice_cut(&s, '.', &part) || !slice_u64(part, TIME_MOST, &at)) return false;
    if (!slice_cut(&s, '.', &part) || !slice_u64(part, INT64_MAX, &feed) || !slice_u64(s, INT64_MAX, &seq)) return false;
    *p = (struct place){(int64_t)at, (int64_t)feed, (int64_t)seq};
    return true;
}

static void highlights_json(struct json *j, struct slice text, const struct search_range *ranges, size_t n)
{
    size_t at = 0, points = 0;

    json_key(j, "highlights");
    json_begin_array(j);
    /* What stands in the name of a file lies behind the text. */
    for (size_t i = 0; i < n && ranges[i].to <= text.n; i++) {
        points += utf8_count(slice_make(text.p + at, ranges[i].from - at));
        json_begin_array(j);
        json_int(j, (int64_t)points);
        points += utf8_count(slice_make(text.p + ranges[i].from, ranges[i].to - ranges[i].from));
        json_int(j, (int64_t)points);
        json_end(j);
        at = ranges[i].to;
    }
    json_end(j);
}

static bool suits(const struct hunt *h, const struct message *m, const struct content *c)
{
    if (h->about.room != 0 && h->about.room != m->room) return false;
    if (h->about.sender != 0 && h->about.sender != m->sender) return false;
    return h->about.has == 0 || (search_has(c) & h->about.has) == h->about.has;
}

/* Opens a row, and writes it if it is what was looked for. */
static void look(struct hunt *h, const PGresult *r, int i)
{
    struct search_range ranges[SEARCH_RANGES_MOST];
    struct buf plain = BUF_INIT, whole = BUF_INIT;
    struct content content;
    struct message m;
    struct seal_ad ad;
    unsigned damaged = 0;
    size_t n = 0;

    message_read(&m, r, i, 0, h->call->who.tenant);
    ad = message_ad(m.tenant, m.room, m.sender, &m.client_id, m.version);
    /* A damaged row is told of where its room is read; nobody can say that it holds these words. */
    if (row_open(h->call->api->keys, m.key_id, &ad, m.body, &plain) != CRYPTO_OPENED || !buf_ok(&plain) || !utf8_valid(buf_view(&plain))) goto out;
    if (!content_read(buf_view(&plain), &content) || !suits(h, &m, &content)) goto out;
    search_content(&whole, &content);
    if (!buf_ok(&whole) || !words_split(&h->words, buf_view(&whole))) goto out;
    if (!search_query_match(&h->query, &h->words, ranges, &n)) goto out;
    if (h->found == h->limit) {
        h->more = h->full = true;
        goto out;
    }
    h->found++;
    json_begin_object(h->j);
    json_key(h->j, "message");
    message_row_json(h->j, r, i, 0, h->call, &damaged);
    highlights_json(h->j, content.text, ranges, n);
    json_end(h->j);
out:
    buf_wipe(&whole);
    buf_wipe(&plain);
    if (!h->full) h->place = (struct place){m.sent_at, m.room, m.seq};
}

/* One round trip: up to WEEKS weeks, as many rows as may still be needed. False: the reply is decided. */
static bool ask(struct hunt *h)
{
    int32_t weeks = h->week - h->first_week + 1 < WEEKS ? h->week - h->first_week + 1 : WEEKS;
    int32_t want = h->want, n;
    struct search_tokens tokens = SEARCH_TOKENS_INIT;
    struct pgargs *a;
    PGresult *r;

    for (int32_t i = 0; i < weeks; i++) search_query_tokens(h->key, h->week - i, &h->about, &h->query, &tokens);
    a = call_args(h->call);
    pgargs_int8_array(a, tokens.v, tokens.n);
    pgargs_int4(a, weeks);
    pgargs_int8(a, h->place.at);
    pgargs_int8(a, h->place.feed);
    pgargs_int8(a, h->place.seq);
    pgargs_int8(a, h->after);
    pgargs_int4(a, want);
    if (tokens.failed) a->failed = true;
    search_tokens_free(&tokens);
    call_queue(h->call, Q_API_SEARCH_PAGE, a);
    if (!call_read(h->call) || (r = call_next(h->call)) == NULL) return false;
    n = PQntuples(r);
    for (int i = 0; i < n && !h->full; i++) look(h, r, i);
    h->opened += n;
    h->want = 2 * want < OPENED_MOST / 4 ? 2 * want : OPENED_MOST / 4;
    if (h->full) return true;
    if (n == want) {
        h->week = search_week(h->place.at);
    } else {
        h->week -= weeks;
        h->place = (struct place){search_week_begin(h->week + 1), 0, 0};
    }
    h->more = h->week >= h->first_week;
    return true;
}

static void link_next(const struct hunt *h)
{
    static const struct {
        enum field_id field;
        const char *name;
    } kept[] = {{F_search_text, "q"}, {F_from_person, "from"}, {F_search_room, "in"}, {F_before_time, "before"}, {F_after_time, "after"}, {F_has, "has"}};
    const struct value *v = h->call->f;
    struct buf b = BUF_INIT;

    buf_str(&b, "/api/search?");
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (!v[kept[i].field].given) continue;
        buf_fmt(&b, "%s=", kept[i].name);
        if (v[kept[i].field].text.p != NULL) {
            url_encode(&b, v[kept[i].field].text);
        } else {
            buf_fmt(&b, "%" PRId64, v[kept[i].field].number);
        }
        buf_byte(&b, '&');
    }
    buf_fmt(&b, "cursor=%" PRId64 ".%" PRId64 ".%" PRId64 "&limit=%" PRId32, h->place.at, h->place.feed, h->place.seq, h->limit);
    if (buf_cstr(&b) != NULL) reply_link(&h->call->reply, "next", b.data);
    buf_wipe(&b);
}

/* What the client asked for. False: the reply is decided. */
static bool read_question(struct hunt *h)
{
    static const struct problem_field nothing = {"q", "needs a word of at least two letters, unless there is from or has"};
    static const struct problem_field too_long = {"q", "has too many words"};
    const struct value *v = h->call->f;
    struct slice has = v[F_has].text;

    if (!search_query_read(&h->query, v[F_search_text].text)) {
        reply_problem(&h->call->reply, PROBLEM_internal, NULL);
        return false;
    }
    h->about.room = v[F_search_room].number;
    h->about.sender = v[F_from_person].number;
    if (v[F_has].given) h->about.has = slice_eq(has, SLICE("link")) ? SEARCH_HAS_LINK : slice_eq(has, SLICE("file")) ? SEARCH_HAS_FILE : SEARCH_HAS_IMAGE;
    h->limit = call_limit(h->call, USUAL) < MOST ? call_limit(h->call, USUAL) : MOST;
    h->want = h->limit + 10;
    h->after = v[F_after_time].given ? v[F_after_time].number : 0;
    h->place = (struct place){v[F_before_time].given ? v[F_before_time].number : TIME_MOST, 0, 0};
    if (v[F_cursor].given && !place_read(v[F_cursor].text, &h->place)) {
        reply_problem(&h->call->reply, PROBLEM_bad_cursor, NULL);
        return false;
    }
    if (h->query.too_long || (h->query.n_terms == 0 && h->about.sender == 0 && h->about.has == 0)) {
        reply_problem_fields(&h->call->reply, h->query.too_long ? &too_long : &nothing, 1);
        return false;
    }
    return true;
}

/* Asks what there is to search in, and begins the answer. False: the reply is decided. */
static bool begin(struct hunt *h)
{
    struct call *c = h->call;
    struct pgargs *a = call_args(c);
    PGresult *r;
    int32_t key, newest;

    if (h->about.room != 0) {
        pgargs_int8(a, h->about.room);
    } else {
        pgargs_null(a);
    }
    call_queue(c, Q_API_SEARCH_BEGIN, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    if (!pgget_bool(r, 0, B_ENABLED)) {
        reply_problem(&c->reply, PROBLEM_search_off, "The operator has turned search off here.");
        return false;
    }
    key = pgget_int4(r, 0, B_KEY);
    h->first_week = pgget_int4(r, 0, B_FIRST);
    h->week = pgget_int4(r, 0, B_LAST);
    if (search_week(h->after) > h->first_week) h->first_week = search_week(h->after);
    newest = search_week(h->place.at);
    if (newest < h->week) h->week = newest;
    if (pgget_null(r, 0, B_FIRST)) {
        h->week = -1; /* nothing is indexed yet */
    } else if (!crypto_blind_key(c->api->keys, key, c->who.tenant, h->key) &&
               !(keyring_reread(c->api->keys) && crypto_blind_key(c->api->keys, key, c->who.tenant, h->key))) {
        log_error("search: the key of the index is not in the key file", "request=%s key=%d remedy=\"confabctl search reindex\"", c->req.id, key);
        reply_problem(&c->reply, PROBLEM_internal, NULL);
        return false;
    }
    h->j = reply_json(&c->reply, 200);
    json_begin_object(h->j);
    json_kv_bool(h->j, "whole", pgget_bool(r, 0, B_WHOLE));
    json_key(h->j, "results");
    json_begin_array(h->j);
    return true;
}

void search_get(struct call *c)
{
    struct hunt h = {.call = c};

    if (!read_question(&h) || !begin(&h)) goto out;
    h.more = h.week >= h.first_week;
    for (int round = 0; h.more && !h.full && h.found < h.limit + 1 && h.opened < OPENED_MOST; round++) {
        if (round == ROUNDS_MOST) break;
        if (!ask(&h)) goto out;
    }
    json_end(h.j);
    json_end(h.j);
    if (h.more) link_next(&h);
out:
    search_query_free(&h.query);
    words_free(&h.words);
    crypto_wipe(h.key, sizeof h.key);
}
