/* ctl.h - what the commands of confabctl share.
 *
 * A command is a function in a table (main.c): it gets its own words, returns an exit code (0 done,
 * 1 failed, 2 used wrongly) and has said on standard error what a person needs. Out of memory ends
 * the program.
 */
#ifndef CONFAB_CTL_H
#define CONFAB_CTL_H

#include "conf.h"
#include "crypto.h"
#include "db.h"

struct ctl {
    struct conf *conf;
    struct db *db;        /* as confab_owner, see ctl_db */
    struct keyring *keys; /* see ctl_keys */
};

enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

typedef int ctl_command(struct ctl *c, int argc, char **argv);
ctl_command cmd_init, cmd_migrate, cmd_adopt, cmd_doctor, cmd_key, cmd_tenant, cmd_account, cmd_room, cmd_search, cmd_work, cmd_backup, cmd_restore, cmd_export, cmd_import, cmd_options;

/* One line on standard error, with the program's name; returns CTL_FAILED. */
int ctl_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A connection that acts as confab_owner on a schema of the right version, in a database that was not
 * restored without `confabctl adopt`. False after saying why. ctl_db_any lets a restored one pass. */
bool ctl_db(struct ctl *c);
bool ctl_db_any(struct ctl *c);
bool ctl_keys(struct ctl *c);
/* A plain administrator's connection; NULL after saying why. PQfinish it. */
PGconn *ctl_admin(struct ctl *c);
/* Runs a script (several statements); false after saying why. */
bool ctl_script(PGconn *conn, const char *what, const char *sql);
/* One statement of ctl_queries in a transaction of its own. The result lives until the next call;
 * NULL after saying why. With `wake`, the pusher is woken after the commit. */
PGresult *ctl_ask(struct ctl *c, int query, struct pgargs *args, bool wake);
/* The tenant of that slug; 0 after saying that there is none. */
int64_t ctl_tenant(struct ctl *c, const char *slug);

/* Takes "--name value" or "--name=value" out of argv; NULL if absent. */
const char *ctl_option(int *argc, char **argv, const char *name);
/* Takes "--name" out of argv. */
bool ctl_flag(int *argc, char **argv, const char *name);

#endif
