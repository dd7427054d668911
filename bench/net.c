#include "config.h"

#include "net.h"

#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

static void net_parse_unix(struct slice path, struct net_address *a)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&a->sa;

    if (path.n == 0 || path.n >= sizeof un->sun_path) tool_die("a Unix socket's path must have 1 to %zu bytes", sizeof un->sun_path - 1);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path.p, path.n);
    a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n + 1);
}

void net_parse(const char *text, struct net_address *a)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found;
    struct slice s = slice_str(text), host;
    const char *colon = strrchr(text, ':');
    char *name;

    memset(a, 0, sizeof *a);
    if (slice_starts(s, SLICE("unix:"))) {
        net_parse_unix(slice_make(s.p + 5, s.n - 5), a);
        return;
    }
    if (!colon) tool_die("'%s' is neither unix:PATH nor ADDRESS:PORT", text);
    host = slice_make(text, (size_t)(colon - text));
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') host = slice_make(host.p + 1, host.n - 2);
    name = tool_copy(host);
    if (getaddrinfo(name, colon + 1, &hints, &found) != 0) tool_die("'%s' is no numeric address with a port", text);
    memcpy(&a->sa, found->ai_addr, found->ai_addrlen);
    a->len = found->ai_addrlen;
    freeaddrinfo(found);
    free(name);
}

int net_listen(const struct net_address *a)
{
    int on = 1, fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) tool_die("socket: %s", strerror(errno));
    if (a->sa.ss_family == AF_UNIX)
        unlink(((const struct sockaddr_un *)&a->sa)->sun_path);
    else
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&a->sa, a->len) != 0) tool_die("bind: %s", strerror(errno));
    if (listen(fd, SOMAXCONN) != 0) tool_die("listen: %s", strerror(errno));
    return fd;
}

int net_connect(const struct net_address *a)
{
    int on = 1, saved, fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) return -1;
    if (a->sa.ss_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0 || errno == EINPROGRESS) return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}
