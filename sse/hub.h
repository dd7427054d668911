/* hub.h - who listens to what, right now.
 *
 * An account is here while it has a stream. It knows its rooms, each room and each tenant knows its
 * accounts, and an account knows its subscribers (streams). A feed is a room, a tenant or an account;
 * their ids come from one sequence, so one map finds them all:
 *
 *     struct audience who = hub_audience(hub, feed);
 *     for (i < who.n) for (s = who.account[i]->subscribers; s != NULL; s = s->next) ...
 *
 * The hub owns accounts, rooms and tenants; subscribers belong to their connections and are only
 * linked. An account lives as long as somebody holds it (hub_hold). Nothing here knows sockets.
 *
 * Invariant: account a sits in room r's list exactly once if r sits in a's list exactly once, and
 * each remembers where (hub_sane).
 */
#ifndef CONFAB_HUB_H
#define CONFAB_HUB_H

#include "idmap.h"

enum feed_kind { FEED_ACCOUNT, FEED_ROOM, FEED_TENANT };

struct feed {
    int64_t id;
    enum feed_kind kind;
};

struct account;

struct subscriber {
    struct subscriber *next, **prev;
    struct account *account;
};

/* A room or a tenant: many accounts. */
struct crowd {
    struct feed feed;
    uint32_t n, cap;
    struct account **who;
};

struct seat {
    struct crowd *room;
    uint32_t at; /* place in room->who */
};

struct account {
    struct feed feed;
    uint32_t holders;
    uint32_t n_rooms, cap_rooms;
    uint32_t tenant_at;
    struct crowd *tenant;
    struct seat *rooms;
    struct subscriber *subscribers;
    uint64_t mark; /* fan.c: the last group of events that it hears */
};

struct hub {
    struct idmap feeds;
    uint32_t n_accounts, n_rooms;
    /* Told after an account has lost a room. */
    void (*on_leave)(void *arg, struct account *a, int64_t room);
    void *on_leave_arg;
};

#define HUB_INIT {0}

struct account *hub_account(const struct hub *h, int64_t id);
/* A new account with these rooms, held once by the caller. NULL when out of memory. */
struct account *hub_enter(struct hub *h, int64_t tenant, int64_t id, const int64_t *rooms, size_t n);
void hub_hold(struct account *a);
/* The last one lets the account go, with its seats. */
void hub_release(struct hub *h, struct account *a);
void hub_free(struct hub *h);

void hub_link(struct account *a, struct subscriber *s);
/* Into any list of subscribers; hub_unlink takes it out again. */
void subscriber_link(struct subscriber **list, struct subscriber *s);
void hub_unlink(struct subscriber *s);

/* Idempotent. False when out of memory: then the account lacks the room. */
bool hub_subscribe(struct hub *h, struct account *a, int64_t room);
void hub_unsubscribe(struct hub *h, struct account *a, int64_t room);
/* Makes these its rooms. True if it had just these: always, unless it outlived a database that lost rows. */
bool hub_set_rooms(struct hub *h, struct account *a, const int64_t *rooms, size_t n);
/* Takes everybody out of a room. */
void hub_end_room(struct hub *h, int64_t room);
bool hub_is_member(const struct hub *h, const struct account *a, int64_t room);

struct audience {
    struct account *const *account;
    struct account *one; /* what account points at when the feed is an account's */
    uint32_t n;
};
bool hub_has_audience(const struct hub *h, int64_t feed);
/* Fills *out; it is good until the hub changes. */
void hub_audience(const struct hub *h, int64_t feed, struct audience *out);

bool hub_sane(const struct hub *h);

#endif
