/* front.h - HTTP: libmicrohttpd parses, we decide.
 *
 * For a stream the socket is duplicated and the access handler refuses the request to libmicrohttpd,
 * which then closes its own descriptor and forgets the connection. With MHD_USE_TURBO it does so
 * without a shutdown(), so the duplicate lives on. This is not promised by its documentation:
 * front_selftest tries it at every start.
 */
#ifndef CONFAB_FRONT_H
#define CONFAB_FRONT_H

#include "pushd.h"

/* Hands a connection over to itself and sees whether a byte comes through. False with a sentence. */
bool front_selftest(char *err, size_t errn);
/* Opens the sockets of push_listen and serves them. */
bool front_start(struct pushd *app, char *err, size_t errn);
/* "unix:/run/confab/push.sock 127.0.0.1:8080" */
void front_names(struct buf *out);
/* Accepts nothing more. */
void front_close(void);
void front_stop(void);

/* Descriptors that HTTP requests in flight may take, beside those of streams. */
enum { FRONT_CONNECTIONS = 1024 };

#endif
