#include "session.h"

#include <inttypes.h>
#include <stdio.h>

#include "url.h"

static size_t memory_slot(const uint8_t hash[32])
{
    return hash[0];
}

static enum session_claim claim_relay(struct who *w, struct request *r, struct keyring *keys, int64_t now_s)
{
    struct relay relay;
    enum relay_verdict verdict = relay_verify(keys, r->relay, r->method, r->target, buf_view(&r->body), now_s, &relay);

    /* The pusher may know a key that was added a moment ago. */
    if (verdict == RELAY_FORGED && keyring_reread(keys)) {
        verdict = relay_verify(keys, r->relay, r->method, r->target, buf_view(&r->body), now_s, &relay);
    }
    if (verdict == RELAY_STALE) return CLAIM_STALE;
    if (verdict != RELAY_GOOD) return CLAIM_WORTHLESS;
    w->by = WHO_RELAY;
    w->tenant = relay.tenant;
    w->account = relay.account;
    w->session = relay.session;
    r->address = arena_dup(r->arena, slice_str(relay.address));
    return CLAIM_MADE;
}

/* Over https we set the guarded name only. A plain one was planted, by a neighbouring host or by
 * somebody on the way of a plain http request, to have the person work in an account of theirs. */
static struct slice own_cookies(const struct request *r)
{
    return r->https && cookie_get(r->cookie, SLICE("__Host-confab")).p == NULL ? SLICE_NULL : r->cookie;
}

enum session_claim session_claim(struct who *w, struct request *r, struct keyring *keys, const struct session_memory *m, int64_t now_s)
{
    size_t slot;

    *w = (struct who){.by = WHO_NOBODY};
    if (r->relay.p != NULL) return claim_relay(w, r, keys, now_s);
    if (!token_from_headers(r->authorization, own_cookies(r), &w->token, &w->by_cookie)) return CLAIM_NONE;
    w->by = WHO_TOKEN;
    w->tenant = w->token.tenant;
    slot = memory_slot(w->token.hash);
    if (memcmp(m->v[slot].hash, w->token.hash, sizeof w->token.hash) == 0) {
        w->account = m->v[slot].account;
        w->session = m->v[slot].session;
    }
    return CLAIM_MADE;
}

void session_queue(const struct who *w, struct db *db, struct pgargs *a)
{
    pgargs_int8(a, w->tenant);
    if (w->by == WHO_RELAY) {
        pgargs_int8(a, w->account);
        pgargs_int8(a, w->session);
        db_queue(db, Q_API_SESSION_RELAY, a);
    } else {
        pgargs_bytes(a, slice_make(w->token.hash, sizeof w->token.hash));
        db_queue(db, Q_API_SESSION_USE, a);
    }
}

bool session_row(struct who *w, struct session_memory *m, const PGresult *row)
{
    enum { ACCOUNT, SESSION, EXPIRES_AT, TOUCH };
    int64_t account = pgget_int8(row, 0, ACCOUNT), session = pgget_int8(row, 0, SESSION);

    if (account == 0 || session == 0) return false;
    if (w->account != 0 && (w->account != account || w->session != session)) return false;
    w->account = account;
    w->session = session;
    w->touch = pgget_bool(row, 0, TOUCH);
    if (w->by == WHO_TOKEN) {
        size_t slot = memory_slot(w->token.hash);

        memcpy(m->v[slot].hash, w->token.hash, sizeof w->token.hash);
        m->v[slot].account = account;
        m->v[slot].session = session;
    }
    return true;
}

bool session_origin_good(const struct request *r, const struct conf *conf)
{
    struct slice site = r->fetch_site;

    if (r->origin.n > 0) {
        enum origin_verdict verdict = origin_check(r->origin, r->https ? SLICE("https") : SLICE("http"), r->host,
                                                   conf->origins.v, conf->origins.n);

        return verdict == ORIGIN_SAME || verdict == ORIGIN_ALLOWED;
    }
    /* Neither header: not a browser. */
    return site.n == 0 || slice_eq_nocase(site, SLICE("same-origin")) || slice_eq_nocase(site, SLICE("none"));
}

void session_cookie(char out[SESSION_COOKIE_MAX], bool https, struct slice token, int64_t days)
{
    (void)snprintf(out, SESSION_COOKIE_MAX, "%s=%.*s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Lax%s",
                   https ? "__Host-confab" : "confab", SLICE_FMT(token), token.n > 0 ? days * 86400 : 0,
                   https ? "; Secure" : "");
}

bool session_secure(const struct request *r, const struct conf *conf)
{
    return r->https || conf->plain_http || request_is_local(r);
}
