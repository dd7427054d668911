/* work: files that nobody has any more. */
#include <stdlib.h>

#include "ctl_files.h"
#include "filestore.h"
#include "log.h"

#define PIECE 100

struct gone {
    int64_t id;
    struct uuid place;
};

static int ask_gone(struct ctl *c, int64_t tenant, struct gone *gone)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_int4(&a, PIECE);
    PGresult *r = ctl_ask(c, Q_CTL_WORK_FILES, &a, false);
    int n = r ? PQntuples(r) : 0;
    for (int i = 0; i < n; i++) {
        gone[i].id = pgget_int8(r, i, 0);
        if (!pgget_uuid(r, i, 1, &gone[i].place))
            n = i;
    }
    return r && db_committed(c->db) ? n : 0;
}

/* The bytes first: the row is what remembers them. */
static bool remove_one(struct ctl *c, int64_t tenant, const struct gone *gone)
{
    if (filestore_remove(c->conf->files_dir, &gone->place) != STORE_OK)
        return false;
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_int8(&a, gone->id);
    return ctl_ask(c, Q_CTL_WORK_FILE_REMOVED, &a, false) && db_committed(c->db);
}

bool files_work(struct ctl *c, int64_t tenant)
{
    struct gone gone[PIECE];
    int n = 0, removed = 0;
    if (c->conf->files_dir[0] == '\0')
        return false;
    n = ask_gone(c, tenant, gone);
    for (int i = 0; i < n; i++)
        removed += remove_one(c, tenant, &gone[i]);
    if (removed < n)
        log_error("work: files could not be removed", "tenant=%lld count=%d", (long long)tenant, n - removed);
    /* What cannot be removed comes again in the next pass, not at once. */
    return removed == PIECE;
}
