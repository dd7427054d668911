/* work: what need not happen while somebody waits. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "ctl.h"
#include "ctl_files.h"
#include "ctl_search.h"
#include "log.h"

#define PIECE 1000          /* rows a statement */
#define PAUSE_SECONDS 30    /* between passes of the service, when nothing happens */
#define GATHER_SECONDS 2    /* between passes when much happens */
#define JOB_TIME (5 * 60 * CLOCK_SECOND) /* for one job, less than jobs_take() puts it off */

static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
    (void)sig;
    stopping = 1;
}

enum outcome { DONE, MORE, LATER, FAILED };

/* A piece of one kind of job. LATER: the job itself says when it is due again. */
static enum outcome purge_room(struct ctl *c, int64_t tenant, int64_t room)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_int8(&a, room);
    pgargs_int4(&a, PIECE);
    PGresult *r = ctl_ask(c, Q_CTL_WORK_PURGE_ROOM, &a, false);
    enum outcome outcome = pgget_null(r, 0, 0) ? LATER : pgget_bool(r, 0, 0) ? DONE : MORE;
    return r && db_committed(c->db) ? outcome : FAILED;
}

static const struct {
    const char *kind;
    enum outcome (*run)(struct ctl *c, int64_t tenant, int64_t subject);
} job_kinds[] = {
    {"purge_room", purge_room},
};

struct job {
    int64_t id, subject;
    char kind[32];
};

/* Piece by piece, until it is done or our time with it is over: then somebody else may take it. */
static enum outcome run_job(struct ctl *c, int64_t tenant, const struct job *job)
{
    int64_t end = clock_mono() + JOB_TIME;
    for (size_t i = 0; i < sizeof job_kinds / sizeof job_kinds[0]; i++) {
        if (strcmp(job->kind, job_kinds[i].kind) != 0)
            continue;
        enum outcome outcome = MORE;
        while (outcome == MORE && !stopping && clock_mono() < end)
            outcome = job_kinds[i].run(c, tenant, job->subject);
        return outcome;
    }
    log_error("work: unknown job", "kind=%s", job->kind);
    return FAILED;
}

/* Says what became of a job. One that failed comes again, ever later. */
static bool settle_job(struct ctl *c, int64_t tenant, const struct job *job, enum outcome outcome)
{
    struct pgargs a = PGARGS_INIT;
    if (outcome == LATER)
        return true;
    pgargs_int8(&a, tenant);
    pgargs_int8(&a, job->id);
    if (outcome == FAILED)
        pgargs_str(&a, "failed: the log of confabctl work says why");
    else if (outcome == DONE)
        pgargs_null(&a);
    return ctl_ask(c, outcome == MORE ? Q_CTL_JOB_AGAIN : Q_CTL_JOB_DONE, &a, false) && db_committed(c->db);
}

/* Takes a due job of the tenant; it is ours for longer than JOB_TIME. False if there is none. */
static bool take_job(struct ctl *c, int64_t tenant, struct job *job)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_int4(&a, 1);
    PGresult *r = ctl_ask(c, Q_CTL_JOBS_TAKE, &a, false);
    if (!r || !PQntuples(r))
        return false;
    job->id = pgget_int8(r, 0, 0);
    job->subject = pgget_int8(r, 0, 2);
    snprintf(job->kind, sizeof job->kind, "%.*s", SLICE_FMT(pgget_text(r, 0, 1)));
    return db_committed(c->db);
}

/* Returns whether there may be more to do at once. */
static bool work_tenant(struct ctl *c, int64_t tenant)
{
    struct job job;
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_int4(&a, PIECE);
    PGresult *r = ctl_ask(c, Q_CTL_WORK_EXPIRE, &a, false);
    bool more = r && pgget_int4(r, 0, 0) >= PIECE;
    more |= search_work(c, tenant, 1);
    more |= files_work(c, tenant);
    if (!take_job(c, tenant, &job))
        return more;
    return settle_job(c, tenant, &job, run_job(c, tenant, &job));
}

static bool pass(struct ctl *c)
{
    PGresult *r = ctl_ask(c, Q_CTL_TENANTS, NULL, false);
    int n = r ? PQntuples(r) : 0;
    int64_t *ids = calloc((size_t)n + 1, sizeof *ids);
    for (int i = 0; ids && i < n; i++)
        ids[i] = pgget_int8(r, i, 0);
    /* Go on while there is something, but not for ever: the other tenants have jobs too. */
    for (int i = 0; ids && i < n; i++)
        for (int job = 0; job < 1000 && !stopping && work_tenant(c, ids[i]); job++)
            ;
    free(ids);
    return r != NULL;
}

static bool hear(struct ctl *c)
{
    db_done(c->db);
    return ctl_script(db_conn(c->db), "listening", "LISTEN confab");
}

/* Waits until something was written, but not for long: jobs fall due by themselves. Without a word of it
 * (a pooler in between) it is just a pause. */
static void wait_for_news(struct ctl *c)
{
    struct timespec gather = {.tv_sec = GATHER_SECONDS};
    nanosleep(&gather, NULL);
    PGconn *conn = c->db ? db_conn(c->db) : NULL;
    if (conn)
        db_done(c->db);
    if (!conn || !PQconsumeInput(conn))
        return;
    PGnotify *n = PQnotifies(conn);
    struct pollfd p = {.fd = PQsocket(conn), .events = POLLIN};
    if (!n && !stopping)
        (void)poll(&p, 1, (PAUSE_SECONDS - GATHER_SECONDS) * 1000);
    (void)PQconsumeInput(conn);
    for (; n || (n = PQnotifies(conn)); n = NULL)
        PQfreemem(n);
}

int cmd_work(struct ctl *c, int argc, char **argv)
{
    bool once = ctl_flag(&argc, argv, "--once");
    if (argc)
        return CTL_USAGE;
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
    if (!ctl_db(c) || (!once && !hear(c)))
        return CTL_FAILED;
    bool ok = pass(c);
    while (!once && !stopping) {
        wait_for_news(c);
        if (stopping)
            break;
        /* After a lost connection: a new one, again as confab_owner. */
        if (!ok) {
            db_free(c->db);
            c->db = NULL;
        }
        ok = c->db ? pass(c) : ctl_db(c) && hear(c) && pass(c);
    }
    return ok || !once ? CTL_OK : CTL_FAILED;
}
