#include "io.h"

#include <errno.h>
#include <fcgiapp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What is read of a body that is refused, so that the client gets to see the refusal. */
#define DRAIN_MOST ((uint64_t)16 << 20)

enum { PIECE = 16384 };

struct io io_fastcgi(struct FCGX_Request *request)
{
    return (struct io){request, false};
}

const char *io_param(const struct io *io, const char *name)
{
    return io->fastcgi != NULL ? FCGX_GetParam(name, io->fastcgi->envp) : getenv(name);
}

/* Up to n bytes; 0 at the end of the stream and on errors. */
static size_t read_some(struct io *io, char *to, size_t n)
{
    if (io->fastcgi != NULL) {
        int got = FCGX_GetStr(to, n > INT_MAX ? INT_MAX : (int)n, io->fastcgi->in);

        return got > 0 ? (size_t)got : 0;
    }
    for (;;) {
        ssize_t got = read(STDIN_FILENO, to, n);

        if (got >= 0) return (size_t)got;
        if (errno != EINTR) return 0;
    }
}

/* Reads and forgets, at most n bytes. */
static void drain(struct io *io, uint64_t n)
{
    char piece[PIECE];

    if (n > DRAIN_MOST) n = DRAIN_MOST;
    while (n > 0) {
        size_t got = read_some(io, piece, n < sizeof piece ? (size_t)n : sizeof piece);

        if (got == 0) return;
        n -= got;
    }
}

/* Appends up to `most` bytes to out; stops at the end of the stream. */
static size_t read_most(struct io *io, size_t most, struct buf *out)
{
    size_t sum = 0;

    while (sum < most) {
        size_t want = most - sum < PIECE ? most - sum : PIECE, got;
        char *to = buf_reserve(out, want);

        if (to == NULL) return sum;
        got = read_some(io, to, want);
        if (got == 0) return sum;
        out->len += got;
        sum += got;
    }
    return sum;
}

enum io_body io_read_body(struct io *io, size_t most, struct buf *out)
{
    struct slice text = slice_str(io_param(io, "CONTENT_LENGTH"));
    uint64_t length;

    if (text.n == 0) {
        /* FastCGI marks the end of a body; a CGI program's input may be anything unless it is chunked. */
        if (io->fastcgi == NULL && slice_str(io_param(io, "HTTP_TRANSFER_ENCODING")).n == 0) return IO_BODY_WHOLE;
        if (read_most(io, most + 1, out) <= most) return IO_BODY_WHOLE;
        drain(io, DRAIN_MOST);
        return IO_BODY_TOO_LARGE;
    }
    if (!slice_u64(text, INT64_MAX, &length)) return IO_BODY_MALFORMED;
    if (length > most) {
        drain(io, length);
        return IO_BODY_TOO_LARGE;
    }
    return read_most(io, (size_t)length, out) == length ? IO_BODY_WHOLE : IO_BODY_CUT;
}

bool io_write(struct io *io, struct slice s)
{
    if (io->fastcgi != NULL) return s.n <= INT_MAX && FCGX_PutStr(s.p, (int)s.n, io->fastcgi->out) == (int)s.n;
    while (s.n > 0) {
        ssize_t sent = write(STDOUT_FILENO, s.p, s.n);

        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        s = slice_make(s.p + sent, s.n - (size_t)sent);
    }
    return true;
}

void io_end(struct io *io)
{
    if (io->ended) return;
    io->ended = true;
    if (io->fastcgi == NULL) {
        (void)close(STDOUT_FILENO);
        return;
    }
    /* A web server that keeps connections would pin this process to one of them, and requests that
     * come by others would wait for as long as it likes. */
    io->fastcgi->keepConnection = 0;
    FCGX_Finish_r(io->fastcgi);
}

void io_error_line(const char *line, void *arg)
{
    const struct io *io = arg;

    if (io->fastcgi == NULL || io->ended) {
        /* The stream has gone with the request. */
        (void)dprintf(STDERR_FILENO, "%s\n", line);
        return;
    }
    (void)FCGX_PutS(line, io->fastcgi->err);
    (void)FCGX_PutChar('\n', io->fastcgi->err);
}
