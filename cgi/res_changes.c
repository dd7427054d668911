/* A page of one room's feed after a seq: how a client fills a gap. */
#include <inttypes.h>

#include "log.h"
#include "shapes.h"

static void link_next(struct call *c, int64_t last, int32_t limit)
{
    reply_link(&c->reply, "next",
               arena_fmt(&c->api->arena, "/api/rooms/%" PRId64 "/changes?after=%" PRId64 "&limit=%d", c->params.room, last, limit));
}

void changes_list(struct call *c)
{
    int32_t limit = call_limit(c, 200);
    struct pgargs *a = call_args(c);
    unsigned damaged = 0;
    struct row row;
    struct json *j;
    PGresult *r;
    bool more;

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->f[F_after].number);
    pgargs_int4(a, limit);
    call_queue(c, Q_API_ROOM_CHANGES, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    row_read(&row, r, 0, c->who.tenant);
    more = slice_eq(row.kind_name, SLICE("more"));
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_kv_text(j, "verdict", row.kind_name);
    json_kv_int(j, "head", row.seq);
    json_key(j, "events");
    json_begin_array(j);
    for (int i = 1; i < PQntuples(r); i++) {
        row_read(&row, r, i, c->who.tenant);
        row_json(j, &row, c->api->keys, &damaged);
    }
    json_end(j);
    json_end(j);
    if (more && PQntuples(r) > 1) link_next(c, row.seq, limit);
    if (damaged > 0) log_error("changes: damaged messages", "request=%s count=%u", c->req.id, damaged);
}
