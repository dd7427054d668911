#include "config.h"

#include "sample.h"

#include "tool.h"

#include <stdlib.h>

void sample_add(struct sample *s, int64_t v)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 1024;
        s->v = tool_grow(s->v, s->cap, sizeof *s->v);
    }
    s->v[s->n++] = v;
}

void sample_free(struct sample *s)
{
    free(s->v);
    *s = (struct sample)SAMPLE_INIT;
}

static int sample_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int64_t sample_at(struct sample *s, unsigned permille)
{
    size_t i;

    if (s->n == 0) return 0;
    qsort(s->v, s->n, sizeof *s->v, sample_order);
    i = s->n * permille / 1000;
    return s->v[i < s->n ? i : s->n - 1];
}
