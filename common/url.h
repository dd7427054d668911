/* url.h - the parts of a request target, and origins.
 *
 * Path segments are taken as they are: only [A-Za-z0-9._-] is valid in them (servers decode paths
 * differently), everything else is refused. Free text travels in the query, percent-encoded.
 */
#ifndef CONFAB_URL_H
#define CONFAB_URL_H

#include "buf.h"

/* One segment a call from "/api/rooms/12"; false at the end. A bad character, an empty segment,
 * "." or ".." sets *bad and ends it (*bad is never cleared here). A single trailing slash is ignored. */
bool url_segment(struct slice *path, struct slice *segment, bool *bad);

/* One name=value pair a call; both percent-decoded ('+' is a blank) and appended to scratch, which
 * must be set up with enough `max` and not freed while the slices live: decoded text is never longer
 * than what is encoded, so a buf_reserve of the query's length up front keeps the slices valid.
 * False at the end. Bad escapes, NUL, bad UTF-8 or no room set *bad and end it. */
bool url_query(struct slice *query, struct slice *name, struct slice *value, struct buf *scratch, bool *bad);

/* Percent-encodes everything but unreserved characters (RFC 3986 section 2.3). */
void url_encode(struct buf *b, struct slice s);

/* Is `origin` (a header's value, RFC 6454) the site itself, or one of `allowed`? The site is scheme
 * and host as the request came in; default ports are equal to none. An absent origin is `absent`. */
enum origin_verdict { ORIGIN_SAME, ORIGIN_ALLOWED, ORIGIN_FOREIGN, ORIGIN_ABSENT };
enum origin_verdict origin_check(struct slice origin, struct slice scheme, struct slice host, char *const *allowed, size_t n_allowed);

#endif
