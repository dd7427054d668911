/* mentions.h - whom a text means, for the functions that store it.
 *
 * The same reading of the text as the one that the page shows (common/markdown.h).
 */
#ifndef CONFAB_CGI_MENTIONS_H
#define CONFAB_CGI_MENTIONS_H

#include "arena.h"
#include "pgargs.h"

/* More are not notified. */
#define MENTIONS_MOST 50

struct mentions {
    char *handle[MENTIONS_MOST]; /* in the arena, each once */
    size_t n;
    bool everyone;
};

void mentions_find(struct mentions *m, struct slice text, struct arena *arena);
/* As two parameters of a statement: text[], boolean. */
void mentions_args(struct pgargs *a, const struct mentions *m);

#endif
