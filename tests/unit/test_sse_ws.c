#include "unit.h"

#include "../../sse/ws_parse.h"

enum { MAX = 1000, FIN = 0x80, RSV1 = 0x40 };

/* A frame as a client sends it. */
static void put(struct buf *b, uint8_t first, struct slice data)
{
    const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t head[WS_HEAD_MAX];
    size_t n = ws_head(head, WS_OP_TEXT, data.n);

    head[0] = first;
    head[1] |= 0x80;
    buf_bytes(b, head, n);
    buf_bytes(b, mask, sizeof mask);
    for (size_t i = 0; i < data.n; i++) buf_byte(b, (char)((uint8_t)data.p[i] ^ mask[i % 4]));
}

/* What came out, as text: "text(hello) ping(x) close(1000,bye) error(1002)". */
static void describe(struct buf *out, const struct ws_parse *w, enum ws_got got, struct slice data)
{
    static const char *const names[] = {"more", "text", "ping", "pong", "close", "error"};

    if (out->len > 0) buf_byte(out, ' ');
    buf_str(out, names[got]);
    buf_byte(out, '(');
    if (got == WS_CLOSE) buf_fmt(out, "%d,", w->close_code);
    if (got == WS_ERROR) buf_fmt(out, "%d", w->close_code);
    buf_slice(out, data);
    buf_byte(out, ')');
}

/* The input in pieces of these sizes, 0: the rest. */
static void run(struct slice input, const size_t *pieces, size_t n_pieces, struct buf *out, bool *idle)
{
    struct ws_parse w;
    size_t at = 0;

    ws_parse_init(&w, MAX);
    for (size_t i = 0; i < n_pieces && at <= input.n; i++) {
        size_t n = pieces[i] == 0 || pieces[i] > input.n - at ? input.n - at : pieces[i];
        struct slice piece = exact(slice_make(input.p + at, n)), rest = piece;
        struct ws_message m;
        enum ws_got got;

        while ((got = ws_parse_next(&w, &rest, &m)) != WS_MORE) describe(out, &w, got, m.data);
        free((void *)(uintptr_t)piece.p);
        at += n;
    }
    *idle = ws_parse_idle(&w);
    ws_parse_free(&w);
}

/* At once, byte by byte, and cut in two at every place: always the same. */
static void expect(const struct buf *input, const char *wanted, bool idle_wanted)
{
    struct slice s = buf_view(input);
    size_t *ones = calloc(s.n + 1, sizeof *ones), whole[] = {0};
    bool idle;

    assert_non_null(ones);
    for (size_t i = 0; i < s.n; i++) ones[i] = 1;
    for (size_t cut = 0; cut <= s.n + 1; cut++) {
        struct buf out = BUF_INIT;
        size_t halves[] = {cut, 0};

        if (cut == 0) {
            run(s, whole, 1, &out, &idle);
        } else if (cut == s.n + 1) {
            run(s, ones, s.n, &out, &idle);
        } else {
            run(s, halves, 2, &out, &idle);
        }
        assert_slice(buf_view(&out), wanted);
        assert_int_equal(idle, idle_wanted);
        buf_free(&out);
    }
    free(ones);
}

static void single(uint8_t first, struct slice data, const char *wanted, bool idle)
{
    struct buf b = BUF_INIT;

    put(&b, first, data);
    expect(&b, wanted, idle);
    buf_free(&b);
}

static void messages_come_out(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    single(FIN | WS_OP_TEXT, SLICE("hello"), "text(hello)", true);
    single(FIN | WS_OP_TEXT, SLICE(""), "text()", true);
    single(FIN | WS_OP_PING, SLICE("are you there"), "ping(are you there)", true);
    single(FIN | WS_OP_PONG, SLICE(""), "pong()", true);
    put(&b, FIN | WS_OP_TEXT, SLICE("one"));
    put(&b, FIN | WS_OP_TEXT, SLICE("two"));
    put(&b, FIN | WS_OP_PING, SLICE("x"));
    put(&b, FIN | WS_OP_TEXT, SLICE("thr\xc3\xa9\xc3\xa9"));
    expect(&b, "text(one) text(two) ping(x) text(thr\xc3\xa9\xc3\xa9)", true);
    buf_free(&b);
}

static void fragments_are_put_together(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    put(&b, WS_OP_TEXT, SLICE("a\xe2"));
    put(&b, FIN | WS_OP_PING, SLICE("between"));
    put(&b, WS_OP_MORE, SLICE(""));
    put(&b, WS_OP_MORE, SLICE("\x98"));
    put(&b, FIN | WS_OP_PONG, SLICE(""));
    put(&b, FIN | WS_OP_MORE, SLICE("\x83z"));
    put(&b, FIN | WS_OP_TEXT, SLICE("next"));
    expect(&b, "ping(between) pong() text(a\xe2\x98\x83z) text(next)", true);
    buf_clear(&b);
    put(&b, WS_OP_TEXT, SLICE("half"));
    expect(&b, "", false);
    buf_free(&b);
}

static void what_the_protocol_forbids_is_an_error(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    single(FIN | RSV1 | WS_OP_TEXT, SLICE("x"), "error(1002)", false);
    single(FIN | 3, SLICE("x"), "error(1002)", false);
    single(FIN | 11, SLICE("x"), "error(1002)", false);
    single(FIN | WS_OP_MORE, SLICE("x"), "error(1002)", false);
    single(WS_OP_PING, SLICE("x"), "error(1002)", false);
    single(FIN | WS_OP_BINARY, SLICE("x"), "error(1003)", false);
    put(&b, WS_OP_TEXT, SLICE("x"));
    put(&b, FIN | WS_OP_TEXT, SLICE("y"));
    expect(&b, "error(1002)", false);
    buf_clear(&b);
    ws_put(&b, WS_OP_TEXT, SLICE("no mask"));
    expect(&b, "error(1002)", false);
    buf_free(&b);
}

static void lengths_have_one_form(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_bytes(&b, "\x81\xfe\x00\x05" "mask" "12345", 13);
    expect(&b, "error(1002)", false);
    buf_clear(&b);
    buf_bytes(&b, "\x81\xff\x00\x00\x00\x00\x00\x00\x00\x05" "mask" "12345", 19);
    expect(&b, "error(1002)", false);
    buf_clear(&b);
    buf_bytes(&b, "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x05" "mask", 14);
    expect(&b, "error(1002)", false);
    buf_clear(&b);
    buf_bytes(&b, "\x89\xfe\x00\x7e" "mask", 8);
    expect(&b, "error(1002)", false);
    buf_free(&b);
}

static void too_big_is_refused_before_it_comes(void **state)
{
    struct buf b = BUF_INIT, text = BUF_INIT;

    (void)state;
    for (int i = 0; i < MAX; i++) buf_byte(&text, 'x');
    buf_str(&b, "text(");
    buf_slice(&b, buf_view(&text));
    buf_byte(&b, ')');
    single(FIN | WS_OP_TEXT, buf_view(&text), buf_cstr(&b), true);
    buf_byte(&text, 'x');
    single(FIN | WS_OP_TEXT, buf_view(&text), "error(1009)", false);
    buf_clear(&b);
    text.len = MAX - 10;
    put(&b, WS_OP_TEXT, buf_view(&text));
    text.len = 11;
    put(&b, FIN | WS_OP_MORE, buf_view(&text));
    expect(&b, "error(1009)", false);
    buf_clear(&b);
    buf_bytes(&b, "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" "mask", 14);
    expect(&b, "error(1009)", false);
    buf_free(&b);
    buf_free(&text);
}

static void text_is_utf8_as_soon_as_its_bytes_tell(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    single(FIN | WS_OP_TEXT, SLICE("\xc3"), "error(1007)", false);
    single(FIN | WS_OP_TEXT, SLICE("\xed\xa0\x80"), "error(1007)", false);
    single(FIN | WS_OP_TEXT, SLICE("\xc0\xaf"), "error(1007)", false);
    /* A fragment whose first byte is wrong: nobody waits for the rest. */
    put(&b, WS_OP_TEXT, SLICE("ok\xe2"));
    put(&b, WS_OP_MORE, SLICE("x and so on"));
    expect(&b, "error(1007)", false);
    buf_free(&b);
}

static void closing_is_checked(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    single(FIN | WS_OP_CLOSE, SLICE(""), "close(1005,)", true);
    single(FIN | WS_OP_CLOSE, SLICE("\x03\xe8" "bye"), "close(1000,bye)", true);
    single(FIN | WS_OP_CLOSE, SLICE("\x0f\xa0"), "close(4000,)", true);
    single(FIN | WS_OP_CLOSE, SLICE("\x03"), "error(1002)", true);
    single(FIN | WS_OP_CLOSE, SLICE("\x03\xed"), "error(1002)", true); /* 1005 */
    single(FIN | WS_OP_CLOSE, SLICE("\x03\xe7"), "error(1002)", true); /* 999 */
    single(FIN | WS_OP_CLOSE, SLICE("\x07\xd0"), "error(1002)", true); /* 2000 */
    single(FIN | WS_OP_CLOSE, SLICE("\x13\x88"), "error(1002)", true); /* 5000 */
    single(FIN | WS_OP_CLOSE, SLICE("\x03\xe8\xff"), "error(1007)", true);
    put(&b, FIN | WS_OP_CLOSE, SLICE("\x03\xe9"));
    put(&b, FIN | WS_OP_TEXT, SLICE("too late"));
    expect(&b, "close(1001,)", true);
    buf_free(&b);
}

static void heads_have_the_shortest_form(void **state)
{
    uint8_t head[WS_HEAD_MAX];
    struct buf b = BUF_INIT;

    (void)state;
    assert_int_equal(ws_head(head, WS_OP_TEXT, 125), 2);
    assert_memory_equal(head, "\x81\x7d", 2);
    assert_int_equal(ws_head(head, WS_OP_TEXT, 126), 4);
    assert_memory_equal(head, "\x81\x7e\x00\x7e", 4);
    assert_int_equal(ws_head(head, WS_OP_PING, 65535), 4);
    assert_memory_equal(head, "\x89\x7e\xff\xff", 4);
    assert_int_equal(ws_head(head, WS_OP_TEXT, 65536), 10);
    assert_memory_equal(head, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10);
    ws_put_close(&b, 1001, SLICE("restart"));
    assert_int_equal(b.len, 11);
    assert_memory_equal(b.data, "\x88\x09\x03\xe9restart", 11);
    buf_clear(&b);
    ws_put_close(&b, 1005, SLICE_NULL);
    assert_int_equal(b.len, 2);
    buf_free(&b);
}

static void feed(struct slice broken, void *arg)
{
    struct buf out = BUF_INIT;
    size_t whole[] = {0}, ones[200];
    bool idle;
    struct buf out_ones = BUF_INIT;

    (void)arg;
    for (size_t i = 0; i < 200; i++) ones[i] = 1;
    run(broken, whole, 1, &out, &idle);
    run(broken, ones, 200, &out_ones, &idle);
    assert_true(slice_eq(buf_view(&out), buf_view(&out_ones)));
    buf_free(&out);
    buf_free(&out_ones);
}

static void broken_input_does_no_harm(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    put(&b, WS_OP_TEXT, SLICE("a\xe2"));
    put(&b, FIN | WS_OP_PING, SLICE("ping"));
    put(&b, FIN | WS_OP_MORE, SLICE("\x98\x83"));
    put(&b, FIN | WS_OP_CLOSE, SLICE("\x03\xe8" "bye"));
    feed_broken(buf_view(&b), feed, NULL);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out),
        cmocka_unit_test(fragments_are_put_together),
        cmocka_unit_test(what_the_protocol_forbids_is_an_error),
        cmocka_unit_test(lengths_have_one_form),
        cmocka_unit_test(too_big_is_refused_before_it_comes),
        cmocka_unit_test(text_is_utf8_as_soon_as_its_bytes_tell),
        cmocka_unit_test(closing_is_checked),
        cmocka_unit_test(heads_have_the_shortest_form),
        cmocka_unit_test(broken_input_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
