/* The state of everything that a client needs for its first screen, and what changed since a cursor. */
#include <stdlib.h>

#include "cursor.h"
#include "files.h"
#include "log.h"
#include "shapes.h"
#include "signin.h"

/* Rows of one feed that are sent rather than paged for. */
enum { ROWS_A_FEED = 200 };

/* Writes the cursor that the database's snapshot stands for. */
static bool cursor_json(struct json *j, const struct call *c, int64_t epoch, int64_t lsn, struct slice snapshot)
{
    struct cursor cursor = CURSOR_INIT;
    struct buf text = BUF_INIT;
    bool ok = cursor_from_snapshot(&cursor, (uint32_t)epoch, (uint64_t)lsn, snapshot);

    if (ok) {
        cursor_encode(&cursor, c->api->keys, &text);
        ok = buf_ok(&text);
    }
    if (ok) json_kv_text(j, "cursor", buf_view(&text));
    buf_free(&text);
    cursor_free(&cursor);
    return ok;
}

/* More transactions at once than a cursor can name, or no memory. */
static void refuse_cursor(struct call *c)
{
    log_error("sync: no cursor could be made", "request=%s", c->req.id);
    reply_problem(&c->reply, PROBLEM_unavailable, "Too much is going on in the database. Try again in a moment.");
}

static void settings_json(struct json *j, const struct conf *conf)
{
    json_key(j, "push");
    json_begin_object(j);
    json_kv_str(j, "url", conf->push_url);
    json_end(j);
    json_key(j, "limits");
    json_begin_object(j);
    json_kv_int(j, "message_max", conf->message_max);
    json_kv_int(j, "send_burst", conf->send_burst);
    json_kv_int(j, "send_period_ms", conf->send_period_ms);
    json_kv_int(j, "body_max", conf->body_max);
    json_kv_int(j, "change_seconds", conf->change_seconds);
    json_kv_int(j, "receipts_max", conf->receipts_max);
    files_limits_json(j, conf);
    json_end(j);
    json_kv_int(j, "heartbeat_ms", conf->push_heartbeat_ms);
}

/* Myself, the others of direct rooms, the senders of last messages: whom the first screen shows. */
static size_t people_of(const PGresult *rooms, int64_t me, int64_t *ids)
{
    size_t n = 0;

    ids[n++] = me;
    for (int i = 0; i < PQntuples(rooms); i++) {
        if (!pgget_null(rooms, i, ROOM_OTHER)) ids[n++] = pgget_int8(rooms, i, ROOM_OTHER);
        if (!pgget_null(rooms, i, ROOM_M_SENDER)) ids[n++] = pgget_int8(rooms, i, ROOM_M_SENDER);
        n += pgget_int8_array(rooms, i, ROOM_PEOPLE, ids + n, ROOM_PEOPLE_MOST);
    }
    return n;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static size_t unique_ids(int64_t *ids, size_t n)
{
    size_t kept = 0;

    qsort(ids, n, sizeof *ids, compare_ids);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || ids[kept - 1] != ids[i]) ids[kept++] = ids[i];
    }
    return kept;
}

static void rooms_json(struct json *j, const struct call *c, const PGresult *r)
{
    json_key(j, "rooms");
    json_begin_array(j);
    for (int i = 0; i < PQntuples(r); i++) room_json(j, r, i, c);
    json_end(j);
}

/* The people, in a round trip of their own: a profile newer than the cursor does no harm, since the
 * event that follows says the same. */
static bool add_people(struct call *c, struct json *j, const int64_t *ids, size_t n)
{
    struct pgargs *a = call_args(c);
    PGresult *r;

    pgargs_int8_array(a, ids, n);
    call_queue(c, Q_API_PEOPLE_GET, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) return false;
    json_key(j, "people");
    json_begin_array(j);
    for (int i = 0; i < PQntuples(r); i++) person_json(j, r, i);
    json_end(j);
    return true;
}

/* Cursor and rooms are read in one snapshot: what comes after the cursor is what is not in the state. */
static void answer_state(struct call *c)
{
    struct pgargs *all = call_args(c);
    PGresult *r;
    struct json *j;
    int64_t *ids;
    size_t n;

    pgargs_null(all);
    call_snapshot(c);
    call_queue(c, Q_API_CURSOR_NOW, NULL);
    call_queue(c, Q_API_MY_PROFILE, NULL);
    call_queue(c, Q_API_MY_ROOMS, all);
    if (!call_read(c) || (r = call_next(c)) == NULL) return;
    j = reply_json(&c->reply, 200);
    json_begin_object(j);
    json_kv_str(j, "verdict", "reset");
    if (!cursor_json(j, c, pgget_int8(r, 0, 0), pgget_int8(r, 0, 1), pgget_text(r, 0, 2))) {
        refuse_cursor(c);
        return;
    }
    if ((r = call_next(c)) == NULL) return;
    json_key(j, "me");
    me_json(j, r);
    if ((r = call_next(c)) == NULL) return;
    rooms_json(j, c, r);
    ids = arena_alloc(&c->api->arena, (size_t)((2 + ROOM_PEOPLE_MOST) * PQntuples(r) + 1) * sizeof *ids);
    n = unique_ids(ids, people_of(r, c->who.account, ids));
    if (!add_people(c, j, ids, n)) return;
    settings_json(j, c->api->conf);
    json_end(j);
}

static void verdict_json(struct json *j, const struct row *row)
{
    json_begin_object(j);
    json_kv_id(j, "feed", row->feed);
    json_kv_text(j, "verdict", row->kind_name);
    json_kv_int(j, "head", row->seq);
    json_end(j);
}

/* The rows of changes(): s, then v rows, then events. */
static bool changes_json(struct json *j, const struct call *c, const PGresult *r, unsigned *damaged)
{
    struct row row;
    int i = 1;

    row_read(&row, r, 0, c->who.tenant);
    json_begin_object(j);
    json_kv_str(j, "verdict", "complete");
    if (!cursor_json(j, c, row.feed, row.seq, row.kind_name)) return false;
    json_key(j, "feeds");
    json_begin_array(j);
    for (; i < PQntuples(r); i++) {
        row_read(&row, r, i, c->who.tenant);
        if (row.k != 'v') break;
        verdict_json(j, &row);
    }
    json_end(j);
    json_key(j, "events");
    json_begin_array(j);
    for (; i < PQntuples(r); i++) {
        row_read(&row, r, i, c->who.tenant);
        row_json(j, &row, c->api->keys, damaged);
    }
    json_end(j);
    json_end(j);
    return true;
}

static bool is_reset(const PGresult *r, const struct call *c)
{
    struct row row;

    if (PQntuples(r) == 0) return true;
    row_read(&row, r, PQntuples(r) - 1, c->who.tenant);
    return row.k == 'R';
}

static void answer_changes(struct call *c, const struct cursor *since)
{
    struct buf snapshot = BUF_INIT;
    struct pgargs *a = call_args(c);
    unsigned damaged = 0;
    PGresult *r;

    cursor_snapshot(since, &snapshot);
    if (!buf_ok(&snapshot)) {
        reply_problem(&c->reply, PROBLEM_internal, NULL);
        goto out;
    }
    pgargs_int8(a, since->epoch);
    pgargs_int8(a, (int64_t)since->lsn);
    pgargs_text(a, buf_view(&snapshot));
    pgargs_int4(a, ROWS_A_FEED);
    call_queue(c, Q_API_CHANGES, a);
    if (!call_read(c) || (r = call_next(c)) == NULL) goto out;
    if (is_reset(r, c)) {
        answer_state(c);
    } else if (!changes_json(reply_json(&c->reply, 200), c, r, &damaged)) {
        refuse_cursor(c);
    }
    if (damaged > 0) log_error("sync: damaged messages", "request=%s count=%u", c->req.id, damaged);
out:
    buf_free(&snapshot);
}

void sync_get(struct call *c)
{
    struct cursor since = CURSOR_INIT;
    struct slice token = c->f[F_cursor].text;
    enum cursor_decoded decoded = CURSOR_OK;

    if (c->f[F_cursor].given) decoded = cursor_decode(token, c->api->keys, &since);
    if (decoded == CURSOR_FORGED && keyring_reread(c->api->keys)) decoded = cursor_decode(token, c->api->keys, &since);
    if (!c->f[F_cursor].given) {
        answer_state(c);
    } else if (decoded == CURSOR_OK) {
        answer_changes(c, &since);
    } else if (decoded == CURSOR_NO_MEMORY) {
        reply_problem(&c->reply, PROBLEM_unavailable, "The server is short of memory.");
    } else {
        reply_problem(&c->reply, PROBLEM_bad_cursor, "Drop this cursor and load the state anew.");
    }
    cursor_free(&since);
    if (c->reply.status == 200) signin_renew_cookie(c);
}
