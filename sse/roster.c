#include <stdlib.h>
#include <string.h>

#include "roster_private.h"

/* --- one participant --- */

static unsigned participant_seats(const struct participant *p)
{
    unsigned n = 0;

    for (int i = 0; i < ROSTER_STATUSES; i++) n += p->with_status[i];
    return n;
}

bool participant_visible(const struct participant *p)
{
    return p->with_status[ROSTER_ONLINE] > 0 || p->with_status[ROSTER_DND] > 0 || p->with_status[ROSTER_IDLE] > 0;
}

/* Do not disturb is a choice and goes before all; a person is idle when all its devices are. */
enum roster_status participant_status(const struct participant *p)
{
    if (p->with_status[ROSTER_DND] > 0) return ROSTER_DND;
    return p->with_status[ROSTER_ONLINE] > 0 ? ROSTER_ONLINE : ROSTER_IDLE;
}

/* The largest one. */
enum roster_device participant_device(const struct participant *p)
{
    for (int i = 0; i < ROSTER_UNTOLD; i++) {
        if (p->with_device[i] > 0) return (enum roster_device)i;
    }
    return ROSTER_UNTOLD;
}

struct slice participant_name(const struct participant *p)
{
    return p->extra != NULL && p->extra->n_name > 0 ? slice_make(p->extra->name, p->extra->n_name) : SLICE_NULL;
}

struct slice participant_emoji(const struct participant *p)
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

void participant_free_if_gone(struct roster *r, struct participant *p)
{
    if (p->changed || p->moving || participant_seats(p) > 0) return;
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
void roster_fill_places(struct roster *r, uint32_t most)
{
    struct participant *p;
    size_t at = 0;

    if (r->n_named >= most || r->n_named == r->here) return;
    while (r->n_named < most && (p = idmap_next(&r->people, &at)) != NULL) {
        if (p->named_at != 0 || !participant_visible(p)) continue;
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
    if (participant_visible(p) && !was_visible) {
        r->here++;
        (void)name_it(r, p, most);
        note_change(r, p, p->told || p->seen ? SHOW_STATUS | SHOW_DEVICE : 0);
    } else if (!participant_visible(p) && was_visible) {
        r->here--;
        unname(r, p);
        note_change(r, p, 0);
    } else if (participant_visible(p)) {
        unsigned dirty = (participant_status(p) != status ? SHOW_STATUS : 0u) | (participant_device(p) != device ? SHOW_DEVICE : 0u);

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
    was = participant_visible(p);
    status = participant_status(p);
    device = participant_device(p);
    seat_count(p, mode, 1);
    seats_changed(r, p, was, status, device, most);
    return true;
}

static void strip(struct participant *p)
{
    p->dirty |= (uint8_t)((participant_name(p).n > 0 ? SHOW_NAME : 0) | (participant_emoji(p).n > 0 ? SHOW_EMOJI : 0) | (p->x != ROSTER_NOWHERE ? SHOW_PLACE : 0));
    free(p->extra);
    p->extra = NULL;
    p->x = p->y = ROSTER_NOWHERE;
}

bool roster_leave(struct roster *r, int64_t id, const struct mode *mode)
{
    struct participant *p = idmap_get(&r->people, id);
    bool was = participant_visible(p);
    enum roster_status status = participant_status(p);
    enum roster_device device = participant_device(p);

    seat_count(p, mode, -1);
    seats_changed(r, p, was, status, device, 0);
    if (participant_seats(p) > 0) return true;
    strip(p);
    participant_free_if_gone(r, p);
    return false;
}

void roster_remode(struct roster *r, int64_t id, const struct mode *from, const struct mode *to, uint32_t most)
{
    struct participant *p = idmap_get(&r->people, id);
    bool was = participant_visible(p);
    enum roster_status status = participant_status(p);
    enum roster_device device = participant_device(p);

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
    struct slice name = (s->has & SHOW_NAME) != 0 ? s->name : participant_name(p), emoji = (s->has & SHOW_EMOJI) != 0 ? s->emoji : participant_emoji(p);
    int64_t until = (s->has & SHOW_EMOJI) != 0 ? s->emoji_until : p->extra != NULL ? p->extra->emoji_until : 0;
    unsigned dirty = (slice_eq(name, participant_name(p)) ? 0u : SHOW_NAME) | (slice_eq(emoji, participant_emoji(p)) ? 0u : SHOW_EMOJI);

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
    free(r->gone);
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
        if (devices_seen + p->with_status[ROSTER_INVISIBLE] != participant_seats(p)) return false;
        if (participant_seats(p) == 0 && !p->changed && !p->moving) return false;
        if (p->named_at != 0 && (r->named[p->named_at - 1] != p || !participant_visible(p))) return false;
        here += participant_visible(p);
        named += p->named_at != 0;
        moving += p->moving;
        changed += p->changed;
    }
    for (p = r->moved_first; p != NULL; p = p->next_moved) moving--;
    for (p = r->changed; p != NULL; p = p->next_changed) changed--;
    return here == r->here && named == r->n_named && named <= most && moving == 0 && changed == 0;
}
