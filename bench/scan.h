/* scan.h - what a server sends on one stream, taken apart cheaply.
 *
 * It takes bytes in any split and does no I/O: an HTTP answer's head, then (chunked or not) either
 * SSE or WebSocket frames, told apart by the status 101. Bytes that do not yet make a whole event are
 * kept, so that a stream at rest costs a few words. The reader's loop:
 *
 *     held = scan_resume(&s, buf);                          // what was left over comes first
 *     n = recv(fd, buf + held, SCAN_BUFFER - held, 0);
 *     ok = scan_feed(&s, buf, held, n, &sink, arg);         // calls the sink's functions
 *
 * buf is one buffer for all streams, SCAN_BUFFER bytes. Slices given to the sink live in it and die with
 * the call. It is made for measuring, not for browsing: it trusts the server to send what
 * docs/PROTOCOL.md says (one line of JSON an event, whose first member is `event`), and to be caught
 * by the tests where it does not.
 */
#ifndef CONFAB_BENCH_SCAN_H
#define CONFAB_BENCH_SCAN_H

#include "slice.h"

#define SCAN_BUFFER (1u << 20)

struct scan {
    char *held; /* the beginning of something unfinished */
    uint32_t n_held;
    uint32_t chunk;    /* bytes left of the chunk, while `chunking` is in its data */
    uint16_t status;   /* of the HTTP answer; 0 until its head is whole */
    uint8_t chunking;  /* enum in scan.c */
    bool framed;       /* WebSocket */
};

#define SCAN_INIT {0}

struct scan_sink {
    /* The answer's head is whole. */
    void (*head)(void *arg, unsigned status);
    /* One event; data is its JSON. */
    void (*event)(void *arg, struct slice name, struct slice data);
    /* A WebSocket control frame: 8 close, 9 ping, 10 pong. */
    void (*control)(void *arg, unsigned opcode, struct slice payload);
};

/* Puts the bytes left over into buf, forgets them, returns how many. */
size_t scan_resume(struct scan *s, char *buf);
/* `held` is what scan_resume returned, `fresh` what came behind it. False: this is no stream of ours. */
bool scan_feed(struct scan *s, char *buf, size_t held, size_t fresh, const struct scan_sink *sink, void *arg);
void scan_free(struct scan *s);

/* The number after `key` in an event's JSON, quoted or not: scan_number(data, SLICE("\"seq\":")). */
bool scan_number(struct slice json, struct slice key, int64_t *out);
/* The text after `key` up to the next quote; for values that need no escapes. */
bool scan_text(struct slice json, struct slice key, struct slice *out);

#endif
