/* fan.h - hands a batch to everybody who listens, in slices.
 *
 * A big room is many sends, and other work must get its turn, so after FAN_SLICE sends the rest waits
 * for the next turn of the loop. Until the batch is done nothing else may change who listens: the
 * tail asks nothing new, answers of the pool stay in their sockets (fan_idle), and connections are
 * not reaped. So the walk needs no care about what changes under it.
 */
#ifndef CONFAB_FAN_H
#define CONFAB_FAN_H

#include "batch.h"
#include "pushd.h"

enum { FAN_SLICE = 1000 };

void fan_start(struct pushd *app);
void fan_stop(void);
bool fan_idle(void);
/* Has the feed of these n events anybody who listens, or will one of them bring somebody? */
bool fan_heard(const struct event *e, size_t n);
/* Takes over the reference. token: the cursor behind the batch, or empty if none may be told yet.
 * done is called in the same turn or a later one. */
void fan_out(struct batch *b, struct slice token, void (*done)(void));
/* Goes on with a batch under way; true if there is more. */
bool fan_step(void);

#endif
