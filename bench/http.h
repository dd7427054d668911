/* http.h - one keep-alive connection that posts JSON, and says when the answer is there.
 *
 *     struct http h = {.answered = my_function, .arg = me};
 *     http_open(&h, &loop, &address);
 *     if (http_idle(&h)) http_post(&h, path, token, json);
 *
 * One request at a time. When the server closes between two requests, the next one connects again;
 * when it closes within one, `answered` gets status 0.
 */
#ifndef CONFAB_BENCH_HTTP_H
#define CONFAB_BENCH_HTTP_H

#include "buf.h"
#include "loop.h"
#include "net.h"

struct http {
    struct watch watch; /* first */
    struct loop *loop;
    struct net_address address;
    int fd;
    bool busy;
    struct buf out; /* the request; whole until it is sent */
    size_t sent;
    struct buf in;
    void (*answered)(struct http *h, unsigned status);
    void *arg;
};

void http_open(struct http *h, struct loop *l, const struct net_address *a);
static inline bool http_idle(const struct http *h) { return !h->busy; }
void http_post(struct http *h, const char *path, const char *token, struct slice json);
void http_close(struct http *h);

#endif
