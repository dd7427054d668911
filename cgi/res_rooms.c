/* Rooms: the list, making, finding, changing and deleting them. */
#include <inttypes.h>

#include "log.h"
#include "rooms.h"
#include "shapes.h"

void rooms_list(struct call *c)
{
    struct pgargs *all = call_args(c);
    PGresult *r;
    struct json *j;

    pgargs_null(all);
    call_queue(c, Q_API_MY_ROOMS, all);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_key(j, "rooms");
    json_begin_array(j);
    for (int i = 0; i < PQntuples(r); i++) room_json(j, r, i, c);
    json_end(j);
    json_end(j);
}

bool rooms_answer(struct call *c, const PGresult *r, int status)
{
    if (PQntuples(r) == 0) {
        reply_problem(&c->reply, PROBLEM_not_found, "There is no such room, or you are not in it.");
        return false;
    }
    room_json(reply_json(&c->reply, status), r, 0, c);
    return true;
}

void rooms_queue(struct call *c, int query, int64_t room)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, room);
    call_queue(c, query, a);
}

/* Answers with a room that was made or found a round trip before. */
static void answer_made(struct call *c, int64_t room, bool fresh)
{
    PGresult *r;

    rooms_queue(c, Q_API_MY_ROOMS, room);
    if (call_read(c) && (r = call_next(c)) != NULL) (void)rooms_answer(c, r, fresh ? 201 : 200);
}

/* Reads what room_create and room_direct return, and the commit. */
static bool read_made(struct call *c, int64_t *room, bool *fresh)
{
    enum { ROOM, FRESH };
    PGresult *r;

    if (!call_write(c) || (r = call_next(c)) == NULL) return false;
    *room = pgget_int8(r, 0, ROOM);
    *fresh = pgget_bool(r, 0, FRESH);
    return call_committed(c);
}

/* Seals a name. created_by: who made the room. */
static bool seal_name(struct call *c, int64_t created_by, const struct uuid *client, int32_t version, int32_t *key, struct buf *sealed)
{
    struct seal_ad ad = room_name_ad(c->who.tenant, created_by, client, version);

    *key = keyring_current(c->api->keys);
    if (crypto_seal(c->api->keys, *key, &ad, c->f[F_room_name].text, sealed)) return true;
    log_error("room name: cannot be sealed", "request=%s key=%" PRId32, c->req.id, *key);
    reply_problem(&c->reply, PROBLEM_internal, NULL);
    return false;
}

void rooms_create(struct call *c)
{
    const struct value *v = c->f;
    struct buf sealed = BUF_INIT;
    struct pgargs *a;
    int64_t room;
    int32_t key;
    bool fresh, made = false;

    if (!call_know(c)) return;
    if (seal_name(c, c->who.account, &v[F_client_id].uuid, 1, &key, &sealed)) {
        a = call_args(c);
        pgargs_uuid(a, &v[F_client_id].uuid);
        pgargs_text(a, v[F_kind].text);
        pgargs_text(a, v[F_visibility].given ? v[F_visibility].text : SLICE("private"));
        pgargs_bool(a, v[F_history_open].given ? v[F_history_open].flag : true);
        pgargs_int4(a, key);
        pgargs_bytes(a, buf_view(&sealed));
        pgargs_int8_array(a, v[F_first_people].ids, v[F_first_people].n_ids);
        call_queue(c, Q_API_ROOM_CREATE, a);
        made = read_made(c, &room, &fresh);
    }
    if (made) answer_made(c, room, fresh);
    buf_wipe(&sealed);
}

void rooms_direct(struct call *c)
{
    struct pgargs *a = call_args(c);
    int64_t room;
    bool fresh;

    pgargs_int8(a, c->f[F_person].number);
    pgargs_uuid(a, &c->f[F_client_id].uuid);
    call_queue(c, Q_API_ROOM_DIRECT, a);
    if (read_made(c, &room, &fresh)) answer_made(c, room, fresh);
}

static void answer_public(struct call *c, const PGresult *r)
{
    struct buf name = BUF_INIT;

    room_name(r, 0, c, &name);
    public_room_json(reply_json(&c->reply, 200), r, 0, buf_view(&name), false);
    buf_wipe(&name);
}

void rooms_get(struct call *c)
{
    PGresult *r;

    rooms_queue(c, Q_API_MY_ROOMS, c->params.room);
    rooms_queue(c, Q_API_PUBLIC_ROOM, c->params.room);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    if (PQntuples(r) > 0) {
        (void)rooms_answer(c, r, 200);
    } else if ((r = call_next(c)) != NULL) {
        if (PQntuples(r) > 0) {
            answer_public(c, r);
        } else {
            reply_problem(&c->reply, PROBLEM_not_found, "There is no such room, or you may not know of it.");
        }
    }
}

/* Seals the new name for the version after the present one. The version goes to *version. */
static bool prepare_name(struct call *c, int32_t *version, int32_t *key, struct buf *sealed)
{
    struct uuid client;
    int64_t created_by;
    PGresult *r;

    buf_clear(sealed);
    rooms_queue(c, Q_API_MY_ROOMS, c->params.room);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    if (PQntuples(r) == 0 || !pgget_uuid(r, 0, ROOM_CLIENT_ID, &client)) {
        reply_problem(&c->reply, PROBLEM_not_found, "There is no such room, or you are not in it.");
        return false;
    }
    created_by = pgget_int8(r, 0, ROOM_CREATED_BY);
    *version = pgget_int4(r, 0, ROOM_NAME_VERSION) + 1;
    return seal_name(c, created_by, &client, *version, key, sealed);
}

/* One try of a change; false with the reply decided, `conflict` when another try may get through. */
static bool try_change(struct call *c, struct buf *sealed, bool *conflict)
{
    const struct value *v = c->f;
    int32_t version = 0, key = 0;
    struct pgargs *a;
    PGresult *r;

    *conflict = false;
    if (v[F_room_name].given && !prepare_name(c, &version, &key, sealed)) return false;
    a = call_args(c);
    pgargs_int8(a, c->params.room);
    if (v[F_room_name].given) {
        pgargs_int4(a, version);
        pgargs_int4(a, key);
        pgargs_bytes(a, buf_view(sealed));
    } else {
        for (int i = 0; i < 3; i++) pgargs_null(a);
    }
    pgargs_str(a, v[F_visibility].given ? v[F_visibility].text.p : NULL);
    if (v[F_history_open].given) {
        pgargs_bool(a, v[F_history_open].flag);
    } else {
        pgargs_null(a);
    }
    call_queue(c, Q_API_ROOM_CHANGE, a);
    rooms_queue(c, Q_API_MY_ROOMS, c->params.room);
    if (!call_write(c)) return false;
    if (call_next(c) == NULL) {
        *conflict = v[F_room_name].given && c->reply.problem == PROBLEM_conflict;
        return false;
    }
    return (r = call_next(c)) != NULL && rooms_answer(c, r, 200) && call_committed(c);
}

void rooms_change(struct call *c)
{
    enum { TRIES = 3 };
    const struct value *v = c->f;
    struct buf sealed = BUF_INIT;
    bool conflict = true;

    if (!v[F_room_name].given && !v[F_visibility].given && !v[F_history_open].given) {
        answer_made(c, c->params.room, false);
        return;
    }
    /* Somebody else may change the name between our reading of its version and our writing. */
    for (int i = 0; i < TRIES && conflict; i++) (void)try_change(c, &sealed, &conflict);
    buf_wipe(&sealed);
}

void rooms_delete(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    if (call_do(c, Q_API_ROOM_DELETE, a)) reply_empty(&c->reply, 204);
}
