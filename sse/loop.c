#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"

enum { READY_MAX = 256 };

struct loop {
    int epoll;
    bool stopped;
    int64_t now;
    /* Timers: a binary heap, the next one first. */
    struct timer **heap;
    size_t armed, added, cap;
    struct epoll_event ready[READY_MAX];
    int n_ready, at_ready;
    bool (*turn)(void *arg);
    void *turn_arg;
};

struct loop *loop_new(void)
{
    struct loop *l = calloc(1, sizeof *l);

    if (l == NULL) return NULL;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0) {
        free(l);
        return NULL;
    }
    l->now = clock_mono();
    return l;
}

void loop_free(struct loop *l)
{
    if (l == NULL) return;
    (void)close(l->epoll);
    free(l->heap);
    free(l);
}

static bool control(struct loop *l, int op, struct watch *w, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = w};

    return epoll_ctl(l->epoll, op, w->fd, &e) == 0;
}

bool loop_watch(struct loop *l, struct watch *w, uint32_t events)
{
    return control(l, EPOLL_CTL_ADD, w, events);
}

bool loop_rewatch(struct loop *l, struct watch *w, uint32_t events)
{
    return control(l, EPOLL_CTL_MOD, w, events);
}

void loop_unwatch(struct loop *l, struct watch *w)
{
    (void)control(l, EPOLL_CTL_DEL, w, 0);
    /* What epoll reported before this must not reach an owner that may be gone. */
    for (int i = l->at_ready; i < l->n_ready; i++) {
        if (l->ready[i].data.ptr == w) l->ready[i].data.ptr = NULL;
    }
}

/* --- timers --- */

static void place(struct loop *l, size_t i, struct timer *t)
{
    l->heap[i] = t;
    t->place = (uint32_t)i + 1;
}

static void sift_up(struct loop *l, size_t i, struct timer *t)
{
    while (i > 0) {
        size_t up = (i - 1) / 2;

        if (l->heap[up]->at <= t->at) break;
        place(l, i, l->heap[up]);
        i = up;
    }
    place(l, i, t);
}

static void sift_down(struct loop *l, size_t i, struct timer *t)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= l->armed) break;
        if (child + 1 < l->armed && l->heap[child + 1]->at < l->heap[child]->at) child++;
        if (l->heap[child]->at >= t->at) break;
        place(l, i, l->heap[child]);
        i = child;
    }
    place(l, i, t);
}

bool loop_timer_add(struct loop *l, struct timer *t)
{
    if (l->added == l->cap) {
        size_t cap = l->cap > 0 ? l->cap + l->cap / 2 : 64;
        struct timer **heap = realloc(l->heap, cap * sizeof *heap);

        if (heap == NULL) return false;
        l->heap = heap;
        l->cap = cap;
    }
    l->added++;
    t->place = 0;
    return true;
}

void loop_timer_drop(struct loop *l, struct timer *t)
{
    loop_timer_stop(l, t);
    l->added--;
}

void loop_timer_set(struct loop *l, struct timer *t, int64_t at)
{
    size_t i;

    if (t->place == 0) {
        t->at = at;
        sift_up(l, l->armed++, t);
        return;
    }
    i = t->place - 1;
    if (at < t->at) {
        t->at = at;
        sift_up(l, i, t);
    } else {
        t->at = at;
        sift_down(l, i, t);
    }
}

void loop_timer_stop(struct loop *l, struct timer *t)
{
    size_t i;
    struct timer *last;

    if (t->place == 0) return;
    i = t->place - 1;
    t->place = 0;
    last = l->heap[--l->armed];
    if (last == t) return;
    if (i > 0 && l->heap[(i - 1) / 2]->at > last->at) {
        sift_up(l, i, last);
    } else {
        sift_down(l, i, last);
    }
}

static void run_timers(struct loop *l)
{
    /* By the clock of this turn: a timer that sets itself into the future waits for the next one. */
    int64_t now = l->now;

    while (l->armed > 0 && l->heap[0]->at <= now) {
        struct timer *t = l->heap[0];

        loop_timer_stop(l, t);
        t->on(t);
    }
}

int64_t loop_now(const struct loop *l)
{
    return l->now;
}

void loop_touch(struct loop *l)
{
    l->now = clock_mono();
}

/* --- turns --- */

void loop_each_turn(struct loop *l, bool (*turn)(void *arg), void *arg)
{
    l->turn = turn;
    l->turn_arg = arg;
}

/* Milliseconds to sleep, rounded up so that a timer is due when we wake. */
static int sleep_ms(const struct loop *l, bool more)
{
    int64_t us;

    if (more) return 0;
    if (l->armed == 0) return -1;
    us = l->heap[0]->at - clock_mono();
    if (us <= 0) return 0;
    us = (us + 999) / 1000;
    return us > 60000 ? 60000 : (int)us;
}

bool loop_run(struct loop *l)
{
    bool more = false;

    while (!l->stopped) {
        int n = epoll_wait(l->epoll, l->ready, READY_MAX, sleep_ms(l, more));

        if (n < 0 && errno != EINTR) return false;
        loop_touch(l);
        l->n_ready = n > 0 ? n : 0;
        for (l->at_ready = 0; l->at_ready < l->n_ready;) {
            struct epoll_event e = l->ready[l->at_ready++];
            struct watch *w = e.data.ptr;

            if (w != NULL) w->on(w, e.events);
        }
        l->n_ready = l->at_ready = 0;
        run_timers(l);
        more = l->turn != NULL && l->turn(l->turn_arg);
    }
    return true;
}

void loop_stop(struct loop *l)
{
    l->stopped = true;
}
