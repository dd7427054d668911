#include "message_page.h"

#include <inttypes.h>

#include "log.h"

/* history_marks */
enum { K_KIND, K_SEQ, K_WORD, K_COUNT, K_PEOPLE, K_MINE, K_AT, K_VALUE, K_NO, K_MORE_AFTER };
/* People told by name with a reaction or a thread. */
enum { PEOPLE_MOST = 50 };

static void number_or_null(struct pgargs *a, const struct value *v)
{
    if (v != NULL && v->given) {
        pgargs_int8(a, v->number);
    } else {
        pgargs_null(a);
    }
}

static struct pgargs *page_args(struct call *c, const struct page_want *w, bool with_root)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    number_or_null(a, w->before);
    number_or_null(a, w->after);
    number_or_null(a, w->around);
    if (with_root && w->root > 0) {
        pgargs_int8(a, w->root);
    } else if (with_root) {
        pgargs_null(a);
    }
    pgargs_int4(a, w->limit);
    return a;
}

void message_page_queue(struct call *c, const struct page_want *w)
{
    struct pgargs *root;

    call_snapshot(c);
    call_queue(c, Q_API_HISTORY_MARKS, page_args(c, w, true));
    call_queue(c, Q_API_HISTORY, page_args(c, w, true));
    if (w->root > 0) {
        root = call_args(c);
        pgargs_int8(root, c->params.room);
        pgargs_int8(root, w->root);
        call_queue(c, Q_API_MESSAGE_GET, root);
    } else {
        call_queue(c, Q_API_ROOM_NOTICES, page_args(c, w, false));
    }
}

static bool mark_is(const PGresult *r, int i, char kind, int64_t seq)
{
    struct slice k = pgget_text(r, i, K_KIND);

    return k.n == 1 && k.p[0] == kind && pgget_int8(r, i, K_SEQ) == seq;
}

static void people_json(struct json *j, const PGresult *r, int i)
{
    int64_t ids[PEOPLE_MOST];
    size_t n = pgget_int8_array(r, i, K_PEOPLE, ids, PEOPLE_MOST);

    json_key(j, "people");
    json_begin_array(j);
    for (size_t k = 0; k < n; k++) json_id(j, ids[k]);
    json_end(j);
}

static void thread_json(struct json *j, const PGresult *r, int i)
{
    int64_t last_no = pgget_int8(r, i, K_NO), read_no = pgget_int8(r, i, K_VALUE);
    bool following = pgget_bool(r, i, K_MINE);

    json_key(j, "replies");
    json_begin_object(j);
    json_kv_int(j, "count", pgget_int8(r, i, K_COUNT));
    json_kv_time(j, "last_at", pgget_time(r, i, K_AT));
    json_kv_int(j, "last_no", last_no);
    json_kv_int(j, "read_no", read_no);
    json_kv_bool(j, "following", following);
    people_json(j, r, i);
    json_end(j);
}

static void reaction_json(struct json *j, const PGresult *r, int i)
{
    json_begin_object(j);
    json_kv_text(j, "emoji", pgget_text(r, i, K_WORD));
    json_kv_int(j, "count", pgget_int8(r, i, K_COUNT));
    json_kv_bool(j, "mine", pgget_bool(r, i, K_MINE));
    people_json(j, r, i);
    json_end(j);
}

/* What the marks say of one message. They are few, and a page is short: no index over them. */
static void marks_json(struct json *j, const PGresult *marks, int64_t seq)
{
    bool reacted = false;

    for (int i = 0; i < PQntuples(marks); i++) {
        if (mark_is(marks, i, 'r', seq)) {
            if (!reacted) {
                json_key(j, "reactions");
                json_begin_array(j);
                reacted = true;
            }
            reaction_json(j, marks, i);
        }
    }
    if (reacted) json_end(j);
    for (int i = 0; i < PQntuples(marks); i++) {
        if (mark_is(marks, i, 't', seq)) thread_json(j, marks, i);
        if (mark_is(marks, i, 'p', seq)) json_kv_bool(j, "pinned", true);
        if (mark_is(marks, i, 's', seq)) json_kv_bool(j, "saved", true);
    }
}

static void marked_message_json(struct json *j, const PGresult *r, int i, const PGresult *marks, const struct call *c, unsigned *damaged)
{
    struct message m;

    message_read(&m, r, i, 0, c->who.tenant);
    message_json_open(j, &m, c->api->keys, damaged);
    marks_json(j, marks, m.seq);
    json_end(j);
}

void message_row_json(struct json *j, const PGresult *r, int i, int col, const struct call *c, unsigned *damaged)
{
    struct message m;

    message_read(&m, r, i, col, c->who.tenant);
    message_json(j, &m, c->api->keys, damaged);
}

static void link_page(struct call *c, const struct page_want *w, const char *rel, const char *side, int64_t seq)
{
    struct arena *a = &c->api->arena;
    const char *thread = w->root > 0 ? arena_fmt(a, "thread=%" PRId64 "&", w->root) : "";

    reply_link(&c->reply, rel, arena_fmt(a, "/api/rooms/%" PRId64 "/messages?%s%s=%" PRId64 "&limit=%d", c->params.room, thread, side, seq, w->limit));
}

static void messages_json(struct call *c, struct json *j, const struct page_want *w, const PGresult *marks, const PGresult *r, unsigned *damaged)
{
    enum { SEQ = 1 };
    int n = PQntuples(r);
    bool before = pgget_bool(marks, 0, K_MINE), after = pgget_bool(marks, 0, K_MORE_AFTER);

    json_key(j, "messages");
    json_begin_array(j);
    for (int i = 0; i < n; i++) marked_message_json(j, r, i, marks, c, damaged);
    json_end(j);
    json_kv_bool(j, "more_before", before);
    json_kv_bool(j, "more_after", after);
    json_kv_int(j, "head", pgget_int8(marks, 0, K_SEQ));
    if (n == 0) return;
    if (before) link_page(c, w, "prev", "before", pgget_int8(r, 0, SEQ));
    if (after) link_page(c, w, "next", "after", pgget_int8(r, n - 1, SEQ));
}

static void notices_json(struct json *j, const PGresult *r, const struct call *c, unsigned *damaged)
{
    json_key(j, "notices");
    json_begin_array(j);
    for (int i = 0; i < PQntuples(r); i++) {
        struct row row;

        row_read(&row, r, i, c->who.tenant);
        row_json(j, &row, c->api->keys, damaged);
    }
    json_end(j);
}

bool message_page_answer(struct call *c, const struct page_want *w)
{
    PGresult *marks, *r;
    unsigned damaged = 0;
    struct json *j;

    if (!call_read(c) || (marks = call_next(c)) == NULL || (r = call_next(c)) == NULL) return false;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    messages_json(c, j, w, marks, r, &damaged);
    if ((r = call_next(c)) == NULL) return false;
    if (w->root > 0) {
        json_key(j, "root");
        marked_message_json(j, r, 0, marks, c, &damaged);
    } else {
        notices_json(j, r, c, &damaged);
    }
    json_end(j);
    if (damaged > 0) log_error("history: damaged messages", "request=%s count=%u", c->req.id, damaged);
    return true;
}
