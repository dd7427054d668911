/* typing.h - who types in a room, and in which thread of it. Data only: who is told stands in room.c.
 *
 *     typing_note(&t, person, thread, now);      // a key was pressed; again: it goes on
 *     typing_end(&t, person, thread);            // the message is there
 *     next = typing_expire(&t, now);             // those that went silent
 *     while (typing_changed(&t, &thread)) typing_json(&t, room, thread, &out);
 *
 * Thread 0 is the room's own log. A person that types on in the same place changes nothing that others
 * see, so it costs nobody a frame. An empty one owns no memory. Times are monotonic microseconds.
 */
#ifndef CONFAB_TYPING_H
#define CONFAB_TYPING_H

#include "buf.h"

enum {
    TYPING_LASTS_MS = 6000, /* without a word from the typist */
    TYPING_NAMED = 10,      /* names in one event; the count is exact */
    TYPING_MOST = 200,      /* of a room; who comes later is not shown */
    TYPING_CHANGES = 16     /* threads that can change between two tellings; more wait for the next key */
};

struct typist {
    int64_t person, thread, until;
};

struct typing {
    struct typist *who;
    uint16_t n, cap, n_changed;
    int64_t changed[TYPING_CHANGES];
};

/* True when that changes what others see. */
bool typing_note(struct typing *t, int64_t person, int64_t thread, int64_t now);
bool typing_end(struct typing *t, int64_t person, int64_t thread);
/* In all threads: the person has left. */
bool typing_end_all(struct typing *t, int64_t person);
/* When the next one expires; INT64_MAX: none does. */
int64_t typing_expire(struct typing *t, int64_t now);
/* Takes one thread whose list has changed. */
bool typing_changed(struct typing *t, int64_t *thread);
/* The list of a thread, which may be empty. */
void typing_json(const struct typing *t, int64_t room, int64_t thread, struct buf *out);
/* Calls fn once for each thread in which somebody types. */
void typing_threads(const struct typing *t, void (*fn)(void *arg, int64_t thread), void *arg);
void typing_free(struct typing *t);

#endif
