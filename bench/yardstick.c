/* yardstick - what the bare system calls can do: the measure that the pusher is held against.
 *
 *     yardstick ADDRESS                                   serve one crowd; prints "ready", runs until killed
 *     yardstick --burst COUNT SIZE ROOMS EACH PAUSE ADDRESS
 *                                                         have a running one send, and print what it took
 *
 * The server answers the head of any HTTP request with a stream's head and a `hello` (SSE, or WebSocket
 * where an upgrade is asked for) and then holds the connection. A burst is COUNT events of SIZE bytes: each
 * one goes to all connections (ROOMS 1), or to those of one of ROOMS equal groups in turn, by one
 * send() each; after each EACH events it rests for PAUSE milliseconds. What a socket does not take waits for EPOLLOUT, as in any honest server. Nothing is
 * parsed, looked up or encoded meanwhile: that is the point.
 */
#include "config.h"

#include "clock.h"
#include "loop.h"
#include "net.h"
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    YARD_HEAD_MAX = 4096,
    YARD_SIZE_MIN = 64,
    YARD_SIZE_MAX = 65536,
    YARD_PAUSE_MAX = 60000,
    YARD_TURN_SENDS = 1000, /* sends between two looks at the sockets */
};

struct yard_client {
    struct watch watch; /* first */
    struct yard *yard;
    int fd;
    bool framed;
    uint64_t owed; /* bytes of the burst that the socket has not taken yet */
    char *head;    /* of the request, until it is whole */
    size_t n_head;
};

struct yard {
    struct watch watch; /* first: of the listening socket */
    struct loop loop;
    int listener;
    struct yard_client **streams; /* in the order of their coming */
    size_t n, cap;
    char *payload[2]; /* one event: SSE, WebSocket */
    size_t size;
    uint64_t deliveries, writes, full, lost;
    size_t owing; /* streams with owed > 0 */
};

#define YARD_HELLO "{\"event\":\"hello\",\"verdict\":\"complete\"}"
/* What a burst is to be. */
struct yard_order {
    uint64_t count, size, rooms, each, pause;
};

static const char yard_sse[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
                               "event: hello\ndata: " YARD_HELLO "\n\n";
static const char yard_ws[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                              "\x81\x26" YARD_HELLO;
_Static_assert(sizeof YARD_HELLO - 1 == 0x26, "the frame's length is that of its text");

/* Puts the JSON of an event between head and tail, padded to make `size` bytes of all. */
static char *yard_event(const char *head, size_t n_head, const char *tail, size_t size)
{
    static const char open[] = "{\"event\":\"message\",\"text\":\"", close[] = "\"}";
    char *p = tool_alloc(size, 1);
    size_t n_tail = strlen(tail), at = n_head;

    memset(p, 'x', size);
    memcpy(p, head, n_head);
    memcpy(p + at, open, sizeof open - 1);
    at = size - n_tail - (sizeof close - 1);
    memcpy(p + at, close, sizeof close - 1);
    memcpy(p + size - n_tail, tail, n_tail);
    return p;
}

static void yard_payload(struct yard *y, size_t size)
{
    static const char sse[] = "event: message\ndata: ";
    size_t n = size - 4;
    char frame[4] = {(char)0x81, 126, (char)(n >> 8), (char)(n & 0xff)};

    free(y->payload[0]);
    free(y->payload[1]);
    y->size = size;
    y->payload[0] = yard_event(sse, sizeof sse - 1, "\n\n", size);
    if (n > 125) {
        y->payload[1] = yard_event(frame, 4, "", size);
    } else {
        frame[1] = (char)(size - 2);
        y->payload[1] = yard_event(frame, 2, "", size);
    }
}

static void yard_drop(struct yard_client *c)
{
    struct yard *y = c->yard;
    size_t i;

    if (c->fd < 0) return;
    close(c->fd);
    c->fd = -1;
    for (i = 0; i < y->n && y->streams[i] != c; i++) {
    }
    if (i == y->n) return;
    /* Its place stays, so that the groups do; what it was owed is lost. */
    if (c->owed) {
        y->owing--;
        y->lost += (c->owed + y->size - 1) / y->size;
        c->owed = 0;
    }
}

/* One event to one stream. */
static void yard_send(struct yard *y, struct yard_client *c)
{
    ssize_t n;

    if (c->fd < 0) return;
    if (c->owed) {
        c->owed += y->size;
        return;
    }
    y->writes++;
    n = send(c->fd, y->payload[c->framed], y->size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n == (ssize_t)y->size) {
        y->deliveries++;
        return;
    }
    if (n < 0 && errno != EAGAIN) {
        yard_drop(c);
        return;
    }
    y->full++;
    y->owing++;
    c->owed = y->size - (n > 0 ? (size_t)n : 0);
    loop_change(&y->loop, c->fd, EPOLLIN | EPOLLRDHUP | EPOLLOUT, &c->watch);
}

/* The socket takes bytes again. */
static void yard_pay(struct yard *y, struct yard_client *c)
{
    size_t at;
    ssize_t n;

    while (c->owed) {
        at = (y->size - c->owed % y->size) % y->size;
        y->writes++;
        n = send(c->fd, y->payload[c->framed] + at, y->size - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) {
            yard_drop(c);
            return;
        }
        c->owed -= (size_t)n;
        if (c->owed % y->size == 0) y->deliveries++;
    }
    y->owing--;
    loop_change(&y->loop, c->fd, EPOLLIN | EPOLLRDHUP, &c->watch);
}

static void yard_rest(struct yard *y, uint64_t ms)
{
    int64_t until = clock_mono() + (int64_t)ms * 1000, left;

    while ((left = until - clock_mono()) > 0) loop_turn(&y->loop, (int)(left / 1000) + 1);
}

static void yard_burst(struct yard *y, const struct yard_order *o)
{
    size_t members = y->n / o->rooms, room, i, sends = 0;
    uint64_t k;

    y->deliveries = y->writes = y->full = y->lost = 0;
    for (k = 0; k < o->count; k++) {
        if (o->pause && k && k % o->each == 0) yard_rest(y, o->pause);
        room = k % o->rooms * members;
        for (i = room; i < room + members; i++) {
            yard_send(y, y->streams[i]);
            if (++sends % YARD_TURN_SENDS == 0) loop_turn(&y->loop, 0);
        }
    }
    while (y->owing) loop_turn(&y->loop, 1000);
}

/* "burst COUNT SIZE ROOMS EACH PAUSE": runs it and answers with one line. */
static void yard_command(struct yard_client *c)
{
    struct yard *y = c->yard;
    struct yard_order o;
    int64_t wall = clock_mono(), cpu = tool_cpu_us();
    char line[256];
    int n;

    if (sscanf(c->head, "burst %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &o.count, &o.size, &o.rooms, &o.each, &o.pause) != 5 ||
        o.size < YARD_SIZE_MIN || o.size > YARD_SIZE_MAX || o.rooms < 1 || o.rooms > y->n || o.each < 1 || o.pause > YARD_PAUSE_MAX) {
        n = snprintf(line, sizeof line, "error=1\n");
    } else {
        yard_payload(y, o.size);
        yard_burst(y, &o);
        n = snprintf(line, sizeof line, "deliveries=%" PRIu64 " writes=%" PRIu64 " full=%" PRIu64 " lost=%" PRIu64 " wall_us=%" PRId64 " cpu_us=%" PRId64 "\n",
                     y->deliveries, y->writes, y->full, y->lost, clock_mono() - wall, tool_cpu_us() - cpu);
    }
    if (send(c->fd, line, (size_t)n, MSG_NOSIGNAL) < 0) perror("yardstick: answer");
}

/* The request's head is whole: from now on this is a stream. */
static void yard_admit(struct yard_client *c)
{
    struct yard *y = c->yard;
    const char *head;
    size_t n;

    c->framed = memmem(c->head, c->n_head, "Upgrade: websocket", 18) != NULL;
    head = c->framed ? yard_ws : yard_sse;
    n = (c->framed ? sizeof yard_ws : sizeof yard_sse) - 1;
    free(c->head);
    c->head = NULL;
    if (send(c->fd, head, n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)n) {
        yard_drop(c);
        return;
    }
    if (y->n == y->cap) {
        y->cap = y->cap ? y->cap * 2 : 1024;
        y->streams = tool_grow(y->streams, y->cap, sizeof(struct yard_client *));
    }
    y->streams[y->n++] = c;
}

static void yard_client_ready(struct watch *w, uint32_t events)
{
    struct yard_client *c = (struct yard_client *)w;
    char rest[1024];
    ssize_t n;

    if (c->fd >= 0 && (events & EPOLLOUT)) yard_pay(c->yard, c);
    if (c->fd < 0 || !(events & ~(uint32_t)EPOLLOUT)) return;
    if (c->head)
        n = recv(c->fd, c->head + c->n_head, YARD_HEAD_MAX - 1 - c->n_head, 0);
    else
        n = recv(c->fd, rest, sizeof rest, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        yard_drop(c);
        return;
    }
    if (n < 0 || !c->head) return;
    c->n_head += (size_t)n;
    c->head[c->n_head] = '\0';
    if (slice_starts(slice_make(c->head, c->n_head), SLICE("burst "))) {
        if (c->head[c->n_head - 1] == '\n') {
            yard_command(c);
            c->n_head = 0;
        }
    } else if (strstr(c->head, "\r\n\r\n")) {
        yard_admit(c);
    }
}

static void yard_accept(struct watch *w, uint32_t events)
{
    struct yard *y = (struct yard *)w;
    struct yard_client *c;
    int fd;

    (void)events;
    while ((fd = accept4(y->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        c = tool_alloc(1, sizeof *c);
        c->watch.ready = yard_client_ready;
        c->yard = y;
        c->fd = fd;
        c->head = tool_alloc(YARD_HEAD_MAX, 1);
        loop_add(&y->loop, fd, EPOLLIN | EPOLLRDHUP, &c->watch);
    }
}

static int yard_trigger(char **words, const char *address)
{
    struct net_address a;
    char line[256];
    ssize_t n;
    int fd;

    net_parse(address, &a);
    fd = socket(a.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a.sa, a.len) != 0) tool_die("%s: %s", address, strerror(errno));
    n = snprintf(line, sizeof line, "burst %s %s %s %s %s\n", words[0], words[1], words[2], words[3], words[4]);
    if (send(fd, line, (size_t)n, MSG_NOSIGNAL) != n) tool_die("send: %s", strerror(errno));
    n = recv(fd, line, sizeof line, 0);
    if (n <= 0 || slice_starts(slice_make(line, (size_t)n), SLICE("error"))) tool_die("the server did not take the burst");
    fwrite(line, 1, (size_t)n, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    struct yard y = {.watch = {yard_accept}};
    struct net_address a;

    tool_start("yardstick");
    if (argc == 8 && strcmp(argv[1], "--burst") == 0) return yard_trigger(argv + 2, argv[7]);
    if (argc != 2 || argv[1][0] == '-') tool_die("usage: yardstick ADDRESS | yardstick --burst COUNT SIZE ROOMS EACH PAUSE ADDRESS");
    tool_raise_files();
    net_parse(argv[1], &a);
    loop_start(&y.loop);
    y.listener = net_listen(&a);
    loop_add(&y.loop, y.listener, EPOLLIN, &y.watch);
    puts("ready");
    fflush(stdout);
    for (;;) loop_turn(&y.loop, -1);
}
