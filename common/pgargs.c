#include "pgargs.h"

#include <stdlib.h>

#include "crypto.h"

#define OID_INT8 20
#define OID_TEXT 25

static void put_be(uint8_t *p, uint64_t v, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        p[i] = (uint8_t)v;
        v >>= 8;
    }
}

static void add(struct pgargs *a, const char *value, size_t n, int format)
{
    if (a->n >= PGARGS_MAX || n > INT32_MAX) {
        a->failed = true;
        return;
    }
    a->value[a->n] = value;
    a->length[a->n] = (int)n;
    a->format[a->n] = format;
    a->n++;
}

static void add_number(struct pgargs *a, uint64_t v, int bytes)
{
    if (a->n >= PGARGS_MAX) {
        a->failed = true;
        return;
    }
    uint8_t *slot = a->number[a->n];
    put_be(slot, v, bytes);
    add(a, (const char *)slot, (size_t)bytes, 1);
}

void pgargs_null(struct pgargs *a) { add(a, NULL, 0, 1); }
void pgargs_int8(struct pgargs *a, int64_t v) { add_number(a, (uint64_t)v, 8); }
void pgargs_int4(struct pgargs *a, int32_t v) { add_number(a, (uint32_t)v, 4); }
void pgargs_int2(struct pgargs *a, int16_t v) { add_number(a, (uint16_t)v, 2); }
void pgargs_bool(struct pgargs *a, bool v) { add_number(a, v, 1); }

void pgargs_float4(struct pgargs *a, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    add_number(a, bits, 4);
}

/* PostgreSQL counts from 2000-01-01. */
void pgargs_time(struct pgargs *a, int64_t us) { add_number(a, (uint64_t)(us - INT64_C(946684800000000)), 8); }

/* An empty slice may have no pointer, and libpq takes a NULL pointer for NULL. */
static const char *not_null(struct slice s) { return s.p ? s.p : ""; }

void pgargs_text(struct pgargs *a, struct slice s) { add(a, not_null(s), s.n, 1); }
void pgargs_bytes(struct pgargs *a, struct slice s) { add(a, not_null(s), s.n, 1); }

void pgargs_str(struct pgargs *a, const char *s)
{
    if (s)
        add(a, s, strlen(s), 1);
    else
        pgargs_null(a);
}

void pgargs_uuid(struct pgargs *a, const struct uuid *u)
{
    if (a->n >= PGARGS_MAX) {
        a->failed = true;
        return;
    }
    uint8_t *slot = a->number[a->n];
    memcpy(slot, u->b, 16);
    add(a, (const char *)slot, 16, 1);
}

/* Head of a one-dimensional array without NULLs: dimensions, has-nulls, element type, length, lower
 * bound. An empty array has no dimension. */
static uint8_t *array_head(uint8_t *p, uint32_t oid, size_t n)
{
    put_be(p, n ? 1 : 0, 4);
    put_be(p + 4, 0, 4);
    put_be(p + 8, oid, 4);
    if (!n)
        return p + 12;
    put_be(p + 12, n, 4);
    put_be(p + 16, 1, 4);
    return p + 20;
}

/* size bytes for another array of the statement; NULL when there is no memory or too many already. */
static uint8_t *array_new(struct pgargs *a, size_t size)
{
    char *p = a->n_arrays < PGARGS_ARRAYS && size <= INT32_MAX ? malloc(size) : NULL;
    if (!p) {
        a->failed = true;
        return NULL;
    }
    a->array[a->n_arrays++] = p;
    return (uint8_t *)p;
}

void pgargs_int8_array(struct pgargs *a, const int64_t *v, size_t n)
{
    if (n > INT32_MAX / 16) {
        a->failed = true;
        return;
    }
    uint8_t *start = array_new(a, 20 + n * 12);
    if (!start)
        return;
    uint8_t *p = array_head(start, OID_INT8, n);
    for (size_t i = 0; i < n; i++, p += 12) {
        put_be(p, 8, 4);
        put_be(p + 4, (uint64_t)v[i], 8);
    }
    add(a, (const char *)start, (size_t)(p - start), 1);
}

void pgargs_text_array(struct pgargs *a, char *const *v, size_t n)
{
    size_t size = 20;
    for (size_t i = 0; i < n; i++)
        size += 4 + strlen(v[i]);
    uint8_t *start = array_new(a, size);
    if (!start)
        return;
    uint8_t *p = array_head(start, OID_TEXT, n);
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(v[i]);
        put_be(p, len, 4);
        memcpy(p + 4, v[i], len);
        p += 4 + len;
    }
    add(a, (const char *)start, (size_t)(p - start), 1);
}

void pgargs_free(struct pgargs *a)
{
    for (int i = 0; i < a->n_arrays; i++) free(a->array[i]);
    crypto_wipe(a, sizeof *a);
}
