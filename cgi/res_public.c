/* Public rooms, found by name. Names are sealed, so the database cannot search them: pages of rooms
 * are opened and filtered here, with a bound on how many one request opens. */
#include <inttypes.h>
#include <locale.h>
#include <wctype.h>

#include "content.h"
#include "rooms.h"
#include "shapes.h"
#include "url.h"
#include "utf8.h"

enum {
    PAGE = 200,     /* rooms read at once */
    PAGES_MOST = 5, /* for one request: the rest follows by Link */
};

/* Lower case by code point, of Unicode whatever the environment's locale says. */
static uint32_t fold(uint32_t cp)
{
    static locale_t utf8;

    if (utf8 == (locale_t)0) utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (cp < 0x80 || utf8 == (locale_t)0) return cp >= 'A' && cp <= 'Z' ? cp - 'A' + 'a' : cp;
    return (uint32_t)towlower_l((wint_t)cp, utf8);
}

/* Does `name` begin with `part`, without regard to case? */
static bool begins(struct slice name, struct slice part)
{
    uint32_t a, b;
    size_t n, m;

    while ((m = utf8_char(part, &b)) > 0) {
        if ((n = utf8_char(name, &a)) == 0 || fold(a) != fold(b)) return false;
        name = slice_make(name.p + n, name.n - n);
        part = slice_make(part.p + m, part.n - m);
    }
    return part.n == 0;
}

static bool contains(struct slice name, struct slice part)
{
    uint32_t cp;
    size_t n;

    if (part.n == 0) return true;
    while ((n = utf8_char(name, &cp)) > 0) {
        if (begins(name, part)) return true;
        name = slice_make(name.p + n, name.n - n);
    }
    return false;
}

/* In its name or its topic. */
static bool matches(struct slice plain, struct slice wanted)
{
    struct room_label label;

    room_label_read(plain, &label);
    return contains(label.name, wanted) || contains(label.topic, wanted);
}

/* How far a search has come. */
struct search {
    struct slice wanted;
    int64_t after; /* the last room looked at */
    int32_t left;  /* rooms that may still be answered */
    bool more;     /* there is something behind `after` */
};

/* Writes those of a page that fit. False when the answer is full. */
static bool take_page(struct call *c, struct json *j, const PGresult *r, struct search *s)
{
    struct buf name = BUF_INIT;
    int n = PQntuples(r) > PAGE ? PAGE : PQntuples(r), i = 0;

    for (; i < n && s->left > 0; i++) {
        buf_clear(&name);
        room_name(r, i, c, &name);
        s->after = pgget_int8(r, i, ROOM_ID);
        if (!matches(buf_view(&name), s->wanted)) continue;
        public_room_json(j, r, i, buf_view(&name), pgget_bool(r, i, PUBLIC_ROOM_JOINED));
        s->left--;
    }
    s->more = i < PQntuples(r);
    buf_wipe(&name);
    return s->left > 0;
}

static void link_next(struct call *c, const struct search *s, int32_t limit)
{
    struct buf b = BUF_INIT;

    buf_str(&b, "/api/rooms/public?");
    if (s->wanted.n > 0) {
        buf_str(&b, "q=");
        url_encode(&b, s->wanted);
        buf_byte(&b, '&');
    }
    buf_fmt(&b, "after=%" PRId64 "&limit=%" PRId32, s->after, limit);
    if (buf_cstr(&b) != NULL) reply_link(&c->reply, "next", b.data);
    buf_free(&b);
}

void rooms_public(struct call *c)
{
    int32_t limit = call_limit(c, 50);
    struct search s = {.wanted = c->f[F_search].text, .after = c->f[F_after_id].number, .left = limit, .more = true};
    struct json *j = reply_json(&c->reply, 200);

    json_begin_object(j);
    json_key(j, "rooms");
    json_begin_array(j);
    for (int page = 0; page < PAGES_MOST && s.more; page++) {
        struct pgargs *a = call_args(c);
        PGresult *r;

        pgargs_int8(a, s.after);
        pgargs_int4(a, PAGE + 1);
        call_queue(c, Q_API_PUBLIC_ROOMS, a);
        if (!call_read(c) || (r = call_next(c)) == NULL) return;
        if (!take_page(c, j, r, &s)) break;
    }
    json_end(j);
    json_end(j);
    if (s.more) link_next(c, &s, limit);
}
