/* range.h - the headers of a download: which part, and whether the client has it already (RFC 9110).
 *
 *     switch (range_read(header, size, &range)) ...
 *
 * Pure parsing. Several ranges at once, and anything that is no range, mean the whole: that is allowed,
 * and nobody of ours asks for it.
 */
#ifndef CONFAB_RANGE_H
#define CONFAB_RANGE_H

#include "slice.h"

struct range {
    int64_t first, last; /* both within */
};

enum range_found { RANGE_WHOLE, RANGE_PART, RANGE_OUTSIDE };
enum range_found range_read(struct slice header, int64_t size, struct range *range);

/* Does If-None-Match name this ETag (with its quotes), or any? */
bool etag_listed(struct slice header, struct slice etag);

#endif
