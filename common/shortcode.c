#include "shortcode.h"

#include <stdlib.h>

struct shortcode {
    const char *name, *emoji;
};

static const struct shortcode table[] = {
#define SHORTCODE(name, emoji, group, rank, kind) {name, emoji},
#include "shortcode.def"
#undef SHORTCODE
};

static int compare(const void *key, const void *row)
{
    const struct slice *name = (const struct slice *)key;
    const char *other = ((const struct shortcode *)row)->name;
    int c = strncmp(name->p, other, name->n);

    return c != 0 ? c : other[name->n] == '\0' ? 0 : -1;
}

struct slice shortcode_find(struct slice name)
{
    const struct shortcode *found;

    if (name.n == 0 || name.n > SHORTCODE_MAX) return SLICE_NULL;
    found = (const struct shortcode *)bsearch(&name, table, sizeof table / sizeof *table, sizeof *table, compare);
    return found != NULL ? slice_str(found->emoji) : SLICE_NULL;
}
