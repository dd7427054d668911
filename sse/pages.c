#include "pages.h"

#include <jansson.h>
#include <stdio.h>

#include "frames.h"
#include "http.h"
#include "json.h"
#include "metrics.h"
#include "tail.h"

enum { BODY_MAX = 65536, FRAMES_MAX = 64, DEPTH = 10 };

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

/* A copy of the body; extra: name and value of one more header, or NULL. */
static enum MHD_Result answer(struct request *r, struct MHD_Connection *c, unsigned status, const char *type, const struct buf *body,
                              const char *extra, const char *value)
{
    struct MHD_Response *m;
    enum MHD_Result result = MHD_NO;
    char id[HTTP_REQUEST_ID];

    if (!buf_ok(body)) return MHD_NO;
    m = MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_COPY);
    if (m == NULL) return MHD_NO;
    http_request_id(id);
    if (add(m, "X-Request-Id", id) && add(m, "Cache-Control", "no-store") && add(m, "X-Content-Type-Options", "nosniff") &&
        (type == NULL || add(m, "Content-Type", type)) && (extra == NULL || add(m, extra, value)) && add_cors(m, r->origin)) {
        result = MHD_queue_response(c, status, m);
    }
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
    const char *extra = NULL, *value = NULL;
    enum MHD_Result result;

    (void)snprintf(seconds, sizeof seconds, "%d", retry_after);
    if (retry_after > 0) {
        extra = "Retry-After";
        value = seconds;
    } else if (p == PROBLEM_upgrade_required) {
        extra = "Sec-WebSocket-Version";
        value = "13";
    } else if (p == PROBLEM_signed_out) {
        extra = "WWW-Authenticate";
        value = "Bearer";
    }
    problem_body(&body, p, detail);
    result = answer(r, c, (unsigned)problem_status(p), "application/problem+json", &body, extra, value);
    buf_free(&body);
    return result;
}

enum MHD_Result page_not_allowed(struct request *r, struct MHD_Connection *c, const char *allow)
{
    struct buf body = BUF_INIT;
    enum MHD_Result result;

    problem_body(&body, PROBLEM_method_not_allowed, NULL);
    result = answer(r, c, 405, "application/problem+json", &body, "Allow", allow);
    buf_free(&body);
    return result;
}

enum MHD_Result page_empty(struct request *r, struct MHD_Connection *c, unsigned status)
{
    struct buf body = BUF_INIT;

    return answer(r, c, status, NULL, &body, NULL, NULL);
}

enum MHD_Result page_preflight(struct request *r, struct MHD_Connection *c, const char *allow)
{
    struct MHD_Response *m = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_NO;

    if (m == NULL) return MHD_NO;
    if (add(m, "Allow", allow) && add_cors(m, r->origin) &&
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
    result = answer(r, c, 200, "application/json", &body, NULL, NULL);
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
    result = answer(r, c, 200, "text/plain; version=0.0.4; charset=utf-8", &body, NULL, NULL);
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

/* Each event with a comma before it, as in a long-poll's answer. */
static void reply(void *arg, const char *name, struct slice json)
{
    struct buf *events = arg;

    (void)name;
    buf_byte(events, ',');
    buf_slice(events, json);
}

static struct stream *stream_of(const struct request *r, const json_t *root)
{
    const json_t *name = json_object_get(root, "stream");
    uint8_t id[STREAM_ID];
    size_t n;

    if (!json_is_string(name)) return NULL;
    if (!base64url_decode(slice_make(json_string_value(name), json_string_length(name)), id, sizeof id, &n) || n != sizeof id) return NULL;
    return stream_find(id, r->token.hash);
}

static enum MHD_Result take_frames(struct request *r, struct MHD_Connection *c, struct stream *s, json_t *frames)
{
    struct buf events = BUF_INIT, body = BUF_INIT;
    struct frames_client client = {.stream = s, .reply = reply, .arg = &events};
    enum MHD_Result result;

    stream_heard(s);
    for (size_t i = 0; i < json_array_size(frames); i++) (void)frames_take_json(&client, json_array_get(frames, i));
    if (client.bye) {
        if (s->conn != NULL) s->conn->heard_bye = true;
        stream_end(s);
    }
    buf_str(&body, "{\"events\":[");
    if (events.len > 0) buf_slice(&body, slice_make(events.data + 1, events.len - 1));
    buf_str(&body, "]}");
    if (!buf_ok(&events)) body.failed = true;
    result = answer(r, c, 200, "application/json", &body, NULL, NULL);
    buf_free(&events);
    buf_free(&body);
    return result;
}

enum MHD_Result page_frames_end(struct request *r, struct MHD_Connection *c)
{
    char err[160];
    json_t *root, *frames;
    struct stream *s;
    enum MHD_Result result;

    if (r->refused != PROBLEM_NONE) return page_problem(r, c, r->refused, NULL, 0);
    root = json_parse_strict(buf_view(&r->body), DEPTH, err, sizeof err);
    if (root == NULL) return page_problem(r, c, PROBLEM_malformed, err, 0);
    frames = json_object_get(root, "frames");
    if (!json_is_object(root) || json_object_size(root) != 2 || !json_is_string(json_object_get(root, "stream")) ||
        !json_is_array(frames) || json_array_size(frames) > FRAMES_MAX) {
        result = page_problem(r, c, PROBLEM_invalid, "stream (a string) and frames (an array, not too long) are what is expected", 0);
    } else if ((s = stream_of(r, root)) == NULL) {
        result = page_problem(r, c, PROBLEM_not_found, "There is no such stream; open one first.", 0);
    } else {
        result = take_frames(r, c, s, frames);
    }
    json_decref(root);
    return result;
}
