#include "row.h"

#include "content.h"
#include "log.h"
#include "markdown.h"
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

struct seal_ad file_name_ad(int64_t tenant, int64_t room, int64_t owner, const struct uuid *place)
{
    struct seal_ad ad = {.use = SEAL_FILE_NAME, .tenant = tenant, .feed = room, .owner = owner};
    memcpy(ad.client_id, place->b, sizeof ad.client_id);
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

void message_read(struct message *m, const PGresult *res, int i, int col, int64_t tenant)
{
    enum { ROOM, SEQ, NO, SENDER, SENT_AT, CLIENT_ID, THREAD, THREAD_NO, FLAGS, EDITED_AT, KEY, VERSION, BODY };
    *m = (struct message){
        .tenant = tenant, .room = pgget_int8(res, i, col + ROOM), .seq = pgget_int8(res, i, col + SEQ), .no = pgget_int8(res, i, col + NO),
        .sender = pgget_int8(res, i, col + SENDER), .sent_at = pgget_time(res, i, col + SENT_AT), .thread = pgget_int8(res, i, col + THREAD),
        .thread_no = pgget_int8(res, i, col + THREAD_NO), .flags = pgget_int2(res, i, col + FLAGS), .edited_at = pgget_time(res, i, col + EDITED_AT),
        .key_id = pgget_int4(res, i, col + KEY), .version = pgget_int4(res, i, col + VERSION), .body = pgget_text(res, i, col + BODY),
        .deleted = pgget_null(res, i, col + BODY),
    };
    (void)pgget_uuid(res, i, col + CLIENT_ID, &m->client_id);
}

/* Do all files of a message's array have this kind of media type? The array is our own writer's, where
 * only a member's name stands between a comma and such a colon: in a string the quotes are escaped. */
static bool files_are(struct slice files, struct slice kind)
{
    const struct slice member = SLICE("\"type\":\"");
    struct slice part;
    bool all = true;
    while (all && slice_cut(&files, ',', &part))
        if (slice_starts(part, member))
            all = slice_starts(slice_make(part.p + member.n, part.n - member.n), kind);
    return all;
}

static void content_json(struct json *j, const struct content *c)
{
    json_kv_text(j, "text", c->text);
    markdown_json(j, c->text);
    if (c->files.n > 0) {
        json_kv_str(j, "type", files_are(c->files, SLICE("image/")) ? "image" : "file");
        json_key(j, "files");
        json_splice(j, c->files);
    }
    if (c->poll.n > 0) {
        json_kv_str(j, "type", "poll");
        json_key(j, "poll");
        json_splice(j, c->poll);
    }
}

void message_json(struct json *j, const struct message *m, struct keyring *keys, unsigned *damaged)
{
    message_json_open(j, m, keys, damaged);
    json_end(j);
}

void message_json_open(struct json *j, const struct message *m, struct keyring *keys, unsigned *damaged)
{
    struct content content;
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
        if (opened == CRYPTO_OPENED && buf_ok(&plain) && utf8_valid(buf_view(&plain)) && content_read(buf_view(&plain), &content)) {
            content_json(j, &content);
        } else {
            /* One bad row must not take the history with it. */
            (*damaged)++;
            log_error("message: damaged", "room=%lld seq=%lld key=%d why=%s", (long long)m->room, (long long)m->seq, m->key_id, why(opened));
            json_key(j, "text");
            json_put_null(j);
            json_kv_bool(j, "damaged", true);
        }
    }
    if (m->thread) {
        json_kv_int(j, "thread", m->thread);
        json_kv_int(j, "thread_no", m->thread_no);
        if (m->flags & MESSAGE_IN_ROOM)
            json_kv_bool(j, "in_room", true);
    }
    if (m->flags & MESSAGE_TO_ALL)
        json_kv_bool(j, "mentions_room", true);
    if (m->edited_at)
        json_kv_time(j, "edited_at", m->edited_at);
    json_kv_int(j, "version", m->version);
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
    r->word = pgget_text(res, i, 25);
    r->sender = pgget_int8(res, i, 26);
    r->sent_at = pgget_time(res, i, 27);
    r->thread_no = pgget_int8(res, i, 28);
    r->flags = pgget_int4(res, i, 29);
    r->edited_at = pgget_time(res, i, 30);
    if (PQnfields(res) > 31)
        r->tenant = pgget_int8(res, i, 31);
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

void room_label_json(struct json *j, struct slice plain, int32_t flags)
{
    struct room_label l;
    room_label_read(plain, &l);
    json_kv_text(j, "name", l.name);
    json_kv_text(j, "topic", l.topic);
    json_kv_text(j, "description", l.description);
    json_kv_bool(j, "archived", flags & ROOM_ARCHIVED);
    json_kv_bool(j, "notices", !(flags & ROOM_NO_NOTICES));
    json_kv_bool(j, "receipts", !(flags & ROOM_NO_RECEIPTS));
}

static void room_now_json(struct json *j, const struct row *r, struct keyring *keys)
{
    struct buf name = BUF_INIT;
    json_kv_text(j, "kind", r->room_kind);
    json_kv_text(j, "visibility", r->visibility);
    json_kv_bool(j, "history_open", r->history_open);
    room_name_open(keys, r->tenant, r->room_owner, &r->client_id, r->key_id, r->version, r->body, &name);
    room_label_json(j, buf_view(&name), r->flags);
    buf_wipe(&name);
}

/* The message as it is now: of the event's row, with the target's columns. */
static void message_now_json(struct json *j, const struct row *r, struct keyring *keys, unsigned *damaged)
{
    struct message m = {.tenant = r->tenant, .room = r->feed, .seq = r->target, .no = r->no, .sender = r->sender,
                        .sent_at = r->sent_at, .thread = r->thread, .thread_no = r->thread_no, .flags = r->flags, .edited_at = r->edited_at,
                        .client_id = r->client_id, .key_id = r->key_id, .version = r->version, .body = r->body, .deleted = !r->body.p};
    json_key(j, "message");
    message_json(j, &m, keys, damaged);
}

static void event_members_json(struct json *j, const struct row *r, struct keyring *keys, unsigned *damaged)
{
    json_kv_id(j, "actor", r->actor);
    column_json(j, r->kind->subject, r->subject);
    column_json(j, r->kind->target, r->target);
    column_json(j, r->kind->value, r->value);
    if (r->kind->word)
        json_kv_text(j, r->kind->word, r->word);
    /* The room or the person may be gone by the time that the row is read: then there is no "now". */
    if (r->kind->extra == EVENT_EXTRA_ROOM_NOW && r->room_kind.p) {
        room_now_json(j, r, keys);
    } else if (r->kind->extra == EVENT_EXTRA_MESSAGE_NOW && r->sender) {
        message_now_json(j, r, keys, damaged);
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
                            .sent_at = r->at, .thread = r->thread, .thread_no = r->thread_no, .flags = r->flags, .edited_at = r->edited_at, .client_id = r->client_id, .key_id = r->key_id,
                            .version = r->version, .body = r->body, .deleted = r->deleted};
        json_key(j, "message");
        message_json(j, &m, keys, damaged);
    } else if (event) {
        event_members_json(j, r, keys, damaged);
    }
    json_end(j);
}
