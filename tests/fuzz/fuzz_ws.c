#include "fuzz.h"

#include "../../sse/ws_parse.h"

/* What came out, in a form that can be compared. */
static void note(struct buf *out, const struct ws_parse *w, enum ws_got got, struct slice data)
{
    buf_byte(out, (char)('0' + got));
    if (got == WS_ERROR || got == WS_CLOSE) buf_fmt(out, "%u", (unsigned)w->close_code);
    if (got == WS_TEXT) FUZZ_CHECK(utf8_valid(data));
    if (got == WS_PING || got == WS_PONG) FUZZ_CHECK(data.n <= WS_CONTROL_MAX);
    buf_slice(out, data);
}

static void run(struct slice s, size_t piece, struct buf *out)
{
    struct ws_parse w;

    ws_parse_init(&w, 300);
    while (s.n > 0) {
        size_t n = piece < s.n ? piece : s.n;
        struct slice part = slice_make(s.p, n);
        struct ws_message m;
        enum ws_got got;

        while ((got = ws_parse_next(&w, &part, &m)) != WS_MORE) note(out, &w, got, m.data);
        s = slice_make(s.p + n, s.n - n);
    }
    ws_parse_free(&w);
}

/* However it is cut, the same comes out. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice s = slice_make(data, size);
    struct buf whole = BUF_INIT, bytes = BUF_INIT, pieces = BUF_INIT;

    run(s, size > 0 ? size : 1, &whole);
    run(s, 1, &bytes);
    run(s, size > 0 ? 1 + data[0] % 16 : 1, &pieces);
    FUZZ_CHECK(slice_eq(buf_view(&whole), buf_view(&bytes)) && slice_eq(buf_view(&whole), buf_view(&pieces)));
    buf_free(&whole);
    buf_free(&bytes);
    buf_free(&pieces);
    return 0;
}
