#include "dispatch.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "url.h"

#define CONNECT_TIMEOUT_MS 3000
/* No call takes anything deeper than a list in an object. */
#define BODY_DEPTH 4

struct api *api_new(struct conf *conf, struct keyring *keys)
{
    struct api *api = calloc(1, sizeof *api);

    if (api == NULL) return NULL;
    api->conf = conf;
    api->keys = keys;
    api->db = db_new(conf->database_api, api_queries, Q_API_COUNT);
    if (api->db != NULL) return api;
    free(api);
    return NULL;
}

void api_free(struct api *api)
{
    if (api == NULL) return;
    db_free(api->db);
    keyring_free(api->keys);
    conf_free(api->conf);
    arena_reset(&api->arena);
    crypto_wipe(&api->memory, sizeof api->memory);
    free(api);
}

/* Pages of other origins that the operator allows may read answers and send the cookie. */
static void add_cors(struct call *c)
{
    const struct request *r = &c->req;

    if (c->api->conf->origins.n == 0 || r->origin.n == 0 || r->origin.n > 300) return;
    reply_header(&c->reply, "Vary", "Origin");
    if (origin_check(r->origin, r->https ? SLICE("https") : SLICE("http"), r->host, c->api->conf->origins.v,
                     c->api->conf->origins.n) != ORIGIN_ALLOWED) {
        return;
    }
    reply_header(&c->reply, "Access-Control-Allow-Origin", "%.*s", SLICE_FMT(r->origin));
    reply_header(&c->reply, "Access-Control-Allow-Credentials", "true");
    reply_header(&c->reply, "Access-Control-Expose-Headers", "Link, Retry-After, RateLimit, RateLimit-Policy, Upload-Offset, X-Request-Id");
}

static bool refuse(struct call *c, enum problem p, const char *detail)
{
    reply_problem(&c->reply, p, detail);
    return false;
}

static bool refuse_method(struct call *c, struct buf *allow)
{
    bool options = slice_eq(c->req.method, SLICE("OPTIONS"));

    buf_str(allow, ", OPTIONS");
    if (options) {
        reply_empty(&c->reply, 204);
    } else {
        reply_problem(&c->reply, PROBLEM_method_not_allowed, NULL);
    }
    reply_header(&c->reply, "Allow", "%s", buf_cstr(allow));
    if (options && c->req.preflight.n > 0) {
        reply_header(&c->reply, "Access-Control-Allow-Methods", "%s", buf_cstr(allow));
        reply_header(&c->reply, "Access-Control-Allow-Headers", "Content-Type, Authorization");
        reply_header(&c->reply, "Access-Control-Max-Age", "600");
    }
    return false;
}

static bool check_route(struct call *c)
{
    struct buf allow = BUF_INIT;
    bool ok = false;

    switch (route_find(c->req.method, c->req.path, &c->route, &c->params, &allow)) {
    case ROUTE_FOUND: ok = true; break;
    case ROUTE_MALFORMED: ok = refuse(c, PROBLEM_malformed, "The path holds characters that no path here has."); break;
    case ROUTE_UNKNOWN: ok = refuse(c, PROBLEM_not_found, "There is nothing at this address."); break;
    case ROUTE_METHOD: ok = refuse_method(c, &allow); break;
    }
    buf_free(&allow);
    return ok;
}

static bool check_identity(struct call *c)
{
    enum session_claim claim = session_claim(&c->who, &c->req, c->api->keys, &c->api->memory, clock_wall() / CLOCK_SECOND);

    if (claim == CLAIM_STALE) {
        /* A 401 would send a signed-in person back to the sign-in page for our fault. */
        log_error("relay: the clocks of pusher and handlers differ by more than a minute", "request=%s", c->req.id);
        return refuse(c, PROBLEM_unavailable, "The server's clocks disagree. Try again in a moment.");
    }
    if (claim == CLAIM_WORTHLESS) {
        log_warn("relay: header refused", "request=%s address=%.*s", c->req.id, SLICE_FMT(c->req.address));
        return refuse(c, PROBLEM_signed_out, "The relay header is not valid.");
    }
    if (claim == CLAIM_NONE && c->route->who != WHO_ANYBODY) return refuse(c, PROBLEM_signed_out, "Sign in first.");
    /* Who may be anybody is nobody: a session that ended must not keep anyone from signing in. */
    if (c->route->who == WHO_ANYBODY) c->who = (struct who){.by = WHO_NOBODY};
    if (request_changes(&c->req) && (c->who.by == WHO_NOBODY || c->who.by_cookie) && !session_origin_good(&c->req, c->api->conf)) {
        return refuse(c, PROBLEM_foreign_origin, "This page is not one of this server's. The operator can allow it with the option origins.");
    }
    return true;
}

static bool is_bytes(struct slice type)
{
    struct slice essence;

    return slice_cut(&type, ';', &essence) && slice_eq_nocase(slice_trim(essence), SLICE("application/octet-stream"));
}

/* JSON is UTF-8; a header that names another charset is about a body that we would misread. */
static bool is_json(struct slice type)
{
    struct slice essence, parameter, name;

    if (!slice_cut(&type, ';', &essence) || !slice_eq_nocase(slice_trim(essence), SLICE("application/json"))) return false;
    while (slice_cut(&type, ';', &parameter)) {
        if (!slice_cut(&parameter, '=', &name) || !slice_eq_nocase(slice_trim(name), SLICE("charset"))) continue;
        parameter = slice_trim(parameter);
        if (!slice_eq_nocase(parameter, SLICE("utf-8")) && !slice_eq_nocase(parameter, SLICE("\"utf-8\""))) return false;
    }
    return true;
}

static bool read_body_fields(struct call *c, const struct field_env *env, struct field_errors *errors)
{
    struct slice body = buf_view(&c->req.body);
    json_t *object = NULL;
    char err[200];
    char detail[260];

    if (body.n > 0) {
        if (!is_json(c->req.content_type)) return refuse(c, PROBLEM_unsupported_media, "The body must be application/json.");
        object = json_parse_strict(body, BODY_DEPTH, err, sizeof err);
        if (object == NULL) {
            (void)snprintf(detail, sizeof detail, "The body is not JSON as we take it: %s.", err);
            return refuse(c, PROBLEM_malformed, detail);
        }
        if (!json_is_object(object)) {
            json_decref(object);
            return refuse(c, PROBLEM_malformed, "The body is not a JSON object.");
        }
    }
    fields_from_object(c->route->uses, object, env, c->f, errors);
    json_decref(object);
    return true;
}

static bool check_fields(struct call *c)
{
    static const struct field_use none[] = {{FIELD_COUNT, false}};
    struct field_env env = {&c->api->arena, c->api->conf->message_max};
    struct field_errors errors = {.n = 0};
    bool bytes = fields_from_bytes(c->route->uses, buf_view(&c->req.body), &env, c->f, &errors);
    bool by_body = request_changes(&c->req) && strcmp(c->route->method, "DELETE") != 0 && !bytes;

    if (bytes && !is_bytes(c->req.content_type)) {
        return refuse(c, PROBLEM_unsupported_media, "The body must be application/octet-stream.");
    }
    if (!by_body && !bytes && c->req.body.len > 0) return refuse(c, PROBLEM_malformed, "This call takes no body.");
    if (!fields_from_query(by_body ? none : c->route->uses, c->req.query, &env, c->f, &errors)) {
        return refuse(c, PROBLEM_malformed, "The query is not well-formed.");
    }
    if (by_body && !read_body_fields(c, &env, &errors)) return false;
    if (errors.n > 0) reply_problem_fields(&c->reply, errors.v, errors.n);
    return errors.n == 0;
}

static bool check_database(struct call *c)
{
    const struct db_error *e;

    if (db_ready(c->api->db, CONNECT_TIMEOUT_MS) == DB_OK) return true;
    e = db_error(c->api->db);
    if (e->status == DB_FAILED) {
        log_error("database: not for this program", "request=%s sqlstate=%s error=%s", c->req.id, e->sqlstate, e->message);
        return refuse(c, PROBLEM_wrong_schema, strncmp(e->sqlstate, "CF", 2) == 0 ? e->message : NULL);
    }
    return refuse(c, PROBLEM_unavailable, "The database cannot be reached just now. Try again in a moment.");
}

/* A handler must not leave a transaction or a pipeline behind for the next request. */
static void check_leftovers(struct api *api, const struct call *c)
{
    PGconn *conn = db_conn(api->db);

    if (conn == NULL || (PQtransactionStatus(conn) == PQTRANS_IDLE && PQpipelineStatus(conn) == PQ_PIPELINE_OFF)) return;
    log_error("handler: left the database busy", "request=%s route=%s", c->req.id, c->route->pattern);
    db_free(api->db);
    api->db = db_new(api->conf->database_api, api_queries, Q_API_COUNT);
    if (api->db == NULL) abort();
}

/* The session lives: told in a transaction of its own, after the client has its answer. */
static void touch_session(struct call *c)
{
    struct db *db = c->api->db;
    struct pgargs a = PGARGS_INIT;

    if (!c->who.touch || db_conn(db) == NULL) return;
    pgargs_int8(&a, c->who.tenant);
    pgargs_int8_array(&a, &c->who.session, 1);
    pgargs_int4(&a, (int32_t)c->api->conf->session_days);
    db_queue(db, Q_API_SESSION_SEEN, &a);
    db_mark(db);
    if (db_send(db) != DB_OK || !db_committed(db)) log_warn("session: sign of life not stored", "request=%s", c->req.id);
    db_done(db);
    pgargs_free(&a);
}

static void answer(struct call *c, enum problem p)
{
    add_cors(c);
    if (p != PROBLEM_NONE) {
        (void)refuse(c, p, p == PROBLEM_too_large ? arena_fmt(&c->api->arena, "At most %" PRId64 " bytes are taken.", c->api->conf->body_max) : NULL);
        return;
    }
    if (!check_route(c) || !check_identity(c) || !check_fields(c) || !check_database(c)) return;
    c->route->handler(c);
    call_done(c);
}

void dispatch(struct api *api, struct io *io)
{
    struct call *c = arena_alloc(&api->arena, sizeof *c);
    int64_t start = clock_mono();
    enum problem p = request_read(&c->req, io, api->conf, &api->arena);

    c->api = api;
    reply_start(&c->reply, c->req.id);
    if (!c->req.cut) {
        answer(c, p);
        if (!reply_send(&c->reply, io, slice_eq(c->req.method, SLICE("HEAD")))) {
            log_debug("answer: client gone", "request=%s", c->req.id);
        }
        log_debug("request", "id=%s method=%.*s path=%.*s status=%d us=%" PRId64 " account=%" PRId64 " address=%.*s", c->req.id,
                  SLICE_FMT(c->req.method), SLICE_FMT(c->req.path), c->reply.status, clock_mono() - start, c->who.account,
                  SLICE_FMT(c->req.address));
    }
    io_end(io);
    touch_session(c);
    if (c->route != NULL) check_leftovers(api, c);
    reply_free(&c->reply);
    request_free(&c->req);
    arena_reset(&api->arena);
}

bool api_check(struct api *api)
{
    if (db_ready(api->db, CONNECT_TIMEOUT_MS) != DB_FAILED) return true;
    log_error("database: not for this program", "%s", db_error(api->db)->message);
    return false;
}

void dispatch_broken(struct io *io)
{
    struct reply reply;

    reply_start(&reply, "-");
    reply_problem(&reply, PROBLEM_unavailable, "The server is not set up. Its log says what is missing.");
    (void)reply_send(&reply, io, false);
    io_end(io);
    reply_free(&reply);
}
