#include "room.h"

#include <stdlib.h>

#include "pgget.h"
#include "presence.h"
#include "wire.h"

enum { ROOMS_MAX = 200, TYPING_GATHER_MS = 40, RECEIPTS_GATHER_MS = 500, SIZE_GOOD_S = 60, SIZES_ASKED = 64 };

/* A room's number of members, asked of the database. */
struct size_question {
    struct pool_job job;
    struct pgreq req;
    int64_t room, at;
    int32_t answer;
    struct size_question *next;
};

static struct {
    struct pushd *app;
    struct idmap rooms;
    struct size_question *asked;
    unsigned n_asked;
} self;

struct room *room_find(int64_t id)
{
    return idmap_get(&self.rooms, id);
}

/* --- who is inside --- */

static void on_timer(struct timer *t);

static void room_free(struct room *r)
{
    idmap_take(&self.rooms, r->id);
    roster_free(&r->roster);
    typing_free(&r->typing);
    receipts_free(&r->receipts);
    loop_timer_drop(self.app->loop, &r->timer);
    free(r->in);
    free(r);
}

static void room_drop_if_empty(struct room *r)
{
    if (r->n == 0) room_free(r);
}

static struct room *room_get(int64_t id)
{
    struct room *r = room_find(id);

    if (r != NULL) return r;
    r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    r->id = id;
    r->size = -1;
    r->timer = (struct timer){.on = on_timer};
    if (!loop_timer_add(self.app->loop, &r->timer)) {
        free(r);
        return NULL;
    }
    if (!idmap_put(&self.rooms, &r->id)) {
        loop_timer_drop(self.app->loop, &r->timer);
        free(r);
        return NULL;
    }
    return r;
}

static bool in_add(struct room *r, struct stream *s)
{
    if (r->n == r->cap) {
        uint32_t cap = r->cap + (r->cap < 4 ? 4 : r->cap / 2);
        struct stream **in = realloc(r->in, cap * sizeof *in);

        if (in == NULL) return false;
        r->in = in;
        r->cap = cap;
    }
    r->in[r->n++] = s;
    return true;
}

static void in_take(struct room *r, uint32_t at)
{
    struct stream *last = r->in[--r->n];

    if (at == r->n) return;
    r->in[at] = last;
    room_place(last, r)->at = at;
}

static int entered_at(const struct stream *s, int64_t room)
{
    for (int i = 0; i < s->n_rooms; i++) {
        if (s->rooms[i].room->id == room) return i;
    }
    return -1;
}

bool room_is_inside(const struct stream *s, int64_t room)
{
    return entered_at(s, room) >= 0;
}

struct place *room_place(struct stream *s, const struct room *r)
{
    struct place *p = s->rooms;

    while (p->room != r) p++;
    return p;
}

bool room_show(struct stream *s, int64_t room, const struct show *show)
{
    struct place *p = &s->rooms[entered_at(s, room)];

    return presence_show(p->room, p, s->account->feed.id, show);
}

bool room_enter(struct stream *s, int64_t room, const struct show *show)
{
    struct room *r;
    struct place *rooms;

    if (room_is_inside(s, room)) return room_show(s, room, show);
    if (s->n_rooms >= ROOMS_MAX) return false;
    r = room_get(room);
    if (r == NULL) return false;
    rooms = realloc(s->rooms, (s->n_rooms + 1u) * sizeof *rooms);
    if (rooms != NULL) s->rooms = rooms;
    if (rooms == NULL || !in_add(r, s)) {
        room_drop_if_empty(r);
        return false;
    }
    s->rooms[s->n_rooms++] = (struct place){.room = r, .at = r->n - 1};
    if (presence_enter(r, &s->rooms[s->n_rooms - 1], s->account->feed.id, show)) return true;
    s->n_rooms--;
    r->n--;
    room_drop_if_empty(r);
    return false;
}

static void gather_typing(struct room *r);

static void exit_at(struct stream *s, int i)
{
    struct place p = s->rooms[i];
    struct room *r = p.room;
    int64_t person = s->account->feed.id;

    in_take(r, p.at);
    s->rooms[i] = s->rooms[--s->n_rooms];
    if (s->n_rooms == 0) {
        free(s->rooms);
        s->rooms = NULL;
    }
    if (!presence_exit(r, &p, person) && typing_end_all(&r->typing, person)) gather_typing(r);
    room_drop_if_empty(r);
}

void room_exit(struct stream *s, int64_t room)
{
    int i = entered_at(s, room);

    if (i >= 0) exit_at(s, i);
}

void room_exit_all(struct stream *s)
{
    while (s->n_rooms > 0) exit_at(s, s->n_rooms - 1);
}

/* The account has lost the room: all its streams leave it. */
static void on_leave(void *arg, struct account *a, int64_t room)
{
    struct room *r = room_find(room);

    (void)arg;
    for (uint32_t i = r != NULL ? r->n : 0; i > 0; i--) {
        /* The last one to leave takes the room with it, and is the last one that we look at. */
        if (r->in[i - 1]->account == a) room_exit(r->in[i - 1], room);
    }
}

/* --- telling --- */

bool room_send(struct stream *s, struct bundle *frames, const char *name, struct slice json)
{
    struct frame **f = &frames->of[s->conn->transport->format];

    if (*f == NULL) {
        struct buf b = BUF_INIT;

        wire_event(s->conn->transport->format, &b, name, json);
        *f = frame_make(&b);
        buf_free(&b);
    }
    return *f != NULL && conn_send_soft(s->conn, *f);
}

void room_tell(struct room *r, int64_t except, const char *name, struct slice json)
{
    struct bundle frames = {{NULL}};

    for (uint32_t i = 0; i < r->n; i++) {
        struct stream *s = r->in[i];

        if (s->account->feed.id == except) continue;
        if (s->conn == NULL || !room_send(s, &frames, name, json)) s->behind |= BEHIND_STATE;
    }
    bundle_clear(&frames);
}

void room_wake(struct room *r, int64_t at)
{
    if (r->timer.place == 0 || r->timer.at > at) loop_timer_set(self.app->loop, &r->timer, at);
}

struct telling {
    const struct room *room;
    void (*reply)(void *arg, const char *name, struct slice json);
    void *arg;
};

static void tell_thread(void *arg, int64_t thread)
{
    const struct telling *t = arg;
    struct buf b = BUF_INIT;

    typing_json(&t->room->typing, t->room->id, thread, &b);
    if (buf_ok(&b)) t->reply(t->arg, "typing", buf_view(&b));
    buf_free(&b);
}

void room_state(int64_t room, int64_t asker, void (*reply)(void *arg, const char *name, struct slice json), void *arg)
{
    struct room *r = room_find(room);
    struct telling t = {r, reply, arg};
    struct buf b = BUF_INIT;

    presence_state(&b, room, r, asker);
    if (buf_ok(&b)) reply(arg, "presence_state", buf_view(&b));
    buf_free(&b);
    if (r != NULL) typing_threads(&r->typing, tell_thread, &t);
}

static void to_conn(void *arg, const char *name, struct slice json)
{
    struct conn *c = arg;
    struct buf b = BUF_INIT;

    wire_event(c->transport->format, &b, name, json);
    if (buf_ok(&b)) conn_send_buf(c, &b);
    buf_free(&b);
}

void rooms_refresh(struct stream *s)
{
    bool all = (s->behind & BEHIND_STATE) != 0;

    if (s->conn == NULL || s->conn->state != CONN_LIVE) return;
    s->behind = 0;
    for (int i = 0; i < s->n_rooms; i++) {
        struct place *p = &s->rooms[i];

        if (all) {
            p->lags = false;
            room_state(p->room->id, s->account->feed.id, to_conn, s->conn);
        } else if (!s->conn->transport->held) {
            /* A long-poll catches up with moves at a pace of its own. */
            presence_catch_up(s, p);
        }
    }
}

void room_page(int64_t room, int64_t after, unsigned n, struct buf *out)
{
    const struct room *r = room_find(room);

    roster_page(r != NULL ? &r->roster : NULL, room, after, n, out);
}

/* --- typing --- */

static void gather_typing(struct room *r)
{
    if (r->typing_at == 0) r->typing_at = presence_due(r, r->typing_last, TYPING_GATHER_MS, TYPING_GATHER_MS, NEWS_SENDS);
    room_wake(r, r->typing_at);
}

void room_typing(struct stream *s, int64_t room, int64_t thread)
{
    struct room *r = room_find(room);
    int i = entered_at(s, room);

    /* With nobody inside there is nobody to tell; and who is invisible does not type. */
    if (r == NULL || (i >= 0 && s->rooms[i].mode.status == ROSTER_INVISIBLE)) return;
    if (typing_note(&r->typing, s->account->feed.id, thread, loop_now(self.app->loop))) gather_typing(r);
    room_wake(r, loop_now(self.app->loop) + TYPING_LASTS_MS * INT64_C(1000));
}

void room_message(int64_t room, int64_t sender, int64_t thread)
{
    struct room *r = room_find(room);

    if (r != NULL && typing_end(&r->typing, sender, thread)) gather_typing(r);
}

static int64_t typing_turn(struct room *r, int64_t now)
{
    int64_t next = typing_expire(&r->typing, now), thread;

    if (r->typing_at > now) return r->typing_at < next ? r->typing_at : next;
    r->typing_at = 0;
    while (typing_changed(&r->typing, &thread)) {
        struct buf b = BUF_INIT;

        typing_json(&r->typing, r->id, thread, &b);
        if (buf_ok(&b)) room_tell(r, 0, "typing", buf_view(&b));
        buf_free(&b);
        r->typing_last = now;
    }
    return next;
}

/* --- read receipts --- */

static void on_size(struct pgreq *req, int step, PGresult *result)
{
    struct size_question *q = CONTAINER_OF(req, struct size_question, req);

    (void)step;
    if (PQntuples(result) > 0 && !pgget_null(result, 0, 0)) q->answer = pgget_int4(result, 0, 0);
    PQclear(result);
}

static void question_free(struct size_question *q)
{
    struct size_question **at = &self.asked;

    while (*at != q) at = &(*at)->next;
    *at = q->next;
    self.n_asked--;
    free(q);
}

static void on_size_done(struct pgreq *req, const struct pg_error *error)
{
    struct size_question *q = CONTAINER_OF(req, struct size_question, req);
    struct room *r = room_find(q->room);

    /* If the room has changed meanwhile, this is the answer to another question. */
    if (r != NULL && r->size_at == q->at) {
        if (error == NULL) {
            r->size = q->answer;
            if (r->receipts.n > 0) room_wake(r, r->receipts_at);
        } else {
            r->size_at = 0; /* whoever reads next asks again */
        }
    }
    question_free(q);
    pool_pump(self.app->pool);
}

static void send_question(struct pool_job *job, struct pg *pg)
{
    struct size_question *q = CONTAINER_OF(job, struct size_question, job);
    struct pgargs args = PGARGS_INIT;
    struct pg_step step = {Q_PUSH_ROOM_SIZE, &args};

    pgargs_int8(&args, q->room);
    q->req = (struct pgreq){.on_result = on_size, .on_done = on_size_done};
    pg_submit(pg, &q->req, &step, 1);
    pgargs_free(&args);
}

/* Rooms grow and shrink: what is known is good for a minute. */
static void ask_size(struct room *r)
{
    int64_t now = loop_now(self.app->loop);
    struct size_question *q;

    if ((r->size_at != 0 && now - r->size_at < SIZE_GOOD_S * INT64_C(1000000)) || self.n_asked >= SIZES_ASKED) return;
    q = calloc(1, sizeof *q);
    if (q == NULL) return;
    q->room = r->id;
    q->at = now;
    q->answer = INT32_MAX;
    q->job = (struct pool_job){.send = send_question};
    q->next = self.asked;
    self.asked = q;
    self.n_asked++;
    r->size_at = now;
    pool_submit(self.app->pool, &q->job);
}

void room_changed(int64_t room)
{
    struct room *r = room_find(room);

    /* Perhaps whether reading is told: asked again before the next one is. */
    if (r == NULL) return;
    r->size = -1;
    r->size_at = 0;
    if (r->receipts.n > 0) ask_size(r);
}

void room_read(int64_t room, int64_t person, int64_t seq)
{
    struct room *r = room_find(room);
    int64_t most = self.app->conf->receipts_max;

    if (r == NULL || most == 0) return;
    ask_size(r);
    if (r->size > most || !receipts_note(&r->receipts, person, seq, (uint32_t)most)) return;
    if (r->receipts_at == 0) r->receipts_at = loop_now(self.app->loop) + RECEIPTS_GATHER_MS * 1000;
    room_wake(r, r->receipts_at);
}

static int64_t receipts_turn(struct room *r, int64_t now)
{
    struct buf b = BUF_INIT;

    if (r->receipts.n == 0) return INT64_MAX;
    if (r->receipts_at > now) return r->receipts_at;
    /* The answer will wake us. */
    if (r->size < 0) return INT64_MAX;
    r->receipts_at = 0;
    if (r->size <= self.app->conf->receipts_max) receipts_json(&r->receipts, r->id, &b);
    receipts_free(&r->receipts);
    if (b.len > 0 && buf_ok(&b)) room_tell(r, 0, "message_read", buf_view(&b));
    buf_free(&b);
    return INT64_MAX;
}

/* --- turns --- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void on_timer(struct timer *t)
{
    struct room *r = CONTAINER_OF(t, struct room, timer);
    int64_t now = loop_now(self.app->loop), due = presence_turn(r, now);

    due = earlier(due, typing_turn(r, now));
    due = earlier(due, receipts_turn(r, now));
    if (due != INT64_MAX) room_wake(r, due);
}

void rooms_start(struct pushd *app)
{
    self.app = app;
    app->hub.on_leave = on_leave;
    presence_start(app);
}

void rooms_stop(void)
{
    /* Streams have left, and rooms with them. */
    while (self.asked != NULL) {
        struct size_question *q = self.asked;

        self.asked = q->next;
        free(q);
    }
    idmap_free(&self.rooms);
}
