/* sha1.h - SHA-1 (FIPS 180-4), for the one place that still asks for it: the answer to a WebSocket
 * handshake (RFC 6455 section 4.2.2). It guards nothing there, and must guard nothing here. */
#ifndef CONFAB_SHA1_H
#define CONFAB_SHA1_H

#include "slice.h"

enum { SHA1_SIZE = 20 };

void sha1(struct slice data, uint8_t out[SHA1_SIZE]);

#endif
