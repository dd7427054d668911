/* roster_private.h - a participant, for roster.c (who is here) and roster_tell.c (what is told). */
#ifndef CONFAB_ROSTER_PRIVATE_H
#define CONFAB_ROSTER_PRIVATE_H

#include "emoji.h"
#include "roster.h"

/* What few participants have. */
struct extra {
    int64_t emoji_until;
    uint16_t n_name;
    uint8_t n_emoji;
    char emoji[EMOJI_BYTES_MAX];
    char name[]; /* n_name bytes */
};

struct participant {
    int64_t id;
    struct participant *next_changed, *next_moved;
    struct extra *extra;
    uint32_t named_at; /* place in roster->named, from 1; 0: not named */
    uint32_t batch;    /* of moves, that told where it is last */
    uint32_t gone_at;  /* roster->states when it was last taken from the named */
    uint16_t x, y;
    uint16_t with_status[ROSTER_STATUSES], with_device[ROSTER_DEVICES]; /* seats; devices of visible ones */
    uint8_t dirty; /* SHOW_...: what others have not heard */
    bool told;     /* others have heard that it is here */
    bool seen;     /* a state said so since the last news */
    bool again;    /* was away for a moment, in which a state was taken: told anew */
    bool changed, moving; /* in the lists */
};

/* Has it a seat that others may know of? */
bool participant_visible(const struct participant *p);
enum roster_status participant_status(const struct participant *p);
enum roster_device participant_device(const struct participant *p);
/* Empty: none. */
struct slice participant_name(const struct participant *p);
struct slice participant_emoji(const struct participant *p);
/* After it has been taken from one of the lists: nothing may need it any more. */
void participant_free_if_gone(struct roster *r, struct participant *p);
/* Names some of those who were only counted, if there are places. */
void roster_fill_places(struct roster *r, uint32_t most);

#endif
