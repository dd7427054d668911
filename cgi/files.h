/* files.h - uploaded files as the handlers see them: rows of the table `file`, and File of PROTOCOL.
 *
 *     if (!files_on(c)) return;                        // the operator wants none: answered
 *     if (!files_json(c, ids, n, &array)) return;      // for a message that carries them: answered
 *
 * A row's texts are opened and live in the call's arena.
 */
#ifndef CONFAB_FILES_H
#define CONFAB_FILES_H

#include "call.h"
#include "filestore.h"

/* In one message. */
#define FILES_MOST 10

struct file_row {
    int64_t id, room, owner, size, thumbnail;
    struct uuid place;
    struct slice name;
    struct slice type; /* empty: not complete */
    int32_t width, height;
};

/* Does this installation take files? Needs a folder, and bodies of a chunk's size. */
bool files_configured(const struct conf *conf);
/* False after answering that it does not. */
bool files_on(struct call *c);

/* The member "files" of the limits that a client is told: null if there are none to upload. */
void files_limits_json(struct json *j, const struct conf *conf);

/* Row i of file_upload, file_read or files_describe. */
void file_row_read(struct call *c, const PGresult *r, int i, struct file_row *f);
void file_json(struct json *j, const struct file_row *f);
struct stored_id file_stored_id(const struct call *c, const struct file_row *f, enum stored_kind kind);
/* Answers what went wrong in the folder. */
void files_failed(struct call *c, enum store_status status);

/* The array of File objects of these uploads of the caller to the room in c->params, in their order: what
 * a message seals. A round trip of its own. False after answering: one is not there or not complete. */
bool files_json(struct call *c, const int64_t *ids, size_t n, struct buf *out);

#endif
