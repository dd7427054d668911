#include "config.h"

#include "examine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#define TIME_MOST (10 * CLOCK_SECOND)
/* For it to end, once it has closed its side. */
#define END_MOST (CLOCK_SECOND)
#define ANSWER_MOST ((size_t)1 << 20)

char *examine_program(void)
{
    static const char name[] = "confab-thumb";
    char *path = malloc(4096 + sizeof name);
    ssize_t n = path != NULL ? readlink("/proc/self/exe", path, 4096) : -1;

    while (n > 0 && path[n - 1] != '/') n--;
    if (n <= 0 || n >= 4096) {
        free(path);
        return NULL;
    }
    memcpy(path + n, name, sizeof name);
    return path;
}

/* The child: nothing of ours is left open, nothing of the request is in its environment. */
static _Noreturn void become(const char *path, int socket)
{
    static char name[] = "confab-thumb", locale[] = "LC_ALL=C";
    char *argv[] = {name, NULL}, *env[] = {locale, NULL};
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(socket, STDIN_FILENO) >= 0 && dup2(socket, STDOUT_FILENO) >= 0 && close_range(STDERR_FILENO + 1, ~0U, 0) == 0) {
        (void)execve(path, argv, env);
    }
    _exit(127);
}

/* Starts it; our end of the socket, or -1. */
static int start(pid_t *pid)
{
    char *path = examine_program();
    int ends[2] = {-1, -1};

    if (path == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) goto failed;
    *pid = fork();
    if (*pid == 0) become(path, ends[1]);
    (void)close(ends[1]);
    if (*pid < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) goto failed;
    free(path);
    return ends[0];
failed:
    log_error("files: confab-thumb cannot be started", "error=%s", strerror(errno));
    if (ends[0] >= 0) (void)close(ends[0]);
    free(path);
    return -1;
}

/* What is still to be sent. */
struct feed {
    struct stored *file;
    int64_t next; /* chunk */
    struct buf chunk;
    size_t sent;  /* of it */
    bool over;
};

/* Sends what the socket takes. It wants no more, or there is no more: over. */
static void feed_some(struct feed *f, int fd)
{
    while (!f->over) {
        ssize_t n;

        if (f->sent == f->chunk.len) {
            buf_clear(&f->chunk);
            f->sent = 0;
            if (f->next == filestore_chunks(&f->file->id) || filestore_read(f->file, f->next++, &f->chunk) != STORE_OK) {
                f->over = true;
                (void)shutdown(fd, SHUT_WR);
                return;
            }
        }
        n = send(fd, f->chunk.data + f->sent, f->chunk.len - f->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) f->over = true;
        if (n > 0) f->sent += (size_t)n;
    }
}

/* False at the end of the answer. */
static bool take_some(int fd, struct buf *answer)
{
    char *to = buf_reserve(answer, 65536);
    ssize_t n;

    if (to == NULL) return false;
    n = recv(fd, to, 65536, 0);
    if (n > 0) answer->len += (size_t)n;
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

/* Sends and takes until it has said everything, or its time is over. */
static bool converse(struct stored *file, int fd, struct buf *answer)
{
    struct feed feed = {.file = file};
    int64_t end = clock_mono() + TIME_MOST, left;
    bool ended = false;

    while (!ended && buf_ok(answer) && (left = end - clock_mono()) > 0) {
        struct pollfd p = {.fd = fd, .events = (short)(feed.over ? POLLIN : POLLIN | POLLOUT)};

        if (poll(&p, 1, (int)(left / 1000) + 1) < 0 && errno != EINTR) break;
        if ((p.revents & POLLOUT) != 0) feed_some(&feed, fd);
        if ((p.revents & (POLLIN | POLLHUP | POLLERR)) != 0) ended = !take_some(fd, answer);
    }
    buf_wipe(&feed.chunk);
    return ended;
}

/* One slash, and characters that need no quoting anywhere. */
static bool is_type(struct slice s)
{
    int slashes = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '/') slashes++;
        else if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-' || c == '_')) return false;
    }
    return slashes == 1 && s.n >= 3 && s.n <= FINDINGS_TYPE_MAX && s.p[0] != '/' && s.p[s.n - 1] != '/';
}

static bool is_webp(struct slice s)
{
    return s.n > 16 && slice_starts(s, SLICE("RIFF")) && memcmp(s.p + 8, "WEBP", 4) == 0;
}

void findings_read(struct slice answer, struct findings *found)
{
    struct slice line, type, width;
    uint64_t w, h;

    buf_clear(&found->thumbnail);
    found->width = found->height = 0;
    (void)snprintf(found->type, sizeof found->type, "application/octet-stream");
    if (memchr(answer.n > 0 ? answer.p : "", '\n', answer.n) == NULL || !slice_cut(&answer, '\n', &line)) return;
    if (!slice_cut(&line, ' ', &type) || !slice_cut(&line, ' ', &width) || !is_type(type)) return;
    if (!slice_u64(width, INT32_MAX, &w) || !slice_u64(line, INT32_MAX, &h)) return;
    (void)snprintf(found->type, sizeof found->type, "%.*s", SLICE_FMT(type));
    if (w == 0 || h == 0) return;
    found->width = (int32_t)w;
    found->height = (int32_t)h;
    if (is_webp(answer)) buf_slice(&found->thumbnail, answer);
}

/* How it ended; ended by us if it does not do so by itself in time. */
static int collect(pid_t pid, bool in_time)
{
    struct timespec moment = {.tv_nsec = 2 * 1000 * 1000};
    int64_t end = clock_mono() + END_MOST;
    int status = 0;
    pid_t got;

    if (!in_time) (void)kill(pid, SIGKILL);
    while ((got = waitpid(pid, &status, in_time ? WNOHANG : 0)) <= 0) {
        if (got < 0 && errno != EINTR) return 0; /* whoever started us wants to hear of no child */
        if (!in_time) continue;
        if (clock_mono() > end) {
            (void)kill(pid, SIGKILL);
            in_time = false;
        }
        (void)nanosleep(&moment, NULL);
    }
    return status;
}

void examine(struct stored *f, struct findings *found)
{
    struct buf answer;
    bool ended = false;
    int status = 0, fd;
    pid_t pid = -1;

    buf_init(&answer, ANSWER_MOST);
    fd = start(&pid);
    if (fd >= 0) {
        ended = converse(f, fd, &answer);
        (void)close(fd);
    }
    if (pid > 0) status = collect(pid, ended);
    findings_read(buf_ok(&answer) ? buf_view(&answer) : SLICE_NULL, found);
    if (!ended || status != 0) {
        /* It died of what it read. What it had said by then stands, a picture that it was about does not. */
        log_warn("files: confab-thumb did not end well", "status=%d in_time=%d type=%s", status, ended, found->type);
        buf_clear(&found->thumbnail);
    }
    buf_wipe(&answer);
}

void findings_free(struct findings *f)
{
    buf_wipe(&f->thumbnail);
}
