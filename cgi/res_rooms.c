/* Rooms: the list, making, finding, changing and deleting them. */
#include <inttypes.h>

#include "content.h"
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

/* Seals a label. created_by: who made the room. */
static bool seal_label(struct call *c, int64_t created_by, const struct uuid *client, int32_t version, const struct room_label *label,
                       int32_t *key, struct buf *sealed)
{
    struct seal_ad ad = room_name_ad(c->who.tenant, created_by, client, version);
    struct buf plain = BUF_INIT;
    bool ok;

    room_label_write(&plain, label);
    *key = keyring_current(c->api->keys);
    ok = buf_ok(&plain) && crypto_seal(c->api->keys, *key, &ad, buf_view(&plain), sealed);
    buf_wipe(&plain);
    if (ok) return true;
    log_error("room name: cannot be sealed", "request=%s key=%" PRId32, c->req.id, *key);
    reply_problem(&c->reply, PROBLEM_internal, NULL);
    return false;
}

/* A group may go without a name, a channel not. */
static bool name_fits(struct call *c)
{
    struct problem_field missing = {"name", "is required of a channel"};

    if (c->f[F_group_name].text.n > 0 || slice_eq(c->f[F_kind].text, SLICE("group"))) return true;
    reply_problem_fields(&c->reply, &missing, 1);
    return false;
}

void rooms_create(struct call *c)
{
    const struct value *v = c->f;
    struct room_label label = {.name = v[F_group_name].text};
    struct buf sealed = BUF_INIT;
    struct pgargs *a;
    int64_t room;
    int32_t key;
    bool fresh, made = false;

    if (!name_fits(c) || !call_know(c)) return;
    if (seal_label(c, c->who.account, &v[F_client_id].uuid, 1, &label, &key, &sealed)) {
        a = call_args(c);
        pgargs_uuid(a, &v[F_client_id].uuid);
        pgargs_text(a, v[F_kind].text);
        pgargs_text(a, v[F_visibility].given ? v[F_visibility].text : SLICE("private"));
        pgargs_bool(a, v[F_history_open].given ? v[F_history_open].flag : true);
        if (label.name.n > 0) {
            pgargs_int4(a, key);
            pgargs_bytes(a, buf_view(&sealed));
        } else {
            pgargs_null(a);
            pgargs_null(a);
        }
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

/* Seals the label that the request makes of the present one, for the version after it. */
static bool prepare_label(struct call *c, int32_t *version, int32_t *key, struct buf *sealed)
{
    const struct value *v = c->f;
    struct buf plain = BUF_INIT;
    struct room_label label;
    struct uuid client;
    PGresult *r;
    bool ok = false;

    buf_clear(sealed);
    rooms_queue(c, Q_API_MY_ROOMS, c->params.room);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    if (PQntuples(r) == 0 || !pgget_uuid(r, 0, ROOM_CLIENT_ID, &client)) {
        reply_problem(&c->reply, PROBLEM_not_found, "There is no such room, or you are not in it.");
        return false;
    }
    room_name(r, 0, c, &plain);
    room_label_read(buf_view(&plain), &label);
    if (v[F_room_name].given) label.name = v[F_room_name].text;
    if (v[F_topic].given) label.topic = v[F_topic].text;
    if (v[F_description].given) label.description = v[F_description].text;
    *version = pgget_int4(r, 0, ROOM_NAME_VERSION) + 1;
    ok = seal_label(c, pgget_int8(r, 0, ROOM_CREATED_BY), &client, *version, &label, key, sealed);
    buf_wipe(&plain);
    return ok;
}

/* What a change of a room may name, in the order in which the log tells it. */
static const struct change {
    enum field_id field;
    const char *word;
    int32_t flag; /* 0: part of the label, or a column of its own */
    bool inverse; /* the flag says no */
} changes[] = {
    {F_room_name, "name", 0, false},
    {F_topic, "topic", 0, false},
    {F_description, "description", 0, false},
    {F_visibility, "visibility", 0, false},
    {F_history_open, "history_open", 0, false},
    {F_archived, "archived", ROOM_ARCHIVED, false},
    {F_notices, "notices", ROOM_NO_NOTICES, true},
    {F_receipts, "receipts", ROOM_NO_RECEIPTS, true},
};
/* The words together must fit the column event.word. */
enum { CHANGES = sizeof changes / sizeof *changes, WHAT_MOST = 64 };

static const char *change_args(struct call *c, int32_t *mask, int32_t *flags)
{
    struct buf what = BUF_INIT;
    const char *text;

    *mask = *flags = 0;
    for (size_t i = 0; i < CHANGES; i++) {
        const struct value *v = &c->f[changes[i].field];

        if (!v->given) continue;
        *mask |= changes[i].flag;
        if (v->flag != changes[i].inverse) *flags |= changes[i].flag;
        if (what.len + strlen(changes[i].word) + 1 > WHAT_MOST) continue;
        if (what.len > 0) buf_byte(&what, ' ');
        buf_str(&what, changes[i].word);
    }
    text = arena_cstr(&c->api->arena, buf_view(&what));
    buf_free(&what);
    return text;
}

static bool changes_label(const struct call *c)
{
    return c->f[F_room_name].given || c->f[F_topic].given || c->f[F_description].given;
}

/* One try of a change; false with the reply decided, `conflict` when another try may get through. */
static bool try_change(struct call *c, struct buf *sealed, bool *conflict)
{
    const struct value *v = c->f;
    int32_t version = 0, key = 0, mask, flags;
    const char *what = change_args(c, &mask, &flags);
    struct pgargs *a;
    PGresult *r;

    *conflict = false;
    if (changes_label(c) && !prepare_label(c, &version, &key, sealed)) return false;
    a = call_args(c);
    pgargs_int8(a, c->params.room);
    if (changes_label(c)) {
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
    pgargs_int4(a, mask);
    pgargs_int4(a, flags);
    pgargs_str(a, what);
    call_queue(c, Q_API_ROOM_CHANGE, a);
    rooms_queue(c, Q_API_MY_ROOMS, c->params.room);
    if (!call_write(c)) return false;
    if (call_next(c) == NULL) {
        *conflict = changes_label(c) && c->reply.problem == PROBLEM_conflict;
        return false;
    }
    return (r = call_next(c)) != NULL && rooms_answer(c, r, 200) && call_committed(c);
}

void rooms_change(struct call *c)
{
    enum { TRIES = 3 };
    struct buf sealed = BUF_INIT;
    bool conflict = true, any = false;

    for (size_t i = 0; i < CHANGES; i++) any = any || c->f[changes[i].field].given;
    if (!any) {
        answer_made(c, c->params.room, false);
        return;
    }
    /* Somebody else may change the name between our reading of its version and our writing. */
    for (int i = 0; i < TRIES && conflict; i++) (void)try_change(c, &sealed, &conflict);
    buf_wipe(&sealed);
}

/* My own settings of a room; the answer is the room with them. */
void settings_change(struct call *c)
{
    static const char *const notify[] = {"all", "mentions", "nothing"};
    const struct value *v = c->f;
    struct pgargs *a = call_args(c);
    PGresult *r;

    pgargs_int8(a, c->params.room);
    if (v[F_notify].given) {
        int16_t n = 0;

        while (n < 2 && !slice_eq(v[F_notify].text, slice_str(notify[n]))) n++;
        pgargs_int2(a, n);
    } else {
        pgargs_null(a);
    }
    if (v[F_muted_until].given) {
        pgargs_time(a, v[F_muted_until].number);
    } else {
        pgargs_null(a);
    }
    if (v[F_favourite].given) {
        pgargs_int4(a, (int32_t)v[F_favourite].number);
    } else {
        pgargs_null(a);
    }
    call_queue(c, Q_API_SETTINGS_CHANGE, a);
    rooms_queue(c, Q_API_MY_ROOMS, c->params.room);
    if (!call_write(c) || call_next(c) == NULL || (r = call_next(c)) == NULL) return;
    if (rooms_answer(c, r, 200)) (void)call_committed(c);
}

void rooms_delete(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    if (call_do(c, Q_API_ROOM_DELETE, a)) reply_empty(&c->reply, 204);
}
