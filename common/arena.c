#include "arena.h"

#include "log.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ARENA_BLOCK = 8192 };

struct arena_block {
    struct arena_block *next;
    size_t used, cap;
    max_align_t data[];
};

static _Noreturn void arena_die(size_t n)
{
    log_error("out of memory", "bytes=%zu", n);
    /* No exit handlers: they may want memory too. */
    _exit(1);
}

/* Blocks come zeroed and are never used twice, so what is handed out needs no clearing. */
static struct arena_block *arena_grow(struct arena *a, size_t n)
{
    struct arena_block *b;
    size_t cap = n > ARENA_BLOCK / 4 ? n : ARENA_BLOCK;

    if (cap > SIZE_MAX / 2) arena_die(n);
    b = calloc(1, sizeof *b + cap);
    if (b == NULL) arena_die(n);
    b->cap = cap;
    if (cap == n && a->head != NULL) {
        /* A large piece of its own must not hide the room left in the current block. */
        b->next = a->head->next;
        a->head->next = b;
    } else {
        b->next = a->head;
        a->head = b;
    }
    return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
    const size_t align = _Alignof(max_align_t);
    struct arena_block *b = a->head;
    void *p;

    if (n > SIZE_MAX / 4) arena_die(n);
    if (n == 0) n = 1;
    n = (n + align - 1) / align * align;
    if (b == NULL || b->cap - b->used < n) b = arena_grow(a, n);
    p = (char *)b->data + b->used;
    b->used += n;
    a->used += n;
    return p;
}

struct slice arena_dup(struct arena *a, struct slice s)
{
    return slice_make(arena_cstr(a, s), s.n);
}

char *arena_cstr(struct arena *a, struct slice s)
{
    char *p;

    if (s.n == SIZE_MAX) arena_die(s.n);
    p = arena_alloc(a, s.n + 1);
    if (s.n > 0) memcpy(p, s.p, s.n);
    return p;
}

char *arena_fmt(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    char *p;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0) arena_die(0);
    p = arena_alloc(a, (size_t)n + 1);
    (void)vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return p;
}

void arena_reset(struct arena *a)
{
    struct arena_block *next;

    for (struct arena_block *b = a->head; b != NULL; b = next) {
        next = b->next;
        sodium_memzero(b->data, b->used);
        free(b);
    }
    *a = (struct arena)ARENA_INIT;
}
