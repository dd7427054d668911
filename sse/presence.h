/* presence.h - who is in which room, for those who are in it.
 *
 * A person is in a room while one of its streams is. Those inside get what changes, gathered for a
 * moment so that a crowd that arrives is one event:
 *
 *     {"event":"presence","room":"1004","joined":["1002"],"left":[],"count":7}
 *
 * and who enters gets the whole state at once. Nothing is stored: after a restart rooms fill again as
 * streams enter, and for one lease states are marked as settling. A client that has missed a change
 * (its queue was not empty, or it was between two polls) gets a fresh state instead.
 */
#ifndef CONFAB_PRESENCE_H
#define CONFAB_PRESENCE_H

#include "room.h"

void presence_start(struct pushd *app);

/* One stream of a person has entered; false when out of memory. */
bool presence_entered(struct room *r, int64_t person);
/* One has left; is the person still there by another one? */
bool presence_exited(struct room *r, int64_t person);
/* Tells what is due; returns when it wants to be called again. */
int64_t presence_turn(struct room *r, int64_t now);
/* The room goes. */
void presence_forget(struct room *r);

/* Writes {"event":"presence_state",...} of a room as it is now; r may be NULL. */
void presence_state(struct buf *json, int64_t room, const struct room *r);

#endif
