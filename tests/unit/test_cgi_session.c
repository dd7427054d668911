/* Who is asking, from where, and the cookie that keeps it. */
#include "unit.h"

#include "../../cgi/reply.h"
#include "../../cgi/session.h"

static struct arena arena;
static struct conf *conf;
static struct keyring *keys;
static struct session_memory memory;
static struct request req;
static struct who who;

static int reset(void **state)
{
    (void)state;
    arena_reset(&arena);
    memset(&memory, 0, sizeof memory);
    req = (struct request){.arena = &arena, .method = SLICE("POST"), .target = SLICE("/api/rooms/7/messages"),
                           .path = SLICE("/api/rooms/7/messages"), .host = SLICE("chat.example"), .address = SLICE("192.0.2.1")};
    return 0;
}

static void test_cookie(void **state)
{
    char out[SESSION_COOKIE_MAX];

    (void)state;
    session_cookie(out, true, SLICE("c1.1.abc"), 30);
    assert_string_equal(out, "__Host-confab=c1.1.abc; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure");
    session_cookie(out, false, SLICE("c1.1.abc"), 1);
    assert_string_equal(out, "confab=c1.1.abc; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax");
    session_cookie(out, true, SLICE_NULL, 30);
    assert_string_equal(out, "__Host-confab=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
}

static void test_cookie_fits(void **state)
{
    char out[SESSION_COOKIE_MAX], text[TOKEN_MAX];
    struct token token;

    (void)state;
    token_make(INT64_MAX, text, &token);
    session_cookie(out, true, slice_str(text), 3650);
    assert_non_null(strstr(out, "; Secure"));
}

static void test_secure(void **state)
{
    (void)state;
    assert_false(session_secure(&req, conf));
    req.https = true;
    assert_true(session_secure(&req, conf));
    req.https = false;
    req.host = SLICE("localhost:8080");
    assert_true(session_secure(&req, conf));
    req.host = SLICE("");
    assert_false(session_secure(&req, conf));
    conf->plain_http = true;
    assert_true(session_secure(&req, conf));
    conf->plain_http = false;
}

static enum session_claim claim(void)
{
    return session_claim(&who, &req, keys, &memory, 1000);
}

static void test_token(void **state)
{
    char text[TOKEN_MAX], header[TOKEN_MAX + 40];
    struct token token;

    (void)state;
    assert_int_equal(claim(), CLAIM_NONE);
    assert_int_equal(who.by, WHO_NOBODY);
    token_make(1001, text, &token);
    (void)snprintf(header, sizeof header, "a=b; confab=%s", text);
    req.cookie = slice_str(header);
    assert_int_equal(claim(), CLAIM_MADE);
    assert_int_equal(who.by, WHO_TOKEN);
    assert_true(who.by_cookie);
    assert_int_equal(who.tenant, 1001);
    assert_int_equal(who.account, 0);
    assert_memory_equal(who.token.hash, token.hash, 32);
    (void)snprintf(header, sizeof header, "Bearer %s", text);
    req.authorization = slice_str(header);
    req.cookie = SLICE_NULL;
    assert_int_equal(claim(), CLAIM_MADE);
    assert_false(who.by_cookie);
    req.authorization = SLICE("Bearer c1.1001.x");
    assert_int_equal(claim(), CLAIM_NONE);
}

static void test_memory_is_by_whole_hash(void **state)
{
    char text[TOKEN_MAX], header[TOKEN_MAX + 40];
    struct token token;

    (void)state;
    token_make(1001, text, &token);
    (void)snprintf(header, sizeof header, "Bearer %s", text);
    req.authorization = slice_str(header);
    memcpy(memory.v[token.hash[0]].hash, token.hash, 32);
    memory.v[token.hash[0]].account = 1002;
    memory.v[token.hash[0]].session = 5;
    assert_int_equal(claim(), CLAIM_MADE);
    assert_int_equal(who.account, 1002);
    assert_int_equal(who.session, 5);
    memory.v[token.hash[0]].hash[31] ^= 1;
    assert_int_equal(claim(), CLAIM_MADE);
    assert_int_equal(who.account, 0);
}

/* The header's value, in the arena. */
static struct slice signed_header(const char *method, const char *target, const char *body, int64_t time)
{
    struct relay relay = {.tenant = 1001, .account = 1002, .session = 5, .time = time, .address = "203.0.113.4"};
    struct buf b = BUF_INIT;
    struct slice s;

    assert_true(relay_sign(keys, &relay, slice_str(method), slice_str(target), slice_str(body), &b));
    s = arena_dup(&arena, buf_view(&b));
    buf_free(&b);
    return s;
}

static void test_relay(void **state)
{
    (void)state;
    buf_str(&req.body, "{}");
    req.relay = signed_header("POST", "/api/rooms/7/messages", "{}", 1000);
    assert_int_equal(claim(), CLAIM_MADE);
    assert_int_equal(who.by, WHO_RELAY);
    assert_false(who.by_cookie);
    assert_int_equal(who.account, 1002);
    assert_slice(req.address, "203.0.113.4");
    buf_free(&req.body);
}

static void test_relay_refused(void **state)
{
    char text[TOKEN_MAX], header[TOKEN_MAX + 40];
    struct token token;

    (void)state;
    token_make(1001, text, &token);
    (void)snprintf(header, sizeof header, "Bearer %s", text);
    /* A good token does not save a bad relay. */
    req.authorization = slice_str(header);
    buf_str(&req.body, "{}");
    req.relay = SLICE("");
    assert_int_equal(claim(), CLAIM_WORTHLESS);
    req.relay = SLICE("v1 1 1001 1002 5 1000 - 00");
    assert_int_equal(claim(), CLAIM_WORTHLESS);
    req.relay = signed_header("POST", "/api/rooms/8/messages", "{}", 1000);
    assert_int_equal(claim(), CLAIM_WORTHLESS);
    req.relay = signed_header("PUT", "/api/rooms/7/messages", "{}", 1000);
    assert_int_equal(claim(), CLAIM_WORTHLESS);
    req.relay = signed_header("POST", "/api/rooms/7/messages", "{ }", 1000);
    assert_int_equal(claim(), CLAIM_WORTHLESS);
    req.relay = signed_header("POST", "/api/rooms/7/messages", "{}", 1000 - RELAY_SKEW - 1);
    assert_int_equal(claim(), CLAIM_STALE);
    assert_int_equal(who.by, WHO_NOBODY);
    assert_slice(req.address, "192.0.2.1");
    buf_free(&req.body);
}

static void assert_origin(const char *origin, const char *site, bool good)
{
    req.origin = slice_str(origin);
    req.fetch_site = slice_str(site);
    if (session_origin_good(&req, conf) != good) fail_msg("origin %s, site %s", origin ? origin : "-", site ? site : "-");
}

static void test_origin(void **state)
{
    (void)state;
    req.https = true;
    assert_origin(NULL, NULL, true);
    assert_origin("https://chat.example", NULL, true);
    assert_origin("https://chat.example:443", NULL, true);
    assert_origin("https://other.example", NULL, true);
    assert_origin("http://chat.example", NULL, false);
    assert_origin("https://chat.example:444", NULL, false);
    assert_origin("https://chat.example.evil", NULL, false);
    assert_origin("https://evil", "same-origin", false);
    assert_origin("null", NULL, false);
    assert_origin(NULL, "same-origin", true);
    assert_origin(NULL, "none", true);
    assert_origin(NULL, "same-site", false);
    assert_origin(NULL, "cross-site", false);
    assert_origin(NULL, "anything", false);
    req.host = SLICE("");
    assert_origin("https://chat.example", NULL, false);
    assert_origin("https://", NULL, false);
}

static void test_reply_headers_are_one_line(void **state)
{
    struct reply reply;
    char long_value[600];

    (void)state;
    reply_start(&reply, "0123456789abcdef");
    reply_link(&reply, "prev", "/a");
    reply_link(&reply, "next", "/b");
    assert_slice(buf_view(&reply.links), "</a>; rel=\"prev\", </b>; rel=\"next\"");
    memset(long_value, 'a', sizeof long_value);
    long_value[sizeof long_value - 1] = '\0';
    reply_header(&reply, "X", "%s", long_value);
    /* It would have been cut: nothing half-right is sent. */
    assert_false(buf_ok(&reply.head));
    reply_free(&reply);
}

static void feed(struct slice broken, void *arg)
{
    (void)arg;
    req.relay = broken;
    (void)claim();
    req.relay = SLICE_NULL;
    req.cookie = broken;
    req.authorization = SLICE_NULL;
    (void)claim();
    req.authorization = broken;
    (void)claim();
    req.origin = broken;
    (void)session_origin_good(&req, conf);
}

static void test_broken(void **state)
{
    (void)state;
    feed_broken(signed_header("POST", "/api/rooms/7/messages", "", 1000), feed, NULL);
    feed_broken(SLICE("confab=c1.1001.IgnB0d_VW7v1fXp8QIDpx7lEBrBOjn3ZLOFrexlG7H0; x=y"), feed, NULL);
    feed_broken(SLICE("https://chat.example:443"), feed, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cookie, reset),
        cmocka_unit_test_setup(test_cookie_fits, reset),
        cmocka_unit_test_setup(test_secure, reset),
        cmocka_unit_test_setup(test_token, reset),
        cmocka_unit_test_setup(test_memory_is_by_whole_hash, reset),
        cmocka_unit_test_setup(test_relay, reset),
        cmocka_unit_test_setup(test_relay_refused, reset),
        cmocka_unit_test_setup(test_origin, reset),
        cmocka_unit_test_setup(test_reply_headers_are_one_line, reset),
        cmocka_unit_test_setup(test_broken, reset),
    };
    char err[200];
    int failed;

    if (!crypto_start()) return 1;
    conf = conf_parse(SLICE("origins = https://other.example\n"), "test", err, sizeof err);
    keys = ring_of_two();
    if (conf == NULL || keys == NULL) return 1;
    failed = cmocka_run_group_tests_name("session", tests, NULL, NULL);
    arena_reset(&arena);
    keyring_free(keys);
    conf_free(conf);
    return failed;
}
