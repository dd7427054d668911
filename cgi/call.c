#include "call.h"

#include <stdlib.h>

#include "log.h"

struct pgargs *call_args(struct call *c)
{
    /* More would be a mistake in a handler, found by the first test of it. */
    if (c->n_args == CALL_ARGS_MOST) abort();
    c->args[c->n_args] = (struct pgargs)PGARGS_INIT;
    return &c->args[c->n_args++];
}

static void free_args(struct call *c)
{
    while (c->n_args > 0) pgargs_free(&c->args[--c->n_args]);
}

void call_done(struct call *c)
{
    db_done(c->api->db);
    free_args(c);
    c->queueing = c->snapshot = false;
}

/* A round trip begins: what is left of the one before goes. Its parameters were freed when it was
 * sent; those of this one may be there already. */
static void begin(struct call *c)
{
    if (c->queueing) return;
    db_done(c->api->db);
    c->queueing = true;
    if (c->snapshot) db_queue_sql(c->api->db, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    if (c->who.by != WHO_NOBODY) session_queue(&c->who, c->api->db, call_args(c));
}

void call_snapshot(struct call *c)
{
    c->snapshot = true;
}

void call_queue(struct call *c, int query, struct pgargs *a)
{
    begin(c);
    db_queue(c->api->db, query, a);
}

/* The result of the session's check comes first. */
static bool take_identity(struct call *c, bool snapshot)
{
    PGresult *r;

    if (snapshot && call_next(c) == NULL) return false;
    if (c->who.by == WHO_NOBODY) return true;
    r = call_next(c);
    if (r == NULL) return false;
    if (session_row(&c->who, &c->api->memory, r)) return true;
    log_error("session: not the one that was known", "request=%s", c->req.id);
    reply_problem(&c->reply, PROBLEM_internal, NULL);
    return false;
}

static bool send(struct call *c, bool notify)
{
    struct db *db = c->api->db;
    bool snapshot = c->snapshot, sent;

    /* Skipped if a statement before it fails; db_done rolls back then. */
    if (snapshot) db_queue_sql(db, "COMMIT");
    db_mark(db);
    if (notify) {
        db_queue(db, Q_API_NOTIFY, NULL);
        db_mark(db);
    }
    sent = db_send(db) == DB_OK;
    free_args(c);
    c->queueing = c->snapshot = false;
    if (!sent) {
        call_failed(c);
        return false;
    }
    return take_identity(c, snapshot);
}

bool call_read(struct call *c)
{
    return send(c, false);
}

bool call_write(struct call *c)
{
    return send(c, true);
}

PGresult *call_next(struct call *c)
{
    PGresult *r = db_next(c->api->db);

    if (r == NULL) call_failed(c);
    return r;
}

bool call_committed(struct call *c)
{
    if (db_committed(c->api->db)) return true;
    call_failed(c);
    return false;
}

bool call_do(struct call *c, int query, struct pgargs *a)
{
    call_queue(c, query, a);
    return call_write(c) && call_next(c) != NULL && call_committed(c);
}

/* Locks and shutdowns that another try gets past. */
static bool is_passing(const char *sqlstate)
{
    static const char *const passing[] = {"40001", "40P01", "55P03", "57014", "25006"};

    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        if (strcmp(sqlstate, passing[i]) == 0) return true;
    }
    return strncmp(sqlstate, "53", 2) == 0;
}

static void too_many(struct call *c, const struct db_error *e)
{
    uint64_t wait = 1;

    (void)slice_u64(slice_str(e->detail), 86400, &wait);
    reply_too_many(&c->reply, e->message, (int64_t)wait, "send", c->api->conf->send_burst, c->api->conf->send_period_ms / 1000);
}

void call_failed(struct call *c)
{
    const struct db_error *e = db_error(c->api->db);
    enum problem p = problem_from_sqlstate(e->sqlstate);

    if (e->status == DB_FAILED && p == PROBLEM_too_many) {
        too_many(c, e);
    } else if (e->status == DB_FAILED && p != PROBLEM_NONE) {
        /* Raised by our functions with a sentence for a person. */
        if (p == PROBLEM_wrong_schema) log_error("database: needs the operator", "request=%s says=%s", c->req.id, e->message);
        reply_problem(&c->reply, p, e->message);
    } else if (e->status == DB_FAILED && strcmp(e->sqlstate, "23505") == 0) {
        reply_problem(&c->reply, PROBLEM_conflict, "This client_id was used for something else.");
    } else if (e->status == DB_FAILED && !is_passing(e->sqlstate)) {
        log_error("request: failed", "request=%s route=%s sqlstate=%s", c->req.id, c->route ? c->route->pattern : "-", e->sqlstate);
        reply_problem(&c->reply, PROBLEM_internal, NULL);
    } else {
        log_warn("request: database away", "request=%s sqlstate=%s error=%s", c->req.id, e->sqlstate, e->message);
        reply_problem(&c->reply, PROBLEM_unavailable, "The database cannot be asked just now. Try again in a moment.");
    }
}

bool call_know(struct call *c)
{
    if (c->who.account != 0) return true;
    begin(c);
    return call_read(c) && call_committed(c);
}

int32_t call_limit(const struct call *c, int32_t usual)
{
    return c->f[F_limit].given ? (int32_t)c->f[F_limit].number : usual;
}
