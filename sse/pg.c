#include "pg.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "db.h"
#include "log.h"
#include "wire.h"

enum { CONNECT_MS = 5000, ANSWER_MS = 30000, BACKOFF_FIRST_MS = 100, BACKOFF_MOST_MS = 4000 };

enum pg_state { PG_IDLE, PG_CONNECTING, PG_UP, PG_WAITING };

struct pg {
    struct watch watch;
    struct timer timer; /* connecting: the limit; up: the answer's limit; waiting: the next try */
    struct loop *loop;
    const char *(*conninfo)(void);
    const struct query *queries;
    int n_queries;
    struct pg_handlers on;
    PGconn *conn;
    bool *prepared;
    enum pg_state state;
    bool watched, writing;
    bool broken; /* found out where nothing may be called back: dropped by the timer */
    unsigned in_flight;
    struct pgreq *head, **tail;
    int64_t backoff_ms;
};

static void on_ready(struct watch *w, uint32_t events);
static void on_timer(struct timer *t);

struct pg *pg_new(struct loop *loop, const char *(*conninfo)(void), const struct query *queries, int n_queries,
                  const struct pg_handlers *handlers)
{
    struct pg *pg = calloc(1, sizeof *pg);

    if (pg == NULL) return NULL;
    pg->loop = loop;
    pg->conninfo = conninfo;
    pg->queries = queries;
    pg->n_queries = n_queries;
    pg->on = *handlers;
    pg->tail = &pg->head;
    pg->watch = (struct watch){.fd = -1, .on = on_ready};
    pg->timer = (struct timer){.on = on_timer};
    pg->prepared = calloc((size_t)n_queries, sizeof *pg->prepared);
    if (pg->prepared == NULL || !loop_timer_add(loop, &pg->timer)) {
        free(pg->prepared);
        free(pg);
        return NULL;
    }
    return pg;
}

bool pg_is_up(const struct pg *pg)
{
    return pg->state == PG_UP && !pg->broken;
}

const char *pg_pooler_complaint(const struct pg *pg, int32_t pid)
{
    return db_pooler_complaint(pg->conn, pid);
}

unsigned pg_in_flight(const struct pg *pg)
{
    return pg->in_flight;
}

/* --- the socket --- */

/* libpq may change its socket while connecting. */
static bool watch_socket(struct pg *pg, uint32_t events)
{
    int fd = PQsocket(pg->conn);

    if (pg->watched && fd == pg->watch.fd && loop_rewatch(pg->loop, &pg->watch, events)) return true;
    if (pg->watched) loop_unwatch(pg->loop, &pg->watch);
    pg->watch.fd = fd;
    pg->watched = fd >= 0 && loop_watch(pg->loop, &pg->watch, events);
    return pg->watched;
}

static void forget_connection(struct pg *pg)
{
    if (pg->watched) loop_unwatch(pg->loop, &pg->watch);
    pg->watched = pg->writing = pg->broken = false;
    pg->watch.fd = -1;
    PQfinish(pg->conn);
    pg->conn = NULL;
    for (int i = 0; i < pg->n_queries; i++) pg->prepared[i] = false;
}

static struct pgreq *take_head(struct pg *pg)
{
    struct pgreq *r = pg->head;

    pg->head = r->next;
    if (pg->head == NULL) pg->tail = &pg->head;
    r->next = NULL;
    pg->in_flight--;
    return r;
}

static void finish(struct pgreq *r, const struct pg_error *error)
{
    struct pg_error *kept = r->error;

    r->error = NULL;
    r->on_done(r, error);
    free(kept);
}

/* The owners may free their requests, and start others elsewhere, but not here: we are not up. */
static void fail_all(struct pg *pg, const char *why)
{
    struct pg_error e = {.away = true};
    struct pgreq *r = pg->head;

    (void)snprintf(e.message, sizeof e.message, "%s", why);
    pg->head = NULL;
    pg->tail = &pg->head;
    pg->in_flight = 0;
    while (r != NULL) {
        struct pgreq *next = r->next;

        r->next = NULL;
        finish(r, &e);
        r = next;
    }
}

void pg_drop(struct pg *pg, const char *why)
{
    char text[256];

    /* `why` may be libpq's own text, which dies with the connection. */
    (void)snprintf(text, sizeof text, "%s", why);
    for (size_t n = strlen(text); n > 0 && text[n - 1] == '\n'; n--) text[n - 1] = '\0';
    pg->state = PG_WAITING;
    forget_connection(pg);
    pg->backoff_ms = pg->backoff_ms == 0 ? BACKOFF_FIRST_MS : pg->backoff_ms * 2;
    if (pg->backoff_ms > BACKOFF_MOST_MS) pg->backoff_ms = BACKOFF_MOST_MS;
    loop_timer_set(pg->loop, &pg->timer, clock_mono() + wire_spread(pg->backoff_ms / 2) * 1000);
    pg->on.down(pg->on.arg, pg, text);
    fail_all(pg, text);
}

void pg_free(struct pg *pg)
{
    if (pg == NULL) return;
    pg->state = PG_IDLE;
    forget_connection(pg);
    fail_all(pg, "shutting down");
    loop_timer_drop(pg->loop, &pg->timer);
    free(pg->prepared);
    free(pg);
}

/* --- connecting --- */

static void notice(void *arg, const PGresult *r)
{
    (void)arg;
    log_debug("database: notice", "message=%s", PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY));
}

static void connected(struct pg *pg)
{
    if (PQsetnonblocking(pg->conn, 1) != 0 || PQenterPipelineMode(pg->conn) != 1 || !watch_socket(pg, EPOLLIN)) {
        pg_drop(pg, "cannot use the connection");
        return;
    }
    (void)PQsetNoticeReceiver(pg->conn, notice, NULL);
    pg->state = PG_UP;
    loop_timer_stop(pg->loop, &pg->timer);
    pg->on.up(pg->on.arg, pg);
}

static void poll_connecting(struct pg *pg)
{
    switch (PQconnectPoll(pg->conn)) {
    case PGRES_POLLING_OK:
        connected(pg);
        return;
    case PGRES_POLLING_READING:
        if (watch_socket(pg, EPOLLIN)) return;
        break;
    case PGRES_POLLING_WRITING:
        if (watch_socket(pg, EPOLLOUT)) return;
        break;
    default:
        break;
    }
    pg_drop(pg, PQerrorMessage(pg->conn));
}

void pg_start(struct pg *pg)
{
    /* What stands before dbname are defaults that the configured string may override. */
    const char *keys[] = {"fallback_application_name", "keepalives_idle", "keepalives_interval", "keepalives_count",
                          "tcp_user_timeout", "dbname", "client_encoding", NULL};
    const char *values[] = {"confab-pushd", "10", "5", "3", "20000", pg->conninfo(), "UTF8", NULL};

    pg->state = PG_CONNECTING;
    loop_timer_set(pg->loop, &pg->timer, clock_mono() + CONNECT_MS * INT64_C(1000));
    pg->conn = PQconnectStartParams(keys, values, 1);
    if (pg->conn == NULL || PQstatus(pg->conn) == CONNECTION_BAD) {
        pg_drop(pg, pg->conn != NULL ? PQerrorMessage(pg->conn) : "out of memory");
    } else if (!watch_socket(pg, EPOLLOUT)) {
        pg_drop(pg, "cannot watch the connection");
    }
}

static void on_timer(struct timer *t)
{
    struct pg *pg = CONTAINER_OF(t, struct pg, timer);

    switch (pg->state) {
    case PG_CONNECTING: pg_drop(pg, "no connection in time"); break;
    case PG_UP: pg_drop(pg, pg->broken ? PQerrorMessage(pg->conn) : "no answer in time"); break;
    case PG_WAITING: pg_start(pg); break;
    default: break;
    }
}

/* --- requests --- */

/* The oldest request in flight decides when we lose patience. */
static void set_patience(struct pg *pg)
{
    if (pg->broken) {
        loop_timer_set(pg->loop, &pg->timer, 0);
    } else if (pg->head == NULL) {
        loop_timer_stop(pg->loop, &pg->timer);
    } else {
        loop_timer_set(pg->loop, &pg->timer, pg->head->sent + ANSWER_MS * INT64_C(1000));
    }
}

static void flush(struct pg *pg)
{
    int left = PQflush(pg->conn);

    if (left < 0) {
        pg->broken = true;
    } else if ((left > 0) != pg->writing) {
        pg->writing = left > 0;
        if (!watch_socket(pg, pg->writing ? EPOLLIN | EPOLLOUT : EPOLLIN)) pg->broken = true;
    }
}

void pg_submit(struct pg *pg, struct pgreq *r, const struct pg_step *steps, int n)
{
    struct pgargs none = PGARGS_INIT;

    r->next = NULL;
    r->sent = clock_mono();
    r->n = (uint8_t)n;
    r->at = r->prepares = 0;
    r->in_prepare = r->failed = false;
    r->error = NULL;
    *pg->tail = r;
    pg->tail = &r->next;
    pg->in_flight++;
    for (int i = 0; i < n && !pg->broken; i++) {
        const struct query *q = &pg->queries[steps[i].query];
        const struct pgargs *a = steps[i].args != NULL ? steps[i].args : &none;

        r->query[i] = (uint8_t)steps[i].query;
        if (a->failed) pg->broken = true;
        if (!pg->prepared[steps[i].query]) {
            if (PQsendPrepare(pg->conn, q->name, q->sql, 0, NULL) != 1) pg->broken = true;
            pg->prepared[steps[i].query] = true;
            r->prepares |= (uint8_t)(1u << i);
        }
        if (PQsendQueryPrepared(pg->conn, q->name, a->n, a->value, a->length, a->format, 1) != 1) pg->broken = true;
    }
    r->in_prepare = (r->prepares & 1) != 0;
    if (!pg->broken && PQpipelineSync(pg->conn) != 1) pg->broken = true;
    if (!pg->broken) flush(pg);
    set_patience(pg);
}

static void keep_error(struct pgreq *r, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE), *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (r->failed) return;
    r->failed = true;
    r->error = calloc(1, sizeof *r->error);
    if (r->error == NULL) return;
    /* 57P: the server is being shut down or has crashed; 08: the connection. */
    r->error->away = state == NULL || strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0;
    (void)snprintf(r->error->sqlstate, sizeof r->error->sqlstate, "%s", state != NULL ? state : "");
    (void)snprintf(r->error->message, sizeof r->error->message, "%s", text != NULL ? text : "");
    if (!r->error->away && strncmp(r->error->sqlstate, "CF", 2) != 0) {
        log_error("database: statement failed", "sqlstate=%s message=%s", r->error->sqlstate, r->error->message);
    }
}

/* A result of the request at the head. */
static void take_result(struct pg *pg, PGresult *result)
{
    struct pgreq *r = pg->head;
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    static const struct pg_error unknown = {.message = "out of memory"};

    if (status == PGRES_PIPELINE_SYNC) {
        PQclear(result);
        pg->backoff_ms = 0;
        r = take_head(pg);
        finish(r, !r->failed ? NULL : r->error != NULL ? r->error : &unknown);
        return;
    }
    if (!good && status != PGRES_PIPELINE_ABORTED) {
        keep_error(r, result);
        /* Without a code it is libpq's own: it ran out of memory. The request counts as lost with its
         * connection, so that has to go as well. */
        if (PQresultErrorField(result, PG_DIAG_SQLSTATE) == NULL) pg->broken = true;
    }
    if (r->in_prepare) {
        r->in_prepare = false;
        if (!good) pg->prepared[r->query[r->at]] = false;
        PQclear(result);
        return;
    }
    if (r->at < r->n) {
        int step = r->at++;

        r->in_prepare = r->at < r->n && (r->prepares >> r->at & 1) != 0;
        if (good) {
            r->on_result(r, step, result);
            return;
        }
    }
    PQclear(result);
}

static void read_results(struct pg *pg)
{
    unsigned nulls = 0;

    if (PQconsumeInput(pg->conn) != 1) {
        pg_drop(pg, PQerrorMessage(pg->conn));
        return;
    }
    while (pg->head != NULL && !PQisBusy(pg->conn)) {
        PGresult *result = PQgetResult(pg->conn);

        /* A NULL ends each statement's results; several in a row mean that there is nothing more. */
        if (result == NULL) {
            if (++nulls > 2) break;
            continue;
        }
        nulls = 0;
        take_result(pg, result);
        /* What was called back may have dropped the connection. */
        if (pg->state != PG_UP) return;
    }
    if (PQstatus(pg->conn) == CONNECTION_BAD) {
        pg_drop(pg, PQerrorMessage(pg->conn));
        return;
    }
    for (PGnotify *n; (n = PQnotifies(pg->conn)) != NULL; PQfreemem(n)) {
        if (pg->on.notified != NULL) pg->on.notified(pg->on.arg, pg);
    }
    set_patience(pg);
}

static void on_ready(struct watch *w, uint32_t events)
{
    struct pg *pg = CONTAINER_OF(w, struct pg, watch);

    if (pg->state == PG_CONNECTING) {
        poll_connecting(pg);
        return;
    }
    if (pg->state != PG_UP || pg->broken) return;
    if ((events & EPOLLOUT) != 0) {
        flush(pg);
        if (pg->broken) {
            set_patience(pg);
            return;
        }
    }
    if (pg->on.ready != NULL && !pg->on.ready(pg->on.arg)) return;
    /* Also when only writing was possible: a full socket makes libpq read ahead into its buffer. */
    read_results(pg);
}
