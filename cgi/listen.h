/* listen.h - a listening socket from its name in an option. */
#ifndef CONFAB_CGI_LISTEN_H
#define CONFAB_CGI_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

/* name: unix:PATH, or ADDRESS:PORT with an IPv6 address in brackets. A socket file that nobody listens
 * on is replaced, one in use is an error. -1 with a sentence in err[errn]. */
int listen_open(const char *name, unsigned mode, char *err, size_t errn);
/* Removes the socket file of a name; nothing for others. */
void listen_remove(const char *name);
/* Is fd a socket that listens? */
bool listen_is(int fd);

#endif
