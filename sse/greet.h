/* greet.h - the first bytes of a stream: head, hello, what was missed, and the cursor behind it; or
 * the whole answer of a long-poll that has something to tell. Bytes only. */
#ifndef CONFAB_GREET_H
#define CONFAB_GREET_H

#include "frame.h"
#include "stream.h"

struct greeting {
    enum format format;
    bool reset;
    struct slice feeds;      /* JSON array of verdicts */
    struct slice events;     /* encoded in the format */
    struct slice had;        /* the cursor that the client came with, or empty */
    struct slice token;      /* covers the events */
    int64_t account, session, heartbeat_ms;
    const uint8_t *stream;
    struct slice origin, websocket_accept;
    bool subprotocol;
};

/* SSE and WebSocket. */
void greet(struct buf *out, const struct greeting *g);
/* A long-poll's answer. */
void greet_answer(struct buf *out, const struct greeting *g);

#endif
