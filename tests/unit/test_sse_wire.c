/* What goes over the wire, byte for byte. */
#include "unit.h"

#include "../../sse/batch.h"
#include "../../sse/greet.h"
#include "../../sse/http.h"
#include "../../sse/wire.h"

static void an_event_in_each_format(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    wire_event(FORMAT_SSE, &b, "message", SLICE("{\"a\":1}"));
    assert_slice(buf_view(&b), "event: message\ndata: {\"a\":1}\n\n");
    buf_clear(&b);
    wire_event(FORMAT_WS, &b, "message", SLICE("{\"a\":1}"));
    assert_slice(buf_view(&b), "\x81\x07{\"a\":1}");
    buf_clear(&b);
    wire_event(FORMAT_POLL, &b, "message", SLICE("{\"a\":1}"));
    assert_slice(buf_view(&b), ",{\"a\":1}");
    buf_free(&b);
}

static void a_cursor_in_each_format(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    wire_cursor(FORMAT_SSE, &b, SLICE("AQ-_"));
    assert_slice(buf_view(&b), "id: AQ-_\n\n");
    buf_clear(&b);
    wire_cursor(FORMAT_WS, &b, SLICE("AQ-_"));
    assert_slice(buf_view(&b), "\x81\x22{\"event\":\"cursor\",\"cursor\":\"AQ-_\"}");
    buf_clear(&b);
    wire_cursor(FORMAT_POLL, &b, SLICE("AQ-_"));
    for (int f = 0; f < FORMATS; f++) wire_cursor((enum format)f, &b, SLICE_NULL);
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

static void a_heartbeat_is_seen_by_proxies_too(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    wire_heartbeat(FORMAT_SSE, &b, SLICE("T"));
    assert_slice(buf_view(&b), ":\n\nid: T\n\n");
    buf_clear(&b);
    wire_heartbeat(FORMAT_WS, &b, SLICE_NULL);
    assert_int_equal(b.len, 2);
    assert_memory_equal(b.data, "\x89\x00", 2);
    buf_free(&b);
}

static void a_goodbye(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    wire_bye(&b, "restart", 1500);
    assert_slice(buf_view(&b), "{\"event\":\"bye\",\"reason\":\"restart\",\"retry_ms\":1500}");
    buf_clear(&b);
    wire_bye(&b, "signed_out", 0);
    assert_slice(buf_view(&b), "{\"event\":\"bye\",\"reason\":\"signed_out\"}");
    buf_free(&b);
    for (int i = 0; i < 1000; i++) assert_in_range(wire_spread(1000), 1000, 2000);
}

/* Three events of two feeds in one frame or in parts, with and without the cursor behind them. */
static void a_batch_is_encoded_by_its_parts(void **state)
{
    struct batch *b = batch_new(3);
    struct frame *f;

    (void)state;
    assert_non_null(b);
    for (int i = 0; i < 3; i++) {
        struct event *e = &b->event[b->n++];

        *e = (struct event){.feed = i < 2 ? 7 : 8, .seq = i, .name = "message", .json = b->json.len};
        buf_fmt(&b->json, "{%d}", i);
        e->n_json = b->json.len - e->json;
    }
    assert_int_equal(batch_group(b, 0), 2);
    assert_int_equal(batch_group(b, 2), 3);
    f = batch_frame(b, 0, 2, FORMAT_SSE, SLICE("C"));
    assert_slice(slice_make(f->data, f->n), "event: message\ndata: {0}\n\nevent: message\ndata: {1}\n\nid: C\n\n");
    frame_unref(f);
    f = batch_frame(b, 2, 3, FORMAT_POLL, SLICE("C"));
    assert_slice(slice_make(f->data, f->n), ",{2}");
    frame_unref(f);
    b->event[0].n_json = 0;
    assert_int_equal(batch_json(b, &b->event[0]).n, 0);
    batch_unref(b);
}

static const uint8_t stream[STREAM_ID] = {0xff, 0xfe};
#define STREAM "__4AAAAAAAAAAAAAAAAAAA"

static struct greeting greeting(enum format format)
{
    return (struct greeting){.format = format, .feeds = SLICE("[]"), .token = SLICE("NEW"), .account = 10, .session = 20,
                             .heartbeat_ms = 20000, .stream = stream};
}

/* The greeting without its head. */
static char *body_of(struct buf *out)
{
    char *body;

    assert_true(buf_ok(out));
    assert_non_null(buf_cstr(out));
    body = strstr(out->data, "\r\n\r\n");
    assert_non_null(body);
    return body + 4;
}

static void hello_says_where_the_client_stands(void **state)
{
    struct greeting g = greeting(FORMAT_SSE);
    struct buf out = BUF_INIT;
    char *body;

    (void)state;
    greet(&out, &g);
    body = body_of(&out);
    assert_non_null(strstr(out.data, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(out.data, "\r\nX-Accel-Buffering: no\r\n"));
    assert_non_null(strstr(out.data, "no-transform"));
    assert_null(strstr(out.data, "Content-Length"));
    assert_memory_equal(body, ":\n\nretry: ", 10);
    assert_non_null(strstr(body, "event: hello\ndata: {\"event\":\"hello\",\"verdict\":\"complete\",\"cursor\":\"NEW\",\"account\":\"10\","
                                 "\"session\":\"20\",\"stream\":\"" STREAM "\",\"heartbeat_ms\":20000,\"server_time\":\""));
    assert_non_null(strstr(body, ",\"feeds\":[]}\n\nid: NEW\n\n"));
    buf_free(&out);
}

/* A cursor must never run ahead of the events that it covers. */
static void hello_before_events_has_the_clients_own_cursor(void **state)
{
    struct greeting g = greeting(FORMAT_SSE);
    struct buf out = BUF_INIT;
    char *body;

    (void)state;
    g.had = SLICE("OLD");
    g.events = SLICE("event: message\ndata: {}\n\n");
    greet(&out, &g);
    body = body_of(&out);
    assert_non_null(strstr(body, "\"cursor\":\"OLD\""));
    assert_non_null(strstr(body, "}\n\nevent: message\ndata: {}\n\nid: NEW\n\n"));
    buf_free(&out);
    g.reset = true;
    greet(&out, &g);
    assert_non_null(strstr(body_of(&out), "\"verdict\":\"reset\",\"cursor\":\"NEW\""));
    buf_free(&out);
}

static void a_websocket_is_answered_as_such(void **state)
{
    struct greeting g = greeting(FORMAT_WS);
    struct buf out = BUF_INIT;

    (void)state;
    g.websocket_accept = SLICE("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    g.subprotocol = true;
    g.feeds = SLICE("[{\"feed\":\"7\"}]");
    greet(&out, &g);
    assert_true(buf_ok(&out) && buf_cstr(&out) != NULL);
    assert_memory_equal(out.data, "HTTP/1.1 101 ", 13);
    assert_non_null(strstr(out.data, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_non_null(strstr(out.data, "\r\nSec-WebSocket-Protocol: confab.v1\r\n"));
    assert_null(strstr(out.data, "Connection: close"));
    /* Behind the frame's own head, whose length has a NUL in it. */
    assert_non_null(strstr(body_of(&out) + 4, "\"feeds\":[{\"feed\":\"7\"}]}"));
    buf_free(&out);
}

static void a_poll_is_answered_whole(void **state)
{
    struct greeting g = greeting(FORMAT_POLL);
    struct buf out = BUF_INIT;
    char *body, length[64];

    (void)state;
    greet_answer(&out, &g);
    assert_string_equal(body_of(&out), "{\"verdict\":\"complete\",\"cursor\":\"NEW\",\"stream\":\"" STREAM "\",\"feeds\":[],\"events\":[]}");
    buf_free(&out);
    g.events = SLICE(",{\"a\":1},{\"a\":2}");
    greet_answer(&out, &g);
    body = body_of(&out);
    assert_non_null(strstr(body, "\"events\":[{\"a\":1},{\"a\":2}]}"));
    (void)snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", strlen(body));
    assert_non_null(strstr(out.data, length));
    assert_non_null(strstr(out.data, "\r\nConnection: close\r\n"));
    buf_free(&out);
}

static void a_refusal_is_a_problem_document(void **state)
{
    struct buf out = BUF_INIT;
    char a[HTTP_REQUEST_ID], b[HTTP_REQUEST_ID];

    (void)state;
    http_problem(&out, PROBLEM_unavailable, "Away.", 3, SLICE("https://a.example"));
    assert_non_null(strstr(body_of(&out), "\"type\":\"/problems/unavailable\""));
    assert_non_null(strstr(out.data, "HTTP/1.1 503 Service Unavailable\r\n"));
    assert_non_null(strstr(out.data, "\r\nRetry-After: 3\r\n"));
    assert_non_null(strstr(out.data, "\r\nAccess-Control-Allow-Origin: https://a.example\r\n"));
    assert_non_null(strstr(out.data, "\r\nContent-Type: application/problem+json\r\n"));
    buf_free(&out);
    http_request_id(a);
    http_request_id(b);
    assert_int_equal(strlen(a), HTTP_REQUEST_ID - 1);
    assert_string_not_equal(a, b);
}

static int start(void **state)
{
    (void)state;
    return crypto_start() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_in_each_format),
        cmocka_unit_test(a_cursor_in_each_format),
        cmocka_unit_test(a_heartbeat_is_seen_by_proxies_too),
        cmocka_unit_test(a_goodbye),
        cmocka_unit_test(a_batch_is_encoded_by_its_parts),
        cmocka_unit_test(hello_says_where_the_client_stands),
        cmocka_unit_test(hello_before_events_has_the_clients_own_cursor),
        cmocka_unit_test(a_websocket_is_answered_as_such),
        cmocka_unit_test(a_poll_is_answered_whole),
        cmocka_unit_test(a_refusal_is_a_problem_document),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
