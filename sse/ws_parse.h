/* ws_parse.h - reads what a WebSocket client sends (RFC 6455), and writes frame heads.
 *
 * Bytes in, messages out; no I/O, any split of the input gives the same messages:
 *
 *     struct ws_parse w;  ws_parse_init(&w, 65536);
 *     while ((got = ws_parse_next(&w, &input, &message)) != WS_MORE) { ... }
 *     if (ws_parse_idle(&w)) ...         // nothing is kept: the parser may be forgotten
 *     ws_parse_free(&w);
 *
 * A message points into the parser and is good until the next call. Control frames may come between
 * the fragments of a message. After WS_ERROR (close_code says why) and WS_CLOSE nothing more is read.
 * Refused: frames without mask, reserved bits and opcodes, lengths not in their shortest form, control
 * frames that are long or fragmented, text that is not UTF-8 (as soon as its bytes show it), messages
 * longer than max, close codes that may not be sent.
 */
#ifndef CONFAB_WS_PARSE_H
#define CONFAB_WS_PARSE_H

#include "buf.h"
#include "utf8.h"

enum ws_opcode { WS_OP_MORE = 0, WS_OP_TEXT = 1, WS_OP_BINARY = 2, WS_OP_CLOSE = 8, WS_OP_PING = 9, WS_OP_PONG = 10 };

enum ws_got { WS_MORE, WS_TEXT, WS_PING, WS_PONG, WS_CLOSE, WS_ERROR };

enum { WS_CONTROL_MAX = 125, WS_HEAD_MAX = 10 };

struct ws_parse {
    uint64_t left;          /* of the frame's payload */
    struct buf text;        /* of the message so far */
    struct utf8 utf8;       /* over its fragments */
    uint32_t n_head;        /* bytes of the frame's head so far */
    uint32_t n_control;
    uint32_t at;            /* payload bytes of the frame so far: the mask's phase */
    uint16_t close_code;    /* WS_ERROR: the code to close with; WS_CLOSE: the client's, 1005 without */
    uint8_t op;             /* of the frame */
    bool fin, in_frame, in_message, handed_out, ended;
    uint8_t head[14];
    uint8_t mask[4];
    char control[WS_CONTROL_MAX];
};

struct ws_message {
    struct slice data; /* TEXT, PING, PONG; of CLOSE: the reason */
};

void ws_parse_init(struct ws_parse *w, size_t max);
void ws_parse_free(struct ws_parse *w);
enum ws_got ws_parse_next(struct ws_parse *w, struct slice *input, struct ws_message *out);
/* Between two messages, with nothing half read. */
bool ws_parse_idle(const struct ws_parse *w);

/* The head of a frame that a server sends (not masked, in one piece). Returns its length. */
size_t ws_head(uint8_t out[WS_HEAD_MAX], enum ws_opcode op, size_t n);
/* A whole frame. */
void ws_put(struct buf *b, enum ws_opcode op, struct slice data);
/* code 1005: without one. */
void ws_put_close(struct buf *b, uint16_t code, struct slice reason);

#endif
