#include "config.h"

#include "swarm.h"

#include "../tool.h"
#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAME_SMALL = 125, OPCODE_PING = 9, OPCODE_PONG = 10 };

static void client_wake(struct watch *w, uint32_t events);

static int member_order(const void *a, const void *b)
{
    const struct room *x = a, *y = b;

    return x->id != y->id ? (x->id > y->id) - (x->id < y->id) : (x->from > y->from) - (x->from < y->from);
}

/* Which client is in which room: pairs, sorted by room, then made into runs. */
static void swarm_rooms(struct swarm *s)
{
    struct room *pairs;
    size_t n = 0, i, k;

    for (i = 0; i < s->n; i++) n += s->people.big ? 1 : s->clients[i].who->n_rooms;
    if (n == 0) tool_die("the people of this file are in no room");
    pairs = tool_alloc(n, sizeof *pairs);
    for (i = n = 0; i < s->n; i++) {
        if (s->people.big) pairs[n++] = (struct room){s->people.big, i, 1};
        else
            for (k = 0; k < s->clients[i].who->n_rooms; k++) pairs[n++] = (struct room){s->clients[i].who->rooms[k], i, 1};
    }
    qsort(pairs, n, sizeof *pairs, member_order);
    s->members = tool_alloc(n, sizeof(struct client *));
    s->rooms = tool_alloc(n, sizeof *s->rooms);
    for (i = 0; i < n; i++) {
        if (i == 0 || pairs[i].id != pairs[i - 1].id) s->rooms[s->n_rooms++] = (struct room){pairs[i].id, i, 0};
        s->members[i] = &s->clients[pairs[i].from];
        s->rooms[s->n_rooms - 1].n++;
    }
    free(pairs);
}

void swarm_start(struct swarm *s)
{
    size_t i;

    loop_start(&s->loop);
    s->buffer = tool_alloc(SCAN_BUFFER, 1);
    s->clients = tool_alloc(s->n, sizeof *s->clients);
    for (i = 0; i < s->n; i++) {
        s->clients[i].watch.ready = client_wake;
        s->clients[i].swarm = s;
        s->clients[i].who = &s->people.v[i];
        s->clients[i].fd = -1;
    }
    swarm_rooms(s);
}

void swarm_reset(struct swarm *s)
{
    size_t i;

    s->messages = s->bytes = s->reads = 0;
    s->first_us = s->last_us = 0;
    for (i = 0; i < s->n; i++) s->clients[i].messages = 0;
}

size_t swarm_uneven(const struct swarm *s, uint64_t each)
{
    size_t i, n = 0;

    for (i = 0; i < s->n; i++) n += s->clients[i].messages != each;
    return n;
}

static void client_end(struct client *c, bool refused)
{
    struct swarm *s = c->swarm;

    if (c->state == CLIENT_ENDED) return;
    if (c->state == CLIENT_READY) s->ready--;
    else s->opening--;
    if (refused) s->refused++;
    else s->ended++;
    c->state = CLIENT_ENDED;
    close(c->fd);
    c->fd = -1;
    scan_free(&c->scan);
    free(c->held);
    c->held = NULL;
    c->n_held = 0;
    if (c->sender) client_answered(c, false);
}

void swarm_close(struct swarm *s)
{
    size_t i;

    for (i = 0; i < s->started; i++) client_end(&s->clients[i], false);
    free(s->clients);
    free(s->members);
    free(s->rooms);
    free(s->buffer);
    sample_free(&s->became_current);
    people_free(&s->people);
}

/* A client writes little: what the socket does not take at once means that the server does not read. */
void client_send(struct client *c, const struct buf *b)
{
    if (c->state == CLIENT_ENDED) return;
    if (!buf_ok(b)) tool_die("out of memory");
    if (send(c->fd, b->data, b->len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)b->len) client_end(c, false);
}

void client_frame(struct buf *out, unsigned opcode, struct slice payload)
{
    static const char mask[4] = {0x37, 0x5a, 0x11, 0x7c};
    char head[4] = {(char)(0x80 | opcode), (char)(0x80 | payload.n), 0, 0};
    size_t i, at;
    char *p;

    if (payload.n > UINT16_MAX) tool_die("a frame is too long");
    if (payload.n > FRAME_SMALL) {
        head[1] = (char)(0x80 | 126);
        head[2] = (char)(payload.n >> 8);
        head[3] = (char)payload.n;
    }
    buf_bytes(out, head, payload.n > FRAME_SMALL ? 4 : 2);
    buf_bytes(out, mask, sizeof mask);
    at = out->len;
    p = buf_reserve(out, payload.n);
    if (!p) tool_die("out of memory");
    for (i = 0; i < payload.n; i++) p[i] = (char)(payload.p[i] ^ mask[i % 4]);
    out->len = at + payload.n;
}

static void client_greet(struct client *c)
{
    struct buf b = BUF_INIT;

    c->state = CLIENT_OPENING;
    c->swarm->dialect->hail(c, &b);
    client_send(c, &b);
    buf_wipe(&b);
    if (c->state != CLIENT_ENDED) loop_change(&c->swarm->loop, c->fd, EPOLLIN, &c->watch);
}

/* False: the server's queue is full. */
static bool client_open(struct client *c)
{
    struct swarm *s = c->swarm;

    c->fd = net_connect(&s->address);
    if (c->fd < 0 && errno == EAGAIN) return false;
    if (c->fd < 0) tool_die("connect: %s", strerror(errno));
    c->state = CLIENT_CONNECTING;
    s->started++;
    s->opening++;
    loop_add(&s->loop, c->fd, EPOLLIN | EPOLLOUT, &c->watch);
    if (s->address.sa.ss_family == AF_UNIX) client_greet(c);
    return true;
}

bool swarm_open(struct swarm *s, int64_t timeout_us)
{
    int64_t until;

    s->from_us = clock_mono();
    until = s->from_us + timeout_us;
    for (;;) {
        while (s->started < s->n && s->opening < s->window)
            if (!client_open(&s->clients[s->started])) break;
        if (s->started == s->n && s->opening == 0 && s->current + s->refused + s->ended >= s->n) return true;
        if (clock_mono() > until) return false;
        loop_turn(&s->loop, s->started < s->n ? 0 : 1);
    }
}

static void client_look(struct client *c)
{
    struct swarm *s = c->swarm;

    if (c->state != CLIENT_READY || c->messages != s->missed || s->current == s->n) return;
    s->current++;
    sample_add(&s->became_current, s->now_us - s->from_us);
}

void client_ready(struct client *c)
{
    if (c->state != CLIENT_OPENING) return;
    c->state = CLIENT_READY;
    c->swarm->opening--;
    c->swarm->ready++;
    client_look(c);
}

void client_message(struct client *c, struct slice data)
{
    struct swarm *s = c->swarm;

    if (s->first_us == 0) s->first_us = s->now_us;
    s->last_us = s->now_us;
    s->messages++;
    c->messages++;
    if (s->job) job_message(c, data);
    else if (s->current < s->n) client_look(c);
}

void client_answered(struct client *c, bool accepted)
{
    struct sender *sender = c->sender;

    c->sender = NULL;
    if (sender) job_answered(sender, accepted);
}

void client_refused(struct client *c, unsigned status)
{
    if (c->swarm->refused_status == 0) c->swarm->refused_status = status;
    client_end(c, true);
}

static void client_on_head(void *arg, unsigned status)
{
    struct client *c = arg;

    if (status == (c->swarm->dialect->websocket ? 101u : 200u) && c->swarm->dialect->head_is_hello) client_ready(c);
}

static void client_on_event(void *arg, struct slice name, struct slice data)
{
    struct client *c = arg;

    c->swarm->dialect->event(c, name, data);
}

static void client_on_control(void *arg, unsigned opcode, struct slice payload)
{
    struct buf b = BUF_INIT;

    if (opcode != OPCODE_PING || payload.n > FRAME_SMALL) return;
    client_frame(&b, OPCODE_PONG, payload);
    client_send(arg, &b);
    buf_free(&b);
}

static const struct scan_sink client_sink = {client_on_head, client_on_event, client_on_control};

static void client_scan(struct client *c, size_t held, size_t n)
{
    struct swarm *s = c->swarm;

    if (!scan_feed(&c->scan, s->buffer, held, n, &client_sink, c)) tool_die("a server sends what is neither SSE nor WebSocket");
    if (c->scan.status != 0 && c->scan.status != (s->dialect->websocket ? 101 : 200)) client_refused(c, c->scan.status);
}

static void client_take(struct client *c, size_t held, size_t n)
{
    struct swarm *s = c->swarm;
    size_t all = held + n, done = s->dialect->take(c, slice_make(s->buffer, all));

    if (c->state == CLIENT_ENDED || done == all) return;
    if (all - done > SCAN_BUFFER / 2) tool_die("a server sends something too long");
    c->n_held = (uint32_t)(all - done);
    c->held = tool_alloc(c->n_held, 1);
    memcpy(c->held, s->buffer + done, c->n_held);
}

static size_t client_resume(struct client *c)
{
    size_t n = c->n_held;

    if (c->swarm->dialect->scanned) return scan_resume(&c->scan, c->swarm->buffer);
    if (n) memcpy(c->swarm->buffer, c->held, n);
    free(c->held);
    c->held = NULL;
    c->n_held = 0;
    return n;
}

static void client_read(struct client *c)
{
    struct swarm *s = c->swarm;
    size_t held = client_resume(c);
    ssize_t n = recv(c->fd, s->buffer + held, SCAN_BUFFER - held, 0);

    if (n < 0 && errno == EAGAIN) n = 0;
    else if (n <= 0) {
        client_end(c, false);
        return;
    }
    s->now_us = clock_mono();
    s->bytes += (uint64_t)n;
    s->reads++;
    if (s->dialect->scanned) client_scan(c, held, (size_t)n);
    else client_take(c, held, (size_t)n);
}

static void client_wake(struct watch *w, uint32_t events)
{
    struct client *c = (struct client *)w;

    if (c->state == CLIENT_ENDED) return;
    if (c->state == CLIENT_CONNECTING && (events & EPOLLOUT)) client_greet(c);
    if (c->state != CLIENT_ENDED && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) client_read(c);
}
