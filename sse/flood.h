/* flood.h - more rows than one question of the tail may return: the ranges to fetch, feed by feed.
 *
 * Unseen rows of a feed are always one contiguous range. Ranges are fetched in chunks of about so many
 * rows, small ones together, large ones in parts; a chunk that was handed out is taken off.
 */
#ifndef CONFAB_FLOOD_H
#define CONFAB_FLOOD_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"

struct flood_range {
    int64_t feed, lo, hi;
};

struct flood {
    struct flood_range *range;
    size_t at, n;
    int64_t rows;
};

/* Has any branch of this answer of `tail` (asked from `at`) returned as many rows as it may? */
bool flood_seen(const PGresult *r, const struct cursor *at, int limit);
/* From an answer of `ranges`; false when out of memory. What was in it is dropped. */
bool flood_fill(struct flood *f, const PGresult *r);
static inline bool flood_empty(const struct flood *f)
{
    return f->at == f->n;
}
enum { FLOOD_CHUNK = 500 };
/* The next chunk as feed, lo, hi one after the other; returns how many numbers that are (none at the
 * end). The ranges stay until flood_advance. */
size_t flood_chunk(const struct flood *f, int64_t out[3 * FLOOD_CHUNK]);
/* The chunk that flood_chunk has given is done. */
void flood_advance(struct flood *f);
void flood_clear(struct flood *f);

#endif
