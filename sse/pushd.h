/* pushd.h - what the parts of the pusher share: one of it, made by main.c, passed to each part's
 * start function. Parts that exist once per process (conn, fan, tail, admission ...) keep the pointer;
 * data structures (hub, journal, outbox, batch ...) know nothing of it and are tested alone.
 */
#ifndef CONFAB_PUSHD_H
#define CONFAB_PUSHD_H

#include "conf.h"
#include "crypto.h"
#include "hub.h"
#include "journal.h"
#include "loop.h"
#include "pool.h"

struct pushd {
    struct conf *conf; /* replaced on SIGHUP: never keep a pointer into it */
    struct keyring *keys;
    struct loop *loop;
    struct hub hub;
    struct journal journal;
    struct pool *pool;
    int64_t started;  /* monotonic */
    uint32_t max_conns; /* push_connections, or less if the process may not open so many files */
    uint32_t max_requests; /* of HTTP, in flight */
    bool stopping;
};

#endif
