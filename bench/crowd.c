#include "config.h"

#include "crowd.h"

#include "buf.h"
#include "clock.h"
#include "crypto.h"
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { STREAM_ID_BYTES = 16, FRAME_SMALL = 125 };

static void stream_ready(struct watch *w, uint32_t events);

void crowd_start(struct crowd *c, const struct crowd_plan *plan, struct loop *loop)
{
    size_t i;

    memset(c, 0, sizeof *c);
    c->plan = *plan;
    c->loop = loop;
    c->buffer = tool_alloc(SCAN_BUFFER, 1);
    c->streams = tool_alloc(plan->n, sizeof *c->streams);
    if (plan->first + (plan->one_account ? 1 : plan->n) > plan->people->n)
        tool_die("%zu streams are asked for, but the file lists %zu accounts", plan->first + plan->n, plan->people->n);
    for (i = 0; i < plan->n; i++) {
        c->streams[i].watch.ready = stream_ready;
        c->streams[i].crowd = c;
        c->streams[i].fd = -1;
        c->streams[i].who = &plan->people->v[plan->first + (plan->one_account ? 0 : i)];
    }
}

void crowd_reset(struct crowd *c)
{
    size_t i;

    c->messages = c->bytes = c->reads = c->gaps = c->repeats = 0;
    c->first_us = c->last_us = c->idle_us = 0;
    for (i = 0; i < c->plan.n; i++) c->streams[i].messages = 0;
}

static void stream_end(struct stream *s, bool refused)
{
    struct crowd *c = s->crowd;

    if (s->state == STREAM_ENDED) return;
    if (s->state == STREAM_READY)
        c->ready--;
    else
        c->opening--;
    if (refused)
        c->refused++;
    else
        c->ended++;
    s->state = STREAM_ENDED;
    close(s->fd);
    s->fd = -1;
    scan_free(&s->scan);
    free(s->marks);
    s->marks = NULL;
    s->n_marks = 0;
}

void crowd_close(struct crowd *c)
{
    size_t i;

    for (i = 0; i < c->started; i++) stream_end(&c->streams[i], false);
    free(c->streams);
    free(c->buffer);
    c->streams = NULL;
    c->buffer = NULL;
}

/* The request for one stream, with a name of its own. */
static void stream_request(const struct stream *s, struct buf *b)
{
    const struct crowd_plan *plan = &s->crowd->plan;
    uint8_t id[STREAM_ID_BYTES];

    crypto_random(id, sizeof id);
    buf_str(b, plan->websocket ? "GET /push/ws?stream=" : "GET /push/events?stream=");
    buf_base64url(b, id, sizeof id);
    if (plan->cursor) {
        buf_str(b, "&cursor=");
        buf_str(b, plan->cursor);
    }
    buf_str(b, " HTTP/1.1\r\nHost: localhost\r\nCookie: confab=");
    buf_str(b, s->who->token);
    if (plan->websocket)
        buf_str(b, "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Protocol: confab.v1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    else
        buf_str(b, "\r\nAccept: text/event-stream\r\n\r\n");
    if (!buf_ok(b)) tool_die("out of memory");
}

/* Sends the request once the connection stands. */
static void stream_ask(struct stream *s)
{
    struct buf b = BUF_INIT;
    ssize_t n;

    stream_request(s, &b);
    n = send(s->fd, b.data, b.len, MSG_NOSIGNAL);
    if (n == (ssize_t)b.len) {
        s->state = STREAM_OPENING;
        loop_change(s->crowd->loop, s->fd, EPOLLIN, &s->watch);
    } else if (n >= 0 || (errno != EAGAIN && errno != ENOTCONN)) {
        stream_end(s, false);
    }
    buf_wipe(&b);
}

/* False: the server's queue is full. */
static bool stream_open(struct stream *s)
{
    struct crowd *c = s->crowd;

    s->fd = net_connect(&c->plan.address);
    if (s->fd < 0 && errno == EAGAIN) return false;
    if (s->fd < 0) tool_die("connect: %s", strerror(errno));
    s->state = STREAM_CONNECTING;
    c->started++;
    c->opening++;
    loop_add(c->loop, s->fd, EPOLLIN | EPOLLOUT, &s->watch);
    if (c->plan.address.sa.ss_family == AF_UNIX) stream_ask(s);
    return true;
}

bool crowd_open(struct crowd *c)
{
    while (c->started < c->plan.n && c->opening < c->plan.window)
        if (!stream_open(&c->streams[c->started])) break;
    return c->started == c->plan.n;
}

bool crowd_ready(struct crowd *c, int64_t timeout_us)
{
    int64_t until = clock_mono() + timeout_us;

    for (;;) {
        if (crowd_open(c) && c->opening == 0) return true;
        if (clock_mono() > until) return false;
        loop_turn(c->loop, 1);
    }
}

/* Every durable event must be the next of its feed. */
static void stream_verify(struct stream *s, struct slice data)
{
    int64_t feed, seq;
    uint32_t i;

    if (!scan_number(data, SLICE("\"feed\":"), &feed) || !scan_number(data, SLICE("\"seq\":"), &seq)) return;
    for (i = 0; i < s->n_marks && s->marks[i].feed != feed; i++) {
    }
    if (i == s->n_marks) {
        s->marks = tool_grow(s->marks, i + 1u, sizeof *s->marks);
        s->marks[s->n_marks++] = (struct stream_mark){feed, seq};
        return;
    }
    if (seq <= s->marks[i].seq)
        s->crowd->repeats++;
    else if (seq > s->marks[i].seq + 1)
        s->crowd->gaps++;
    if (seq > s->marks[i].seq) s->marks[i].seq = seq;
}

static void stream_on_head(void *arg, unsigned status)
{
    struct stream *s = arg;
    struct crowd *c = s->crowd;

    if (status != (c->plan.websocket ? 101u : 200u) && c->refused_status == 0) c->refused_status = status;
}

static void stream_on_event(void *arg, struct slice name, struct slice data)
{
    struct stream *s = arg;
    struct crowd *c = s->crowd;

    if (slice_eq(name, SLICE("message"))) {
        if (c->first_us == 0) c->first_us = c->now_us;
        else if (c->now_us - c->last_us > CROWD_IDLE_US) c->idle_us += c->now_us - c->last_us;
        c->last_us = c->now_us;
        c->messages++;
        s->messages++;
        if (c->plan.on_message) c->plan.on_message(s, data);
    } else if (s->state == STREAM_OPENING && slice_eq(name, SLICE("hello"))) {
        s->state = STREAM_READY;
        c->opening--;
        c->ready++;
        if (c->plan.on_hello) c->plan.on_hello(s, data);
    }
    if (c->plan.on_event) c->plan.on_event(s, name, data);
    if (c->plan.verify) stream_verify(s, data);
}

/* A ping wants its pong, masked as every frame of a client. One that does not fit into the socket is
 * left out: the server pings again, and a dead socket is noticed by reading. */
static void stream_on_control(void *arg, unsigned opcode, struct slice payload)
{
    struct stream *s = arg;
    unsigned char frame[6 + FRAME_SMALL];
    uint8_t mask[4];
    size_t i;

    if (opcode != 9 || payload.n > FRAME_SMALL) return;
    crypto_random(mask, sizeof mask);
    frame[0] = 0x8a;
    frame[1] = (unsigned char)(0x80 | payload.n);
    memcpy(frame + 2, mask, sizeof mask);
    for (i = 0; i < payload.n; i++) frame[6 + i] = (unsigned char)payload.p[i] ^ mask[i % 4];
    (void)send(s->fd, frame, 6 + payload.n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static const struct scan_sink stream_sink = {stream_on_head, stream_on_event, stream_on_control};

static void stream_read(struct stream *s)
{
    struct crowd *c = s->crowd;
    size_t held = scan_resume(&s->scan, c->buffer);
    ssize_t n = recv(s->fd, c->buffer + held, SCAN_BUFFER - held, 0);
    bool refused;

    if (n < 0 && errno == EAGAIN) n = 0;
    else if (n <= 0) {
        stream_end(s, false);
        return;
    }
    c->now_us = clock_mono();
    c->bytes += (uint64_t)n;
    c->reads++;
    if (!scan_feed(&s->scan, c->buffer, held, (size_t)n, &stream_sink, s)) tool_die("a stream brought what is neither SSE nor WebSocket");
    refused = s->scan.status != 0 && s->scan.status != (c->plan.websocket ? 101 : 200);
    if (refused) stream_end(s, true);
}

static void stream_ready(struct watch *w, uint32_t events)
{
    struct stream *s = (struct stream *)w;

    if (s->state == STREAM_ENDED) return;
    if (s->state == STREAM_CONNECTING && (events & EPOLLOUT)) stream_ask(s);
    if (s->state != STREAM_ENDED && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) stream_read(s);
}
