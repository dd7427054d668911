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
#include "request.h"

/* Hands a connection over to itself and sees whether a byte comes through. False with a sentence. */
bool front_selftest(char *err, size_t errn);
/* Opens the sockets of push_listen (gate.h) and serves them. */
bool front_start(struct pushd *app, char *err, size_t errn);
void front_stop(void);
/* Frames by POST for a stream that nobody knows: the request is admitted like a stream, and answered. */
enum MHD_Result front_admit_post(struct request *r, struct MHD_Connection *c, const uint8_t stream[STREAM_ID]);

/* Descriptors that HTTP requests in flight may take, beside those of streams. */
enum { FRONT_CONNECTIONS = 1024 };

#endif
