/* wire.h - how an event, a cursor and a heartbeat look in each wire format. Bytes only, no I/O. */
#ifndef CONFAB_WIRE_H
#define CONFAB_WIRE_H

#include "frame.h"

/* Appends one event: its name and its JSON (which names it too). */
void wire_event(enum format f, struct buf *b, const char *name, struct slice json);
/* Appends the cursor that covers all before it. Poll answers carry theirs outside: nothing. */
void wire_cursor(enum format f, struct buf *b, struct slice token);
/* A sign of life, and the newest cursor if token is not empty. */
void wire_heartbeat(enum format f, struct buf *b, struct slice token);

/* The JSON of a `bye` event. retry_ms 0: none. */
void wire_bye(struct buf *b, const char *reason, int64_t retry_ms);

/* Milliseconds from least to 2 * least, at random: clients that were sent away together come back
 * spread out. */
int64_t wire_spread(int64_t least_ms);

#endif
