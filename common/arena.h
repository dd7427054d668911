/* arena.h - memory that is freed together, when a request ends.
 *
 * Used by programs that serve one request at a time: out of memory ends the process (the web
 * server starts another), so arena calls never return NULL. The pusher does not use it.
 */
#ifndef CONFAB_ARENA_H
#define CONFAB_ARENA_H

#include "slice.h"

struct arena_block;
struct arena {
    struct arena_block *head;
    size_t used; /* bytes handed out since the last reset */
};

#define ARENA_INIT {0}

/* n zeroed bytes, aligned for any type; live until arena_reset. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy of s with a NUL behind it. */
struct slice arena_dup(struct arena *a, struct slice s);
char *arena_cstr(struct arena *a, struct slice s);
char *arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Frees everything; content is overwritten first, since it may have been plain text. */
void arena_reset(struct arena *a);

#endif
