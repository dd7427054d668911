#include "presence.h"

#include <stdlib.h>

#include "json.h"
#include "wire.h"

enum { GATHER_MS = 100, ROOMS_MAX = 200 };

struct person {
    int64_t id;
    uint32_t streams;
    bool told;   /* the others know that it is here */
    bool changed;
    struct person *next_changed;
};

struct presence_room {
    int64_t id;
    struct stream **in;
    uint32_t n, cap;
    struct idmap people;
    uint32_t n_here;
    struct person *changed;
    struct timer timer; /* tells what has changed */
};

static struct {
    struct pushd *app;
    struct idmap rooms;
} self;

/* --- rooms and people --- */

static void room_drop_if_empty(struct presence_room *r)
{
    if (r->n > 0 || r->changed != NULL) return;
    idmap_take(&self.rooms, r->id);
    idmap_free(&r->people);
    loop_timer_drop(self.app->loop, &r->timer);
    free(r->in);
    free(r);
}

static void on_timer(struct timer *t);

static struct presence_room *room_get(int64_t id)
{
    struct presence_room *r = idmap_get(&self.rooms, id);

    if (r != NULL) return r;
    r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    r->id = id;
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

static struct person *person_get(struct presence_room *r, int64_t id)
{
    struct person *p = idmap_get(&r->people, id);

    if (p != NULL) return p;
    p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->id = id;
    if (!idmap_put(&r->people, &p->id)) {
        free(p);
        return NULL;
    }
    return p;
}

static void note_change(struct presence_room *r, struct person *p)
{
    if (p->changed) return;
    p->changed = true;
    p->next_changed = r->changed;
    r->changed = p;
    if (r->timer.place == 0) loop_timer_set(self.app->loop, &r->timer, loop_now(self.app->loop) + GATHER_MS * 1000);
}

static bool in_add(struct presence_room *r, struct stream *s)
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

static int entered_at(const struct stream *s, int64_t room)
{
    for (int i = 0; i < s->n_rooms; i++) {
        if (s->rooms[i]->id == room) return i;
    }
    return -1;
}

bool presence_enter(struct stream *s, int64_t room)
{
    struct presence_room *r, **rooms;
    struct person *p;

    if (entered_at(s, room) >= 0) return true;
    if (s->n_rooms >= ROOMS_MAX) return false;
    r = room_get(room);
    if (r == NULL) return false;
    rooms = realloc(s->rooms, (s->n_rooms + 1u) * sizeof *rooms);
    if (rooms != NULL) s->rooms = rooms;
    p = rooms != NULL ? person_get(r, s->account->feed.id) : NULL;
    if (p == NULL || !in_add(r, s)) {
        /* A person without streams is told to nobody and goes with the next change. */
        if (p != NULL) note_change(r, p);
        room_drop_if_empty(r);
        return false;
    }
    s->rooms[s->n_rooms++] = r;
    if (p->streams++ > 0) return true;
    r->n_here++;
    if (r->n == 1) {
        /* Alone: there is nobody to tell, and who comes next sees it in the state. */
        p->told = true;
    } else {
        note_change(r, p);
    }
    return true;
}

static void exit_at(struct stream *s, int i)
{
    struct presence_room *r = s->rooms[i];
    struct person *p = idmap_get(&r->people, s->account->feed.id);

    s->rooms[i] = s->rooms[--s->n_rooms];
    if (s->n_rooms == 0) {
        free(s->rooms);
        s->rooms = NULL;
    }
    for (uint32_t k = 0; k < r->n; k++) {
        if (r->in[k] != s) continue;
        r->in[k] = r->in[--r->n];
        break;
    }
    if (--p->streams == 0) {
        r->n_here--;
        note_change(r, p);
    }
}

void presence_exit(struct stream *s, int64_t room)
{
    int i = entered_at(s, room);

    if (i >= 0) exit_at(s, i);
}

void presence_exit_all(struct stream *s)
{
    while (s->n_rooms > 0) exit_at(s, s->n_rooms - 1);
}

void presence_lost(struct account *a, int64_t room)
{
    struct presence_room *r = idmap_get(&self.rooms, room);

    if (r == NULL) return;
    for (uint32_t i = r->n; i > 0; i--) {
        if (r->in[i - 1]->account == a) presence_exit(r->in[i - 1], room);
    }
}

/* --- telling --- */

/* Of those who have changed, the ones that came, or that went. */
static void ids_of(struct json *j, const struct presence_room *r, const char *key, bool here)
{
    json_key(j, key);
    json_begin_array(j);
    for (const struct person *p = r->changed; p != NULL; p = p->next_changed) {
        if ((p->streams > 0) == here && p->told != here) json_id(j, p->id);
    }
    json_end(j);
}

/* How many have changed; *only: the one who came, if that is all. */
static unsigned to_tell(const struct presence_room *r, int64_t *only)
{
    unsigned n = 0;

    *only = 0;
    for (const struct person *p = r->changed; p != NULL; p = p->next_changed) {
        if ((p->streams > 0) == p->told) continue;
        *only = ++n == 1 && p->streams > 0 ? p->id : 0;
    }
    return n;
}

static void settle(struct presence_room *r)
{
    while (r->changed != NULL) {
        struct person *p = r->changed;

        r->changed = p->next_changed;
        p->changed = false;
        p->told = p->streams > 0;
        if (p->streams > 0) continue;
        idmap_take(&r->people, p->id);
        free(p);
    }
}

/* Nobody is told that it is here itself: `except` has got the state. */
static void tell(struct presence_room *r, int64_t except, struct slice json)
{
    struct bundle frames = {{NULL}};

    for (uint32_t i = 0; i < r->n; i++) {
        struct stream *s = r->in[i];
        struct frame **f;
        struct buf b = BUF_INIT;

        if (s->account->feed.id == except) continue;
        if (s->conn == NULL) {
            s->behind = true;
            continue;
        }
        f = &frames.of[s->conn->transport->format];
        if (*f == NULL) {
            wire_event(s->conn->transport->format, &b, "presence", json);
            *f = frame_make(&b);
            buf_free(&b);
        }
        if (*f == NULL || !conn_send_soft(s->conn, *f)) s->behind = true;
    }
    bundle_clear(&frames);
}

static void on_timer(struct timer *t)
{
    struct presence_room *r = CONTAINER_OF(t, struct presence_room, timer);
    struct buf b = BUF_INIT;
    struct json j;
    int64_t only;

    if (to_tell(r, &only) > 0 && r->n > 0) {
        json_start(&j, &b);
        json_begin_object(&j);
        json_kv_str(&j, "event", "presence");
        json_kv_id(&j, "room", r->id);
        ids_of(&j, r, "joined", true);
        ids_of(&j, r, "left", false);
        json_kv_int(&j, "count", r->n_here);
        json_end(&j);
    }
    settle(r);
    if (b.len > 0 && buf_ok(&b)) tell(r, only, buf_view(&b));
    buf_free(&b);
    room_drop_if_empty(r);
}

void presence_state(struct buf *out, int64_t room)
{
    const struct presence_room *r = idmap_get(&self.rooms, room);
    const struct person *p;
    struct json j;
    size_t at = 0;
    int64_t lease = self.app->conf->push_lease_ms > self.app->conf->push_lease_ws_ms ? self.app->conf->push_lease_ms
                                                                                     : self.app->conf->push_lease_ws_ms;

    json_start(&j, out);
    json_begin_object(&j);
    json_kv_str(&j, "event", "presence_state");
    json_kv_id(&j, "room", room);
    json_key(&j, "people");
    json_begin_array(&j);
    while (r != NULL && (p = idmap_next(&r->people, &at)) != NULL) {
        if (p->streams > 0) json_id(&j, p->id);
    }
    json_end(&j);
    json_kv_int(&j, "count", r != NULL ? r->n_here : 0);
    json_kv_bool(&j, "settling", loop_now(self.app->loop) - self.app->started < lease * 1000);
    json_end(&j);
}

void presence_refresh(struct stream *s)
{
    if (s->conn == NULL) return;
    s->behind = false;
    for (int i = 0; i < s->n_rooms; i++) {
        struct buf json = BUF_INIT, b = BUF_INIT;

        presence_state(&json, s->rooms[i]->id);
        wire_event(s->conn->transport->format, &b, "presence_state", buf_view(&json));
        if (buf_ok(&json) && buf_ok(&b)) conn_send_buf(s->conn, &b);
        buf_free(&json);
        buf_free(&b);
    }
}

static void on_leave(void *arg, struct account *a, int64_t room)
{
    (void)arg;
    presence_lost(a, room);
}

void presence_start(struct pushd *app)
{
    self.app = app;
    app->hub.on_leave = on_leave;
}

void presence_stop(void)
{
    size_t at;
    struct presence_room *r;

    /* Streams have left; rooms may still wait to tell that. */
    for (at = 0; (r = idmap_next(&self.rooms, &at)) != NULL && r->n == 0; at = 0) {
        settle(r);
        room_drop_if_empty(r);
    }
    idmap_free(&self.rooms);
}
