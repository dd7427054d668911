/* talk.h - what talk.c and talk_lively.c share: chance, rooms, and the streams of rows into the database.
 *
 * Each table is filled by a COPY over a connection of its own, all open at once, so that the rows of one
 * message go out together and nothing is kept in memory. Like all tools of bench/, it ends with a sentence
 * when anything goes wrong.
 */
#ifndef CONFAB_BENCH_TALK_H
#define CONFAB_BENCH_TALK_H

#include "crypto.h"

#include <libpq-fe.h>

struct lively_room;

struct room {
    int64_t id, last_seq, last_no, last_message, last_at;
    int64_t *members;
    size_t n_members;
    struct lively_room *lively; /* NULL until it is needed */
};

enum talk_table { TALK_MESSAGE, TALK_EVENT, TALK_REACTION, TALK_MENTION, TALK_PIN, TALK_THREAD, TALK_FOLLOWER, TALK_TABLES };

struct talk {
    PGconn *conn;
    PGconn *into[TALK_TABLES];
    struct keyring *keys;
    const char *database, *key_file, *slug;
    int64_t messages, days, tenant;
    bool lively;
    struct room *rooms;
    size_t n_rooms;
    uint64_t seed;
    char (*words)[17];
};

/* What a message is besides its text. */
struct talk_extra {
    int64_t root, root_no; /* 0: it stands in the room's log */
    int64_t edited_at;     /* 0: never */
};

uint64_t talk_draw(struct talk *t);
/* True once in so many times. */
bool talk_once_in(struct talk *t, unsigned n);
/* A rank below n, about as frequent as 1 / rank. */
size_t talk_zipf(struct talk *t, size_t n);
/* Sends a row, its values separated by tabs; ends with a line feed. Empties it. */
void talk_row(struct talk *t, enum talk_table table, struct buf *line);

/* Before a message takes its number: is it a reply, was it edited? And afterwards, what people did with it. */
void lively_before(struct talk *t, struct room *room, int64_t sender, int64_t at, struct talk_extra *extra);
void lively_after(struct talk *t, struct room *room, int64_t sender, int64_t at, const struct talk_extra *extra);
/* Stores the threads that are still open, and frees. */
void lively_end(struct talk *t, struct room *room);

#endif
