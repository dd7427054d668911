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

size_t flood_chunk(const struct flood *f, int64_t out[3 * FLOOD_CHUNK])
{
    int64_t room = FLOOD_CHUNK;
    size_t n = 0;

    for (size_t i = f->at; i < f->n && room > 0; i++) {
        const struct flood_range *r = &f->range[i];
        int64_t rows = r->hi - r->lo + 1;

        out[n++] = r->feed;
        out[n++] = r->lo;
        out[n++] = rows > room ? r->lo + room - 1 : r->hi;
        room -= rows;
    }
    return n;
}

void flood_advance(struct flood *f)
{
    int64_t chunk[3 * FLOOD_CHUNK];
    size_t n = flood_chunk(f, chunk);

    for (size_t i = 0; i < n; i += 3) {
        struct flood_range *r = &f->range[f->at];

        if (chunk[i + 2] >= r->hi) {
            f->at++;
        } else {
            r->lo = chunk[i + 2] + 1;
        }
    }
}

void flood_clear(struct flood *f)
{
    free(f->range);
    *f = (struct flood){0};
}
