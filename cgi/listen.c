#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"

enum { BACKLOG = 511 };

static const char *unix_path(const char *name)
{
    return strncmp(name, "unix:", 5) == 0 ? name + 5 : NULL;
}

static int fail(int fd, char *err, size_t errn, const char *what, const char *name)
{
    (void)snprintf(err, errn, "cannot %s %s: %s", what, name, strerror(errno));
    if (fd >= 0) (void)close(fd);
    return -1;
}

/* Does somebody answer at that address? */
static bool in_use(const struct sockaddr_un *sa)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool used = fd >= 0 && connect(fd, (const struct sockaddr *)sa, sizeof *sa) == 0;

    if (fd >= 0) (void)close(fd);
    return used;
}

static int open_unix(const char *path, unsigned mode, char *err, size_t errn)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct stat st;
    mode_t before;
    int fd, rc;

    if (strlen(path) == 0 || strlen(path) >= sizeof sa.sun_path) {
        (void)snprintf(err, errn, "the path of a socket has 1 to %zu bytes: %s", sizeof sa.sun_path - 1, path);
        return -1;
    }
    memcpy(sa.sun_path, path, strlen(path));
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        if (in_use(&sa)) {
            (void)snprintf(err, errn, "somebody listens on %s already", path);
            return -1;
        }
        (void)unlink(path);
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(fd, err, errn, "make a socket for", path);
    /* The mode is right from the first moment on. */
    before = umask((mode_t)(0777 & ~mode));
    rc = bind(fd, (struct sockaddr *)&sa, sizeof sa);
    (void)umask(before);
    if (rc != 0) return fail(fd, err, errn, "bind to", path);
    if (listen(fd, BACKLOG) != 0) return fail(fd, err, errn, "listen on", path);
    return fd;
}

/* Splits ADDRESS:PORT at the last colon; brackets around an address are dropped. */
static bool split(const char *name, char host[256], char port[16])
{
    const char *colon = strrchr(name, ':');
    size_t n = colon != NULL ? (size_t)(colon - name) : 0;

    if (colon == NULL || strlen(colon + 1) == 0 || strlen(colon + 1) >= 16) return false;
    if (n >= 2 && name[0] == '[' && name[n - 1] == ']') {
        name++;
        n -= 2;
    }
    if (n == 0 || n >= 256) return false;
    memcpy(host, name, n);
    host[n] = '\0';
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

static void tell_address(int fd)
{
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    char host[256], port[16];

    if (getsockname(fd, (struct sockaddr *)&sa, &n) == 0 &&
        getnameinfo((struct sockaddr *)&sa, n, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        log_info("listening", "address=%s port=%s", host, port);
    }
}

static int open_inet(const char *name, char *err, size_t errn)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV}, *ai;
    char host[256], port[16];
    int fd, on = 1, rc;

    if (!split(name, host, port)) {
        (void)snprintf(err, errn, "neither unix:PATH nor ADDRESS:PORT: %s", name);
        return -1;
    }
    rc = getaddrinfo(host, port, &hints, &ai);
    if (rc != 0) {
        (void)snprintf(err, errn, "not an address to listen on: %s: %s", name, gai_strerror(rc));
        return -1;
    }
    fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    rc = fd >= 0 && bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    freeaddrinfo(ai);
    if (!rc) return fail(fd, err, errn, "listen on", name);
    tell_address(fd);
    return fd;
}

int listen_open(const char *name, unsigned mode, char *err, size_t errn)
{
    const char *path = unix_path(name);

    return path != NULL ? open_unix(path, mode, err, errn) : open_inet(name, err, errn);
}

void listen_remove(const char *name)
{
    const char *path = unix_path(name);

    if (path != NULL) (void)unlink(path);
}

bool listen_is(int fd)
{
    int listens = 0;
    socklen_t n = sizeof listens;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens != 0;
}
