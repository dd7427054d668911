/* room.h - a room that streams have entered: who gets its ephemeral events, and when.
 *
 * A stream enters and leaves rooms by itself (frames.c has checked that it is a member). Those inside
 * are told of each other (presence.c), of who types (typing.h) and of how far the others have read
 * (receipts.h). What changes is gathered for a moment; one timer per room wakes whichever part is due.
 * A room is here while a stream is inside; then it is freed, and what it knew is gone.
 *
 * Nothing may keep a pointer to a room over a turn of the loop, except its streams (stream->rooms).
 */
#ifndef CONFAB_ROOM_H
#define CONFAB_ROOM_H

#include "receipts.h"
#include "roster.h"
#include "stream.h"
#include "typing.h"

struct room {
    int64_t id;
    struct stream **in; /* every stream inside, in no order */
    uint32_t n, cap;
    struct timer timer;
    /* presence.c: what it waits for (0: nothing), and when it was last told */
    struct roster roster;
    int64_t news_at, news_last, moves_at, moves_last, lag_at;
    /* room.c */
    struct typing typing;
    int64_t typing_at, typing_last;
    struct receipts receipts;
    int64_t receipts_at;
    int64_t size_at; /* when its number of members was last asked for; 0: never */
    int32_t size;    /* members whose reading is told; -1 while unknown */
};

void rooms_start(struct pushd *app);
void rooms_stop(void);

/* NULL when nobody is inside. */
struct room *room_find(int64_t id);
/* The caller has checked membership. False when out of memory or in too many rooms. Entering again
 * only says anew what the person shows. */
bool room_enter(struct stream *s, int64_t room, const struct show *show);
/* False when out of memory. The stream must be inside. */
bool room_show(struct stream *s, int64_t room, const struct show *show);
bool room_is_inside(const struct stream *s, int64_t room);
void room_exit(struct stream *s, int64_t room);
void room_exit_all(struct stream *s);

/* A stream that has just entered, or has missed something, gets the room as it is: what everybody
 * shows, and who types. `reply` as in frames.h. */
void room_state(int64_t room, int64_t asker, void (*reply)(void *arg, const char *name, struct slice json), void *arg);
/* A stream has a connection again, or its socket has drained: it gets what it has missed. */
void rooms_refresh(struct stream *s);
/* Everybody who is in a room, a page of them: see roster_page. */
void room_page(int64_t room, int64_t after, unsigned n, struct buf *out);

/* Has an event for all inside (but not for account `except`); superseded by the next state if a client
 * is behind. */
void room_tell(struct room *r, int64_t except, const char *name, struct slice json);
/* One stream's share of that; the event is encoded once per format. False if it was not to be. */
bool room_send(struct stream *s, struct bundle *frames, const char *name, struct slice json);
/* The place of a stream that is inside. */
struct place *room_place(struct stream *s, const struct room *r);
/* Calls the room's parts at `at` or before. */
void room_wake(struct room *r, int64_t at);

/* Its person types; thread 0 is the room's own log. The stream need not be inside. */
void room_typing(struct stream *s, int64_t room, int64_t thread);
/* A message is there, and a person has read: told by the fan as rows pass by. */
void room_message(int64_t room, int64_t sender, int64_t thread);
void room_read(int64_t room, int64_t person, int64_t seq);
void room_changed(int64_t room);

#endif
