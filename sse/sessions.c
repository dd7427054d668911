#include "sessions.h"

#include <stdlib.h>
#include <time.h>

#include "conn.h"

/* Sessions of one tenant, told to the database together. */
struct group {
    struct group *next;
    struct pool_job job;
    struct pgreq req;
    int64_t tenant;
    int64_t expires; /* what the database will have made of it */
    size_t n;
    int64_t id[SESSIONS_BATCH];
};

static struct {
    struct pushd *app;
    struct timer timer;
    struct group *open, *sent; /* being filled; under way */
} self;

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static void extend(struct conn *c, void *arg)
{
    const struct group *g = arg;

    if (c->subscriber.account->tenant->feed.id != g->tenant) return;
    if (bsearch(&c->session, g->id, g->n, sizeof *g->id, by_id) != NULL && c->expires < g->expires) c->expires = g->expires;
}

static void on_result(struct pgreq *r, int step, PGresult *result)
{
    (void)r;
    (void)step;
    PQclear(result);
}

static void on_done(struct pgreq *r, const struct pg_error *error)
{
    struct group *g = CONTAINER_OF(r, struct group, req), **at = &self.sent;

    /* If it failed, a minute later is early enough: sessions last for days. */
    if (error == NULL) conns_each(extend, g);
    while (*at != g) at = &(*at)->next;
    *at = g->next;
    free(g);
    pool_pump(self.app->pool);
}

static void send_group(struct pool_job *job, struct pg *pg)
{
    struct group *g = CONTAINER_OF(job, struct group, job);
    struct pgargs args = PGARGS_INIT;
    struct pg_step step = {Q_PUSH_SESSION_SEEN, &args};

    pgargs_int8(&args, g->tenant);
    pgargs_int8_array(&args, g->id, g->n);
    pgargs_int4(&args, (int32_t)self.app->conf->session_days);
    g->req = (struct pgreq){.on_result = on_result, .on_done = on_done};
    pg_submit(pg, &g->req, &step, 1);
    pgargs_free(&args);
}

static void submit(struct group *g)
{
    qsort(g->id, g->n, sizeof *g->id, by_id);
    g->expires = time(NULL) + self.app->conf->session_days * 86400;
    g->next = self.sent;
    self.sent = g;
    g->job = (struct pool_job){.send = send_group};
    pool_submit(self.app->pool, &g->job);
}

static void note(struct conn *c, void *arg)
{
    int64_t tenant = c->subscriber.account->tenant->feed.id;
    struct group *g = self.open;

    (void)arg;
    while (g != NULL && g->tenant != tenant) g = g->next;
    if (g == NULL) {
        g = calloc(1, sizeof *g);
        if (g == NULL) return;
        g->tenant = tenant;
        g->next = self.open;
        self.open = g;
    }
    /* Several streams of one session stand beside each other, for one account has them. */
    if (g->n > 0 && g->id[g->n - 1] == c->session) return;
    g->id[g->n++] = c->session;
    if (g->n < SESSIONS_BATCH) return;
    for (struct group **at = &self.open; *at != NULL; at = &(*at)->next) {
        if (*at != g) continue;
        *at = g->next;
        break;
    }
    submit(g);
}

static void on_timer(struct timer *t)
{
    loop_timer_set(self.app->loop, t, loop_now(self.app->loop) + SESSIONS_PERIOD_S * INT64_C(1000000));
    /* While the database is away the last ones still wait. */
    if (self.sent != NULL || !pool_is_up(self.app->pool)) return;
    conns_each(note, NULL);
    while (self.open != NULL) {
        struct group *g = self.open;

        self.open = g->next;
        submit(g);
    }
}

bool sessions_start(struct pushd *app)
{
    self.app = app;
    self.timer = (struct timer){.on = on_timer};
    if (!loop_timer_add(app->loop, &self.timer)) return false;
    loop_timer_set(app->loop, &self.timer, loop_now(app->loop) + SESSIONS_PERIOD_S * INT64_C(1000000));
    return true;
}

void sessions_stop(void)
{
    while (self.sent != NULL) {
        struct group *g = self.sent;

        self.sent = g->next;
        pool_cancel(self.app->pool, &g->job);
        free(g);
    }
    loop_timer_drop(self.app->loop, &self.timer);
}
