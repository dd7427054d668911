/* WebSocket: frames both ways, pings of ours, a lease, limits on what a client may say. */
#include <stdlib.h>

#include "beacon.h"
#include "conn.h"
#include "frames.h"
#include "stream.h"
#include "wire.h"
#include "ws_parse.h"

enum { BAD_MOST = 3, BAD_WINDOW_S = 60, LIGHT_BURST = 400, LIGHT_PERIOD_MS = 2000 };

static struct pushd *app;

void transport_ws_start(struct pushd *a)
{
    app = a;
}

static void reply(void *arg, const char *name, struct slice json)
{
    struct conn *c = arg;
    struct buf b = BUF_INIT;

    wire_event(FORMAT_WS, &b, name, json);
    conn_send_buf(c, &b);
    buf_free(&b);
}

static void refuse_rate(struct conn *c, uint32_t wait_ms)
{
    struct buf b = BUF_INIT;
    struct frames_error e = {.problem = PROBLEM_too_many, .detail = "You are sending frames too fast.", .retry_after_ms = wait_ms};

    frames_error_json(&b, &e);
    if (buf_ok(&b)) reply(c, "error", buf_view(&b));
    buf_free(&b);
}

/* A frame too many is told; after as many again it is enough. Moves and typing come often and are
 * coalesced, so they are free up to what no person does. */
static bool allow(void *arg, bool light)
{
    struct conn *c = arg;
    uint32_t burst = (uint32_t)app->conf->push_frame_burst, period = (uint32_t)app->conf->push_frame_period_ms, wait = 0;
    int64_t now = loop_now(app->loop);

    if (light && bucket_take(&c->lights, LIGHT_BURST, LIGHT_PERIOD_MS, now, NULL)) return true;
    if (bucket_take(&c->frames, burst, period, now, &wait)) return true;
    if (bucket_take(&c->surplus, burst, period, now, NULL)) {
        refuse_rate(c, wait);
    } else {
        conn_doom(c, FAREWELL_POLICY);
    }
    return false;
}

static void count_bad(struct conn *c)
{
    uint32_t now = (uint32_t)(loop_now(app->loop) / 1000000);

    if (now - c->bad_since >= BAD_WINDOW_S) {
        c->bad_since = now;
        c->bad = 0;
    }
    if (++c->bad > BAD_MOST) conn_doom(c, FAREWELL_POLICY);
}

static void take_text(struct conn *c, struct slice text)
{
    struct frames_client client = {.stream = c->stream, .conn = c, .allow = allow, .reply = reply, .arg = c};

    if (!frames_take(&client, text)) count_bad(c);
    if (client.bye) {
        c->heard_bye = true;
        c->close_code = 1000;
        conn_doom(c, FAREWELL_CLOSED);
    }
}

static enum farewell farewell_of(uint16_t code)
{
    switch (code) {
    case 1003: return FAREWELL_BINARY;
    case 1007: return FAREWELL_TEXT;
    case 1009: return FAREWELL_BIG;
    case 1011: return FAREWELL_INTERNAL;
    default: return FAREWELL_PROTOCOL;
    }
}

static void take(struct conn *c, enum ws_got got, const struct ws_parse *w, struct slice data)
{
    struct buf b = BUF_INIT;

    switch (got) {
    case WS_TEXT: take_text(c, data); break;
    case WS_PING:
        ws_put(&b, WS_OP_PONG, data);
        conn_send_buf(c, &b);
        break;
    case WS_CLOSE:
        /* 1000 and 1001 say that the client means to go; anything else may be a fault on the way. */
        c->heard_bye = w->close_code == 1000 || w->close_code == 1001;
        c->close_code = w->close_code;
        conn_doom(c, FAREWELL_CLOSED);
        break;
    case WS_ERROR: conn_doom(c, farewell_of(w->close_code)); break;
    default: break;
    }
    buf_free(&b);
}

/* Keeps a parser only while something is half read. */
static void keep(struct conn *c, struct ws_parse *w)
{
    if (c->in == w) {
        if (!ws_parse_idle(w) && c->state == CONN_LIVE) return;
        ws_parse_free(w);
        free(w);
        c->in = NULL;
    } else if (ws_parse_idle(w) || c->state != CONN_LIVE) {
        ws_parse_free(w);
    } else {
        c->in = malloc(sizeof *c->in);
        if (c->in != NULL) {
            *c->in = *w;
            return;
        }
        ws_parse_free(w);
        metric_add(METRIC_out_of_memory, 1);
        conn_doom(c, FAREWELL_INTERNAL);
    }
}

static void input(struct conn *c, struct slice bytes)
{
    struct ws_parse fresh, *w = c->in;
    struct ws_message m;
    enum ws_got got;

    if (c->stream != NULL) stream_heard(c->stream);
    if (w == NULL) {
        w = &fresh;
        ws_parse_init(w, (size_t)app->conf->push_frame_max);
    }
    while (c->state == CONN_LIVE && (got = ws_parse_next(w, &bytes, &m)) != WS_MORE) take(c, got, w, m.data);
    keep(c, w);
}

static void bye(struct conn *c, enum farewell why)
{
    struct buf json = BUF_INIT, b = BUF_INIT;
    struct frame *f = NULL;
    uint16_t code = farewell_code(why);

    /* A client that closes may still want what is under way to it; one that is too slow may not. */
    if (why != FAREWELL_CLOSED) outbox_cut(&c->out);
    if (farewell_bye(why) != NULL) {
        wire_bye(&json, farewell_bye(why), why == FAREWELL_SIGNED_OUT ? 0 : wire_spread(1000));
        wire_event(FORMAT_WS, &b, "bye", buf_view(&json));
    }
    if (why == FAREWELL_CLOSED) code = c->close_code;
    ws_put_close(&b, code, SLICE_NULL);
    if (buf_ok(&json)) f = frame_make(&b);
    if (f != NULL) (void)outbox_add(&c->out, f, 0);
    frame_unref(f);
    buf_free(&json);
    buf_free(&b);
}

const struct transport transport_ws = {.name = "ws", .format = FORMAT_WS, .gauge = METRIC_connections_ws, .input = input, .bye = bye};
