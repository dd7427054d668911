#include "idmap.h"

#include <stdlib.h>

static size_t home(const struct idmap *m, int64_t id)
{
    /* Fibonacci hashing: neighbours in a sequence spread over the table. */
    return (size_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (m->cap - 1);
}

static size_t find(const struct idmap *m, int64_t id)
{
    size_t i = home(m, id);

    while (m->slot[i] != NULL && *m->slot[i] != id) i = (i + 1) & (m->cap - 1);
    return i;
}

void *idmap_get(const struct idmap *m, int64_t id)
{
    return m->n > 0 ? m->slot[find(m, id)] : NULL;
}

static bool grow(struct idmap *m)
{
    struct idmap bigger = {.cap = m->cap > 0 ? m->cap * 2 : 64, .n = m->n};

    bigger.slot = calloc(bigger.cap, sizeof *bigger.slot);
    if (bigger.slot == NULL) return false;
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slot[i] != NULL) bigger.slot[find(&bigger, *m->slot[i])] = m->slot[i];
    }
    free(m->slot);
    *m = bigger;
    return true;
}

bool idmap_put(struct idmap *m, int64_t *thing)
{
    if ((m->n + 1) * 4 > m->cap * 3 && !grow(m)) return false;
    m->slot[find(m, *thing)] = thing;
    m->n++;
    return true;
}

void idmap_take(struct idmap *m, int64_t id)
{
    size_t hole, i;

    if (m->n == 0) return;
    hole = find(m, id);
    if (m->slot[hole] == NULL) return;
    m->n--;
    /* Close the gap, so that no search stops too early. */
    for (i = (hole + 1) & (m->cap - 1); m->slot[i] != NULL; i = (i + 1) & (m->cap - 1)) {
        size_t want = home(m, *m->slot[i]);

        if (((i - want) & (m->cap - 1)) >= ((i - hole) & (m->cap - 1))) {
            m->slot[hole] = m->slot[i];
            hole = i;
        }
    }
    m->slot[hole] = NULL;
}

void idmap_free(struct idmap *m)
{
    free(m->slot);
    *m = (struct idmap)IDMAP_INIT;
}

void *idmap_next(const struct idmap *m, size_t *at)
{
    while (*at < m->cap) {
        int64_t *thing = m->slot[(*at)++];

        if (thing != NULL) return thing;
    }
    return NULL;
}
