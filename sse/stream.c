#include "stream.h"

#include <stdlib.h>

#include "fan.h"
#include "room.h"

enum { AGAIN_US = 10000, BYE_US = 2000000 };

static struct {
    struct pushd *app;
    struct stream **head;
    size_t n, cap; /* cap is a power of two */
    uint64_t salt;
} self;

/* Clients choose these ids, so where one goes must not be for them to foresee. */
static size_t place(const uint8_t id[STREAM_ID], size_t cap)
{
    uint64_t a, b;

    memcpy(&a, id, sizeof a);
    memcpy(&b, id + sizeof a, sizeof b);
    a = (a ^ self.salt) * UINT64_C(0x9E3779B97F4A7C15);
    a = (a ^ (a >> 29) ^ b ^ (self.salt << 7 | self.salt >> 57)) * UINT64_C(0xBF58476D1CE4E5B9);
    return (size_t)(a >> 32) & (cap - 1);
}

static bool grow(void)
{
    size_t cap = self.cap > 0 ? self.cap * 2 : 64;
    struct stream **head = calloc(cap, sizeof *head);

    if (head == NULL) return false;
    for (size_t i = 0; i < self.cap; i++) {
        while (self.head[i] != NULL) {
            struct stream *s = self.head[i], **to = &head[place(s->id, cap)];

            self.head[i] = s->hash_next;
            s->hash_next = *to;
            *to = s;
        }
    }
    free(self.head);
    self.head = head;
    self.cap = cap;
    return true;
}

static int64_t lease_us(const struct stream *s)
{
    return (s->ws ? self.app->conf->push_lease_ws_ms : self.app->conf->push_lease_ms) * 1000;
}

static void stream_free(struct stream *s)
{
    struct stream **at = &self.head[place(s->id, self.cap)];

    while (*at != s) at = &(*at)->hash_next;
    *at = s->hash_next;
    self.n--;
    metric_sub(METRIC_streams, 1);
    room_exit_all(s);
    loop_timer_drop(self.app->loop, &s->lease);
    if (s->conn != NULL) s->conn->stream = NULL;
    hub_release(&self.app->hub, s->account);
    free(s);
}

/* The last one takes its account with it, and that must not happen under a fan-out's feet. */
static void let_go(struct stream *s)
{
    if (fan_idle()) {
        stream_free(s);
        return;
    }
    room_exit_all(s);
    s->over = true;
    loop_timer_set(self.app->loop, &s->lease, loop_now(self.app->loop) + AGAIN_US);
}

static void set_lease(struct stream *s)
{
    int64_t at = s->heard + lease_us(s), least = loop_now(self.app->loop) + 1000;

    loop_timer_set(self.app->loop, &s->lease, at > least ? at : least);
}

static void on_lease(struct timer *t)
{
    struct stream *s = CONTAINER_OF(t, struct stream, lease);

    if (!fan_idle()) {
        loop_timer_set(self.app->loop, t, loop_now(self.app->loop) + AGAIN_US);
        return;
    }
    if (!s->over && loop_now(self.app->loop) < s->heard + lease_us(s)) {
        set_lease(s);
        return;
    }
    room_exit_all(s);
    if (s->conn == NULL) {
        stream_free(s);
    } else {
        /* Nothing can run out before that: whatever the client says from now on renews the lease. */
        loop_timer_set(self.app->loop, t, loop_now(self.app->loop) + lease_us(s));
    }
}

static struct stream *find_of(int64_t account, const uint8_t id[STREAM_ID])
{
    struct stream *s = self.cap > 0 ? self.head[place(id, self.cap)] : NULL;

    while (s != NULL && (s->account->feed.id != account || memcmp(s->id, id, STREAM_ID) != 0)) s = s->hash_next;
    return s;
}

struct stream *stream_find(const uint8_t id[STREAM_ID], const uint8_t token[STREAM_TOKEN])
{
    struct stream *s = self.cap > 0 ? self.head[place(id, self.cap)] : NULL;

    while (s != NULL && (memcmp(s->id, id, STREAM_ID) != 0 || memcmp(s->token, token, STREAM_TOKEN) != 0)) s = s->hash_next;
    return s;
}

static struct stream *make(struct account *a, const uint8_t id[STREAM_ID])
{
    struct stream *s, **to;

    if (self.n >= self.cap && !grow() && self.cap == 0) return NULL;
    s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->lease = (struct timer){.on = on_lease};
    if (!loop_timer_add(self.app->loop, &s->lease)) {
        free(s);
        return NULL;
    }
    memcpy(s->id, id, STREAM_ID);
    s->account = a;
    hub_hold(a);
    to = &self.head[place(id, self.cap)];
    s->hash_next = *to;
    *to = s;
    self.n++;
    metric_add(METRIC_streams, 1);
    return s;
}

struct stream *stream_get(struct account *a, const uint8_t id[STREAM_ID], int64_t session, const uint8_t token[STREAM_TOKEN])
{
    struct stream *s = find_of(a->feed.id, id);

    if (s == NULL) s = make(a, id);
    if (s == NULL) return NULL;
    s->over = false;
    s->session = session;
    memcpy(s->token, token, STREAM_TOKEN);
    stream_heard(s);
    set_lease(s);
    return s;
}

void stream_attach(struct stream *s, struct conn *c)
{
    /* An older connection of the same client is dead or about to be; it goes by itself. */
    if (s->conn != NULL) s->conn->stream = NULL;
    s->conn = c;
    c->stream = s;
    s->ws = c->transport->format == FORMAT_WS;
}

void stream_detach(struct conn *c, enum stream_why why)
{
    struct stream *s = c->stream;

    if (s == NULL) return;
    c->stream = NULL;
    s->conn = NULL;
    /* Between two polls it must be found by frames that come by POST; a WebSocket or an SSE stream
     * that is in no room leaves nothing behind. */
    if (why == STREAM_ENDS || s->over || (s->n_rooms == 0 && (why == STREAM_BYE || c->transport->format != FORMAT_POLL))) {
        let_go(s);
    } else if (why == STREAM_BYE) {
        stream_bye(s);
    }
}

void stream_bye(struct stream *s)
{
    int64_t heard = loop_now(self.app->loop) + BYE_US - lease_us(s);

    if (heard < s->heard) s->heard = heard;
    set_lease(s);
}

void stream_heard(struct stream *s)
{
    s->heard = loop_now(self.app->loop);
}

bool stream_is_member(const struct stream *s, int64_t room)
{
    return hub_is_member(&self.app->hub, s->account, room);
}

void stream_end(struct stream *s)
{
    room_exit_all(s);
    if (s->conn == NULL) {
        let_go(s);
    } else {
        /* Also a poll's: it goes with its connection, whatever the lease. */
        s->over = true;
    }
}

static void end_where(int64_t account, int64_t session)
{
    for (size_t i = 0; i < self.cap; i++) {
        for (struct stream *s = self.head[i], *next; s != NULL; s = next) {
            next = s->hash_next;
            if (account != 0 && s->account->feed.id != account) continue;
            if (session != 0 && s->session != session) continue;
            stream_end(s);
        }
    }
}

void streams_end_session(int64_t account, int64_t session)
{
    end_where(account, session);
}

void streams_end_account(int64_t account)
{
    end_where(account, 0);
}

void streams_end_all(void)
{
    end_where(0, 0);
}

void streams_start(struct pushd *app)
{
    self.app = app;
    crypto_random(&self.salt, sizeof self.salt);
}

void streams_stop(void)
{
    for (size_t i = 0; i < self.cap; i++) {
        while (self.head[i] != NULL) stream_free(self.head[i]);
    }
    free(self.head);
    self.head = NULL;
    self.cap = 0;
}
