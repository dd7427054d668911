/* cursor.h - where a client stands in everything at once: a database snapshot in a token.
 *
 * A row is new to a cursor when the transaction that wrote it is not visible in the cursor's
 * snapshot: xid >= xmax, or xid is one of the xips that were still running. docs/ARCHITECTURE tells
 * why this is exact. The token is opaque to clients, belongs to the cluster and not to a person, and
 * carries a MAC because its snapshot chooses the work that the database does:
 *
 *     base64url( version(1) | key id | epoch | lsn | xmin | xmax - xmin | count | xip deltas ... | mac(16) )
 *
 * numbers as LEB128. No I/O here; a cursor is a plain value that owns its xips.
 */
#ifndef CONFAB_CURSOR_H
#define CONFAB_CURSOR_H

#include "buf.h"
#include "crypto.h"

#define CURSOR_XIPS 512      /* transactions running at once that a token can name */
#define CURSOR_TEXT_MAX 4096 /* longer tokens are refused unread */

struct cursor {
    uint32_t epoch;   /* random name of a life of the database server, see schema */
    uint64_t lsn;     /* how much write-ahead log was flushed then: after a crash, a failover or a
                         restore it tells whether anything that this cursor covers was lost */
    uint64_t xmin, xmax;
    uint64_t *xip;    /* sorted, xmin <= each < xmax */
    size_t n;
};

#define CURSOR_INIT {0}

void cursor_free(struct cursor *c);
/* From PostgreSQL's text of a pg_snapshot, "xmin:xmax:xip,xip"; strict. Frees what *c held. */
bool cursor_from_snapshot(struct cursor *c, uint32_t epoch, uint64_t lsn, struct slice snapshot);
/* The text of the snapshot, for pg_snapshot parameters. */
void cursor_snapshot(const struct cursor *c, struct buf *out);
/* Was a row of transaction xid known when this cursor was taken? xid 0 (restored rows) always. */
bool cursor_sees(const struct cursor *c, uint64_t xid);

/* The token that clients hold. */
void cursor_encode(const struct cursor *c, const struct keyring *k, struct buf *out);
/* NO_MEMORY says nothing about the token: the client must keep it. */
enum cursor_decoded { CURSOR_OK, CURSOR_MALFORMED, CURSOR_FORGED, CURSOR_NO_MEMORY };
/* Fills *c (to be freed) only on CURSOR_OK. */
enum cursor_decoded cursor_decode(struct slice token, const struct keyring *k, struct cursor *c);

#endif
