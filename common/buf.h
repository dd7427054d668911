/* buf.h - a growing buffer of bytes whose failure sticks.
 *
 * Builders append without looking at results; a failed allocation, or growth past `max`, sets
 * `failed`, later calls do nothing, and the caller asks once at the end:
 *
 *     struct buf b = BUF_INIT;            // or buf_init(&b, max)
 *     buf_str(&b, "id: "); buf_slice(&b, cursor); buf_byte(&b, '\n');
 *     if (!buf_ok(&b)) ...                // out of memory or too long
 *     buf_free(&b);
 *
 * Invariants: len <= cap; data is NULL only when cap is 0; when failed, the content is unspecified.
 * The buffer owns data. Embedded by value; never copy a struct buf that is in use.
 */
#ifndef CONFAB_BUF_H
#define CONFAB_BUF_H

#include "slice.h"

struct buf {
    char *data;
    size_t len, cap;
    size_t max; /* 0: no limit but memory */
    bool failed;
};

#define BUF_INIT {0}

void buf_init(struct buf *b, size_t max);
/* Frees the memory; the buffer is empty and usable afterwards. */
void buf_free(struct buf *b);
/* As buf_free, after overwriting the content: for secrets and plain text. */
void buf_wipe(struct buf *b);
/* Forgets the content and a failure, keeps the memory. */
void buf_clear(struct buf *b);
static inline bool buf_ok(const struct buf *b) { return !b->failed; }
static inline struct slice buf_view(const struct buf *b) { return slice_make(b->data, b->len); }

/* Makes room for n more bytes and returns where they go (then raise len by what was written),
 * or NULL after failure. */
char *buf_reserve(struct buf *b, size_t n);
void buf_bytes(struct buf *b, const void *p, size_t n);
void buf_slice(struct buf *b, struct slice s);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, char c);
/* printf into the buffer; only for formats of our own, never for JSON, SQL or HTML. */
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Drops the first n bytes (n <= len). */
void buf_drop(struct buf *b, size_t n);
/* A NUL behind the content (not counted in len), so that data can go to a C API. NULL after failure. */
const char *buf_cstr(struct buf *b);

/* base64url without padding, RFC 4648 section 5. */
void buf_base64url(struct buf *b, const void *p, size_t n);
/* Lower-case hexadecimal. */
void buf_hex(struct buf *b, const void *p, size_t n);

/* Strict inverses into a caller's array: no padding, no blanks, no non-canonical last character.
 * Return false, with *n untouched, if malformed or longer than cap. */
bool base64url_decode(struct slice s, void *out, size_t cap, size_t *n);
bool hex_decode(struct slice s, void *out, size_t cap, size_t *n);

#endif
