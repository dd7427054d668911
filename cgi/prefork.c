#include "config.h"

#include "prefork.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "listen.h"
#include "log.h"
#include "worker.h"

/* A worker that ends sooner than this after its start counts as failed. */
#define LIVED_WELL (10 * CLOCK_SECOND)
#define BACKOFF_FIRST (CLOCK_SECOND / 4)
#define BACKOFF_MOST (10 * CLOCK_SECOND)
/* A worker told to finish gets this long for the request in flight. */
#define GRACE (40 * CLOCK_SECOND)

struct slot {
    pid_t pid;         /* 0: none runs */
    pid_t old;         /* being replaced: told to finish */
    int64_t old_until; /* then it is killed */
    bool due;          /* to be replaced when its turn comes */
    int64_t started;
    int64_t start_at;  /* when pid is 0 */
    int64_t backoff;
};

struct prefork {
    int fd;
    const char *config_arg;
    struct slot slots[PREFORK_WORKERS_MOST];
    int n;
};

static volatile sig_atomic_t told_stop, told_replace;
static int wake[2] = {-1, -1};

static void on_signal(int sig)
{
    int kept = errno;

    if (sig == SIGHUP) told_replace = 1;
    if (sig == SIGTERM || sig == SIGINT) told_stop = 1;
    if (write(wake[1], "", 1) < 0) {
        /* Full: it wakes all the same. */
    }
    errno = kept;
}

static void catch_signals(void)
{
    static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) (void)sigaction(caught[i], &sa, NULL);
}

/* In the child, with all signals blocked: one that came meanwhile finds our own handlers. */
static _Noreturn void run_worker(const struct prefork *p, pid_t parent, const sigset_t *mask)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, standard = {.sa_handler = SIG_DFL};

    (void)close(wake[0]);
    (void)close(wake[1]);
    worker_signals();
    (void)sigaction(SIGHUP, &ignore, NULL);
    (void)sigaction(SIGCHLD, &standard, NULL);
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
    /* No worker outlives its parent, which might be killed without a chance to say goodbye. */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) exit(0);
    exit(worker_run(p->fd, p->config_arg, false));
}

static void start_worker(struct prefork *p, struct slot *s)
{
    sigset_t all, before;
    pid_t parent = getpid(), pid;

    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    pid = fork();
    if (pid == 0) run_worker(p, parent, &before);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    s->started = clock_mono();
    if (pid > 0) {
        s->pid = pid;
        return;
    }
    log_error("worker: cannot be started", "error=%s", strerror(errno));
    s->start_at = s->started + BACKOFF_MOST;
}

/* A worker has ended by itself: when is the next one to start? */
static void plan_restart(struct slot *s, pid_t pid, int status)
{
    int64_t now = clock_mono();
    bool well = now - s->started >= LIVED_WELL;

    s->backoff = well || s->backoff == 0 ? BACKOFF_FIRST : s->backoff * 2;
    if (s->backoff > BACKOFF_MOST) s->backoff = BACKOFF_MOST;
    s->start_at = now + (well ? 0 : s->backoff);
    s->pid = 0;
    log_error("worker: ended", "pid=%d exit=%d signal=%d restart_ms=%d", (int)pid, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
              WIFSIGNALED(status) ? WTERMSIG(status) : 0, (int)((s->start_at - now) / 1000));
}

static void reap(struct prefork *p)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (int i = 0; i < p->n; i++) {
            struct slot *s = &p->slots[i];

            if (s->old == pid) s->old = 0;
            if (s->pid == pid) plan_restart(s, pid, status);
        }
    }
}

static void start_due(struct prefork *p)
{
    int64_t now = clock_mono();

    for (int i = 0; i < p->n; i++) {
        if (p->slots[i].pid == 0 && now >= p->slots[i].start_at) start_worker(p, &p->slots[i]);
    }
}

/* SIGHUP: a configuration that does not load replaces nobody. */
static void begin_replacing(struct prefork *p)
{
    char err[300];
    struct api *api = worker_load(p->config_arg, NULL, err, sizeof err);

    log_reopen();
    if (api == NULL) {
        log_error("configuration not taken, the workers stay", "%s", err);
        return;
    }
    api_free(api);
    log_info("replacing workers", "count=%d", p->n);
    for (int i = 0; i < p->n; i++) p->slots[i].due = true;
}

/* One at a time: is a worker that was told to finish still there? */
static bool one_finishes(const struct prefork *p)
{
    for (int i = 0; i < p->n; i++) {
        const struct slot *s = &p->slots[i];

        if (s->old == 0) continue;
        if (clock_mono() >= s->old_until) (void)kill(s->old, SIGKILL);
        return true;
    }
    return false;
}

/* Starts the successor of the next worker that is due, and tells that one to finish. */
static void replace_next(struct prefork *p)
{
    if (one_finishes(p)) return;
    for (int i = 0; i < p->n; i++) {
        struct slot *s = &p->slots[i];

        if (!s->due) continue;
        s->due = false;
        /* One that waits for its restart reads the new configuration anyway. */
        if (s->pid == 0) continue;
        s->old = s->pid;
        s->old_until = clock_mono() + GRACE;
        s->pid = 0;
        s->backoff = 0;
        start_worker(p, s);
        (void)kill(s->old, SIGTERM);
        return;
    }
}

static void drain_wake(void)
{
    char bytes[64];

    while (read(wake[0], bytes, sizeof bytes) > 0) {}
}

/* Until a signal, or a timer of ours is due. */
static void wait_for_work(const struct prefork *p)
{
    struct pollfd fd = {.fd = wake[0], .events = POLLIN};
    int64_t now = clock_mono(), due = now + 3600 * CLOCK_SECOND;

    for (int i = 0; i < p->n; i++) {
        const struct slot *s = &p->slots[i];

        if (s->pid == 0 && s->start_at < due) due = s->start_at;
        if (s->old != 0 && s->old_until < due) due = s->old_until;
    }
    (void)poll(&fd, 1, due > now ? (int)((due - now) / 1000) + 1 : 0);
    drain_wake();
}

static int tell_all(const struct prefork *p, int sig)
{
    int alive = 0;

    for (int i = 0; i < p->n; i++) {
        pid_t pids[2] = {p->slots[i].pid, p->slots[i].old};

        for (int k = 0; k < 2; k++) {
            if (pids[k] == 0) continue;
            alive++;
            if (sig != 0) (void)kill(pids[k], sig);
        }
    }
    return alive;
}

static void stop_all(struct prefork *p)
{
    int64_t until = clock_mono() + GRACE;
    struct pollfd fd = {.fd = wake[0], .events = POLLIN};

    (void)tell_all(p, SIGTERM);
    for (;;) {
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
            for (int i = 0; i < p->n; i++) {
                if (p->slots[i].pid == pid) p->slots[i].pid = 0;
                if (p->slots[i].old == pid) p->slots[i].old = 0;
            }
        }
        if (tell_all(p, 0) == 0) return;
        if (clock_mono() >= until) (void)tell_all(p, SIGKILL);
        (void)poll(&fd, 1, 200);
        drain_wake();
    }
}

int prefork_run(const char *listen, unsigned mode, int workers, const char *config_arg)
{
    static struct prefork p;
    char err[300];
    struct api *api = worker_load(config_arg, NULL, err, sizeof err);
    bool fits;

    p = (struct prefork){.config_arg = config_arg, .n = workers};
    if (api == NULL) {
        log_error("cannot start", "%s", err);
        return 1;
    }
    fits = api_check(api);
    api_free(api);
    if (!fits) return 1;
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) return 1;
    catch_signals();
    p.fd = listen_open(listen, mode, err, sizeof err);
    if (p.fd < 0) {
        log_error("cannot start", "%s", err);
        return 1;
    }
    log_info("started", "listen=%s workers=%d", listen, workers);
    while (!told_stop) {
        start_due(&p);
        if (told_replace) {
            told_replace = 0;
            begin_replacing(&p);
        }
        replace_next(&p);
        wait_for_work(&p);
        reap(&p);
    }
    /* First the name, so that the web server is told at once and a successor may take it. */
    listen_remove(listen);
    (void)close(p.fd);
    stop_all(&p);
    log_info("stopped", "listen=%s", listen);
    return 0;
}
