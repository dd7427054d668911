#include "presence.h"

#include "clock.h"
#include "wire.h"

enum {
    NEWS_MS = 40,
    MOVES_MS = 100,
    MOVES_SENDS = 10000,
    MOVES_SOON_MS = 5,   /* those who move together are told together */
    POLL_MS = 1000,      /* between two batches of moves for a long-poll client */
    LAG_MS = 250         /* how often those who lag are looked after */
};

static struct pushd *app;

static uint32_t most(void)
{
    return (uint32_t)app->conf->presence_full_max;
}

int64_t presence_due(const struct room *r, int64_t last, int64_t soon_ms, int64_t gap_ms, int64_t sends)
{
    int64_t now = loop_now(app->loop), gap = (int64_t)r->n * 1000 / sends;

    if (gap < gap_ms) gap = gap_ms;
    if (last != 0 && last + gap * 1000 > now + soon_ms * 1000) return last + gap * 1000;
    return now + soon_ms * 1000;
}

static void touched(struct room *r)
{
    if (r->news_at == 0 && roster_has_news(&r->roster)) {
        r->news_at = presence_due(r, r->news_last, NEWS_MS, NEWS_MS, NEWS_SENDS);
        room_wake(r, r->news_at);
    }
    if (r->moves_at == 0 && roster_has_moves(&r->roster)) {
        r->moves_at = presence_due(r, r->moves_last, MOVES_SOON_MS, MOVES_MS, MOVES_SENDS);
        room_wake(r, r->moves_at);
    }
    if (r->roster.emoji_ends_at != 0 && r->roster.emoji_ends_at != INT64_MAX) room_wake(r, r->roster.emoji_ends_at);
}

bool presence_enter(struct room *r, struct place *p, int64_t person, const struct show *show)
{
    p->mode = show->mode;
    if (!roster_join(&r->roster, person, &p->mode, most())) return false;
    if (!roster_show(&r->roster, person, show)) {
        (void)roster_leave(&r->roster, person, &p->mode);
        return false;
    }
    touched(r);
    return true;
}

bool presence_exit(struct room *r, const struct place *p, int64_t person)
{
    bool still = roster_leave(&r->roster, person, &p->mode);

    touched(r);
    return still;
}

bool presence_show(struct room *r, struct place *p, int64_t person, const struct show *show)
{
    struct mode mode = p->mode;
    bool done = roster_show(&r->roster, person, show);

    if ((show->has & SHOW_STATUS) != 0) mode.status = show->mode.status;
    if ((show->has & SHOW_DEVICE) != 0) mode.device = show->mode.device;
    if (mode.status != p->mode.status || mode.device != p->mode.device) {
        roster_remode(&r->roster, person, &p->mode, &mode, most());
        p->mode = mode;
    }
    touched(r);
    return done;
}

/* --- moves --- */

static void lag(struct room *r, struct stream *s)
{
    struct place *p = room_place(s, r);

    if (!p->lags) {
        p->lags = true;
        p->lags_from = r->roster.batch - 1;
    }
    if (s->conn != NULL && !s->conn->transport->held) {
        /* Its socket is full: it catches up when that has drained. */
        s->behind |= BEHIND_MOVES;
    } else if (r->lag_at == 0) {
        r->lag_at = loop_now(app->loop) + LAG_MS * 1000;
        room_wake(r, r->lag_at);
    }
}

static void tell_moves(struct room *r, struct slice json)
{
    struct bundle frames = {{NULL}};

    for (uint32_t i = 0; i < r->n; i++) {
        struct stream *s = r->in[i];

        if (s->conn == NULL || s->conn->transport->held || !room_send(s, &frames, "moved", json)) lag(r, s);
    }
    bundle_clear(&frames);
}

void presence_catch_up(struct stream *s, struct place *p)
{
    struct room *r = p->room;
    struct buf json = BUF_INIT, b = BUF_INIT;

    if (!p->lags) return;
    p->lags = false;
    p->caught_ms = (uint32_t)(loop_now(app->loop) / 1000);
    if (roster_moves_since(&r->roster, r->id, p->lags_from, &json)) {
        wire_event(s->conn->transport->format, &b, "moved", buf_view(&json));
        if (buf_ok(&json) && buf_ok(&b)) {
            metric_add(METRIC_ephemeral, 1);
            conn_send_buf(s->conn, &b);
        }
    }
    buf_free(&json);
    buf_free(&b);
}

/* Long-poll clients get what they lack once a second, and others when they are connected again. */
static void look_after(struct room *r, int64_t now)
{
    bool more = false;

    for (uint32_t i = 0; i < r->n; i++) {
        struct stream *s = r->in[i];
        struct place *p = room_place(s, r);

        if (!p->lags || (s->conn != NULL && !s->conn->transport->held)) continue;
        if (s->conn != NULL && s->conn->held && s->conn->state == CONN_LIVE && (uint32_t)(now / 1000) - p->caught_ms >= POLL_MS) {
            presence_catch_up(s, p);
        } else {
            more = true;
        }
    }
    r->lag_at = more ? now + LAG_MS * 1000 : 0;
}

static void moves_turn(struct room *r, int64_t now)
{
    struct buf b = BUF_INIT;

    r->moves_at = 0;
    r->moves_last = now;
    if (roster_moves(&r->roster, r->id, ROSTER_MOVES, &b) && buf_ok(&b)) tell_moves(r, buf_view(&b));
    buf_free(&b);
}

static void news_turn(struct room *r, int64_t now)
{
    struct buf b = BUF_INIT;
    int64_t only;

    r->news_at = 0;
    roster_clock(&r->roster, clock_wall(), app->conf->presence_gone_s * 1000000);
    /* Nobody is told alone that it is here itself: it has got the state. */
    if (roster_news(&r->roster, r->id, most(), &b, &only) && buf_ok(&b)) {
        r->news_last = now;
        room_tell(r, only, "presence", buf_view(&b));
    }
    buf_free(&b);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return b != 0 && b < a ? b : a;
}

int64_t presence_turn(struct room *r, int64_t now)
{
    int64_t next = roster_expire(&r->roster, now);

    if (r->news_at != 0 && r->news_at <= now) news_turn(r, now);
    if (r->moves_at != 0 && r->moves_at <= now) moves_turn(r, now);
    if (r->lag_at != 0 && r->lag_at <= now) look_after(r, now);
    touched(r);
    return earlier(earlier(earlier(next, r->news_at), r->moves_at), r->lag_at);
}

/* --- states --- */

void presence_state(struct buf *out, int64_t room, struct room *r, int64_t asker)
{
    int64_t lease = app->conf->push_lease_ms > app->conf->push_lease_ws_ms ? app->conf->push_lease_ms : app->conf->push_lease_ws_ms;

    if (r != NULL) roster_clock(&r->roster, clock_wall(), app->conf->presence_gone_s * 1000000);
    roster_state(r != NULL ? &r->roster : NULL, room, asker, loop_now(app->loop) - app->started < lease * 1000, out);
}

void presence_start(struct pushd *a)
{
    app = a;
}
