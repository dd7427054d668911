/* listen.h - the sockets of push_listen: "unix:PATH", "ADDRESS:PORT", "[ADDRESS]:PORT". */
#ifndef CONFAB_LISTEN_H
#define CONFAB_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct listener {
    int fd;
    char name[160]; /* as it turned out: with the port that the kernel chose */
    char path[108]; /* of a Unix socket, or "" */
    dev_t device;   /* of its file */
    ino_t inode;
};

/* Opens, binds and listens. A socket file that nobody answers on is replaced; one that somebody
 * answers on is left alone. False with a sentence in err. */
bool listener_open(struct listener *l, const char *address, char *err, size_t errn);
/* Closes, and removes the socket's file if it is still this one. */
void listener_close(struct listener *l);

#endif
