#include "config.h"

#include "swarm.h"

#include "../tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A connection to the yardstick that carries orders instead of a stream. */
struct yard_sender {
    struct watch watch; /* first */
    struct swarm *swarm;
    struct sender *sender;
    int fd;
};

static void yard_sender_ready(struct watch *w, uint32_t events)
{
    struct yard_sender *y = (struct yard_sender *)w;
    char line[512];
    ssize_t n = recv(y->fd, line, sizeof line, 0);

    (void)events;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0 || line[n - 1] != '\n') tool_die("the yardstick does not answer");
    job_answered(y->sender, slice_starts(slice_make(line, (size_t)n), SLICE("deliveries=")));
}

struct yard_sender *yard_sender_open(struct swarm *s, struct sender *sender)
{
    struct yard_sender *y = tool_alloc(1, sizeof *y);

    y->watch.ready = yard_sender_ready;
    y->swarm = s;
    y->sender = sender;
    y->fd = net_connect(&s->address);
    if (y->fd < 0) tool_die("connect: %s", strerror(errno));
    loop_add(&s->loop, y->fd, EPOLLIN, &y->watch);
    return y;
}

/* `count` events, to the rooms in turn. A connection over TCP may still be on its way. */
void yard_sender_tell(struct yard_sender *y, size_t count)
{
    char line[128];
    int i, n = snprintf(line, sizeof line, "burst %zu %zu %zu 1000000000 0\n", count, y->swarm->size, y->swarm->n_rooms);

    for (i = 0; i < 1000; i++) {
        if (send(y->fd, line, (size_t)n, MSG_NOSIGNAL) == n) return;
        if (errno != EAGAIN && errno != ENOTCONN) break;
        usleep(1000);
    }
    tool_die("the yardstick takes no order");
}

void yard_sender_close(struct yard_sender *y)
{
    close(y->fd);
    free(y);
}
