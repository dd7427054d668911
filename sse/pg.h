/* pg.h - one database connection that never blocks, with many requests in flight (pipeline mode).
 *
 * A request is up to PG_STEPS statements in one transaction. It is embedded in its owner:
 *
 *     req->on_result = ...; req->on_done = ...;
 *     struct pg_step steps[] = {{Q_PUSH_SESSION_USE, &who}, {Q_PUSH_CHANGES, &what}};
 *     pg_submit(pg, req, steps, 2);
 *
 * on_result is called for each statement that succeeded, and gets the result as its own (PQclear);
 * then on_done once: NULL when all was committed, else the first error. A request that was submitted
 * is always done in the end, also when the connection is lost; submit itself calls nothing back.
 * Parameters are copied at once and may be freed after pg_submit.
 *
 * Connecting, back-off with jitter, connecting again, and giving up on a server that does not answer
 * happen by themselves; `up` and `down` tell. Statements are prepared at first use.
 */
#ifndef CONFAB_PG_H
#define CONFAB_PG_H

#include <libpq-fe.h>

#include "loop.h"
#include "pgargs.h"
#include "queries.h"

enum { PG_STEPS = 3 };

struct pg;

struct pg_error {
    bool away; /* the connection, not the statement */
    char sqlstate[6];
    char message[256];
};

struct pg_step {
    int query;
    struct pgargs *args; /* NULL: none */
};

struct pgreq {
    struct pgreq *next;
    int64_t sent;
    uint8_t query[PG_STEPS];
    uint8_t n, at;
    uint8_t prepares; /* bit i: step i has a Prepare before it */
    bool in_prepare, failed;
    struct pg_error *error;
    void (*on_result)(struct pgreq *r, int step, PGresult *result);
    void (*on_done)(struct pgreq *r, const struct pg_error *error);
};

struct pg_handlers {
    void (*up)(void *arg, struct pg *pg);
    /* Was up, or could not be reached. */
    void (*down)(void *arg, struct pg *pg, const char *why);
    void (*notified)(void *arg, struct pg *pg);
    /* May results be delivered now? While it says no they wait in the socket. */
    bool (*ready)(void *arg);
    void *arg;
};

/* conninfo is asked for at every attempt, since the configuration can be reread. */
struct pg *pg_new(struct loop *loop, const char *(*conninfo)(void), const struct query *queries, int n_queries,
                  const struct pg_handlers *handlers);
/* Begins to connect. */
void pg_start(struct pg *pg);
/* Requests in flight are done with an error. */
void pg_free(struct pg *pg);
bool pg_is_up(const struct pg *pg);
unsigned pg_in_flight(const struct pg *pg);
/* Only while up. */
void pg_submit(struct pg *pg, struct pgreq *r, const struct pg_step *steps, int n);
/* db_pooler_complaint of its connection. */
const char *pg_pooler_complaint(const struct pg *pg, int32_t pid);
/* Drops the connection and connects again (after back-off). */
void pg_drop(struct pg *pg, const char *why);

#endif
