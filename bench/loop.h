/* loop.h - epoll, and what is called when a descriptor is ready.
 *
 * Whoever wants to be called embeds a watch and finds himself by container: the watch is the first
 * member. A watch that is taken out (by closing its descriptor) may still be called for events of the
 * same turn, so its memory must outlive the turn and it must know that it is closed.
 */
#ifndef CONFAB_BENCH_LOOP_H
#define CONFAB_BENCH_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

struct watch {
    void (*ready)(struct watch *w, uint32_t events);
};

struct loop {
    int epoll;
};

/* Each ends the program on failure. */
void loop_start(struct loop *l);
void loop_add(struct loop *l, int fd, uint32_t events, struct watch *w);
void loop_change(struct loop *l, int fd, uint32_t events, struct watch *w);
/* Waits (at most timeout_ms; 0: not at all) and calls who is ready. Returns how many were called. */
int loop_turn(struct loop *l, int timeout_ms);

#endif
