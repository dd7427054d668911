/* What people put beside messages: reactions, pins, saved ones, threads that they follow; and the lists
 * of them across rooms. */
#include <inttypes.h>

#include "log.h"
#include "message_page.h"

static struct pgargs *message_args(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->params.seq);
    return a;
}

static void set_mark(struct call *c, int query, bool on)
{
    struct pgargs *a = message_args(c);

    pgargs_bool(a, on);
    if (call_do(c, query, a)) reply_empty(&c->reply, 204);
}

static void set_reaction(struct call *c, bool on)
{
    struct pgargs *a = message_args(c);

    pgargs_text(a, c->f[F_emoji].text);
    pgargs_bool(a, on);
    if (call_do(c, Q_API_REACTION_SET, a)) reply_empty(&c->reply, 204);
}

void reactions_add(struct call *c) { set_reaction(c, true); }
void reactions_remove(struct call *c) { set_reaction(c, false); }
void pins_add(struct call *c) { set_mark(c, Q_API_PIN_SET, true); }
void pins_remove(struct call *c) { set_mark(c, Q_API_PIN_SET, false); }
void saved_add(struct call *c) { set_mark(c, Q_API_SAVED_SET, true); }
void saved_remove(struct call *c) { set_mark(c, Q_API_SAVED_SET, false); }

void pins_list(struct call *c)
{
    struct pgargs *a = call_args(c);
    unsigned damaged = 0;
    struct json *j;
    PGresult *r;

    pgargs_int8(a, c->params.room);
    call_queue(c, Q_API_PINS, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_key(j, "messages");
    json_begin_array(j);
    for (int i = 0; i < PQntuples(r); i++) message_row_json(j, r, i, 0, c, &damaged);
    json_end(j);
    json_end(j);
}

/* A list across rooms: messages with a place each, by which the next page goes on. */
struct list {
    int query;
    const char *path, *member;
    void (*item)(struct json *j, const PGresult *r, int i, const struct call *c, unsigned *damaged);
};
enum { PLACE = MESSAGE_ROW_COLUMNS, T_REPLIES, T_LAST_NO, T_LAST_SEQ, T_LAST_AT, T_REPLIERS, T_READ_NO };

static void list_answer(struct call *c, const struct list *l)
{
    int32_t limit = call_limit(c, 50);
    struct pgargs *a = call_args(c);
    unsigned damaged = 0;
    struct json *j;
    PGresult *r;
    int n;

    pgargs_int8(a, c->f[F_before].given ? c->f[F_before].number : INT64_MAX);
    pgargs_int4(a, limit);
    call_queue(c, l->query, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    n = PQntuples(r);
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_key(j, l->member);
    json_begin_array(j);
    for (int i = 0; i < n; i++) l->item(j, r, i, c, &damaged);
    json_end(j);
    json_end(j);
    if (n == limit) {
        reply_link(&c->reply, "next", arena_fmt(&c->api->arena, "%s?before=%" PRId64 "&limit=%" PRId32, l->path, pgget_int8(r, n - 1, PLACE), limit));
    }
}

static void message_item(struct json *j, const PGresult *r, int i, const struct call *c, unsigned *damaged)
{
    message_row_json(j, r, i, 0, c, damaged);
}

static void thread_item(struct json *j, const PGresult *r, int i, const struct call *c, unsigned *damaged)
{
    enum { REPLIERS = 3 };
    int64_t people[REPLIERS], last_no = pgget_int8(r, i, T_LAST_NO), read_no = pgget_int8(r, i, T_READ_NO);
    size_t n = pgget_int8_array(r, i, T_REPLIERS, people, REPLIERS);

    json_begin_object(j);
    json_key(j, "root");
    message_row_json(j, r, i, 0, c, damaged);
    json_kv_int(j, "count", pgget_int8(r, i, T_REPLIES));
    json_kv_time(j, "last_at", pgget_time(r, i, T_LAST_AT));
    json_kv_int(j, "last_seq", pgget_int8(r, i, T_LAST_SEQ));
    json_kv_int(j, "last_no", last_no);
    json_kv_int(j, "read_no", read_no);
    json_kv_int(j, "unread", last_no > read_no ? last_no - read_no : 0);
    json_key(j, "people");
    json_begin_array(j);
    for (size_t k = 0; k < n; k++) json_id(j, people[k]);
    json_end(j);
    json_end(j);
}

void saved_list(struct call *c)
{
    static const struct list list = {Q_API_MY_SAVED, "/api/saved", "messages", message_item};

    list_answer(c, &list);
}

void mentions_list(struct call *c)
{
    static const struct list list = {Q_API_MY_MENTIONS, "/api/mentions", "messages", message_item};

    list_answer(c, &list);
}

void threads_list(struct call *c)
{
    static const struct list list = {Q_API_MY_THREADS, "/api/threads", "threads", thread_item};

    list_answer(c, &list);
}

void threads_change(struct call *c)
{
    enum { FOLLOWING, READ_NO };
    struct pgargs *a = message_args(c);
    struct json *j;
    PGresult *r;

    if (c->f[F_following].given) {
        pgargs_bool(a, c->f[F_following].flag);
    } else {
        pgargs_null(a);
    }
    if (c->f[F_read_seq].given) {
        pgargs_int8(a, c->f[F_read_seq].number);
    } else {
        pgargs_null(a);
    }
    call_queue(c, Q_API_THREAD_SET, a);
    if (!call_write(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_kv_bool(j, "following", pgget_bool(r, 0, FOLLOWING));
    json_kv_int(j, "read_no", pgget_int8(r, 0, READ_NO));
    json_end(j);
    (void)call_committed(c);
}
