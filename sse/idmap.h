/* idmap.h - finds a thing by its id: open addressing over pointers to structs that begin with it.
 *
 *     struct room { int64_t id; ... };
 *     struct room *r = idmap_get(&m, 1004);
 *     if (!idmap_put(&m, &r->id)) ...                 // out of memory
 *     idmap_take(&m, 1004);
 *
 * The map owns its slots, never the things. Ids are unequal; 0 is none. Ids come from the database's
 * sequences, so nobody outside can choose them to collide.
 */
#ifndef CONFAB_IDMAP_H
#define CONFAB_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idmap {
    int64_t **slot;
    size_t n, cap; /* cap is a power of two, or 0 */
};

#define IDMAP_INIT {0}

void *idmap_get(const struct idmap *m, int64_t id);
/* The id must not be in it. */
bool idmap_put(struct idmap *m, int64_t *thing);
void idmap_take(struct idmap *m, int64_t id);
void idmap_free(struct idmap *m);
/* The next thing at or behind *at, which is moved on; NULL at the end. The map must stand still. */
void *idmap_next(const struct idmap *m, size_t *at);

#endif
