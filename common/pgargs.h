/* pgargs.h - parameters of one statement, in PostgreSQL's binary format.
 *
 *     struct pgargs a = PGARGS_INIT;
 *     pgargs_int8(&a, room); pgargs_uuid(&a, &client); pgargs_bytes(&a, sealed);
 *     PQsendQueryPrepared(c, name, a.n, pgargs_values(&a), a.length, a.format, 1);
 *     pgargs_free(&a);                                   // wipes
 *
 * Texts and bytes are not copied and must live until the statement was sent; numbers are kept inside.
 * More than PGARGS_MAX parameters or PGARGS_ARRAYS arrays, or no memory for one, set `failed`. Each kind must match the
 * cast in the statement ($1::bigint takes int8, ::int int4, ::smallint int2).
 */
#ifndef CONFAB_PGARGS_H
#define CONFAB_PGARGS_H

#include "slice.h"
#include "uuid.h"

#define PGARGS_MAX 14
#define PGARGS_ARRAYS 2

struct pgargs {
    int n;
    bool failed;
    int length[PGARGS_MAX], format[PGARGS_MAX];
    const char *value[PGARGS_MAX];
    uint8_t number[PGARGS_MAX][16];
    char *array[PGARGS_ARRAYS]; /* owned */
    int n_arrays;
};

#define PGARGS_INIT {0}

void pgargs_null(struct pgargs *a);
void pgargs_int8(struct pgargs *a, int64_t v);
void pgargs_int4(struct pgargs *a, int32_t v);
void pgargs_int2(struct pgargs *a, int16_t v);
void pgargs_bool(struct pgargs *a, bool v);
void pgargs_float4(struct pgargs *a, float v);
/* Microseconds since 1970 as a timestamptz. */
void pgargs_time(struct pgargs *a, int64_t us);
void pgargs_text(struct pgargs *a, struct slice s);
/* NULL passes NULL; s lives until the statement is sent. */
void pgargs_str(struct pgargs *a, const char *s);
void pgargs_bytes(struct pgargs *a, struct slice s);
void pgargs_uuid(struct pgargs *a, const struct uuid *u);
void pgargs_int8_array(struct pgargs *a, const int64_t *v, size_t n);
/* One-dimensional text[]; the strings are copied. */
void pgargs_text_array(struct pgargs *a, char *const *v, size_t n);
void pgargs_free(struct pgargs *a);

#endif
