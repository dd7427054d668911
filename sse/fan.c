#include "fan.h"

#include "clock.h"
#include "conn.h"
#include "metrics.h"
#include "room.h"

static struct {
    struct pushd *app;
    struct batch *batch; /* NULL: idle */
    void (*done)(void);
    struct buf token;    /* the cursor behind the batch, or empty */
    bool alone;          /* one feed of the batch has listeners */
    /* Which group of the batch is the last one that an account hears: its frame carries the cursor.
     * Groups are numbered over all batches, so that marks need not be cleared. */
    uint64_t group, group_next;
    /* Where we are: the feed's events [at, group_end), of which [at, end) are being sent. */
    size_t at, group_end, end;
    bool sending;
    struct audience who;
    uint32_t account;
    struct subscriber *subscriber;
    struct bundle frames[2]; /* without and with the cursor */
    bool last;               /* the group's last events: the cursor may stand behind them */
} self;

void fan_start(struct pushd *app)
{
    self.app = app;
    self.group_next = 1; /* an account begins with the mark 0: no group's */
}

void fan_stop(void)
{
    bundle_clear(&self.frames[0]);
    bundle_clear(&self.frames[1]);
    batch_unref(self.batch);
    self.batch = NULL;
    buf_free(&self.token);
}

bool fan_idle(void)
{
    return self.batch == NULL;
}

/* --- effects: see event.def --- */

/* Does the event change who hears what, so that what stands before it must be sent first? */
static bool cuts_before(const struct event *e)
{
    const struct account *a;

    switch (e->kind != NULL ? e->kind->effect : EVENT_EFFECT_NOTHING) {
    case EVENT_EFFECT_SUBSCRIBE:
    case EVENT_EFFECT_UNSUBSCRIBE: return hub_account(&self.app->hub, e->subject) != NULL;
    case EVENT_EFFECT_END_SESSION: return true;
    case EVENT_EFFECT_CHECK_PERSON:
        a = hub_account(&self.app->hub, e->subject);
        return a != NULL && !e->active;
    default: return false;
    }
}

static void effect_before(const struct event *e)
{
    struct hub *hub = &self.app->hub;
    struct account *a;

    switch (e->kind != NULL ? e->kind->effect : EVENT_EFFECT_NOTHING) {
    case EVENT_EFFECT_SUBSCRIBE:
        a = hub_account(hub, e->subject);
        /* Without memory for it they come back, and are asked for their rooms again. */
        if (a != NULL && !hub_subscribe(hub, a, e->feed)) conns_end_account(a);
        break;
    case EVENT_EFFECT_UNSUBSCRIBE:
        a = hub_account(hub, e->subject);
        if (a == NULL) break;
        hub_unsubscribe(hub, a, e->feed);
        /* If this was to bring it the cursor, something else must. */
        for (struct subscriber *s = a->subscribers; s != NULL; s = s->next) conn_stale(conn_of(s));
        break;
    case EVENT_EFFECT_END_SESSION:
        a = hub_account(hub, e->feed);
        if (a != NULL) conns_end_session(a, e->subject);
        break;
    case EVENT_EFFECT_CHECK_PERSON:
        a = hub_account(hub, e->subject);
        if (a != NULL && !e->active) conns_end_account(a);
        break;
    default: break;
    }
}

static bool cuts_after(const struct event *e)
{
    return e->kind != NULL && e->kind->effect == EVENT_EFFECT_END_ROOM;
}

/* --- sending --- */

static void segment_begin(void)
{
    struct batch *b = self.batch;

    effect_before(&b->event[self.at]);
    self.end = self.at + 1;
    while (self.end < self.group_end && !cuts_after(&b->event[self.end - 1]) && !cuts_before(&b->event[self.end])) self.end++;
    self.last = self.end == self.group_end && self.token.len > 0;
    hub_audience(&self.app->hub, b->event[self.at].feed, &self.who);
    self.account = 0;
    self.subscriber = self.who.n > 0 ? self.who.account[0]->subscribers : NULL;
    self.sending = true;
}

static void segment_end(void)
{
    bundle_clear(&self.frames[0]);
    bundle_clear(&self.frames[1]);
    if (cuts_after(&self.batch->event[self.end - 1])) hub_end_room(&self.app->hub, self.batch->event[self.at].feed);
    self.at = self.end;
    self.sending = false;
}

static struct frame *frame_for(enum format f, bool cursor)
{
    struct frame **kept = &self.frames[cursor].of[f];

    if (*kept == NULL) *kept = batch_frame(self.batch, self.at, self.end, f, cursor ? buf_view(&self.token) : SLICE_NULL);
    return *kept;
}

static void deliver(struct conn *c, const struct account *a)
{
    bool cursor = self.last && (self.alone || a->mark == self.group);
    struct frame *f;

    if (c->state != CONN_LIVE) return;
    f = frame_for(c->transport->format, cursor);
    if (f == NULL) {
        metric_add(METRIC_out_of_memory, 1);
        conn_doom(c, FAREWELL_INTERNAL);
        return;
    }
    conn_send(c, f);
    metric_add(METRIC_deliveries, self.end - self.at);
    /* Otherwise a later part of the batch brings it; but not to one that has only just come. */
    if (self.token.len == 0 || (!self.alone && a->mark < self.group)) conn_stale(c);
}

/* Sends up to `budget` frames of the segment; returns what is left of the budget. */
static unsigned segment_send(unsigned budget)
{
    for (;;) {
        while (self.subscriber == NULL) {
            if (++self.account >= self.who.n) {
                segment_end();
                return budget;
            }
            self.subscriber = self.who.account[self.account]->subscribers;
        }
        if (budget == 0) return 0;
        budget--;
        deliver(conn_of(self.subscriber), self.who.account[self.account]);
        self.subscriber = self.subscriber->next;
    }
}

static void measure(size_t from, size_t to)
{
    int64_t now = clock_wall();

    for (size_t i = from; i < to; i++) metric_latency(now - self.batch->event[i].at);
}

/* What these events mean for those who are inside a room: told in a moment, apart. */
static void ripples(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct event *e = &self.batch->event[i];

        if (e->kind == NULL) {
            if (strcmp(e->name, "message") == 0) room_message(e->feed, e->subject, e->target);
        } else if (e->kind->effect == EVENT_EFFECT_RECEIPT) {
            room_read(e->subject, e->feed, e->target);
        } else if (e->kind->extra == EVENT_EXTRA_ROOM_NOW && e->feed == e->subject) {
            room_changed(e->feed);
        }
    }
}

bool fan_heard(const struct event *e, size_t n)
{
    if (hub_has_audience(&self.app->hub, e->feed)) return true;
    for (size_t i = 0; i < n; i++) {
        if (e[i].kind != NULL && e[i].kind->effect == EVENT_EFFECT_SUBSCRIBE && cuts_before(&e[i])) return true;
    }
    return false;
}

/* Will only one feed of the batch have listeners? Then the cursor can travel with its events. */
static bool is_alone(const struct batch *b)
{
    unsigned heard = 0;

    for (size_t i = 0, j; i < b->n; i = j) {
        j = batch_group(b, i);
        if (fan_heard(&b->event[i], j - i) && ++heard > 1) return false;
    }
    return true;
}

/* Notes for each account the last group that it will hear. */
static void mark_last(const struct batch *b)
{
    struct audience who;

    for (size_t i = 0; i < b->n; i = batch_group(b, i)) {
        uint64_t group = self.group_next++;

        hub_audience(&self.app->hub, b->event[i].feed, &who);
        for (uint32_t k = 0; k < who.n; k++) who.account[k]->mark = group;
    }
}

bool fan_step(void)
{
    unsigned budget = FAN_SLICE;
    size_t from;

    if (self.batch == NULL) return false;
    while (self.at < self.batch->n) {
        if (self.at >= self.group_end) {
            self.group_end = batch_group(self.batch, self.at);
            self.group++;
        }
        from = self.at;
        if (!self.sending) segment_begin();
        budget = segment_send(budget);
        if (self.sending) return true;
        measure(from, self.at);
        ripples(from, self.at);
    }
    batch_unref(self.batch);
    self.batch = NULL;
    self.done();
    return self.batch != NULL;
}

void fan_out(struct batch *b, struct slice token, void (*done)(void))
{
    self.batch = b;
    self.done = done;
    self.at = self.group_end = self.end = 0;
    self.sending = false;
    buf_clear(&self.token);
    buf_slice(&self.token, token);
    if (!buf_ok(&self.token)) buf_clear(&self.token);
    self.alone = is_alone(b);
    self.group = self.group_next;
    if (!self.alone && self.token.len > 0) mark_last(b);
    /* fan_step counts up to each group as it comes to it. */
    self.group--;
    (void)fan_step();
}
