#include "tail.h"

#include <stdlib.h>

#include "batch.h"
#include "beacon.h"
#include "clock.h"
#include "conn.h"
#include "cursor.h"
#include "db.h"
#include "fan.h"
#include "flood.h"
#include "log.h"
#include "pgget.h"
#include "row.h"
#include "stream.h"
#include "wake.h"

enum { PERIOD_US = 1000000 };

enum tail_state { TAIL_DOWN, TAIL_SETUP, TAIL_READY };

static struct {
    struct pushd *app;
    struct tail_handlers on;
    struct pg *pg;
    struct pgreq req;
    struct timer timer;
    enum tail_state state;
    bool tried, told_down;
    bool asked;  /* a question or a range is under way in the database */
    bool wanted; /* ask again */
    bool flooded, counted; /* this answer is too large */
    uint64_t no; /* of the last question asked */
    /* Where we stand. `snapshot` is at.snapshot's text with a NUL. */
    bool have;
    struct cursor at;
    struct buf snapshot;
    /* Of the answer being read: ours only once the answer is whole. If the connection is lost behind the
     * rows, they are dropped and asked for again from where we stand. */
    struct {
        int64_t epoch, lsn;
        struct buf snapshot;
    } next;
    struct flood flood;
    struct batch *batch; /* of the answer being read */
    int64_t epoch;       /* of the server as of now; setup compares */
    bool lost;           /* setup found that our snapshot is worthless */
    char *complaint;
} self;

static void pump(void);

bool tail_is_up(void)
{
    return self.state == TAIL_READY;
}

const char *tail_complaint(void)
{
    return self.complaint;
}

bool tail_is_settled(void)
{
    return fan_idle() && flood_empty(&self.flood) && self.batch == NULL;
}

int64_t tail_epoch(void)
{
    return self.epoch;
}

bool tail_stands_at(int64_t epoch, struct slice snapshot)
{
    return self.state == TAIL_READY && tail_is_settled() && epoch == self.epoch && slice_eq(snapshot, buf_view(&self.snapshot));
}

/* --- the cursor --- */

/* Takes a snapshot as ours. False when it is malformed or memory is out. */
static bool stand_at(int64_t epoch, int64_t lsn, struct slice snapshot)
{
    if (!cursor_from_snapshot(&self.at, (uint32_t)epoch, (uint64_t)lsn, snapshot)) return false;
    buf_clear(&self.snapshot);
    buf_slice(&self.snapshot, snapshot);
    self.have = buf_cstr(&self.snapshot) != NULL;
    return self.have;
}

static bool note_next(int64_t epoch, int64_t lsn, struct slice snapshot)
{
    self.next.epoch = epoch;
    self.next.lsn = lsn;
    buf_clear(&self.next.snapshot);
    buf_slice(&self.next.snapshot, snapshot);
    return buf_ok(&self.next.snapshot);
}

static bool move_on(void)
{
    return stand_at(self.next.epoch, self.next.lsn, buf_view(&self.next.snapshot));
}

static void tell_cursor(void)
{
    struct buf token = BUF_INIT;

    cursor_encode(&self.at, self.app->keys, &token);
    if (buf_ok(&token)) beacon_set(buf_view(&token));
    buf_free(&token);
}

/* Everybody resumes by a cursor of their own. */
static void send_away(const char *why)
{
    log_warn("tail: all clients are sent back to resume", "why=%s clients=%u", why, conns_count());
    metric_add(METRIC_resyncs, 1);
    flood_clear(&self.flood);
    self.flooded = false;
    conns_doom_all(FAREWELL_RESTART);
    streams_end_all();
    self.on.sent_away();
    /* At once: what the hub knows about who may hear what is out of date. */
    conns_reap();
}

/* --- setting up a connection: each step is asked when the one before has been answered --- */

static void setup_next(void);
static void setup_result(struct pgreq *r, int step, PGresult *res);
static void setup_done(struct pgreq *r, const struct pg_error *error);

static const int setup_steps[] = {Q_PUSH_SETTINGS, Q_PUSH_SCHEMA_VERSION, Q_PUSH_BOOT, Q_PUSH_FUTURE_ROWS, Q_PUSH_LISTEN, Q_PUSH_CURSOR_FIX, Q_PUSH_CURSOR_NOW};
enum { SETUP_STEPS = sizeof setup_steps / sizeof *setup_steps };
static int setup_at;

static void complain(const char *text)
{
    if (self.complaint == NULL || strcmp(self.complaint, text) != 0) {
        log_error("tail: this database cannot be used", "why=%s", text);
        free(self.complaint);
        self.complaint = strdup(text);
    }
    pg_drop(self.pg, text);
}

static void setup_result(struct pgreq *r, int step, PGresult *res)
{
    (void)r;
    (void)step;
    switch (setup_steps[setup_at]) {
    case Q_PUSH_SCHEMA_VERSION: {
        const char *text = pg_pooler_complaint(self.pg, pgget_int4(res, 0, 1));

        if (text == NULL) text = db_version_complaint(pgget_int4(res, 0, 0));
        if (text != NULL) complain(text);
        break;
    }
    case Q_PUSH_BOOT: self.epoch = pgget_int8(res, 0, 0); break;
    case Q_PUSH_FUTURE_ROWS:
        if (pgget_bool(res, 0, 0)) complain("This database was restored or copied. Run: confabctl adopt");
        break;
    case Q_PUSH_CURSOR_FIX:
        self.lost = pgget_null(res, 0, 0) || !stand_at(self.at.epoch, (int64_t)self.at.lsn, pgget_text(res, 0, 0));
        break;
    case Q_PUSH_CURSOR_NOW:
        if (!stand_at(pgget_int8(res, 0, 0), pgget_int8(res, 0, 1), pgget_text(res, 0, 2))) complain("The server's snapshot cannot be read.");
        break;
    default: break;
    }
    PQclear(res);
}

static void setup_answered(const struct pg_error *error)
{
    if (self.state != TAIL_SETUP) return; /* dropped meanwhile */
    if (error == NULL) {
        setup_at++;
        setup_next();
    } else if (!error->away) {
        const char *pooler = db_pooler_refusal(error->sqlstate, error->message);

        if (pooler != NULL) {
            complain(pooler);
        } else if (strncmp(error->sqlstate, "CF", 2) == 0) {
            complain(error->message);
        } else {
            complain("The database has no schema of this program, or not the right one. Run: confabctl init && confabctl migrate");
        }
    }
}

static void setup_done(struct pgreq *r, const struct pg_error *error)
{
    (void)r;
    setup_answered(error);
}

static void tried(void)
{
    if (self.tried) return;
    self.tried = true;
    self.on.first_try(self.complaint);
}

static void setup_finished(void)
{
    bool away = self.lost;

    self.state = TAIL_READY;
    free(self.complaint);
    self.complaint = NULL;
    if (self.told_down) log_info("tail: database is back", "epoch=%lld", (long long)self.epoch);
    self.told_down = false;
    metric_set(METRIC_database_up, 1);
    if (away) send_away("the server lost what our snapshot had seen");
    self.lost = false;
    if (flood_empty(&self.flood)) tell_cursor();
    self.wanted = true;
    tried();
    pump();
}

static bool setup_needs(int query)
{
    if (query == Q_PUSH_CURSOR_FIX) return self.have && self.epoch != (int64_t)self.at.epoch;
    if (query == Q_PUSH_CURSOR_NOW) return !self.have || self.lost;
    return true;
}

static void setup_next(void)
{
    struct pgargs args = PGARGS_INIT;
    struct pg_step step = {0, &args};

    while (setup_at < SETUP_STEPS && !setup_needs(setup_steps[setup_at])) setup_at++;
    if (setup_at == SETUP_STEPS) {
        setup_finished();
        return;
    }
    step.query = setup_steps[setup_at];
    if (step.query == Q_PUSH_LISTEN) {
        wake_listen(self.pg, setup_answered);
        return;
    }
    if (step.query == Q_PUSH_CURSOR_FIX) {
        pgargs_int8(&args, self.at.epoch);
        pgargs_int8(&args, (int64_t)self.at.lsn);
        pgargs_text(&args, buf_view(&self.snapshot));
    }
    self.req = (struct pgreq){.on_result = setup_result, .on_done = setup_done};
    pg_submit(self.pg, &self.req, &step, 1);
    pgargs_free(&args);
}

/* --- connection --- */

static void up(void *arg, struct pg *pg)
{
    (void)arg;
    (void)pg;
    self.state = TAIL_SETUP;
    self.lost = false;
    setup_at = 0;
    setup_next();
}

static void down(void *arg, struct pg *pg, const char *why)
{
    (void)arg;
    (void)pg;
    self.state = TAIL_DOWN;
    metric_set(METRIC_database_up, 0);
    if (!self.told_down && self.complaint == NULL) log_warn("tail: database is away", "error=%s", why);
    self.told_down = true;
    tried();
}

static void notified(void *arg, struct pg *pg)
{
    (void)arg;
    (void)pg;
    wake_notified();
}

/* --- questions --- */

static bool want_json(void *arg, const struct event *e, size_t n)
{
    (void)arg;
    return journal_wanted(&self.app->journal) || fan_heard(e, n);
}

static void batch_done(void)
{
    if (flood_empty(&self.flood)) {
        tell_cursor();
        self.on.caught_up(self.no);
    }
    pump();
}

/* Fans out what an answer brought; the snapshot has been taken already. */
static void hand_out(struct batch *b)
{
    struct buf token = BUF_INIT;

    if (b->n == 0) {
        batch_unref(b);
        batch_done();
        return;
    }
    metric_add(METRIC_events, b->n);
    metric_add(METRIC_batches, 1);
    if (flood_empty(&self.flood)) cursor_encode(&self.at, self.app->keys, &token);
    journal_append(&self.app->journal, b);
    fan_out(b, buf_ok(&token) ? buf_view(&token) : SLICE_NULL, batch_done);
    buf_free(&token);
}

/* The row k = s of an answer: the snapshot that goes with it. */
static bool read_snapshot(const PGresult *res)
{
    struct row row;

    for (int i = 0; i < PQntuples(res); i++) {
        row_read(&row, res, i, 0);
        if (row.k == 's') return note_next(row.feed, row.seq, row.kind_name);
    }
    return false;
}

static void tail_result(struct pgreq *r, int step, PGresult *res)
{
    (void)r;
    (void)step;
    if (flood_seen(res, &self.at, TAIL_LIMIT)) {
        /* Thrown away; our snapshot stays, and the ranges are asked from it. */
        self.flooded = true;
    } else {
        struct batch_want want = {want_json, NULL};

        self.batch = batch_make(res, self.app->keys, &want);
        if (self.batch != NULL && !read_snapshot(res)) {
            batch_unref(self.batch);
            self.batch = NULL;
        }
        if (self.batch == NULL) metric_add(METRIC_out_of_memory, 1);
    }
    PQclear(res);
}

static void tail_done(struct pgreq *r, const struct pg_error *error)
{
    struct batch *b = self.batch;

    (void)r;
    self.asked = false;
    self.batch = NULL;
    if (b != NULL && self.next.epoch != self.epoch) {
        /* `confabctl adopt` began another life under us: what our snapshot means in it, set-up finds out. */
        batch_unref(b);
        self.wanted = true;
        pg_drop(self.pg, "another life of the database has begun");
        return;
    }
    if (error != NULL || (b == NULL && !self.flooded) || (b != NULL && !move_on())) {
        batch_unref(b);
        /* Whatever it was, the snapshot did not move: nothing is lost by asking again. */
        self.wanted = true;
        if (error == NULL || !error->away) pg_drop(self.pg, error != NULL ? error->message : "out of memory");
        return;
    }
    if (b != NULL) {
        hand_out(b);
        return;
    }
    pump();
}

static void ranges_result(struct pgreq *r, int step, PGresult *res)
{
    (void)r;
    (void)step;
    for (int i = 0; i < PQntuples(res); i++) {
        if (!slice_eq(pgget_text(res, i, 0), SLICE("s"))) continue;
        self.counted = flood_fill(&self.flood, res) && note_next(pgget_int8(res, i, 1), pgget_int8(res, i, 2), pgget_text(res, i, 5));
    }
    PQclear(res);
}

static void ranges_done(struct pgreq *r, const struct pg_error *error)
{
    (void)r;
    self.asked = false;
    if (error != NULL || !self.counted || !move_on()) {
        flood_clear(&self.flood);
        if (error == NULL || !error->away) pg_drop(self.pg, error != NULL ? error->message : "out of memory");
        return;
    }
    self.flooded = false;
    metric_add(METRIC_floods, 1);
    log_info("tail: a flood is fetched by ranges", "feeds=%zu rows=%lld", self.flood.n, (long long)self.flood.rows);
    if (self.flood.rows > TAIL_FLOOD_MAX) send_away("too much has changed at once");
    if (flood_empty(&self.flood)) {
        batch_done();
    } else {
        pump();
    }
}

static void chunk_result(struct pgreq *r, int step, PGresult *res)
{
    struct batch_want want = {want_json, NULL};

    (void)r;
    (void)step;
    self.batch = batch_make(res, self.app->keys, &want);
    PQclear(res);
}

static void chunk_done(struct pgreq *r, const struct pg_error *error)
{
    struct batch *b = self.batch;

    (void)r;
    self.asked = false;
    self.batch = NULL;
    if (error != NULL || b == NULL) {
        batch_unref(b);
        /* The ranges stay queued and are asked again on the next connection. */
        if (error == NULL || !error->away) pg_drop(self.pg, error != NULL ? error->message : "out of memory");
        return;
    }
    flood_advance(&self.flood);
    hand_out(b);
}

static void ask(int query, struct pgargs *args, void (*on_result)(struct pgreq *, int, PGresult *), void (*on_done)(struct pgreq *, const struct pg_error *))
{
    struct pg_step step = {query, args};

    self.asked = true;
    self.req = (struct pgreq){.on_result = on_result, .on_done = on_done};
    pg_submit(self.pg, &self.req, &step, 1);
    pgargs_free(args);
}

/* The snapshot is passed as text: its binary form is the server's own business. */
static void snapshot_arg(struct pgargs *args)
{
    pgargs_str(args, self.snapshot.data);
    args->format[args->n - 1] = 0;
}

static void pump(void)
{
    struct pgargs args = PGARGS_INIT;
    int64_t ranges[3 * FLOOD_CHUNK];

    if (self.state != TAIL_READY || !pg_is_up(self.pg) || self.asked || !fan_idle()) return;
    if (!flood_empty(&self.flood)) {
        pgargs_int8_array(&args, ranges, flood_chunk(&self.flood, ranges));
        ask(Q_PUSH_RANGE_ROWS, &args, chunk_result, chunk_done);
    } else if (self.flooded) {
        self.counted = false;
        snapshot_arg(&args);
        ask(Q_PUSH_RANGES, &args, ranges_result, ranges_done);
    } else if (self.wanted) {
        self.wanted = false;
        self.no++;
        metric_add(METRIC_tail_queries, 1);
        loop_timer_set(self.app->loop, &self.timer, loop_now(self.app->loop) + PERIOD_US);
        snapshot_arg(&args);
        pgargs_int4(&args, TAIL_LIMIT);
        ask(Q_PUSH_TAIL, &args, tail_result, tail_done);
    }
}

void tail_wake(void)
{
    self.wanted = true;
    pump();
}

uint64_t tail_ticket(void)
{
    uint64_t ticket = self.no + 1;

    tail_wake();
    return ticket;
}

static void on_timer(struct timer *t)
{
    loop_timer_set(self.app->loop, t, loop_now(self.app->loop) + PERIOD_US);
    tail_wake();
}

static const char *conninfo(void)
{
    return self.app->conf->database_push;
}

bool tail_start(struct pushd *app, const struct tail_handlers *on)
{
    struct pg_handlers handlers = {.up = up, .down = down, .notified = notified};

    self.app = app;
    self.on = *on;
    self.timer = (struct timer){.on = on_timer};
    wake_start(tail_wake);
    if (!loop_timer_add(app->loop, &self.timer)) return false;
    self.pg = pg_new(app->loop, conninfo, push_queries, Q_PUSH_COUNT, &handlers);
    if (self.pg == NULL) return false;
    loop_timer_set(app->loop, &self.timer, loop_now(app->loop) + PERIOD_US);
    pg_start(self.pg);
    return true;
}

void tail_stop(void)
{
    self.state = TAIL_DOWN;
    pg_free(self.pg);
    loop_timer_drop(self.app->loop, &self.timer);
    flood_clear(&self.flood);
    cursor_free(&self.at);
    buf_free(&self.snapshot);
    buf_free(&self.next.snapshot);
    free(self.complaint);
}
