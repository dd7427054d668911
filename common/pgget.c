#include "pgget.h"

/* PostgreSQL counts time from 2000-01-01; this many microseconds after 1970. */
#define PG_EPOCH_US INT64_C(946684800000000)

/* The bytes of a value that must have n of them; NULL otherwise. */
static const uint8_t *fixed(const PGresult *r, int row, int col, int n)
{
    if (!r || row >= PQntuples(r) || col >= PQnfields(r) || PQgetisnull(r, row, col) || PQgetlength(r, row, col) != n)
        return NULL;
    return (const uint8_t *)PQgetvalue(r, row, col);
}

static uint64_t get_be(const uint8_t *p, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

bool pgget_null(const PGresult *r, int row, int col)
{
    return !r || row >= PQntuples(r) || col >= PQnfields(r) || PQgetisnull(r, row, col);
}

int64_t pgget_int8(const PGresult *r, int row, int col)
{
    const uint8_t *p = fixed(r, row, col, 8);
    return p ? (int64_t)get_be(p, 8) : 0;
}

int32_t pgget_int4(const PGresult *r, int row, int col)
{
    const uint8_t *p = fixed(r, row, col, 4);
    return p ? (int32_t)get_be(p, 4) : 0;
}

int16_t pgget_int2(const PGresult *r, int row, int col)
{
    const uint8_t *p = fixed(r, row, col, 2);
    return p ? (int16_t)get_be(p, 2) : 0;
}

double pgget_float8(const PGresult *r, int row, int col)
{
    const uint8_t *p = fixed(r, row, col, 8);
    uint64_t bits = p ? get_be(p, 8) : 0;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

bool pgget_bool(const PGresult *r, int row, int col)
{
    const uint8_t *p = fixed(r, row, col, 1);
    return p && *p;
}

struct slice pgget_text(const PGresult *r, int row, int col)
{
    if (pgget_null(r, row, col))
        return SLICE_NULL;
    return slice_make(PQgetvalue(r, row, col), (size_t)PQgetlength(r, row, col));
}

int64_t pgget_time(const PGresult *r, int row, int col)
{
    const uint8_t *p = fixed(r, row, col, 8);
    return p ? (int64_t)get_be(p, 8) + PG_EPOCH_US : 0;
}

bool pgget_uuid(const PGresult *r, int row, int col, struct uuid *out)
{
    const uint8_t *p = fixed(r, row, col, 16);
    if (p)
        memcpy(out->b, p, 16);
    return p != NULL;
}

size_t pgget_int8_array(const PGresult *r, int row, int col, int64_t *out, size_t cap)
{
    enum { HEAD = 20, ITEM = 12 };
    struct slice s = pgget_text(r, row, col);
    const uint8_t *p = (const uint8_t *)s.p;
    if (s.n < HEAD || get_be(p, 4) != 1 || get_be(p + 4, 4) != 0)
        return 0;
    size_t n = (size_t)get_be(p + 12, 4);
    if (n > (s.n - HEAD) / ITEM)
        return 0;
    for (size_t i = 0; i < n && i < cap; i++)
        out[i] = (int64_t)get_be(p + HEAD + i * ITEM + 4, 8);
    return n < cap ? n : cap;
}

double pgget_float4(const PGresult *r, int row, int col)
{
    uint32_t bits = (uint32_t)pgget_int4(r, row, col);
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}
