#include "admission.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "beacon.h"
#include "clock.h"
#include "frames.h"
#include "greet.h"
#include "http.h"
#include "json.h"
#include "log.h"
#include "pgget.h"
#include "presence.h"
#include "row.h"
#include "tail.h"
#include "wire.h"

enum { STEP_SESSION, STEP_ROOMS, STEP_CHANGES, STEPS };

/* Where it is held: in the pool's queue or in flight, or waiting for the tail. */
enum admission_state { ASKING, WAITING };

struct admission {
    struct admission *prev, *next; /* all of them, oldest first */
    struct pool_job job;
    struct pgreq req;
    struct timer timer;
    struct journal_mark mark;
    struct admission_request want;
    struct buf text;         /* what the request's slices point into */
    enum admission_state state;
    bool refused;            /* answered already; the database still owes us its answer */
    uint64_t ticket;
    PGresult *result[STEPS];
    int64_t account, session, expires;
    struct cursor seen;      /* the answer's snapshot */
    /* For the greeting. */
    struct buf feeds, events;
    unsigned n_feeds, damaged;
    bool reset, broken;
};

static struct {
    struct pushd *app;
    struct admission *oldest, *newest;
    uint32_t n;
} self;

uint32_t admissions_count(void)
{
    return self.n;
}

static void admission_free(struct admission *a)
{
    *(a->prev != NULL ? &a->prev->next : &self.oldest) = a->next;
    *(a->next != NULL ? &a->next->prev : &self.newest) = a->prev;
    self.n--;
    metric_set(METRIC_admissions_pending, self.n);
    pool_cancel(self.app->pool, &a->job);
    journal_take(&self.app->journal, &a->mark);
    loop_timer_drop(self.app->loop, &a->timer);
    for (int i = 0; i < STEPS; i++) PQclear(a->result[i]);
    if (a->want.fd >= 0) (void)close(a->want.fd);
    cursor_free(&a->want.cursor);
    cursor_free(&a->seen);
    buf_free(&a->text);
    buf_free(&a->feeds);
    buf_wipe(&a->events);
    free(a);
}

/* Answers the client; a itself goes as soon as the database owes it nothing. */
static void refuse(struct admission *a, enum problem p, const char *detail, int retry_after)
{
    struct buf b = BUF_INIT;

    /* An EventSource that comes back by itself stops for good at 204; everybody else reads the status. */
    if (p == PROBLEM_signed_out && a->want.last_event_id) {
        http_head(&b, &(struct http_answer){.status = 204, .length = -1, .origin = a->want.origin});
    } else {
        http_problem(&b, p, detail, retry_after, a->want.origin);
    }
    metric_add(p == PROBLEM_signed_out ? METRIC_refused_signed_out : METRIC_refused_database, 1);
    http_send_close(a->want.fd, &b);
    buf_free(&b);
    a->want.fd = -1;
    a->refused = true;
    if (a->state == WAITING || a->job.queued) {
        admission_free(a);
    } else {
        loop_timer_stop(self.app->loop, &a->timer);
    }
}

static void refuse_away(struct admission *a)
{
    const char *complaint = tail_complaint();

    if (complaint != NULL) {
        refuse(a, PROBLEM_wrong_schema, complaint, 10);
    } else {
        refuse(a, PROBLEM_unavailable, "The database is away or overloaded.", 1 + (int)wire_spread(1));
    }
}

/* --- 4: live --- */

static void add_event(struct admission *a, const char *name, struct slice json)
{
    if (a->want.transport != NULL) wire_event(a->want.transport->format, &a->events, name, json);
}

static void add_verdict(struct admission *a, const struct row *row)
{
    struct json j;

    if (a->n_feeds++ > 0) buf_byte(&a->feeds, ',');
    json_start(&j, &a->feeds);
    json_begin_object(&j);
    json_kv_id(&j, "feed", row->feed);
    json_kv_text(&j, "verdict", row->kind_name);
    json_kv_int(&j, "head", row->seq);
    json_end(&j);
}

static void read_changes(struct admission *a)
{
    const PGresult *res = a->result[STEP_CHANGES];
    struct buf text = BUF_INIT;
    struct json j;
    struct row row;

    buf_byte(&a->feeds, '[');
    for (int i = 0; i < PQntuples(res); i++) {
        row_read(&row, res, i, a->want.token.tenant);
        switch (row.k) {
        case 'R': a->reset = true; break;
        case 'v': add_verdict(a, &row); break;
        case 'm':
        case 'e':
            buf_clear(&text);
            json_start(&j, &text);
            row_json(&j, &row, self.app->keys, &a->damaged);
            if (!buf_ok(&text)) a->broken = true;
            add_event(a, row.k == 'm' && !row.hidden ? "message" : row.kind != NULL && !row.hidden ? row.kind->name : "hidden", buf_view(&text));
            break;
        default: break;
        }
    }
    buf_byte(&a->feeds, ']');
    buf_wipe(&text);
    metric_add(METRIC_damaged, a->damaged);
}

static void replayed(void *arg, const struct event *e, struct slice json)
{
    struct admission *a = arg;

    /* Batches behind a mark have all their JSON; one without could only be told wrongly. */
    if (json.n == 0) {
        a->broken = true;
        return;
    }
    add_event(a, e->name, json);
}

/* The rooms of the answer, brought up to date. NULL when memory is out; *n the number. */
static int64_t *rooms_now(struct admission *a, size_t *n, bool *ended)
{
    const PGresult *res = a->result[STEP_ROOMS];
    struct replay r = {.tenant = a->want.token.tenant, .account = a->account, .session = a->session, .seen = &a->seen,
                       .deliver = replayed, .arg = a};

    r.cap = (size_t)PQntuples(res) + 1;
    r.rooms = malloc(r.cap * sizeof *r.rooms);
    if (r.rooms == NULL) return NULL;
    for (int i = 0; i < PQntuples(res); i++) r.rooms[r.n++] = pgget_int8(res, i, 0);
    if (!journal_replay(&self.app->journal, &a->mark, &r)) {
        free(r.rooms);
        return NULL;
    }
    *n = r.n;
    *ended = r.ended;
    return r.rooms;
}

static void write_greeting(struct admission *a, struct conn *c)
{
    struct buf out = BUF_INIT;
    struct greeting g = {
        .format = a->want.transport->format, .reset = a->reset, .feeds = buf_view(&a->feeds), .events = buf_view(&a->events),
        .had = a->want.cursor_text, .token = beacon_token(), .account = a->account, .session = a->session,
        .heartbeat_ms = self.app->conf->push_heartbeat_ms, .stream = a->want.stream, .origin = a->want.origin,
        .websocket_accept = a->want.websocket_accept, .subprotocol = a->want.subprotocol};

    metric_add(a->reset ? METRIC_resumes_reset : a->n_feeds > 0 ? METRIC_resumes_more : METRIC_resumes_complete, 1);
    if (!c->transport->held) {
        greet(&out, &g);
        conn_send_buf(c, &out);
    } else if (a->reset || a->n_feeds > 0 || a->events.len > 0 || a->want.wait_ms == 0) {
        greet_answer(&out, &g);
        c->held = false;
        conn_send_buf(c, &out);
        conn_doom(c, FAREWELL_ANSWERED);
    } else {
        conn_hold_until(c, loop_now(self.app->loop) + a->want.wait_ms * 1000);
    }
    buf_wipe(&out);
}

static char *address_copy(struct slice s)
{
    char *copy;

    if (s.n == 0) return NULL;
    copy = malloc(s.n + 1);
    if (copy == NULL) return NULL;
    memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return copy;
}

/* The account in the hub, held once for the new connection. */
static struct account *seat(struct admission *a, const int64_t *rooms, size_t n)
{
    struct account *account = hub_account(&self.app->hub, a->account);

    if (account == NULL) return hub_enter(&self.app->hub, a->want.token.tenant, a->account, rooms, n);
    hub_hold(account);
    /* One that is there already is kept up to date by the tail. One that outlived a loss of rows is not,
     * and must neither hear what it may not nor miss what it may. */
    if (!hub_set_rooms(&self.app->hub, account, rooms, n)) log_warn("an account's rooms were out of date", "account=%lld rooms=%zu", (long long)a->account, n);
    return account;
}

static void open_conn(struct admission *a, const int64_t *rooms, size_t n)
{
    struct account *account = seat(a, rooms, n);
    struct conn_new want = {.fd = a->want.fd, .transport = a->want.transport, .account = account, .session = a->session,
                            .expires = a->expires};
    struct conn *c = NULL;
    struct stream *s;

    if (account != NULL) {
        want.address = address_copy(a->want.address);
        c = conn_open(&want);
        if (c == NULL) {
            free(want.address);
            hub_release(&self.app->hub, account);
        }
    }
    if (c == NULL) {
        metric_add(METRIC_out_of_memory, 1);
        refuse(a, PROBLEM_unavailable, "The server has no room for another stream.", 10);
        return;
    }
    a->want.fd = -1;
    s = stream_get(account, a->want.stream, a->session, a->want.token.hash);
    if (s != NULL) {
        stream_attach(s, c);
    } else {
        conn_doom(c, FAREWELL_INTERNAL);
    }
    write_greeting(a, c);
    if (a->want.early.n > 0 && c->state == CONN_LIVE && c->transport->input != NULL) c->transport->input(c, a->want.early);
    if (c->stream != NULL) rooms_refresh(c->stream);
    admission_free(a);
}

/* Frames by POST: the stream is made, and lives by its lease. */
static void answer_post(struct admission *a, const int64_t *rooms, size_t n)
{
    struct account *account = seat(a, rooms, n);
    struct stream *s = account != NULL ? stream_get(account, a->want.stream, a->session, a->want.token.hash) : NULL;
    struct frames_post post;
    struct buf body = BUF_INIT, out = BUF_INIT;
    char detail[160];

    if (s != NULL && frames_post_read(&post, a->want.early, detail, sizeof detail) == PROBLEM_NONE) {
        struct http_answer answer = {.status = 200, .type = "application/json", .origin = a->want.origin, .more = "Cache-Control: no-store\r\n"};

        frames_post_take(&post, s, &body);
        frames_post_free(&post);
        answer.length = (int64_t)body.len;
        http_head(&out, &answer);
        buf_slice(&out, buf_view(&body));
        if (!buf_ok(&body)) out.failed = true;
        http_send_close(a->want.fd, &out);
        a->want.fd = -1;
    }
    if (account != NULL) hub_release(&self.app->hub, account);
    buf_free(&body);
    buf_free(&out);
    if (a->want.fd >= 0) {
        refuse(a, PROBLEM_unavailable, "The server is short of memory.", 10);
    } else {
        admission_free(a);
    }
}

static void go_live(struct admission *a)
{
    size_t n = 0;
    bool ended = false;
    int64_t *rooms;

    read_changes(a);
    rooms = rooms_now(a, &n, &ended);
    if (ended) {
        refuse(a, PROBLEM_signed_out, "This session has ended. Sign in again.", 0);
    } else if (rooms == NULL || a->broken || !buf_ok(&a->feeds) || !buf_ok(&a->events)) {
        metric_add(METRIC_out_of_memory, 1);
        refuse(a, PROBLEM_unavailable, "The server is short of memory.", 10);
    } else if (a->want.transport != NULL) {
        open_conn(a, rooms, n);
    } else {
        answer_post(a, rooms, n);
    }
    free(rooms);
}

/* Drops the answer and asks anew. */
static void ask_again(struct admission *a)
{
    journal_take(&self.app->journal, &a->mark);
    for (int i = 0; i < STEPS; i++) {
        PQclear(a->result[i]);
        a->result[i] = NULL;
    }
    a->state = ASKING;
    pool_submit(self.app->pool, &a->job);
}

void admissions_caught_up(uint64_t no)
{
    for (struct admission *a = self.oldest, *next; a != NULL; a = next) {
        next = a->next;
        if (a->state != WAITING || a->ticket > no) continue;
        /* Answered before a crash of the server, whose transaction ids have been given again since: what
         * the answer has seen cannot be compared with what the tail has brought. */
        if ((int64_t)a->seen.epoch != tail_epoch()) {
            ask_again(a);
        } else {
            go_live(a);
        }
    }
}

/* --- 2 and 3: the question and its answer --- */

static void on_result(struct pgreq *r, int step, PGresult *result)
{
    struct admission *a = CONTAINER_OF(r, struct admission, req);

    a->result[step] = result;
}

/* Reads who it is, and the snapshot. False when the answer is not what it should be. */
static bool read_answer(struct admission *a)
{
    struct row row;

    a->account = pgget_int8(a->result[STEP_SESSION], 0, 0);
    a->session = pgget_int8(a->result[STEP_SESSION], 0, 1);
    a->expires = pgget_time(a->result[STEP_SESSION], 0, 2) / CLOCK_SECOND;
    if (a->account == 0 || PQntuples(a->result[STEP_CHANGES]) == 0) return false;
    row_read(&row, a->result[STEP_CHANGES], 0, 0);
    return row.k == 's' && cursor_from_snapshot(&a->seen, (uint32_t)row.feed, (uint64_t)row.seq, row.kind_name);
}

static void answered(struct admission *a, const struct pg_error *error)
{
    struct row row;

    a->state = WAITING;
    if (a->refused) {
        admission_free(a);
    } else if (error != NULL && problem_from_sqlstate(error->sqlstate) == PROBLEM_signed_out) {
        refuse(a, PROBLEM_signed_out, error->message, 0);
    } else if (error != NULL && error->away) {
        /* The connection was lost under it; another may be better. */
        ask_again(a);
    } else if (error != NULL || !read_answer(a)) {
        refuse(a, PROBLEM_internal, NULL, 0);
    } else {
        row_read(&row, a->result[STEP_CHANGES], 0, 0);
        if (tail_stands_at(row.feed, row.kind_name)) {
            go_live(a);
        } else {
            a->ticket = tail_ticket();
        }
    }
}

static void on_done(struct pgreq *r, const struct pg_error *error)
{
    answered(CONTAINER_OF(r, struct admission, req), error);
    pool_pump(self.app->pool);
}

static void send_question(struct pool_job *job, struct pg *pg)
{
    struct admission *a = CONTAINER_OF(job, struct admission, job);
    struct pgargs who = PGARGS_INIT, what = PGARGS_INIT;
    struct buf snapshot = BUF_INIT;
    struct pg_step steps[STEPS] = {
        [STEP_SESSION] = {Q_PUSH_SESSION_USE, &who}, [STEP_ROOMS] = {Q_PUSH_MY_MEMBERSHIPS, NULL}, [STEP_CHANGES] = {Q_PUSH_CHANGES, &what}};

    pgargs_int8(&who, a->want.token.tenant);
    pgargs_bytes(&who, slice_make(a->want.token.hash, sizeof a->want.token.hash));
    pgargs_int8(&what, a->want.cursor.epoch);
    pgargs_int8(&what, (int64_t)a->want.cursor.lsn);
    if (a->want.has_cursor) cursor_snapshot(&a->want.cursor, &snapshot);
    if (a->want.has_cursor && buf_ok(&snapshot)) {
        pgargs_text(&what, buf_view(&snapshot));
    } else {
        pgargs_null(&what);
    }
    pgargs_int4(&what, ADMISSION_LIMIT);
    pgargs_int8(&what, a->want.token.tenant);
    journal_put(&self.app->journal, &a->mark);
    a->req = (struct pgreq){.on_result = on_result, .on_done = on_done};
    pg_submit(pg, &a->req, steps, STEPS);
    pgargs_free(&who);
    pgargs_free(&what);
    buf_free(&snapshot);
}

/* --- 1 --- */

static void on_timer(struct timer *t)
{
    refuse_away(CONTAINER_OF(t, struct admission, timer));
}

/* Copies what the slices point at behind each other; they must not move any more afterwards. */
static bool keep_text(struct admission *a, const struct admission_request *r)
{
    struct slice *slices[] = {&a->want.cursor_text, &a->want.origin, &a->want.address, &a->want.websocket_accept, &a->want.early};
    size_t n = r->cursor_text.n + r->origin.n + r->address.n + r->websocket_accept.n + r->early.n;

    if (buf_reserve(&a->text, n) == NULL) return false;
    for (size_t i = 0; i < sizeof slices / sizeof *slices; i++) {
        struct slice s = *slices[i];

        *slices[i] = slice_make(a->text.data + a->text.len, s.n);
        buf_slice(&a->text, s);
    }
    return true;
}

void admission_begin(const struct admission_request *r)
{
    struct admission *a = calloc(1, sizeof *a);
    struct cursor cursor = r->cursor;

    if (a == NULL) goto failed;
    a->want = *r;
    a->timer = (struct timer){.on = on_timer};
    a->job = (struct pool_job){.send = send_question};
    if (!keep_text(a, r)) goto failed;
    if (!loop_timer_add(self.app->loop, &a->timer)) goto failed;
    a->prev = self.newest;
    *(self.newest != NULL ? &self.newest->next : &self.oldest) = a;
    self.newest = a;
    self.n++;
    metric_set(METRIC_admissions_pending, self.n);
    loop_timer_set(self.app->loop, &a->timer, loop_now(self.app->loop) + ADMISSION_WAIT_MS * INT64_C(1000));
    pool_submit(self.app->pool, &a->job);
    return;
failed:
    metric_add(METRIC_out_of_memory, 1);
    if (a != NULL) buf_free(&a->text);
    free(a);
    cursor_free(&cursor);
    (void)close(r->fd);
}

void admissions_refuse_all(void)
{
    for (struct admission *a = self.oldest, *next; a != NULL; a = next) {
        next = a->next;
        if (!a->refused) refuse_away(a);
    }
}

void admissions_start(struct pushd *app)
{
    self.app = app;
}

void admissions_stop(void)
{
    /* The pool is gone: nothing is in flight any more. */
    while (self.oldest != NULL) admission_free(self.oldest);
}
