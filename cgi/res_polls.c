/* Polls: how they stand, voting, closing. Sending one is sending a message with choices. */
#include "shapes.h"

enum { PEOPLE_MOST = 200 };

static struct pgargs *poll_args(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->params.seq);
    return a;
}

static void choice_json(struct json *j, const PGresult *r, int i)
{
    enum { CHOICE, COUNT, PEOPLE, MINE };
    int64_t ids[PEOPLE_MOST];
    size_t n = pgget_int8_array(r, i, PEOPLE, ids, PEOPLE_MOST);

    json_begin_object(j);
    json_kv_int(j, "choice", pgget_int4(r, i, CHOICE));
    json_kv_int(j, "count", pgget_int8(r, i, COUNT));
    json_kv_bool(j, "mine", pgget_bool(r, i, MINE));
    if (!pgget_bool(r, i, 4)) {
        json_key(j, "people");
        json_begin_array(j);
        for (size_t k = 0; k < n; k++) json_id(j, ids[k]);
        json_end(j);
    }
    json_end(j);
}

void polls_get(struct call *c)
{
    enum { ANONYMOUS = 4, CLOSED_AT };
    struct json *j;
    PGresult *r;

    call_queue(c, Q_API_POLL_STATE, poll_args(c));
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_key(j, "choices");
    json_begin_array(j);
    for (int i = 0; i < PQntuples(r); i++) choice_json(j, r, i);
    json_end(j);
    json_kv_bool(j, "anonymous", pgget_bool(r, 0, ANONYMOUS));
    if (!pgget_null(r, 0, CLOSED_AT)) json_kv_time(j, "closed_at", pgget_time(r, 0, CLOSED_AT));
    json_end(j);
}

void polls_vote(struct call *c)
{
    struct pgargs *a = poll_args(c);

    pgargs_int4(a, (int32_t)c->f[F_choice].number);
    if (call_do(c, Q_API_VOTE_SET, a)) reply_empty(&c->reply, 204);
}

void polls_unvote(struct call *c)
{
    struct pgargs *a = poll_args(c);

    pgargs_null(a);
    if (call_do(c, Q_API_VOTE_SET, a)) reply_empty(&c->reply, 204);
}

void polls_close(struct call *c)
{
    if (call_do(c, Q_API_POLL_CLOSE, poll_args(c))) reply_empty(&c->reply, 204);
}
