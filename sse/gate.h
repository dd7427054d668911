/* gate.h - accepts connections, and lets a request through only when its whole head is there and has
 * been found sound (head_check.h). The head is looked at, not taken: it stays in the socket for
 * libmicrohttpd to parse. A connection carries one request.
 *
 * Heads that do not come in time are given up; when too many wait, the oldest goes first, so clients
 * that say nothing cannot keep others out. When descriptors run out, accepting pauses.
 */
#ifndef CONFAB_GATE_H
#define CONFAB_GATE_H

#include "pushd.h"

/* The connection is the callee's now. early: what the client has sent behind the head already. */
typedef void (*gate_pass)(int fd, struct slice early);

bool gate_start(struct pushd *app, gate_pass pass, char *err, size_t errn);
void gate_names(struct buf *out);
/* Accepts nothing more. */
void gate_close(void);
void gate_stop(void);

#endif
