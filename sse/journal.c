#include "journal.h"

#include <stdlib.h>

void journal_init(struct journal *j)
{
    *j = (struct journal){0};
    j->tail = &j->head;
}

static void drop_head(struct journal *j)
{
    struct batch *b = j->head;

    j->head = b->next;
    if (j->head == NULL) j->tail = &j->head;
    b->next = NULL;
    batch_unref(b);
}

static void trim(struct journal *j)
{
    while (j->head != NULL && (j->oldest == NULL || j->head->no <= j->oldest->after)) drop_head(j);
}

void journal_free(struct journal *j)
{
    while (j->head != NULL) drop_head(j);
}

void journal_append(struct journal *j, struct batch *b)
{
    b->no = ++j->last;
    if (!journal_wanted(j)) return;
    *j->tail = batch_ref(b);
    j->tail = &b->next;
}

void journal_put(struct journal *j, struct journal_mark *m)
{
    *m = (struct journal_mark){.prev = j->newest, .after = j->last, .set = true};
    if (j->newest != NULL) {
        j->newest->next = m;
    } else {
        j->oldest = m;
    }
    j->newest = m;
}

void journal_take(struct journal *j, struct journal_mark *m)
{
    if (!m->set) return;
    m->set = false;
    if (m->prev != NULL) {
        m->prev->next = m->next;
    } else {
        j->oldest = m->next;
    }
    if (m->next != NULL) {
        m->next->prev = m->prev;
    } else {
        j->newest = m->prev;
    }
    trim(j);
}

/* --- replay --- */

static size_t room_at(const struct replay *r, int64_t room)
{
    size_t i = 0;

    while (i < r->n && r->rooms[i] != room) i++;
    return i;
}

static bool room_add(struct replay *r, int64_t room)
{
    if (room_at(r, room) < r->n) return true;
    if (r->n == r->cap) {
        size_t cap = r->cap + 8;
        int64_t *rooms = realloc(r->rooms, cap * sizeof *rooms);

        if (rooms == NULL) return false;
        r->rooms = rooms;
        r->cap = cap;
    }
    r->rooms[r->n++] = room;
    return true;
}

static void room_remove(struct replay *r, int64_t room)
{
    size_t i = room_at(r, room);

    if (i < r->n) r->rooms[i] = r->rooms[--r->n];
}

static bool listens(const struct replay *r, int64_t feed)
{
    return feed == r->account || feed == r->tenant || room_at(r, feed) < r->n;
}

/* What must hold before the event is handed on. False when out of memory. */
static bool effect_before(struct replay *r, const struct event *e)
{
    switch (e->kind != NULL ? e->kind->effect : EVENT_EFFECT_NOTHING) {
    case EVENT_EFFECT_SUBSCRIBE:
        return e->subject != r->account || room_add(r, e->feed);
    case EVENT_EFFECT_UNSUBSCRIBE:
        if (e->subject == r->account) room_remove(r, e->feed);
        return true;
    case EVENT_EFFECT_END_SESSION:
        if (e->feed == r->account && e->subject == r->session) r->ended = true;
        return true;
    case EVENT_EFFECT_CHECK_PERSON:
        if (e->subject == r->account && !e->active) r->ended = true;
        return true;
    default:
        return true;
    }
}

bool journal_replay(const struct journal *j, const struct journal_mark *m, struct replay *r)
{
    for (const struct batch *b = j->head; b != NULL; b = b->next) {
        if (b->no <= m->after) continue;
        for (size_t i = 0; i < b->n && !r->ended; i++) {
            const struct event *e = &b->event[i];

            if (!effect_before(r, e)) return false;
            if (listens(r, e->feed) && !cursor_sees(r->seen, e->xid) && !r->ended) {
                r->deliver(r->arg, e, batch_json(b, e));
            }
            if (e->kind != NULL && e->kind->effect == EVENT_EFFECT_END_ROOM) room_remove(r, e->feed);
        }
    }
    return true;
}
