#include "pool.h"

#include <stdlib.h>

#include "log.h"

enum {
    /* Enough to hide the round trip; few enough that a request is sent late, near to its answer:
     * what the tail brings in between has to be kept. */
    IN_FLIGHT = 8,
};

/* One connection. */
struct line {
    struct pool *pool;
    struct pg *pg;
    struct pgreq setup;
    bool ready;
};

struct pool {
    struct line *line;
    int n;
    struct pool_job *head, *tail;
    bool told_down;
};

static void pump(struct pool *p)
{
    while (p->head != NULL) {
        struct pg *best = NULL;
        struct pool_job *job = p->head;

        for (int i = 0; i < p->n; i++) {
            struct line *l = &p->line[i];

            if (!l->ready || !pg_is_up(l->pg) || pg_in_flight(l->pg) >= IN_FLIGHT) continue;
            if (best == NULL || pg_in_flight(l->pg) < pg_in_flight(best)) best = l->pg;
        }
        if (best == NULL) return;
        pool_cancel(p, job);
        job->send(job, best);
    }
}

static void setup_result(struct pgreq *r, int step, PGresult *result)
{
    (void)r;
    (void)step;
    PQclear(result);
}

static void setup_done(struct pgreq *r, const struct pg_error *error)
{
    struct line *l = CONTAINER_OF(r, struct line, setup);
    struct pool *p = l->pool;

    if (error != NULL) {
        /* What is wrong with the database the tail tells; here it is only tried again. */
        if (!error->away) pg_drop(l->pg, error->message);
        return;
    }
    l->ready = true;
    if (p->told_down) log_info("pool: database is back", "connections=%d", p->n);
    p->told_down = false;
    pump(p);
}

/* No work before boot: in a life of the server that nobody has named yet, cursors of the last one
 * look as if they came from the future. */
static void up(void *arg, struct pg *pg)
{
    struct line *l = arg;
    struct pg_step steps[] = {{Q_PUSH_SETTINGS, NULL}, {Q_PUSH_BOOT, NULL}};

    l->setup = (struct pgreq){.on_result = setup_result, .on_done = setup_done};
    pg_submit(pg, &l->setup, steps, 2);
}

static void down(void *arg, struct pg *pg, const char *why)
{
    struct line *l = arg;
    struct pool *p = l->pool;

    (void)pg;
    l->ready = false;
    if (p->told_down || pool_is_up(p)) return;
    p->told_down = true;
    log_warn("pool: database is away", "error=%s", why);
}

struct pool *pool_new(struct loop *loop, int connections, const char *(*conninfo)(void), bool (*ready)(void *arg))
{
    struct pool *p = calloc(1, sizeof *p);

    if (p == NULL) return NULL;
    p->line = calloc((size_t)connections, sizeof *p->line);
    if (p->line == NULL) goto failed;
    for (; p->n < connections; p->n++) {
        struct line *l = &p->line[p->n];
        struct pg_handlers on = {.up = up, .down = down, .ready = ready, .arg = l};

        l->pool = p;
        l->pg = pg_new(loop, conninfo, push_queries, Q_PUSH_COUNT, &on);
        if (l->pg == NULL) goto failed;
    }
    return p;
failed:
    pool_free(p);
    return NULL;
}

void pool_start(struct pool *p)
{
    for (int i = 0; i < p->n; i++) pg_start(p->line[i].pg);
}

void pool_free(struct pool *p)
{
    if (p == NULL) return;
    for (int i = 0; i < p->n; i++) pg_free(p->line[i].pg);
    free(p->line);
    free(p);
}

void pool_submit(struct pool *p, struct pool_job *job)
{
    job->queued = true;
    job->next = NULL;
    job->prev = p->tail;
    if (p->tail != NULL) {
        p->tail->next = job;
    } else {
        p->head = job;
    }
    p->tail = job;
    pump(p);
}

void pool_cancel(struct pool *p, struct pool_job *job)
{
    if (!job->queued) return;
    job->queued = false;
    if (job->prev != NULL) {
        job->prev->next = job->next;
    } else {
        p->head = job->next;
    }
    if (job->next != NULL) {
        job->next->prev = job->prev;
    } else {
        p->tail = job->prev;
    }
    job->prev = job->next = NULL;
}

void pool_pump(struct pool *p)
{
    pump(p);
}

bool pool_is_up(const struct pool *p)
{
    for (int i = 0; i < p->n; i++) {
        if (p->line[i].ready) return true;
    }
    return false;
}
