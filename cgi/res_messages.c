/* Messages: history, sending, changing, the read watermark. */
#include <inttypes.h>

#include "content.h"
#include "files.h"
#include "log.h"
#include "mentions.h"
#include "message_page.h"

/* send_message */
enum { S_FRESH, S_SEQ, S_NO, S_AT, S_KEY, S_VERSION, S_BODY, S_ROOT, S_THREAD_NO, S_FLAGS, S_EDITED };

/* The number of the first message at or after a moment. */
static bool find_moment(struct call *c, struct value *around)
{
    struct pgargs *a = call_args(c);
    PGresult *r;

    pgargs_int8(a, c->params.room);
    pgargs_time(a, c->f[F_at].number);
    call_queue(c, Q_API_MESSAGE_AT, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    *around = (struct value){.given = true, .number = pgget_int8(r, 0, 0)};
    return true;
}

void messages_list(struct call *c)
{
    const struct value *v = c->f;
    struct problem_field several = {"before", "goes with none of after, around and at: take one of the four"};
    struct value moment = {0};
    struct page_want want = {.before = &v[F_before], .after = &v[F_after], .around = &v[F_around],
                             .root = v[F_thread].number, .limit = call_limit(c, 50)};

    if (v[F_before].given + v[F_after].given + v[F_around].given + v[F_at].given > 1) {
        if (!v[F_before].given) several = (struct problem_field){v[F_after].given ? "after" : "around", "goes with none of the other three"};
        reply_problem_fields(&c->reply, &several, 1);
        return;
    }
    if (v[F_at].given) {
        if (!find_moment(c, &moment)) return;
        want.around = &moment;
    }
    if (v[F_thread].given && want.root == 0) {
        reply_problem(&c->reply, PROBLEM_not_found, "There is no such message.");
        return;
    }
    message_page_queue(c, &want);
    (void)message_page_answer(c, &want);
}

/* A message says something, or carries something. */
static void refuse_empty(struct call *c)
{
    struct problem_field empty = {"text", "has nothing to be seen in it"};

    reply_problem_fields(&c->reply, &empty, 1);
}

/* Is the content of this retry the one that is stored? What cannot be compared any more (edited,
 * deleted, damaged) counts as the same: the client id is the client's word for it. */
static bool same_content(struct call *c, const struct message *m, const struct content *content)
{
    struct seal_ad ad = message_ad(m->tenant, m->room, m->sender, &m->client_id, m->version);
    struct content stored;
    struct buf plain = BUF_INIT;
    bool same = true;

    if (!m->deleted && m->version == 1 && row_open(c->api->keys, m->key_id, &ad, m->body, &plain) == CRYPTO_OPENED) {
        same = buf_ok(&plain) && content_read(buf_view(&plain), &stored) && slice_eq(stored.text, content->text) &&
               slice_eq(stored.files, content->files) && slice_eq(stored.poll, content->poll) && m->thread == c->f[F_thread].number;
    }
    buf_wipe(&plain);
    return same;
}

static void answer_sent(struct call *c, const PGresult *r, struct message *m, const struct content *content)
{
    bool fresh = pgget_bool(r, 0, S_FRESH);
    unsigned damaged = 0;
    struct json *j;

    m->seq = pgget_int8(r, 0, S_SEQ);
    m->no = pgget_int8(r, 0, S_NO);
    m->sent_at = pgget_time(r, 0, S_AT);
    m->thread = pgget_int8(r, 0, S_ROOT);
    m->thread_no = pgget_int8(r, 0, S_THREAD_NO);
    m->flags = pgget_int2(r, 0, S_FLAGS);
    if (!fresh) {
        m->edited_at = pgget_time(r, 0, S_EDITED);
        m->key_id = pgget_int4(r, 0, S_KEY);
        m->version = pgget_int4(r, 0, S_VERSION);
        m->body = pgget_text(r, 0, S_BODY);
        m->deleted = pgget_null(r, 0, S_BODY);
        if (!same_content(c, m, content)) {
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

/* Seals a body for its place. False: the reply is decided. */
static bool seal_body(struct call *c, const struct message *m, const struct content *content, struct buf *sealed)
{
    struct seal_ad ad = message_ad(m->tenant, m->room, m->sender, &m->client_id, m->version);
    struct buf plain = BUF_INIT;
    bool ok;

    content_write(&plain, content);
    buf_clear(sealed);
    ok = buf_ok(&plain) && crypto_seal(c->api->keys, m->key_id, &ad, buf_view(&plain), sealed);
    buf_wipe(&plain);
    if (ok) return true;
    log_error("message: cannot be sealed", "request=%s key=%d", c->req.id, m->key_id);
    reply_problem(&c->reply, PROBLEM_internal, NULL);
    return false;
}

static void queue_send(struct call *c, const struct message *m)
{
    const struct conf *conf = c->api->conf;
    const struct value *v = c->f;
    struct mentions mentions;
    struct pgargs *a = call_args(c);

    mentions_find(&mentions, v[F_text].text, &c->api->arena);
    pgargs_int8(a, m->room);
    pgargs_uuid(a, &m->client_id);
    pgargs_int4(a, m->key_id);
    pgargs_bytes(a, m->body);
    pgargs_int4(a, (int32_t)conf->send_burst);
    pgargs_int4(a, (int32_t)conf->send_period_ms);
    if (v[F_thread].given) {
        pgargs_int8(a, v[F_thread].number);
    } else {
        pgargs_null(a);
    }
    pgargs_bool(a, v[F_in_room].flag);
    mentions_args(a, &mentions);
    pgargs_int8_array(a, v[F_files].ids, v[F_files].n_ids);
    if (v[F_choices].given) {
        pgargs_int4(a, (int32_t)v[F_choices].n_texts);
    } else {
        pgargs_null(a);
    }
    pgargs_bool(a, v[F_anonymous].flag);
    call_queue(c, Q_API_SEND_MESSAGE, a);
}

/* What a poll is besides its question. */
static void poll_json(const struct call *c, struct buf *out)
{
    struct json j;

    json_start(&j, out);
    json_begin_object(&j);
    json_key(&j, "choices");
    json_begin_array(&j);
    for (size_t i = 0; i < c->f[F_choices].n_texts; i++) json_text(&j, c->f[F_choices].texts[i]);
    json_end(&j);
    json_kv_bool(&j, "anonymous", c->f[F_anonymous].flag);
    json_end(&j);
}

void messages_send(struct call *c)
{
    struct content content = {.text = c->f[F_text].text};
    struct buf sealed = BUF_INIT, poll = BUF_INIT, files = BUF_INIT;
    const struct value *ids = &c->f[F_files];
    struct problem_field both = {"files", "do not go with a poll"};
    struct message m;
    PGresult *r;

    if (content.text.n == 0 && (ids->n_ids == 0 || c->f[F_choices].given)) {
        refuse_empty(c);
        return;
    }
    if (ids->n_ids > 0 && c->f[F_choices].given) {
        reply_problem_fields(&c->reply, &both, 1);
        return;
    }
    if (!call_know(c)) return;
    if (ids->n_ids > 0) {
        if (!files_on(c) || !files_json(c, ids->ids, ids->n_ids, &files)) goto out;
        content.files = buf_view(&files);
    }
    m = (struct message){.tenant = c->who.tenant, .room = c->params.room, .sender = c->who.account, .version = 1,
                         .client_id = c->f[F_client_id].uuid, .key_id = keyring_current(c->api->keys)};
    if (c->f[F_choices].given) {
        poll_json(c, &poll);
        content.poll = buf_view(&poll);
    }
    if (seal_body(c, &m, &content, &sealed)) {
        m.body = buf_view(&sealed);
        queue_send(c, &m);
        if (call_write(c) && (r = call_next(c)) != NULL) answer_sent(c, r, &m, &content);
    }
out:
    buf_wipe(&files);
    buf_wipe(&sealed);
    buf_wipe(&poll);
}

static void answer_message(struct call *c, const PGresult *r)
{
    unsigned damaged = 0;
    struct json *j = reply_json(&c->reply, 200);

    json_begin_object(j);
    json_key(j, "message");
    message_row_json(j, r, 0, 0, c, &damaged);
    json_end(j);
}

/* The message of the path; NULL: the reply is decided. */
static PGresult *get_message(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->params.seq);
    call_queue(c, Q_API_MESSAGE_GET, a);
    return call_read(c) ? call_next(c) : NULL;
}

void messages_get(struct call *c)
{
    PGresult *r = get_message(c);

    if (r != NULL) answer_message(c, r);
}

/* What an edit keeps of the present body, in *old (wipe it). False: the reply is decided. */
static bool open_present(struct call *c, const struct message *m, struct buf *old, struct content *content)
{
    struct seal_ad ad = message_ad(m->tenant, m->room, m->sender, &m->client_id, m->version);

    if (m->deleted) {
        reply_problem(&c->reply, PROBLEM_conflict, "The message was deleted.");
        return false;
    }
    buf_clear(old);
    if (row_open(c->api->keys, m->key_id, &ad, m->body, old) == CRYPTO_OPENED && buf_ok(old) && content_read(buf_view(old), content)) return true;
    /* A damaged one may be replaced. */
    *content = (struct content){0};
    return true;
}

/* One try of an edit; *conflict when another may get through. */
static void try_edit(struct call *c, struct buf *old, struct buf *sealed, bool *conflict)
{
    PGresult *r = get_message(c);
    struct mentions mentions;
    struct content content;
    struct message m;
    struct pgargs *a;

    *conflict = false;
    if (r == NULL) return;
    message_read(&m, r, 0, 0, c->who.tenant);
    if (!open_present(c, &m, old, &content)) return;
    if (m.sender == c->who.account && content.text.p != NULL && slice_eq(content.text, c->f[F_text].text)) {
        answer_message(c, r); /* a retry, or no change */
        return;
    }
    content.text = c->f[F_text].text;
    if (content.text.n == 0 && content.files.n == 0) {
        refuse_empty(c);
        return;
    }
    m.version++;
    m.key_id = keyring_current(c->api->keys);
    if (!seal_body(c, &m, &content, sealed)) return;
    mentions_find(&mentions, content.text, &c->api->arena);
    a = call_args(c);
    pgargs_int8(a, m.room);
    pgargs_int8(a, m.seq);
    pgargs_int4(a, m.version);
    pgargs_int4(a, m.key_id);
    pgargs_bytes(a, buf_view(sealed));
    mentions_args(a, &mentions);
    pgargs_int4(a, (int32_t)c->api->conf->change_seconds);
    call_queue(c, Q_API_EDIT_MESSAGE, a);
    if (!call_write(c)) return;
    if ((r = call_next(c)) == NULL) {
        *conflict = c->reply.problem == PROBLEM_conflict;
        return;
    }
    answer_message(c, r);
    (void)call_committed(c);
}

void messages_edit(struct call *c)
{
    enum { TRIES = 3 };
    struct buf old = BUF_INIT, sealed = BUF_INIT;
    bool conflict = true;

    if (!call_know(c)) return;
    /* Another device of the author may change it between our reading of its version and our writing. */
    for (int i = 0; i < TRIES && conflict; i++) try_edit(c, &old, &sealed, &conflict);
    buf_wipe(&old);
    buf_wipe(&sealed);
}

void messages_delete(struct call *c)
{
    struct pgargs *a = call_args(c);

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->params.seq);
    pgargs_int4(a, (int32_t)c->api->conf->change_seconds);
    if (call_do(c, Q_API_DELETE_MESSAGE, a)) reply_empty(&c->reply, 204);
}

/* Both watermark calls answer with where it stands. */
static void move_watermark(struct call *c, int query)
{
    enum { SEQ, NO };
    struct pgargs *a = call_args(c);
    PGresult *r;
    struct json *j;

    pgargs_int8(a, c->params.room);
    pgargs_int8(a, c->f[F_seq].number);
    call_queue(c, query, a);
    if (!call_write(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_kv_int(j, "read_seq", pgget_int8(r, 0, SEQ));
    json_kv_int(j, "read_no", pgget_int8(r, 0, NO));
    json_end(j);
    (void)call_committed(c);
}

void messages_read(struct call *c)
{
    move_watermark(c, Q_API_MARK_READ);
}

void messages_unread(struct call *c)
{
    move_watermark(c, Q_API_MARK_UNREAD);
}

void receipts_list(struct call *c)
{
    enum { ACCOUNT, SEQ };
    struct pgargs *a = call_args(c);
    PGresult *r;
    struct json *j;

    pgargs_int8(a, c->params.room);
    pgargs_int4(a, (int32_t)c->api->conf->receipts_max);
    call_queue(c, Q_API_RECEIPTS, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_key(j, "read");
    json_begin_array(j);
    for (int i = 0; i < PQntuples(r); i++) {
        json_begin_object(j);
        json_kv_id(j, "person", pgget_int8(r, i, ACCOUNT));
        json_kv_int(j, "seq", pgget_int8(r, i, SEQ));
        json_end(j);
    }
    json_end(j);
    json_end(j);
}
