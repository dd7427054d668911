/* shapes.h - rows of the database as the JSON of docs/PROTOCOL.md section 3.
 *
 * Each function writes one object from row `i` of the result of one statement of
 * schema/queries/api.sql, whose column order it knows. Sealed text is opened here.
 */
#ifndef CONFAB_SHAPES_H
#define CONFAB_SHAPES_H

#include "call.h"
#include "row.h"

/* my_profile: Me. */
void me_json(struct json *j, const PGresult *r);
/* people_search, people_get: Person. */
void person_json(struct json *j, const PGresult *r, int i);
/* my_rooms: Room. */
void room_json(struct json *j, const PGresult *r, int i, const struct call *c);
/* public_room, public_rooms: PublicRoom with its name (topic, description) already opened. */
void public_room_json(struct json *j, const PGresult *r, int i, struct slice name, bool joined);
/* The opened name of a row of my_rooms, public_room or public_rooms, appended; nothing for direct rooms. */
void room_name(const PGresult *r, int i, const struct call *c, struct buf *name);

/* Columns of my_rooms that others need too; those up to FLAGS are the same in public_room(s). */
enum room_column {
    ROOM_ID, ROOM_KIND, ROOM_VISIBILITY, ROOM_HISTORY_OPEN, ROOM_CREATED_BY, ROOM_CLIENT_ID, ROOM_NAME, ROOM_NAME_KEY,
    ROOM_NAME_VERSION, ROOM_MEMBERS, ROOM_CREATED_AT, ROOM_FLAGS, ROOM_OTHER, ROOM_PEOPLE,
    ROOM_ROLE, ROOM_VISIBLE_FROM, ROOM_READ_SEQ, ROOM_READ_NO, ROOM_LAST_SEQ, ROOM_LAST_NO, ROOM_MIN_SEQ, ROOM_ACTIVE_AT,
    ROOM_NOTIFY, ROOM_MUTED_UNTIL, ROOM_FAVOURITE, ROOM_MENTIONS, ROOM_THREADS, ROOM_MESSAGE, ROOM_M_SEQ, ROOM_M_NO, ROOM_M_SENDER,
    PUBLIC_ROOM_JOINED = ROOM_OTHER,
};

/* Others after whom a group without a name is called. */
#define ROOM_PEOPLE_MOST 6

#endif
