/* request.h - what a request says, read once and checked: headers, query, who asks, from where.
 *
 * libmicrohttpd lets through what a proxy and we could read differently; request_read refuses it:
 * Content-Length beside Transfer-Encoding, either of them twice, a Transfer-Encoding other than
 * chunked, header names with odd characters, a second Host or Authorization.
 */
#ifndef CONFAB_REQUEST_H
#define CONFAB_REQUEST_H

#include <microhttpd.h>

#include "admission.h"
#include "conf.h"

enum header {
    HEADER_AUTHORIZATION,
    HEADER_CONNECTION,
    HEADER_CONTENT_LENGTH,
    HEADER_CONTENT_TYPE,
    HEADER_COOKIE,
    HEADER_FORWARDED_FOR,
    HEADER_FORWARDED_PROTO,
    HEADER_HOST,
    HEADER_LAST_EVENT_ID,
    HEADER_ORIGIN,
    HEADER_FETCH_SITE,
    HEADER_TRANSFER_ENCODING,
    HEADER_UPGRADE,
    HEADER_WS_KEY,
    HEADER_WS_PROTOCOL,
    HEADER_WS_VERSION,
    HEADERS
};

struct request {
    char *target;       /* as it came, NUL-terminated; path and query point into it */
    struct slice path, query;
    bool begun;
    struct slice header[HEADERS]; /* of libmicrohttpd: good while the request is */
    struct buf body;
    enum problem refused; /* while the body comes: what the answer will be */
    struct token token;   /* POST: who asks */
    struct slice origin;  /* a foreign origin that is allowed */
};

/* Fills header[]; what is wrong, or NULL. */
const char *request_read(struct request *r, struct MHD_Connection *c);
/* Does a comma-separated header hold this word (without case)? */
bool request_has_word(struct slice list, struct slice word);
/* The token; PROBLEM_NONE or why not. Also checks Origin and Sec-Fetch-Site if it is a cookie's. */
enum problem request_who(struct request *r, const struct conf *conf, struct token *token, bool *by_cookie);
/* The allowed foreign origin that asks, for CORS, or empty. */
struct slice request_cors(const struct request *r, const struct conf *conf);
/* cursor, stream and wait from the query (and Last-Event-ID): into *a, or why not, with *detail. */
enum problem request_params(const struct request *r, struct keyring *keys, bool poll, int64_t poll_ms,
                            struct buf *scratch, struct admission_request *a, const char **detail);
/* The client's address as text into out, or "". */
void request_address(const struct request *r, struct MHD_Connection *c, bool trust_forwarded, char out[64]);
/* Checks a WebSocket handshake; the answer to its key into accept (28 characters and a NUL). */
enum problem request_websocket(const struct request *r, const char *version, char accept[29], bool *subprotocol);

#endif
