/* slice.h - a view of bytes that somebody else owns.
 *
 * Every byte that comes from outside travels as a slice: a pointer and a length, never a
 * NUL-terminated string, so that an embedded NUL or a missing terminator cannot matter.
 *
 *     struct slice path = SLICE("/api/rooms/12"), head;
 *     if (slice_cut(&path, '/', &head)) ...
 *
 * A slice owns nothing and must not outlive what it points at. p may be NULL only when n is 0.
 */
#ifndef CONFAB_SLICE_H
#define CONFAB_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *p;
    size_t n;
};

/* A slice of a string literal, usable in initialisers. */
#define SLICE(lit) ((struct slice){(lit), sizeof(lit) - 1})
#define SLICE_NULL ((struct slice){NULL, 0})
/* For printf's "%.*s". */
#define SLICE_FMT(s) (int)(s).n, (s).p ? (s).p : ""

/* A NUL-terminated string as a slice; NULL gives the empty slice. */
static inline struct slice slice_str(const char *s)
{
    return (struct slice){s, s ? strlen(s) : 0};
}

static inline struct slice slice_make(const void *p, size_t n)
{
    return (struct slice){(const char *)p, n};
}

bool slice_eq(struct slice a, struct slice b);
/* Equal when ASCII letters are compared without case. */
bool slice_eq_nocase(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
bool slice_starts_nocase(struct slice s, struct slice prefix);
/* Without leading and trailing ASCII blanks (space, tab, CR, LF). */
struct slice slice_trim(struct slice s);
/* Cuts *s at the first `sep`: *head gets what stands before it, *s what stands behind it.
 * Without `sep` in it, *head gets all and *s becomes empty. False once *s was empty already. */
bool slice_cut(struct slice *s, char sep, struct slice *head);
/* A decimal number of digits alone, no sign, no blanks, no leading zeros except "0" itself;
 * false (and *out untouched) for anything else or for more than `max`. */
bool slice_u64(struct slice s, uint64_t max, uint64_t *out);
/* An id as clients send it: a decimal number from 1 to INT64_MAX. */
bool slice_id(struct slice s, int64_t *out);
/* Equal in a time that depends on the lengths only (for secrets). */
bool slice_eq_secret(struct slice a, struct slice b);

#endif
