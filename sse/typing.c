#include "typing.h"

#include <stdlib.h>

#include "json.h"

static bool note_changed(struct typing *t, int64_t thread)
{
    for (unsigned i = 0; i < t->n_changed; i++) {
        if (t->changed[i] == thread) return true;
    }
    if (t->n_changed == TYPING_CHANGES) return false;
    t->changed[t->n_changed++] = thread;
    return true;
}

static struct typist *find(const struct typing *t, int64_t person, int64_t thread)
{
    for (unsigned i = 0; i < t->n; i++) {
        if (t->who[i].person == person && t->who[i].thread == thread) return &t->who[i];
    }
    return NULL;
}

static bool grow(struct typing *t)
{
    unsigned cap = t->cap > 0 ? t->cap * 2u : 4u;
    struct typist *who = realloc(t->who, cap * sizeof *who);

    if (who == NULL) return false;
    t->who = who;
    t->cap = (uint16_t)cap;
    return true;
}

bool typing_note(struct typing *t, int64_t person, int64_t thread, int64_t now)
{
    struct typist *w = find(t, person, thread);
    int64_t until = now + TYPING_LASTS_MS * INT64_C(1000);

    if (w != NULL) {
        w->until = until;
        return false;
    }
    if (t->n == TYPING_MOST || (t->n == t->cap && !grow(t)) || !note_changed(t, thread)) return false;
    t->who[t->n++] = (struct typist){person, thread, until};
    return true;
}

/* Takes out entry i, keeping the order of the others; false if that cannot be told now. */
static bool drop(struct typing *t, unsigned i)
{
    if (!note_changed(t, t->who[i].thread)) return false;
    t->n--;
    memmove(t->who + i, t->who + i + 1, (t->n - i) * sizeof *t->who);
    if (t->n > 0) return true;
    free(t->who);
    t->who = NULL;
    t->cap = 0;
    return true;
}

bool typing_end(struct typing *t, int64_t person, int64_t thread)
{
    struct typist *w = find(t, person, thread);

    if (w == NULL) return false;
    /* If the change cannot be noted it expires with the next telling. */
    w->until = 0;
    (void)drop(t, (unsigned)(w - t->who));
    return true;
}

bool typing_end_all(struct typing *t, int64_t person)
{
    bool ended = false;

    for (unsigned i = t->n; i > 0; i--) {
        if (t->who[i - 1].person == person) ended |= typing_end(t, person, t->who[i - 1].thread);
    }
    return ended;
}

int64_t typing_expire(struct typing *t, int64_t now)
{
    int64_t next = INT64_MAX;

    for (unsigned i = t->n; i > 0; i--) {
        int64_t until = t->who[i - 1].until;

        if (until <= now && drop(t, i - 1)) continue;
        if (until < next) next = until;
    }
    return next;
}

bool typing_changed(struct typing *t, int64_t *thread)
{
    if (t->n_changed == 0) return false;
    *thread = t->changed[--t->n_changed];
    return true;
}

void typing_json(const struct typing *t, int64_t room, int64_t thread, struct buf *out)
{
    struct json j;
    unsigned count = 0;

    json_start(&j, out);
    json_begin_object(&j);
    json_kv_str(&j, "event", "typing");
    json_kv_id(&j, "room", room);
    if (thread != 0) json_kv_int(&j, "thread", thread);
    json_key(&j, "people");
    json_begin_array(&j);
    for (unsigned i = 0; i < t->n; i++) {
        if (t->who[i].thread == thread && ++count <= TYPING_NAMED) json_id(&j, t->who[i].person);
    }
    json_end(&j);
    json_kv_int(&j, "count", count);
    json_end(&j);
}

void typing_threads(const struct typing *t, void (*fn)(void *arg, int64_t thread), void *arg)
{
    for (unsigned i = 0; i < t->n; i++) {
        unsigned k = 0;

        while (t->who[k].thread != t->who[i].thread) k++;
        if (k == i) fn(arg, t->who[i].thread);
    }
}

void typing_free(struct typing *t)
{
    free(t->who);
    *t = (struct typing){0};
}
