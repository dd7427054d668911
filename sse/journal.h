/* journal.h - the batches that a client missed while the database was asked about it.
 *
 * An admission puts a mark when its question is sent. The answer is of a later moment than every
 * batch before the mark, so those do not matter to it; all that come behind the mark are kept and
 * replayed for the newcomer, without the rows that its answer's snapshot has seen. So nothing falls
 * between the answer and the live stream, whatever the two connections to the database do.
 *
 * Membership: the answer names the rooms as of a moment behind the mark. The effects of the batches
 * behind the mark are applied in order; some of them the answer has in it already, and applying those
 * again is harmless: the last effect of each room decides, and rows in between are dropped as seen.
 *
 * The journal holds references to batches; without marks it holds none.
 */
#ifndef CONFAB_JOURNAL_H
#define CONFAB_JOURNAL_H

#include "batch.h"
#include "cursor.h"

struct journal_mark {
    struct journal_mark *prev, *next;
    uint64_t after; /* batches with a higher number are replayed */
    bool set;
};

struct journal {
    uint64_t last;               /* number of the newest batch, kept or not */
    struct batch *head, **tail;  /* kept */
    struct journal_mark *oldest, *newest;
};

void journal_init(struct journal *j);
void journal_free(struct journal *j);
/* Is anybody waiting, so that JSON is needed of every event? */
static inline bool journal_wanted(const struct journal *j)
{
    return j->oldest != NULL;
}
void journal_append(struct journal *j, struct batch *b);
void journal_put(struct journal *j, struct journal_mark *m);
/* Also forgets the batches that nobody needs any more. */
void journal_take(struct journal *j, struct journal_mark *m);

struct replay {
    int64_t tenant, account, session;
    const struct cursor *seen;
    int64_t *rooms; /* malloc'ed, changed in place: membership as the replay goes on */
    size_t n, cap;
    bool ended; /* the session or the account is over */
    void (*deliver)(void *arg, const struct event *e, struct slice json);
    void *arg;
};
/* False when out of memory. */
bool journal_replay(const struct journal *j, const struct journal_mark *m, struct replay *r);

#endif
