#include "wire.h"

#include <sodium.h>

#include "json.h"
#include "ws_parse.h"

void wire_event(enum format f, struct buf *b, const char *name, struct slice json)
{
    switch (f) {
    case FORMAT_SSE:
        /* JSON of ours has no line breaks outside of escapes: one data line. */
        buf_str(b, "event: ");
        buf_str(b, name);
        buf_str(b, "\ndata: ");
        buf_slice(b, json);
        buf_str(b, "\n\n");
        break;
    case FORMAT_WS:
        ws_put(b, WS_OP_TEXT, json);
        break;
    default:
        /* A comma before each: whoever puts the list together drops the first. */
        buf_byte(b, ',');
        buf_slice(b, json);
        break;
    }
}

void wire_cursor(enum format f, struct buf *b, struct slice token)
{
    static const char before[] = "{\"event\":\"cursor\",\"cursor\":\"", after[] = "\"}";
    uint8_t head[WS_HEAD_MAX];

    if (token.n == 0) return;
    if (f == FORMAT_SSE) {
        buf_str(b, "id: ");
        buf_slice(b, token);
        buf_str(b, "\n\n");
    } else if (f == FORMAT_WS) {
        /* A token is base64url: nothing in it needs an escape. */
        buf_bytes(b, head, ws_head(head, WS_OP_TEXT, sizeof before - 1 + token.n + sizeof after - 1));
        buf_str(b, before);
        buf_slice(b, token);
        buf_str(b, after);
    }
}

void wire_heartbeat(enum format f, struct buf *b, struct slice token)
{
    if (f == FORMAT_SSE) {
        buf_str(b, ":\n\n");
    } else if (f == FORMAT_WS) {
        ws_put(b, WS_OP_PING, SLICE_NULL);
    }
    wire_cursor(f, b, token);
}

void wire_bye(struct buf *b, const char *reason, int64_t retry_ms)
{
    struct json j;

    json_start(&j, b);
    json_begin_object(&j);
    json_kv_str(&j, "event", "bye");
    json_kv_str(&j, "reason", reason);
    if (retry_ms > 0) json_kv_int(&j, "retry_ms", retry_ms);
    json_end(&j);
}

int64_t wire_spread(int64_t least_ms)
{
    return least_ms + (int64_t)randombytes_uniform((uint32_t)least_ms + 1);
}
