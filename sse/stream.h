/* stream.h - a client as it outlives its connections.
 *
 * A client names itself by 128 random bits and keeps them over transports and reconnects. Here stands
 * what must not end with a connection: which rooms it has entered, and until when it counts as here.
 * A stream belongs to an account (the same bits of another account are another stream) and to the
 * session that opened it: a frame sent by POST must carry the same token.
 *
 * Leases: only bytes from the client renew one (stream_heard). A stream with a connection and without
 * rooms needs none; everything else ends when its lease does, or when the client says bye.
 *
 * The stream holds its account. It is freed by itself: no pointer to one may be kept, except by its
 * connection (conn->stream, until stream_detach).
 */
#ifndef CONFAB_STREAM_H
#define CONFAB_STREAM_H

#include "conn.h"
#include "roster.h"

enum { STREAM_ID = 16, STREAM_ID_TEXT = 22, STREAM_TOKEN = 16 };

struct room;

/* A room that a stream has entered; room.c owns these. */
struct place {
    struct room *room;
    uint32_t at;        /* its place in room->in */
    struct mode mode;
    bool lags;          /* has missed moves since this batch */
    uint32_t lags_from;
    uint32_t caught_ms; /* when it last caught up */
};

enum { BEHIND_STATE = 1, BEHIND_MOVES = 2 };

struct stream {
    struct stream *hash_next;
    uint8_t id[STREAM_ID];
    uint8_t token[STREAM_TOKEN]; /* beginning of the session token's hash */
    struct account *account;
    struct conn *conn; /* NULL between two connections */
    int64_t session;
    int64_t heard;
    struct timer lease;
    struct place *rooms;
    uint16_t n_rooms;
    bool ws;          /* whose lease is shorter */
    uint8_t behind;   /* BEHIND_...: has missed something, and gets it when it can */
    bool over;        /* ended while a fan-out was under way: freed right after it */
};

void streams_start(struct pushd *app);
void streams_stop(void);

/* Finds or makes the stream; NULL when out of memory. Holds the account by itself. Its lease runs. */
struct stream *stream_get(struct account *a, const uint8_t id[STREAM_ID], int64_t session, const uint8_t token[STREAM_TOKEN]);
/* Gives it this connection. */
void stream_attach(struct stream *s, struct conn *c);
/* The connection is gone, and the client may come back; has said goodbye; must go. */
enum stream_why { STREAM_LOST, STREAM_BYE, STREAM_ENDS };
void stream_detach(struct conn *c, enum stream_why why);
/* A goodbye is soon believed, but not at once: a page that is loaded anew says it too. */
void stream_bye(struct stream *s);
struct stream *stream_find(const uint8_t id[STREAM_ID], const uint8_t token[STREAM_TOKEN]);
void stream_heard(struct stream *s);
bool stream_is_member(const struct stream *s, int64_t room);
/* Leaves its rooms; a stream without a connection is freed. */
void stream_end(struct stream *s);
void streams_end_session(int64_t account, int64_t session);
void streams_end_account(int64_t account);
void streams_end_all(void);
#endif
