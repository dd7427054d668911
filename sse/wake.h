/* wake.h - where "something has changed" comes from.
 *
 * Two calls: handlers publish (the statement `notify` of queries/api.sql), the pusher is woken. A
 * wake-up carries no content, and may be lost, late or doubled: the tail asks the database in any
 * case, at the latest after a second. Today it is LISTEN on the tail's own connection; a message bus
 * would take this place without another line changing.
 */
#ifndef CONFAB_WAKE_H
#define CONFAB_WAKE_H

#include "pg.h"

/* on_wake is called whenever something may have changed. */
void wake_start(void (*on_wake)(void));
/* The tail's connection is there (again): listen on it. done tells whether that worked. */
void wake_listen(struct pg *pg, void (*done)(const struct pg_error *error));
/* The tail's connection has got a notification. */
void wake_notified(void);

#endif
