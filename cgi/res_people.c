/* The people of the tenant. */
#include "shapes.h"
#include "url.h"

static void people_json(struct call *c, const PGresult *r, int n)
{
    struct json *j = reply_json(&c->reply, 200);

    json_begin_object(j);
    json_key(j, "people");
    json_begin_array(j);
    for (int i = 0; i < n; i++) person_json(j, r, i);
    json_end(j);
    json_end(j);
}

static void by_ids(struct call *c)
{
    struct pgargs *a = call_args(c);
    PGresult *r;

    pgargs_int8_array(a, c->f[F_ids].ids, c->f[F_ids].n_ids);
    call_queue(c, Q_API_PEOPLE_GET, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    people_json(c, r, PQntuples(r));
}

static void link_next(struct call *c, struct slice after, int32_t limit)
{
    struct buf b = BUF_INIT;

    buf_str(&b, "/api/people?");
    if (c->f[F_search].text.n > 0) {
        buf_str(&b, "q=");
        url_encode(&b, c->f[F_search].text);
        buf_byte(&b, '&');
    }
    buf_str(&b, "after=");
    url_encode(&b, after);
    buf_fmt(&b, "&limit=%d", limit);
    if (buf_cstr(&b) != NULL) reply_link(&c->reply, "next", b.data);
    buf_free(&b);
}

static struct slice text_or_empty(const struct value *v)
{
    return v->given ? v->text : SLICE("");
}

static void by_search(struct call *c)
{
    int32_t limit = call_limit(c, 50);
    struct pgargs *a = call_args(c);
    PGresult *r;
    int n;

    pgargs_text(a, text_or_empty(&c->f[F_search]));
    pgargs_text(a, text_or_empty(&c->f[F_after_handle]));
    pgargs_int4(a, limit + 1);
    call_queue(c, Q_API_PEOPLE_SEARCH, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    n = PQntuples(r) > limit ? limit : PQntuples(r);
    people_json(c, r, n);
    if (PQntuples(r) > limit) link_next(c, pgget_text(r, n - 1, 1), limit);
}

void people_list(struct call *c)
{
    bool search = c->f[F_search].given || c->f[F_after_handle].given || c->f[F_limit].given;
    struct problem_field both = {field_name(F_ids), "goes with no other parameter"};

    if (!c->f[F_ids].given) {
        by_search(c);
    } else if (search) {
        reply_problem_fields(&c->reply, &both, 1);
    } else {
        by_ids(c);
    }
}
