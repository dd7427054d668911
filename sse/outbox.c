#include "outbox.h"

#include <stdlib.h>

struct outbox_entry {
    struct frame *frame;
    uint32_t offset;
};

static struct outbox_entry *entry(const struct outbox *o, uint32_t i)
{
    uint32_t at = o->head + i;

    return &o->ring[at < o->cap ? at : at - o->cap];
}

static bool grow(struct outbox *o)
{
    uint32_t cap = o->cap > 0 ? o->cap * 2 : 4;
    struct outbox_entry *ring;

    if (cap < o->cap) return false;
    ring = malloc(cap * sizeof *ring);
    if (ring == NULL) return false;
    for (uint32_t i = 0; i < o->n; i++) ring[i] = *entry(o, i);
    free(o->ring);
    o->ring = ring;
    o->head = 0;
    o->cap = cap;
    return true;
}

bool outbox_add(struct outbox *o, struct frame *f, uint32_t offset)
{
    uint32_t left = f->n - offset;

    if (left == 0) return true;
    if (o->bytes > UINT32_MAX - left) return false;
    if (o->n == o->cap && !grow(o)) return false;
    o->n++;
    *entry(o, o->n - 1) = (struct outbox_entry){frame_ref(f), offset};
    o->bytes += left;
    return true;
}

struct slice outbox_front(const struct outbox *o)
{
    const struct outbox_entry *e;

    if (o->n == 0) return SLICE_NULL;
    e = entry(o, 0);
    return slice_make(e->frame->data + e->offset, e->frame->n - e->offset);
}

void outbox_sent(struct outbox *o, size_t n)
{
    while (n > 0 && o->n > 0) {
        struct outbox_entry *e = entry(o, 0);
        uint32_t left = e->frame->n - e->offset, step = n < left ? (uint32_t)n : left;

        e->offset += step;
        o->bytes -= step;
        n -= step;
        if (step < left) return;
        frame_unref(e->frame);
        o->head = o->head + 1 < o->cap ? o->head + 1 : 0;
        o->n--;
    }
    if (o->n == 0) outbox_clear(o);
}

void outbox_cut(struct outbox *o)
{
    uint32_t keep = o->n > 0 && entry(o, 0)->offset > 0 ? 1 : 0;

    while (o->n > keep) {
        struct outbox_entry *e = entry(o, o->n - 1);

        o->bytes -= e->frame->n - e->offset;
        frame_unref(e->frame);
        o->n--;
    }
    if (o->n == 0) outbox_clear(o);
}

void outbox_clear(struct outbox *o)
{
    for (uint32_t i = 0; i < o->n; i++) frame_unref(entry(o, i)->frame);
    free(o->ring);
    *o = (struct outbox){0};
}

bool outbox_sane(const struct outbox *o)
{
    uint64_t sum = 0;

    if (o->n > o->cap || (o->cap > 0 && o->head >= o->cap)) return false;
    if (o->n == 0 && o->ring != NULL) return false;
    for (uint32_t i = 0; i < o->n; i++) {
        const struct outbox_entry *e = entry(o, i);

        if (e->frame->refs == 0 || e->offset >= e->frame->n || (i > 0 && e->offset > 0)) return false;
        sum += e->frame->n - e->offset;
    }
    return sum == o->bytes;
}
