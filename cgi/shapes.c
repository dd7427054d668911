#include "shapes.h"

void me_json(struct json *j, const PGresult *r)
{
    enum { ID, HANDLE, NAME, AVATAR, CREATED_AT, TENANT, TENANT_NAME, SESSION };

    json_begin_object(j);
    json_kv_id(j, "id", pgget_int8(r, 0, ID));
    json_kv_text(j, "handle", pgget_text(r, 0, HANDLE));
    json_kv_text(j, "name", pgget_text(r, 0, NAME));
    json_kv_text(j, "avatar", pgget_text(r, 0, AVATAR));
    json_kv_time(j, "created_at", pgget_time(r, 0, CREATED_AT));
    json_key(j, "tenant");
    json_begin_object(j);
    json_kv_id(j, "id", pgget_int8(r, 0, TENANT));
    json_kv_text(j, "name", pgget_text(r, 0, TENANT_NAME));
    json_end(j);
    json_kv_id(j, "session", pgget_int8(r, 0, SESSION));
    json_end(j);
}

void person_json(struct json *j, const PGresult *r, int i)
{
    enum { ID, HANDLE, NAME, AVATAR, ACTIVE };

    json_begin_object(j);
    json_kv_id(j, "id", pgget_int8(r, i, ID));
    json_kv_text(j, "handle", pgget_text(r, i, HANDLE));
    json_kv_text(j, "name", pgget_text(r, i, NAME));
    json_kv_text(j, "avatar", pgget_text(r, i, AVATAR));
    json_kv_bool(j, "active", pgget_bool(r, i, ACTIVE));
    json_end(j);
}

void room_name(const PGresult *r, int i, const struct call *c, struct buf *name)
{
    struct uuid client;

    if (!pgget_uuid(r, i, ROOM_CLIENT_ID, &client)) return;
    room_name_open(c->api->keys, c->who.tenant, pgget_int8(r, i, ROOM_CREATED_BY), &client, pgget_int4(r, i, ROOM_NAME_KEY),
                   pgget_int4(r, i, ROOM_NAME_VERSION), pgget_text(r, i, ROOM_NAME), name);
}

/* What Room and PublicRoom have in common. */
static void room_head_json(struct json *j, const PGresult *r, int i, struct slice name)
{
    json_kv_id(j, "id", pgget_int8(r, i, ROOM_ID));
    json_kv_text(j, "kind", pgget_text(r, i, ROOM_KIND));
    json_kv_text(j, "visibility", pgget_text(r, i, ROOM_VISIBILITY));
    json_kv_bool(j, "history_open", pgget_bool(r, i, ROOM_HISTORY_OPEN));
    room_label_json(j, name, pgget_int4(r, i, ROOM_FLAGS));
    json_kv_int(j, "members", pgget_int4(r, i, ROOM_MEMBERS));
    json_kv_time(j, "created_at", pgget_time(r, i, ROOM_CREATED_AT));
}

static void last_message_json(struct json *j, const PGresult *r, int i, const struct call *c)
{
    struct message m;
    unsigned damaged = 0; /* message_json has logged it */

    if (pgget_null(r, i, ROOM_M_SEQ)) return;
    message_read(&m, r, i, ROOM_MESSAGE, c->who.tenant);
    json_key(j, "last_message");
    message_json(j, &m, c->api->keys, &damaged);
}

static void people_json(struct json *j, const PGresult *r, int i)
{
    int64_t ids[ROOM_PEOPLE_MOST];
    size_t n = pgget_int8_array(r, i, ROOM_PEOPLE, ids, ROOM_PEOPLE_MOST);

    if (pgget_null(r, i, ROOM_PEOPLE)) return;
    json_key(j, "people");
    json_begin_array(j);
    for (size_t k = 0; k < n; k++) json_id(j, ids[k]);
    json_end(j);
}

/* What is mine in the room beside the watermark. */
static void my_settings_json(struct json *j, const PGresult *r, int i)
{
    static const char *const notify[] = {"all", "mentions", "nothing"};
    int16_t n = pgget_int2(r, i, ROOM_NOTIFY);

    json_kv_str(j, "notify", n >= 0 && n <= 2 ? notify[n] : notify[0]);
    if (!pgget_null(r, i, ROOM_MUTED_UNTIL)) json_kv_time(j, "muted_until", pgget_time(r, i, ROOM_MUTED_UNTIL));
    if (!pgget_null(r, i, ROOM_FAVOURITE)) json_kv_int(j, "favourite", pgget_int4(r, i, ROOM_FAVOURITE));
    json_kv_int(j, "mentions", pgget_int8(r, i, ROOM_MENTIONS));
    json_kv_int(j, "threads_unread", pgget_int8(r, i, ROOM_THREADS));
}

void room_json(struct json *j, const PGresult *r, int i, const struct call *c)
{
    int64_t last_no = pgget_int8(r, i, ROOM_LAST_NO), read_no = pgget_int8(r, i, ROOM_READ_NO);
    struct buf name = BUF_INIT;

    room_name(r, i, c, &name);
    json_begin_object(j);
    room_head_json(j, r, i, buf_view(&name));
    json_kv_time(j, "active_at", pgget_time(r, i, ROOM_ACTIVE_AT));
    json_kv_str(j, "role", role_name(pgget_int2(r, i, ROOM_ROLE)));
    if (!pgget_null(r, i, ROOM_OTHER)) json_kv_id(j, "person", pgget_int8(r, i, ROOM_OTHER));
    json_kv_int(j, "read_seq", pgget_int8(r, i, ROOM_READ_SEQ));
    json_kv_int(j, "read_no", read_no);
    json_kv_int(j, "last_seq", pgget_int8(r, i, ROOM_LAST_SEQ));
    json_kv_int(j, "last_no", last_no);
    json_kv_int(j, "unread", last_no > read_no ? last_no - read_no : 0);
    json_kv_int(j, "min_seq", pgget_int8(r, i, ROOM_MIN_SEQ));
    json_kv_int(j, "visible_from", pgget_int8(r, i, ROOM_VISIBLE_FROM));
    people_json(j, r, i);
    my_settings_json(j, r, i);
    last_message_json(j, r, i, c);
    json_end(j);
    buf_wipe(&name);
}

void public_room_json(struct json *j, const PGresult *r, int i, struct slice name, bool joined)
{
    json_begin_object(j);
    room_head_json(j, r, i, name);
    json_kv_bool(j, "joined", joined);
    json_end(j);
}
