#include "config.h"

#include "fill.h"

#include "row.h"
#include "token.h"
#include "tool.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

/* What the database makes of the three lists that are copied into it. $t: the tenant, $p: the prefix.
 * A room's members are numbered as they joined: number n joined with the room's row n, and row k of an
 * account's feed is its k-th room. */
static const char *const fill_statements[] = {
    "INSERT INTO feed (id, tenant_id, kind, last_seq, last_xid)"
    " SELECT a.id, $t, 2, count(m), CASE WHEN count(m) > 0 THEN pg_current_xact_id() ELSE '0' END"
    " FROM fill_account a LEFT JOIN fill_member m ON m.account = a.id GROUP BY a.id",

    "INSERT INTO account (id, tenant_id, handle, name) SELECT id, $t, $p || n, 'Person ' || n FROM fill_account",

    /* A password that matches nothing: these people have sessions, they do not sign in. */
    "INSERT INTO credential (account_id, tenant_id, password) SELECT id, $t, '*' FROM fill_account",

    "INSERT INTO session (tenant_id, account_id, hash, expires_at) SELECT $t, id, hash, now() + interval '30 days' FROM fill_account",

    "INSERT INTO event (feed_id, seq, tenant_id, at, actor_id, kind, subject_id)"
    " SELECT $t, f.last_seq + 1 + a.n, $t, clock_timestamp(), a.id, 'profile_changed', a.id FROM fill_account a, feed f WHERE f.id = $t",

    "UPDATE feed SET last_seq = last_seq + (SELECT count(*) FROM fill_account), last_xid = pg_current_xact_id() WHERE id = $t",

    "INSERT INTO feed (id, tenant_id, kind, last_seq, last_xid)"
    " SELECT m.room, $t, 3, count(*), pg_current_xact_id() FROM fill_member m GROUP BY m.room",

    "INSERT INTO room (id, tenant_id, kind, visibility, created_by, client_id, name, name_key, members)"
    " SELECT r.id, $t, 'group', 'private', r.owner, r.client_id, r.name, r.name_key, f.last_seq FROM fill_room r JOIN feed f ON f.id = r.id",

    "INSERT INTO member (account_id, room_id, tenant_id, role, read_seq)"
    " SELECT m.account, m.room, $t, CASE WHEN m.account = r.owner THEN 1 ELSE 3 END, m.room_seq FROM fill_member m JOIN fill_room r ON r.id = m.room",

    "INSERT INTO event (feed_id, seq, tenant_id, at, actor_id, kind, subject_id, value)"
    " SELECT m.room, m.room_seq, $t, clock_timestamp(), r.owner, 'member_joined', m.account, CASE WHEN m.account = r.owner THEN 1 ELSE 3 END"
    " FROM fill_member m JOIN fill_room r ON r.id = m.room",

    "INSERT INTO event (feed_id, seq, tenant_id, at, actor_id, kind, subject_id)"
    " SELECT m.account, m.account_seq, $t, clock_timestamp(), r.owner, 'room_added', m.room FROM fill_member m JOIN fill_room r ON r.id = m.room",
};

static PGresult *fill_run(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);

    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COPY_IN)
        tool_die("%s", PQerrorMessage(c));
    return r;
}

static void fill_do(PGconn *c, const char *sql)
{
    PQclear(fill_run(c, sql));
}

/* One of the statements above with its $t and $p filled in. */
static void fill_do_for(PGconn *c, const struct fill *f, const char *sql)
{
    char *prefix = PQescapeLiteral(c, f->prefix, strlen(f->prefix));
    struct buf b = BUF_INIT;

    if (!prefix) tool_die("out of memory");
    for (; *sql; sql++) {
        if (sql[0] == '$' && (sql[1] == 't' || sql[1] == 'p')) {
            if (sql[1] == 't')
                buf_fmt(&b, "%" PRId64, f->tenant);
            else
                buf_str(&b, prefix);
            sql++;
        } else {
            buf_byte(&b, *sql);
        }
    }
    if (!buf_cstr(&b)) tool_die("out of memory");
    fill_do(c, b.data);
    buf_free(&b);
    PQfreemem(prefix);
}

static int64_t *fill_ids(PGconn *c, size_t n)
{
    int64_t *ids = tool_alloc(n, sizeof *ids);
    char sql[128];
    PGresult *r;
    size_t i;

    snprintf(sql, sizeof sql, "SELECT nextval('feed_id_seq') FROM generate_series(1, %zu)", n);
    r = fill_run(c, sql);
    for (i = 0; i < n; i++)
        if (!slice_id(slice_str(PQgetvalue(r, (int)i, 0)), &ids[i])) tool_die("an id is no id");
    PQclear(r);
    return ids;
}

static void fill_copy(PGconn *c, const char *sql, struct buf *rows)
{
    fill_do(c, sql);
    if (!buf_ok(rows)) tool_die("out of memory");
    if (rows->len && PQputCopyData(c, rows->data, (int)rows->len) != 1) tool_die("%s", PQerrorMessage(c));
    if (PQputCopyEnd(c, NULL) != 1) tool_die("%s", PQerrorMessage(c));
    PQclear(PQgetResult(c));
    PQclear(PQgetResult(c));
    if (PQtransactionStatus(c) != PQTRANS_INTRANS) tool_die("%s", PQerrorMessage(c));
    buf_free(rows);
}

static void fill_accounts(PGconn *c, struct fill *f)
{
    struct buf rows = BUF_INIT;
    char text[TOKEN_MAX];
    struct token t;
    size_t i;

    f->account_id = fill_ids(c, f->accounts);
    f->token = tool_alloc(f->accounts, sizeof *f->token);
    for (i = 0; i < f->accounts; i++) {
        token_make(f->tenant, text, &t);
        f->token[i] = tool_copy(slice_str(text));
        buf_fmt(&rows, "%zu\t%" PRId64 "\t\\\\x", i, f->account_id[i]);
        buf_hex(&rows, t.hash, sizeof t.hash);
        buf_byte(&rows, '\n');
    }
    fill_do(c, "CREATE TEMP TABLE fill_account (n bigint, id bigint, hash bytea) ON COMMIT DROP");
    fill_copy(c, "COPY fill_account FROM STDIN", &rows);
}

/* The first member of a room owns it. */
static void fill_rooms(PGconn *c, struct fill *f, const int64_t *owner)
{
    size_t n = f->rooms + f->big, i;
    struct buf rows = BUF_INIT, sealed = BUF_INIT;
    char name[64], id[UUID_TEXT];
    struct seal_ad ad;
    struct uuid u;
    int len;

    for (i = 0; i < n; i++) {
        uuid_make(&u);
        uuid_text(&u, id);
        ad = room_name_ad(f->tenant, owner[i], &u, 1);
        len = i == f->rooms ? snprintf(name, sizeof name, "Everybody") : snprintf(name, sizeof name, "Room %zu", i);
        buf_clear(&sealed);
        if (!crypto_seal(f->keys, keyring_current(f->keys), &ad, slice_make(name, (size_t)len), &sealed)) tool_die("cannot seal");
        buf_fmt(&rows, "%" PRId64 "\t%" PRId64 "\t%s\t%d\t\\\\x", f->room_id[i], owner[i], id, (int)keyring_current(f->keys));
        buf_hex(&rows, sealed.data, sealed.len);
        buf_byte(&rows, '\n');
    }
    buf_free(&sealed);
    fill_do(c, "CREATE TEMP TABLE fill_room (id bigint, owner bigint, client_id uuid, name_key int, name bytea) ON COMMIT DROP");
    fill_copy(c, "COPY fill_room FROM STDIN", &rows);
}

static void fill_members(PGconn *c, struct fill *f)
{
    size_t each = f->rooms_each + f->big, i, k, room;
    int64_t *owner = tool_alloc(f->rooms + 1, sizeof *owner);
    uint64_t *joined = tool_alloc(f->rooms + 1, sizeof *joined);
    struct buf rows = BUF_INIT;

    f->room_id = fill_ids(c, f->rooms + f->big);
    for (i = 0; i < f->accounts; i++)
        for (k = 0; k < each; k++) {
            room = k < f->rooms_each ? f->member[i * f->rooms_each + k] : f->rooms;
            if (joined[room]++ == 0) owner[room] = f->account_id[i];
            buf_fmt(&rows, "%" PRId64 "\t%" PRId64 "\t%" PRIu64 "\t%zu\n", f->room_id[room], f->account_id[i], joined[room], k + 1);
        }
    fill_do(c, "CREATE TEMP TABLE fill_member (room bigint, account bigint, room_seq bigint, account_seq bigint) ON COMMIT DROP");
    fill_copy(c, "COPY fill_member FROM STDIN", &rows);
    fill_rooms(c, f, owner);
    free(owner);
    free(joined);
}

void fill_store(struct fill *f)
{
    PGconn *c = PQconnectdb(f->database);
    const char *slug[1] = {f->tenant_slug};
    PGresult *r;
    size_t i;

    if (PQstatus(c) != CONNECTION_OK) tool_die("%s", PQerrorMessage(c));
    fill_do(c, "SET search_path = confab; SET client_min_messages = warning");
    r = PQexecParams(c, "SELECT id FROM tenant WHERE slug = $1", 1, NULL, slug, NULL, NULL, 0);
    if (PQresultStatus(r) != PGRES_TUPLES_OK) tool_die("%s", PQerrorMessage(c));
    if (PQntuples(r) != 1 || !slice_id(slice_str(PQgetvalue(r, 0, 0)), &f->tenant)) tool_die("there is no tenant '%s'", f->tenant_slug);
    PQclear(r);
    fill_do(c, "BEGIN");
    fill_do(c, "SELECT boot()");
    fill_do_for(c, f, "SELECT pg_advisory_xact_lock($t)");
    fill_accounts(c, f);
    fill_members(c, f);
    fill_do(c, "ANALYZE fill_account; ANALYZE fill_room; ANALYZE fill_member");
    for (i = 0; i < sizeof fill_statements / sizeof *fill_statements; i++) fill_do_for(c, f, fill_statements[i]);
    fill_do(c, "COMMIT");
    fill_do(c, "ANALYZE");
    PQfinish(c);
}

void fill_free(struct fill *f)
{
    size_t i;

    for (i = 0; i < f->accounts; i++) free(f->token[i]);
    free(f->token);
    free(f->member);
    free(f->account_id);
    free(f->room_id);
}
