/* presence.h - when those inside a room hear of each other. Who they are and what they show stands in
 * roster.h; here are the pace and the telling.
 *
 * Changes are gathered for 40 ms and moves told in batches 100 ms apart, so a crowd that arrives is one
 * event. In rooms so large that this would be more than NEWS_SENDS or MOVES_SENDS frames a second the
 * pace slows: what a room costs is bounded, however many are in it. A long-poll client gets moves once a
 * second, since each answer costs it a request. Nothing is stored: after a restart rooms fill again as
 * streams enter, and for one lease states are marked as settling.
 */
#ifndef CONFAB_PRESENCE_H
#define CONFAB_PRESENCE_H

#include "room.h"

enum { NEWS_SENDS = 5000 }; /* a second and room, at the most */

void presence_start(struct pushd *app);

/* A stream enters, with what it says of itself; false when out of memory. */
bool presence_enter(struct room *r, struct place *p, int64_t person, const struct show *show);
/* It leaves; is the person still there by another one? */
bool presence_exit(struct room *r, const struct place *p, int64_t person);
/* It says something new of itself; false when out of memory. */
bool presence_show(struct room *r, struct place *p, int64_t person, const struct show *show);
/* Tells what is due; returns when it wants to be called again. */
int64_t presence_turn(struct room *r, int64_t now);

/* When the next telling is due: soon, but not sooner after the last one than the room's size allows. */
int64_t presence_due(const struct room *r, int64_t last, int64_t soon_ms, int64_t gap_ms, int64_t sends);

/* Writes {"event":"presence_state",...} of a room as it is now, for one person; r may be NULL. */
void presence_state(struct buf *json, int64_t room, struct room *r, int64_t asker);
/* Sends a stream the moves that it has missed. */
void presence_catch_up(struct stream *s, struct place *p);

#endif
