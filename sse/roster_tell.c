/* What a roster tells: news, moves, states, pages. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "roster_private.h"

static const char *const statuses[] = {"online", "dnd", "idle", "invisible"};
static const char *const devices[] = {"desktop", "tablet", "phone"};

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
    return (participant_name(p).n > 0 ? SHOW_NAME : 0u) | (participant_emoji(p).n > 0 ? SHOW_EMOJI : 0u) | (p->x != ROSTER_NOWHERE ? SHOW_PLACE : 0u) |
           (participant_status(p) != ROSTER_ONLINE ? SHOW_STATUS : 0u) | (participant_device(p) != ROSTER_UNTOLD ? SHOW_DEVICE : 0u);
}

static void put_shown(struct json *j, const struct participant *p, unsigned what)
{
    json_begin_object(j);
    json_kv_id(j, "person", p->id);
    if ((what & SHOW_STATUS) != 0) json_kv_str(j, "status", statuses[participant_status(p)]);
    if ((what & SHOW_DEVICE) != 0) json_kv_str(j, "device", participant_device(p) != ROSTER_UNTOLD ? devices[participant_device(p)] : NULL);
    if ((what & SHOW_NAME) != 0) put_text(j, "name", participant_name(p));
    if ((what & SHOW_EMOJI) != 0) put_text(j, "emoji", participant_emoji(p));
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

/* The oldest one gives way. */
static void remember_gone(struct roster *r, int64_t id)
{
    unsigned i = 0;

    if (r->gone_us == 0) return;
    if (r->gone == NULL) r->gone = malloc(ROSTER_GONE * sizeof *r->gone);
    if (r->gone == NULL) return;
    while (i < r->n_gone && r->gone[i].id != id) i++;
    if (i == r->n_gone && r->n_gone == ROSTER_GONE) i = 0;
    if (i < r->n_gone) {
        r->n_gone--;
        memmove(r->gone + i, r->gone + i + 1, (r->n_gone - i) * sizeof *r->gone);
    }
    r->gone[r->n_gone++] = (struct gone){id, r->wall};
}

static void heard(struct roster *r)
{
    struct participant *p = r->changed;

    r->changed = NULL;
    r->told_here = r->here;
    r->count_seen = false;
    while (p != NULL) {
        struct participant *next = p->next_changed;

        if (p->told && p->named_at == 0) remember_gone(r, p->id);
        p->changed = false;
        p->seen = p->again = false;
        p->told = p->named_at != 0;
        p->dirty = 0;
        participant_free_if_gone(r, p);
        p = next;
    }
}

bool roster_news(struct roster *r, int64_t room, uint32_t most, struct buf *out, int64_t *only)
{
    struct json j;
    unsigned n = 0;

    roster_fill_places(r, most);
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
        participant_free_if_gone(r, p);
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

/* In which minute: more is nobody's business. */
static void put_gone(struct json *j, const struct roster *r)
{
    bool any = false;

    for (unsigned i = 0; i < r->n_gone; i++) {
        const struct gone *g = &r->gone[i];
        const struct participant *p = idmap_get(&r->people, g->id);

        if (r->wall - g->at >= r->gone_us || (p != NULL && participant_visible(p))) continue;
        if (!any) {
            json_key(j, "gone");
            json_begin_array(j);
        }
        any = true;
        json_begin_object(j);
        json_kv_id(j, "person", g->id);
        json_kv_time(j, "since", g->at - g->at % 60000000);
        json_end(j);
    }
    if (any) json_end(j);
}

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
    if (r != NULL) put_gone(&j, r);
    json_kv_int(&j, "count", r != NULL ? r->here : 0);
    json_kv_bool(&j, "settling", settling);
    json_end(&j);
}

/* Puts p into its place among the *have smallest, of which n + 1 are kept: the last one only tells that
 * there are more. Most people of a large room are compared with the last one and passed over. */
static void keep_smallest(const struct participant **list, size_t *have, size_t n, const struct participant *p)
{
    size_t i = *have;

    if (i > n) {
        if (p->id > list[n]->id) return;
        i = n;
    } else {
        (*have)++;
    }
    for (; i > 0 && list[i - 1]->id > p->id; i--) list[i] = list[i - 1];
    list[i] = p;
}

void roster_page(const struct roster *r, int64_t room, int64_t after, unsigned n, struct buf *out)
{
    const struct participant **list = malloc((n + 1) * sizeof(const struct participant *)), *p;
    size_t have = 0, at = 0;
    struct json j;

    if (list == NULL) {
        out->failed = true;
        return;
    }
    while (r != NULL && (p = idmap_next(&r->people, &at)) != NULL) {
        if (p->id > after && participant_visible(p)) keep_smallest(list, &have, n, p);
    }
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
