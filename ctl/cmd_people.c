/* key, tenant, account, room: what an operator sets up by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl.h"
#include "row.h"
#include "utf8.h"

#define NAME_MAX_POINTS 64
#define ROOM_NAME_MAX_POINTS 80
#define PASSWORD_LEAST 10
#define PASSWORD_MOST 1000

int cmd_key(struct ctl *c, int argc, char **argv)
{
    char err[512];
    if (argc != 1)
        return CTL_USAGE;
    bool new = strcmp(argv[0], "new") == 0;
    if (!new && strcmp(argv[0], "add") != 0)
        return CTL_USAGE;
    if (!(new ? keyring_create : keyring_add)(c->conf->key_file, err, sizeof err))
        return ctl_fail("%s", err);
    printf("%s %s. Keep a copy of it apart from the database's backups: neither is of use without the other.\n",
           new ? "made" : "added a key to", c->conf->key_file);
    return CTL_OK;
}

/* A name that others will read; NULL after saying what is wrong. Free it. */
static char *clean_name(const char *s, size_t most)
{
    struct buf b = BUF_INIT;
    struct slice raw = slice_str(s);
    if (utf8_valid(raw) && utf8_count(raw) <= most)
        utf8_clean_name(raw, most, &b);
    if (!buf_ok(&b) || b.len == 0) {
        buf_free(&b);
        ctl_fail("a name has 1 to %zu visible characters", most);
        return NULL;
    }
    char *name = strdup(buf_cstr(&b));
    buf_free(&b);
    return name;
}

static int tenant_create(struct ctl *c, int argc, char **argv)
{
    char *hosts[32];
    size_t n = 0;
    const char *name = ctl_option(&argc, argv, "--name"), *host;
    while ((host = ctl_option(&argc, argv, "--host")) != NULL) {
        if (n == sizeof hosts / sizeof hosts[0])
            return ctl_fail("at most %zu hosts at once", n);
        hosts[n++] = (char *)host;
    }
    if (argc != 1)
        return CTL_USAGE;
    char *clean = clean_name(name ? name : argv[0], NAME_MAX_POINTS);
    if (!clean)
        return CTL_FAILED;
    struct pgargs a = PGARGS_INIT;
    pgargs_str(&a, argv[0]);
    pgargs_str(&a, clean);
    pgargs_text_array(&a, hosts, n);
    bool ok = ctl_db(c) && ctl_ask(c, Q_CTL_TENANT_CREATE, &a, false) && db_committed(c->db);
    if (ok)
        printf("created tenant %s\n", argv[0]);
    free(clean);
    return ok ? CTL_OK : CTL_FAILED;
}

int cmd_tenant(struct ctl *c, int argc, char **argv)
{
    if (argc >= 1 && strcmp(argv[0], "create") == 0)
        return tenant_create(c, argc - 1, argv + 1);
    if (argc != 1 || strcmp(argv[0], "list") != 0)
        return CTL_USAGE;
    PGresult *r = ctl_db(c) ? ctl_ask(c, Q_CTL_TENANTS, NULL, false) : NULL;
    for (int i = 0; r && i < PQntuples(r); i++)
        printf("%-20.*s %.*s\n", SLICE_FMT(pgget_text(r, i, 1)), SLICE_FMT(pgget_text(r, i, 2)));
    return r ? CTL_OK : CTL_FAILED;
}

/* 80 random bits in groups that can be read out: no letters that look alike. */
static void make_password(struct buf *b)
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    uint8_t random[16];
    crypto_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        if (i && i % 4 == 0)
            buf_byte(b, '-');
        buf_byte(b, letters[random[i] % 32]);
    }
    crypto_wipe(random, sizeof random);
}

static bool read_password(struct buf *b)
{
    char line[PASSWORD_MOST + 2];
    bool ok = fgets(line, sizeof line, stdin) != NULL;
    size_t n = ok ? strcspn(line, "\n") : 0;
    buf_bytes(b, line, n);
    crypto_wipe(line, sizeof line);
    if (!ok || n < PASSWORD_LEAST || n > PASSWORD_MOST || !utf8_valid(buf_view(b))) {
        ctl_fail("a password has %d to %d bytes", PASSWORD_LEAST, PASSWORD_MOST);
        return false;
    }
    return true;
}

/* Reads or makes a password and hashes it. */
static bool get_password(struct ctl *c, bool from_stdin, struct buf *plain, struct buf *hash)
{
    if (from_stdin ? !read_password(plain) : (make_password(plain), false))
        return false;
    if (!buf_ok(plain) || !password_hash(buf_view(plain), c->conf->password_ops, c->conf->password_memory_kib, hash) || !buf_cstr(hash)) {
        ctl_fail("hashing the password failed: password_memory_kib may be more than this machine has");
        return false;
    }
    return true;
}

static int account_create(struct ctl *c, int argc, char **argv)
{
    struct buf plain = BUF_INIT, hash = BUF_INIT;
    char *name = NULL;
    int code = CTL_FAILED;
    const char *option = ctl_option(&argc, argv, "--name");
    bool from_stdin = ctl_flag(&argc, argv, "--password-stdin");
    if (argc != 2)
        return CTL_USAGE;
    int64_t tenant = ctl_db(c) ? ctl_tenant(c, argv[0]) : 0;
    if (!tenant || !(name = clean_name(option ? option : argv[1], NAME_MAX_POINTS)) || !get_password(c, from_stdin, &plain, &hash))
        goto out;
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_str(&a, argv[1]);
    pgargs_str(&a, name);
    pgargs_str(&a, hash.data);
    PGresult *r = ctl_ask(c, Q_CTL_ACCOUNT_CREATE, &a, true);
    int64_t id = pgget_int8(r, 0, 0);
    if (!r || !db_committed(c->db))
        goto out;
    printf("created account %s (%lld)\n", argv[1], (long long)id);
    if (!from_stdin)
        printf("password: %.*s\n", SLICE_FMT(buf_view(&plain)));
    code = CTL_OK;
out:
    buf_wipe(&plain);
    buf_wipe(&hash);
    free(name);
    return code;
}

static int account_password(struct ctl *c, int argc, char **argv)
{
    struct buf plain = BUF_INIT, hash = BUF_INIT;
    int code = CTL_FAILED;
    bool from_stdin = ctl_flag(&argc, argv, "--password-stdin");
    if (argc != 2)
        return CTL_USAGE;
    int64_t tenant = ctl_db(c) ? ctl_tenant(c, argv[0]) : 0;
    if (!tenant || !get_password(c, from_stdin, &plain, &hash))
        goto out;
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_str(&a, argv[1]);
    pgargs_str(&a, hash.data);
    PGresult *r = ctl_ask(c, Q_CTL_ACCOUNT_PASSWORD, &a, true);
    bool found = pgget_bool(r, 0, 0);
    if (!r || !db_committed(c->db))
        goto out;
    if (!found) {
        ctl_fail("there is no account %s in %s", argv[1], argv[0]);
        goto out;
    }
    puts("password changed; all sessions of the account have ended");
    if (!from_stdin)
        printf("password: %.*s\n", SLICE_FMT(buf_view(&plain)));
    code = CTL_OK;
out:
    buf_wipe(&plain);
    buf_wipe(&hash);
    return code;
}

static int account_active(struct ctl *c, int argc, char **argv, bool active)
{
    if (argc != 2)
        return CTL_USAGE;
    int64_t tenant = ctl_db(c) ? ctl_tenant(c, argv[0]) : 0;
    if (!tenant)
        return CTL_FAILED;
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_str(&a, argv[1]);
    pgargs_bool(&a, active);
    PGresult *r = ctl_ask(c, Q_CTL_ACCOUNT_ACTIVE, &a, true);
    bool found = pgget_bool(r, 0, 0);
    if (!r || !db_committed(c->db))
        return CTL_FAILED;
    if (!found)
        return ctl_fail("there is no account %s in %s", argv[1], argv[0]);
    puts(active ? "the account may sign in again" : "the account is closed; its sessions have ended");
    return CTL_OK;
}

static int account_list(struct ctl *c, int argc, char **argv)
{
    if (argc != 1)
        return CTL_USAGE;
    int64_t tenant = ctl_db(c) ? ctl_tenant(c, argv[0]) : 0;
    if (!tenant)
        return CTL_FAILED;
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    PGresult *r = ctl_ask(c, Q_CTL_ACCOUNT_LIST, &a, false);
    for (int i = 0; r && i < PQntuples(r); i++)
        printf("%-8lld %-32.*s %-7s %3lld sessions  %.*s\n", (long long)pgget_int8(r, i, 0), SLICE_FMT(pgget_text(r, i, 1)),
               pgget_bool(r, i, 3) ? "active" : "closed", (long long)pgget_int8(r, i, 5), SLICE_FMT(pgget_text(r, i, 2)));
    return r ? CTL_OK : CTL_FAILED;
}

int cmd_account(struct ctl *c, int argc, char **argv)
{
    if (argc < 1)
        return CTL_USAGE;
    if (strcmp(argv[0], "create") == 0)
        return account_create(c, argc - 1, argv + 1);
    if (strcmp(argv[0], "password") == 0)
        return account_password(c, argc - 1, argv + 1);
    if (strcmp(argv[0], "deactivate") == 0 || strcmp(argv[0], "activate") == 0)
        return account_active(c, argc - 1, argv + 1, argv[0][0] == 'a');
    if (strcmp(argv[0], "list") == 0)
        return account_list(c, argc - 1, argv + 1);
    return CTL_USAGE;
}

int cmd_room(struct ctl *c, int argc, char **argv)
{
    if (argc < 1 || strcmp(argv[0], "create") != 0)
        return CTL_USAGE;
    argc--, argv++;
    bool public = ctl_flag(&argc, argv, "--public");
    if (argc != 3)
        return CTL_USAGE;
    struct buf sealed = BUF_INIT;
    char *name = NULL;
    int code = CTL_FAILED;
    struct uuid client;
    int64_t tenant = ctl_db(c) && ctl_keys(c) ? ctl_tenant(c, argv[0]) : 0;
    if (!tenant || !(name = clean_name(argv[2], ROOM_NAME_MAX_POINTS)))
        goto out;
    struct pgargs who = PGARGS_INIT;
    pgargs_int8(&who, tenant);
    pgargs_str(&who, argv[1]);
    PGresult *r = ctl_ask(c, Q_CTL_ACCOUNT_ID, &who, false);
    int64_t owner = r && PQntuples(r) ? pgget_int8(r, 0, 0) : 0;
    if (!owner) {
        if (r)
            ctl_fail("there is no account %s in %s", argv[1], argv[0]);
        goto out;
    }
    uuid_make(&client);
    struct seal_ad ad = room_name_ad(tenant, owner, &client, 1);
    if (!crypto_seal(c->keys, keyring_current(c->keys), &ad, slice_str(name), &sealed) || !buf_ok(&sealed))
        goto out;
    struct pgargs a = PGARGS_INIT;
    pgargs_int8(&a, tenant);
    pgargs_str(&a, argv[1]);
    pgargs_uuid(&a, &client);
    pgargs_str(&a, public ? "public" : "private");
    pgargs_int4(&a, keyring_current(c->keys));
    pgargs_bytes(&a, buf_view(&sealed));
    r = ctl_ask(c, Q_CTL_ROOM_CREATE_FOR, &a, true);
    int64_t id = pgget_int8(r, 0, 0);
    if (r && db_committed(c->db)) {
        printf("created room %s (%lld)\n", name, (long long)id);
        code = CTL_OK;
    }
out:
    buf_free(&sealed);
    free(name);
    return code;
}
