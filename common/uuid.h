/* uuid.h - UUIDs as RFC 9562 writes them: 36 characters, hexadecimal in either case. */
#ifndef CONFAB_UUID_H
#define CONFAB_UUID_H

#include "slice.h"

struct uuid {
    uint8_t b[16];
};

#define UUID_TEXT 37 /* with its NUL */

bool uuid_parse(struct slice s, struct uuid *out);
void uuid_text(const struct uuid *u, char out[UUID_TEXT]);
/* Version 7: sorts by the time of its making. */
void uuid_make(struct uuid *out);

#endif
