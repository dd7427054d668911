/* Signing in and out, and the sessions of an account. */
#include "log.h"
#include "shapes.h"
#include "signin.h"
#include "utf8.h"

/* The host without its port, in lower case: the name that a tenant may list. */
static struct slice host_name(const struct call *c)
{
    struct slice rest = c->req.host, name = SLICE("");
    char *copy;

    (void)slice_cut(&rest, ':', &name);
    copy = arena_cstr(&c->api->arena, name);
    for (char *p = copy; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'Z') *p = (char)(*p - 'A' + 'a');
    }
    return slice_str(copy);
}

/* The tenant of the host that the request came to. */
static bool find_tenant(struct call *c, int64_t *tenant)
{
    struct pgargs *a = call_args(c);
    PGresult *r;

    pgargs_text(a, host_name(c));
    pgargs_str(a, c->api->conf->tenant);
    call_queue(c, Q_API_TENANT_BY_HOST, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    if (PQntuples(r) == 1) {
        *tenant = pgget_int8(r, 0, 0);
        return true;
    }
    log_error("sign-in: no tenant", "request=%s host=%.*s tenant=%s", c->req.id, SLICE_FMT(c->req.host), c->api->conf->tenant);
    reply_problem(&c->reply, PROBLEM_wrong_schema, "There is no tenant for this host yet. Run: confabctl tenant create");
    return false;
}

/* Are handle and password those of an account? The reply is decided if not. */
static bool check_password(struct call *c, int64_t tenant, struct signin_try *try)
{
    const struct conf *conf = c->api->conf;
    struct slice password = c->f[F_password].text;

    if (!signin_try(c, tenant, c->f[F_handle].text, try)) return false;
    if (try->account == 0) {
        password_waste(password, conf->password_ops, conf->password_memory_kib);
    } else if (password_verify(password, try->hash)) {
        return true;
    }
    reply_problem(&c->reply, PROBLEM_bad_credentials, "Handle or password is wrong.");
    return false;
}

/* Makes the session: its id, or 0 with the reply decided. */
static int64_t begin_session(struct call *c, int64_t tenant, const struct signin_try *try, const struct token *token)
{
    struct pgargs *held = call_args(c), *a = call_args(c);
    struct slice agent = c->req.agent;
    PGresult *r;
    int64_t session;

    /* A header's bytes may be anything; the database takes text. */
    if (!utf8_valid(agent)) agent = SLICE("");
    pgargs_int8(held, tenant);
    pgargs_int8(held, try->account);
    pgargs_str(held, try->hash);
    call_queue(c, Q_API_SIGNIN_HOLD, held);
    pgargs_int8(a, tenant);
    pgargs_int8(a, try->account);
    pgargs_bytes(a, slice_make(token->hash, sizeof token->hash));
    pgargs_text(a, agent);
    pgargs_text(a, c->req.address);
    pgargs_int4(a, (int32_t)c->api->conf->session_days);
    call_queue(c, Q_API_SIGNIN_DONE, a);
    if (!call_read(c) || call_next(c) == NULL || (r = call_next(c)) == NULL) return 0;
    session = pgget_int8(r, 0, 0);
    return call_committed(c) ? session : 0;
}

static void answer_signed_in(struct call *c, const char *text)
{
    bool bearer = c->f[F_bearer].flag;
    char cookie[SESSION_COOKIE_MAX];
    PGresult *r;
    struct json *j;

    call_queue(c, Q_API_MY_PROFILE, NULL);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_key(j, "account");
    me_json(j, r);
    json_kv_id(j, "session", c->who.session);
    if (bearer) json_kv_str(j, "token", text);
    json_end(j);
    if (!bearer) {
        session_cookie(cookie, c->req.https, slice_str(text), c->api->conf->session_days);
        reply_header(&c->reply, "Set-Cookie", "%s", cookie);
    }
    crypto_wipe(cookie, sizeof cookie);
}

void session_create(struct call *c)
{
    char text[TOKEN_MAX];
    struct signin_try try;
    struct token token;
    int64_t tenant;

    if (!session_secure(&c->req, c->api->conf)) {
        reply_problem(&c->reply, PROBLEM_insecure, "Use https. The operator can allow http with the option plain_http.");
        return;
    }
    if (!find_tenant(c, &tenant)) return;
    if (!check_password(c, tenant, &try)) return;
    token_make(tenant, text, &token);
    if (text[0] == '\0') {
        reply_problem(&c->reply, PROBLEM_internal, NULL);
    } else if (begin_session(c, tenant, &try, &token) != 0) {
        c->who = (struct who){.by = WHO_TOKEN, .tenant = tenant, .token = token};
        answer_signed_in(c, text);
    }
    crypto_wipe(text, sizeof text);
}

/* session: 0 for all but this one. */
static void revoke(struct call *c, int64_t session)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, session);
    if (!call_do(c, Q_API_SESSION_REVOKE, a)) return;
    reply_empty(&c->reply, 204);
    if (session == c->who.session) {
        c->who.touch = false;
        signin_clear_cookie(c);
    }
}

void session_delete(struct call *c)
{
    if (call_know(c)) revoke(c, c->who.session);
}

void sessions_delete(struct call *c)
{
    revoke(c, c->params.others ? 0 : c->params.session);
}

static void one_session_json(struct json *j, const PGresult *r, int i)
{
    enum { ID, CREATED_AT, SEEN_AT, EXPIRES_AT, AGENT, ADDRESS, CURRENT };

    json_begin_object(j);
    json_kv_id(j, "id", pgget_int8(r, i, ID));
    json_kv_time(j, "created_at", pgget_time(r, i, CREATED_AT));
    json_kv_time(j, "seen_at", pgget_time(r, i, SEEN_AT));
    json_kv_time(j, "expires_at", pgget_time(r, i, EXPIRES_AT));
    json_kv_text(j, "agent", pgget_text(r, i, AGENT));
    json_kv_text(j, "address", pgget_text(r, i, ADDRESS));
    json_kv_bool(j, "current", pgget_bool(r, i, CURRENT));
    json_end(j);
}

void sessions_list(struct call *c)
{
    PGresult *r;
    struct json *j;

    call_queue(c, Q_API_MY_SESSIONS, NULL);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_key(j, "sessions");
    json_begin_array(j);
    for (int i = 0; i < PQntuples(r); i++) one_session_json(j, r, i);
    json_end(j);
    json_end(j);
}
