#include "hub.h"

#include <stdlib.h>

static void *find(const struct hub *h, int64_t id, enum feed_kind kind)
{
    struct feed *f = idmap_get(&h->feeds, id);

    return f != NULL && f->kind == kind ? f : NULL;
}

struct account *hub_account(const struct hub *h, int64_t id)
{
    return find(h, id, FEED_ACCOUNT);
}

/* --- crowds --- */

static struct crowd *crowd_get(struct hub *h, int64_t id, enum feed_kind kind)
{
    struct crowd *c = find(h, id, kind);

    if (c != NULL) return c;
    /* An id that is something else already: the database would have to be broken. */
    if (idmap_get(&h->feeds, id) != NULL) return NULL;
    c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    c->feed = (struct feed){id, kind};
    if (!idmap_put(&h->feeds, &c->feed.id)) {
        free(c);
        return NULL;
    }
    if (kind == FEED_ROOM) h->n_rooms++;
    return c;
}

static void crowd_drop_if_empty(struct hub *h, struct crowd *c)
{
    if (c->n > 0) return;
    if (c->feed.kind == FEED_ROOM) h->n_rooms--;
    idmap_take(&h->feeds, c->feed.id);
    free(c->who);
    free(c);
}

static bool crowd_add(struct crowd *c, struct account *a)
{
    if (c->n == c->cap) {
        /* Small rooms are most rooms: they grow by little. */
        uint32_t cap = c->cap + (c->cap < 8 ? 2 : c->cap / 2);
        struct account **who = realloc(c->who, cap * sizeof *who);

        if (who == NULL) return false;
        c->who = who;
        c->cap = cap;
    }
    c->who[c->n++] = a;
    return true;
}

static struct seat *seat_of(const struct account *a, const struct crowd *room)
{
    for (uint32_t i = 0; i < a->n_rooms; i++) {
        if (a->rooms[i].room == room) return &a->rooms[i];
    }
    return NULL;
}

/* The last one takes the empty place. */
static void crowd_remove(struct crowd *c, uint32_t at)
{
    struct account *moved = c->who[--c->n];

    if (at == c->n) return;
    c->who[at] = moved;
    if (c->feed.kind == FEED_TENANT) {
        moved->tenant_at = at;
    } else {
        seat_of(moved, c)->at = at;
    }
}

/* --- accounts --- */

static bool seats_reserve(struct account *a, uint32_t cap)
{
    struct seat *rooms;

    if (cap <= a->cap_rooms) return true;
    rooms = realloc(a->rooms, cap * sizeof *rooms);
    if (rooms == NULL) return false;
    a->rooms = rooms;
    a->cap_rooms = cap;
    return true;
}

static void account_free(struct hub *h, struct account *a)
{
    while (a->n_rooms > 0) {
        struct seat s = a->rooms[--a->n_rooms];

        crowd_remove(s.room, s.at);
        crowd_drop_if_empty(h, s.room);
    }
    if (a->tenant != NULL) {
        crowd_remove(a->tenant, a->tenant_at);
        crowd_drop_if_empty(h, a->tenant);
    }
    idmap_take(&h->feeds, a->feed.id);
    h->n_accounts--;
    free(a->rooms);
    free(a);
}

struct account *hub_enter(struct hub *h, int64_t tenant, int64_t id, const int64_t *rooms, size_t n)
{
    struct account *a = calloc(1, sizeof *a);
    struct crowd *t;

    if (a == NULL) return NULL;
    a->feed = (struct feed){id, FEED_ACCOUNT};
    a->holders = 1;
    if (!idmap_put(&h->feeds, &a->feed.id)) {
        free(a);
        return NULL;
    }
    h->n_accounts++;
    t = crowd_get(h, tenant, FEED_TENANT);
    if (t == NULL) goto failed;
    if (!crowd_add(t, a)) {
        crowd_drop_if_empty(h, t);
        goto failed;
    }
    a->tenant = t;
    a->tenant_at = t->n - 1;
    if (n > UINT32_MAX || !seats_reserve(a, (uint32_t)n)) goto failed;
    for (size_t i = 0; i < n; i++) {
        if (!hub_subscribe(h, a, rooms[i])) goto failed;
    }
    return a;
failed:
    account_free(h, a);
    return NULL;
}

void hub_hold(struct account *a)
{
    a->holders++;
}

void hub_release(struct hub *h, struct account *a)
{
    if (--a->holders == 0) account_free(h, a);
}

void hub_free(struct hub *h)
{
    size_t at = 0;
    struct feed *f;

    while ((f = idmap_next(&h->feeds, &at)) != NULL) {
        if (f->kind == FEED_ACCOUNT) {
            free(((struct account *)f)->rooms);
        } else {
            free(((struct crowd *)f)->who);
        }
        free(f);
    }
    idmap_free(&h->feeds);
    *h = (struct hub)HUB_INIT;
}

void subscriber_link(struct subscriber **list, struct subscriber *s)
{
    s->next = *list;
    s->prev = list;
    if (s->next != NULL) s->next->prev = &s->next;
    *list = s;
}

void hub_link(struct account *a, struct subscriber *s)
{
    s->account = a;
    subscriber_link(&a->subscribers, s);
}

void hub_unlink(struct subscriber *s)
{
    *s->prev = s->next;
    if (s->next != NULL) s->next->prev = s->prev;
    s->next = NULL;
    s->prev = NULL;
}

/* --- membership --- */

bool hub_subscribe(struct hub *h, struct account *a, int64_t id)
{
    struct crowd *room = crowd_get(h, id, FEED_ROOM);

    if (room == NULL) return false;
    if (seat_of(a, room) != NULL) return true;
    if (a->n_rooms == a->cap_rooms && !seats_reserve(a, a->cap_rooms + 1 + a->cap_rooms / 4)) goto failed;
    if (!crowd_add(room, a)) goto failed;
    a->rooms[a->n_rooms++] = (struct seat){room, room->n - 1};
    return true;
failed:
    crowd_drop_if_empty(h, room);
    return false;
}

static void leave(struct hub *h, struct account *a, struct seat *s)
{
    struct crowd *room = s->room;

    crowd_remove(room, s->at);
    *s = a->rooms[--a->n_rooms];
    if (h->on_leave != NULL) h->on_leave(h->on_leave_arg, a, room->feed.id);
    crowd_drop_if_empty(h, room);
}

void hub_unsubscribe(struct hub *h, struct account *a, int64_t id)
{
    struct crowd *room = find(h, id, FEED_ROOM);
    struct seat *s = room != NULL ? seat_of(a, room) : NULL;

    if (s != NULL) leave(h, a, s);
}

static bool listed(const int64_t *rooms, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (rooms[i] == id) return true;
    }
    return false;
}

bool hub_set_rooms(struct hub *h, struct account *a, const int64_t *rooms, size_t n)
{
    size_t same = 0;

    for (size_t i = 0; i < n; i++) same += hub_is_member(h, a, rooms[i]);
    if (same == n && a->n_rooms == n) return true;
    /* The last one takes the empty place: backwards, each is looked at once. */
    for (uint32_t i = a->n_rooms; i-- > 0;) {
        if (!listed(rooms, n, a->rooms[i].room->feed.id)) leave(h, a, &a->rooms[i]);
    }
    for (size_t i = 0; i < n; i++) (void)hub_subscribe(h, a, rooms[i]);
    return false;
}

void hub_end_room(struct hub *h, int64_t id)
{
    struct crowd *room;

    while ((room = find(h, id, FEED_ROOM)) != NULL) {
        struct account *a = room->who[room->n - 1];

        leave(h, a, seat_of(a, room));
    }
}

bool hub_is_member(const struct hub *h, const struct account *a, int64_t id)
{
    struct crowd *room = find(h, id, FEED_ROOM);

    return room != NULL && seat_of(a, room) != NULL;
}

/* --- audience --- */

bool hub_has_audience(const struct hub *h, int64_t feed)
{
    return idmap_get(&h->feeds, feed) != NULL;
}

void hub_audience(const struct hub *h, int64_t feed, struct audience *out)
{
    struct feed *f = idmap_get(&h->feeds, feed);

    *out = (struct audience){0};
    if (f == NULL) return;
    if (f->kind == FEED_ACCOUNT) {
        out->one = (struct account *)f;
        out->account = &out->one;
        out->n = 1;
    } else {
        out->account = ((struct crowd *)f)->who;
        out->n = ((struct crowd *)f)->n;
    }
}

bool hub_sane(const struct hub *h)
{
    size_t at = 0, seats = 0, places = 0;
    struct feed *f;

    while ((f = idmap_next(&h->feeds, &at)) != NULL) {
        if (f->kind == FEED_ACCOUNT) {
            const struct account *a = (struct account *)f;

            if (a->holders == 0 || a->tenant == NULL || a->tenant->who[a->tenant_at] != a) return false;
            for (uint32_t i = 0; i < a->n_rooms; i++) {
                const struct seat *s = &a->rooms[i];

                if (s->at >= s->room->n || s->room->who[s->at] != a) return false;
            }
            seats += a->n_rooms;
        } else {
            if (((struct crowd *)f)->n == 0) return false;
            if (f->kind == FEED_ROOM) places += ((struct crowd *)f)->n;
        }
    }
    return seats == places;
}
