#include "config.h"

#include "worker.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

static volatile sig_atomic_t stopping;
static int wake[2] = {-1, -1};

static void on_stop(int sig)
{
    int kept = errno;

    (void)sig;
    stopping = 1;
    FCGX_ShutdownPending();
    if (write(wake[1], "", 1) < 0) {
        /* The pipe is full: it wakes all the same. */
    }
    errno = kept;
}

void worker_signals(void)
{
    static const int stops[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
    struct sigaction stop = {.sa_handler = on_stop, .sa_flags = SA_RESTART}, ignore = {.sa_handler = SIG_IGN};

    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) abort();
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) (void)sigaction(stops[i], &stop, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

struct api *worker_load(const char *config_arg, const char *request_value, char *err, size_t errn)
{
    struct conf *conf = conf_load(conf_path(config_arg, request_value), err, errn);
    struct keyring *keys;
    enum log_level level = LOG_LEVEL_INFO;
    struct api *api;

    if (conf == NULL) return NULL;
    (void)log_level_parse(conf->log_level, &level);
    log_start("confab.fcgi", level, conf->log_file[0] != '\0' ? conf->log_file : NULL);
    keys = keyring_load(conf->key_file, err, errn);
    api = keys != NULL ? api_new(conf, keys) : NULL;
    if (api != NULL) {
        if (conf->plain_http) log_warn("sign-in over plain http is allowed", "option=plain_http");
        return api;
    }
    if (keys != NULL) (void)snprintf(err, errn, "out of memory");
    keyring_free(keys);
    conf_free(conf);
    return NULL;
}

/* Waits for a connection. False when it is time to stop. */
static bool wait_for_request(int listen_fd)
{
    struct pollfd fds[2] = {{.fd = wake[0], .events = POLLIN}, {.fd = listen_fd, .events = POLLIN}};

    while (!stopping) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) return false;
        if (!stopping && (fds[1].revents & (POLLERR | POLLNVAL)) != 0) return false;
        if (!stopping && (fds[1].revents & (POLLIN | POLLHUP)) != 0) return true;
    }
    return false;
}

static void serve(struct api *api, FCGX_Request *request, bool stream_log)
{
    struct io io = io_fastcgi(request);
    bool to_stream = stream_log && api->conf->log_file[0] == '\0';

    if (to_stream) log_sink(io_error_line, &io);
    dispatch(api, &io);
    if (to_stream) log_sink(NULL, NULL);
}

/* The first request may name the configuration. False: nothing can be served. */
static bool serve_first(struct api **api, const char *config_arg, FCGX_Request *request)
{
    struct io io = io_fastcgi(request);
    char err[300];

    if (*api != NULL) return true;
    *api = worker_load(config_arg, io_param(&io, "CONFAB_CONF"), err, sizeof err);
    if (*api != NULL) return true;
    log_sink(io_error_line, &io);
    log_error("cannot start", "%s", err);
    dispatch_broken(&io);
    log_sink(NULL, NULL);
    return false;
}

static void pause_briefly(void)
{
    struct timespec ts = {.tv_nsec = 100 * 1000 * 1000};

    (void)nanosleep(&ts, NULL);
}

/* 0 after a stop, 1 if nothing can be served. */
static int serve_all(int listen_fd, const char *config_arg, bool stream_log, struct api **api)
{
    FCGX_Request request;

    if (FCGX_Init() != 0 || FCGX_InitRequest(&request, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0) return 1;
    while (wait_for_request(listen_fd)) {
        int rc = FCGX_Accept_r(&request);

        if (rc < 0) {
            /* Another process was faster, the client has gone, or descriptors have run out. */
            if (rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM || rc == -ENOBUFS) pause_briefly();
            continue;
        }
        if (!serve_first(api, config_arg, &request)) return 1;
        serve(*api, &request, stream_log);
    }
    FCGX_Free(&request, 1);
    return 0;
}

int worker_run(int listen_fd, const char *config_arg, bool stream_log)
{
    bool told = config_arg != NULL || getenv("CONFAB_CONF") != NULL;
    struct api *api = NULL;
    char err[300];
    int code, flags = fcntl(listen_fd, F_GETFL);

    /* All that share this socket are told of a connection, and one gets it: the others must not wait
     * in accept(), where a signal to stop would find them deaf. */
    if (flags < 0 || fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) != 0) return 1;
    if (told) {
        api = worker_load(config_arg, NULL, err, sizeof err);
        if (api == NULL) {
            log_error("cannot start", "%s", err);
            return 1;
        }
        /* Refused requests say what is wrong better than a process that the web server cannot start. */
        (void)api_check(api);
    }
    code = serve_all(listen_fd, config_arg, stream_log, &api);
    api_free(api);
    return code;
}
