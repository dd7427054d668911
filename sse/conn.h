/* conn.h - a stream's socket, from the moment that it is admitted until its last byte.
 *
 *     LIVE     linked to its account; frames are sent to it
 *     DOOMED   conn_doom() was called: nothing is sent any more. Nothing is freed yet, so it may be
 *              called from anywhere, also while somebody walks over connections
 *     LEAVING  taken from account and stream by conns_reap(); says goodbye, drains, closes by itself
 *
 * Reaping happens once per turn of the loop, and not while a fan-out is under way.
 *
 * A connection owns its socket, its outbox and what its transport keeps (a half-read WebSocket
 * message, sends that wait). It holds its account. At rest it is this struct and nothing else.
 */
#ifndef CONFAB_CONN_H
#define CONFAB_CONN_H

#include "bucket.h"
#include "metrics.h"
#include "outbox.h"
#include "pushd.h"

/* Why a connection ends: FAREWELL(id, WebSocket close code or 0, reason of the `bye` event or NULL).
 * Code 0: no goodbye, the socket is just closed. */
#define FAREWELLS(F) \
    F(GONE, 0, NULL)              /* the client closed, or writing failed */ \
    F(LEASE, 0, NULL)             /* it has not sent a byte for too long */ \
    F(ANSWERED, 0, NULL)          /* a long-poll: its answer is in the outbox */ \
    F(CLOSED, 1000, NULL)         /* the client's close frame is answered with its own code */ \
    F(RESTART, 1001, "restart")   /* we go, or everybody has to resume */ \
    F(PROTOCOL, 1002, NULL) \
    F(BINARY, 1003, NULL) \
    F(TEXT, 1007, NULL) \
    F(POLICY, 1008, NULL) \
    F(BIG, 1009, NULL) \
    F(INTERNAL, 1011, NULL) \
    F(SLOW, 1013, "slow") \
    F(SIGNED_OUT, 4401, "signed_out")

enum farewell {
#define F(id, code, bye) FAREWELL_##id,
    FAREWELLS(F)
#undef F
};
uint16_t farewell_code(enum farewell f);
const char *farewell_bye(enum farewell f);

enum conn_state { CONN_LIVE, CONN_DOOMED, CONN_LEAVING };

struct conn;
struct stream;

struct transport {
    const char *name;
    enum format format;
    enum metric gauge;
    bool held; /* frames are kept until the answer is written (long-poll) */
    /* Bytes from the client; NULL: they mean nothing. */
    void (*input)(struct conn *c, struct slice bytes);
    /* A held one has something to answer with, or its time is up. */
    void (*answer)(struct conn *c);
    /* Puts the goodbye into the outbox. */
    void (*bye)(struct conn *c, enum farewell why);
};
extern const struct transport transport_sse, transport_ws, transport_poll;
void transport_ws_start(struct pushd *app);

struct conn {
    /* Together: what a fan-out touches. */
    struct watch watch;
    struct subscriber subscriber;
    const struct transport *transport;
    struct outbox out;
    uint8_t state, farewell;
    bool writing;  /* EPOLLOUT is asked for */
    bool held;
    bool ready;    /* held, and in the list of those to be answered */
    bool heard_bye; /* the client means to go: nobody need wait for its lease */
    uint8_t bad;   /* frames refused in this minute */
    uint32_t stale_at; /* place in the list of those that lack the newest cursor, from 1 */
    uint32_t bad_since; /* seconds, monotonic */

    struct timer timer;
    int64_t beat_at, heard; /* next heartbeat (or a poll's end); last byte from the client */
    struct stream *stream;
    struct ws_parse *in;    /* while a client's frame is half read */
    struct forward *forward; /* while sends are under way */
    int64_t session;
    int64_t expires;        /* seconds, wall clock */
    struct bucket frames, surplus, lights;
    char *address;          /* the client's, or NULL */
    struct conn *link;      /* doomed list */
    uint16_t close_code;    /* CLOSED: the client's */
};

void conns_start(struct pushd *app);
void conns_stop(void);

struct conn_new {
    int fd;
    const struct transport *transport;
    struct account *account; /* a hold is taken over */
    int64_t session, expires;
    char *address;           /* taken over */
};
/* NULL when out of memory; then nothing was taken over. */
struct conn *conn_open(const struct conn_new *n);
static inline struct conn *conn_of(struct subscriber *s)
{
    return CONTAINER_OF(s, struct conn, subscriber);
}

/* Sends or queues; a client whose queue is too long is doomed. */
void conn_send(struct conn *c, struct frame *f);
/* For what will be superseded: not sent (false) while the client is behind. */
bool conn_send_soft(struct conn *c, struct frame *f);
/* Builds a frame of b for this one client. */
void conn_send_buf(struct conn *c, const struct buf *b);
/* From now on until `end` (monotonic) a held connection waits. */
void conn_hold_until(struct conn *c, int64_t end);
void conn_doom(struct conn *c, enum farewell why);

/* Those whose last frame had no cursor behind it get the newest within a second. */
void conn_stale(struct conn *c);

/* Dooms every stream, of one session, of one account. */
void conns_doom_all(enum farewell why);
void conns_end_session(struct account *a, int64_t session);
void conns_end_account(struct account *a);
/* Every live connection. */
void conns_each(void (*fn)(struct conn *c, void *arg), void *arg);

/* Once per turn: answers held ones, says goodbye, closes. */
void conns_reap(void);
uint32_t conns_count(void);

#endif
