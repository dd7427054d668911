/* pgget.h - values out of a PGresult in binary format (resultFormat 1).
 *
 * Each getter checks the length that its type has; a NULL or a value of another size yields the
 * given default (0, false, SLICE_NULL): statements and their readers are kept together by tests, not
 * by hope. Slices point into the result and die with PQclear.
 */
#ifndef CONFAB_PGGET_H
#define CONFAB_PGGET_H

#include <libpq-fe.h>

#include "slice.h"
#include "uuid.h"

bool pgget_null(const PGresult *r, int row, int col);
int64_t pgget_int8(const PGresult *r, int row, int col);
int32_t pgget_int4(const PGresult *r, int row, int col);
int16_t pgget_int2(const PGresult *r, int row, int col);
double pgget_float8(const PGresult *r, int row, int col);
/* real */
double pgget_float4(const PGresult *r, int row, int col);
bool pgget_bool(const PGresult *r, int row, int col);
/* text, bytea, "char" */
struct slice pgget_text(const PGresult *r, int row, int col);
/* timestamptz as microseconds since 1970; 0 for NULL. */
int64_t pgget_time(const PGresult *r, int row, int col);
/* A one-dimensional bigint[] without NULLs: how many went to out, at most cap; 0 for anything else. */
size_t pgget_int8_array(const PGresult *r, int row, int col, int64_t *out, size_t cap);
bool pgget_uuid(const PGresult *r, int row, int col, struct uuid *out);

#endif
