/* loop.h - one epoll loop: descriptors, timers, and what is done at the end of a turn.
 *
 *     struct door { struct watch watch; struct timer timer; };
 *     door->watch = (struct watch){.fd = fd, .on = door_ready};
 *     if (!loop_watch(loop, &door->watch, EPOLLIN)) ...
 *     if (!loop_timer_add(loop, &door->timer)) ...            // may fail; set and stop cannot
 *     loop_timer_set(loop, &door->timer, loop_now(loop) + CLOCK_SECOND);
 *
 * Watches and timers are embedded in their owners, who keep them in place while they are registered.
 * Callbacks get the embedded struct and find their owner by CONTAINER_OF. A watch that is removed
 * gets no call any more, not even one that the same turn of epoll had already reported.
 *
 * Invariant: timers that were added never number more than the heap has room for, so arming one
 * needs no memory.
 */
#ifndef CONFAB_LOOP_H
#define CONFAB_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

struct watch {
    int fd;
    void (*on)(struct watch *w, uint32_t events);
};

struct timer {
    int64_t at; /* clock_mono() */
    void (*on)(struct timer *t);
    uint32_t place; /* in the heap, counted from 1; 0: not armed */
};

struct loop;

struct loop *loop_new(void);
void loop_free(struct loop *l);

/* False (and errno) when the kernel refuses. */
bool loop_watch(struct loop *l, struct watch *w, uint32_t events);
bool loop_rewatch(struct loop *l, struct watch *w, uint32_t events);
void loop_unwatch(struct loop *l, struct watch *w);

/* Makes room for a timer; false when out of memory. Every added timer must be dropped. */
bool loop_timer_add(struct loop *l, struct timer *t);
void loop_timer_drop(struct loop *l, struct timer *t);
/* Arms or re-arms. One callback; it may set itself again. */
void loop_timer_set(struct loop *l, struct timer *t, int64_t at);
void loop_timer_stop(struct loop *l, struct timer *t);

/* Monotonic microseconds as of this turn; refreshed by loop_touch after long work. */
int64_t loop_now(const struct loop *l);
void loop_touch(struct loop *l);

/* Called at the end of each turn; returns true when it has more to do, then the next turn does not
 * sleep. */
void loop_each_turn(struct loop *l, bool (*turn)(void *arg), void *arg);
/* Until loop_stop. False when epoll itself fails. */
bool loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif
