#include "flood.h"

#include <stdlib.h>

#include "pgget.h"
#include "row.h"

bool flood_seen(const PGresult *r, const struct cursor *at, int limit)
{
    /* By table: rows above the snapshot are one branch. Rows of transactions that were running then
     * are a branch each; together they are at least as many as in any of them, so the sum may call a
     * flood what is none, which costs nothing but a second question. */
    int above[2] = {0, 0}, running[2] = {0, 0};
    struct row row;

    if (PQntuples(r) < limit) return false;
    for (int i = 0; i < PQntuples(r); i++) {
        row_read(&row, r, i, 0);
        if (row.k != 'm' && row.k != 'e') continue;
        (row.xid >= at->xmax ? above : running)[row.k == 'e']++;
    }
    return above[0] >= limit || above[1] >= limit || running[0] >= limit || running[1] >= limit;
}

static int by_feed(const void *a, const void *b)
{
    const struct flood_range *x = a, *y = b;

    return x->feed < y->feed ? -1 : x->feed > y->feed;
}

bool flood_fill(struct flood *f, const PGresult *r)
{
    int n = PQntuples(r);

    flood_clear(f);
    f->range = calloc(n > 0 ? (size_t)n : 1, sizeof *f->range);
    if (f->range == NULL) return false;
    for (int i = 0; i < n; i++) {
        struct slice k = pgget_text(r, i, 0);

        if (k.n != 1 || k.p[0] != 'r') continue;
        f->range[f->n++] = (struct flood_range){pgget_int8(r, i, 1), pgget_int8(r, i, 2), pgget_int8(r, i, 3)};
        f->rows += pgget_int8(r, i, 4);
    }
    qsort(f->range, f->n, sizeof *f->range, by_feed);
    return true;
}

const struct flood_range *flood_next(const struct flood *f)
{
    return &f->range[f->at];
}

void flood_advance(struct flood *f, int64_t chunk)
{
    struct flood_range *next;

    if (flood_empty(f)) return;
    next = &f->range[f->at];
    if (next->hi - next->lo < chunk) {
        f->at++;
    } else {
        next->lo += chunk;
    }
}

void flood_clear(struct flood *f)
{
    free(f->range);
    *f = (struct flood){0};
}
