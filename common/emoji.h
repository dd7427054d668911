/* emoji.h - is this exactly one emoji, or does it begin with one?
 *
 * Checks the form that UTS 51 gives an emoji sequence (a flag, a keycap, or pictographs with skin
 * tone, style or tags, joined by ZWJ), not whether a font has a picture for it.
 */
#ifndef CONFAB_EMOJI_H
#define CONFAB_EMOJI_H

#include "slice.h"

#define EMOJI_BYTES_MAX 64

/* s: any bytes. False for the empty slice. */
bool emoji_one(struct slice s);
/* The bytes of the emoji that s begins with; 0 if it begins otherwise. */
size_t emoji_length(struct slice s);

#endif
