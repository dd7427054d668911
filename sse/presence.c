#include "presence.h"

#include <stdlib.h>

#include "json.h"

enum { GATHER_MS = 40 };

struct person {
    int64_t id;
    uint32_t streams;
    bool told;   /* the others know that it is here */
    bool changed;
    struct person *next_changed;
};

static struct pushd *app;

static struct person *person_get(struct room *r, int64_t id)
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

static void note_change(struct room *r, struct person *p)
{
    if (p->changed) return;
    p->changed = true;
    p->next_changed = r->changed;
    r->changed = p;
    if (r->presence_at == 0) r->presence_at = loop_now(app->loop) + GATHER_MS * 1000;
    room_wake(r, r->presence_at);
}

bool presence_entered(struct room *r, int64_t person)
{
    struct person *p = person_get(r, person);

    if (p == NULL) return false;
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

bool presence_exited(struct room *r, int64_t person)
{
    struct person *p = idmap_get(&r->people, person);

    if (--p->streams > 0) return true;
    r->n_here--;
    note_change(r, p);
    return false;
}

/* Of those who have changed, the ones that came, or that went. */
static void ids_of(struct json *j, const struct room *r, const char *key, bool here)
{
    json_key(j, key);
    json_begin_array(j);
    for (const struct person *p = r->changed; p != NULL; p = p->next_changed) {
        if ((p->streams > 0) == here && p->told != here) json_id(j, p->id);
    }
    json_end(j);
}

/* How many have changed; *only: the one who came, if that is all. */
static unsigned to_tell(const struct room *r, int64_t *only)
{
    unsigned n = 0;

    *only = 0;
    for (const struct person *p = r->changed; p != NULL; p = p->next_changed) {
        if ((p->streams > 0) == p->told) continue;
        *only = ++n == 1 && p->streams > 0 ? p->id : 0;
    }
    return n;
}

static void settle(struct room *r)
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

int64_t presence_turn(struct room *r, int64_t now)
{
    struct buf b = BUF_INIT;
    struct json j;
    int64_t only;

    if (r->presence_at == 0) return INT64_MAX;
    if (r->presence_at > now) return r->presence_at;
    r->presence_at = 0;
    if (to_tell(r, &only) > 0) {
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
    /* Nobody is told that it is here itself: it has got the state. */
    if (b.len > 0 && buf_ok(&b)) room_tell(r, only, "presence", buf_view(&b));
    buf_free(&b);
    return INT64_MAX;
}

void presence_forget(struct room *r)
{
    struct person *p;
    size_t at;

    for (at = 0; (p = idmap_next(&r->people, &at)) != NULL; at = 0) {
        idmap_take(&r->people, p->id);
        free(p);
    }
    idmap_free(&r->people);
    r->changed = NULL;
}

void presence_state(struct buf *out, int64_t room, const struct room *r)
{
    const struct person *p;
    struct json j;
    size_t at = 0;
    int64_t lease = app->conf->push_lease_ms > app->conf->push_lease_ws_ms ? app->conf->push_lease_ms : app->conf->push_lease_ws_ms;

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
    json_kv_bool(&j, "settling", loop_now(app->loop) - app->started < lease * 1000);
    json_end(&j);
}

void presence_start(struct pushd *a)
{
    app = a;
}
