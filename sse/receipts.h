/* receipts.h - how far people have read in a room, gathered until it is told. Data only: see room.c.
 *
 *     receipts_note(&r, person, seq);       // an account's feed tells that it has read so far
 *     receipts_json(&r, room, &out);        // and forgets
 *
 * The truth stands in the database; this is only what has changed since the last telling, so nothing is
 * lost if it is: the next one supersedes. An empty one owns no memory.
 */
#ifndef CONFAB_RECEIPTS_H
#define CONFAB_RECEIPTS_H

#include "buf.h"

struct receipt {
    int64_t person, seq;
};

struct receipts {
    struct receipt *mark;
    uint32_t n, cap;
};

/* At most `most` people between two tellings. False when there is no room for another one. */
bool receipts_note(struct receipts *r, int64_t person, int64_t seq, uint32_t most);
void receipts_json(const struct receipts *r, int64_t room, struct buf *out);
void receipts_free(struct receipts *r);

#endif
