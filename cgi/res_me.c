/* My own profile and password. */
#include "shapes.h"
#include "signin.h"

static void answer_me(struct call *c, const PGresult *r)
{
    me_json(reply_json(&c->reply, 200), r);
}

void me_get(struct call *c)
{
    PGresult *r;

    call_queue(c, Q_API_MY_PROFILE, NULL);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    answer_me(c, r);
    signin_renew_cookie(c);
}

void me_change(struct call *c)
{
    const struct value *name = &c->f[F_person_name], *avatar = &c->f[F_avatar];
    struct pgargs *a = call_args(c);
    PGresult *r;

    if (!name->given && !avatar->given) {
        me_get(c);
        return;
    }
    pgargs_str(a, name->given ? name->text.p : NULL);
    pgargs_str(a, avatar->given ? avatar->text.p : NULL);
    call_queue(c, Q_API_PROFILE_CHANGE, a);
    call_queue(c, Q_API_MY_PROFILE, NULL);
    if (!call_write(c) || call_next(c) == NULL || (r = call_next(c)) == NULL) return;
    answer_me(c, r);
    (void)call_committed(c);
}

/* Is `old` my password? Guessing is bounded as it is at the sign-in, by the same buckets. */
static bool check_old_password(struct call *c)
{
    struct problem_field wrong = {field_name(F_old_password), "is not your password"};
    struct signin_try try;
    PGresult *r;

    call_queue(c, Q_API_MY_PROFILE, NULL);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    if (!signin_try(c, c->who.tenant, arena_dup(&c->api->arena, pgget_text(r, 0, 1)), &try)) return false;
    if (try.account == c->who.account && password_verify(c->f[F_old_password].text, try.hash)) return true;
    reply_problem_fields(&c->reply, &wrong, 1);
    return false;
}

void me_password(struct call *c)
{
    const struct conf *conf = c->api->conf;
    struct buf hash = BUF_INIT;
    struct pgargs *a;

    if (!check_old_password(c)) return;
    if (!password_hash(c->f[F_new_password].text, conf->password_ops, conf->password_memory_kib, &hash)) {
        buf_wipe(&hash);
        reply_problem(&c->reply, PROBLEM_internal, NULL);
        return;
    }
    a = call_args(c);
    pgargs_text(a, buf_view(&hash));
    if (call_do(c, Q_API_PASSWORD_CHANGE, a)) reply_empty(&c->reply, 204);
    buf_wipe(&hash);
}
