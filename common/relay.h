/* relay.h - how the pusher vouches for a WebSocket client to the handlers.
 *
 * A frame that changes durable state becomes an HTTP request to the handlers with the header
 *
 *     X-Confab-Relay: v1 <key id> <tenant> <account> <session> <unix seconds> <client address> <mac hex>
 *
 * The MAC (key file, use MAC_RELAY) covers these values, method, path and the body's hash. A
 * handler that finds the header and a good MAC, no older than RELAY_SKEW, takes account and session
 * from it (and still asks the database whether the session lives); a bad one is 401, an old one 503
 * (the servers' clocks differ), whatever else the request carries. Client-made identity headers are worth nothing.
 */
#ifndef CONFAB_RELAY_H
#define CONFAB_RELAY_H

#include "buf.h"
#include "crypto.h"

#define RELAY_HEADER "X-Confab-Relay"
#define RELAY_SKEW 60 /* seconds */

struct relay {
    int64_t tenant, account, session;
    int64_t time;          /* unix seconds */
    char address[64];      /* the client's, text; "-" if unknown */
};

/* Appends the header's value. False if the ring has no current key. */
bool relay_sign(const struct keyring *k, const struct relay *r, struct slice method, struct slice path, struct slice body, struct buf *out);
enum relay_verdict { RELAY_GOOD, RELAY_MALFORMED, RELAY_FORGED, RELAY_STALE };
enum relay_verdict relay_verify(const struct keyring *k, struct slice value, struct slice method, struct slice path, struct slice body, int64_t now_s, struct relay *r);

#endif
