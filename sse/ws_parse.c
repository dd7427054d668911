#include "ws_parse.h"

enum {
    BIT_FIN = 0x80,
    BITS_RSV = 0x70,
    BITS_OP = 0x0F,
    BIT_MASK = 0x80,
    BITS_LEN = 0x7F,
    LEN_16 = 126,
    LEN_64 = 127,
    CODE_PROTOCOL = 1002,
    CODE_BINARY = 1003,
    CODE_NONE = 1005,
    CODE_TEXT = 1007,
    CODE_BIG = 1009,
    CODE_MEMORY = 1011,
};

void ws_parse_init(struct ws_parse *w, size_t max)
{
    *w = (struct ws_parse){.utf8 = UTF8_INIT};
    buf_init(&w->text, max);
}

void ws_parse_free(struct ws_parse *w)
{
    buf_wipe(&w->text);
}

bool ws_parse_idle(const struct ws_parse *w)
{
    return !w->in_frame && !w->in_message && w->n_head == 0;
}

static enum ws_got fail(struct ws_parse *w, uint16_t code)
{
    w->ended = true;
    w->close_code = code;
    return WS_ERROR;
}

static bool is_control(uint8_t op)
{
    return (op & 0x08) != 0;
}

/* RFC 6455 section 7.4: what may stand in a close frame. */
static bool close_code_valid(uint16_t code)
{
    if (code < 1000 || code >= 5000) return false;
    if (code >= 3000) return true;
    return code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

/* How long the head is, as far as its first two bytes tell. */
static uint32_t head_need(const struct ws_parse *w)
{
    uint8_t n;

    if (w->n_head < 2) return 2;
    n = w->head[1] & BITS_LEN;
    return 2 + (n == LEN_16 ? 2 : n == LEN_64 ? 8 : 0) + 4;
}

/* The first two bytes, as soon as they are there: a wrong frame is refused before its length. */
static uint16_t head_check(const struct ws_parse *w)
{
    uint8_t op = w->head[0] & BITS_OP, n = w->head[1] & BITS_LEN;
    bool fin = (w->head[0] & BIT_FIN) != 0;

    if ((w->head[0] & BITS_RSV) != 0 || (w->head[1] & BIT_MASK) == 0) return CODE_PROTOCOL;
    switch (op) {
    case WS_OP_MORE: return w->in_message ? 0 : CODE_PROTOCOL;
    case WS_OP_TEXT: return w->in_message ? CODE_PROTOCOL : 0;
    case WS_OP_BINARY: return w->in_message ? CODE_PROTOCOL : CODE_BINARY;
    case WS_OP_CLOSE:
    case WS_OP_PING:
    case WS_OP_PONG: return fin && n <= WS_CONTROL_MAX ? 0 : CODE_PROTOCOL;
    default: return CODE_PROTOCOL;
    }
}

static uint16_t frame_begin(struct ws_parse *w)
{
    uint32_t n_len = w->n_head - 6;
    uint64_t len = w->head[1] & BITS_LEN;

    if (n_len > 0) {
        len = 0;
        for (uint32_t i = 0; i < n_len; i++) len = len << 8 | w->head[2 + i];
        if (len < LEN_16 || (n_len == 8 && (len <= UINT16_MAX || len > INT64_MAX))) return CODE_PROTOCOL;
    }
    w->fin = (w->head[0] & BIT_FIN) != 0;
    w->op = w->head[0] & BITS_OP;
    w->left = len;
    w->at = 0;
    memcpy(w->mask, w->head + w->n_head - 4, sizeof w->mask);
    w->n_head = 0;
    w->in_frame = true;
    if (is_control(w->op)) {
        w->n_control = 0;
        return 0;
    }
    if (len > w->text.max || w->text.len > w->text.max - len) return CODE_BIG;
    w->in_message = true;
    return 0;
}

static void unmask(struct ws_parse *w, const char *from, char *to, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = (char)((uint8_t)from[i] ^ w->mask[(w->at + i) & 3]);
    w->at += (uint32_t)n;
}

/* Takes payload from the input; 0 or a close code. */
static uint16_t frame_take(struct ws_parse *w, struct slice *input)
{
    size_t n = input->n < w->left ? input->n : (size_t)w->left;
    char *to;

    if (n == 0) return 0;
    if (is_control(w->op)) {
        unmask(w, input->p, w->control + w->n_control, n);
        w->n_control += (uint32_t)n;
    } else {
        to = buf_reserve(&w->text, n);
        if (to == NULL) return CODE_MEMORY;
        unmask(w, input->p, to, n);
        w->text.len += n;
        if (!utf8_feed(&w->utf8, slice_make(to, n))) return CODE_TEXT;
    }
    *input = slice_make(input->p + n, input->n - n);
    w->left -= n;
    return 0;
}

static enum ws_got close_end(struct ws_parse *w, struct ws_message *out)
{
    struct slice reason = SLICE_NULL;

    if (w->n_control == 1) return fail(w, CODE_PROTOCOL);
    w->close_code = CODE_NONE;
    if (w->n_control >= 2) {
        w->close_code = (uint16_t)((uint8_t)w->control[0] << 8 | (uint8_t)w->control[1]);
        reason = slice_make(w->control + 2, w->n_control - 2);
        if (!close_code_valid(w->close_code)) return fail(w, CODE_PROTOCOL);
        if (!utf8_valid(reason)) return fail(w, CODE_TEXT);
    }
    out->data = reason;
    w->ended = true;
    return WS_CLOSE;
}

/* The frame is complete; WS_MORE if that yields nothing yet. */
static enum ws_got frame_end(struct ws_parse *w, struct ws_message *out)
{
    w->in_frame = false;
    switch (w->op) {
    case WS_OP_CLOSE: return close_end(w, out);
    case WS_OP_PING:
    case WS_OP_PONG:
        out->data = slice_make(w->control, w->n_control);
        return w->op == WS_OP_PING ? WS_PING : WS_PONG;
    default: break;
    }
    if (!w->fin) return WS_MORE;
    if (!utf8_whole(&w->utf8)) return fail(w, CODE_TEXT);
    w->in_message = false;
    w->handed_out = true;
    out->data = buf_view(&w->text);
    return WS_TEXT;
}

enum ws_got ws_parse_next(struct ws_parse *w, struct slice *input, struct ws_message *out)
{
    *out = (struct ws_message){{NULL, 0}};
    if (w->ended) return WS_MORE;
    if (w->handed_out) {
        w->handed_out = false;
        w->utf8 = (struct utf8)UTF8_INIT;
        w->text.len = 0;
    }
    for (;;) {
        uint16_t wrong = 0;
        enum ws_got got;

        while (!w->in_frame) {
            if (input->n == 0) return WS_MORE;
            w->head[w->n_head++] = (uint8_t)input->p[0];
            *input = slice_make(input->p + 1, input->n - 1);
            if (w->n_head == 2) wrong = head_check(w);
            if (wrong == 0 && w->n_head == head_need(w) && w->n_head > 2) wrong = frame_begin(w);
            if (wrong != 0) return fail(w, wrong);
        }
        wrong = frame_take(w, input);
        if (wrong != 0) return fail(w, wrong);
        if (w->left > 0) return WS_MORE;
        got = frame_end(w, out);
        if (got != WS_MORE) return got;
    }
}

size_t ws_head(uint8_t out[WS_HEAD_MAX], enum ws_opcode op, size_t n)
{
    out[0] = (uint8_t)(BIT_FIN | op);
    if (n < LEN_16) {
        out[1] = (uint8_t)n;
        return 2;
    }
    if (n <= UINT16_MAX) {
        out[1] = LEN_16;
        out[2] = (uint8_t)(n >> 8);
        out[3] = (uint8_t)n;
        return 4;
    }
    out[1] = LEN_64;
    for (int i = 0; i < 8; i++) out[2 + i] = (uint8_t)((uint64_t)n >> (8 * (7 - i)));
    return 10;
}

void ws_put(struct buf *b, enum ws_opcode op, struct slice data)
{
    uint8_t head[WS_HEAD_MAX];

    buf_bytes(b, head, ws_head(head, op, data.n));
    buf_slice(b, data);
}

void ws_put_close(struct buf *b, uint16_t code, struct slice reason)
{
    uint8_t head[WS_HEAD_MAX], wire[2] = {(uint8_t)(code >> 8), (uint8_t)code};

    if (code == CODE_NONE) {
        ws_put(b, WS_OP_CLOSE, SLICE_NULL);
        return;
    }
    if (reason.n > WS_CONTROL_MAX - sizeof wire) reason.n = 0;
    buf_bytes(b, head, ws_head(head, WS_OP_CLOSE, sizeof wire + reason.n));
    buf_bytes(b, wire, sizeof wire);
    buf_slice(b, reason);
}
