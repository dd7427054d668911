/* pool.h - a few database connections for session checks and resumes, many requests in flight on each.
 *
 * A job waits in one queue until a connection has room, then its `send` is called with that
 * connection and must pg_submit to it. Jobs are embedded in their owners. While the database is away
 * they wait; who does not want to wait any longer takes the job back with pool_cancel.
 */
#ifndef CONFAB_POOL_H
#define CONFAB_POOL_H

#include "pg.h"

struct pool_job {
    struct pool_job *prev, *next;
    bool queued;
    void (*send)(struct pool_job *job, struct pg *pg);
};

struct pool;

/* `ready`: see pg.h. */
struct pool *pool_new(struct loop *loop, int connections, const char *(*conninfo)(void), bool (*ready)(void *arg));
void pool_start(struct pool *p);
void pool_free(struct pool *p);
void pool_submit(struct pool *p, struct pool_job *job);
/* Harmless if it is not queued. */
void pool_cancel(struct pool *p, struct pool_job *job);
/* Sends what waits; called whenever a request is done. */
void pool_pump(struct pool *p);
bool pool_is_up(const struct pool *p);

#endif
