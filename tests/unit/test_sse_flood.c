#include "unit.h"

#include "../../sse/flood.h"

enum { COLUMNS = 26 };

static void put(PGresult *r, int row, int column, const void *p, int n)
{
    /* libpq takes it by a char pointer that it only reads. */
    assert_int_equal(PQsetvalue(r, row, column, (char *)(uintptr_t)p, n), 1);
}

static void put_int8(PGresult *r, int row, int column, int64_t v)
{
    uint8_t be[8];

    for (int i = 0; i < 8; i++) be[i] = (uint8_t)((uint64_t)v >> (8 * (7 - i)));
    put(r, row, column, be, sizeof be);
}

static PGresult *result(int columns)
{
    PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc *a = calloc((size_t)columns, sizeof *a);

    assert_non_null(r);
    assert_non_null(a);
    for (int i = 0; i < columns; i++) {
        a[i].name = (char *)(uintptr_t)"c";
        a[i].format = 1;
    }
    assert_int_equal(PQsetResultAttrs(r, columns, a), 1);
    free(a);
    return r;
}

static PGresult *answer(const char *kinds, const char *const *xids)
{
    PGresult *r = result(COLUMNS);

    for (int i = 0; kinds[i] != '\0'; i++) {
        put(r, i, 0, &kinds[i], 1);
        put(r, i, 3, xids[i], (int)strlen(xids[i]));
        for (int c = 1; c < COLUMNS; c++) {
            if (c != 3) put(r, i, c, NULL, -1);
        }
    }
    return r;
}

static void a_full_branch_is_a_flood(void **state)
{
    struct cursor at = CURSOR_INIT;
    const char *const above[] = {"", "70", "71", "72"}, *const below[] = {"", "61", "61", "62"}, *const mixed[] = {"", "70", "61", "72"};
    PGresult *r;

    (void)state;
    assert_true(cursor_from_snapshot(&at, 1, 1, SLICE("60:65:61,62")));
    r = answer("smmm", above);
    assert_true(flood_seen(r, &at, 3));
    assert_false(flood_seen(r, &at, 4));
    PQclear(r);
    r = answer("smme", above);
    assert_false(flood_seen(r, &at, 3));
    PQclear(r);
    r = answer("seee", below);
    assert_true(flood_seen(r, &at, 3));
    PQclear(r);
    r = answer("smmm", mixed);
    assert_false(flood_seen(r, &at, 3));
    PQclear(r);
    cursor_free(&at);
}

static void ranges_are_taken_feed_by_feed_and_chunk_by_chunk(void **state)
{
    PGresult *r = result(6);
    struct flood f = {0};
    const int64_t rows[][4] = {{0, 0, 0, 0}, {12, 5, 5, 1}, {11, 1, 25, 25}};

    (void)state;
    for (int i = 0; i < 3; i++) {
        put(r, i, 0, i == 0 ? "s" : "r", 1);
        for (int c = 0; c < 4; c++) put_int8(r, i, c + 1, rows[i][c]);
        put(r, i, 5, NULL, -1);
    }
    assert_true(flood_empty(&f));
    assert_true(flood_fill(&f, r));
    assert_int_equal(f.rows, 26);
    assert_int_equal(flood_next(&f)->feed, 11);
    flood_advance(&f, 10);
    assert_int_equal(flood_next(&f)->lo, 11);
    flood_advance(&f, 10);
    assert_int_equal(flood_next(&f)->lo, 21);
    flood_advance(&f, 10);
    assert_int_equal(flood_next(&f)->feed, 12);
    assert_false(flood_empty(&f));
    flood_advance(&f, 10);
    assert_true(flood_empty(&f));
    flood_advance(&f, 10);
    flood_clear(&f);
    PQclear(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_branch_is_a_flood),
        cmocka_unit_test(ranges_are_taken_feed_by_feed_and_chunk_by_chunk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
