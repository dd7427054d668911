/* tail.h - follows the database: asks for what its last snapshot has not seen, and fans it out.
 *
 * One connection of its own. Woken, or after a second, it asks one question whose answer holds the
 * new rows and the new snapshot; questions never overlap, and the next is asked when the batch of the
 * last has been handed to everybody. A flood (more rows than a question may return) is fetched by
 * ranges, in chunks, before the new cursor is told to anyone; a flood past TAIL_FLOOD_MAX rows, and
 * a life of the server that lost rows, send all clients away to resume by their own cursors.
 *
 * After a lost connection it goes on from its old snapshot: nothing is missed. After a start of the
 * program it begins with "now": clients come with cursors of their own.
 */
#ifndef CONFAB_TAIL_H
#define CONFAB_TAIL_H

#include "pushd.h"

enum { TAIL_LIMIT = 1000, TAIL_FLOOD_MAX = 50000 };

struct tail_handlers {
    /* The connection has been tried for the first time: complaint NULL, or what a person must do. */
    void (*first_try)(const char *complaint);
    /* All that the question of that number brought has been handed out. */
    void (*caught_up)(uint64_t no);
    /* Membership is no longer known: streams have been ended, and who is being admitted must ask again. */
    void (*sent_away)(void);
};

bool tail_start(struct pushd *app, const struct tail_handlers *on);
void tail_stop(void);
/* Something may have changed. */
void tail_wake(void);
/* The number of the next question: what is committed now is handed out when it is answered. Asks it
 * as soon as possible. */
uint64_t tail_ticket(void);
/* Nothing is under way, and this is the snapshot of the last answer. */
bool tail_stands_at(int64_t epoch, struct slice snapshot);
/* The life of the server that the tail is connected to. Transaction ids of another life mean nothing. */
int64_t tail_epoch(void);
/* All that was read has been handed out: the beacon's cursor is the newest that there is. */
bool tail_is_settled(void);
bool tail_is_up(void);
/* What keeps it from working on this database, or NULL. */
const char *tail_complaint(void);

#endif
