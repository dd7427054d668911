/* backup, restore: PostgreSQL's own tools, with what must be said beside them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"

#define DUMP_NAME "confab.dump"

/* Runs a program and waits; true if it ended well. */
static bool run(const char *const argv[])
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], (char *const *)argv);
        fprintf(stderr, "confabctl: cannot run %s: %s. Install the package postgresql-client.\n", argv[0], strerror(errno));
        _exit(127);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static char *dump_path(const char *directory, const char *suffix)
{
    struct buf b = BUF_INIT;
    buf_str(&b, directory);
    buf_str(&b, "/" DUMP_NAME);
    buf_str(&b, suffix);
    char *path = buf_cstr(&b) ? strdup(b.data) : NULL;
    buf_free(&b);
    return path;
}

int cmd_backup(struct ctl *c, int argc, char **argv)
{
    if (argc != 1)
        return CTL_USAGE;
    if (mkdir(argv[0], 0700) != 0 && errno != EEXIST)
        return ctl_fail("cannot make %s: %s", argv[0], strerror(errno));
    char *path = dump_path(argv[0], ""), *part = dump_path(argv[0], ".part");
    /* Of the unlogged tables only the shape: their content belongs to this life of this server. */
    const char *args[] = {"pg_dump", "--format=custom", "--no-unlogged-table-data", "--schema=confab", "--file", part, "--dbname", c->conf->database_admin, NULL};
    int code = CTL_FAILED;
    /* Hashes of passwords stand in it; the folder may be one that others look into. */
    umask(077);
    if (!path || !part)
        ctl_fail("out of memory");
    else if (!run(args))
        ctl_fail("pg_dump failed: the backup is not complete. It needs a database role that bypasses row-level security (database_admin).");
    else if (rename(part, path) != 0)
        ctl_fail("cannot rename %s: %s", part, strerror(errno));
    else
        code = CTL_OK;
    if (code == CTL_OK) {
        printf("wrote %s\n", path);
        printf("This is HALF of a backup. Without the key file (%s) no message in it can be read, by anybody, ever.\n"
               "Keep a copy of the key file in another place than the dump.\n", c->conf->key_file);
    }
    free(path);
    free(part);
    return code;
}

/* Is there a schema already? A restore must not mix two databases. */
static bool has_schema(struct ctl *c, bool *there)
{
    PGconn *conn = ctl_admin(c);
    PGresult *r = conn ? PQexec(conn, "SELECT to_regclass('confab.message') IS NOT NULL") : NULL;
    bool ok = r && PQresultStatus(r) == PGRES_TUPLES_OK;
    *there = ok && PQgetvalue(r, 0, 0)[0] == 't';
    /* What `init` made and is still empty gives way to the dump's. */
    if (ok && !*there)
        ok = ctl_script(conn, "making room", "DROP SCHEMA IF EXISTS confab CASCADE");
    PQclear(r);
    PQfinish(conn);
    return ok;
}

int cmd_restore(struct ctl *c, int argc, char **argv)
{
    if (argc != 1)
        return CTL_USAGE;
    bool there = false;
    /* The roles are not in the dump. */
    int code = cmd_init(c, 0, NULL);
    if (code != CTL_OK || !has_schema(c, &there))
        return CTL_FAILED;
    if (there)
        return ctl_fail("the database has a schema already: restore into an empty one");
    char *path = dump_path(argv[0], "");
    const char *args[] = {"pg_restore", "--exit-on-error", "--single-transaction", "--dbname", c->conf->database_admin, path, NULL};
    bool ok = path && run(args);
    if (ok)
        printf("restored %s. The programs refuse to start on it until you run: confabctl adopt\n"
               "They also need the key file that belongs to it as %s.\n", path, c->conf->key_file);
    else
        ctl_fail("pg_restore failed; nothing was kept");
    free(path);
    return ok ? CTL_OK : CTL_FAILED;
}
