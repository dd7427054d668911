/* shortcode.h - the emoji that a :name: stands for.
 *
 * The table is common/shortcode.def.
 */
#ifndef CONFAB_SHORTCODE_H
#define CONFAB_SHORTCODE_H

#include "slice.h"

#define SHORTCODE_MAX 45 /* bytes in the longest name */

/* name: without the colons. The empty slice if nothing is called so. */
struct slice shortcode_find(struct slice name);

#endif
