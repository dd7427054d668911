#include "config.h"

#include "http.h"

#include "tool.h"

#include <errno.h>
#include <unistd.h>

enum { HTTP_PIECE = 16384, HTTP_ANSWER_MAX = 1 << 20 };

static void http_ready(struct watch *w, uint32_t events);

static void http_connect(struct http *h)
{
    h->fd = net_connect(&h->address);
    if (h->fd < 0) tool_die("connect: %s", strerror(errno));
    loop_add(h->loop, h->fd, EPOLLIN, &h->watch);
}

void http_open(struct http *h, struct loop *l, const struct net_address *a)
{
    h->watch.ready = http_ready;
    h->loop = l;
    h->address = *a;
    buf_init(&h->out, 0);
    buf_init(&h->in, HTTP_ANSWER_MAX);
    http_connect(h);
}

void http_close(struct http *h)
{
    if (h->fd >= 0) close(h->fd);
    h->fd = -1;
    buf_wipe(&h->out);
    buf_wipe(&h->in);
}

static void http_finish(struct http *h, unsigned status)
{
    h->busy = false;
    buf_clear(&h->in);
    h->answered(h, status);
}

static void http_lost(struct http *h)
{
    bool busy = h->busy;

    close(h->fd);
    h->fd = -1;
    if (busy) http_finish(h, 0);
}

static void http_send(struct http *h)
{
    ssize_t n = send(h->fd, h->out.data + h->sent, h->out.len - h->sent, MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN && errno != ENOTCONN) {
        http_lost(h);
        return;
    }
    if (n > 0) h->sent += (size_t)n;
    loop_change(h->loop, h->fd, h->sent < h->out.len ? EPOLLIN | EPOLLOUT : EPOLLIN, &h->watch);
}

void http_post(struct http *h, const char *path, const char *token, struct slice json)
{
    if (h->fd < 0) http_connect(h);
    h->busy = true;
    h->sent = 0;
    buf_clear(&h->out);
    buf_fmt(&h->out, "POST %s HTTP/1.1\r\nHost: localhost\r\nCookie: confab=%s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
            path, token, json.n);
    buf_slice(&h->out, json);
    if (!buf_ok(&h->out)) tool_die("out of memory");
    http_send(h);
}

/* Is the answer whole? Then *status is set, and *last if the server closes behind it. Its body is not
 * looked at. */
static bool http_whole(struct slice in, unsigned *status, bool *last)
{
    const char *end = in.n ? memmem(in.p, in.n, "\r\n\r\n", 4) : NULL;
    bool chunked = false;
    uint64_t length = 0, v;
    struct slice head, line, body;

    if (!end) return false;
    head = slice_make(in.p, (size_t)(end - in.p) + 2);
    body = slice_make(end + 4, in.n - head.n - 2);
    slice_cut(&head, '\n', &line);
    if (line.n < 12 || !slice_u64(slice_make(line.p + 9, 3), 999, &v)) tool_die("the web server does not answer in HTTP");
    *status = (unsigned)v;
    while (slice_cut(&head, '\n', &line)) {
        line = slice_trim(line);
        if (slice_starts_nocase(line, SLICE("content-length:")))
            slice_u64(slice_trim(slice_make(line.p + 15, line.n - 15)), HTTP_ANSWER_MAX, &length);
        if (slice_starts_nocase(line, SLICE("transfer-encoding:"))) chunked = true;
        if (slice_eq_nocase(line, SLICE("connection: close"))) *last = true;
    }
    if (chunked) return body.n >= 5 && memcmp(body.p + body.n - 5, "0\r\n\r\n", 5) == 0;
    return body.n >= length;
}

static void http_ready(struct watch *w, uint32_t events)
{
    struct http *h = (struct http *)w;
    bool last = false;
    unsigned status;
    char *p;
    ssize_t n;

    if (h->fd < 0) return;
    if ((events & EPOLLOUT) && h->busy) {
        http_send(h);
        if (h->fd < 0) return;
    }
    if (!(events & ~(uint32_t)EPOLLOUT)) return;
    p = buf_reserve(&h->in, HTTP_PIECE);
    if (!p) tool_die("an answer is too long");
    n = recv(h->fd, p, HTTP_PIECE, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        http_lost(h);
        return;
    }
    h->in.len += (size_t)n;
    if (!h->busy || !http_whole(buf_view(&h->in), &status, &last)) return;
    if (last) {
        close(h->fd);
        h->fd = -1;
    }
    http_finish(h, status);
}
