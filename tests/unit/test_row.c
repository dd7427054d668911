/* What clients are told of a row: common/row.c over real PGresults, made without a server. */
#include "row.h"
#include "event.h"
#include "pgargs.h"
#include "unit.h"

#define COLUMNS 32
#define MASTER "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

static struct keyring *keys;
static const struct uuid CLIENT = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static int load_keys(void **state)
{
    char err[256];
    (void)state;
    keys = keyring_parse(SLICE(MASTER), err, sizeof err);
    return keys ? 0 : -1;
}

static int drop_keys(void **state)
{
    (void)state;
    keyring_free(keys);
    return 0;
}

/* An empty result of one row with the columns of feed_row and the tenant. */
static PGresult *row_result(void)
{
    static PGresAttDesc columns[COLUMNS];
    PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = (PGresAttDesc){.name = (char *)(uintptr_t) "c", .format = 1};
    assert_true(PQsetResultAttrs(r, COLUMNS, columns));
    for (int i = 0; i < COLUMNS; i++)
        assert_true(PQsetvalue(r, 0, i, NULL, -1));
    return r;
}

static void set_bytes(PGresult *r, int col, const void *p, size_t n)
{
    char copy[512];
    assert_true(n <= sizeof copy);
    memcpy(copy, p, n);
    assert_true(PQsetvalue(r, 0, col, copy, (int)n));
}

static void set_text(PGresult *r, int col, const char *s) { set_bytes(r, col, s, strlen(s)); }

static void set_number(PGresult *r, int col, int64_t v, int size)
{
    uint8_t be[8];
    for (int i = 0; i < size; i++)
        be[i] = (uint8_t)((uint64_t)v >> 8 * (size - 1 - i));
    set_bytes(r, col, be, (size_t)size);
}

static void set_head(PGresult *r, const char *k, int64_t feed, int64_t seq, int64_t actor)
{
    set_text(r, 0, k);
    set_number(r, 1, feed, 8);
    set_number(r, 2, seq, 8);
    set_text(r, 3, "731");
    set_number(r, 4, 0, 8); /* 2000-01-01 */
    set_number(r, 5, actor, 8);
    set_number(r, 6, 0, 1);
    set_number(r, 31, 1001, 8);
}

/* Row 0 of r as JSON; compares it with `want` and clears r. */
static void expect_json(PGresult *r, const char *want, unsigned want_damaged)
{
    struct row row;
    struct buf out = BUF_INIT;
    struct json j;
    unsigned damaged = 0;
    row_read(&row, r, 0, 0);
    json_start(&j, &out);
    row_json(&j, &row, keys, &damaged);
    assert_true(json_done(&j));
    assert_string_equal(buf_cstr(&out), want);
    assert_int_equal(damaged, want_damaged);
    buf_free(&out);
    PQclear(r);
}

static PGresult *message_result(int64_t sealed_for_room)
{
    PGresult *r = row_result();
    struct buf sealed = BUF_INIT;
    struct seal_ad ad = message_ad(1001, sealed_for_room, 7, &CLIENT, 1);
    assert_true(crypto_seal(keys, 1, &ad, SLICE("hi"), &sealed));
    set_head(r, "m", 1004, 34, 7);
    set_number(r, 11, 20, 8);
    set_bytes(r, 12, CLIENT.b, 16);
    set_number(r, 14, 1, 4);
    set_number(r, 15, 1, 4);
    set_bytes(r, 16, sealed.data, sealed.len);
    buf_free(&sealed);
    return r;
}

#define HEAD_M "{\"event\":\"message\",\"feed\":\"1004\",\"seq\":34,\"at\":\"2000-01-01T00:00:00.000Z\",\"message\":{\"room\":\"1004\",\"seq\":34,\"no\":20," \
               "\"sender\":\"7\",\"sent_at\":\"2000-01-01T00:00:00.000Z\",\"client_id\":\"01020304-0506-0708-090a-0b0c0d0e0f10\","

static void a_message_is_opened(void **state)
{
    (void)state;
    expect_json(message_result(1004), HEAD_M "\"text\":\"hi\",\"version\":1}}", 0);
}

static void a_message_moved_to_another_room_is_damaged_and_counted(void **state)
{
    (void)state;
    expect_json(message_result(1005), HEAD_M "\"text\":null,\"damaged\":true,\"version\":1}}", 1);
}

static void a_message_of_an_unknown_key_is_damaged(void **state)
{
    (void)state;
    PGresult *r = message_result(1004);
    set_number(r, 14, 9, 4);
    expect_json(r, HEAD_M "\"text\":null,\"damaged\":true,\"version\":1}}", 1);
}

static void a_deleted_message_has_no_text(void **state)
{
    (void)state;
    PGresult *r = message_result(1004);
    assert_true(PQsetvalue(r, 0, 16, NULL, -1));
    expect_json(r, HEAD_M "\"text\":null,\"deleted\":true,\"version\":1}}", 0);
}

static void a_hidden_row_tells_nothing_but_its_number(void **state)
{
    (void)state;
    PGresult *r = message_result(1004);
    set_number(r, 6, 1, 1);
    expect_json(r, "{\"event\":\"hidden\",\"feed\":\"1004\",\"seq\":34,\"at\":\"2000-01-01T00:00:00.000Z\"}", 0);
}

static void a_kind_of_a_newer_program_is_hidden(void **state)
{
    (void)state;
    PGresult *r = row_result();
    set_head(r, "e", 1004, 3, 7);
    set_text(r, 7, "teleported");
    expect_json(r, "{\"event\":\"hidden\",\"feed\":\"1004\",\"seq\":3,\"at\":\"2000-01-01T00:00:00.000Z\"}", 0);
}

static void an_event_names_its_columns_as_the_table_says(void **state)
{
    (void)state;
    PGresult *r = row_result();
    set_head(r, "e", 1004, 2, 7);
    set_text(r, 7, "member_joined");
    set_number(r, 8, 8, 8);
    set_number(r, 10, 3, 8);
    expect_json(r, "{\"event\":\"member_joined\",\"feed\":\"1004\",\"seq\":2,\"at\":\"2000-01-01T00:00:00.000Z\",\"actor\":\"7\",\"person\":\"8\",\"role\":\"member\"}", 0);
}

static void a_changed_room_comes_with_its_name_as_it_is_now(void **state)
{
    (void)state;
    PGresult *r = row_result();
    struct buf sealed = BUF_INIT;
    struct seal_ad ad = room_name_ad(1001, 7, &CLIENT, 2);
    assert_true(crypto_seal(keys, 1, &ad, SLICE("Garden\0Roses"), &sealed));
    set_head(r, "e", 1004, 9, 7);
    set_text(r, 7, "room_changed");
    set_number(r, 8, 1004, 8);
    set_bytes(r, 12, CLIENT.b, 16);
    set_number(r, 14, 1, 4);
    set_number(r, 15, 2, 4);
    set_bytes(r, 16, sealed.data, sealed.len);
    set_text(r, 17, "channel");
    set_text(r, 18, "public");
    set_number(r, 19, 1, 1);
    set_number(r, 20, 7, 8);
    set_text(r, 25, "topic");
    set_number(r, 29, ROOM_ARCHIVED | ROOM_NO_NOTICES, 4);
    buf_free(&sealed);
    expect_json(r, "{\"event\":\"room_changed\",\"feed\":\"1004\",\"seq\":9,\"at\":\"2000-01-01T00:00:00.000Z\",\"actor\":\"7\",\"room\":\"1004\",\"what\":\"topic\","
                   "\"kind\":\"channel\",\"visibility\":\"public\",\"history_open\":true,\"name\":\"Garden\",\"topic\":\"Roses\","
                   "\"description\":\"\",\"archived\":true,\"notices\":false,\"receipts\":true}", 0);
}

/* The target's columns stand beside the event's own. */
static void an_edited_message_comes_as_it_is_now(void **state)
{
    (void)state;
    PGresult *r = message_result(1004);
    set_text(r, 0, "e");
    set_text(r, 7, "message_edited");
    set_number(r, 2, 40, 8);
    set_number(r, 9, 34, 8);
    set_number(r, 26, 7, 8);
    set_number(r, 27, 0, 8);
    set_number(r, 13, 30, 8);
    set_number(r, 28, 2, 8);
    set_number(r, 29, MESSAGE_IN_ROOM | MESSAGE_TO_ALL, 4);
    set_number(r, 30, 1000000, 8);
    expect_json(r, "{\"event\":\"message_edited\",\"feed\":\"1004\",\"seq\":40,\"at\":\"2000-01-01T00:00:00.000Z\",\"actor\":\"7\",\"message_seq\":34,"
                   "\"message\":{\"room\":\"1004\",\"seq\":34,\"no\":20,\"sender\":\"7\",\"sent_at\":\"2000-01-01T00:00:00.000Z\","
                   "\"client_id\":\"01020304-0506-0708-090a-0b0c0d0e0f10\",\"text\":\"hi\",\"thread\":30,\"thread_no\":2,\"in_room\":true,"
                   "\"mentions_room\":true,\"edited_at\":\"2000-01-01T00:00:01.000Z\",\"version\":1}}", 0);
}

/* So that it can travel to members who may not see the message. */
static void an_edit_that_carries_nothing_names_its_message(void **state)
{
    (void)state;
    PGresult *r = row_result();
    set_head(r, "e", 1004, 40, 7);
    set_text(r, 7, "message_edited");
    set_number(r, 9, 34, 8);
    expect_json(r, "{\"event\":\"message_edited\",\"feed\":\"1004\",\"seq\":40,\"at\":\"2000-01-01T00:00:00.000Z\",\"actor\":\"7\",\"message_seq\":34}", 0);
}

static void every_kind_is_found_by_its_name_and_no_other(void **state)
{
    (void)state;
#define EVENT(n, f, s, t, v, w, x, e) assert_string_equal(event_kind_find(SLICE(#n))->name, #n);
#include "event.def"
#undef EVENT
    assert_null(event_kind_find(SLICE("message")));
    assert_null(event_kind_find(SLICE("room_change")));
    assert_null(event_kind_find(SLICE_NULL));
}

static void roles_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (int i = 1; i <= 4; i++)
        assert_int_equal(role_parse(slice_str(role_name(i))), i);
    assert_null(role_name(0));
    assert_null(role_name(5));
    assert_int_equal(role_parse(SLICE("king")), 0);
}

static void a_value_of_another_size_is_no_value(void **state)
{
    (void)state;
    PGresult *r = row_result();
    set_text(r, 1, "abc");
    assert_int_equal(pgget_int8(r, 0, 1), 0);
    assert_int_equal(pgget_int8(r, 0, COLUMNS), 0);
    assert_int_equal(pgget_int8(r, 1, 0), 0);
    assert_int_equal(pgget_int8(NULL, 0, 0), 0);
    PQclear(r);
}

static void parameters_beyond_the_most_fail_the_statement(void **state)
{
    (void)state;
    struct pgargs a = PGARGS_INIT;
    for (int i = 0; i < PGARGS_MAX; i++)
        pgargs_int8(&a, i);
    assert_false(a.failed);
    pgargs_uuid(&a, &CLIENT);
    assert_true(a.failed);
    pgargs_free(&a);
}

static void more_arrays_than_there_is_room_for_fail_the_statement(void **state)
{
    (void)state;
    struct pgargs a = PGARGS_INIT;
    int64_t ids[] = {1, 2};
    pgargs_int8_array(&a, ids, 2);
    assert_false(a.failed);
    assert_int_equal(a.length[0], 20 + 24);
    pgargs_int8_array(&a, ids, 2);
    assert_false(a.failed);
    pgargs_int8_array(&a, ids, 2);
    assert_true(a.failed);
    pgargs_free(&a);
}

static void an_empty_array_has_no_dimension(void **state)
{
    (void)state;
    struct pgargs a = PGARGS_INIT;
    pgargs_int8_array(&a, NULL, 0);
    assert_int_equal(a.length[0], 12);
    pgargs_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_opened),
        cmocka_unit_test(a_message_moved_to_another_room_is_damaged_and_counted),
        cmocka_unit_test(a_message_of_an_unknown_key_is_damaged),
        cmocka_unit_test(a_deleted_message_has_no_text),
        cmocka_unit_test(a_hidden_row_tells_nothing_but_its_number),
        cmocka_unit_test(a_kind_of_a_newer_program_is_hidden),
        cmocka_unit_test(an_event_names_its_columns_as_the_table_says),
        cmocka_unit_test(a_changed_room_comes_with_its_name_as_it_is_now),
        cmocka_unit_test(an_edited_message_comes_as_it_is_now),
        cmocka_unit_test(an_edit_that_carries_nothing_names_its_message),
        cmocka_unit_test(every_kind_is_found_by_its_name_and_no_other),
        cmocka_unit_test(roles_are_read_as_they_are_written),
        cmocka_unit_test(a_value_of_another_size_is_no_value),
        cmocka_unit_test(parameters_beyond_the_most_fail_the_statement),
        cmocka_unit_test(more_arrays_than_there_is_room_for_fail_the_statement),
        cmocka_unit_test(an_empty_array_has_no_dimension),
    };
    return crypto_start() ? cmocka_run_group_tests(tests, load_keys, drop_keys) : 1;
}
