/* net.h - where a server is, and sockets to it that never block.
 *
 * An address is unix:PATH or ADDRESS:PORT with a numeric address (127.0.0.1:8080, [::1]:8080).
 */
#ifndef CONFAB_BENCH_NET_H
#define CONFAB_BENCH_NET_H

#include "slice.h"

#include <sys/socket.h>

struct net_address {
    struct sockaddr_storage sa;
    socklen_t len;
};

/* Ends the program when the text is no address. */
void net_parse(const char *text, struct net_address *a);
/* A listening socket (an old Unix socket of that name is removed first); ends the program on failure. */
int net_listen(const struct net_address *a);
/* A connection that is made or on its way. -1 with errno EAGAIN: the server's queue is full, try again
 * later; other errors are final. */
int net_connect(const struct net_address *a);

#endif
