/* swarm.h - many clients of one chat server in one process, whatever the server speaks.
 *
 * A dialect says how a client greets its server, what its bytes mean and how it posts; everything else (connecting,
 * reading, counting, pacing, clocks) is the same for all, so that what is compared is the servers:
 *
 *     bytes -> dialect -> client_ready()      the server has let it in, and it is in its rooms
 *                         client_message()    a chat message has come
 *                         client_answered()   the server has accepted what this client posted
 *
 * One loop, one thread: what one client costs is a recv() and a look at the bytes.
 */
#ifndef CONFAB_COMPARE_SWARM_H
#define CONFAB_COMPARE_SWARM_H

#include "../http.h"
#include "../loop.h"
#include "../net.h"
#include "../people.h"
#include "../sample.h"
#include "../scan.h"
#include "buf.h"

struct swarm;
struct client;
struct sender;

struct dialect {
    const char *name;
    bool websocket;
    /* HTTP first: bench/scan.h takes the bytes apart. Without it, `take` does. */
    bool scanned;
    /* The answer's head is all the greeting that there is. */
    bool head_is_hello;
    /* Nothing in a message tells which one it is: they are counted in order. */
    bool unnamed;
    void (*hail)(struct client *c, struct buf *out);
    void (*event)(struct client *c, struct slice name, struct slice data);
    /* Returns how many bytes made whole pieces. */
    size_t (*take)(struct client *c, struct slice in);
    /* A post over HTTP: where to, and what. */
    void (*compose)(const struct swarm *s, int64_t room, struct slice text, char path[128], struct buf *body);
    /* A post on the stream of a client. */
    void (*say)(struct client *c, int64_t room, size_t k, struct slice text, struct buf *out);
};

extern const struct dialect dialect_confab_sse, dialect_confab_ws, dialect_nchan_sse, dialect_nchan_ws, dialect_yard_sse, dialect_yard_ws,
    dialect_socketio, dialect_xmpp;

enum client_state { CLIENT_IDLE, CLIENT_CONNECTING, CLIENT_OPENING, CLIENT_READY, CLIENT_ENDED };

struct client {
    struct watch watch; /* first */
    struct swarm *swarm;
    const struct person *who;
    struct scan scan;
    char *held; /* the beginning of something unfinished, if not scanned */
    uint32_t n_held;
    uint16_t step; /* the dialect's own: how far it has come */
    uint16_t state;
    int fd;
    uint64_t messages;
    struct sender *sender; /* whose post it carries */
};

/* The clients of one room stand side by side in swarm.members. */
struct room {
    int64_t id;
    size_t from, n;
};

struct swarm {
    const struct dialect *dialect;
    struct net_address address, post;
    struct people people;
    const char *cursor; /* NULL: none */
    size_t n, window, size;
    uint64_t missed; /* what a client must have got to be current */
    struct loop loop;
    struct client *clients;
    struct client **members;
    struct room *rooms;
    size_t n_rooms;
    char *buffer; /* SCAN_BUFFER bytes, for all */
    int64_t now_us;
    size_t started, opening, ready, refused, ended, current;
    unsigned refused_status;
    struct sample became_current;
    int64_t from_us;
    /* since swarm_reset */
    uint64_t messages, bytes, reads;
    int64_t first_us, last_us;
    struct job *job; /* NULL: nobody posts */
};

/* swarm_client.c */
void swarm_start(struct swarm *s);
/* Opens all, waits until each is current, refused or ended; false: that took longer. */
bool swarm_open(struct swarm *s, int64_t timeout_us);
void swarm_reset(struct swarm *s);
void swarm_close(struct swarm *s);
/* How many clients did not get `each` messages since the reset. */
size_t swarm_uneven(const struct swarm *s, uint64_t each);
void client_ready(struct client *c);
void client_message(struct client *c, struct slice data);
void client_answered(struct client *c, bool accepted);
void client_refused(struct client *c, unsigned status);
void client_send(struct client *c, const struct buf *b);
/* Appends a WebSocket frame as clients send it. */
void client_frame(struct buf *out, unsigned opcode, struct slice payload);

/* swarm_post.c: "flood COUNT SENDERS", "single COUNT", "paced RATE SECONDS SENDERS" */
bool swarm_post(struct swarm *s, struct slice how);
void job_message(struct client *c, struct slice data);
void job_answered(struct sender *sender, bool accepted);

/* sender_yard.c: the yardstick is told, not posted to. */
struct yard_sender;
struct yard_sender *yard_sender_open(struct swarm *s, struct sender *sender);
void yard_sender_tell(struct yard_sender *y, size_t count);
void yard_sender_close(struct yard_sender *y);

#endif
