#include "log.h"

#include "clock.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static struct {
    const char *program;
    enum log_level least;
    char *path;
    int fd;
    void (*sink)(const char *line, void *arg);
    void *sink_arg;
} state = {.program = "confab", .least = LOG_LEVEL_INFO, .fd = STDERR_FILENO};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

_Static_assert(sizeof level_names / sizeof *level_names == LOG_LEVEL_ERROR + 1, "a name for each level");

void log_start(const char *program, enum log_level least, const char *path)
{
    state.program = program;
    state.least = least;
    free(state.path);
    state.path = path != NULL && path[0] != '\0' ? strdup(path) : NULL;
    log_reopen();
}

void log_reopen(void)
{
    int fd = STDERR_FILENO, old = state.fd;

    if (state.path != NULL) {
        fd = open(state.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
        if (fd < 0) {
            log_error("log file cannot be opened", "path=%s error=%s", state.path, strerror(errno));
            return;
        }
    }
    state.fd = fd;
    if (old != STDERR_FILENO) (void)close(old);
}

bool log_level_parse(const char *s, enum log_level *out)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++) {
        if (s != NULL && strcmp(s, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_sink(void (*write_line)(const char *line, void *arg), void *arg)
{
    state.sink = write_line;
    state.sink_arg = arg;
}

/* Whatever could end the line, or steer a terminal that shows it, becomes '?'. */
static void defuse(char *line, size_t n)
{
    size_t at = 0;

    while (at < n) {
        uint32_t cp = 0;
        size_t size = utf8_char(slice_make(line + at, n - at), &cp);
        bool bad = size == 0 || cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029;

        if (size == 0) size = 1;
        if (bad) memset(line + at, '?', size);
        at += size;
    }
}

static void write_out(const char *line, size_t n)
{
    while (n > 0) {
        ssize_t put = write(state.fd, line, n);

        if (put < 0 && errno == EINTR) continue;
        /* There is nowhere left to complain. */
        if (put <= 0) return;
        line += put;
        n -= (size_t)put;
    }
}

void log_line(enum log_level level, const char *what, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES], when[CLOCK_RFC3339_SIZE];
    const size_t room = sizeof line - 1; /* for the line's end */
    const int saved = errno;
    size_t n;
    va_list ap;
    int made;

    if (level < state.least) return;
    clock_rfc3339(clock_wall(), when);
    made = snprintf(line, room, "%s %s %s[%ld] %s ", when, level_names[level], state.program, (long)getpid(), what);
    n = made < 0 ? 0 : (size_t)made < room ? (size_t)made : room - 1;
    va_start(ap, fmt);
    made = vsnprintf(line + n, room - n, fmt, ap);
    va_end(ap);
    if (made > 0) n += (size_t)made < room - n ? (size_t)made : room - n - 1;
    defuse(line, n);
    line[n] = '\0';
    if (state.sink != NULL) {
        state.sink(line, state.sink_arg);
    } else {
        /* The end and the rest in one write, so that lines of several processes do not mix. */
        line[n] = '\n';
        write_out(line, n + 1);
    }
    errno = saved;
}
