/* crowd.h - many streams to one server, held by one loop.
 *
 *     struct crowd c;
 *     crowd_start(&c, &plan, &loop);
 *     crowd_ready(&c, 30);                 // opens all, waits for each hello
 *     while (...) loop_turn(&loop, 100);   // counts what arrives
 *
 * A stream is opening until its `hello` comes, then ready, and ended when either side has closed it. Counts
 * are sums over all streams since crowd_reset; the hooks see each event as it comes.
 */
#ifndef CONFAB_BENCH_CROWD_H
#define CONFAB_BENCH_CROWD_H

#include "loop.h"
#include "net.h"
#include "people.h"
#include "scan.h"

/* A silence that is a pause of the sender's, not a hitch. */
#define CROWD_IDLE_US 20000

struct crowd;
struct stream;

struct crowd_plan {
    struct net_address address;
    bool websocket;
    bool verify;                 /* look for gaps and repeats in every feed of every stream */
    const struct people *people;
    size_t first, n;             /* which of them */
    bool one_account;            /* all streams as the first of them */
    const char *cursor;          /* NULL: none */
    size_t window;               /* streams that may be opening at once */
    void (*on_hello)(struct stream *s, struct slice data);
    void (*on_message)(struct stream *s, struct slice data);
    void (*on_event)(struct stream *s, struct slice name, struct slice data); /* every one */
    void *arg;                   /* for the hooks: s->crowd->plan.arg */
};

enum stream_state { STREAM_IDLE, STREAM_CONNECTING, STREAM_OPENING, STREAM_READY, STREAM_ENDED };

/* The last number seen of one feed. */
struct stream_mark {
    int64_t feed, seq;
};

struct stream {
    struct watch watch; /* first */
    struct crowd *crowd;
    const struct person *who;
    struct scan scan;
    struct stream_mark *marks;
    uint32_t n_marks;
    int fd;
    enum stream_state state;
    uint64_t messages;
    uint64_t expected; /* for the user of the crowd */
};

struct crowd {
    struct crowd_plan plan;
    struct loop *loop;
    struct stream *streams;
    char *buffer; /* SCAN_BUFFER bytes, for all */
    int64_t now_us; /* when the bytes at hand were read */
    size_t started, opening, ready, refused, ended;
    unsigned refused_status; /* of the first refusal */
    /* since crowd_reset */
    uint64_t messages, bytes, reads, gaps, repeats;
    int64_t first_us, last_us; /* of messages */
    int64_t idle_us;           /* between them, while none came for CROWD_IDLE_US */
};

/* Keeps the plan (copied) and the loop. */
void crowd_start(struct crowd *c, const struct crowd_plan *plan, struct loop *loop);
/* Opens as many as the window allows; to be called once a turn until it returns true: all have been
 * started. */
bool crowd_open(struct crowd *c);
/* Opens all and waits until each is ready, refused or ended. False if that takes longer. */
bool crowd_ready(struct crowd *c, int64_t timeout_us);
void crowd_reset(struct crowd *c);
void crowd_close(struct crowd *c);
/* Does the crowd hold no stream that could still bring something? */
static inline bool crowd_dead(const struct crowd *c) { return c->started == c->refused + c->ended; }

#endif
