/* request.h - one HTTP request as the handlers see it.
 *
 *     struct request req;
 *     enum problem p = request_read(&req, &io, conf, &arena);     // PROBLEM_NONE: go on
 *     if (req.cut) ...                                            // the client has gone: no answer
 *     request_free(&req);
 *
 * The target is taken from REQUEST_URI, which no web server decodes; SCRIPT_NAME with PATH_INFO
 * stands in where it is missing. Routes begin with /api. Slices point into the environment, the
 * arena or the body and live until request_free. Whatever a proxy may add (address, scheme) counts
 * only with `trust_forwarded`.
 *
 * Invariant: id, method, path and address are set even when request_read returns a problem.
 */
#ifndef CONFAB_REQUEST_H
#define CONFAB_REQUEST_H

#include "arena.h"
#include "conf.h"
#include "io.h"
#include "problem.h"

struct request {
    struct arena *arena;
    char id[17];           /* random; in the log and in X-Request-Id */
    struct slice method;
    struct slice target;   /* path and query as sent: what a relay signs */
    struct slice path, query;
    struct slice host;     /* with its port, if any; "" when absent or odd */
    struct slice address;  /* the client's */
    bool https;
    bool cut;
    struct slice authorization, cookie, origin, fetch_site, relay, agent, content_type;
    struct slice range, if_range, if_none_match;
    struct slice preflight; /* Access-Control-Request-Method */
    struct buf body;
};

enum problem request_read(struct request *r, struct io *io, const struct conf *conf, struct arena *arena);
/* Wipes the body; the arena stays the caller's. */
void request_free(struct request *r);

/* GET, HEAD and OPTIONS change nothing. */
bool request_changes(const struct request *r);
/* Is the host this machine by name: localhost, 127.0.0.1 or [::1], with any port? */
bool request_is_local(const struct request *r);

#endif
