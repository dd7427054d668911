/* beacon.h - the newest cursor that may be handed out, as frames for every wire format.
 *
 * A cursor may be handed out when all rows that it covers are on their way to all their readers: the
 * tail sets it when a batch has been fanned out. One per process.
 */
#ifndef CONFAB_BEACON_H
#define CONFAB_BEACON_H

#include "frame.h"

/* Takes a copy. */
void beacon_set(struct slice token);
struct slice beacon_token(void);
/* Borrowed, good until the next beacon_set; NULL when out of memory. */
struct frame *beacon_cursor(enum format f);
struct frame *beacon_heartbeat(enum format f);
/* A heartbeat without a cursor, for the time between. */
struct frame *beacon_plain(enum format f);
void beacon_free(void);

#endif
