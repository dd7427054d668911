#include "conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "beacon.h"
#include "clock.h"
#include "fan.h"
#include "forward.h"
#include "log.h"
#include "room.h"
#include "stream.h"
#include "tail.h"
#include "wire.h"
#include "ws_parse.h"

enum { READ_MAX = 16384, LEAVE_MS = 3000, STALE_MS = 1000 };

static struct {
    struct pushd *app;
    uint32_t count;
    struct conn *doomed;
    struct subscriber *leaving;
    /* Held ones that have something to answer, and those that lack the newest cursor. */
    struct conn **ready, **stale;
    uint32_t n_ready, cap_ready, n_stale, cap_stale;
    struct timer stale_timer;
} self;

static const struct {
    uint16_t code;
    const char *bye;
} farewells[] = {
#define F(id, code, bye) {code, bye},
    FAREWELLS(F)
#undef F
};

uint16_t farewell_code(enum farewell f)
{
    return farewells[f].code;
}

const char *farewell_bye(enum farewell f)
{
    return farewells[f].bye;
}

uint32_t conns_count(void)
{
    return self.count;
}

/* --- writing --- */

static void want_write(struct conn *c, bool writing)
{
    if (c->writing == writing) return;
    c->writing = writing;
    if (!loop_rewatch(self.app->loop, &c->watch, writing ? EPOLLIN | EPOLLOUT : EPOLLIN)) conn_doom(c, FAREWELL_GONE);
}

/* What the socket took; -1 when it is broken. */
static ssize_t put(const struct conn *c, const char *p, size_t n)
{
    ssize_t sent = send(c->watch.fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);

    metric_add(METRIC_writes, 1);
    if (sent >= 0) {
        metric_add(METRIC_written_bytes, (uint64_t)sent);
        return sent;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

/* False when the socket is broken. */
static bool flush(struct conn *c)
{
    while (!outbox_empty(&c->out)) {
        struct slice s = outbox_front(&c->out);
        ssize_t sent = put(c, s.p, s.n);

        if (sent < 0) return false;
        outbox_sent(&c->out, (size_t)sent);
        if ((size_t)sent < s.n) break;
    }
    want_write(c, !outbox_empty(&c->out));
    return true;
}

static void enqueue(struct conn *c, struct frame *f, uint32_t offset)
{
    if (!outbox_add(&c->out, f, offset)) {
        metric_add(METRIC_out_of_memory, 1);
        conn_doom(c, FAREWELL_GONE);
    } else if (c->out.bytes > self.app->conf->push_queue_kib * 1024) {
        metric_add(METRIC_slow_cut, 1);
        conn_doom(c, FAREWELL_SLOW);
    }
}

static void to_answer(struct conn *c)
{
    if (c->ready) return;
    if (self.n_ready == self.cap_ready) {
        uint32_t cap = self.cap_ready > 0 ? self.cap_ready * 2 : 64;
        struct conn **ready = realloc(self.ready, cap * sizeof *ready);

        /* It stays until its time is up, and answers then. */
        if (ready == NULL) return;
        self.ready = ready;
        self.cap_ready = cap;
    }
    self.ready[self.n_ready++] = c;
    c->ready = true;
}

void conn_send(struct conn *c, struct frame *f)
{
    ssize_t sent = 0;

    if (c->state != CONN_LIVE || f->n == 0) return;
    if (c->held) {
        enqueue(c, f, 0);
        to_answer(c);
        return;
    }
    if (outbox_empty(&c->out)) {
        sent = put(c, f->data, f->n);
        if (sent == (ssize_t)f->n) return;
        if (sent < 0) {
            conn_doom(c, FAREWELL_GONE);
            return;
        }
        want_write(c, true);
    }
    metric_add(METRIC_queued, 1);
    enqueue(c, f, (uint32_t)sent);
}

bool conn_send_soft(struct conn *c, struct frame *f)
{
    if (c->state != CONN_LIVE || (!c->held && !outbox_empty(&c->out))) return false;
    metric_add(METRIC_ephemeral, 1);
    conn_send(c, f);
    return true;
}

void conn_send_buf(struct conn *c, const struct buf *b)
{
    struct frame *f = frame_make(b);

    if (f == NULL) {
        metric_add(METRIC_out_of_memory, 1);
        conn_doom(c, FAREWELL_INTERNAL);
        return;
    }
    conn_send(c, f);
    frame_unref(f);
}

/* --- the newest cursor, for those whose last frame had none --- */

void conn_stale(struct conn *c)
{
    if (c->stale_at != 0 || c->held || c->state != CONN_LIVE) return;
    if (self.n_stale == self.cap_stale) {
        uint32_t cap = self.cap_stale > 0 ? self.cap_stale * 2 : 64;
        struct conn **stale = realloc(self.stale, cap * sizeof *stale);

        /* Its next heartbeat brings the cursor too. */
        if (stale == NULL) return;
        self.stale = stale;
        self.cap_stale = cap;
    }
    self.stale[self.n_stale++] = c;
    c->stale_at = self.n_stale;
    if (self.stale_timer.place == 0) loop_timer_set(self.app->loop, &self.stale_timer, loop_now(self.app->loop) + STALE_MS * 1000);
}

static void fresh(struct conn *c)
{
    struct conn *last;

    if (c->stale_at == 0) return;
    last = self.stale[--self.n_stale];
    self.stale[c->stale_at - 1] = last;
    last->stale_at = c->stale_at;
    c->stale_at = 0;
}

static void on_stale(struct timer *t)
{
    if (!tail_is_settled()) {
        /* In the middle of something the newest cursor is not yet the one behind it. */
        loop_timer_set(self.app->loop, t, loop_now(self.app->loop) + 20000);
        return;
    }
    for (int i = 0; i < FAN_SLICE && self.n_stale > 0; i++) {
        struct conn *c = self.stale[self.n_stale - 1];
        struct frame *f = beacon_cursor(c->transport->format);

        fresh(c);
        if (f != NULL) conn_send(c, f);
    }
    if (self.n_stale > 0) loop_timer_set(self.app->loop, t, loop_now(self.app->loop) + 1);
}

/* --- time --- */

static bool lease_over(const struct conn *c, int64_t now)
{
    return c->transport->format == FORMAT_WS && now - c->heard > self.app->conf->push_lease_ws_ms * 1000;
}

static void heartbeat(struct conn *c)
{
    struct frame *f = tail_is_settled() ? beacon_heartbeat(c->transport->format) : beacon_plain(c->transport->format);

    /* A client that is behind has more than a heartbeat coming. */
    if (f == NULL || !outbox_empty(&c->out)) return;
    if (tail_is_settled()) fresh(c);
    conn_send(c, f);
}

static void set_timer(struct conn *c)
{
    int64_t at = c->beat_at;

    if (c->transport->format == FORMAT_WS) {
        int64_t end = c->heard + self.app->conf->push_lease_ws_ms * 1000 + 1000;

        if (end < at) at = end;
    }
    if (at <= loop_now(self.app->loop)) at = loop_now(self.app->loop) + 1000;
    loop_timer_set(self.app->loop, &c->timer, at);
}

static void close_now(struct conn *c);

static void on_timer(struct timer *t)
{
    struct conn *c = CONTAINER_OF(t, struct conn, timer);
    int64_t now = loop_now(self.app->loop);

    if (c->state == CONN_LEAVING) {
        close_now(c);
        return;
    }
    if (c->state != CONN_LIVE) return;
    if (c->expires <= time(NULL)) {
        conn_doom(c, FAREWELL_SIGNED_OUT);
        return;
    }
    if (lease_over(c, now)) {
        metric_add(METRIC_lease_lost, 1);
        conn_doom(c, FAREWELL_LEASE);
        return;
    }
    if (now >= c->beat_at) {
        if (c->held) {
            to_answer(c);
        } else {
            heartbeat(c);
        }
        c->beat_at = now + self.app->conf->push_heartbeat_ms * 1000;
    }
    set_timer(c);
}

void conn_hold_until(struct conn *c, int64_t end)
{
    c->beat_at = end;
    set_timer(c);
}

/* --- reading --- */

static char scratch[READ_MAX];

static void read_leaving(struct conn *c)
{
    ssize_t n = recv(c->watch.fd, scratch, sizeof scratch, MSG_DONTWAIT);

    /* What it still says does not matter; that it has closed does. */
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) close_now(c);
}

static void read_live(struct conn *c)
{
    ssize_t n = recv(c->watch.fd, scratch, sizeof scratch, MSG_DONTWAIT);

    if (n > 0) {
        c->heard = loop_now(self.app->loop);
        if (c->transport->input != NULL) c->transport->input(c, slice_make(scratch, (size_t)n));
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        conn_doom(c, FAREWELL_GONE);
    }
}

static void finish_leaving(struct conn *c);

static void on_ready(struct watch *w, uint32_t events)
{
    struct conn *c = CONTAINER_OF(w, struct conn, watch);

    if (c->state == CONN_DOOMED) return;
    if ((events & EPOLLOUT) != 0) {
        if (!flush(c)) {
            if (c->state == CONN_LEAVING) {
                close_now(c);
            } else {
                conn_doom(c, FAREWELL_GONE);
            }
            return;
        }
        if (outbox_empty(&c->out)) {
            if (c->state == CONN_LEAVING) {
                finish_leaving(c);
                return;
            }
            if (c->stream != NULL && c->stream->behind) rooms_refresh(c->stream);
        }
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    if (c->state == CONN_LEAVING) {
        read_leaving(c);
    } else if (c->state == CONN_LIVE) {
        read_live(c);
    }
}

/* --- life and death --- */

struct conn *conn_open(const struct conn_new *n)
{
    struct conn *c = calloc(1, sizeof *c);
    int64_t now = loop_now(self.app->loop), beat = self.app->conf->push_heartbeat_ms * 1000;

    if (c == NULL) return NULL;
    c->watch = (struct watch){.fd = n->fd, .on = on_ready};
    c->timer = (struct timer){.on = on_timer};
    if (!loop_timer_add(self.app->loop, &c->timer)) goto no_timer;
    if (!loop_watch(self.app->loop, &c->watch, EPOLLIN)) goto no_watch;
    c->transport = n->transport;
    c->held = n->transport->held;
    c->session = n->session;
    c->expires = n->expires;
    c->address = n->address;
    c->heard = now;
    /* Those that come together do not beat together. */
    c->beat_at = now + wire_spread(beat / 2);
    hub_link(n->account, &c->subscriber);
    set_timer(c);
    self.count++;
    metric_add(c->transport->gauge, 1);
    return c;
no_watch:
    loop_timer_drop(self.app->loop, &c->timer);
no_timer:
    free(c);
    return NULL;
}

void conn_doom(struct conn *c, enum farewell why)
{
    static const char *const names[] = {
#define F(id, code, bye) #id,
        FAREWELLS(F)
#undef F
    };

    if (c->state != CONN_LIVE) return;
    if (why != FAREWELL_ANSWERED) {
        log_line(why == FAREWELL_SLOW || why == FAREWELL_INTERNAL ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "stream ends", "why=%s transport=%s account=%lld queued=%u", names[why], c->transport->name,
                  (long long)c->subscriber.account->feed.id, c->out.bytes);
    }
    c->state = CONN_DOOMED;
    c->farewell = (uint8_t)why;
    c->link = self.doomed;
    self.doomed = c;
}

static void close_now(struct conn *c)
{
    loop_unwatch(self.app->loop, &c->watch);
    loop_timer_drop(self.app->loop, &c->timer);
    (void)close(c->watch.fd);
    outbox_clear(&c->out);
    hub_unlink(&c->subscriber);
    self.count--;
    free(c);
}

/* The outbox is empty: half-close, and wait for the other side, so that nothing is lost to a reset. */
static void finish_leaving(struct conn *c)
{
    ssize_t n;

    (void)shutdown(c->watch.fd, SHUT_WR);
    n = recv(c->watch.fd, scratch, sizeof scratch, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN) || c->farewell == FAREWELL_ANSWERED) close_now(c);
}

/* Out of everything that knows it, except the loop. */
static void disconnect(struct conn *c)
{
    struct account *a = c->subscriber.account;

    metric_sub(c->transport->gauge, 1);
    fresh(c);
    if (c->forward != NULL) forward_forget(c);
    if (c->in != NULL) {
        ws_parse_free(c->in);
        free(c->in);
        c->in = NULL;
    }
    stream_detach(c, c->farewell == FAREWELL_SIGNED_OUT ? STREAM_ENDS : c->heard_bye ? STREAM_BYE : STREAM_LOST);
    hub_unlink(&c->subscriber);
    subscriber_link(&self.leaving, &c->subscriber);
    hub_release(&self.app->hub, a);
    free(c->address);
    c->address = NULL;
}

static void leave(struct conn *c)
{
    enum farewell why = c->farewell;

    /* Before it forgets who it is. */
    if (why != FAREWELL_GONE && why != FAREWELL_LEASE && why != FAREWELL_ANSWERED) c->transport->bye(c, why);
    disconnect(c);
    c->state = CONN_LEAVING;
    if (why == FAREWELL_GONE || why == FAREWELL_LEASE) {
        close_now(c);
        return;
    }
    if (!flush(c)) {
        close_now(c);
        return;
    }
    loop_timer_set(self.app->loop, &c->timer, loop_now(self.app->loop) + LEAVE_MS * INT64_C(1000));
    if (outbox_empty(&c->out)) finish_leaving(c);
}

void conns_reap(void)
{
    /* Answering may doom, and leaving may answer nobody else: one pass each is enough. */
    for (uint32_t i = 0; i < self.n_ready; i++) {
        struct conn *c = self.ready[i];

        c->ready = false;
        if (c->state == CONN_LIVE) c->transport->answer(c);
    }
    self.n_ready = 0;
    while (self.doomed != NULL) {
        struct conn *c = self.doomed;

        self.doomed = c->link;
        leave(c);
    }
}

void conns_each(void (*fn)(struct conn *c, void *arg), void *arg)
{
    size_t at = 0;
    struct feed *f;

    while ((f = idmap_next(&self.app->hub.feeds, &at)) != NULL) {
        if (f->kind != FEED_ACCOUNT) continue;
        for (struct subscriber *s = ((struct account *)f)->subscribers; s != NULL; s = s->next) fn(conn_of(s), arg);
    }
}

static void doom_one(struct conn *c, void *arg)
{
    conn_doom(c, *(enum farewell *)arg);
}

void conns_doom_all(enum farewell why)
{
    conns_each(doom_one, &why);
}

void conns_end_session(struct account *a, int64_t session)
{
    for (struct subscriber *s = a->subscribers; s != NULL; s = s->next) {
        if (conn_of(s)->session == session) conn_doom(conn_of(s), FAREWELL_SIGNED_OUT);
    }
    streams_end_session(a->feed.id, session);
}

void conns_end_account(struct account *a)
{
    for (struct subscriber *s = a->subscribers; s != NULL; s = s->next) conn_doom(conn_of(s), FAREWELL_SIGNED_OUT);
    streams_end_account(a->feed.id);
}

void conns_start(struct pushd *app)
{
    self.app = app;
    self.stale_timer = (struct timer){.on = on_stale};
    if (!loop_timer_add(app->loop, &self.stale_timer)) abort();
}

static void close_one(struct conn *c, void *arg)
{
    (void)arg;
    conn_doom(c, FAREWELL_GONE);
}

void conns_stop(void)
{
    conns_each(close_one, NULL);
    conns_reap();
    while (self.leaving != NULL) close_now(conn_of(self.leaving));
    loop_timer_drop(self.app->loop, &self.stale_timer);
    free(self.ready);
    free(self.stale);
}
