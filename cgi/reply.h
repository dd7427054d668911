/* reply.h - the answer to one request, built whole and sent at once.
 *
 *     struct json *j = reply_json(r, 200);
 *     json_begin_object(j); ... json_end(j);
 *     reply_link(r, "next", "/api/people?after=...");
 *     reply_send(r, &io, head_only);
 *
 * Exactly one of reply_json, reply_empty, reply_stream and the reply_problem calls decides an answer; a later one
 * replaces it, so a handler that fails half-way just calls reply_problem. Builders never fail: what
 * could not be built (no memory, JSON that is not whole) is sent as 500. Every answer has the request's
 * id, no-store and nosniff.
 *
 * The reply owns its buffers, which are wiped by reply_free: they hold plain text.
 */
#ifndef CONFAB_REPLY_H
#define CONFAB_REPLY_H

#include "io.h"
#include "problem.h"

struct reply {
    const char *id; /* of the request */
    int status;     /* 0: nobody has decided */
    enum problem problem;
    bool empty;     /* no body by intent */
    struct buf head, links, body;
    struct json json;
    const char *cache; /* Cache-Control; NULL: no-store */
    struct reply_source {
        const char *type;
        int64_t length;
        bool (*write)(struct io *io, void *arg); /* exactly length bytes; false: they end here */
        void (*end)(void *arg);                  /* always called once */
        void *arg;
    } source;
};

void reply_start(struct reply *r, const char *request_id);
void reply_free(struct reply *r);
/* Forgets what was decided; headers too. */
void reply_clear(struct reply *r);

struct json *reply_json(struct reply *r, int status);
void reply_empty(struct reply *r, int status);
/* A body that is not built but written piece by piece while it is sent (not for HEAD). */
void reply_stream(struct reply *r, int status, const struct reply_source *source);
/* Lets clients keep the answer. policy: a literal. */
void reply_cache(struct reply *r, const char *policy);
/* detail may be NULL. Retry-After is added where the status calls for one. */
void reply_problem(struct reply *r, enum problem p, const char *detail);
void reply_problem_fields(struct reply *r, const struct problem_field *fields, size_t n);
/* 429: wait that many seconds; policy is the limit's name, burst requests in period seconds. */
void reply_too_many(struct reply *r, const char *detail, int64_t wait_s, const char *policy, int64_t burst, int64_t period_s);

/* A header line. The value must not hold control characters: what came from outside is checked first. */
void reply_header(struct reply *r, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same for a value of any length. */
void reply_header_slice(struct reply *r, const char *name, struct slice value);
/* Adds to the Link header; target: a path of ours with an encoded query. */
void reply_link(struct reply *r, const char *rel, const char *target);

/* False if the client has gone. head_only: the answer to HEAD. */
bool reply_send(struct reply *r, struct io *io, bool head_only);

#endif
