/* confabctl - the operator's command. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "log.h"

static const struct {
    const char *name;
    ctl_command *run;
    const char *usage, *help;
} commands[] = {
    {"init", cmd_init, "", "create the database (if missing), its roles and its schema; safe to run again"},
    {"migrate", cmd_migrate, "", "bring the schema to this version; safe to run again"},
    {"key", cmd_key, "new | add", "make the key file, or add a key to it that is used from now on"},
    {"tenant", cmd_tenant, "create SLUG --name NAME [--host HOST]... | list", "tenants"},
    {"account", cmd_account,
     "create TENANT HANDLE [--name NAME] [--password-stdin] | password TENANT HANDLE [--password-stdin] | deactivate TENANT HANDLE | activate TENANT HANDLE | list TENANT",
     "accounts; without --password-stdin a password is made and printed"},
    {"room", cmd_room, "create TENANT OWNER NAME [--public]", "make a channel in somebody's name"},
    {"search", cmd_search, "status TENANT | reindex TENANT | on TENANT | off TENANT", "the index of messages; off removes it"},
    {"work", cmd_work, "[--once]", "background jobs, as a service or one pass from cron"},
    {"backup", cmd_backup, "DIRECTORY", "dump the database; the key file is the other half of a backup"},
    {"restore", cmd_restore, "DIRECTORY", "load a dump into an empty database"},
    {"export", cmd_export, "TENANT DIRECTORY", "write everything of a tenant as JSON Lines and files, opened"},
    {"import", cmd_import, "TENANT DIRECTORY", "read an export; run again it goes on, and changes nothing that is there"},
    {"adopt", cmd_adopt, "", "accept a database that was restored or copied: every client starts afresh"},
    {"doctor", cmd_doctor, "", "check the installation and say what to do"},
    {"options", cmd_options, "", "print every option of the config file"},
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

static void usage(FILE *f)
{
    fputs("usage: confabctl [--config FILE] COMMAND ...\n\n", f);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(f, "  %s %s\n      %s\n", commands[i].name, commands[i].usage, commands[i].help);
}

int ctl_fail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("confabctl: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    return CTL_FAILED;
}

static void take(int *argc, char **argv, int i, int n)
{
    for (; i + n <= *argc; i++)
        argv[i] = argv[i + n];
    *argc -= n;
}

const char *ctl_option(int *argc, char **argv, const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], name) == 0 && i + 1 < *argc) {
            const char *value = argv[i + 1];
            take(argc, argv, i, 2);
            return value;
        }
        if (strncmp(argv[i], name, len) == 0 && argv[i][len] == '=') {
            const char *value = argv[i] + len + 1;
            take(argc, argv, i, 1);
            return value;
        }
    }
    return NULL;
}

bool ctl_flag(int *argc, char **argv, const char *name)
{
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            take(argc, argv, i, 1);
            return true;
        }
    }
    return false;
}

bool ctl_keys(struct ctl *c)
{
    char err[512];
    if (!c->keys && !(c->keys = keyring_load(c->conf->key_file, err, sizeof err)))
        ctl_fail("%s", err);
    return c->keys != NULL;
}

PGconn *ctl_admin(struct ctl *c)
{
    PGconn *conn = PQconnectdb(c->conf->database_admin);
    if (!conn || PQstatus(conn) != CONNECTION_OK) {
        ctl_fail("cannot connect to the database (database_admin in %s): %s", c->conf->path, conn ? PQerrorMessage(conn) : "out of memory");
        PQfinish(conn);
        return NULL;
    }
    PGresult *r = PQexecParams(conn, "SELECT pg_backend_pid()", 0, NULL, NULL, NULL, NULL, 1);
    const char *pooler = PQresultStatus(r) == PGRES_TUPLES_OK ? db_pooler_complaint(conn, pgget_int4(r, 0, 0)) : NULL;
    PQclear(r);
    if (pooler) {
        ctl_fail("%s", pooler);
        PQfinish(conn);
        return NULL;
    }
    return conn;
}

bool ctl_script(PGconn *conn, const char *what, const char *sql)
{
    PGresult *r = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(r);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!ok)
        ctl_fail("%s: %s", what, PQerrorMessage(conn));
    PQclear(r);
    return ok;
}

/* Is the schema the one that this program knows? */
static bool version_suits(struct ctl *c)
{
    PGresult *r = PQexecParams(db_conn(c->db), "SELECT coalesce(max(version), 0), pg_backend_pid() FROM confab.migration", 0, NULL, NULL, NULL, NULL, 1);
    const char *complaint = "there is no schema yet. Run: confabctl init && confabctl migrate";
    if (PQresultStatus(r) == PGRES_TUPLES_OK) {
        complaint = db_pooler_complaint(db_conn(c->db), pgget_int4(r, 0, 1));
        if (!complaint)
            complaint = db_version_complaint(pgget_int4(r, 0, 0));
    }
    if (complaint)
        ctl_fail("%s", complaint);
    PQclear(r);
    return !complaint;
}

bool ctl_db_any(struct ctl *c)
{
    if (c->db)
        return true;
    c->db = db_new(c->conf->database_admin, ctl_queries, Q_CTL_COUNT);
    if (!c->db || db_wait(c->db, 0) != DB_OK) {
        ctl_fail("cannot use the database (database_admin in %s): %s", c->conf->path, c->db ? db_error(c->db)->message : "out of memory");
        return false;
    }
    /* Nobody waits for an answer here, and to adopt a large database takes as long as it takes. */
    return version_suits(c) && ctl_script(db_conn(c->db), "acting as confab_owner", "SET ROLE confab_owner; SET statement_timeout = 0");
}

bool ctl_db(struct ctl *c)
{
    /* Refuses a database that was restored and not adopted. */
    return c->db || (ctl_db_any(c) && ctl_ask(c, Q_CTL_BOOT, NULL, false) && db_committed(c->db));
}

PGresult *ctl_ask(struct ctl *c, int query, struct pgargs *args, bool wake)
{
    db_done(c->db);
    db_queue(c->db, query, args);
    db_mark(c->db);
    if (wake) {
        db_queue(c->db, Q_CTL_NOTIFY, NULL);
        db_mark(c->db);
    }
    PGresult *r = db_send(c->db) == DB_OK ? db_next(c->db) : NULL;
    if (args)
        pgargs_free(args);
    if (!r)
        ctl_fail("%s", db_error(c->db)->message);
    return r;
}

int64_t ctl_tenant(struct ctl *c, const char *slug)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_str(&a, slug);
    PGresult *r = ctl_ask(c, Q_CTL_TENANT_ID, &a, false);
    int64_t id = r && PQntuples(r) ? pgget_int8(r, 0, 0) : 0;
    if (r && !id)
        ctl_fail("there is no tenant %s. See: confabctl tenant list", slug);
    return id;
}

static void print_option(const char *name, const char *type, const char *def, const char *help)
{
    printf("%-26s %-12s %-40s %s\n", name, type, def, help);
}

int cmd_options(struct ctl *c, int argc, char **argv)
{
    (void)c, (void)argv;
    if (argc)
        return CTL_USAGE;
    conf_print_options(print_option);
    return CTL_OK;
}

static int run(struct ctl *c, size_t command, int argc, char **argv)
{
    int code = commands[command].run(c, argc, argv);
    if (code == CTL_USAGE)
        fprintf(stderr, "usage: confabctl %s %s\n", commands[command].name, commands[command].usage);
    return code;
}

int main(int argc, char **argv)
{
    argc--, argv++;
    const char *config = NULL;
    if (argc >= 2 && strcmp(argv[0], "--config") == 0) {
        config = argv[1];
        argc -= 2, argv += 2;
    }
    if (argc == 0 || strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0) {
        usage(argc ? stdout : stderr);
        return argc ? CTL_OK : CTL_USAGE;
    }
    size_t command = 0;
    while (command < N_COMMANDS && strcmp(argv[0], commands[command].name) != 0)
        command++;
    if (command == N_COMMANDS) {
        usage(stderr);
        return CTL_USAGE;
    }
    struct ctl c = {0};
    char err[512];
    int code = CTL_FAILED;
    log_start("confabctl", LOG_LEVEL_ERROR, NULL);
    if (!crypto_start())
        return ctl_fail("the cryptographic library does not start");
    if (commands[command].run == cmd_options)
        return run(&c, command, argc - 1, argv + 1);
    if (!(c.conf = conf_load(conf_path(config, NULL), err, sizeof err)))
        return ctl_fail("%s", err);
    code = run(&c, command, argc - 1, argv + 1);
    if (c.db)
        db_done(c.db);
    db_free(c.db);
    keyring_free(c.keys);
    conf_free(c.conf);
    return code;
}
