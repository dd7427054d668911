/* presence.h - who is in which room, for those who are in it.
 *
 * A stream enters and leaves rooms by itself; a person is in a room while one of its streams is. Those
 * inside get what changes, gathered for a moment so that a crowd that arrives is one event:
 *
 *     {"event":"presence","room":"1004","joined":["1002"],"left":[],"count":7}
 *
 * and who enters gets the whole state at once. Nothing is stored: after a restart rooms fill again as
 * streams enter, and for one lease states are marked as settling. A client that has missed a change
 * (its queue was not empty, or it was between two polls) gets a fresh state instead.
 */
#ifndef CONFAB_PRESENCE_H
#define CONFAB_PRESENCE_H

#include "stream.h"

void presence_start(struct pushd *app);
void presence_stop(void);

/* The caller has checked membership. False when out of memory or in too many rooms. Entering twice
 * is the same as once. */
bool presence_enter(struct stream *s, int64_t room);
void presence_exit(struct stream *s, int64_t room);
void presence_exit_all(struct stream *s);
/* The account has lost the room: all its streams leave it. */
void presence_lost(struct account *a, int64_t room);

/* Writes {"event":"presence_state",...} of a room as it is now. */
void presence_state(struct buf *json, int64_t room);
/* Sends fresh states to a stream that has missed something. */
void presence_refresh(struct stream *s);

#endif
