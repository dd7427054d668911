#include "mentions.h"

#include "markdown.h"

struct finding {
    struct mentions *m;
    struct arena *arena;
};

static void found(void *arg, struct slice handle)
{
    struct finding *f = arg;

    for (size_t i = 0; i < f->m->n; i++) {
        if (slice_eq(slice_str(f->m->handle[i]), handle)) return;
    }
    if (f->m->n < MENTIONS_MOST) f->m->handle[f->m->n++] = arena_cstr(f->arena, handle);
}

void mentions_find(struct mentions *m, struct slice text, struct arena *arena)
{
    struct finding f = {.m = m, .arena = arena};

    *m = (struct mentions){0};
    if (memchr(text.p, '@', text.n) == NULL) return;
    m->everyone = markdown_mentions(text, found, &f);
}

void mentions_args(struct pgargs *a, const struct mentions *m)
{
    pgargs_text_array(a, m->handle, m->n);
    pgargs_bool(a, m->everyone);
}
