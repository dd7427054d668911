/* forward.h - hands what a WebSocket client sends on to the handlers, by HTTP, signed (relay.h).
 *
 * One request in flight per connection, so that its order holds; the rest waits in a short queue. The
 * answer becomes an `ack` or an `error` that names the client's id. If the connection ends meanwhile
 * the request goes on (it may be stored already); nobody hears the answer.
 */
#ifndef CONFAB_FORWARD_H
#define CONFAB_FORWARD_H

#include "conn.h"

struct json_t;

enum { FORWARD_QUEUE = 256, FORWARD_TIMEOUT_MS = 15000, FORWARD_ANSWER_MAX = 1 << 20 };

/* What a send may have besides. Handed on as it came: the handlers judge it. */
enum { FORWARD_MORE = 3 };
extern const char *const forward_more[FORWARD_MORE];

struct forward_send {
    int64_t room;
    struct slice client_id, text;              /* text.p NULL: it was not a string */
    const struct json_t *more[FORWARD_MORE];   /* by forward_more; NULL: not given */
};

bool forward_start(struct pushd *app);
void forward_stop(void);
/* Copies what it needs; replies to the connection by itself, also when it refuses. */
void forward_take(struct conn *c, const struct forward_send *send);
/* The connection goes. */
void forward_forget(struct conn *c);
/* Requests under way. */
unsigned forward_pending(void);

#endif
