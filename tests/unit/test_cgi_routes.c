/* Finding a call, the methods of an address, and what no address is. */
#include "unit.h"

#include "../../cgi/routes.h"

static const struct route *found;
static struct route_params params;

static enum route_found find(const char *method, const char *path, char allow[128])
{
    struct buf b = BUF_INIT;
    struct slice p = exact(slice_str(path));
    enum route_found f = route_find(slice_str(method), p, &found, &params, &b);

    (void)snprintf(allow, 128, "%.*s", (int)b.len, b.data ? b.data : "");
    buf_free(&b);
    free((void *)(uintptr_t)p.p);
    return f;
}

static void test_each_row_is_found(void **state)
{
    char allow[128], path[128];

    (void)state;
    for (const struct route *r = routes; r->method != NULL; r++) {
        /* The pattern with its ids filled in. */
        size_t n = 0;

        for (const char *p = r->pattern; *p != '\0'; p++) {
            if (*p != '{') {
                path[n++] = *p;
                continue;
            }
            path[n++] = '7';
            while (*p != '}') p++;
        }
        path[n] = '\0';
        assert_int_equal(find(r->method, path, allow), ROUTE_FOUND);
        assert_ptr_equal(found, r);
        assert_non_null(strstr(allow, r->method));
        if (strstr(r->pattern, "{room}") != NULL) assert_int_equal(params.room, 7);
        if (strstr(r->pattern, "{person}") != NULL) assert_int_equal(params.person, 7);
        if (strstr(r->pattern, "{session}") != NULL) assert_int_equal(params.session, 7);
    }
}

static void test_each_row_is_sane(void **state)
{
    (void)state;
    for (const struct route *r = routes; r->method != NULL; r++) {
        assert_non_null(r->handler);
        assert_int_equal(strncmp(r->pattern, "/api/", 5), 0);
        /* Two fields of one name in one call could not be told apart. */
        for (const struct field_use *a = r->uses; a->field != FIELD_COUNT; a++) {
            for (const struct field_use *b = r->uses; b < a; b++) {
                assert_string_not_equal(field_name(a->field), field_name(b->field));
            }
        }
    }
}

static void test_methods(void **state)
{
    char allow[128];

    (void)state;
    assert_int_equal(find("DELETE", "/api/rooms", allow), ROUTE_METHOD);
    assert_string_equal(allow, "GET, HEAD, POST");
    assert_int_equal(find("HEAD", "/api/rooms", allow), ROUTE_FOUND);
    assert_string_equal(found->method, "GET");
    assert_int_equal(find("HEAD", "/api/rooms/7/join", allow), ROUTE_METHOD);
    assert_int_equal(find("get", "/api/rooms", allow), ROUTE_METHOD);
    assert_int_equal(find("", "/api/rooms", allow), ROUTE_METHOD);
    assert_int_equal(find("GET", "/api/rooms/direct", allow), ROUTE_METHOD);
    assert_string_equal(allow, "POST");
    assert_int_equal(find("OPTIONS", "/api/me", allow), ROUTE_METHOD);
}

static void test_literal_before_id(void **state)
{
    char allow[128];

    (void)state;
    assert_int_equal(find("GET", "/api/rooms/public", allow), ROUTE_FOUND);
    assert_string_equal(found->pattern, "/api/rooms/public");
    assert_int_equal(find("DELETE", "/api/sessions/others", allow), ROUTE_FOUND);
    assert_true(params.others);
    assert_int_equal(params.session, 0);
    assert_int_equal(find("DELETE", "/api/sessions/3", allow), ROUTE_FOUND);
    assert_false(params.others);
}

static void test_unknown(void **state)
{
    static const char *const unknown[] = {
        "", "/", "/api", "/api/", "/ap", "/api/room", "/api/rooms/x", "/api/rooms/0", "/api/rooms/007", "/api/rooms/-1",
        "/api/rooms/1e3", "/api/rooms/9223372036854775808", "/api/rooms/18446744073709551617", "/api/rooms/7/nope",
        "/api/rooms/7/messages/x", "/api/rooms/others", "/api/sessions/mine", "/API/rooms", "/api/rooms/7/members/x",
    };
    static const char *const malformed[] = {
        "//api/rooms", "/api//rooms", "/api/rooms//", "/api/../api/rooms", "/api/./rooms", "/api/rooms/%37", "/api/rooms/7%2fjoin",
        "/api/rooms/7;x=1", "/api/rooms/ 7", "api/rooms", "/api/rooms\\7", "/api/rooms/\xc3\xa4", "*", "/api/rooms/~",
    };
    char allow[128];

    (void)state;
    for (size_t i = 0; i < COUNT(unknown); i++) {
        if (find("GET", unknown[i], allow) != ROUTE_UNKNOWN) fail_msg("known: %s", unknown[i]);
        assert_string_equal(allow, "");
    }
    for (size_t i = 0; i < COUNT(malformed); i++) {
        if (find("GET", malformed[i], allow) != ROUTE_MALFORMED) fail_msg("well-formed: %s", malformed[i]);
    }
    assert_int_equal(find("GET", "/api/rooms/9223372036854775807", allow), ROUTE_FOUND);
    /* One slash at the end is no other address. */
    assert_int_equal(find("GET", "/api/rooms/", allow), ROUTE_FOUND);
}

static void feed(struct slice broken, void *arg)
{
    struct buf b = BUF_INIT;

    (void)arg;
    (void)route_find(SLICE("GET"), broken, &found, &params, &b);
    (void)route_find(broken, SLICE("/api/rooms"), &found, &params, &b);
    buf_free(&b);
}

static void test_broken(void **state)
{
    (void)state;
    feed_broken(SLICE("/api/rooms/1005/members/1002"), feed, NULL);
    feed_broken(SLICE("/api/sessions/others"), feed, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_row_is_found), cmocka_unit_test(test_each_row_is_sane), cmocka_unit_test(test_methods),
        cmocka_unit_test(test_literal_before_id), cmocka_unit_test(test_unknown),          cmocka_unit_test(test_broken),
    };

    return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
