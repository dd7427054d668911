/* rooms.h - what the handlers of rooms and of members share. */
#ifndef CONFAB_ROOMS_H
#define CONFAB_ROOMS_H

#include "call.h"

/* Queues a statement whose only parameter is a room. */
void rooms_queue(struct call *c, int query, int64_t room);
/* Answers with the Room of a result of my_rooms($1), or 404 (then false). */
bool rooms_answer(struct call *c, const PGresult *r, int status);

#endif
