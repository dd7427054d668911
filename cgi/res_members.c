/* Who is in a room: joining, leaving, and what moderators may do. */
#include <inttypes.h>

#include "rooms.h"
#include "shapes.h"

void members_join(struct call *c)
{
    PGresult *r;

    rooms_queue(c, Q_API_ROOM_JOIN, c->params.room);
    rooms_queue(c, Q_API_MY_ROOMS, c->params.room);
    if (!call_write(c) || call_next(c) == NULL || (r = call_next(c)) == NULL) return;
    if (rooms_answer(c, r, 200)) (void)call_committed(c);
}

void members_leave(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    if (call_do(c, Q_API_ROOM_LEAVE, a)) reply_empty(&c->reply, 204);
}

/* room_members: the account and its profile stand apart in a row. */
static void member_json(struct json *j, const PGresult *r, int i)
{
    enum { ACCOUNT, ROLE, JOINED_AT, HANDLE, NAME, AVATAR, ACTIVE };

    json_begin_object(j);
    json_key(j, "person");
    json_begin_object(j);
    json_kv_id(j, "id", pgget_int8(r, i, ACCOUNT));
    json_kv_text(j, "handle", pgget_text(r, i, HANDLE));
    json_kv_text(j, "name", pgget_text(r, i, NAME));
    json_kv_text(j, "avatar", pgget_text(r, i, AVATAR));
    json_kv_bool(j, "active", pgget_bool(r, i, ACTIVE));
    json_end(j);
    json_kv_str(j, "role", role_name(pgget_int2(r, i, ROLE)));
    json_kv_time(j, "joined_at", pgget_time(r, i, JOINED_AT));
    json_end(j);
}

void members_list(struct call *c)
{
    int32_t limit = call_limit(c, 100);
    struct pgargs *a = call_args(c);
    struct json *j;
    PGresult *r;
    int n;

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->f[F_after_id].number);
    pgargs_int4(a, limit + 1);
    call_queue(c, Q_API_ROOM_MEMBERS, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    n = PQntuples(r) > limit ? limit : PQntuples(r);
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_key(j, "members");
    json_begin_array(j);
    for (int i = 0; i < n; i++) member_json(j, r, i);
    json_end(j);
    json_end(j);
    if (PQntuples(r) > limit) {
        reply_link(&c->reply, "next",
                   arena_fmt(&c->api->arena, "/api/rooms/%" PRId64 "/members?after=%" PRId64 "&limit=%" PRId32, c->params.room,
                             pgget_int8(r, n - 1, 0), limit));
    }
}

void members_add(struct call *c)
{
    struct pgargs *a = call_args(c);
    struct json *j;
    PGresult *r;

    pgargs_int8(a, c->params.room);
    pgargs_int8_array(a, c->f[F_people].ids, c->f[F_people].n_ids);
    call_queue(c, Q_API_MEMBER_ADD, a);
    if (!call_write(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_kv_int(j, "added", pgget_int4(r, 0, 0));
    json_end(j);
    (void)call_committed(c);
}

void members_role(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->params.person);
    pgargs_int2(a, (int16_t)role_parse(c->f[F_role].text));
    if (call_do(c, Q_API_MEMBER_ROLE_SET, a)) reply_empty(&c->reply, 204);
}

void members_remove(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->params.person);
    if (call_do(c, Q_API_MEMBER_REMOVE, a)) reply_empty(&c->reply, 204);
}
