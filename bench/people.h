/* people.h - the accounts that `fill` has made, as its file lists them.
 *
 * One line an account, with blanks between:
 *
 *     ACCOUNT TOKEN BIG ROOM,ROOM,...
 *
 * BIG is the room that everybody of this file is in, 0 if there is none; the rooms are the account's
 * others, "-" if it has none. The file holds tokens in clear: they are good for throw-away databases only.
 */
#ifndef CONFAB_BENCH_PEOPLE_H
#define CONFAB_BENCH_PEOPLE_H

#include "slice.h"

struct person {
    int64_t account;
    char *token;
    int64_t *rooms;
    size_t n_rooms;
};

struct people {
    struct person *v;
    size_t n;
    int64_t big;
};

/* Ends the program if the file cannot be read. */
void people_load(const char *path, struct people *p);
void people_free(struct people *p);
/* Every room of the file once, ascending, without the big one; *n gets the count. To be freed. */
int64_t *people_rooms(const struct people *p, size_t *n);
/* Somebody of that room: the `turn`th of its members, counted round and round. NULL if nobody is in it. */
struct people_index;
struct people_index *people_index(const struct people *p);
const struct person *people_in_room(const struct people_index *x, int64_t room, size_t turn);
void people_index_free(struct people_index *x);

#endif
