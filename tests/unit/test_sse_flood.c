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

static void fill(struct flood *f, const int64_t (*ranges)[3], int n)
{
    PGresult *r = result(6);

    put(r, 0, 0, "s", 1);
    for (int c = 1; c < 6; c++) put(r, 0, c, NULL, -1);
    for (int i = 0; i < n; i++) {
        put(r, i + 1, 0, "r", 1);
        for (int c = 0; c < 3; c++) put_int8(r, i + 1, c + 1, ranges[i][c]);
        put_int8(r, i + 1, 4, ranges[i][2] - ranges[i][1] + 1);
        put(r, i + 1, 5, NULL, -1);
    }
    assert_true(flood_fill(f, r));
    PQclear(r);
}

static void expect_chunk(struct flood *f, const int64_t *wanted, size_t n)
{
    int64_t got[3 * FLOOD_CHUNK];

    assert_int_equal(flood_chunk(f, got), n);
    for (size_t i = 0; i < n; i++) assert_int_equal(got[i], wanted[i]);
    flood_advance(f);
}

static void small_ranges_go_together_and_large_ones_in_parts(void **state)
{
    struct flood f = {0};

    (void)state;
    assert_true(flood_empty(&f));
    expect_chunk(&f, NULL, 0);
    fill(&f, (const int64_t[][3]){{13, 7, 9}, {12, 5, 5}, {11, 1, 1100}}, 3);
    assert_int_equal(f.rows, 1104);
    expect_chunk(&f, (const int64_t[]){11, 1, 500}, 3);
    expect_chunk(&f, (const int64_t[]){11, 501, 1000}, 3);
    assert_false(flood_empty(&f));
    expect_chunk(&f, (const int64_t[]){11, 1001, 1100, 12, 5, 5, 13, 7, 9}, 9);
    assert_true(flood_empty(&f));
    expect_chunk(&f, NULL, 0);
    /* The last one of a chunk is cut where the chunk is full, to the row. */
    fill(&f, (const int64_t[][3]){{11, 1, 499}, {12, 1, 1}, {13, 1, 1}}, 3);
    expect_chunk(&f, (const int64_t[]){11, 1, 499, 12, 1, 1}, 6);
    expect_chunk(&f, (const int64_t[]){13, 1, 1}, 3);
    assert_true(flood_empty(&f));
    fill(&f, (const int64_t[][3]){{11, 1, 499}, {12, 1, 2}}, 2);
    expect_chunk(&f, (const int64_t[]){11, 1, 499, 12, 1, 1}, 6);
    expect_chunk(&f, (const int64_t[]){12, 2, 2}, 3);
    assert_true(flood_empty(&f));
    flood_clear(&f);
}

static void many_feeds_of_one_row_fit(void **state)
{
    static int64_t ranges[2 * FLOOD_CHUNK][3];
    int64_t got[3 * FLOOD_CHUNK];
    struct flood f = {0};

    (void)state;
    for (int i = 0; i < 2 * FLOOD_CHUNK; i++) {
        ranges[i][0] = i + 1;
        ranges[i][1] = ranges[i][2] = 9;
    }
    fill(&f, (const int64_t(*)[3])ranges, 2 * FLOOD_CHUNK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(flood_chunk(&f, got), 3 * FLOOD_CHUNK);
        assert_int_equal(got[0], i * FLOOD_CHUNK + 1);
        flood_advance(&f);
    }
    assert_true(flood_empty(&f));
    flood_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_branch_is_a_flood),
        cmocka_unit_test(small_ranges_go_together_and_large_ones_in_parts),
        cmocka_unit_test(many_feeds_of_one_row_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
