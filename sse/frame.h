/* frame.h - bytes that are ready for a socket, shared by all who get them.
 *
 * A frame is made once and written many times; each outbox that holds it has a reference. Frames
 * never change. A bundle is one event in every wire format, each encoded when the first client of
 * that format needs it.
 */
#ifndef CONFAB_FRAME_H
#define CONFAB_FRAME_H

#include "buf.h"

enum format { FORMAT_SSE, FORMAT_WS, FORMAT_POLL, FORMATS };

struct frame {
    uint32_t refs;
    uint32_t n;
    char data[];
};

/* A copy of the bytes with one reference; NULL when out of memory or when b has failed. */
struct frame *frame_make(const struct buf *b);
static inline struct frame *frame_ref(struct frame *f)
{
    f->refs++;
    return f;
}
/* NULL is allowed. */
void frame_unref(struct frame *f);

struct bundle {
    struct frame *of[FORMATS];
};

void bundle_clear(struct bundle *b);

#endif
