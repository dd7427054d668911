/* http.h - heads and refusals that we write ourselves, on sockets that the front has handed over.
 * They all end the connection. */
#ifndef CONFAB_HTTP_H
#define CONFAB_HTTP_H

#include "problem.h"

enum { HTTP_REQUEST_ID = 25 }; /* with its NUL */

/* A name for a request, unique for as long as anybody will look for it. */
void http_request_id(char out[HTTP_REQUEST_ID]);

struct http_answer {
    int status;
    const char *type;       /* of the body; NULL: none */
    int64_t length;         /* of the body; -1: until the connection closes */
    struct slice origin;    /* a foreign origin that may read it (CORS), or empty */
    int retry_after;        /* seconds, 0: no header */
    const char *more;       /* whole header lines, or NULL */
};
/* Status line and headers with the blank line. */
void http_head(struct buf *b, const struct http_answer *a);
/* A whole refusal. */
void http_problem(struct buf *b, enum problem p, const char *detail, int retry_after, struct slice origin);
const char *http_phrase(int status);
/* Writes what fits at once (a fresh socket takes a refusal whole) and closes. */
void http_send_close(int fd, const struct buf *b);

#endif
