#include "signin.h"

bool signin_try(struct call *c, int64_t tenant, struct slice handle, struct signin_try *out)
{
    const struct conf *conf = c->api->conf;
    struct pgargs *a = call_args(c);
    PGresult *r;
    double wait;

    pgargs_int8(a, tenant);
    pgargs_text(a, handle);
    pgargs_text(a, c->req.address);
    pgargs_int4(a, (int32_t)conf->signin_burst);
    pgargs_int4(a, (int32_t)conf->signin_period_s);
    call_queue(c, Q_API_SIGNIN_BEGIN, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    wait = pgget_float8(r, 0, 0);
    out->account = pgget_int8(r, 0, 1);
    out->hash = arena_cstr(&c->api->arena, pgget_text(r, 0, 2));
    /* Before the password is looked at: a try that is not stored would not be counted. */
    if (!call_committed(c)) return false;
    if (wait <= 0) return true;
    reply_too_many(&c->reply, "Too many failed sign-ins. Wait a little.", (int64_t)wait + 1, "signin", conf->signin_burst,
                   conf->signin_period_s);
    return false;
}

void signin_renew_cookie(struct call *c)
{
    struct slice name = c->req.https ? SLICE("__Host-confab") : SLICE("confab"), text;
    char cookie[SESSION_COOKIE_MAX];
    struct token token;

    if (!c->who.by_cookie) return;
    text = cookie_get(c->req.cookie, name);
    /* Only the one that this request was answered by. */
    if (!token_parse(text, &token) || memcmp(token.hash, c->who.token.hash, sizeof token.hash) != 0) return;
    session_cookie(cookie, c->req.https, text, c->api->conf->session_days);
    reply_header(&c->reply, "Set-Cookie", "%s", cookie);
    crypto_wipe(cookie, sizeof cookie);
}

void signin_clear_cookie(struct call *c)
{
    char cookie[SESSION_COOKIE_MAX];

    if (!c->who.by_cookie) return;
    session_cookie(cookie, c->req.https, SLICE_NULL, 0);
    reply_header(&c->reply, "Set-Cookie", "%s", cookie);
}
