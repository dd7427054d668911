#include "unit.h"

#include "buf.h"

#include "../../sse/head_check.h"

#define GET "GET /push/poll?wait=1 HTTP/1.1\r\n"
#define HOST "Host: chat.example\r\n"

static enum head_verdict check(struct slice s, size_t *length)
{
    struct slice copy = exact(s);
    const char *why;
    enum head_verdict v = head_check(copy, length, &why);

    assert_int_equal(v == HEAD_BAD, why != NULL);
    if (v == HEAD_GOOD) assert_true(*length <= s.n);
    free((void *)(uintptr_t)copy.p);
    return v;
}

static void good(const char *text)
{
    struct slice s = slice_str(text);
    size_t length = 0, ignored;

    assert_int_equal(check(s, &length), HEAD_GOOD);
    /* Byte by byte: nothing before the end is a verdict. */
    for (size_t n = 0; n < length; n++) assert_int_equal(check(slice_make(s.p, n), &ignored), HEAD_MORE);
    assert_memory_equal(s.p + length - 4, "\r\n\r\n", 4);
}

static void bad(struct slice s)
{
    size_t length;

    if (check(s, &length) != HEAD_BAD) fail_msg("not refused: %.*s", SLICE_FMT(s));
}

#define BAD(text) bad(SLICE(text))

static void sound_heads_pass(void **state)
{
    (void)state;
    good(GET HOST "\r\n");
    good(GET HOST "\r\nbehind it");
    good("GET / HTTP/1.0\r\n\r\n");
    good("POST /push/frames HTTP/1.1\r\n" HOST "Content-Length: 0012\r\n\r\n");
    good("POST /push/frames HTTP/1.1\r\n" HOST "Transfer-Encoding:chunked\r\n\r\n");
    good("POST /push/frames HTTP/1.1\r\n" HOST "transfer-encoding:  Chunked \r\n\r\n");
    good(GET "hOST: x\r\nX-Empty:\r\nX-Latin: caf\xe9\r\nX-Tab: a\tb\r\n\r\n");
    good("FROB~1 /a?b=%00 HTTP/1.1\r\n" HOST "\r\n");
}

static void what_two_could_read_differently_is_refused(void **state)
{
    (void)state;
    BAD("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Content-Length: 9999999999999999\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n");
    BAD("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
    BAD("POST / HTTP/1.1\r\n" HOST "Content-Length : 1\r\n\r\n");
    BAD(GET HOST "X Y: 1\r\n\r\n");
    BAD(GET HOST ": 1\r\n\r\n");
    BAD(GET HOST "no colon\r\n\r\n");
    BAD(GET HOST "X-A: 1\r\n folded\r\n\r\n");
    BAD(GET " " HOST "\r\n");
    BAD(GET HOST "X-A: a\0b\r\n\r\n");
    BAD(GET HOST "X-A: a\x7f\r\n\r\n");
    BAD(GET HOST "X-A: a\n\r\n");
    BAD(GET HOST "X-A: a\rb\r\n\r\n");
    BAD("GET / HTTP/1.1\n" HOST "\r\n");
}

static void there_is_one_host(void **state)
{
    (void)state;
    BAD(GET "\r\n");
    BAD(GET HOST HOST "\r\n");
    BAD("GET / HTTP/1.0\r\n" HOST HOST "\r\n");
}

static void the_request_line_is_exact(void **state)
{
    (void)state;
    BAD("\r\n" GET HOST "\r\n");
    BAD("GET  / HTTP/1.1\r\n" HOST "\r\n");
    BAD("GET / HTTP/1.1 \r\n" HOST "\r\n");
    BAD("GET /a b HTTP/1.1\r\n" HOST "\r\n");
    BAD("GET / HTTP/2.0\r\n" HOST "\r\n");
    BAD("GET / http/1.1\r\n" HOST "\r\n");
    BAD("GET /\r\n" HOST "\r\n");
    BAD("GET http://other/ HTTP/1.1\r\n" HOST "\r\n");
    BAD("OPTIONS * HTTP/1.1\r\n" HOST "\r\n");
    BAD("GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n");
    BAD("G@T / HTTP/1.1\r\n" HOST "\r\n");
    BAD(" / HTTP/1.1\r\n" HOST "\r\n");
}

static void there_is_a_limit(void **state)
{
    struct buf b = BUF_INIT;
    size_t length;

    (void)state;
    buf_str(&b, GET HOST "X: ");
    while (b.len < HEAD_MAX - 1) buf_byte(&b, 'x');
    assert_int_equal(check(buf_view(&b), &length), HEAD_MORE);
    buf_byte(&b, 'x');
    assert_int_equal(check(buf_view(&b), &length), HEAD_TOO_LONG);
    buf_str(&b, "\r\n\r\n");
    assert_int_equal(check(buf_view(&b), &length), HEAD_TOO_LONG);
    b.len = HEAD_MAX - 4;
    buf_str(&b, "\r\n\r\nmore");
    assert_int_equal(check(buf_view(&b), &length), HEAD_GOOD);
    assert_int_equal(length, HEAD_MAX);
    buf_clear(&b);
    buf_str(&b, GET HOST);
    for (int i = 0; i < HEAD_FIELDS_MAX; i++) buf_str(&b, "X: 1\r\n");
    buf_str(&b, "\r\n");
    bad(buf_view(&b));
    buf_free(&b);
}

static void feed(struct slice broken, void *arg)
{
    size_t length;
    const char *why;

    (void)arg;
    (void)head_check(broken, &length, &why);
}

static void broken_heads_do_no_harm(void **state)
{
    (void)state;
    feed_broken(SLICE("POST /push/frames HTTP/1.1\r\n" HOST "Content-Length: 12\r\nCookie: confab=c1.1.x\r\n\r\n{}"), feed, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_heads_pass),
        cmocka_unit_test(what_two_could_read_differently_is_refused),
        cmocka_unit_test(there_is_one_host),
        cmocka_unit_test(the_request_line_is_exact),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(broken_heads_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
