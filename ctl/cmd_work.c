/* work: what need not happen while somebody waits. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ctl.h"
#include "log.h"

#define PIECE 1000          /* rows a statement */
#define PAUSE_SECONDS 30    /* between passes of the service */
#define JOBS_A_PASS 100

static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
    (void)sig;
    stopping = 1;
}

/* One kind of job: true when it is done, false when it has to be called again later. */
static bool purge_room(struct ctl *c, int64_t tenant, int64_t room)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_int8(&a, room);
    pgargs_int4(&a, PIECE);
    PGresult *r = ctl_ask(c, Q_CTL_WORK_PURGE_ROOM, &a, false);
    bool done = r && pgget_bool(r, 0, 0);
    return done && db_committed(c->db);
}

static const struct {
    const char *kind;
    bool (*run)(struct ctl *c, int64_t tenant, int64_t subject);
} job_kinds[] = {
    {"purge_room", purge_room},
};

static bool run_job(struct ctl *c, int64_t tenant, struct slice kind, int64_t subject)
{
    for (size_t i = 0; i < sizeof job_kinds / sizeof job_kinds[0]; i++)
        if (slice_eq(kind, slice_str(job_kinds[i].kind)))
            return job_kinds[i].run(c, tenant, subject);
    log_error("work: unknown job", "kind=%.*s", SLICE_FMT(kind));
    return false;
}

static void finish_job(struct ctl *c, int64_t tenant, int64_t job)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_int8(&a, job);
    pgargs_null(&a);
    if (ctl_ask(c, Q_CTL_JOB_DONE, &a, false))
        db_committed(c->db);
}

struct due {
    int64_t id, subject;
    char kind[32];
};

/* The tenant's due jobs, copied out of the result that the next statement replaces. */
static int take_jobs(struct ctl *c, int64_t tenant, struct due due[JOBS_A_PASS])
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_int4(&a, JOBS_A_PASS);
    PGresult *r = ctl_ask(c, Q_CTL_JOBS_TAKE, &a, false);
    int n = r ? PQntuples(r) : 0;
    for (int i = 0; i < n; i++) {
        due[i].id = pgget_int8(r, i, 0);
        due[i].subject = pgget_int8(r, i, 2);
        snprintf(due[i].kind, sizeof due[i].kind, "%.*s", SLICE_FMT(pgget_text(r, i, 1)));
    }
    return n;
}

/* Returns whether there may be more to do at once. */
static bool work_tenant(struct ctl *c, int64_t tenant)
{
    struct due due[JOBS_A_PASS];
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_int4(&a, PIECE);
    PGresult *r = ctl_ask(c, Q_CTL_WORK_EXPIRE, &a, false);
    bool more = r && pgget_int4(r, 0, 0) >= PIECE;
    int n = take_jobs(c, tenant, due);
    for (int i = 0; i < n && !stopping; i++)
        if (run_job(c, tenant, slice_str(due[i].kind), due[i].subject))
            finish_job(c, tenant, due[i].id);
    return more || n > 0;
}

static bool pass(struct ctl *c)
{
    PGresult *r = ctl_ask(c, Q_CTL_TENANTS, NULL, false);
    int n = r ? PQntuples(r) : 0;
    int64_t *ids = calloc((size_t)n + 1, sizeof *ids);
    for (int i = 0; ids && i < n; i++)
        ids[i] = pgget_int8(r, i, 0);
    /* A room's purge takes many pieces: go on while there is something, but not for ever. */
    for (int i = 0; ids && i < n; i++)
        for (int piece = 0; piece < 1000 && !stopping && work_tenant(c, ids[i]); piece++)
            ;
    free(ids);
    return r != NULL;
}

int cmd_work(struct ctl *c, int argc, char **argv)
{
    bool once = ctl_flag(&argc, argv, "--once");
    if (argc)
        return CTL_USAGE;
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
    if (!ctl_db(c))
        return CTL_FAILED;
    bool ok = pass(c);
    while (!once && !stopping) {
        struct timespec pause = {.tv_sec = PAUSE_SECONDS};
        nanosleep(&pause, NULL);
        if (stopping)
            break;
        /* After a lost connection: a new one, again as confab_owner. */
        if (!ok) {
            db_free(c->db);
            c->db = NULL;
        }
        ok = ctl_db(c) && pass(c);
    }
    return ok || !once ? CTL_OK : CTL_FAILED;
}
