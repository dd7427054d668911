#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "slice.h"

enum { BACKLOG = 4096 };

static bool fail(char *err, size_t errn, const char *what, const char *address)
{
    (void)snprintf(err, errn, "cannot listen on %s: %s: %s", address, what, strerror(errno));
    return false;
}

/* Does somebody answer on this socket file? */
static bool is_alive(const struct sockaddr_un *a)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool alive;

    if (fd < 0) return true;
    /* EAGAIN: its queue is full, so somebody is there. */
    alive = connect(fd, (const struct sockaddr *)a, sizeof *a) == 0 || errno == EAGAIN;
    (void)close(fd);
    return alive;
}

static bool open_unix(struct listener *l, const char *path, char *err, size_t errn)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct stat st;

    if (strlen(path) == 0 || strlen(path) >= sizeof a.sun_path) {
        errno = ENAMETOOLONG;
        return fail(err, errn, "the path is empty or longer than 107 bytes", path);
    }
    memcpy(a.sun_path, path, strlen(path));
    if (lstat(path, &st) == 0) {
        if (!S_ISSOCK(st.st_mode)) {
            errno = EEXIST;
            return fail(err, errn, "something else is there", path);
        }
        if (is_alive(&a)) {
            errno = EADDRINUSE;
            return fail(err, errn, "another program answers there", path);
        }
        if (unlink(path) != 0) return fail(err, errn, "the old socket cannot be removed", path);
    }
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0) return fail(err, errn, "socket", path);
    /* The directory decides who may connect: the web server runs as somebody else. */
    if (bind(l->fd, (const struct sockaddr *)&a, sizeof a) != 0) return fail(err, errn, "bind", path);
    if (chmod(path, 0666) != 0 || listen(l->fd, BACKLOG) != 0 || lstat(path, &st) != 0) return fail(err, errn, "listen", path);
    memcpy(l->path, path, strlen(path) + 1);
    l->device = st.st_dev;
    l->inode = st.st_ino;
    (void)snprintf(l->name, sizeof l->name, "unix:%s", path);
    return true;
}

/* What the kernel made of it. */
static bool name_inet(struct listener *l)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    char host[64], port[16];

    if (getsockname(l->fd, (struct sockaddr *)&a, &n) != 0) return false;
    if (getnameinfo((struct sockaddr *)&a, n, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) return false;
    (void)snprintf(l->name, sizeof l->name, a.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return true;
}

static bool open_inet(struct listener *l, const char *address, char *err, size_t errn)
{
    const char *colon = strrchr(address, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found = NULL;
    struct slice host;
    char text[128];
    int one = 1, error;
    bool good = false;

    if (colon == NULL) {
        errno = EINVAL;
        return fail(err, errn, "neither unix:PATH nor ADDRESS:PORT", address);
    }
    host = slice_make(address, (size_t)(colon - address));
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') host = slice_make(host.p + 1, host.n - 2);
    (void)snprintf(text, sizeof text, "%.*s", SLICE_FMT(host));
    error = getaddrinfo(text[0] != '\0' ? text : NULL, colon + 1, &hints, &found);
    if (error != 0) {
        (void)snprintf(err, errn, "cannot listen on %s: %s", address, gai_strerror(error));
        return false;
    }
    l->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0) {
        (void)fail(err, errn, "socket", address);
    } else if (bind(l->fd, found->ai_addr, found->ai_addrlen) != 0) {
        (void)fail(err, errn, "bind", address);
    } else if (listen(l->fd, BACKLOG) != 0 || !name_inet(l)) {
        (void)fail(err, errn, "listen", address);
    } else {
        good = true;
    }
    freeaddrinfo(found);
    return good;
}

bool listener_open(struct listener *l, const char *address, char *err, size_t errn)
{
    bool good;

    *l = (struct listener){.fd = -1};
    if (strncmp(address, "unix:", 5) == 0) {
        good = open_unix(l, address + 5, err, errn);
    } else {
        good = open_inet(l, address, err, errn);
    }
    if (!good && l->fd >= 0) {
        (void)close(l->fd);
        l->fd = -1;
    }
    return good;
}

void listener_close(struct listener *l)
{
    struct stat st;

    if (l->fd >= 0) (void)close(l->fd);
    l->fd = -1;
    if (l->path[0] != '\0' && lstat(l->path, &st) == 0 && st.st_dev == l->device && st.st_ino == l->inode) (void)unlink(l->path);
    l->path[0] = '\0';
}
