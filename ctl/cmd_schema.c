/* init, migrate, adopt: the database as the programs need it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl.h"
#include "schema_files.h"

/* A change of a table waits for all who use it, and everybody else then waits behind it. A transaction
 * that somebody left open must not stop the whole site that way: step back, and try again. Shorter than
 * PostgreSQL's deadlock_timeout (1 s), so that of two who wait for each other it is never a program that
 * is ended. */
#define LOCK_TIMEOUT "500ms"
#define LOCK_TRIES 120
#define LOCK_PAUSE_NS (500 * 1000 * 1000)
/* Every request begins with the session: who holds that table has waited for all requests under way, and
 * the next ones wait before they hold anything. Without it a migration of several tables and a busy site
 * wait for each other again and again. */
#define TURNSTILE "DO $$ BEGIN IF to_regclass('confab.session') IS NOT NULL THEN LOCK TABLE confab.session IN ACCESS EXCLUSIVE MODE; END IF; END $$"
/* One migration at a time, whoever starts it. Two-int locks do not collide with feeds. */
#define LOCK_MIGRATE "SELECT pg_advisory_lock(4711, 2)"

static void digest_hex(const char *sql, char out[65])
{
    uint8_t digest[32];
    struct buf b = BUF_INIT;
    crypto_digest(slice_str(sql), digest);
    buf_hex(&b, digest, sizeof digest);
    snprintf(out, 65, "%s", buf_ok(&b) ? buf_cstr(&b) : "");
    buf_free(&b);
}

/* Creates the database that database_admin names, by way of the one that always exists. */
static bool create_database(struct ctl *c)
{
    PGconn *conn = PQconnectdb(c->conf->database_admin);
    bool there = conn && PQstatus(conn) == CONNECTION_OK;
    char *name = conn && PQdb(conn) ? strdup(PQdb(conn)) : NULL;
    PQfinish(conn);
    if (there || !name) {
        free(name);
        return there;
    }
    const char *keys[] = {"dbname", "dbname", NULL}, *values[] = {c->conf->database_admin, "postgres", NULL};
    conn = PQconnectdbParams(keys, values, 1);
    struct buf sql = BUF_INIT;
    bool ok = false;
    if (!conn || PQstatus(conn) != CONNECTION_OK) {
        ctl_fail("cannot connect to the database server (database_admin in %s): %s", c->conf->path, conn ? PQerrorMessage(conn) : "");
        goto out;
    }
    char *quoted = PQescapeIdentifier(conn, name, strlen(name));
    buf_str(&sql, "CREATE DATABASE ");
    buf_str(&sql, quoted ? quoted : "");
    buf_str(&sql, " TEMPLATE template0 ENCODING 'UTF8'");
    PQfreemem(quoted);
    ok = buf_cstr(&sql) && ctl_script(conn, "creating the database", sql.data);
    if (ok)
        printf("created database %s\n", name);
out:
    buf_free(&sql);
    PQfinish(conn);
    free(name);
    return ok;
}

int cmd_init(struct ctl *c, int argc, char **argv)
{
    (void)argv;
    if (argc)
        return CTL_USAGE;
    if (!create_database(c))
        return CTL_FAILED;
    PGconn *conn = ctl_admin(c);
    bool ok = conn && ctl_script(conn, "one at a time", LOCK_MIGRATE);
    for (const struct schema_file *f = schema_setup; ok && f->name; f++)
        ok = ctl_script(conn, f->name, f->sql);
    PQfinish(conn);
    if (ok)
        puts("roles and schema are there. Next: confabctl migrate");
    return ok ? CTL_OK : CTL_FAILED;
}

/* What is registered under that number: 1 as this file is, 0 not at all, -1 another content. */
static int registered(PGconn *conn, int version, const char *digest)
{
    char number[16];
    snprintf(number, sizeof number, "%d", version);
    const char *values[] = {number};
    PGresult *r = PQexecParams(conn, "SELECT digest FROM confab.migration WHERE version = $1::int", 1, NULL, values, NULL, NULL, 0);
    int state = PQntuples(r) == 0 ? 0 : strcmp(PQgetvalue(r, 0, 0), digest) == 0 ? 1 : -1;
    if (PQresultStatus(r) != PGRES_TUPLES_OK) {
        ctl_fail("there is no schema yet. Run: confabctl init");
        state = -2;
    }
    PQclear(r);
    return state;
}

enum tried { TRIED, LOCKED, FAILED };

static enum tried try_script(PGconn *conn, const char *what, const char *sql)
{
    PGresult *r = PQexec(conn, sql);
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    ExecStatusType status = PQresultStatus(r);
    enum tried tried = TRIED;
    if (state && (strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0)) {
        tried = LOCKED;
    } else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        ctl_fail("%s: %s", what, PQerrorMessage(conn));
        tried = FAILED;
    }
    PQclear(r);
    return tried;
}

static enum tried try_files(PGconn *conn, const struct schema_file *first, const struct schema_file *end)
{
    if (!ctl_script(conn, "begin", "BEGIN; SET LOCAL ROLE confab_owner; SET LOCAL search_path = confab; SET LOCAL check_function_bodies = off; "
                                   "SET LOCAL lock_timeout = '" LOCK_TIMEOUT "'"))
        return FAILED;
    enum tried tried = try_script(conn, "waiting for the requests under way", TURNSTILE);
    for (const struct schema_file *f = first; tried == TRIED && f < end; f++)
        tried = try_script(conn, f->name, f->sql);
    return tried;
}

/* Runs these files in a transaction that it leaves open. */
static bool in_transaction(PGconn *conn, const struct schema_file *first, const struct schema_file *end)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        enum tried tried = try_files(conn, first, end);
        if (tried != LOCKED)
            return tried == TRIED;
        if (!ctl_script(conn, "rollback", "ROLLBACK"))
            return false;
        printf("%s waits: somebody uses what it changes\n", first->name);
        fflush(stdout);
        nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_NS}, NULL);
    }
    ctl_fail("%s: somebody uses what it changes, and does not let go (see pg_stat_activity)", first->name);
    return false;
}

static bool migrate_one(PGconn *conn, int version, const struct schema_file *f, const char *digest)
{
    char number[16];
    snprintf(number, sizeof number, "%d", version);
    const char *values[] = {number, f->name, digest};
    if (!in_transaction(conn, f, f + 1))
        return false;
    PGresult *r = PQexecParams(conn, "INSERT INTO confab.migration (version, name, digest) VALUES ($1::int, $2, $3)", 3, NULL, values, NULL, NULL, 0);
    bool ok = PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!ok)
        ctl_fail("%s: %s", f->name, PQerrorMessage(conn));
    PQclear(r);
    return ok && ctl_script(conn, f->name, "COMMIT");
}

static bool schema_is_newer(PGconn *conn, int newest)
{
    PGresult *r = PQexec(conn, "SELECT coalesce(max(version), 0) FROM confab.migration");
    int stands = PQresultStatus(r) == PGRES_TUPLES_OK ? atoi(PQgetvalue(r, 0, 0)) : 0;
    PQclear(r);
    if (stands > newest)
        ctl_fail("the schema is at version %d, this program knows %d: install the newer program", stands, newest);
    return stands > newest;
}

int cmd_migrate(struct ctl *c, int argc, char **argv)
{
    (void)argv;
    if (argc)
        return CTL_USAGE;
    PGconn *conn = ctl_admin(c);
    int code = CTL_FAILED, version = 0, done = 0;
    const struct schema_file *end = schema_functions;
    if (!conn || !ctl_script(conn, "one at a time", LOCK_MIGRATE))
        goto out;
    for (const struct schema_file *f = schema_migrations; f->name; f++) {
        char digest[65];
        version = atoi(f->name);
        digest_hex(f->sql, digest);
        int state = registered(conn, version, digest);
        if (state == -1)
            ctl_fail("migration %s was applied with another content: this program does not belong to this database", f->name);
        if (state < 0 || (state == 0 && !migrate_one(conn, version, f, digest)))
            goto out;
        if (state == 0) {
            printf("applied %s\n", f->name);
            done++;
        }
    }
    if (schema_is_newer(conn, version))
        goto out;
    while (end->name)
        end++;
    if (!in_transaction(conn, schema_functions, end) || !ctl_script(conn, "functions", "COMMIT"))
        goto out;
    printf("schema at version %d, %d new\n", version, done);
    code = CTL_OK;
out:
    PQfinish(conn);
    return code;
}

int cmd_adopt(struct ctl *c, int argc, char **argv)
{
    (void)argv;
    if (argc)
        return CTL_USAGE;
    if (!ctl_db_any(c))
        return CTL_FAILED;
    PGresult *r = ctl_ask(c, Q_CTL_TENANTS, NULL, false);
    int n = r ? PQntuples(r) : 0;
    int64_t *ids = calloc((size_t)n + 1, sizeof *ids);
    if (!r || !ids) {
        free(ids);
        return CTL_FAILED;
    }
    for (int i = 0; i < n; i++)
        ids[i] = pgget_int8(r, i, 0);
    bool ok = true;
    for (int i = 0; ok && i < n; i++) {
        struct pgargs a = PGARGS_INIT;
        pgargs_int8(&a, ids[i]);
        ok = ctl_ask(c, Q_CTL_ADOPT_TENANT, &a, false) && db_committed(c->db);
    }
    free(ids);
    struct pgargs a = PGARGS_INIT;
    pgargs_bool(&a, true);
    ok = ok && ctl_ask(c, Q_CTL_EPOCH_BEGIN, &a, true) && db_committed(c->db);
    if (ok)
        printf("adopted: %d tenant%s. Every client starts afresh at its next connection; restart the programs.\n", n, n == 1 ? "" : "s");
    return ok ? CTL_OK : CTL_FAILED;
}
