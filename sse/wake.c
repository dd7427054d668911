#include "wake.h"

static struct {
    void (*on_wake)(void);
    void (*done)(const struct pg_error *error);
    struct pgreq req;
} self;

void wake_start(void (*on_wake)(void))
{
    self.on_wake = on_wake;
}

static void result(struct pgreq *r, int step, PGresult *res)
{
    (void)r;
    (void)step;
    PQclear(res);
}

static void listening(struct pgreq *r, const struct pg_error *error)
{
    (void)r;
    self.done(error);
}

void wake_listen(struct pg *pg, void (*done)(const struct pg_error *error))
{
    struct pg_step step = {Q_PUSH_LISTEN, NULL};

    self.done = done;
    self.req = (struct pgreq){.on_result = result, .on_done = listening};
    pg_submit(pg, &self.req, &step, 1);
}

void wake_notified(void)
{
    self.on_wake();
}
