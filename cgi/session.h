/* session.h - who is asking, and the session cookie.
 *
 * A request is identified by a token (bearer or cookie) or by the pusher's signed relay header. That
 * is only a claim: session_queue puts it in front of every transaction of the request, and the
 * database skips all that follows if no such session lives.
 *
 * A message is sealed with its sender's id, which only the database knows from a token. The pairs
 * seen last are therefore remembered by the process: a session never changes its account, and a
 * remembered one that has ended is still refused by the database.
 */
#ifndef CONFAB_SESSION_H
#define CONFAB_SESSION_H

#include "crypto.h"
#include "db.h"
#include "relay.h"
#include "request.h"
#include "token.h"

struct who {
    enum { WHO_NOBODY, WHO_TOKEN, WHO_RELAY } by;
    bool by_cookie;
    struct token token; /* WHO_TOKEN */
    int64_t tenant;
    int64_t account, session; /* 0 until known */
    bool touch;               /* the database wants to hear a sign of life */
};

struct session_memory {
    struct {
        uint8_t hash[32];
        int64_t account, session;
    } v[256];
};

enum session_claim {
    CLAIM_NONE,  /* no token: fine where anybody may */
    CLAIM_MADE,
    CLAIM_WORTHLESS, /* a relay header that is not good: 401, whatever else the request carries */
    CLAIM_STALE,     /* one that is good but for its time: our clocks differ, the client is not to blame */
};
/* Reads the claim out of the headers; takes the client's address from a good relay. */
enum session_claim session_claim(struct who *w, struct request *r, struct keyring *keys, const struct session_memory *m, int64_t now_s);

/* Queues the check of the claim as a statement. a: free to use until the statement is sent. */
void session_queue(const struct who *w, struct db *db, struct pgargs *a);
/* Takes its result. False if the row contradicts what was known: then nothing may be answered. */
bool session_row(struct who *w, struct session_memory *m, const PGresult *row);

/* May a request that changes something come from where it comes from? */
bool session_origin_good(const struct request *r, const struct conf *conf);

enum { SESSION_COOKIE_MAX = 256 };
/* The value of Set-Cookie that sets (token: its text) or, with an empty token, clears the cookie. */
void session_cookie(char out[SESSION_COOKIE_MAX], bool https, struct slice token, int64_t days);
/* May a session be carried by this connection: https, this machine, or allowed by the operator? */
bool session_secure(const struct request *r, const struct conf *conf);

#endif
