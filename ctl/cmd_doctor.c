/* doctor: looks at everything that can be wrong with an installation and says what to do. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "ctl_search.h"
#include "filestore.h"

static int wrong;

static void say(bool ok, const char *what, const char *remedy)
{
    printf("%s %s\n", ok ? "ok   " : "WRONG", what);
    if (!ok && remedy)
        printf("      %s\n", remedy);
    wrong += !ok;
}

/* The first column of a one-row query equals `want`. */
static bool answers(PGconn *conn, const char *sql, const char *want)
{
    PGresult *r = PQexec(conn, sql);
    bool ok = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), want) == 0;
    PQclear(r);
    return ok;
}

static const struct {
    const char *sql, *want, *what, *remedy;
} server_checks[] = {
    {"SELECT current_setting('fsync')", "on", "fsync is on", "Set fsync = on: without it a power cut loses acknowledged messages."},
    {"SELECT (current_setting('synchronous_commit') <> 'off')::text", "true", "synchronous_commit is not off", "Set synchronous_commit = on: the programs refuse to run without."},
    {"SELECT pg_is_in_recovery()::text", "false", "the server is a primary", "Point the connection strings at the primary."},
    {"SELECT (count(*) = 4)::text FROM pg_roles WHERE rolname IN ('confab_owner', 'confab_sight', 'confab_api', 'confab_push')", "true", "the roles exist", "Run: confabctl init"},
    {"SELECT (count(*) = 0)::text FROM pg_roles WHERE rolname IN ('confab_owner', 'confab_sight', 'confab_api', 'confab_push') AND (rolsuper OR rolbypassrls)",
     "true", "no role of confab bypasses row-level security", "ALTER ROLE ... NOSUPERUSER NOBYPASSRLS"},
    {"SELECT (pg_notification_queue_usage() < 0.01)::text", "true", "the notification queue is short", "A listener is stuck: look for sessions idle in transaction in pg_stat_activity."},
    {"SELECT (count(*) = 0)::text FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND now() - state_change > interval '1 minute'", "true",
     "nobody sits idle in a transaction", "Such a session slows every busy room: see pg_stat_activity."},
};

/* Does a notification come through? A pooler in transaction mode lets LISTEN pass and delivers nothing. */
static bool listens(const char *conninfo)
{
    PGconn *a = PQconnectdb(conninfo);
    bool heard = false;
    if (a && PQstatus(a) == CONNECTION_OK) {
        PQclear(PQexec(a, "LISTEN confab_doctor"));
        PQclear(PQexec(a, "NOTIFY confab_doctor"));
        struct pollfd p = {.fd = PQsocket(a), .events = POLLIN};
        PGnotify *n = PQnotifies(a);
        if (!n && poll(&p, 1, 1000) > 0) {
            PQconsumeInput(a);
            n = PQnotifies(a);
        }
        heard = n != NULL;
        PQfreemem(n);
    }
    PQfinish(a);
    return heard;
}

static void check_program(const char *what, const char *conninfo, const struct query *queries, int n)
{
    struct db *db = db_new(conninfo, queries, n);
    bool ok = db && db_wait(db, 0) == DB_OK;
    say(ok, what, db ? db_error(db)->message : "out of memory");
    db_free(db);
}

/* The folder itself; that its files open is shown by downloading one. */
static void check_files(const struct conf *conf)
{
    if (conf->files_dir[0] == '\0') {
        say(true, "no uploads (files_dir is not set)", NULL);
        return;
    }
    const char *complaint = filestore_complaint(conf->files_dir);
    say(complaint == NULL, "the folder of uploaded files", complaint);
    say(conf->body_max >= STORE_CHUNK, "bodies of a chunk's size are taken", "Set body_max to 65536 at least, or there are no uploads.");
}

#define SEARCH_WAITING 10000 /* rows that may wait for the index before somebody should look */

/* Is each tenant's search index made with a key that we have, and how far behind is it? */
static void check_search(struct ctl *c)
{
    char what[200];
    PGresult *r = ctl_db(c) ? ctl_ask(c, Q_CTL_TENANTS, NULL, false) : NULL;
    int n = r ? PQntuples(r) : 0;
    int64_t *ids = calloc((size_t)n + 1, sizeof *ids);
    for (int i = 0; ids && i < n; i++)
        ids[i] = pgget_int8(r, i, 0);
    for (int i = 0; ids && i < n; i++) {
        struct search_status s;
        if (!search_status(c, ids[i], &s) || !s.on)
            continue;
        snprintf(what, sizeof what, "the search index of tenant %lld: %lld rows wait", (long long)ids[i], (long long)s.waiting);
        say(s.waiting < SEARCH_WAITING, what, "Run confabctl work as a service, or more often.");
        if (s.key_id && c->keys)
            say(keyring_has(c->keys, s.key_id), "the key of the search index", "It is gone from the key file. Run: confabctl search reindex");
    }
    free(ids);
}

int cmd_doctor(struct ctl *c, int argc, char **argv)
{
    (void)argv;
    if (argc)
        return CTL_USAGE;
    char err[512] = "";
    say(true, c->conf->path, NULL);
    c->keys = keyring_load(c->conf->key_file, err, sizeof err);
    say(c->keys != NULL, "the key file", err);
    check_files(c->conf);
    PGconn *conn = PQconnectdb(c->conf->database_admin);
    bool there = conn && PQstatus(conn) == CONNECTION_OK;
    say(there, "database_admin connects", conn ? PQerrorMessage(conn) : "out of memory");
    for (size_t i = 0; there && i < sizeof server_checks / sizeof server_checks[0]; i++)
        say(answers(conn, server_checks[i].sql, server_checks[i].want), server_checks[i].what, server_checks[i].remedy);
    PQfinish(conn);
    check_program("the handlers' connection (database_api), schema and life of the server", c->conf->database_api, api_queries, Q_API_COUNT);
    check_program("the pusher's connection (database_push)", c->conf->database_push, push_queries, Q_PUSH_COUNT);
    say(listens(c->conf->database_push), "notifications reach database_push",
        "LISTEN does not work through a pooler such as pgbouncer in transaction mode: connect directly.");
    if (there)
        check_search(c);
    printf("%d problem%s\n", wrong, wrong == 1 ? "" : "s");
    return wrong ? CTL_FAILED : CTL_OK;
}
