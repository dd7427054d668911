/* search: the blind index of messages (common/search.h), filled by `confabctl work`. */
#include "ctl_search.h"

#include <stdio.h>

#include "content.h"
#include "log.h"
#include "row.h"
#include "search.h"
#include "utf8.h"

#define PIECE 500        /* messages a transaction */
#define PURGE_PIECE 2000 /* rows a transaction */

/* search_due_rows */
enum { D_K, D_FEED, D_SEQ, D_SENDER, D_AT, D_CLIENT, D_KEY, D_VERSION, D_BODY };

/* One pass over a tenant. */
struct pass {
    struct ctl *c;
    int64_t tenant;
    int32_t key_id;
    uint8_t key[CRYPTO_BLIND_KEY];
    struct words words;
    struct search_tokens rows; /* as search_add takes them */
};

static void put_head(struct pass *p, int64_t feed, int64_t seq, int32_t version, int32_t week)
{
    search_tokens_put(&p->rows, feed);
    search_tokens_put(&p->rows, seq);
    search_tokens_put(&p->rows, version);
    search_tokens_put(&p->rows, week);
    search_tokens_put(&p->rows, 0);
}

/* Appends a message's tokens; none if it cannot be opened, which a reader of the room is told. */
static void put_message(struct pass *p, const PGresult *r, int i)
{
    struct uuid client;
    int64_t at = pgget_time(r, i, D_AT), feed = pgget_int8(r, i, D_FEED), sender = pgget_int8(r, i, D_SENDER);
    int32_t version = pgget_int4(r, i, D_VERSION);
    struct buf plain = BUF_INIT, whole = BUF_INIT;
    struct content content;
    put_head(p, feed, pgget_int8(r, i, D_SEQ), version, search_week(at));
    size_t count = p->rows.n - 1;
    (void)pgget_uuid(r, i, D_CLIENT, &client);
    struct seal_ad ad = message_ad(p->tenant, feed, sender, &client, version);
    enum crypto_opened opened = row_open(p->c->keys, pgget_int4(r, i, D_KEY), &ad, pgget_text(r, i, D_BODY), &plain);
    if (opened != CRYPTO_OPENED || !buf_ok(&plain) || !utf8_valid(buf_view(&plain)) || !content_read(buf_view(&plain), &content)) {
        log_error("search: a message does not open", "room=%lld seq=%lld key=%d", (long long)feed, (long long)pgget_int8(r, i, D_SEQ), pgget_int4(r, i, D_KEY));
    } else if (search_content(&whole, &content), !buf_ok(&whole) || !words_split(&p->words, buf_view(&whole))) {
        p->rows.failed = true;
    } else {
        struct search_about about = {.room = feed, .sender = sender, .has = search_has(&content)};
        size_t n = search_index(p->key, search_week(at), &about, &p->words, &p->rows);
        if (!p->rows.failed)
            p->rows.v[count] = (int64_t)n;
    }
    buf_wipe(&whole);
    buf_wipe(&plain);
}

/* With which key? False: search is off, or the index was made with a key that is gone. */
static bool begin(struct pass *p)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, p->tenant);
    pgargs_int4(&a, keyring_current(p->c->keys));
    PGresult *r = ctl_ask(p->c, Q_CTL_SEARCH_BEGIN_WORK, &a, false);
    if (!r || PQntuples(r) == 0)
        return false;
    p->key_id = pgget_int4(r, 0, 0);
    if (!db_committed(p->c->db))
        return false;
    if (crypto_blind_key(p->c->keys, p->key_id, p->tenant, p->key) ||
        (keyring_reread(p->c->keys) && crypto_blind_key(p->c->keys, p->key_id, p->tenant, p->key)))
        return true;
    ctl_fail("the search index was made with key %d, which is not in %s. Run: confabctl search reindex", p->key_id, p->c->conf->key_file);
    return false;
}

/* Indexes a piece. True if there may be more. */
static bool piece(struct pass *p)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, p->tenant);
    pgargs_int4(&a, PIECE);
    PGresult *r = ctl_ask(p->c, Q_CTL_SEARCH_DUE_ROWS, &a, false);
    int n = r ? PQntuples(r) : 0;
    p->rows.n = 0;
    for (int i = 0; i < n; i++) {
        if (pgget_text(r, i, D_K).p[0] == 'm')
            put_message(p, r, i);
        else
            put_head(p, pgget_int8(r, i, D_FEED), pgget_int8(r, i, D_SEQ), 0, 0);
    }
    if (n == 0 || !db_committed(p->c->db))
        return false;
    if (p->rows.failed) {
        ctl_fail("out of memory");
        return false;
    }
    struct pgargs b = PGARGS_INIT;
    pgargs_int8(&b, p->tenant);
    pgargs_int4(&b, p->key_id);
    pgargs_int8_array(&b, p->rows.v, p->rows.n);
    return ctl_ask(p->c, Q_CTL_SEARCH_ADD, &b, false) && db_committed(p->c->db);
}

bool search_work(struct ctl *c, int64_t tenant, int pieces)
{
    struct pass p = {.c = c, .tenant = tenant};
    bool more = false;
    if (ctl_keys(c) && begin(&p))
        for (more = true; more && pieces-- > 0;)
            more = piece(&p);
    words_free(&p.words);
    search_tokens_free(&p.rows);
    crypto_wipe(p.key, sizeof p.key);
    return more;
}

static bool set(struct ctl *c, int64_t tenant, bool on, bool anew)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_bool(&a, on);
    pgargs_bool(&a, anew);
    return ctl_ask(c, Q_CTL_SEARCH_SWITCH, &a, false) && db_committed(c->db);
}

static bool purge(struct ctl *c, int64_t tenant)
{
    int32_t n = 1;
    while (n > 0) {
        struct pgargs a = PGARGS_INIT;
        pgargs_int8(&a, tenant);
        pgargs_int4(&a, PURGE_PIECE);
        PGresult *r = ctl_ask(c, Q_CTL_SEARCH_PURGE, &a, false);
        if (!r)
            return false;
        n = pgget_int4(r, 0, 0);
        if (!db_committed(c->db))
            return false;
    }
    return true;
}

bool search_status(struct ctl *c, int64_t tenant, struct search_status *s)
{
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    PGresult *r = ctl_ask(c, Q_CTL_SEARCH_STATUS, &a, false);
    if (!r)
        return false;
    *s = (struct search_status){.on = pgget_bool(r, 0, 0), .key_id = pgget_int4(r, 0, 1), .messages = pgget_int8(r, 0, 2), .waiting = pgget_int8(r, 0, 3)};
    return true;
}

static int print_status(struct ctl *c, int64_t tenant)
{
    struct search_status s;
    if (!search_status(c, tenant, &s))
        return CTL_FAILED;
    printf("%s, %lld messages indexed, %lld rows waiting for confabctl work", s.on ? "on" : "off", (long long)s.messages, (long long)(s.on ? s.waiting : 0));
    if (s.key_id)
        printf(", key %d", s.key_id);
    printf("\n");
    return CTL_OK;
}

int cmd_search(struct ctl *c, int argc, char **argv)
{
    if (argc != 2)
        return CTL_USAGE;
    bool off = strcmp(argv[0], "off") == 0, on = strcmp(argv[0], "on") == 0, anew = strcmp(argv[0], "reindex") == 0;
    if (!off && !on && !anew && strcmp(argv[0], "status") != 0)
        return CTL_USAGE;
    int64_t tenant = ctl_db(c) ? ctl_tenant(c, argv[1]) : 0;
    if (!tenant)
        return CTL_FAILED;
    if (!off && !on && !anew)
        return print_status(c, tenant);
    /* Off before the purge, so that no worker adds to what is being removed. */
    if ((off || anew) && (!set(c, tenant, false, true) || !purge(c, tenant)))
        return CTL_FAILED;
    if ((on || anew) && !set(c, tenant, true, false))
        return CTL_FAILED;
    printf(off ? "search is off, and its index is gone\n" : anew ? "the index is gone; confabctl work makes it anew\n" : "search is on; confabctl work makes the index\n");
    return CTL_OK;
}
