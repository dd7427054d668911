/* The classroom: floor, seats, hands, checks. What changes is told by events of the room's feed. */
#include "shapes.h"

static struct pgargs *class_args(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    return a;
}

static void number_or_null(struct pgargs *a, const struct value *v)
{
    if (v->given) {
        pgargs_int4(a, (int32_t)v->number);
    } else {
        pgargs_null(a);
    }
}

static void part_or_null(struct pgargs *a, const struct value *v)
{
    if (v->given) {
        pgargs_float4(a, (float)v->part);
    } else {
        pgargs_null(a);
    }
}

/* Whom it concerns: NULL is the caller. */
static struct pgargs *person_args(struct call *c)
{
    struct pgargs *a = class_args(c);

    if (c->f[F_person].given) {
        pgargs_int8(a, c->f[F_person].number);
    } else {
        pgargs_null(a);
    }
    return a;
}

static void done(struct call *c, int query, struct pgargs *a)
{
    if (call_do(c, query, a)) reply_empty(&c->reply, 204);
}

static void flag_do(struct call *c, int query, bool flag)
{
    struct pgargs *a = class_args(c);

    pgargs_bool(a, flag);
    done(c, query, a);
}

/* class_state, and the lists that its rows are sorted into. */
enum { K_KIND, K_NO, K_SEAT, K_X, K_Y, K_PERSON, K_AT, K_FLAG, K_OTHER, K_WORD };

static bool row_is(const PGresult *r, int i, char kind)
{
    struct slice k = pgget_text(r, i, K_KIND);

    return k.n == 1 && k.p[0] == kind;
}

/* A place on the floor; four digits, as the pusher tells places. */
static void place_json(struct json *j, const char *key, double v)
{
    enum { ONE = 10000 };

    json_key(j, key);
    json_decimal(j, (int64_t)(v * ONE + 0.5));
}

static void row_json_of(struct json *j, const PGresult *r, int i, char kind)
{
    if (kind == 'w') {
        json_id(j, pgget_int8(r, i, K_PERSON));
        return;
    }
    json_begin_object(j);
    switch (kind) {
    case 'd':
        json_kv_int(j, "desk", pgget_int4(r, i, K_NO));
        place_json(j, "x", pgget_float4(r, i, K_X));
        place_json(j, "y", pgget_float4(r, i, K_Y));
        json_kv_int(j, "seats", pgget_int2(r, i, K_SEAT));
        break;
    case 's':
        json_kv_int(j, "desk", pgget_int4(r, i, K_NO));
        json_kv_int(j, "seat", pgget_int2(r, i, K_SEAT));
        json_kv_id(j, "person", pgget_int8(r, i, K_PERSON));
        break;
    case 'h':
        json_kv_id(j, "person", pgget_int8(r, i, K_PERSON));
        json_kv_time(j, "raised_at", pgget_time(r, i, K_AT));
        json_kv_bool(j, "called", pgget_bool(r, i, K_FLAG));
        break;
    default:
        json_kv_id(j, "person", pgget_int8(r, i, K_PERSON));
        json_kv_text(j, "answer", pgget_text(r, i, K_WORD));
        break;
    }
    json_end(j);
}

static void list_json(struct json *j, const PGresult *r, const char *member, char kind)
{
    json_key(j, member);
    json_begin_array(j);
    for (int i = 0; i < PQntuples(r); i++) {
        if (row_is(r, i, kind)) row_json_of(j, r, i, kind);
    }
    json_end(j);
}

static void check_json(struct json *j, const PGresult *r)
{
    json_key(j, "check");
    json_begin_object(j);
    json_kv_int(j, "no", pgget_int4(r, 0, K_NO));
    json_kv_bool(j, "open", pgget_bool(r, 0, K_OTHER));
    if (!pgget_null(r, 0, K_AT)) json_kv_time(j, "started_at", pgget_time(r, 0, K_AT));
    list_json(j, r, "answers", 'a');
    list_json(j, r, "waiting", 'w');
    json_end(j);
}

void class_get(struct call *c)
{
    struct json *j;
    PGresult *r;

    call_queue(c, Q_API_CLASS_STATE, class_args(c));
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_kv_int(j, "head", pgget_int8(r, 0, K_PERSON));
    json_kv_bool(j, "locked", pgget_bool(r, 0, K_FLAG));
    list_json(j, r, "desks", 'd');
    list_json(j, r, "seats", 's');
    list_json(j, r, "hands", 'h');
    check_json(j, r);
    json_end(j);
}

void class_change(struct call *c)
{
    flag_do(c, Q_API_CLASS_LOCK, c->f[F_locked].flag);
}

void class_floor(struct call *c)
{
    struct pgargs *a = class_args(c);

    number_or_null(a, &c->f[F_rows]);
    number_or_null(a, &c->f[F_columns]);
    number_or_null(a, &c->f[F_seats]);
    done(c, Q_API_FLOOR_SET, a);
}

static struct pgargs *desk_args(struct call *c, bool remove)
{
    struct pgargs *a = class_args(c);

    if (c->params.seq > 0) {
        pgargs_int4(a, c->params.seq <= INT32_MAX ? (int32_t)c->params.seq : INT32_MAX);
    } else {
        pgargs_null(a);
    }
    part_or_null(a, &c->f[F_x]);
    part_or_null(a, &c->f[F_y]);
    number_or_null(a, &c->f[F_seats]);
    pgargs_bool(a, remove);
    return a;
}

void desks_add(struct call *c)
{
    struct json *j;
    PGresult *r;

    call_queue(c, Q_API_DESK_SET, desk_args(c, false));
    if (!call_write(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 201);
    json_begin_object(j);
    json_kv_int(j, "desk", pgget_int4(r, 0, 0));
    json_end(j);
    (void)call_committed(c);
}

void desks_change(struct call *c) { done(c, Q_API_DESK_SET, desk_args(c, false)); }
void desks_remove(struct call *c) { done(c, Q_API_DESK_SET, desk_args(c, true)); }

void seats_take(struct call *c)
{
    struct pgargs *a = person_args(c);

    number_or_null(a, &c->f[F_desk]);
    number_or_null(a, &c->f[F_seat]);
    done(c, Q_API_SEAT_TAKE, a);
}

void seats_leave(struct call *c) { done(c, Q_API_SEAT_LEAVE, person_args(c)); }
void seats_shuffle(struct call *c) { flag_do(c, Q_API_SEATS_SHUFFLE, c->f[F_all].flag); }
void hands_raise(struct call *c) { done(c, Q_API_HAND_RAISE, class_args(c)); }
void hands_lower(struct call *c) { done(c, Q_API_HAND_LOWER, person_args(c)); }
void hands_call(struct call *c) { done(c, Q_API_HAND_CALL, person_args(c)); }
void hands_clear(struct call *c) { done(c, Q_API_HANDS_LOWER, class_args(c)); }
void checks_start(struct call *c) { flag_do(c, Q_API_CHECK_SET, true); }
void checks_end(struct call *c) { flag_do(c, Q_API_CHECK_SET, false); }

void checks_answer(struct call *c)
{
    struct pgargs *a = class_args(c);

    pgargs_text(a, c->f[F_answer].text);
    done(c, Q_API_CHECK_REPLY, a);
}
