#include "http.h"

#include <inttypes.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crypto.h"

void http_request_id(char out[HTTP_REQUEST_ID])
{
    static uint64_t random, count;
    static const char digits[] = "0123456789abcdef";
    uint64_t n;

    if (random == 0) crypto_random(&random, sizeof random);
    n = ++count;
    for (int i = 0; i < 16; i++) out[i] = digits[random >> (4 * i) & 15];
    for (int i = 0; i < 8; i++) out[16 + i] = digits[n >> (4 * (7 - i)) & 15];
    out[24] = '\0';
}

const char *http_phrase(int status)
{
    switch (status) {
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    default: return status == 503 ? "Service Unavailable" : "Answer";
    }
}

static void put_date(struct buf *b)
{
    static time_t last;
    static char text[40];
    time_t now = time(NULL);
    struct tm tm;

    if (now != last && gmtime_r(&now, &tm) != NULL) {
        /* The C locale is never left, so names are English as HTTP wants them. */
        if (strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm) == 0) text[0] = '\0';
        last = now;
    }
    buf_str(b, text);
}

void http_head(struct buf *b, const struct http_answer *a)
{
    char id[HTTP_REQUEST_ID];

    http_request_id(id);
    buf_fmt(b, "HTTP/1.1 %d %s\r\n", a->status, http_phrase(a->status));
    put_date(b);
    buf_fmt(b, "X-Request-Id: %s\r\nX-Content-Type-Options: nosniff\r\n", id);
    if (a->type != NULL) buf_fmt(b, "Content-Type: %s\r\n", a->type);
    if (a->length >= 0) buf_fmt(b, "Content-Length: %" PRId64 "\r\n", a->length);
    if (a->retry_after > 0) buf_fmt(b, "Retry-After: %d\r\n", a->retry_after);
    if (a->origin.n > 0) {
        /* It was found in our own list: no CR or LF can be in it. */
        buf_str(b, "Access-Control-Allow-Origin: ");
        buf_slice(b, a->origin);
        buf_str(b, "\r\nAccess-Control-Allow-Credentials: true\r\n");
    }
    if (a->more != NULL) buf_str(b, a->more);
    if (a->status != 101) buf_str(b, "Vary: Origin\r\nConnection: close\r\n");
    buf_str(b, "\r\n");
}

void http_problem(struct buf *b, enum problem p, const char *detail, int retry_after, struct slice origin)
{
    struct buf body = BUF_INIT;
    struct json j;
    struct http_answer a = {.status = problem_status(p), .type = "application/problem+json", .origin = origin,
                            .retry_after = retry_after, .more = "Cache-Control: no-store\r\n"};

    json_start(&j, &body);
    problem_json(&j, p, detail, NULL, 0);
    if (!json_done(&j)) b->failed = true;
    a.length = (int64_t)body.len;
    http_head(b, &a);
    buf_slice(b, buf_view(&body));
    buf_free(&body);
}

void http_send_close(int fd, const struct buf *b)
{
    char rest[512];

    if (buf_ok(b) && b->len > 0) (void)send(fd, b->data, b->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
    /* Closing over unread bytes would reset the connection under the answer. */
    (void)recv(fd, rest, sizeof rest, MSG_DONTWAIT);
    (void)close(fd);
}
