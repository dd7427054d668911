#include "db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "log.h"

#define BACKOFF_FIRST (CLOCK_SECOND / 10)
#define BACKOFF_MOST CLOCK_SECOND
/* A statement that takes longer than this is ended by the server. */
#define TIMEOUT_MS "30000"
/* Generic plans: every statement is a lookup by key, so a custom plan costs more than it can win, and
 * in a CGI process that calls each function once it would be made each time. No sequential scans: a
 * plan made while a table was small would be kept while it grows. */
#define SETTINGS "-c jit=off -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c statement_timeout=" TIMEOUT_MS " -c idle_in_transaction_session_timeout=" TIMEOUT_MS

/* What the server still owes us an answer to, in order. */
enum owed_kind { OWED_PREPARE, OWED_RESULT, OWED_MARK };
struct owed {
    enum owed_kind kind;
    int query;
    PGresult *result; /* once it has come; it lives until db_done */
};

struct db {
    char *conninfo;
    const struct query *queries;
    int n_queries;
    PGconn *conn;
    bool *prepared;
    bool in_pipeline;
    bool failed;         /* a statement of the present transaction failed */
    bool fresh;          /* nothing of this transaction has been read yet */
    struct owed *owed;
    size_t n_owed, owed_cap, next_owed;
    int64_t backoff, retry_at;
    struct db_error error;
};

struct db *db_new(const char *conninfo, const struct query *queries, int n)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        return NULL;
    db->conninfo = strdup(conninfo);
    db->queries = queries;
    db->n_queries = n;
    db->prepared = calloc((size_t)n, sizeof *db->prepared);
    if (!db->conninfo || !db->prepared) {
        db_free(db);
        return NULL;
    }
    return db;
}

static void forget_owed(struct db *db)
{
    for (size_t i = 0; i < db->next_owed; i++)
        PQclear(db->owed[i].result);
    db->n_owed = db->next_owed = 0;
}

static void close_conn(struct db *db)
{
    forget_owed(db);
    PQfinish(db->conn);
    db->conn = NULL;
    db->in_pipeline = db->failed = false;
    memset(db->prepared, 0, (size_t)db->n_queries * sizeof *db->prepared);
}

void db_free(struct db *db)
{
    if (!db)
        return;
    if (db->prepared)
        close_conn(db);
    free(db->prepared);
    free(db->owed);
    free(db->conninfo);
    free(db);
}

const struct db_error *db_error(const struct db *db) { return &db->error; }
PGconn *db_conn(struct db *db) { return db->conn; }

static enum db_status set_error(struct db *db, enum db_status status, const char *sqlstate, const char *message, const char *detail)
{
    db->error.status = status;
    snprintf(db->error.sqlstate, sizeof db->error.sqlstate, "%s", sqlstate ? sqlstate : "");
    snprintf(db->error.message, sizeof db->error.message, "%s", message ? message : "");
    snprintf(db->error.detail, sizeof db->error.detail, "%s", detail ? detail : "");
    return status;
}

/* Class 57 is the server going away (shutdown, crash, terminated by the operator), 08 the connection. */
static bool sqlstate_is_away(const char *s)
{
    return s && (strncmp(s, "08", 2) == 0 || strncmp(s, "57P", 3) == 0 || strncmp(s, "53300", 5) == 0);
}

/* Keeps the first error of a transaction: those that follow are its consequence. */
static void note_result_error(struct db *db, const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    if (db->failed)
        return;
    db->failed = true;
    if (PQstatus(db->conn) == CONNECTION_BAD || sqlstate_is_away(state) || !state) {
        set_error(db, DB_AWAY, state, PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY), NULL);
        return;
    }
    set_error(db, DB_FAILED, state, PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY), PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL));
    /* CF...: raised by our own functions for the client; anything else is a fault of ours. */
    if (strncmp(state, "CF", 2) != 0)
        log_error("database: statement failed", "sqlstate=%s message=%s", state, db->error.message);
}

const char *db_version_complaint(int64_t version)
{
    if (version < DB_SCHEMA_LEAST)
        return "The database's schema is older than this program. Run: confabctl migrate";
    if (version / DB_SCHEMA_SERIES > DB_SCHEMA_MOST / DB_SCHEMA_SERIES)
        return "The database's schema is newer than this program. Install the newer programs (confabctl doctor tells the versions).";
    return NULL;
}

static const char through_pooler[] = "A pooler such as pgbouncer stands between this program and PostgreSQL: prepared statements, session settings and "
                                     "LISTEN do not work through it. Connect to PostgreSQL itself (database_api, database_push, database_admin).";

const char *db_pooler_complaint(PGconn *conn, int32_t pid)
{
    return PQbackendPID(conn) == pid ? NULL : through_pooler;
}

/* pgbouncer refuses `options` at connect unless told to ignore them; and a backend that was somebody
 * else's before has his prepared statements (42P05) and lacks ours (26000). */
const char *db_pooler_refusal(const char *sqlstate, const char *message)
{
    bool strange = strcmp(sqlstate, "42P05") == 0 || strcmp(sqlstate, "26000") == 0;
    return strange || strstr(message, "unsupported startup parameter") ? through_pooler : NULL;
}

/* What the server says beside results: mostly that it is going away. */
static void note_notice(void *arg, const PGresult *r)
{
    const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    (void)arg;
    log_info("database: notice", "message=%s", text ? text : "");
}

/* Opens the connection within the time given. */
static bool connect_within(struct db *db, int timeout_ms)
{
    int64_t end = clock_mono() + (int64_t)timeout_ms * 1000;
    const char *keys[] = {"dbname", "application_name", "options", "client_encoding", NULL};
    const char *values[] = {db->conninfo, "confab", SETTINGS, "UTF8", NULL};
    db->conn = PQconnectStartParams(keys, values, 1);
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (db->conn && PQstatus(db->conn) != CONNECTION_BAD && next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        int64_t left = (end - clock_mono()) / 1000;
        struct pollfd p = {.fd = PQsocket(db->conn), .events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        if (left <= 0 || poll(&p, 1, (int)left) == 0)
            break;
        next = PQconnectPoll(db->conn);
    }
    return db->conn && next == PGRES_POLLING_OK && PQstatus(db->conn) == CONNECTION_OK;
}

/* The statement of that name in the program's own table, or -1. */
static int query_by_name(const struct db *db, const char *name)
{
    for (int i = 0; i < db->n_queries; i++)
        if (strcmp(db->queries[i].name, name) == 0)
            return i;
    return -1;
}

/* What must hold before a program works on this database. */
static enum db_status check(struct db *db)
{
    int version = query_by_name(db, "schema_version"), boot = query_by_name(db, "boot"), future = query_by_name(db, "future_rows");
    if (version < 0)
        return DB_OK;
    db_queue(db, version, NULL);
    db_mark(db);
    db_queue(db, boot, NULL);
    db_queue(db, future, NULL);
    db_mark(db);
    enum db_status status = db_send(db);
    if (status != DB_OK)
        return status;
    PGresult *r = db_next(db);
    const char *complaint = NULL;
    if (r) {
        complaint = db_pooler_complaint(db->conn, pgget_int4(r, 0, 1));
        if (!complaint)
            complaint = db_version_complaint(pgget_int4(r, 0, 0));
    } else if (db->error.status == DB_FAILED) {
        complaint = db_pooler_refusal(db->error.sqlstate, db->error.message);
        if (!complaint)
            complaint = "The database has no schema of this program. Run: confabctl init && confabctl migrate";
    }
    if (complaint) {
        db_done(db);
        return set_error(db, DB_FAILED, "CF50A", complaint, NULL);
    }
    if (!r || !db_committed(db) || !db_next(db) || !(r = db_next(db))) {
        struct db_error kept = db->error;
        db_done(db);
        db->error = kept;
        return kept.status;
    }
    bool from_future = pgget_bool(r, 0, 0);
    db_done(db);
    if (from_future)
        return set_error(db, DB_FAILED, "CF50A", "This database was restored or copied. Run: confabctl adopt", NULL);
    return DB_OK;
}

/* An idle connection has nothing to read unless the server went away (or said that it will): seen
 * here, that costs nobody a failed request. */
static bool still_there(struct db *db)
{
    if (!db->conn || PQstatus(db->conn) != CONNECTION_OK)
        return false;
    struct pollfd p = {.fd = PQsocket(db->conn), .events = POLLIN};
    /* The farewell comes first, the end of the stream behind it. */
    while (poll(&p, 1, 0) > 0 && PQconsumeInput(db->conn) && PQstatus(db->conn) == CONNECTION_OK)
        PQisBusy(db->conn);
    return PQstatus(db->conn) == CONNECTION_OK;
}

enum db_status db_ready(struct db *db, int connect_timeout_ms)
{
    if (still_there(db))
        return DB_OK;
    if (db->conn)
        close_conn(db);
    if (clock_mono() < db->retry_at)
        return set_error(db, DB_AWAY, "", "waiting before the next try", NULL);
    enum db_status status;
    if (connect_within(db, connect_timeout_ms)) {
        PQsetNoticeReceiver(db->conn, note_notice, NULL);
        status = check(db);
    } else {
        char why[256];
        snprintf(why, sizeof why, "%s", db->conn ? PQerrorMessage(db->conn) : "out of memory");
        const char *pooler = db_pooler_refusal("", why);
        status = pooler ? set_error(db, DB_FAILED, "CF50A", pooler, NULL) : set_error(db, DB_AWAY, "", why[0] ? why : "no answer in time", NULL);
    }
    if (status == DB_OK) {
        db->backoff = db->retry_at = 0;
        return DB_OK;
    }
    log_warn("database: not usable", "error=%s", db->error.message);
    close_conn(db);
    db->backoff = db->backoff ? db->backoff * 2 : BACKOFF_FIRST;
    if (db->backoff > BACKOFF_MOST)
        db->backoff = BACKOFF_MOST;
    db->retry_at = clock_mono() + db->backoff;
    return status;
}

enum db_status db_wait(struct db *db, int64_t timeout_us)
{
    int64_t end = clock_mono() + timeout_us;
    for (;;) {
        enum db_status status = db_ready(db, 2000);
        if (status != DB_AWAY || clock_mono() >= end)
            return status;
        struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
        nanosleep(&pause, NULL);
    }
}

static bool enter_pipeline(struct db *db)
{
    if (!db->conn)
        return false;
    if (!db->in_pipeline && !PQenterPipelineMode(db->conn))
        return false;
    db->in_pipeline = true;
    return true;
}

static bool owe(struct db *db, enum owed_kind kind, int query)
{
    if (db->n_owed == db->owed_cap) {
        size_t cap = db->owed_cap ? db->owed_cap * 2 : 16;
        struct owed *more = realloc(db->owed, cap * sizeof *more);
        if (!more)
            return false;
        db->owed = more;
        db->owed_cap = cap;
    }
    db->owed[db->n_owed++] = (struct owed){kind, query, NULL};
    return true;
}

/* Something could not be sent: without this statement the rest of its transaction must not commit,
 * and closing the connection is what makes sure of that. */
static void give_up(struct db *db)
{
    if (db->conn)
        close_conn(db);
}

void db_queue(struct db *db, int query, struct pgargs *args)
{
    struct pgargs none = PGARGS_INIT;
    struct pgargs *a = args ? args : &none;
    if (query < 0 || query >= db->n_queries || a->failed) {
        give_up(db);
        return;
    }
    if (!enter_pipeline(db))
        return;
    const struct query *q = &db->queries[query];
    if (!db->prepared[query]) {
        if (!owe(db, OWED_PREPARE, query) || !PQsendPrepare(db->conn, q->name, q->sql, 0, NULL)) {
            give_up(db);
            return;
        }
        db->prepared[query] = true;
    }
    if (!owe(db, OWED_RESULT, query) || !PQsendQueryPrepared(db->conn, q->name, a->n, a->value, a->length, a->format, 1))
        give_up(db);
}

void db_queue_sql(struct db *db, const char *sql)
{
    if (enter_pipeline(db) && (!owe(db, OWED_RESULT, -1) || !PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 1)))
        give_up(db);
}

void db_mark(struct db *db)
{
    if (enter_pipeline(db) && (!owe(db, OWED_MARK, -1) || !PQpipelineSync(db->conn)))
        give_up(db);
}

enum db_status db_send(struct db *db)
{
    if (!db->conn || PQflush(db->conn) != 0 || PQstatus(db->conn) != CONNECTION_OK) {
        set_error(db, DB_AWAY, "", db->conn ? PQerrorMessage(db->conn) : "not connected", NULL);
        if (db->conn)
            close_conn(db);
        return DB_AWAY;
    }
    db->failed = false;
    db->error = (struct db_error){0};
    return DB_OK;
}

static void lost(struct db *db)
{
    const char *why = db->conn ? PQerrorMessage(db->conn) : "";
    if (!db->failed || db->error.status == DB_OK)
        set_error(db, DB_AWAY, "", why[0] ? why : "the connection was lost", NULL);
    db->failed = true;
    give_up(db);
}

/* Reads the answer to the next thing owed. The result, if it is one of a statement, is in its place.
 * False when nothing is owed, or the connection was lost. */
static bool read_one(struct db *db, enum owed_kind *kind)
{
    if (!db->conn || db->next_owed >= db->n_owed)
        return false;
    struct owed *slot = &db->owed[db->next_owed++], item = *slot;
    *kind = item.kind;
    if (db->fresh) {
        db->fresh = db->failed = false;
    }
    PGresult *r = PQgetResult(db->conn);
    if (!r) {
        lost(db);
        return false;
    }
    ExecStatusType status = PQresultStatus(r);
    if (item.kind == OWED_MARK) {
        bool ok = status == PGRES_PIPELINE_SYNC;
        PQclear(r);
        /* The next answer belongs to the next transaction. */
        db->fresh = true;
        if (!ok)
            lost(db);
        return ok;
    }
    bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (!good && item.kind == OWED_PREPARE)
        db->prepared[item.query] = false; /* skipped with its transaction: prepare it next time */
    if (!good && status != PGRES_PIPELINE_ABORTED)
        note_result_error(db, r);
    if (good && item.kind == OWED_RESULT)
        slot->result = r;
    else
        PQclear(r);
    /* Behind each statement's result stands a NULL. */
    if (PQstatus(db->conn) == CONNECTION_OK)
        PQclear(PQgetResult(db->conn));
    if (PQstatus(db->conn) != CONNECTION_OK) {
        lost(db);
        return false;
    }
    return true;
}

PGresult *db_next(struct db *db)
{
    enum owed_kind kind;
    while (read_one(db, &kind))
        if (kind == OWED_RESULT)
            return db->owed[db->next_owed - 1].result;
    return NULL;
}

bool db_committed(struct db *db)
{
    enum owed_kind kind;
    while (read_one(db, &kind))
        if (kind == OWED_MARK)
            return !db->failed;
    return false;
}

void db_done(struct db *db)
{
    struct db_error kept = db->error;
    enum owed_kind kind;
    while (read_one(db, &kind))
        ;
    if (kept.status != DB_OK)
        db->error = kept; /* what comes after the first error is not what the caller asks about */
    forget_owed(db);
    db->fresh = db->failed = false;
    if (db->conn && db->in_pipeline) {
        PQexitPipelineMode(db->conn);
        db->in_pipeline = false;
    }
    /* An explicit transaction that failed half-way is still open. */
    if (db->conn && PQtransactionStatus(db->conn) != PQTRANS_IDLE)
        PQclear(PQexec(db->conn, "ROLLBACK"));
    if (db->conn && (PQstatus(db->conn) != CONNECTION_OK || PQtransactionStatus(db->conn) != PQTRANS_IDLE))
        close_conn(db);
}
