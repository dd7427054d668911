#include "show.h"

#include <jansson.h>

#include "emoji.h"
#include "utf8.h"

enum { EMOJI_MS_MAX = 86400000 };

static struct slice text_of(const json_t *v)
{
    return json_is_string(v) ? slice_make(json_string_value(v), json_string_length(v)) : SLICE_NULL;
}

/* A place in the list, or -1. */
static int word_of(const json_t *v, const char *const *words, int n)
{
    for (int i = 0; i < n; i++) {
        if (json_is_string(v) && slice_eq(text_of(v), slice_str(words[i]))) return i;
    }
    return -1;
}

static bool read_mode(struct show *s, const json_t *status, const json_t *device, const char **detail)
{
    static const char *const statuses[] = {"online", "dnd", "idle", "invisible"}, *const devices[] = {"desktop", "tablet", "phone"};
    int at;

    if (status != NULL) {
        at = word_of(status, statuses, ROSTER_STATUSES);
        *detail = "status must be online, idle, dnd or invisible";
        if (at < 0) return false;
        s->mode.status = (uint8_t)at;
        s->has |= SHOW_STATUS;
    }
    if (device != NULL) {
        at = word_of(device, devices, ROSTER_UNTOLD);
        *detail = "device must be desktop, tablet or phone, or null";
        if (at < 0 && !json_is_null(device)) return false;
        s->mode.device = (uint8_t)(at < 0 ? ROSTER_UNTOLD : at);
        s->has |= SHOW_DEVICE;
    }
    return true;
}

static bool read_emoji(struct show *s, const json_t *emoji, const json_t *ms, int64_t now, const char **detail)
{
    json_int_t lasts = json_is_integer(ms) ? json_integer_value(ms) : 0;

    *detail = "emoji_ms goes with an emoji: milliseconds from 1 to 86400000";
    if (ms != NULL && (lasts < 1 || lasts > EMOJI_MS_MAX || !json_is_string(emoji))) return false;
    if (emoji == NULL) return true;
    *detail = "emoji must be one emoji, or null";
    s->emoji = text_of(emoji);
    if (!json_is_null(emoji) && (s->emoji.n > EMOJI_BYTES_MAX || !emoji_one(s->emoji))) return false;
    s->emoji_until = lasts > 0 ? now + lasts * 1000 : 0;
    s->has |= SHOW_EMOJI;
    return true;
}

static bool read_name(struct show *s, const json_t *name, struct buf *clean, const char **detail)
{
    if (name == NULL) return true;
    *detail = "name must be a text of at most 64 characters, or null";
    if (!json_is_string(name) && !json_is_null(name)) return false;
    if (utf8_count(text_of(name)) > ROSTER_NAME_MAX) return false;
    utf8_clean_name(text_of(name), ROSTER_NAME_MAX, clean);
    *detail = "the server is short of memory";
    if (!buf_ok(clean)) return false;
    s->name = utf8_blank(buf_view(clean)) ? SLICE_NULL : buf_view(clean);
    s->has |= SHOW_NAME;
    return true;
}

/* What lies beyond the floor is put at its edge: fingers slip. */
static uint16_t axis_of(const json_t *v)
{
    double d = json_number_value(v);

    if (!(d > 0)) return 0;
    return d >= 1 ? ROSTER_SCALE : (uint16_t)(d * ROSTER_SCALE + 0.5);
}

static bool read_place(struct show *s, const json_t *x, const json_t *y, const char **detail)
{
    if (x == NULL && y == NULL) return true;
    *detail = "x and y must be numbers from 0 to 1, or both null";
    s->has |= SHOW_PLACE;
    if (json_is_number(x) && json_is_number(y)) {
        s->x = axis_of(x);
        s->y = axis_of(y);
        return true;
    }
    s->x = s->y = ROSTER_NOWHERE;
    return json_is_null(x) && json_is_null(y);
}

bool show_read(struct show *s, const json_t *f, int64_t now, struct buf *name, const char **detail)
{
    *s = (struct show){.mode = {ROSTER_ONLINE, ROSTER_UNTOLD}};
    return read_mode(s, json_object_get(f, "status"), json_object_get(f, "device"), detail) &&
           read_name(s, json_object_get(f, "name"), name, detail) &&
           read_emoji(s, json_object_get(f, "emoji"), json_object_get(f, "emoji_ms"), now, detail) &&
           read_place(s, json_object_get(f, "x"), json_object_get(f, "y"), detail);
}
