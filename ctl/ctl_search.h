/* ctl_search.h - the search index, as `confabctl work` and `confabctl doctor` see it. */
#ifndef CONFAB_CTL_SEARCH_H
#define CONFAB_CTL_SEARCH_H

#include "ctl.h"

/* Indexes up to so many pieces (of a few hundred messages) of a tenant. True if there may be more. May be
 * run by several at once, and interrupted anywhere. */
bool search_work(struct ctl *c, int64_t tenant, int pieces);

struct search_status {
    bool on;
    int32_t key_id;             /* 0: nothing is indexed yet */
    int64_t messages, waiting;  /* rows not yet looked at */
};
bool search_status(struct ctl *c, int64_t tenant, struct search_status *s);

#endif
