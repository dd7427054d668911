/* Messages: history, sending, the read watermark. */
#include <inttypes.h>

#include "log.h"
#include "shapes.h"

/* history */
enum { H_SEQ, H_NO, H_SENDER, H_SENT_AT, H_CLIENT_ID, H_THREAD, H_KEY, H_VERSION, H_BODY, H_MORE_BEFORE, H_MORE_AFTER };
/* send_message */
enum { S_FRESH, S_SEQ, S_NO, S_AT, S_KEY, S_VERSION, S_BODY };

static void history_message_json(struct json *j, const PGresult *r, int i, const struct call *c, unsigned *damaged)
{
    struct message m = {
        .tenant = c->who.tenant,
        .room = c->params.room,
        .seq = pgget_int8(r, i, H_SEQ),
        .no = pgget_int8(r, i, H_NO),
        .sender = pgget_int8(r, i, H_SENDER),
        .sent_at = pgget_time(r, i, H_SENT_AT),
        .thread = pgget_int8(r, i, H_THREAD),
        .key_id = pgget_int4(r, i, H_KEY),
        .version = pgget_int4(r, i, H_VERSION),
        .body = pgget_text(r, i, H_BODY),
        .deleted = pgget_null(r, i, H_BODY),
    };

    (void)pgget_uuid(r, i, H_CLIENT_ID, &m.client_id);
    message_json(j, &m, c->api->keys, damaged);
}

/* Links to the pages on both sides. */
static void link_pages(struct call *c, int64_t first, int64_t last, bool before, bool after, int32_t limit)
{
    struct arena *a = &c->api->arena;
    int64_t room = c->params.room;

    if (before) {
        reply_link(&c->reply, "prev", arena_fmt(a, "/api/rooms/%" PRId64 "/messages?before=%" PRId64 "&limit=%d", room, first, limit));
    }
    if (after) {
        reply_link(&c->reply, "next", arena_fmt(a, "/api/rooms/%" PRId64 "/messages?after=%" PRId64 "&limit=%d", room, last, limit));
    }
}

static void history_json(struct call *c, const PGresult *r, int32_t limit)
{
    int n = PQntuples(r);
    const struct value *v = c->f;
    /* An empty page cannot tell; there may be something on the side that the client came from. */
    bool before = n > 0 ? pgget_bool(r, 0, H_MORE_BEFORE) : v[F_after].given && v[F_after].number > 0;
    bool after = n > 0 ? pgget_bool(r, 0, H_MORE_AFTER) : v[F_before].given;
    struct json *j = reply_json(&c->reply, 200);
    unsigned damaged = 0;

    json_begin_object(j);
    json_key(j, "messages");
    json_begin_array(j);
    for (int i = 0; i < n; i++) history_message_json(j, r, i, c, &damaged);
    json_end(j);
    json_kv_bool(j, "more_before", before);
    json_kv_bool(j, "more_after", after);
    json_end(j);
    if (n > 0) {
        link_pages(c, pgget_int8(r, 0, H_SEQ), pgget_int8(r, n - 1, H_SEQ), before, after, limit);
    }
    if (damaged > 0) log_error("history: damaged messages", "request=%s count=%u", c->req.id, damaged);
}

static void seq_or_null(struct pgargs *a, const struct value *v)
{
    if (v->given) {
        pgargs_int8(a, v->number);
    } else {
        pgargs_null(a);
    }
}

void messages_list(struct call *c)
{
    const struct value *v = c->f;
    struct problem_field several = {"before", "goes with neither after nor around: take one of the three"};
    int32_t limit = call_limit(c, 50);
    struct pgargs *a = call_args(c);
    PGresult *r;

    if (v[F_before].given + v[F_after].given + v[F_around].given > 1) {
        if (!v[F_before].given) several = (struct problem_field){"after", "does not go with around"};
        reply_problem_fields(&c->reply, &several, 1);
        return;
    }
    pgargs_int8(a, c->params.room);
    seq_or_null(a, &v[F_before]);
    seq_or_null(a, &v[F_after]);
    seq_or_null(a, &v[F_around]);
    pgargs_int4(a, limit);
    call_queue(c, Q_API_HISTORY, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    history_json(c, r, limit);
}

/* Is the text of this retry the one that is stored? What cannot be compared any more (edited,
 * deleted, damaged) counts as the same: the client id is the client's word for it. */
static bool same_text(struct call *c, const struct message *m)
{
    struct seal_ad ad = message_ad(m->tenant, m->room, m->sender, &m->client_id, m->version);
    struct buf plain = BUF_INIT;
    bool same = true;

    if (!m->deleted && m->version == 1 && row_open(c->api->keys, m->key_id, &ad, m->body, &plain) == CRYPTO_OPENED) {
        same = buf_ok(&plain) && slice_eq(buf_view(&plain), c->f[F_text].text);
    }
    buf_wipe(&plain);
    return same;
}

static void answer_sent(struct call *c, const PGresult *r, struct message *m)
{
    bool fresh = pgget_bool(r, 0, S_FRESH);
    unsigned damaged = 0;
    struct json *j;

    m->seq = pgget_int8(r, 0, S_SEQ);
    m->no = pgget_int8(r, 0, S_NO);
    m->sent_at = pgget_time(r, 0, S_AT);
    if (!fresh) {
        m->key_id = pgget_int4(r, 0, S_KEY);
        m->version = pgget_int4(r, 0, S_VERSION);
        m->body = pgget_text(r, 0, S_BODY);
        m->deleted = pgget_null(r, 0, S_BODY);
        if (!same_text(c, m)) {
            reply_problem(&c->reply, PROBLEM_client_id_reused, "This client_id was used for another text. Make a new one for each message.");
            return;
        }
    }
    j = reply_json(&c->reply, fresh ? 201 : 200);
    json_begin_object(j);
    json_key(j, "message");
    message_json(j, m, c->api->keys, &damaged);
    json_end(j);
    /* Sent is what is stored: not before the commit has answered. */
    (void)call_committed(c);
}

void messages_send(struct call *c)
{
    const struct conf *conf = c->api->conf;
    struct buf sealed = BUF_INIT;
    struct message m;
    struct seal_ad ad;
    struct pgargs *a;
    PGresult *r;

    if (!call_know(c)) return;
    m = (struct message){.tenant = c->who.tenant, .room = c->params.room, .sender = c->who.account, .version = 1,
                         .client_id = c->f[F_client_id].uuid, .key_id = keyring_current(c->api->keys)};
    ad = message_ad(m.tenant, m.room, m.sender, &m.client_id, m.version);
    if (!crypto_seal(c->api->keys, m.key_id, &ad, c->f[F_text].text, &sealed)) {
        log_error("message: cannot be sealed", "request=%s key=%d", c->req.id, m.key_id);
        reply_problem(&c->reply, PROBLEM_internal, NULL);
        goto out;
    }
    m.body = buf_view(&sealed);
    a = call_args(c);
    pgargs_int8(a, m.room);
    pgargs_uuid(a, &m.client_id);
    pgargs_int4(a, m.key_id);
    pgargs_bytes(a, m.body);
    pgargs_int4(a, (int32_t)conf->send_burst);
    pgargs_int4(a, (int32_t)conf->send_period_ms);
    call_queue(c, Q_API_SEND_MESSAGE, a);
    if (call_write(c) && (r = call_next(c)) != NULL) answer_sent(c, r, &m);
out:
    buf_wipe(&sealed);
}

void messages_read(struct call *c)
{
    enum { SEQ, NO };
    struct pgargs *a = call_args(c);
    PGresult *r;
    struct json *j;

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->f[F_seq].number);
    call_queue(c, Q_API_MARK_READ, a);
    if (!call_write(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_kv_int(j, "read_seq", pgget_int8(r, 0, SEQ));
    json_kv_int(j, "read_no", pgget_int8(r, 0, NO));
    json_end(j);
    (void)call_committed(c);
}
