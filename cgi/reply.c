#include "reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "log.h"

void reply_start(struct reply *r, const char *request_id)
{
    *r = (struct reply){.id = request_id};
}

static void end_source(struct reply *r)
{
    struct reply_source source = r->source;

    r->source = (struct reply_source){0};
    if (source.end != NULL) source.end(source.arg);
}

void reply_free(struct reply *r)
{
    end_source(r);
    buf_wipe(&r->head);
    buf_wipe(&r->links);
    buf_wipe(&r->body);
}

void reply_clear(struct reply *r)
{
    buf_clear(&r->head);
    buf_clear(&r->links);
    buf_clear(&r->body);
    r->status = 0;
    r->problem = PROBLEM_NONE;
    r->empty = false;
    r->cache = NULL;
    end_source(r);
}

static void decide(struct reply *r, int status)
{
    buf_clear(&r->body);
    json_start(&r->json, &r->body);
    r->status = status;
    r->problem = PROBLEM_NONE;
    r->empty = false;
    r->cache = NULL;
    end_source(r);
}

struct json *reply_json(struct reply *r, int status)
{
    decide(r, status);
    return &r->json;
}

void reply_empty(struct reply *r, int status)
{
    decide(r, status);
    r->empty = true;
}

void reply_stream(struct reply *r, int status, const struct reply_source *source)
{
    decide(r, status);
    r->source = *source;
}

void reply_cache(struct reply *r, const char *policy)
{
    r->cache = policy;
}

static void begin_problem(struct reply *r, enum problem p)
{
    decide(r, problem_status(p));
    r->problem = p;
    if (p == PROBLEM_unavailable) reply_header(r, "Retry-After", "2");
    if (p == PROBLEM_wrong_schema) reply_header(r, "Retry-After", "30");
}

void reply_problem(struct reply *r, enum problem p, const char *detail)
{
    begin_problem(r, p);
    problem_json(&r->json, p, detail, NULL, 0);
}

void reply_problem_fields(struct reply *r, const struct problem_field *fields, size_t n)
{
    char detail[64] = "One field needs attention.";

    if (n != 1) (void)snprintf(detail, sizeof detail, "%zu fields need attention.", n);
    begin_problem(r, PROBLEM_invalid);
    problem_json(&r->json, PROBLEM_invalid, detail, fields, n);
}

void reply_too_many(struct reply *r, const char *detail, int64_t wait_s, const char *policy, int64_t burst, int64_t period_s)
{
    if (wait_s < 1) wait_s = 1;
    reply_problem(r, PROBLEM_too_many, detail);
    reply_header(r, "Retry-After", "%" PRId64, wait_s);
    reply_header(r, "RateLimit-Policy", "\"%s\";q=%" PRId64 ";w=%" PRId64, policy, burst, period_s < 1 ? 1 : period_s);
    reply_header(r, "RateLimit", "\"%s\";r=0;t=%" PRId64, policy, wait_s);
}

void reply_header(struct reply *r, const char *name, const char *fmt, ...)
{
    char value[512];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(value, sizeof value, fmt, args);
    va_end(args);
    if (n < 0 || n >= (int)sizeof value) {
        r->head.failed = true;
        return;
    }
    buf_fmt(&r->head, "%s: %s\r\n", name, value);
}

void reply_header_slice(struct reply *r, const char *name, struct slice value)
{
    buf_str(&r->head, name);
    buf_str(&r->head, ": ");
    buf_slice(&r->head, value);
    buf_str(&r->head, "\r\n");
}

void reply_link(struct reply *r, const char *rel, const char *target)
{
    /* One line for all: some servers keep only one header of a name. */
    buf_str(&r->links, r->links.len > 0 ? ", <" : "<");
    buf_str(&r->links, target);
    buf_fmt(&r->links, ">; rel=\"%s\"", rel);
}

static const char *reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 304: return "Not Modified";
    default: return "";
    }
}

static void settle(struct reply *r)
{
    bool whole = r->status != 0 && buf_ok(&r->head) && buf_ok(&r->links) && buf_ok(&r->body) && (r->empty || r->source.write != NULL || json_done(&r->json));

    if (whole) return;
    log_error("answer: not whole", "request=%s status=%d", r->id, r->status);
    reply_clear(r);
    reply_problem(r, PROBLEM_internal, NULL);
}

bool reply_send(struct reply *r, struct io *io, bool head_only)
{
    struct buf out = BUF_INIT;
    const char *why;
    bool sent;

    settle(r);
    why = r->problem != PROBLEM_NONE ? problem_title(r->problem) : reason(r->status);
    buf_fmt(&out, "Status: %d %s\r\n", r->status, why);
    if (r->source.write != NULL) {
        buf_fmt(&out, "Content-Type: %s\r\nContent-Length: %" PRId64 "\r\n", r->source.type, r->source.length);
    } else if (!r->empty) {
        buf_fmt(&out, "Content-Type: application/%sjson\r\n", r->problem != PROBLEM_NONE ? "problem+" : "");
        buf_fmt(&out, "Content-Length: %zu\r\n", r->body.len);
    }
    buf_fmt(&out, "Cache-Control: %s\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: %s\r\n",
            r->cache != NULL ? r->cache : "no-store", r->id);
    buf_slice(&out, buf_view(&r->head));
    if (r->links.len > 0) {
        buf_str(&out, "Link: ");
        buf_slice(&out, buf_view(&r->links));
        buf_str(&out, "\r\n");
    }
    buf_str(&out, "\r\n");
    if (!r->empty && !head_only) buf_slice(&out, buf_view(&r->body));
    sent = buf_ok(&out) && io_write(io, buf_view(&out));
    buf_wipe(&out);
    if (sent && r->source.write != NULL && !head_only) sent = r->source.write(io, r->source.arg);
    return sent;
}
