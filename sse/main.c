/* confab-pushd: every /push/ route. See docs/ARCHITECTURE.md, "The pusher". */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "admission.h"
#include "beacon.h"
#include "clock.h"
#include "config.h"
#include "conn.h"
#include "db.h"
#include "fan.h"
#include "forward.h"
#include "front.h"
#include "gate.h"
#include "log.h"
#include "room.h"
#include "sessions.h"
#include "stream.h"
#include "tail.h"

enum { FIRST_TRY_S = 3, DRAIN_S = 3, OTHER_FILES = 64 };

static struct pushd app;
static struct {
    struct watch signals;
    struct timer first_try, drain;
    bool listening, failed;
} self = {.signals = {.fd = -1}};

/* --- configuration --- */

static bool apply_log(const struct conf *c)
{
    enum log_level level;

    if (!log_level_parse(c->log_level, &level)) return false;
    log_start("confab-pushd", level, c->log_file);
    return true;
}

static bool configure(const char *arg)
{
    char err[512];

    app.conf = conf_load(conf_path(arg, NULL), err, sizeof err);
    if (app.conf == NULL) {
        (void)fprintf(stderr, "confab-pushd: %s\n", err);
        return false;
    }
    if (!apply_log(app.conf)) {
        (void)fprintf(stderr, "confab-pushd: log_level must be debug, info, warn or error\n");
        return false;
    }
    app.keys = keyring_load(app.conf->key_file, err, sizeof err);
    if (app.keys == NULL) {
        log_error("key file", "error=%s", err);
        return false;
    }
    return true;
}

static void reconfigure(void)
{
    char err[512];
    struct conf *fresh = conf_load(app.conf->path, err, sizeof err);

    if (fresh == NULL || !apply_log(fresh)) {
        log_error("configuration not taken", "error=%s", fresh == NULL ? err : "log_level");
        conf_free(fresh);
    } else {
        conf_free(app.conf);
        app.conf = fresh;
    }
    log_reopen();
    if (!keyring_reload(app.keys, err, sizeof err)) log_error("key file not taken", "error=%s", err);
    log_info("configuration read again", "streams=%u", conns_count());
}

/* As many descriptors as we may have, and never so many streams that none is left for the rest. */
static void set_limits(void)
{
    struct rlimit r;
    uint64_t files = 1024, most;

    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
        if (getrlimit(RLIMIT_NOFILE, &r) == 0) files = r.rlim_cur;
    }
    app.max_requests = files > 4 * FRONT_CONNECTIONS ? FRONT_CONNECTIONS : (uint32_t)(files / 4);
    most = files > app.max_requests + OTHER_FILES ? files - app.max_requests - OTHER_FILES : 16;
    app.max_conns = (uint32_t)app.conf->push_connections;
    if ((uint64_t)app.conf->push_connections > most) {
        app.max_conns = (uint32_t)most;
        log_warn("fewer streams than push_connections", "push_connections=%lld streams=%u open_files=%llu hint=raise the limit of open files",
                 (long long)app.conf->push_connections, app.max_conns, (unsigned long long)files);
    }
}

static bool write_pid(void)
{
    const char *path = app.conf->push_pid_file;
    FILE *f;

    if (path[0] == '\0') return true;
    f = fopen(path, "we");
    if (f == NULL) {
        log_error("pid file cannot be written", "path=%s error=%s", path, strerror(errno));
        return false;
    }
    (void)fprintf(f, "%ld\n", (long)getpid());
    return fclose(f) == 0;
}

/* --- starting to serve --- */

static void fail(void)
{
    self.failed = true;
    loop_stop(app.loop);
}

static void serve(void)
{
    char err[512];
    struct buf names = BUF_INIT;

    if (self.listening) return;
    self.listening = true;
    loop_timer_stop(app.loop, &self.first_try);
    if (!front_start(&app, err, sizeof err)) {
        log_error("cannot start", "error=%s", err);
        fail();
        return;
    }
    if (!write_pid()) {
        fail();
        return;
    }
    gate_names(&names);
    if (buf_cstr(&names) != NULL) {
        (void)printf("ready %s\n", names.data);
        (void)fflush(stdout);
        log_info("ready", "listen=%s streams=%u", names.data, app.max_conns);
    }
    buf_free(&names);
}

/* The database has answered, or has not: with one that we cannot work with there is no start. */
static void on_first_try(const char *complaint)
{
    if (self.listening) return;
    if (complaint != NULL) {
        (void)fprintf(stderr, "confab-pushd: %s\n", complaint);
        fail();
    } else {
        serve();
    }
}

static void on_first_try_late(struct timer *t)
{
    (void)t;
    serve();
}

/* --- stopping --- */

static void begin_stop(void)
{
    if (app.stopping) {
        loop_stop(app.loop);
        return;
    }
    log_info("stopping", "streams=%u", conns_count());
    app.stopping = true;
    if (self.listening) gate_close();
    admissions_refuse_all();
    conns_doom_all(FAREWELL_RESTART);
    loop_timer_set(app.loop, &self.drain, loop_now(app.loop) + DRAIN_S * CLOCK_SECOND);
}

static void on_drained(struct timer *t)
{
    (void)t;
    loop_stop(app.loop);
}

static void on_signal(struct watch *w, uint32_t events)
{
    struct signalfd_siginfo info;

    (void)events;
    while (read(w->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            reconfigure();
        } else {
            begin_stop();
        }
    }
}

static bool watch_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) return false;
    self.signals = (struct watch){.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), .on = on_signal};
    return self.signals.fd >= 0 && loop_watch(app.loop, &self.signals, EPOLLIN);
}

/* --- turns --- */

static bool on_turn(void *arg)
{
    (void)arg;
    (void)fan_step();
    if (fan_idle()) conns_reap();
    if (app.stopping && conns_count() == 0 && admissions_count() == 0) loop_stop(app.loop);
    return !fan_idle();
}

static bool pool_ready(void *arg)
{
    (void)arg;
    /* Who is admitted changes who listens: not while a batch is being handed out. */
    return fan_idle();
}

static const char *pool_conninfo(void)
{
    return app.conf->database_push;
}

static bool start(void)
{
    static const struct tail_handlers tail = {on_first_try, admissions_caught_up, admissions_refuse_all};

    app.loop = loop_new();
    if (app.loop == NULL || !watch_signals()) return false;
    app.started = clock_mono();
    journal_init(&app.journal);
    app.pool = pool_new(app.loop, (int)app.conf->push_database_connections, pool_conninfo, pool_ready);
    if (app.pool == NULL) return false;
    conns_start(&app);
    transport_ws_start(&app);
    streams_start(&app);
    rooms_start(&app);
    fan_start(&app);
    admissions_start(&app);
    self.first_try = (struct timer){.on = on_first_try_late};
    self.drain = (struct timer){.on = on_drained};
    if (!loop_timer_add(app.loop, &self.first_try) || !loop_timer_add(app.loop, &self.drain)) return false;
    if (!forward_start(&app) || !sessions_start(&app) || !tail_start(&app, &tail)) return false;
    loop_timer_set(app.loop, &self.first_try, loop_now(app.loop) + FIRST_TRY_S * CLOCK_SECOND);
    loop_each_turn(app.loop, on_turn, NULL);
    pool_start(app.pool);
    return true;
}

static void stop(void)
{
    front_stop();
    fan_stop();
    tail_stop();
    sessions_stop();
    pool_free(app.pool);
    app.pool = NULL;
    admissions_stop();
    conns_stop();
    forward_stop();
    streams_stop();
    rooms_stop();
    beacon_free();
    journal_free(&app.journal);
    hub_free(&app.hub);
    loop_free(app.loop);
    if (app.conf->push_pid_file[0] != '\0' && self.listening) (void)unlink(app.conf->push_pid_file);
    (void)close(self.signals.fd);
}

static int usage(FILE *to, int code)
{
    (void)fprintf(to, "usage: confab-pushd [--config FILE]\nSee confab-pushd(8) and confab.conf(5).\n");
    return code;
}

int main(int argc, char **argv)
{
    const char *config = NULL;
    char err[512];
    int code = EXIT_FAILURE;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            config = argv[++i];
        } else if (strcmp(argv[i], "--version") == 0) {
            (void)printf("confab-pushd %s\n", PACKAGE_VERSION);
            return EXIT_SUCCESS;
        } else if (strcmp(argv[i], "--help") == 0) {
            return usage(stdout, EXIT_SUCCESS);
        } else {
            return usage(stderr, EXIT_FAILURE);
        }
    }
    if (!crypto_start() || !configure(config)) return EXIT_FAILURE;
    set_limits();
    if (!front_selftest(err, sizeof err)) {
        log_error("cannot start", "error=%s", err);
    } else if (!start()) {
        log_error("cannot start", "error=out of memory or of descriptors");
    } else {
        if (!loop_run(app.loop)) {
            log_error("the loop has failed", "error=%s", strerror(errno));
        } else if (!self.failed) {
            code = EXIT_SUCCESS;
        }
        stop();
        log_info("stopped", "code=%d", code);
    }
    keyring_free(app.keys);
    conf_free(app.conf);
    return code;
}
