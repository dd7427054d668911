/* batch.h - the rows of one answer of the tail, decoded, in the order of (feed, seq).
 *
 *     b = batch_make(result, keys, &want);
 *     for (i = 0; i < b->n; i = j) { j = batch_group(b, i); ... }     // one feed at a time
 *     frame = batch_frame(b, i, j, FORMAT_SSE, token);
 *     batch_unref(b);
 *
 * A batch is read-only once made and shared by reference (fan, journal). Events whose JSON nobody
 * needs have none (n_json 0); their effects count all the same.
 */
#ifndef CONFAB_BATCH_H
#define CONFAB_BATCH_H

#include <libpq-fe.h>

#include "crypto.h"
#include "event.h"
#include "frame.h"

struct event {
    int64_t feed, seq;
    int64_t at; /* microseconds, the database's clock */
    int64_t subject, target; /* a message's: its sender, and its thread or 0 */
    uint64_t xid;
    const struct event_kind *kind; /* NULL: a message, or a kind that we do not know */
    const char *name;
    size_t json, n_json; /* in batch->json */
    int row;             /* in the result, while the batch is made */
    bool active;         /* profile_changed: the account as it is now */
};

struct batch {
    uint32_t refs;
    uint64_t no; /* given by the journal */
    size_t n;
    struct event *event;
    struct buf json;
    struct batch *next; /* in the journal */
};

/* Who needs the JSON of events [i, j), all of one feed? */
struct batch_want {
    bool (*group)(void *arg, const struct event *e, size_t n);
    void *arg;
};

/* Of the rows k = m and k = e of a result. NULL when out of memory. */
struct batch *batch_make(const PGresult *r, struct keyring *keys, const struct batch_want *want);
/* Empty, for n events that the caller fills in (tests). */
struct batch *batch_new(size_t n);
static inline struct batch *batch_ref(struct batch *b)
{
    b->refs++;
    return b;
}
void batch_unref(struct batch *b);

/* The end of the run of one feed's events that begins at i. */
size_t batch_group(const struct batch *b, size_t i);
static inline struct slice batch_json(const struct batch *b, const struct event *e)
{
    return e->n_json > 0 ? slice_make(b->json.data + e->json, e->n_json) : SLICE_NULL;
}
/* Events [i, j) and, unless it is empty, the cursor behind them. NULL when out of memory. */
struct frame *batch_frame(const struct batch *b, size_t i, size_t j, enum format f, struct slice token);

#endif
