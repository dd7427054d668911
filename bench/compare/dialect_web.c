/* The dialects of SSE and of plain WebSocket: Confab, nchan, and the yardstick. */
#include "config.h"

#include "swarm.h"

#include "../tool.h"
#include "crypto.h"
#include "json.h"
#include "uuid.h"

#include <inttypes.h>
#include <stdio.h>

enum { STREAM_ID_BYTES = 16 };

static void web_rest(const struct client *c, struct buf *out, const char *subprotocol)
{
    buf_str(out, " HTTP/1.1\r\nHost: localhost\r\nCookie: confab=");
    buf_str(out, c->who->token);
    if (!c->swarm->dialect->websocket) {
        buf_str(out, "\r\nAccept: text/event-stream\r\n\r\n");
        return;
    }
    buf_str(out, "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    if (subprotocol) buf_fmt(out, "Sec-WebSocket-Protocol: %s\r\n", subprotocol);
    buf_str(out, "\r\n");
}

static void web_event(struct client *c, struct slice name, struct slice data)
{
    if (slice_eq(name, SLICE("message"))) client_message(c, data);
    else if (slice_eq(name, SLICE("hello"))) client_ready(c);
}

static void confab_hail(struct client *c, struct buf *out)
{
    uint8_t id[STREAM_ID_BYTES];

    crypto_random(id, sizeof id);
    buf_str(out, c->swarm->dialect->websocket ? "GET /push/ws?stream=" : "GET /push/events?stream=");
    buf_base64url(out, id, sizeof id);
    if (c->swarm->cursor) buf_fmt(out, "&cursor=%s", c->swarm->cursor);
    web_rest(c, out, "confab.v1");
}

static void confab_compose(const struct swarm *s, int64_t room, struct slice text, char path[128], struct buf *body)
{
    char id[UUID_TEXT];
    struct uuid u;
    struct json j;

    (void)s;
    uuid_make(&u);
    uuid_text(&u, id);
    snprintf(path, 128, "/api/rooms/%" PRId64 "/messages", room);
    json_start(&j, body);
    json_begin_object(&j);
    json_kv_str(&j, "client_id", id);
    json_kv_text(&j, "text", text);
    json_end(&j);
    if (!json_done(&j)) tool_die("out of memory");
}

/* A channel a room; nchan neither knows nor asks who somebody is. */
static void nchan_hail(struct client *c, struct buf *out)
{
    buf_fmt(out, "GET /sub?room=%" PRId64, c->swarm->people.big ? c->swarm->people.big : c->who->rooms[0]);
    if (c->swarm->cursor) buf_fmt(out, "&last_event_id=%s", c->swarm->cursor);
    web_rest(c, out, NULL);
}

/* What an application in front of nchan would publish: the event as the readers are to have it, as long as Confab's. */
static void nchan_compose(const struct swarm *s, int64_t room, struct slice text, char path[128], struct buf *body)
{
    snprintf(path, 128, "/pub?room=%" PRId64, room);
    buf_fmt(body, "{\"event\":\"message\",\"text\":\"%.*s\",\"rest\":\"", SLICE_FMT(text));
    while (body->len + 2 < s->size) buf_byte(body, 'x');
    buf_str(body, "\"}");
}

static void yard_hail(struct client *c, struct buf *out)
{
    buf_str(out, "GET /");
    web_rest(c, out, NULL);
}

const struct dialect dialect_confab_sse = {.name = "confab-sse", .scanned = true, .hail = confab_hail, .event = web_event, .compose = confab_compose};
const struct dialect dialect_confab_ws = {
    .name = "confab-ws", .websocket = true, .scanned = true, .hail = confab_hail, .event = web_event, .compose = confab_compose};
const struct dialect dialect_nchan_sse = {
    .name = "nchan-sse", .scanned = true, .head_is_hello = true, .hail = nchan_hail, .event = web_event, .compose = nchan_compose};
const struct dialect dialect_nchan_ws = {
    .name = "nchan-ws", .websocket = true, .scanned = true, .head_is_hello = true, .hail = nchan_hail, .event = web_event, .compose = nchan_compose};
const struct dialect dialect_yard_sse = {.name = "yard-sse", .scanned = true, .unnamed = true, .hail = yard_hail, .event = web_event};
const struct dialect dialect_yard_ws = {
    .name = "yard-ws", .websocket = true, .scanned = true, .unnamed = true, .hail = yard_hail, .event = web_event};
