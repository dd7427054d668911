/* content.h - what stands sealed in a message's body.
 *
 * A message without files is its text. One with files is
 *
 *     0x00 | the JSON array of its files, as our writer wrote it | 0x00 | the text
 *
 * A poll has an object in that place, {"choices":[...],"anonymous":...}, and its question is the text.
 * Nothing else can look like that, since neither a text nor JSON holds a NUL. So what belongs to a message
 * travels, is edited and goes with it, and reading a page of messages joins nothing. The JSON is trusted
 * when it is read: it was sealed by us.
 */
#ifndef CONFAB_CONTENT_H
#define CONFAB_CONTENT_H

#include "buf.h"

struct content {
    struct slice files; /* the JSON array, or SLICE_NULL */
    struct slice poll;  /* the JSON object, or SLICE_NULL; never both */
    struct slice text;  /* may be empty if there are files */
};

/* Appends the body. */
void content_write(struct buf *out, const struct content *c);
/* False if it is neither form. Slices point into body. */
bool content_read(struct slice body, struct content *c);

/* What a room's sealed name holds: name, topic and description with NUL between; empty ones at the end
 * are left out. Always well-formed: what is missing is empty. */
struct room_label {
    struct slice name, topic, description;
};
void room_label_write(struct buf *out, const struct room_label *l);
void room_label_read(struct slice plain, struct room_label *l);

#endif
