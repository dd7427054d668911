#include "roster.h"

#include <stdlib.h>
#include <string.h>

#include "emoji.h"
#include "json.h"

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

static const char *const statuses[] = {"online", "dnd", "idle", "invisible"};
static const char *const devices[] = {"desktop", "tablet", "phone"};

/* --- one participant --- */

static unsigned seats(const struct participant *p)
{
    unsigned n = 0;

    for (int i = 0; i < ROSTER_STATUSES; i++) n += p->with_status[i];
    return n;
}

static bool visible(const struct participant *p)
{
    return p->with_status[ROSTER_ONLINE] > 0 || p->with_status[ROSTER_DND] > 0 || p->with_status[ROSTER_IDLE] > 0;
}

/* Do not disturb is a choice and goes before all; a person is idle when all its devices are. */
static enum roster_status status_of(const struct participant *p)
{
    if (p->with_status[ROSTER_DND] > 0) return ROSTER_DND;
    return p->with_status[ROSTER_ONLINE] > 0 ? ROSTER_ONLINE : ROSTER_IDLE;
}

/* The largest one. */
static enum roster_device device_of(const struct participant *p)
{
    for (int i = 0; i < ROSTER_UNTOLD; i++) {
        if (p->with_device[i] > 0) return (enum roster_device)i;
    }
    return ROSTER_UNTOLD;
}

static struct slice name_of(const struct participant *p)
{
    return p->extra != NULL && p->extra->n_name > 0 ? slice_make(p->extra->name, p->extra->n_name) : SLICE_NULL;
}

static struct slice emoji_of(const struct participant *p)
{
    return p->extra != NULL && p->extra->n_emoji > 0 ? slice_make(p->extra->emoji, p->extra->n_emoji) : SLICE_NULL;
}

static void note_change(struct roster *r, struct participant *p, unsigned dirty)
{
    p->dirty |= (uint8_t)dirty;
    if (p->changed) return;
    p->changed = true;
    p->next_changed = r->changed;
    r->changed = p;
}

static void note_move(struct roster *r, struct participant *p)
{
    if (p->moving) return;
    p->moving = true;
    p->next_moved = NULL;
    if (r->moved_last != NULL) {
        r->moved_last->next_moved = p;
    } else {
        r->moved_first = p;
    }
    r->moved_last = p;
}

static void free_if_gone(struct roster *r, struct participant *p)
{
    if (p->changed || p->moving || seats(p) > 0) return;
    idmap_take(&r->people, p->id);
    free(p->extra);
    free(p);
}

/* --- who is named --- */

static bool name_it(struct roster *r, struct participant *p, uint32_t most)
{
    if (r->n_named >= most) return false;
    if (r->n_named == r->cap_named) {
        uint32_t cap = r->cap_named + (r->cap_named < 4 ? 4 : r->cap_named / 2);
        struct participant **named = realloc(r->named, cap * sizeof(struct participant *));

        /* Counted and not named, then. */
        if (named == NULL) return false;
        r->named = named;
        r->cap_named = cap;
    }
    r->named[r->n_named++] = p;
    p->named_at = r->n_named;
    if (p->told && p->gone_at != r->states) p->again = true;
    return true;
}

static void unname(struct roster *r, struct participant *p)
{
    struct participant *last;

    if (p->named_at == 0) return;
    last = r->named[--r->n_named];
    r->named[p->named_at - 1] = last;
    last->named_at = p->named_at;
    p->named_at = 0;
    p->gone_at = r->states;
}

/* Places that have become free go to those who were only counted. */
static void fill_places(struct roster *r, uint32_t most)
{
    struct participant *p;
    size_t at = 0;

    if (r->n_named >= most || r->n_named == r->here) return;
    while (r->n_named < most && (p = idmap_next(&r->people, &at)) != NULL) {
        if (p->named_at != 0 || !visible(p)) continue;
        if (!name_it(r, p, most)) return;
        note_change(r, p, 0);
    }
}

/* --- seats --- */

static void seat_count(struct participant *p, const struct mode *s, int by)
{
    p->with_status[s->status] = (uint16_t)(p->with_status[s->status] + by);
    if (s->status != ROSTER_INVISIBLE) p->with_device[s->device] = (uint16_t)(p->with_device[s->device] + by);
}

/* After seats have changed: what does that mean for others? */
static void seats_changed(struct roster *r, struct participant *p, bool was_visible, enum roster_status status, enum roster_device device, uint32_t most)
{
    if (visible(p) && !was_visible) {
        r->here++;
        (void)name_it(r, p, most);
        note_change(r, p, p->told || p->seen ? SHOW_STATUS | SHOW_DEVICE : 0);
    } else if (!visible(p) && was_visible) {
        r->here--;
        unname(r, p);
        note_change(r, p, 0);
    } else if (visible(p)) {
        unsigned dirty = (status_of(p) != status ? SHOW_STATUS : 0u) | (device_of(p) != device ? SHOW_DEVICE : 0u);

        if (dirty != 0) note_change(r, p, dirty);
    }
}

bool roster_join(struct roster *r, int64_t id, const struct mode *mode, uint32_t most)
{
    struct participant *p = idmap_get(&r->people, id);
    enum roster_status status;
    enum roster_device device;
    bool was;

    if (p == NULL) {
        p = calloc(1, sizeof *p);
        if (p == NULL) return false;
        p->id = id;
        p->x = p->y = ROSTER_NOWHERE;
        if (!idmap_put(&r->people, &p->id)) {
            free(p);
            return false;
        }
    }
    was = visible(p);
    status = status_of(p);
    device = device_of(p);
    seat_count(p, mode, 1);
    seats_changed(r, p, was, status, device, most);
    return true;
}

static void strip(struct participant *p)
{
    p->dirty |= (uint8_t)((name_of(p).n > 0 ? SHOW_NAME : 0) | (emoji_of(p).n > 0 ? SHOW_EMOJI : 0) | (p->x != ROSTER_NOWHERE ? SHOW_PLACE : 0));
    free(p->extra);
    p->extra = NULL;
    p->x = p->y = ROSTER_NOWHERE;
}

bool roster_leave(struct roster *r, int64_t id, const struct mode *mode)
{
    struct participant *p = idmap_get(&r->people, id);
    bool was = visible(p);
    enum roster_status status = status_of(p);
    enum roster_device device = device_of(p);

    seat_count(p, mode, -1);
    seats_changed(r, p, was, status, device, 0);
    if (seats(p) > 0) return true;
    strip(p);
    free_if_gone(r, p);
    return false;
}

void roster_remode(struct roster *r, int64_t id, const struct mode *from, const struct mode *to, uint32_t most)
{
    struct participant *p = idmap_get(&r->people, id);
    bool was = visible(p);
    enum roster_status status = status_of(p);
    enum roster_device device = device_of(p);

    seat_count(p, from, -1);
    seat_count(p, to, 1);
    seats_changed(r, p, was, status, device, most);
}

/* --- what they show --- */

/* Makes *p hold this name and emoji; false when out of memory. */
static bool wear(struct participant *p, struct slice name, struct slice emoji, int64_t until)
{
    struct extra *e = NULL;

    if (name.n > 0 || emoji.n > 0) {
        e = malloc(sizeof *e + name.n);
        if (e == NULL) return false;
        e->emoji_until = until;
        e->n_name = (uint16_t)name.n;
        e->n_emoji = (uint8_t)emoji.n;
        if (name.n > 0) memcpy(e->name, name.p, name.n);
        if (emoji.n > 0) memcpy(e->emoji, emoji.p, emoji.n);
    }
    free(p->extra);
    p->extra = e;
    return true;
}

static void place(struct roster *r, struct participant *p, const struct show *s)
{
    bool was_nowhere = p->x == ROSTER_NOWHERE;

    if (p->x == s->x && p->y == s->y) return;
    p->x = s->x;
    p->y = s->y;
    /* On and off the floor is news; moving about has batches of its own. */
    if (was_nowhere || s->x == ROSTER_NOWHERE) {
        note_change(r, p, SHOW_PLACE);
    } else {
        note_move(r, p);
    }
}

bool roster_show(struct roster *r, int64_t id, const struct show *s)
{
    struct participant *p = idmap_get(&r->people, id);
    struct slice name = (s->has & SHOW_NAME) != 0 ? s->name : name_of(p), emoji = (s->has & SHOW_EMOJI) != 0 ? s->emoji : emoji_of(p);
    int64_t until = (s->has & SHOW_EMOJI) != 0 ? s->emoji_until : p->extra != NULL ? p->extra->emoji_until : 0;
    unsigned dirty = (slice_eq(name, name_of(p)) ? 0u : SHOW_NAME) | (slice_eq(emoji, emoji_of(p)) ? 0u : SHOW_EMOJI);

    if ((dirty != 0 || (p->extra != NULL && until != p->extra->emoji_until)) && !wear(p, name, emoji, until)) return false;
    if (dirty != 0) note_change(r, p, dirty);
    if (emoji.n > 0 && until != 0 && (until < r->emoji_ends_at || r->emoji_ends_at == 0)) r->emoji_ends_at = until;
    if ((s->has & SHOW_PLACE) != 0) place(r, p, s);
    return true;
}

int64_t roster_expire(struct roster *r, int64_t now)
{
    struct participant *p;
    size_t at = 0;

    if (r->emoji_ends_at == 0) return INT64_MAX;
    if (r->emoji_ends_at > now) return r->emoji_ends_at;
    r->emoji_ends_at = INT64_MAX;
    while ((p = idmap_next(&r->people, &at)) != NULL) {
        if (p->extra == NULL || p->extra->n_emoji == 0 || p->extra->emoji_until == 0) continue;
        if (p->extra->emoji_until <= now) {
            p->extra->n_emoji = 0;
            p->extra->emoji_until = 0;
            note_change(r, p, SHOW_EMOJI);
        } else if (p->extra->emoji_until < r->emoji_ends_at) {
            r->emoji_ends_at = p->extra->emoji_until;
        }
    }
    return r->emoji_ends_at;
}

/* --- writing --- */

static void put_text(struct json *j, const char *key, struct slice text)
{
    json_key(j, key);
    if (text.n > 0) {
        json_text(j, text);
    } else {
        json_put_null(j);
    }
}

static void put_axis(struct json *j, const char *key, uint16_t v)
{
    json_key(j, key);
    if (v == ROSTER_NOWHERE) {
        json_put_null(j);
    } else {
        json_decimal(j, v);
    }
}

/* What it shows beyond being here. */
static unsigned shows(const struct participant *p)
{
    return (name_of(p).n > 0 ? SHOW_NAME : 0u) | (emoji_of(p).n > 0 ? SHOW_EMOJI : 0u) | (p->x != ROSTER_NOWHERE ? SHOW_PLACE : 0u) |
           (status_of(p) != ROSTER_ONLINE ? SHOW_STATUS : 0u) | (device_of(p) != ROSTER_UNTOLD ? SHOW_DEVICE : 0u);
}

static void put_shown(struct json *j, const struct participant *p, unsigned what)
{
    json_begin_object(j);
    json_kv_id(j, "person", p->id);
    if ((what & SHOW_STATUS) != 0) json_kv_str(j, "status", statuses[status_of(p)]);
    if ((what & SHOW_DEVICE) != 0) json_kv_str(j, "device", device_of(p) != ROSTER_UNTOLD ? devices[device_of(p)] : NULL);
    if ((what & SHOW_NAME) != 0) put_text(j, "name", name_of(p));
    if ((what & SHOW_EMOJI) != 0) put_text(j, "emoji", emoji_of(p));
    if ((what & SHOW_PLACE) != 0) {
        put_axis(j, "x", p->x);
        put_axis(j, "y", p->y);
    }
    json_end(j);
}

static void head(struct json *j, struct buf *out, const char *event, int64_t room)
{
    json_start(j, out);
    json_begin_object(j);
    json_kv_str(j, "event", event);
    json_kv_id(j, "room", room);
}

static bool joins(const struct participant *p)
{
    return p->named_at != 0 && (!p->told || p->again);
}

static bool leaves(const struct participant *p)
{
    return p->named_at == 0 && (p->told || p->seen);
}

/* Of one that others know already: what they have not heard. Of a newcomer: all that it shows. */
static unsigned unheard(const struct participant *p)
{
    if (p->named_at == 0) return 0;
    return p->told && !p->again ? p->dirty : p->dirty | shows(p);
}

static void put_ids(struct json *j, const struct roster *r, const char *key, bool (*fits)(const struct participant *p))
{
    json_key(j, key);
    json_begin_array(j);
    for (const struct participant *p = r->changed; p != NULL; p = p->next_changed) {
        if (fits(p)) json_id(j, p->id);
    }
    json_end(j);
}

/* Newcomers of whom nothing is to be said but that they are here stand in `joined` alone. */
static bool is_plain(const struct participant *p)
{
    return !p->told && !p->seen && shows(p) == 0;
}

static void put_changed(struct json *j, const struct roster *r)
{
    bool any = false;

    for (const struct participant *p = r->changed; p != NULL; p = p->next_changed) {
        if (unheard(p) == 0 || is_plain(p)) continue;
        if (!any) {
            json_key(j, "changed");
            json_begin_array(j);
        }
        any = true;
        put_shown(j, p, p->seen || p->told ? unheard(p) : shows(p));
    }
    if (any) json_end(j);
}

bool roster_has_news(const struct roster *r)
{
    return r->changed != NULL || r->here != r->told_here || r->count_seen;
}

static void heard(struct roster *r)
{
    struct participant *p = r->changed;

    r->changed = NULL;
    r->told_here = r->here;
    r->count_seen = false;
    while (p != NULL) {
        struct participant *next = p->next_changed;

        p->changed = false;
        p->seen = p->again = false;
        p->told = p->named_at != 0;
        p->dirty = 0;
        free_if_gone(r, p);
        p = next;
    }
}

bool roster_news(struct roster *r, int64_t room, uint32_t most, struct buf *out, int64_t *only)
{
    struct json j;
    unsigned n = 0;

    fill_places(r, most);
    *only = 0;
    for (const struct participant *p = r->changed; p != NULL; p = p->next_changed) {
        if (!joins(p) && !leaves(p) && unheard(p) == 0) continue;
        *only = ++n == 1 && joins(p) ? p->id : 0;
    }
    if (n == 0 && r->here == r->told_here && !r->count_seen) {
        heard(r);
        return false;
    }
    /* A newcomer that is only counted is news for it as well. */
    if (n == 1 && *only != 0 && r->here != r->told_here + 1) *only = 0;
    head(&j, out, "presence", room);
    put_ids(&j, r, "joined", joins);
    put_ids(&j, r, "left", leaves);
    put_changed(&j, r);
    json_kv_int(&j, "count", r->here);
    json_end(&j);
    heard(r);
    return true;
}

/* --- moves --- */

static void put_move(struct json *j, const struct participant *p)
{
    json_begin_array(j);
    json_id(j, p->id);
    json_decimal(j, p->x);
    json_decimal(j, p->y);
    json_end(j);
}

bool roster_moves(struct roster *r, int64_t room, unsigned n, struct buf *out)
{
    struct json j;
    unsigned told = 0;

    r->batch++;
    while (r->moved_first != NULL && told < n) {
        struct participant *p = r->moved_first;

        r->moved_first = p->next_moved;
        if (r->moved_first == NULL) r->moved_last = NULL;
        p->moving = false;
        /* Who is not named moves unseen; who has left the floor is news. */
        if (p->named_at != 0 && p->x != ROSTER_NOWHERE) {
            p->batch = r->batch;
            if (told++ == 0) {
                head(&j, out, "moved", room);
                json_key(&j, "moves");
                json_begin_array(&j);
            }
            put_move(&j, p);
        }
        free_if_gone(r, p);
    }
    if (told == 0) return false;
    json_end(&j);
    json_end(&j);
    return true;
}

bool roster_moves_since(const struct roster *r, int64_t room, uint32_t batch, struct buf *out)
{
    struct json j;
    bool any = false;

    for (uint32_t i = 0; i < r->n_named; i++) {
        const struct participant *p = r->named[i];

        if ((int32_t)(p->batch - batch) <= 0 || p->x == ROSTER_NOWHERE) continue;
        if (!any) {
            head(&j, out, "moved", room);
            json_key(&j, "moves");
            json_begin_array(&j);
        }
        any = true;
        put_move(&j, p);
    }
    if (!any) return false;
    json_end(&j);
    json_end(&j);
    return true;
}

/* --- states and pages --- */

void roster_state(struct roster *r, int64_t room, int64_t asker, bool settling, struct buf *out)
{
    struct json j;
    uint32_t n = r != NULL ? r->n_named : 0;
    bool any = false;

    if (r != NULL) {
        r->states++;
        r->count_seen |= r->here != r->told_here;
    }
    head(&j, out, "presence_state", room);
    json_key(&j, "people");
    json_begin_array(&j);
    for (uint32_t i = 0; i < n; i++) {
        json_id(&j, r->named[i]->id);
        if (!r->named[i]->told && r->named[i]->id != asker) r->named[i]->seen = true;
    }
    json_end(&j);
    for (uint32_t i = 0; i < n; i++) {
        if (shows(r->named[i]) == 0) continue;
        if (!any) {
            json_key(&j, "shown");
            json_begin_array(&j);
        }
        any = true;
        put_shown(&j, r->named[i], shows(r->named[i]));
    }
    if (any) json_end(&j);
    json_kv_int(&j, "count", r != NULL ? r->here : 0);
    json_kv_bool(&j, "settling", settling);
    json_end(&j);
}

static int by_id(const void *a, const void *b)
{
    const struct participant *x = *(struct participant *const *)a, *y = *(struct participant *const *)b;

    return x->id < y->id ? -1 : x->id > y->id;
}

void roster_page(const struct roster *r, int64_t room, int64_t after, unsigned n, struct buf *out)
{
    size_t have = 0, at = 0, all = r != NULL ? r->people.n : 0;
    struct participant **list = all > 0 ? malloc(all * sizeof(struct participant *)) : NULL, *p;
    struct json j;

    if (all > 0 && list == NULL) {
        out->failed = true;
        return;
    }
    while (list != NULL && (p = idmap_next(&r->people, &at)) != NULL) {
        if (p->id > after && visible(p)) list[have++] = p;
    }
    if (have > 1) qsort(list, have, sizeof *list, by_id);
    head(&j, out, "people", room);
    json_key(&j, "people");
    json_begin_array(&j);
    for (size_t i = 0; i < have && i < n; i++) put_shown(&j, list[i], shows(list[i]) | SHOW_STATUS);
    json_end(&j);
    json_kv_id(&j, "next", have > n ? list[n - 1]->id : 0);
    json_kv_int(&j, "count", r != NULL ? r->here : 0);
    json_end(&j);
    free(list);
}

void roster_free(struct roster *r)
{
    struct participant *p;
    size_t at = 0;

    while ((p = idmap_next(&r->people, &at)) != NULL) {
        free(p->extra);
        free(p);
    }
    idmap_free(&r->people);
    free(r->named);
    *r = (struct roster){0};
}

bool roster_sane(const struct roster *r, uint32_t most)
{
    const struct participant *p;
    size_t at = 0;
    uint32_t here = 0, named = 0, moving = 0, changed = 0;

    while ((p = idmap_next(&r->people, &at)) != NULL) {
        unsigned devices_seen = 0;

        for (int i = 0; i < ROSTER_DEVICES; i++) devices_seen += p->with_device[i];
        if (devices_seen + p->with_status[ROSTER_INVISIBLE] != seats(p)) return false;
        if (seats(p) == 0 && !p->changed && !p->moving) return false;
        if (p->named_at != 0 && (r->named[p->named_at - 1] != p || !visible(p))) return false;
        here += visible(p);
        named += p->named_at != 0;
        moving += p->moving;
        changed += p->changed;
    }
    for (p = r->moved_first; p != NULL; p = p->next_moved) moving--;
    for (p = r->changed; p != NULL; p = p->next_changed) changed--;
    return here == r->here && named == r->n_named && named <= most && moving == 0 && changed == 0;
}
