#include "frame.h"

#include <stdlib.h>

struct frame *frame_make(const struct buf *b)
{
    struct frame *f;

    if (!buf_ok(b) || b->len > UINT32_MAX) return NULL;
    f = malloc(sizeof *f + b->len);
    if (f == NULL) return NULL;
    f->refs = 1;
    f->n = (uint32_t)b->len;
    if (b->len > 0) memcpy(f->data, b->data, b->len);
    return f;
}

void frame_unref(struct frame *f)
{
    if (f != NULL && --f->refs == 0) free(f);
}

void bundle_clear(struct bundle *b)
{
    for (int i = 0; i < FORMATS; i++) {
        frame_unref(b->of[i]);
        b->of[i] = NULL;
    }
}
