#include "pages.h"

#include <stdio.h>

#include "frames.h"
#include "front.h"
#include "http.h"
#include "json.h"
#include "metrics.h"
#include "tail.h"

enum { BODY_MAX = 65536 };

static struct pushd *app;

void pages_start(struct pushd *a)
{
    app = a;
}

/* --- answers --- */

static bool add(struct MHD_Response *m, const char *name, const char *value)
{
    return MHD_add_response_header(m, name, value) == MHD_YES;
}

static bool add_cors(struct MHD_Response *m, struct slice origin)
{
    char text[256];

    if (origin.n == 0) return true;
    (void)snprintf(text, sizeof text, "%.*s", SLICE_FMT(origin));
    return add(m, "Access-Control-Allow-Origin", text) && add(m, "Access-Control-Allow-Credentials", "true") && add(m, "Vary", "Origin");
}

/* A copy of the body; more: names and values of further headers, ended by NULL, or NULL. */
static enum MHD_Result answer(struct request *r, struct MHD_Connection *c, unsigned status, const char *type, const struct buf *body,
                              const char *const *more)
{
    struct MHD_Response *m;
    enum MHD_Result result = MHD_NO;
    char id[HTTP_REQUEST_ID];

    if (!buf_ok(body)) return MHD_NO;
    m = MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_COPY);
    if (m == NULL) return MHD_NO;
    http_request_id(id);
    /* One request a connection: only the first one's head has been looked at by the gate. */
    if (add(m, "Connection", "close") && add(m, "X-Request-Id", id) && add(m, "Cache-Control", "no-store") && add(m, "X-Content-Type-Options", "nosniff") &&
        (type == NULL || add(m, "Content-Type", type)) && add_cors(m, r->origin)) {
        result = MHD_YES;
    }
    for (; result == MHD_YES && more != NULL && *more != NULL; more += 2) {
        if (!add(m, more[0], more[1])) result = MHD_NO;
    }
    if (result == MHD_YES) result = MHD_queue_response(c, status, m);
    MHD_destroy_response(m);
    return result;
}

static void problem_body(struct buf *body, enum problem p, const char *detail)
{
    struct json j;

    json_start(&j, body);
    problem_json(&j, p, detail, NULL, 0);
}

enum MHD_Result page_problem(struct request *r, struct MHD_Connection *c, enum problem p, const char *detail, int retry_after)
{
    struct buf body = BUF_INIT;
    char seconds[16];
    const char *const retry[] = {"Retry-After", seconds, NULL}, *const upgrade[] = {"Upgrade", "websocket", "Sec-WebSocket-Version", "13", NULL};
    static const char *const bearer[] = {"WWW-Authenticate", "Bearer", NULL};
    const char *const *more = p == PROBLEM_upgrade_required ? upgrade : p == PROBLEM_signed_out ? bearer : NULL;
    enum MHD_Result result;

    (void)snprintf(seconds, sizeof seconds, "%d", retry_after);
    if (retry_after > 0) more = retry;
    problem_body(&body, p, detail);
    result = answer(r, c, (unsigned)problem_status(p), "application/problem+json", &body, more);
    buf_free(&body);
    return result;
}

enum MHD_Result page_not_allowed(struct request *r, struct MHD_Connection *c, const char *allow)
{
    struct buf body = BUF_INIT;
    const char *const more[] = {"Allow", allow, NULL};
    enum MHD_Result result;

    problem_body(&body, PROBLEM_method_not_allowed, NULL);
    result = answer(r, c, 405, "application/problem+json", &body, more);
    buf_free(&body);
    return result;
}

enum MHD_Result page_empty(struct request *r, struct MHD_Connection *c, unsigned status)
{
    struct buf body = BUF_INIT;

    return answer(r, c, status, NULL, &body, NULL);
}

enum MHD_Result page_preflight(struct request *r, struct MHD_Connection *c, const char *allow)
{
    struct MHD_Response *m = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_NO;

    if (m == NULL) return MHD_NO;
    if (add(m, "Connection", "close") && add(m, "Allow", allow) && add_cors(m, r->origin) &&
        (r->origin.n == 0 || (add(m, "Access-Control-Allow-Methods", allow) && add(m, "Access-Control-Max-Age", "600") &&
                              add(m, "Access-Control-Allow-Headers", "Content-Type, Authorization, Last-Event-ID")))) {
        result = MHD_queue_response(c, 204, m);
    }
    MHD_destroy_response(m);
    return result;
}

enum MHD_Result page_health(struct request *r, struct MHD_Connection *c, const char *version)
{
    struct buf body = BUF_INIT;
    enum MHD_Result result;

    (void)version;
    if (tail_complaint() != NULL) return page_problem(r, c, PROBLEM_wrong_schema, tail_complaint(), 10);
    if (!tail_is_up() || !pool_is_up(app->pool)) return page_problem(r, c, PROBLEM_unavailable, NULL, 2);
    buf_str(&body, "{\"status\":\"ok\"}");
    result = answer(r, c, 200, "application/json", &body, NULL);
    buf_free(&body);
    return result;
}

enum MHD_Result page_metrics(struct request *r, struct MHD_Connection *c, const char *version)
{
    struct buf body = BUF_INIT;
    enum MHD_Result result;

    (void)version;
    metric_set(METRIC_accounts, app->hub.n_accounts);
    metric_set(METRIC_rooms, app->hub.n_rooms);
    metrics_write(&body);
    result = answer(r, c, 200, "text/plain; version=0.0.4; charset=utf-8", &body, NULL);
    buf_free(&body);
    return result;
}

/* --- frames by POST --- */

enum MHD_Result page_frames_begin(struct request *r, struct MHD_Connection *c, const char *version)
{
    struct slice type = r->header[HEADER_CONTENT_TYPE], word;
    bool by_cookie;
    enum problem p = request_who(r, app->conf, &r->token, &by_cookie);

    (void)version;
    (void)slice_cut(&type, ';', &word);
    if (p == PROBLEM_NONE && !slice_eq_nocase(slice_trim(word), SLICE("application/json"))) p = PROBLEM_unsupported_media;
    /* Answering now would cut off the body and the connection; it is not long. */
    r->refused = p;
    buf_init(&r->body, BODY_MAX);
    (void)c;
    return MHD_YES;
}

void page_frames_body(struct request *r, struct slice piece)
{
    if (r->refused != PROBLEM_NONE) return;
    buf_slice(&r->body, piece);
    if (!buf_ok(&r->body)) r->refused = PROBLEM_too_large;
}

enum MHD_Result page_frames_end(struct request *r, struct MHD_Connection *c)
{
    struct frames_post post;
    struct buf body = BUF_INIT;
    struct stream *s;
    char detail[160];
    enum MHD_Result result;

    if (r->refused != PROBLEM_NONE) return page_problem(r, c, r->refused, NULL, 0);
    r->refused = frames_post_read(&post, buf_view(&r->body), detail, sizeof detail);
    if (r->refused != PROBLEM_NONE) return page_problem(r, c, r->refused, detail, 0);
    s = stream_find(post.stream, r->token.hash);
    if (s != NULL) {
        frames_post_take(&post, s, &body);
        result = answer(r, c, 200, "application/json", &body, NULL);
        buf_free(&body);
    } else {
        /* Its first poll may still be on the way: the database is asked who this is. */
        result = front_admit_post(r, c, post.stream);
    }
    frames_post_free(&post);
    return result;
}
