/* roster.h - the participants of one room, what each of them shows, and what others have not heard yet.
 *
 * This is the one place that holds a participant, and it knows no streams and no sockets: a person is
 * an id with a number of seats (one for each stream inside, on whichever pusher that is), so that rooms
 * whose participants are spread over several pushers can be fed through the same few calls.
 *
 *     roster_join(&r, id, &mode, most);             // a stream enters; again: another seat
 *     roster_remode(&r, id, &mode, &changed, most); // it says something else of itself
 *     roster_show(&r, id, &show);                   // what the person shows: name, emoji, place
 *     roster_leave(&r, id, &mode);
 *     if (roster_has_news(&r)) roster_news(&r, room, most, &json, &only);   // `presence`
 *     if (roster_has_moves(&r)) roster_moves(&r, room, ROSTER_MOVES, &json);  // `moved`
 *     roster_state(&r, room, asker, settling, &json); // what a newcomer gets: `presence_state`
 *
 * Named and counted: at most `most` participants are told of by name, the others are only counted; when
 * a named one leaves, another takes the place. So a join costs the same however many are there already.
 *
 * An observer that took a state and applies the news and moves that follow has what the next state would
 * say: names, what they show, the count (tests/unit/test_sse_roster.c). News may repeat what the state
 * had already. An invisible seat is neither named nor counted.
 *
 * Memory: a participant is 72 bytes and its place in a map; a name or an emoji costs another 80 and the name.
 */
#ifndef CONFAB_ROSTER_H
#define CONFAB_ROSTER_H

#include "buf.h"
#include "idmap.h"

enum {
    ROSTER_MOVES = 100,     /* participants in one batch of moves */
    ROSTER_NAME_MAX = 64,   /* code points */
    ROSTER_GONE = 32,       /* the last ones to leave, who are remembered */
    ROSTER_SCALE = 10000,   /* positions are 0 to this */
    ROSTER_NOWHERE = 0xFFFF /* no position */
};

enum roster_status { ROSTER_ONLINE, ROSTER_DND, ROSTER_IDLE, ROSTER_INVISIBLE, ROSTER_STATUSES };
enum roster_device { ROSTER_DESKTOP, ROSTER_TABLET, ROSTER_PHONE, ROSTER_UNTOLD, ROSTER_DEVICES };

/* What one stream says of itself. */
struct mode {
    uint8_t status, device;
};

/* What a person says of itself: the members that `has` names. */
enum { SHOW_NAME = 1, SHOW_EMOJI = 2, SHOW_PLACE = 4, SHOW_STATUS = 8, SHOW_DEVICE = 16, SHOW_ALL = 31 };
struct show {
    unsigned has;
    struct mode mode;         /* of the stream that says so */
    struct slice name, emoji; /* empty: none. Clean, and no longer than the limits */
    int64_t emoji_until;      /* 0: until it is taken off */
    uint16_t x, y;            /* both ROSTER_NOWHERE: off the floor */
};

struct participant;

struct gone {
    int64_t id, at; /* microseconds, wall clock */
};

struct roster {
    struct idmap people;
    uint32_t here;   /* visible participants */
    uint32_t n_named, cap_named;
    struct participant **named;
    struct participant *changed;                /* wait for the news */
    struct participant *moved_first, *moved_last; /* wait for a batch of moves */
    uint32_t batch;        /* of moves; counts up */
    uint32_t told_here;    /* the count that the last news told */
    uint32_t states;       /* taken; counts up */
    bool count_seen;       /* a state told another count than the last news */
    uint8_t n_gone;
    struct gone *gone;     /* the latest at the end; NULL: nobody has left */
    int64_t wall, gone_us; /* roster_clock */
    int64_t emoji_ends_at; /* the first emoji that ends by itself; INT64_MAX: none. 0 in a new one */
};

/* One more seat. False when out of memory. */
bool roster_join(struct roster *r, int64_t id, const struct mode *mode, uint32_t most);
/* One seat less; true if the person has another one. The person must have this seat. */
bool roster_leave(struct roster *r, int64_t id, const struct mode *mode);
void roster_remode(struct roster *r, int64_t id, const struct mode *from, const struct mode *to, uint32_t most);
/* Name, emoji and place of the person (the mode is roster_remode's). False when out of memory. The
 * person must be here. */
bool roster_show(struct roster *r, int64_t id, const struct show *show);
/* Takes off what has ended; returns when the next one does, or INT64_MAX. */
int64_t roster_expire(struct roster *r, int64_t now);

/* Before news and states: the time of day, and for how long those who have left are told; 0: not. */
static inline void roster_clock(struct roster *r, int64_t wall, int64_t gone_us)
{
    r->wall = wall;
    r->gone_us = gone_us;
}
bool roster_has_news(const struct roster *r);
/* Writes what has changed, and forgets. *only: the one person that has joined, if that is all. False if
 * nothing is worth telling after all. */
bool roster_news(struct roster *r, int64_t room, uint32_t most, struct buf *out, int64_t *only);

static inline bool roster_has_moves(const struct roster *r)
{
    return r->moved_first != NULL;
}
/* Writes the places of those who have waited longest, at most n; false if none is worth telling. */
bool roster_moves(struct roster *r, int64_t room, unsigned n, struct buf *out);
/* The places of all who were in a batch after `batch`; false if none was. */
bool roster_moves_since(const struct roster *r, int64_t room, uint32_t batch, struct buf *out);

/* For one person; r may be NULL: nobody is here. */
void roster_state(struct roster *r, int64_t room, int64_t asker, bool settling, struct buf *out);
/* Everybody who is here, in the order of ids, from behind `after`, n at the most. */
void roster_page(const struct roster *r, int64_t room, int64_t after, unsigned n, struct buf *out);

void roster_free(struct roster *r);
/* Everything that must be so, is. For tests. */
bool roster_sane(const struct roster *r, uint32_t most);

#endif
