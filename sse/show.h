/* show.h - what a person says of itself in a frame: status, device, name, emoji, place. */
#ifndef CONFAB_SHOW_H
#define CONFAB_SHOW_H

#include "roster.h"

struct json_t;

/* Reads the members status, device, name, emoji, emoji_ms, x and y of a frame; any may be missing. A
 * name is cleaned into `name`, and slices of *s point into it and into the frame. False with a sentence
 * for the client when one is wrong. now: monotonic microseconds. */
bool show_read(struct show *s, const struct json_t *frame, int64_t now, struct buf *name, const char **detail);

#endif
