/* admission.h - from a request for a stream to a live one.
 *
 * The front has checked the request's form and duplicated its socket. Then, without ever blocking:
 *
 *   1. wait for a database connection (the pool); the journal is marked when the question is sent
 *   2. one question: is the session good, which rooms, what changed since the cursor
 *   3. wait until the tail has handed out everything that the answer has seen (its next answer):
 *      from then on nothing that the answer covers can come again by way of the tail
 *   4. what the journal holds behind the mark, without what the answer has seen, is replayed; the
 *      account takes its seats in the hub; head, hello, events and cursor are written; it is live
 *
 * A refusal at any step is an ordinary HTTP answer. Who waits longer than ADMISSION_WAIT_MS gets 503.
 */
#ifndef CONFAB_ADMISSION_H
#define CONFAB_ADMISSION_H

#include "conn.h"
#include "cursor.h"
#include "problem.h"
#include "stream.h"
#include "token.h"

enum { ADMISSION_WAIT_MS = 5000, ADMISSION_LIMIT = 50 };

struct admission_request {
    int fd; /* a duplicate of ours; taken over, also on failure */
    const struct transport *transport; /* NULL: frames by POST for a stream that is not known yet */
    struct token token;
    bool by_cookie;
    bool last_event_id;        /* an EventSource that comes back by itself */
    struct cursor cursor;      /* taken over; of no use unless has_cursor */
    bool has_cursor;
    struct slice cursor_text;
    uint8_t stream[STREAM_ID];
    int64_t wait_ms;           /* long-poll */
    struct slice origin;       /* a foreign origin that is allowed, or empty */
    struct slice address;      /* the client's, or empty */
    struct slice websocket_accept; /* the handshake's answer */
    bool subprotocol;          /* the client offered confab.v1 */
    struct slice early;        /* bytes behind the head: frames of a WebSocket client; of a POST, its body */
};

void admissions_start(struct pushd *app);
void admissions_stop(void);
/* Slices are copied. */
void admission_begin(const struct admission_request *r);
/* The tail has handed out what the question of that number brought. */
void admissions_caught_up(uint64_t no);
/* Refuses all with 503. */
void admissions_refuse_all(void);
uint32_t admissions_count(void);

#endif
