/* Reading a request from the environment and a body from descriptor 0, as a CGI program does. */
#include "unit.h"

#include <unistd.h>

#include "../../cgi/request.h"

static const char *const names[] = {
    "REQUEST_METHOD", "REQUEST_URI", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_LENGTH", "CONTENT_TYPE",
    "HTTP_TRANSFER_ENCODING", "REMOTE_ADDR", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "HTTPS", "REQUEST_SCHEME",
    "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_AUTHORIZATION", "REDIRECT_HTTP_AUTHORIZATION", "HTTP_COOKIE",
};

static struct arena arena;
static struct conf *conf;
static struct request req;

static int reset(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) (void)unsetenv(names[i]);
    (void)setenv("REQUEST_METHOD", "POST", 1);
    (void)setenv("REQUEST_URI", "/api/session", 1);
    conf->trust_forwarded = false;
    return 0;
}

static int clean(void **state)
{
    (void)state;
    request_free(&req);
    arena_reset(&arena);
    return 0;
}

/* Reads the request whose body is what `body` holds before the stream ends. */
static enum problem read_with(struct slice body)
{
    struct io io = IO_CGI;
    int ends[2];
    enum problem p;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], body.p, body.n), (ssize_t)body.n);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(ends[0]), 0);
    (void)clean(NULL);
    p = request_read(&req, &io, conf, &arena);
    return p;
}

static void test_body(void **state)
{
    (void)state;
    (void)setenv("CONTENT_LENGTH", "5", 1);
    assert_int_equal(read_with(SLICE("hello")), PROBLEM_NONE);
    assert_slice(buf_view(&req.body), "hello");
    assert_false(req.cut);
    /* What stands behind the announced length is somebody else's. */
    assert_int_equal(read_with(SLICE("hello, world")), PROBLEM_NONE);
    assert_slice(buf_view(&req.body), "hello");
}

static void test_cut_body_is_no_request(void **state)
{
    (void)state;
    (void)setenv("CONTENT_LENGTH", "6", 1);
    for (size_t n = 0; n < 6; n++) {
        (void)read_with(slice_make("hello!", n));
        assert_true(req.cut);
    }
    assert_int_equal(read_with(SLICE("hello!")), PROBLEM_NONE);
    assert_false(req.cut);
}

static void test_no_length(void **state)
{
    (void)state;
    /* Without a word about a body there is none, whatever descriptor 0 is. */
    assert_int_equal(read_with(SLICE("hello")), PROBLEM_NONE);
    assert_int_equal(req.body.len, 0);
    (void)setenv("HTTP_TRANSFER_ENCODING", "chunked", 1);
    assert_int_equal(read_with(SLICE("hello")), PROBLEM_NONE);
    assert_slice(buf_view(&req.body), "hello");
}

static void test_limits(void **state)
{
    char large[1200];

    (void)state;
    memset(large, 'a', sizeof large);
    (void)setenv("CONTENT_LENGTH", "1024", 1);
    assert_int_equal(read_with(slice_make(large, 1024)), PROBLEM_NONE);
    assert_int_equal(req.body.len, 1024);
    (void)setenv("CONTENT_LENGTH", "1025", 1);
    assert_int_equal(read_with(slice_make(large, 1025)), PROBLEM_too_large);
    (void)setenv("CONTENT_LENGTH", "9223372036854775807", 1);
    assert_int_equal(read_with(slice_make(large, 1025)), PROBLEM_too_large);
    (void)unsetenv("CONTENT_LENGTH");
    (void)setenv("HTTP_TRANSFER_ENCODING", "chunked", 1);
    assert_int_equal(read_with(slice_make(large, 1024)), PROBLEM_NONE);
    assert_int_equal(read_with(slice_make(large, 1025)), PROBLEM_too_large);
}

static void test_odd_lengths(void **state)
{
    static const char *const odd[] = {"-1", "+5", "5 ", " 5", "05", "5,5", "0x5", "9223372036854775808", "five"};

    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++) {
        (void)setenv("CONTENT_LENGTH", odd[i], 1);
        if (read_with(SLICE("hello")) != PROBLEM_malformed) fail_msg("taken: %s", odd[i]);
    }
    (void)setenv("CONTENT_LENGTH", "", 1);
    assert_int_equal(read_with(SLICE("hello")), PROBLEM_NONE);
}

static void assert_target(const char *uri, const char *path, const char *query)
{
    (void)setenv("REQUEST_URI", uri, 1);
    (void)read_with(SLICE(""));
    assert_slice(req.path, path);
    assert_slice(req.query, query);
}

static void test_target(void **state)
{
    (void)state;
    assert_target("/api/rooms?limit=1&q=a%3Fb", "/api/rooms", "limit=1&q=a%3Fb");
    assert_target("/api/rooms", "/api/rooms", "");
    assert_target("/api/rooms?", "/api/rooms", "");
    assert_target("/api/rooms?a?b", "/api/rooms", "a?b");
    assert_target("http://chat.example:80/api/rooms?x=1", "/api/rooms", "x=1");
    assert_target("/http://x/api", "/http://x/api", "");
    assert_target("http://chat.example", "", "");
    /* Not decoded: the router refuses it. */
    assert_target("/api/%72ooms", "/api/%72ooms", "");
    (void)setenv("SCRIPT_NAME", "/api", 1);
    (void)setenv("PATH_INFO", "/me", 1);
    (void)setenv("QUERY_STRING", "a=1", 1);
    assert_target("/api/rooms?b=2", "/api/rooms", "b=2");
    assert_target("", "/api/me", "a=1");
    (void)unsetenv("REQUEST_URI");
    (void)read_with(SLICE(""));
    assert_slice(req.target, "/api/me?a=1");
    (void)unsetenv("SCRIPT_NAME");
    (void)unsetenv("PATH_INFO");
    (void)unsetenv("QUERY_STRING");
    assert_int_equal(read_with(SLICE("")), PROBLEM_malformed);
    assert_slice(req.path, "");
}

static void test_address(void **state)
{
    (void)state;
    (void)setenv("REMOTE_ADDR", "192.0.2.1", 1);
    (void)setenv("HTTP_X_FORWARDED_FOR", "203.0.113.9, 198.51.100.7", 1);
    (void)read_with(SLICE(""));
    assert_slice(req.address, "192.0.2.1");
    conf->trust_forwarded = true;
    (void)read_with(SLICE(""));
    assert_slice(req.address, "198.51.100.7");
    (void)setenv("HTTP_X_FORWARDED_FOR", "198.51.100.7, evil\nline", 1);
    (void)read_with(SLICE(""));
    assert_slice(req.address, "192.0.2.1");
    (void)setenv("HTTP_X_FORWARDED_FOR", "2001:db8::1", 1);
    (void)read_with(SLICE(""));
    assert_slice(req.address, "2001:db8::1");
    (void)unsetenv("HTTP_X_FORWARDED_FOR");
    (void)setenv("REMOTE_ADDR", "/var/run/x.sock", 1);
    (void)read_with(SLICE(""));
    assert_slice(req.address, "-");
}

static void test_scheme(void **state)
{
    (void)state;
    (void)read_with(SLICE(""));
    assert_false(req.https);
    (void)setenv("HTTP_X_FORWARDED_PROTO", "https", 1);
    (void)read_with(SLICE(""));
    assert_false(req.https);
    conf->trust_forwarded = true;
    (void)read_with(SLICE(""));
    assert_true(req.https);
    (void)setenv("HTTPS", "on", 1);
    (void)setenv("HTTP_X_FORWARDED_PROTO", "https, http", 1);
    (void)read_with(SLICE(""));
    assert_false(req.https);
    conf->trust_forwarded = false;
    (void)read_with(SLICE(""));
    assert_true(req.https);
    (void)setenv("HTTPS", "off", 1);
    (void)read_with(SLICE(""));
    assert_false(req.https);
}

static void assert_local(const char *host, bool local)
{
    (void)setenv("HTTP_HOST", host, 1);
    (void)read_with(SLICE(""));
    if (request_is_local(&req) != local) fail_msg("%s", host);
}

static void test_host(void **state)
{
    (void)state;
    assert_local("localhost", true);
    assert_local("LocalHost:8080", true);
    assert_local("127.0.0.1:1", true);
    assert_local("[::1]:8080", true);
    assert_local("localhost.example", false);
    assert_local("127.0.0.10", false);
    assert_local("example", false);
    assert_local("example\r\nX: localhost", false);
    assert_slice(req.host, "");
    assert_local("localhost/../x", false);
    (void)unsetenv("HTTP_HOST");
    (void)setenv("SERVER_NAME", "chat.example", 1);
    (void)setenv("SERVER_PORT", "81", 1);
    (void)read_with(SLICE(""));
    assert_slice(req.host, "chat.example:81");
}

static void test_ids_differ(void **state)
{
    char first[17];

    (void)state;
    (void)read_with(SLICE(""));
    assert_int_equal(strlen(req.id), 16);
    memcpy(first, req.id, sizeof first);
    (void)read_with(SLICE(""));
    assert_string_not_equal(first, req.id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_body, reset, clean),
        cmocka_unit_test_setup_teardown(test_cut_body_is_no_request, reset, clean),
        cmocka_unit_test_setup_teardown(test_no_length, reset, clean),
        cmocka_unit_test_setup_teardown(test_limits, reset, clean),
        cmocka_unit_test_setup_teardown(test_odd_lengths, reset, clean),
        cmocka_unit_test_setup_teardown(test_target, reset, clean),
        cmocka_unit_test_setup_teardown(test_address, reset, clean),
        cmocka_unit_test_setup_teardown(test_scheme, reset, clean),
        cmocka_unit_test_setup_teardown(test_host, reset, clean),
        cmocka_unit_test_setup_teardown(test_ids_differ, reset, clean),
    };
    char err[200];
    int failed;

    if (!crypto_start()) return 1;
    conf = conf_parse(SLICE("body_max = 1024\n"), "test", err, sizeof err);
    if (conf == NULL) return 1;
    failed = cmocka_run_group_tests_name("request", tests, NULL, NULL);
    conf_free(conf);
    return failed;
}
