/* db.h - a database connection for programs that do one thing at a time (handlers, confabctl).
 *
 * Statements are queued and sent together; a mark (Sync) ends a transaction. One round trip a request:
 *
 *     db_queue(db, Q_API_SESSION_USE, &who);
 *     db_queue(db, Q_API_SEND_MESSAGE, &what);
 *     db_mark(db);                             // commit
 *     db_queue(db, Q_API_NOTIFY, NULL);        // apart: a NOTIFY inside would serialise all commits
 *     db_mark(db);
 *     if (db_send(db) != DB_OK) ...            // the connection is away
 *     r = db_next(db);                         // session_use; NULL: see db_error
 *     r = db_next(db);                         // send_message
 *     if (!db_committed(db)) ...               // only now it is stored: the row comes before the commit
 *     db_done(db);                             // reads what is left; the connection is idle again
 *
 * Once a statement fails, the rest of its transaction is skipped: db_next returns NULL for each, and
 * db_error keeps the first. Results belong to the db and die at db_done. Statements are prepared at
 * their first use on each connection. A lost connection is opened again by db_ready, with back-off.
 */
#ifndef CONFAB_DB_H
#define CONFAB_DB_H

#include <libpq-fe.h>

#include "pgargs.h"
#include "pgget.h"
#include "queries.h"

/* Schema versions that these programs work with (the highest number in schema/migrations). Migrations
 * whose number is in the same series only expand (docs/ARCHITECTURE, "Versions of the schema"): programs
 * run on with any newer version of their own series, so that a site is migrated first and its programs
 * are replaced afterwards. */
#define DB_SCHEMA_SERIES 100 /* 1 to 99, 100 to 199 ... */
#define DB_SCHEMA_LEAST 104
#define DB_SCHEMA_MOST 104

struct db;

enum db_status {
    DB_OK,
    DB_AWAY,   /* no connection: answer 503 and try again later */
    DB_FAILED, /* the server refused a statement: see db_error */
};

struct db_error {
    enum db_status status;
    char sqlstate[6];
    char message[256]; /* for a person when raised by our functions (SQLSTATE CF...), else for the log only */
    char detail[64];   /* CF429: seconds to wait */
};

/* Statements of `queries` (api_queries, ctl_queries ...), n of them. Does not connect. */
struct db *db_new(const char *conninfo, const struct query *queries, int n);
void db_free(struct db *db);
/* Connects if needed (bounded by connect_timeout_ms) and, on each new connection, checks the schema's
 * version and the life of the server (boot). DB_FAILED: a person has to act, the sentence is in
 * db_error. While the back-off of a failed try runs, DB_AWAY at once. */
enum db_status db_ready(struct db *db, int connect_timeout_ms);
/* The same, but waits (with back-off) up to so long for the database to appear: for start-up. */
enum db_status db_wait(struct db *db, int64_t timeout_us);

void db_queue(struct db *db, int query, struct pgargs *args);
void db_mark(struct db *db);
/* A statement of our own without parameters (BEGIN ISOLATION LEVEL ..., COMMIT): a literal. */
void db_queue_sql(struct db *db, const char *sql);
enum db_status db_send(struct db *db);
/* The next statement's result, in the order queued, or NULL if it failed or was skipped. */
PGresult *db_next(struct db *db);
/* Did the transaction whose results were last read commit? Reads up to its mark. */
bool db_committed(struct db *db);
void db_done(struct db *db);
const struct db_error *db_error(const struct db *db);
/* libpq's connection, for what is not covered here (confabctl: COPY, scripts of migrations). */
PGconn *db_conn(struct db *db);

/* What keeps a program from starting on this database; shared with the pusher. Returns NULL if
 * `version` suits, else a sentence that names the command to run. */
const char *db_version_complaint(int64_t version);
/* The same for what stands between us and the server: a pooler (pgbouncer and its like) makes up the
 * process id at connect, `pid` is the backend's own (schema_version). */
const char *db_pooler_complaint(PGconn *conn, int32_t pid);
/* The same by the error of a connection or statement that failed: NULL if no pooler gave it. */
const char *db_pooler_refusal(const char *sqlstate, const char *message);

#endif
