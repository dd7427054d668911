#include "row.h"

#include "log.h"
#include "utf8.h"

static const char *const roles[] = {NULL, "owner", "moderator", "member", "guest"};

const char *role_name(int64_t role)
{
    return role >= 1 && role < (int64_t)(sizeof roles / sizeof roles[0]) ? roles[role] : NULL;
}

int role_parse(struct slice s)
{
    for (int i = 1; i < (int)(sizeof roles / sizeof roles[0]); i++)
        if (slice_eq(s, slice_str(roles[i])))
            return i;
    return 0;
}

struct seal_ad message_ad(int64_t tenant, int64_t room, int64_t sender, const struct uuid *client_id, int32_t version)
{
    struct seal_ad ad = {.use = SEAL_MESSAGE, .tenant = tenant, .feed = room, .owner = sender, .version = version};
    memcpy(ad.client_id, client_id->b, sizeof ad.client_id);
    return ad;
}

struct seal_ad room_name_ad(int64_t tenant, int64_t created_by, const struct uuid *client_id, int32_t version)
{
    /* The name is sealed before the room has an id: its creator and client id stand for it. */
    struct seal_ad ad = {.use = SEAL_ROOM_NAME, .tenant = tenant, .owner = created_by, .version = version};
    memcpy(ad.client_id, client_id->b, sizeof ad.client_id);
    return ad;
}

enum crypto_opened row_open(struct keyring *keys, int32_t key_id, const struct seal_ad *ad, struct slice sealed, struct buf *plain)
{
    enum crypto_opened opened = crypto_open(keys, key_id, ad, sealed, plain);
    if (opened == CRYPTO_NO_KEY && keyring_reread(keys))
        opened = crypto_open(keys, key_id, ad, sealed, plain);
    return opened;
}

static const char *why(enum crypto_opened opened)
{
    return opened == CRYPTO_NO_KEY ? "its key is not in the key file" : "it does not open with its key";
}

void room_name_open(struct keyring *keys, int64_t tenant, int64_t created_by, const struct uuid *client_id, int32_t key_id,
                    int32_t version, struct slice sealed, struct buf *plain)
{
    if (!sealed.p)
        return;
    size_t before = plain->len;
    struct seal_ad ad = room_name_ad(tenant, created_by, client_id, version);
    enum crypto_opened opened = row_open(keys, key_id, &ad, sealed, plain);
    if (opened != CRYPTO_OPENED) {
        plain->len = before;
        log_error("room name: damaged", "tenant=%lld created_by=%lld key=%d why=%s", (long long)tenant, (long long)created_by, key_id, why(opened));
    }
}

void message_json(struct json *j, const struct message *m, struct keyring *keys, unsigned *damaged)
{
    struct buf plain = BUF_INIT;
    char uuid[UUID_TEXT];
    uuid_text(&m->client_id, uuid);
    json_begin_object(j);
    json_kv_id(j, "room", m->room);
    json_kv_int(j, "seq", m->seq);
    json_kv_int(j, "no", m->no);
    json_kv_id(j, "sender", m->sender);
    json_kv_time(j, "sent_at", m->sent_at);
    json_kv_str(j, "client_id", uuid);
    if (m->deleted) {
        json_key(j, "text");
        json_put_null(j);
        json_kv_bool(j, "deleted", true);
    } else {
        struct seal_ad ad = message_ad(m->tenant, m->room, m->sender, &m->client_id, m->version);
        enum crypto_opened opened = row_open(keys, m->key_id, &ad, m->body, &plain);
        if (opened == CRYPTO_OPENED && buf_ok(&plain) && utf8_valid(buf_view(&plain))) {
            json_kv_text(j, "text", buf_view(&plain));
        } else {
            /* One bad row must not take the history with it. */
            (*damaged)++;
            log_error("message: damaged", "room=%lld seq=%lld key=%d why=%s", (long long)m->room, (long long)m->seq, m->key_id, why(opened));
            json_key(j, "text");
            json_put_null(j);
            json_kv_bool(j, "damaged", true);
        }
    }
    if (m->thread)
        json_kv_int(j, "thread", m->thread);
    json_kv_int(j, "version", m->version);
    json_end(j);
    buf_wipe(&plain);
}

void row_read(struct row *r, const PGresult *res, int i, int64_t tenant)
{
    *r = (struct row){.tenant = tenant};
    struct slice k = pgget_text(res, i, 0), xid = pgget_text(res, i, 3);
    r->k = k.n ? k.p[0] : 0;
    r->feed = pgget_int8(res, i, 1);
    r->seq = pgget_int8(res, i, 2);
    slice_u64(xid, UINT64_MAX, &r->xid);
    r->at = pgget_time(res, i, 4);
    r->actor = pgget_int8(res, i, 5);
    r->hidden = pgget_bool(res, i, 6);
    r->kind_name = pgget_text(res, i, 7);
    if (r->k == 'e')
        r->kind = event_kind_find(r->kind_name);
    r->subject = pgget_int8(res, i, 8);
    r->target = pgget_int8(res, i, 9);
    r->value = pgget_int8(res, i, 10);
    r->no = pgget_int8(res, i, 11);
    pgget_uuid(res, i, 12, &r->client_id);
    r->thread = pgget_int8(res, i, 13);
    r->key_id = pgget_int4(res, i, 14);
    r->version = pgget_int4(res, i, 15);
    r->body = pgget_text(res, i, 16);
    r->deleted = r->k == 'm' && pgget_null(res, i, 16);
    r->room_kind = pgget_text(res, i, 17);
    r->visibility = pgget_text(res, i, 18);
    r->history_open = pgget_bool(res, i, 19);
    r->room_owner = pgget_int8(res, i, 20);
    r->handle = pgget_text(res, i, 21);
    r->name = pgget_text(res, i, 22);
    r->avatar = pgget_text(res, i, 23);
    r->active = pgget_bool(res, i, 24);
    if (PQnfields(res) > 25)
        r->tenant = pgget_int8(res, i, 25);
}

/* One of an event's columns under the name that its kind gives it. */
static void column_json(struct json *j, const char *member, int64_t v)
{
    if (!member)
        return;
    if (strcmp(member, "person") == 0 || strcmp(member, "room") == 0 || strcmp(member, "session") == 0)
        json_kv_id(j, member, v);
    else if (strcmp(member, "role") == 0)
        json_kv_str(j, member, role_name(v));
    else
        json_kv_int(j, member, v);
}

static void room_now_json(struct json *j, const struct row *r, struct keyring *keys)
{
    struct buf name = BUF_INIT;
    json_kv_text(j, "kind", r->room_kind);
    json_kv_text(j, "visibility", r->visibility);
    json_kv_bool(j, "history_open", r->history_open);
    room_name_open(keys, r->tenant, r->room_owner, &r->client_id, r->key_id, r->version, r->body, &name);
    json_kv_text(j, "name", buf_view(&name));
    buf_wipe(&name);
}

static void event_members_json(struct json *j, const struct row *r, struct keyring *keys)
{
    json_kv_id(j, "actor", r->actor);
    column_json(j, r->kind->subject, r->subject);
    column_json(j, r->kind->target, r->target);
    column_json(j, r->kind->value, r->value);
    /* The room or the person may be gone by the time that the row is read: then there is no "now". */
    if (r->kind->extra == EVENT_EXTRA_ROOM_NOW && r->room_kind.p) {
        room_now_json(j, r, keys);
    } else if (r->kind->extra == EVENT_EXTRA_PERSON_NOW && r->handle.p) {
        json_kv_text(j, "handle", r->handle);
        json_kv_text(j, "name", r->name);
        json_kv_text(j, "avatar", r->avatar);
        json_kv_bool(j, "active", r->active);
    }
}

void row_json(struct json *j, const struct row *r, struct keyring *keys, unsigned *damaged)
{
    bool message = r->k == 'm' && !r->hidden;
    /* A kind that a newer program wrote is a number without content to this one. */
    bool event = r->k == 'e' && !r->hidden && r->kind;
    json_begin_object(j);
    json_kv_str(j, "event", message ? "message" : event ? r->kind->name : "hidden");
    json_kv_id(j, "feed", r->feed);
    json_kv_int(j, "seq", r->seq);
    json_kv_time(j, "at", r->at);
    if (message) {
        struct message m = {.tenant = r->tenant, .room = r->feed, .seq = r->seq, .no = r->no, .sender = r->actor,
                            .sent_at = r->at, .thread = r->thread, .client_id = r->client_id, .key_id = r->key_id,
                            .version = r->version, .body = r->body, .deleted = r->deleted};
        json_key(j, "message");
        message_json(j, &m, keys, damaged);
    } else if (event) {
        event_members_json(j, r, keys);
    }
    json_end(j);
}
