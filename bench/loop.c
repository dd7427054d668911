#include "config.h"

#include "loop.h"

#include "tool.h"

#include <errno.h>

enum { LOOP_BATCH = 256 };

void loop_start(struct loop *l)
{
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0) tool_die("epoll_create1: %s", strerror(errno));
}

void loop_add(struct loop *l, int fd, uint32_t events, struct watch *w)
{
    struct epoll_event e = {.events = events, .data.ptr = w};

    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) != 0) tool_die("epoll_ctl: %s", strerror(errno));
}

void loop_change(struct loop *l, int fd, uint32_t events, struct watch *w)
{
    struct epoll_event e = {.events = events, .data.ptr = w};

    if (epoll_ctl(l->epoll, EPOLL_CTL_MOD, fd, &e) != 0) tool_die("epoll_ctl: %s", strerror(errno));
}

int loop_turn(struct loop *l, int timeout_ms)
{
    struct epoll_event events[LOOP_BATCH];
    struct watch *w;
    int i, n = epoll_wait(l->epoll, events, LOOP_BATCH, timeout_ms);

    if (n < 0 && errno != EINTR) tool_die("epoll_wait: %s", strerror(errno));
    for (i = 0; i < n; i++) {
        w = events[i].data.ptr;
        w->ready(w, events[i].events);
    }
    return n < 0 ? 0 : n;
}
