/* image.h - what the head of an image says of it: kind, size, which way up.
 *
 *     struct image_head head;
 *     if (image_look(bytes, &head) && (int64_t)head.width * head.height <= PIXELS_MOST) ... decode
 *
 * Asked before any decoder is let near the bytes: a small file can claim to be a huge picture. Reads
 * nothing beyond the slice, does no I/O, and believes nothing: the sizes are a claim, only the
 * decoder's memory limit holds it to them.
 */
#ifndef CONFAB_IMAGE_H
#define CONFAB_IMAGE_H

#include "slice.h"

struct image_head {
    enum image_kind { IMAGE_PNG, IMAGE_JPEG, IMAGE_GIF, IMAGE_WEBP } kind;
    int32_t width, height; /* as stored; at least 1 */
    int orientation;       /* EXIF: 1 (upright) to 8; from 5 on, width and height change places */
};

/* False for everything else, and for a head that is not whole. */
bool image_look(struct slice bytes, struct image_head *head);

#endif
