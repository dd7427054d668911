#include "pool.h"

#include <stdlib.h>

#include "log.h"

enum {
    /* Enough to hide the round trip; few enough that a request is sent late, near to its answer:
     * what the tail brings in between has to be kept. */
    IN_FLIGHT = 8,
};

struct pool {
    struct pg **pg;
    int n;
    struct pool_job *head, *tail;
    struct pgreq *settings; /* one a connection */
    bool told_down;
};

static void pump(struct pool *p)
{
    while (p->head != NULL) {
        struct pg *best = NULL;
        struct pool_job *job = p->head;

        for (int i = 0; i < p->n; i++) {
            if (!pg_is_up(p->pg[i]) || pg_in_flight(p->pg[i]) >= IN_FLIGHT) continue;
            if (best == NULL || pg_in_flight(p->pg[i]) < pg_in_flight(best)) best = p->pg[i];
        }
        if (best == NULL) return;
        pool_cancel(p, job);
        job->send(job, best);
    }
}

static void settings_result(struct pgreq *r, int step, PGresult *result)
{
    (void)r;
    (void)step;
    PQclear(result);
}

static void settings_done(struct pgreq *r, const struct pg_error *error)
{
    (void)r;
    (void)error;
}

static void up(void *arg, struct pg *pg)
{
    struct pool *p = arg;
    struct pg_step step = {Q_PUSH_SETTINGS, NULL};

    for (int i = 0; i < p->n; i++) {
        if (p->pg[i] != pg) continue;
        p->settings[i] = (struct pgreq){.on_result = settings_result, .on_done = settings_done};
        pg_submit(pg, &p->settings[i], &step, 1);
    }
    if (p->told_down) log_info("pool: database is back", "connections=%d", p->n);
    p->told_down = false;
    pump(p);
}

static void down(void *arg, struct pg *pg, const char *why)
{
    struct pool *p = arg;

    (void)pg;
    if (p->told_down || pool_is_up(p)) return;
    p->told_down = true;
    log_warn("pool: database is away", "error=%s", why);
}

struct pool *pool_new(struct loop *loop, int connections, const char *(*conninfo)(void), bool (*ready)(void *arg))
{
    struct pool *p = calloc(1, sizeof *p);
    struct pg_handlers on = {.up = up, .down = down, .ready = ready, .arg = p};

    if (p == NULL) return NULL;
    p->pg = calloc((size_t)connections, sizeof *p->pg);
    p->settings = calloc((size_t)connections, sizeof *p->settings);
    if (p->pg == NULL || p->settings == NULL) goto failed;
    for (; p->n < connections; p->n++) {
        p->pg[p->n] = pg_new(loop, conninfo, push_queries, Q_PUSH_COUNT, &on);
        if (p->pg[p->n] == NULL) goto failed;
    }
    return p;
failed:
    pool_free(p);
    return NULL;
}

void pool_start(struct pool *p)
{
    for (int i = 0; i < p->n; i++) pg_start(p->pg[i]);
}

void pool_free(struct pool *p)
{
    if (p == NULL) return;
    for (int i = 0; i < p->n; i++) pg_free(p->pg[i]);
    free(p->pg);
    free(p->settings);
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
        if (pg_is_up(p->pg[i])) return true;
    }
    return false;
}
