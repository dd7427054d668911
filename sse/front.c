#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate.h"
#include "http.h"
#include "log.h"
#include "pages.h"
#include "request.h"
#include "tail.h"

enum {
    MEMORY = 32 * 1024, /* a head of HEAD_MAX, its cookie twice */
    TIMEOUT_S = 15,
    TCP_SNDBUF = 64 * 1024,
    DAEMON_FLAGS = MHD_USE_EPOLL | MHD_USE_TURBO | MHD_USE_ERROR_LOG | MHD_USE_NO_LISTEN_SOCKET,
};

static struct {
    struct pushd *app;
    struct MHD_Daemon *daemon;
    struct watch watch; /* its epoll descriptor */
    struct timer timer; /* its timeouts */
    /* What the client of the connection being passed on has sent behind its head. */
    int early_fd;
    struct slice early;
} self = {.early_fd = -1};

/* --- handing over --- */

static int connection_fd(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info != NULL ? info->connect_fd : -1;
}

/* Our own descriptor of the request's socket; -1 with errno. */
static int duplicate(struct MHD_Connection *c)
{
    return fcntl(connection_fd(c), F_DUPFD_CLOEXEC, 0);
}

/* A reader that does not read may hold so much of the kernel's memory, and not 4 MB. */
static void tune(int fd)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    int one = 1, size = TCP_SNDBUF;

    if (getsockname(fd, (struct sockaddr *)&a, &n) != 0 || a.ss_family == AF_UNIX) return;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

static enum MHD_Result refuse(struct request *r, struct MHD_Connection *c, enum metric why, enum problem p, const char *detail)
{
    metric_add(why, 1);
    return page_problem(r, c, p, detail, p == PROBLEM_unavailable ? 5 : 0);
}

static enum MHD_Result refuse_signed_out(struct request *r, struct MHD_Connection *c, bool sse)
{
    metric_add(METRIC_refused_signed_out, 1);
    if (sse && r->header[HEADER_LAST_EVENT_ID].n > 0) {
        /* A browser that comes back by itself: what tells it that it need not. */
        return page_empty(r, c, 204);
    }
    return page_problem(r, c, PROBLEM_signed_out, "Sign in first.", 0);
}

static bool has_body(const struct request *r)
{
    struct slice length = slice_trim(r->header[HEADER_CONTENT_LENGTH]);

    return r->header[HEADER_TRANSFER_ENCODING].p != NULL || (length.n > 0 && !slice_eq(length, SLICE("0")));
}

/* Everything that can be said without the database. PROBLEM_NONE: go on. */
static enum problem admit_params(struct request *r, struct admission_request *a, struct buf *scratch, const char **detail)
{
    return request_params(r, self.app->keys, a->transport == &transport_poll, self.app->conf->push_poll_ms, scratch, a, detail);
}

static enum MHD_Result hand_over(struct request *r, struct MHD_Connection *c, struct admission_request *a)
{
    char address[64];

    if (conns_count() + admissions_count() >= self.app->max_conns) {
        return refuse(r, c, METRIC_refused_full, PROBLEM_unavailable, "The server holds as many streams as it may.");
    }
    a->fd = duplicate(c);
    if (a->fd < 0) return refuse(r, c, METRIC_refused_full, PROBLEM_unavailable, "The server has no descriptor left.");
    if (a->transport != NULL) tune(a->fd);
    request_address(r, c, self.app->conf->trust_forwarded, address);
    a->address = slice_str(address);
    a->origin = r->origin;
    if (a->transport == &transport_ws && connection_fd(c) == self.early_fd) a->early = self.early;
    admission_begin(a);
    /* "No" makes libmicrohttpd close its descriptor and forget; ours goes on. */
    return MHD_NO;
}

static enum MHD_Result take_stream(struct request *r, struct MHD_Connection *c, const struct transport *transport, const char *accept, bool subprotocol)
{
    struct admission_request a = {.fd = -1, .transport = transport, .subprotocol = subprotocol, .websocket_accept = slice_str(accept),
                                  .last_event_id = transport == &transport_sse && r->header[HEADER_LAST_EVENT_ID].n > 0};
    struct buf scratch = BUF_INIT;
    const char *detail = NULL;
    enum problem p = request_who(r, self.app->conf, &a.token, &a.by_cookie);
    enum MHD_Result result;

    if (p == PROBLEM_foreign_origin) return refuse(r, c, METRIC_refused_origin, p, "This page may not open a stream here.");
    if (p != PROBLEM_NONE) return refuse_signed_out(r, c, transport == &transport_sse);
    p = admit_params(r, &a, &scratch, &detail);
    if (p != PROBLEM_NONE) {
        result = refuse(r, c, p == PROBLEM_bad_cursor ? METRIC_refused_cursor : METRIC_refused_malformed, p, detail);
    } else {
        result = hand_over(r, c, &a);
    }
    if (result != MHD_NO) cursor_free(&a.cursor);
    buf_free(&scratch);
    return result;
}

enum MHD_Result front_admit_post(struct request *r, struct MHD_Connection *c, const uint8_t stream[STREAM_ID])
{
    struct admission_request a = {.fd = -1, .token = r->token, .early = buf_view(&r->body)};

    if (self.app->stopping) return refuse(r, c, METRIC_refused_full, PROBLEM_unavailable, "The server is restarting.");
    memcpy(a.stream, stream, sizeof a.stream);
    return hand_over(r, c, &a);
}

static enum MHD_Result take_events(struct request *r, struct MHD_Connection *c, const char *version)
{
    (void)version;
    return take_stream(r, c, &transport_sse, NULL, false);
}

static enum MHD_Result take_poll(struct request *r, struct MHD_Connection *c, const char *version)
{
    (void)version;
    return take_stream(r, c, &transport_poll, NULL, false);
}

static enum MHD_Result take_ws(struct request *r, struct MHD_Connection *c, const char *version)
{
    char accept[29];
    bool subprotocol = false;
    enum problem p = request_websocket(r, version, accept, &subprotocol);

    if (p != PROBLEM_NONE) {
        return refuse(r, c, METRIC_refused_malformed, p, p == PROBLEM_upgrade_required ? "Ask for an upgrade to WebSocket, version 13." : "Sec-WebSocket-Key must be 16 bytes in base64.");
    }
    return take_stream(r, c, &transport_ws, accept, subprotocol);
}

/* --- routes --- */

enum { GET = 1, HEAD = 2, POST = 4, OPTIONS = 8 };

static const struct {
    const char *name;
    unsigned bit;
} methods[] = {{"GET", GET}, {"HEAD", HEAD}, {"POST", POST}, {"OPTIONS", OPTIONS}};

static const struct route {
    const char *path;
    unsigned methods;
    const char *allow;
    bool stream; /* handed over: refused while we stop */
    enum MHD_Result (*take)(struct request *r, struct MHD_Connection *c, const char *version);
} routes[] = {
    {"/push/events", GET, "GET", true, take_events},
    {"/push/ws", GET, "GET", true, take_ws},
    {"/push/poll", GET, "GET", true, take_poll},
    {"/push/frames", POST, "POST", false, page_frames_begin},
    {"/push/health", GET | HEAD, "GET, HEAD", false, page_health},
    {"/push/metrics", GET | HEAD, "GET, HEAD", false, page_metrics},
};

static unsigned method_bit(const char *method)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(method, methods[i].name) == 0) return methods[i].bit;
    }
    return 0;
}

static enum MHD_Result begin(struct request *r, struct MHD_Connection *c, const char *method, const char *version)
{
    const char *wrong = request_read(r, c);
    unsigned bit = method_bit(method);
    const struct route *route = NULL;

    if (wrong != NULL) return refuse(r, c, METRIC_refused_malformed, PROBLEM_malformed, wrong);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (slice_eq(r->path, slice_str(routes[i].path))) route = &routes[i];
    }
    if (route == NULL) return page_problem(r, c, PROBLEM_not_found, NULL, 0);
    r->origin = request_cors(r, self.app->conf);
    if (bit == OPTIONS) return page_preflight(r, c, route->allow);
    if ((route->methods & bit) == 0) return page_not_allowed(r, c, route->allow);
    if ((route->methods & POST) == 0 && has_body(r)) {
        return refuse(r, c, METRIC_refused_malformed, PROBLEM_malformed, "This request must not have a body.");
    }
    if (route->stream && self.app->stopping) return refuse(r, c, METRIC_refused_full, PROBLEM_unavailable, "The server is restarting.");
    return route->take(r, c, version);
}

/* --- libmicrohttpd's callbacks --- */

/* The request line is there; the raw target is only told now. */
static void *on_target(void *arg, const char *uri, struct MHD_Connection *c)
{
    struct request *r = calloc(1, sizeof *r);
    struct slice s;

    (void)arg;
    (void)c;
    if (r == NULL) return NULL;
    r->target = strdup(uri);
    if (r->target == NULL) {
        free(r);
        return NULL;
    }
    s = slice_str(r->target);
    (void)slice_cut(&s, '?', &r->path);
    r->query = s;
    return r;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method, const char *version,
                                  const char *upload, size_t *n_upload, void **own)
{
    struct request *r = *own;

    (void)arg;
    (void)url;
    if (r == NULL) return MHD_NO;
    if (!r->begun) {
        r->begun = true;
        return begin(r, c, method, version);
    }
    if (*n_upload > 0) {
        page_frames_body(r, slice_make(upload, *n_upload));
        *n_upload = 0;
        return MHD_YES;
    }
    return page_frames_end(r, c);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **own, enum MHD_RequestTerminationCode code)
{
    struct request *r = *own;

    (void)arg;
    (void)c;
    (void)code;
    if (r == NULL) return;
    buf_wipe(&r->body);
    free(r->target);
    free(r);
    *own = NULL;
}

/* Every hand-over is an "internal error" to libmicrohttpd; the rest is worth a line. */
static void on_log(void *arg, const char *fmt, va_list ap)
{
    char text[256];

    (void)arg;
    if (strncmp(fmt, "Application reported internal error", 35) == 0) return;
    (void)vsnprintf(text, sizeof text, fmt, ap);
    log_debug("http", "message=%s", text);
}

static void run(void)
{
    MHD_UNSIGNED_LONG_LONG ms = 0;

    do {
        (void)MHD_run(self.daemon);
    } while (MHD_get_timeout(self.daemon, &ms) == MHD_YES && ms == 0);
    if (MHD_get_timeout(self.daemon, &ms) == MHD_YES) {
        loop_timer_set(self.app->loop, &self.timer, loop_now(self.app->loop) + (int64_t)ms * 1000 + 1000);
    } else {
        loop_timer_stop(self.app->loop, &self.timer);
    }
}

static void on_ready(struct watch *w, uint32_t events)
{
    (void)w;
    (void)events;
    run();
}

static void on_timer(struct timer *t)
{
    (void)t;
    run();
}

/* --- opening and closing --- */

/* A connection whose request has a sound head. */
static void take(int fd, struct slice early)
{
    struct sockaddr_storage a = {.ss_family = AF_UNIX};
    socklen_t n = sizeof a;

    if (getpeername(fd, (struct sockaddr *)&a, &n) != 0) {
        (void)close(fd);
        return;
    }
    self.early_fd = fd;
    self.early = early;
    /* It closes the descriptor itself when it cannot take it. */
    (void)MHD_add_connection(self.daemon, fd, (struct sockaddr *)&a, n);
    run();
    self.early_fd = -1;
    self.early = SLICE_NULL;
}

bool front_start(struct pushd *app, char *err, size_t errn)
{
    const union MHD_DaemonInfo *info;

    self.app = app;
    pages_start(app);
    (void)snprintf(err, errn, "libmicrohttpd does not start");
    self.daemon = MHD_start_daemon(DAEMON_FLAGS, 0, NULL, NULL, on_request, NULL, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
                                   MHD_OPTION_CONNECTION_LIMIT, (unsigned)app->max_requests, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                   (size_t)MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                                   MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL,
                                   MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    if (self.daemon == NULL) return false;
    info = MHD_get_daemon_info(self.daemon, MHD_DAEMON_INFO_EPOLL_FD);
    self.watch = (struct watch){.fd = info != NULL ? info->epoll_fd : -1, .on = on_ready};
    self.timer = (struct timer){.on = on_timer};
    if (!loop_timer_add(app->loop, &self.timer)) return false;
    return loop_watch(app->loop, &self.watch, EPOLLIN) && gate_start(app, take, err, errn);
}

void front_stop(void)
{
    gate_stop();
    if (self.daemon == NULL) return;
    loop_unwatch(self.app->loop, &self.watch);
    loop_timer_drop(self.app->loop, &self.timer);
    MHD_stop_daemon(self.daemon);
    self.daemon = NULL;
}

/* --- the self-test --- */

static enum MHD_Result probe(void *arg, struct MHD_Connection *c, const char *url, const char *method, const char *version,
                             const char *upload, size_t *n_upload, void **own)
{
    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    (void)n_upload;
    (void)own;
    *(int *)arg = duplicate(c);
    return MHD_NO;
}

/* Writes on our side and expects exactly that on the other, and no end of file. */
static bool passes(int ours, int other)
{
    static const char event[] = "event";
    char got[16];

    if (send(ours, event, sizeof event, MSG_NOSIGNAL) != (ssize_t)sizeof event) return false;
    if (recv(other, got, sizeof got, MSG_DONTWAIT) != (ssize_t)sizeof event || memcmp(got, event, sizeof event) != 0) return false;
    return recv(other, got, sizeof got, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

bool front_selftest(char *err, size_t errn)
{
    static const char request[] = "GET /push/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const struct sockaddr address = {.sa_family = AF_UNIX};
    struct MHD_Daemon *daemon = NULL;
    int pair[2] = {-1, -1}, ours = -1;
    bool good = false;

    (void)snprintf(err, errn, "this libmicrohttpd (%s) does not let go of a connection in a way that keeps it open: "
                   "streams would end at once. Use the version that this program was tested with (0.9.75)", MHD_get_version());
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) goto out;
    daemon = MHD_start_daemon(DAEMON_FLAGS, 0, NULL, NULL, probe, &ours, MHD_OPTION_EXTERNAL_LOGGER, on_log,
                              NULL, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    if (daemon == NULL || MHD_add_connection(daemon, pair[0], &address, sizeof address) != MHD_YES) goto out;
    pair[0] = -1;
    if (send(pair[1], request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1) goto out;
    for (int i = 0; i < 100 && ours < 0; i++) (void)MHD_run(daemon);
    /* Once more, so that it has closed what is its own. */
    (void)MHD_run(daemon);
    good = ours >= 0 && passes(ours, pair[1]);
    MHD_stop_daemon(daemon);
    daemon = NULL;
    good = good && passes(ours, pair[1]);
out:
    if (daemon != NULL) MHD_stop_daemon(daemon);
    if (ours >= 0) (void)close(ours);
    if (pair[0] >= 0) (void)close(pair[0]);
    if (pair[1] >= 0) (void)close(pair[1]);
    return good;
}
