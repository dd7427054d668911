#include "config.h" /* accept4 is GNU's */

#include "gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "head_check.h"
#include "http.h"
#include "listen.h"
#include "log.h"
#include "metrics.h"

enum { LISTENERS = 8, ACCEPTS = 32, WAIT_MS = 15000, PAUSE_MS = 100, PEEK = HEAD_MAX + 4096 };

struct door {
    struct watch watch;
    struct listener listener;
    bool open;
};

/* A connection whose head is not whole yet. */
struct visitor {
    struct visitor *prev, *next; /* oldest first */
    struct watch watch;
    struct timer timer;
};

static struct {
    struct pushd *app;
    gate_pass pass;
    struct door door[LISTENERS];
    int n;
    struct visitor *oldest, *newest;
    uint32_t waiting;
    struct timer pause;
    bool paused;
    char peek[PEEK];
} self;

static void refuse(int fd, enum head_verdict v, const char *why)
{
    struct buf b = BUF_INIT;

    metric_add(METRIC_refused_malformed, 1);
    http_problem(&b, v == HEAD_TOO_LONG ? PROBLEM_too_large : PROBLEM_malformed, why, 0, SLICE_NULL);
    http_send_close(fd, &b);
    buf_free(&b);
}

/* Looks at what is there. False: more has to come. */
static bool look(int fd)
{
    ssize_t n = recv(fd, self.peek, sizeof self.peek, MSG_PEEK | MSG_DONTWAIT);
    size_t length = 0;
    const char *why;
    enum head_verdict v;

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (n <= 0) {
        (void)close(fd);
        return true;
    }
    v = head_check(slice_make(self.peek, (size_t)n), &length, &why);
    if (v == HEAD_MORE) return false;
    if (v == HEAD_GOOD) {
        self.pass(fd, slice_make(self.peek + length, (size_t)n - length));
    } else {
        refuse(fd, v, why);
    }
    return true;
}

static void visitor_free(struct visitor *v)
{
    *(v->prev != NULL ? &v->prev->next : &self.oldest) = v->next;
    *(v->next != NULL ? &v->next->prev : &self.newest) = v->prev;
    self.waiting--;
    loop_unwatch(self.app->loop, &v->watch);
    loop_timer_drop(self.app->loop, &v->timer);
    free(v);
}

static void give_up(struct visitor *v)
{
    int fd = v->watch.fd;

    visitor_free(v);
    (void)close(fd);
}

static void on_late(struct timer *t)
{
    give_up(CONTAINER_OF(t, struct visitor, timer));
}

static void on_visitor(struct watch *w, uint32_t events)
{
    struct visitor *v = CONTAINER_OF(w, struct visitor, watch);
    int fd = w->fd;

    (void)events;
    /* Out of our loop first: whoever it is passed to puts it into a loop of its own. */
    loop_unwatch(self.app->loop, &v->watch);
    if (look(fd)) {
        visitor_free(v);
    } else if (!loop_watch(self.app->loop, &v->watch, EPOLLIN | EPOLLRDHUP | EPOLLET)) {
        give_up(v);
    }
}

static void wait_for_more(int fd)
{
    struct visitor *v;

    if (self.waiting >= self.app->max_requests) give_up(self.oldest);
    v = calloc(1, sizeof *v);
    if (v == NULL) goto failed;
    v->watch = (struct watch){.fd = fd, .on = on_visitor};
    v->timer = (struct timer){.on = on_late};
    if (!loop_timer_add(self.app->loop, &v->timer)) goto failed;
    v->prev = self.newest;
    *(self.newest != NULL ? &self.newest->next : &self.oldest) = v;
    self.newest = v;
    self.waiting++;
    loop_timer_set(self.app->loop, &v->timer, loop_now(self.app->loop) + WAIT_MS * INT64_C(1000));
    /* By edge: what has come stays in the socket, and must not wake us again and again. */
    if (!loop_watch(self.app->loop, &v->watch, EPOLLIN | EPOLLRDHUP | EPOLLET)) give_up(v);
    return;
failed:
    free(v);
    (void)close(fd);
}

static void doors_watch(bool watch)
{
    for (int i = 0; i < self.n; i++) {
        if (!self.door[i].open) continue;
        if (watch) {
            (void)loop_watch(self.app->loop, &self.door[i].watch, EPOLLIN);
        } else {
            loop_unwatch(self.app->loop, &self.door[i].watch);
        }
    }
    self.paused = !watch;
}

static void on_pause_over(struct timer *t)
{
    (void)t;
    doors_watch(true);
}

static void on_door(struct watch *w, uint32_t events)
{
    (void)events;
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            if (!look(fd)) wait_for_more(fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            log_warn("accepting pauses", "error=%s", strerror(errno));
            doors_watch(false);
            loop_timer_set(self.app->loop, &self.pause, loop_now(self.app->loop) + PAUSE_MS * 1000);
        }
        return;
    }
}

bool gate_start(struct pushd *app, gate_pass pass, char *err, size_t errn)
{
    const struct conf_list *list = &app->conf->push_listen;

    self.app = app;
    self.pass = pass;
    self.pause = (struct timer){.on = on_pause_over};
    (void)snprintf(err, errn, "push_listen must name 1 to %d addresses", LISTENERS);
    if (list->n == 0 || list->n > LISTENERS || !loop_timer_add(app->loop, &self.pause)) return false;
    for (size_t i = 0; i < list->n; i++) {
        struct door *d = &self.door[i];

        if (!listener_open(&d->listener, list->v[i], err, errn)) return false;
        d->watch = (struct watch){.fd = d->listener.fd, .on = on_door};
        d->open = true;
        self.n++;
    }
    doors_watch(true);
    return true;
}

void gate_names(struct buf *out)
{
    for (int i = 0; i < self.n; i++) {
        if (i > 0) buf_byte(out, ' ');
        buf_str(out, self.door[i].listener.name);
    }
}

void gate_close(void)
{
    if (!self.paused) doors_watch(false);
    loop_timer_stop(self.app->loop, &self.pause);
    for (int i = 0; i < self.n; i++) {
        if (self.door[i].open) listener_close(&self.door[i].listener);
        self.door[i].open = false;
    }
}

void gate_stop(void)
{
    if (self.app == NULL) return;
    gate_close();
    while (self.oldest != NULL) give_up(self.oldest);
    loop_timer_drop(self.app->loop, &self.pause);
}
