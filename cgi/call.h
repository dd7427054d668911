/* call.h - one request being answered: what a handler is given, and its way to the database.
 *
 *     void members_leave(struct call *c)
 *     {
 *         struct pgargs *a = call_args(c);
 *
 *         pgargs_int8(a, c->params.room);
 *         call_queue(c, Q_API_ROOM_LEAVE, a);
 *         if (!call_write(c) || call_next(c) == NULL || !call_committed(c)) return;
 *         reply_empty(&c->reply, 204);
 *     }
 *
 * A round trip is: call_queue for each statement, then call_read or call_write. The check of the
 * session goes first by itself. Whatever fails has already decided the reply, so a handler just
 * returns. Results live until the next round trip begins (its first call_queue) or the call ends.
 * An effect is told to the client only after call_committed.
 */
#ifndef CONFAB_CALL_H
#define CONFAB_CALL_H

#include "conf.h"
#include "reply.h"
#include "routes.h"
#include "session.h"

/* What the process has, for all requests. */
struct api {
    struct conf *conf;
    struct keyring *keys;
    struct db *db;
    struct session_memory memory;
    struct arena arena;
};

#define CALL_ARGS_MOST 12

struct call {
    struct api *api;
    struct request req;
    struct reply reply;
    struct who who;
    const struct route *route;
    struct route_params params;
    struct value f[FIELD_COUNT];
    struct pgargs args[CALL_ARGS_MOST];
    int n_args;
    bool queueing; /* between the first call_queue of a round trip and its sending */
    bool snapshot; /* the round trip is one repeatable-read transaction */
};

/* Empty parameters for one statement; freed with the round trip. */
struct pgargs *call_args(struct call *c);
/* Called before the first call_queue of a round trip that reads: all its statements see one snapshot. */
void call_snapshot(struct call *c);
/* Queues a statement behind the session's check (none for a request of nobody). */
void call_queue(struct call *c, int query, struct pgargs *a);
/* Sends as one transaction: reading alone, or writing with a notification behind its commit. */
bool call_read(struct call *c);
bool call_write(struct call *c);
/* The next statement's result. NULL: the reply is decided. */
PGresult *call_next(struct call *c);
/* Is the transaction stored? False: the reply is decided. */
bool call_committed(struct call *c);
/* One statement that writes and returns nothing of interest. */
bool call_do(struct call *c, int query, struct pgargs *a);
/* Decides the reply by the database's last error. */
void call_failed(struct call *c);
/* Finds out who.account and who.session, with a round trip only if they are not known yet. */
bool call_know(struct call *c);
/* Ends the last round trip; the dispatcher calls it too. */
void call_done(struct call *c);

/* limit, or what is usual where the client named none. */
int32_t call_limit(const struct call *c, int32_t usual);

#endif
