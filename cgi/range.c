#include "range.h"

/* "bytes=first-last", "bytes=first-", "bytes=-length" */
enum range_found range_read(struct slice header, int64_t size, struct range *range)
{
    struct slice unit, first, last;
    uint64_t from = 0, to = (uint64_t)size - 1, n;

    *range = (struct range){0, size - 1};
    if (memchr(header.n > 0 ? header.p : "", ',', header.n) != NULL || memchr(header.n > 0 ? header.p : "", '-', header.n) == NULL) return RANGE_WHOLE;
    last = header;
    if (!slice_cut(&last, '=', &unit) || !slice_eq_nocase(slice_trim(unit), SLICE("bytes"))) return RANGE_WHOLE;
    last = slice_trim(last);
    if (last.n == 0 || !slice_cut(&last, '-', &first)) return RANGE_WHOLE;
    if (first.n == 0) {
        if (!slice_u64(last, INT64_MAX, &n)) return RANGE_WHOLE;
        if (n == 0) return RANGE_OUTSIDE;
        from = n >= (uint64_t)size ? 0 : (uint64_t)size - n;
    } else {
        if (!slice_u64(first, INT64_MAX, &from) || (last.n > 0 && !slice_u64(last, INT64_MAX, &to)) || from > INT64_MAX) return RANGE_WHOLE;
        if (last.n > 0 && to < from) return RANGE_WHOLE;
        if (from >= (uint64_t)size) return RANGE_OUTSIDE;
        if (to >= (uint64_t)size) to = (uint64_t)size - 1;
    }
    *range = (struct range){(int64_t)from, (int64_t)to};
    return RANGE_PART;
}

bool etag_listed(struct slice header, struct slice etag)
{
    struct slice one;

    while (slice_cut(&header, ',', &one)) {
        one = slice_trim(one);
        if (slice_starts(one, SLICE("W/"))) one = slice_make(one.p + 2, one.n - 2);
        if (slice_eq(one, etag) || slice_eq(one, SLICE("*"))) return true;
    }
    return false;
}
