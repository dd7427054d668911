/* utf8.h - is this text, and how long is it?
 *
 * RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. NUL is legal UTF-8 and is
 * reported apart, because PostgreSQL and C strings refuse it.
 */
#ifndef CONFAB_UTF8_H
#define CONFAB_UTF8_H

#include "slice.h"

/* A checker that takes bytes in any split: feed it piece by piece (WebSocket fragments). */
struct utf8 {
    uint32_t need; /* continuation bytes still due */
    uint8_t lo, hi; /* bounds of the next continuation byte */
};
#define UTF8_INIT {0, 0x80, 0xBF}
/* False as soon as the bytes so far cannot begin well-formed UTF-8. */
bool utf8_feed(struct utf8 *u, struct slice s);
/* True if no character is left unfinished. */
static inline bool utf8_whole(const struct utf8 *u) { return u->need == 0; }

bool utf8_valid(struct slice s);
/* Length of the well-formed character that s begins with, its code point in *cp; 0 when s is empty
 * or begins otherwise. */
size_t utf8_char(struct slice s, uint32_t *cp);
/* Code points in s, which must be valid. */
size_t utf8_count(struct slice s);
/* True if valid s holds nothing visible: only white space (Unicode White_Space), zero-width and
 * other default-ignorable characters, or controls. */
bool utf8_blank(struct slice s);
/* Copies at most max code points of valid `s` to out, dropping controls, bidi overrides and
 * zero-width characters (except ZWJ and variation selectors inside emoji) and trimming: for names
 * that others read. */
struct buf;
void utf8_clean_name(struct slice s, size_t max, struct buf *out);

#endif
