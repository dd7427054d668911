#include "greet.h"

#include "clock.h"
#include "http.h"
#include "json.h"
#include "wire.h"

static void stream_member(struct json *j, const struct greeting *g)
{
    struct buf id = BUF_INIT;

    buf_base64url(&id, g->stream, STREAM_ID);
    if (buf_ok(&id)) {
        json_kv_text(j, "stream", buf_view(&id));
    } else {
        j->out->failed = true;
    }
    buf_free(&id);
}

/* Values that are JSON already. Keys are ours and never need an escape. */
static void raw_member(struct buf *b, const char *key, struct slice json)
{
    buf_str(b, ",\"");
    buf_str(b, key);
    buf_str(b, "\":");
    buf_slice(b, json);
}

static void hello(struct buf *out, const struct greeting *g)
{
    struct json j;
    /* A cursor comes behind what it covers: before events, the client's own is still the true one. */
    bool covered = g->events.n == 0 || g->reset || g->had.n == 0;

    json_start(&j, out);
    json_begin_object(&j);
    json_kv_str(&j, "event", "hello");
    json_kv_str(&j, "verdict", g->reset ? "reset" : "complete");
    json_kv_text(&j, "cursor", covered ? g->token : g->had);
    json_kv_id(&j, "account", g->account);
    json_kv_id(&j, "session", g->session);
    stream_member(&j, g);
    json_kv_int(&j, "heartbeat_ms", g->heartbeat_ms);
    json_kv_time(&j, "server_time", clock_wall());
    json_end(&j);
    if (!json_done(&j)) return;
    out->len--;
    raw_member(out, "feeds", g->feeds);
    buf_byte(out, '}');
}

static void head(struct buf *out, const struct greeting *g)
{
    struct buf more = BUF_INIT;
    struct http_answer a = {.status = 200, .type = "text/event-stream", .length = -1, .origin = g->origin};

    if (g->format == FORMAT_WS) {
        a = (struct http_answer){.status = 101, .length = -1};
        buf_str(&more, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
        buf_slice(&more, g->websocket_accept);
        buf_str(&more, g->subprotocol ? "\r\nSec-WebSocket-Protocol: confab.v1\r\n" : "\r\n");
    } else {
        buf_str(&more, "Cache-Control: no-cache, no-store, no-transform\r\nX-Accel-Buffering: no\r\n");
    }
    a.more = buf_cstr(&more);
    if (a.more == NULL) out->failed = true;
    http_head(out, &a);
    buf_free(&more);
}

void greet(struct buf *out, const struct greeting *g)
{
    struct buf json = BUF_INIT;

    head(out, g);
    /* A comment at once gets the head through proxies; browsers that lose the stream come back spread. */
    if (g->format == FORMAT_SSE) buf_fmt(out, ":\n\nretry: %d\n\n", (int)wire_spread(1000));
    hello(&json, g);
    if (!buf_ok(&json)) out->failed = true;
    wire_event(g->format, out, "hello", buf_view(&json));
    buf_slice(out, g->events);
    wire_cursor(g->format, out, g->token);
    buf_free(&json);
}

void greet_answer(struct buf *out, const struct greeting *g)
{
    struct buf body = BUF_INIT;
    struct json j;
    struct http_answer a = {.status = 200, .type = "application/json", .origin = g->origin, .more = "Cache-Control: no-store\r\n"};

    json_start(&j, &body);
    json_begin_object(&j);
    json_kv_str(&j, "verdict", g->reset ? "reset" : "complete");
    json_kv_text(&j, "cursor", g->token);
    stream_member(&j, g);
    json_end(&j);
    if (json_done(&j)) {
        body.len--;
        raw_member(&body, "feeds", g->feeds);
        /* Each event has a comma before it; the first one's is dropped. */
        raw_member(&body, "events", SLICE("["));
        buf_slice(&body, g->events.n > 0 ? slice_make(g->events.p + 1, g->events.n - 1) : SLICE_NULL);
        buf_str(&body, "]}");
    }
    if (!buf_ok(&body)) out->failed = true;
    a.length = (int64_t)body.len;
    http_head(out, &a);
    buf_slice(out, buf_view(&body));
    buf_free(&body);
}
