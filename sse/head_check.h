/* head_check.h - is this the head of an HTTP/1 request that everybody reads alike?
 *
 * libmicrohttpd is lenient where leniency lets a proxy and us see different requests, so a head is
 * checked before it is given to it. Takes bytes, does no I/O, keeps nothing:
 *
 *     switch (head_check(bytes, &length, &why)) ...
 *
 * Good: an origin-form target, HTTP/1.0 or 1.1, lines that end in CRLF, names that are tokens, no
 * control characters, no folding, one Host (none is allowed in 1.0), at most one Content-Length of
 * digits and not beside a Transfer-Encoding, which can only be chunked.
 */
#ifndef CONFAB_HEAD_CHECK_H
#define CONFAB_HEAD_CHECK_H

#include "slice.h"

enum { HEAD_MAX = 16384, HEAD_FIELDS_MAX = 100 };

enum head_verdict { HEAD_MORE, HEAD_GOOD, HEAD_BAD, HEAD_TOO_LONG };

/* *length: of the head with its empty line, when good. *why: a sentence, when bad. */
enum head_verdict head_check(struct slice bytes, size_t *length, const char **why);

/* RFC 9110 section 5.6.2. */
bool head_is_token(struct slice s);

#endif
