/* outbox.h - what a client has not taken yet.
 *
 * A queue of (frame, offset): offset bytes of the first one have been written. It holds references
 * to frames and copies nothing. An empty outbox owns no memory, which is what nearly all are at any
 * time. It does no I/O; who writes asks outbox_front and says how much went out:
 *
 *     while (!outbox_empty(o)) {
 *         struct slice s = outbox_front(o);
 *         n = send(fd, s.p, s.n, ...); if (n <= 0) break;
 *         outbox_sent(o, n);
 *     }
 *
 * Invariants (outbox_sane): bytes is the sum of what is left of all entries; only the first entry
 * has an offset; no entry is empty.
 */
#ifndef CONFAB_OUTBOX_H
#define CONFAB_OUTBOX_H

#include "frame.h"

struct outbox {
    struct outbox_entry *ring;
    uint32_t head, n, cap;
    uint32_t bytes;
};

static inline bool outbox_empty(const struct outbox *o)
{
    return o->n == 0;
}

/* Appends f from `offset` on (offset > 0 only into an empty outbox). False when out of memory. */
bool outbox_add(struct outbox *o, struct frame *f, uint32_t offset);
/* What to write next; empty when there is nothing. */
struct slice outbox_front(const struct outbox *o);
void outbox_sent(struct outbox *o, size_t n);
/* Drops everything that has not begun to go out: what is left ends at a frame's end. */
void outbox_cut(struct outbox *o);
void outbox_clear(struct outbox *o);
bool outbox_sane(const struct outbox *o);

#endif
