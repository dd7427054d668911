/* Socket.IO over its WebSocket transport: Engine.IO 4 packets, one digit each, around Socket.IO 5 packets. */
#include "config.h"

#include "swarm.h"

#include <inttypes.h>

enum { OPCODE_TEXT = 1 };

static void socketio_hail(struct client *c, struct buf *out)
{
    (void)c;
    buf_str(out, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
}

static void socketio_send(struct client *c, struct buf *packet)
{
    struct buf b = BUF_INIT;

    client_frame(&b, OPCODE_TEXT, buf_view(packet));
    client_send(c, &b);
    buf_free(&b);
}

/* The transport is open: now the namespace, with who we are and what we have. */
static void socketio_connect(struct client *c)
{
    struct buf b = BUF_INIT;

    buf_fmt(&b, "40{\"token\":\"%s\",\"after\":%s}", c->who->token, c->swarm->cursor ? c->swarm->cursor : "null");
    socketio_send(c, &b);
    buf_free(&b);
}

static void socketio_pong(struct client *c)
{
    struct buf b = BUF_INIT;

    buf_byte(&b, '3');
    socketio_send(c, &b);
    buf_free(&b);
}

static void socketio_event(struct client *c, struct slice name, struct slice data)
{
    (void)name;
    if (slice_starts(data, SLICE("42[\"message\""))) client_message(c, data);
    else if (slice_starts(data, SLICE("2")) && data.n == 1) socketio_pong(c);
    else if (slice_starts(data, SLICE("42[\"hello\""))) client_ready(c);
    else if (slice_starts(data, SLICE("43"))) client_answered(c, memmem(data.p, data.n, "\"ok\":true", 9) != NULL);
    else if (slice_starts(data, SLICE("44"))) client_refused(c, 401);
    else if (slice_starts(data, SLICE("0"))) socketio_connect(c);
}

static void socketio_say(struct client *c, int64_t room, size_t k, struct slice text, struct buf *out)
{
    struct buf b = BUF_INIT;

    (void)c;
    buf_fmt(&b, "42%zu[\"send\",{\"room\":%" PRId64 ",\"text\":\"%.*s\"}]", k, room, SLICE_FMT(text));
    client_frame(out, OPCODE_TEXT, buf_view(&b));
    buf_free(&b);
}

const struct dialect dialect_socketio = {
    .name = "socketio", .websocket = true, .scanned = true, .hail = socketio_hail, .event = socketio_event, .say = socketio_say};
