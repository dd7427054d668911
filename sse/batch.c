#include "batch.h"

#include <stdlib.h>

#include "metrics.h"
#include "row.h"
#include "wire.h"

struct batch *batch_new(size_t n)
{
    struct batch *b = calloc(1, sizeof *b);

    if (b == NULL) return NULL;
    b->refs = 1;
    b->event = calloc(n > 0 ? n : 1, sizeof *b->event);
    if (b->event == NULL) {
        free(b);
        return NULL;
    }
    return b;
}

void batch_unref(struct batch *b)
{
    if (b == NULL || --b->refs > 0) return;
    buf_wipe(&b->json);
    free(b->event);
    free(b);
}

static int by_place(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->feed != y->feed) return x->feed < y->feed ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void event_read(struct event *e, const struct row *r, int i)
{
    *e = (struct event){.feed = r->feed, .seq = r->seq, .at = r->at, .subject = r->k == 'm' ? r->actor : r->subject,
                        .target = r->k == 'm' ? r->thread : r->target, .xid = r->xid, .kind = r->kind, .row = i, .active = r->active};
    e->name = r->k == 'm' ? "message" : r->kind != NULL ? r->kind->name : "hidden";
}

static void write_json(struct batch *b, struct event *e, const PGresult *r, struct keyring *keys)
{
    struct row row;
    struct json j;
    unsigned damaged = 0;

    row_read(&row, r, e->row, 0);
    json_start(&j, &b->json);
    e->json = b->json.len;
    row_json(&j, &row, keys, &damaged);
    e->n_json = b->json.len - e->json;
    metric_add(METRIC_damaged, damaged);
}

struct batch *batch_make(const PGresult *r, struct keyring *keys, const struct batch_want *want)
{
    int n = PQntuples(r);
    struct batch *b = batch_new((size_t)n);
    struct row row;

    if (b == NULL) return NULL;
    for (int i = 0; i < n; i++) {
        row_read(&row, r, i, 0);
        if (row.k == 'm' || row.k == 'e') event_read(&b->event[b->n++], &row, i);
    }
    qsort(b->event, b->n, sizeof *b->event, by_place);
    for (size_t i = 0, j; i < b->n; i = j) {
        j = batch_group(b, i);
        if (!want->group(want->arg, &b->event[i], j - i)) continue;
        for (size_t k = i; k < j; k++) write_json(b, &b->event[k], r, keys);
    }
    if (!buf_ok(&b->json)) {
        batch_unref(b);
        return NULL;
    }
    return b;
}

size_t batch_group(const struct batch *b, size_t i)
{
    size_t j = i + 1;

    while (j < b->n && b->event[j].feed == b->event[i].feed) j++;
    return j;
}

struct frame *batch_frame(const struct batch *b, size_t i, size_t j, enum format f, struct slice token)
{
    struct buf out = BUF_INIT;
    struct frame *made;

    for (size_t k = i; k < j; k++) wire_event(f, &out, b->event[k].name, batch_json(b, &b->event[k]));
    wire_cursor(f, &out, token);
    made = frame_make(&out);
    buf_free(&out);
    return made;
}
