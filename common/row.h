/* row.h - one row of a feed, as tail, changes and room_changes return it, and its JSON.
 *
 * The columns are those of the type feed_row in schema/functions/050_changes.sql, in this order; the
 * tail has one more, the tenant. Slices point into the PGresult. This is where an event becomes what a
 * client sees, for handlers and pusher alike.
 */
#ifndef CONFAB_ROW_H
#define CONFAB_ROW_H

#include "crypto.h"
#include "event.h"
#include "json.h"
#include "pgget.h"

struct row {
    char k; /* m message, e event, s cursor, R reset, v verdict */
    bool hidden;
    int64_t tenant;
    int64_t feed, seq;
    uint64_t xid;
    int64_t at; /* microseconds */
    int64_t actor;
    const struct event_kind *kind; /* of an event; NULL for a kind that this program does not know */
    struct slice kind_name;        /* s: the snapshot; v: the verdict; e: the kind's name */
    int64_t subject, target, value;
    struct slice word;
    /* message */
    int64_t no, thread, thread_no, edited_at;
    int32_t flags; /* of the message or the room */
    struct uuid client_id;
    int32_t key_id, version;
    struct slice body;
    bool deleted; /* a message without a body */
    /* message_edited: the message as it is now, with what stands above */
    int64_t sender, sent_at;
    /* room_changed, room_listed: the room as it is now (body: its sealed name) */
    struct slice room_kind, visibility;
    bool history_open;
    int64_t room_owner;
    /* profile_changed */
    struct slice handle, name, avatar;
    bool active;
};

/* Fills *r from row i of a result; `tenant` is used where the result has no such column. */
void row_read(struct row *r, const PGresult *res, int i, int64_t tenant);

/* Writes one durable event as a JSON object: PROTOCOL section 5. Rows that cannot be opened become
 * damaged ones, counted in *damaged and logged once each. Only k = 'm' and 'e'. */
void row_json(struct json *j, const struct row *r, struct keyring *keys, unsigned *damaged);

/* A message as in PROTOCOL section 3: shared by history, rooms and events. */
struct message {
    int64_t tenant, room, seq, no, sender, sent_at, thread, thread_no, edited_at;
    int32_t flags; /* MESSAGE_... */
    struct uuid client_id;
    int32_t key_id, version;
    struct slice body; /* sealed */
    bool deleted;
};
enum { MESSAGE_IN_ROOM = 1, MESSAGE_TO_ALL = 2 };
void message_json(struct json *j, const struct message *m, struct keyring *keys, unsigned *damaged);
/* The same, and the object is left open for what a reader adds to it. */
void message_json_open(struct json *j, const struct message *m, struct keyring *keys, unsigned *damaged);
/* Reads one from columns `col` and on, in the order of the type message_row (schema/functions/020). */
enum { MESSAGE_ROW_COLUMNS = 13 };
void message_read(struct message *m, const PGresult *res, int i, int col, int64_t tenant);

/* Opens a sealed text. Rereads the key file once (a second long) when the key is unknown. */
enum crypto_opened row_open(struct keyring *keys, int32_t key_id, const struct seal_ad *ad, struct slice sealed, struct buf *plain);
/* A room's name with topic and description (content.h: room_label), opened; "" and a log line when it cannot be. */
void room_name_open(struct keyring *keys, int64_t tenant, int64_t created_by, const struct uuid *client_id, int32_t key_id,
                    int32_t version, struct slice sealed, struct buf *plain);
/* name, topic, description and flags of a room, from its opened name. */
enum { ROOM_ARCHIVED = 1, ROOM_NO_NOTICES = 2, ROOM_NO_RECEIPTS = 4 };
void room_label_json(struct json *j, struct slice plain, int32_t flags);
/* Associated data of a room's name, of a message and of a file's name: one place each. */
struct seal_ad room_name_ad(int64_t tenant, int64_t created_by, const struct uuid *client_id, int32_t version);
struct seal_ad file_name_ad(int64_t tenant, int64_t room, int64_t owner, const struct uuid *place);
struct seal_ad message_ad(int64_t tenant, int64_t room, int64_t sender, const struct uuid *client_id, int32_t version);
/* "owner", "moderator", "member", "guest"; NULL if out of range. role_parse: 0 if unknown. */
const char *role_name(int64_t role);
int role_parse(struct slice s);

#endif
