/* sandbox.h - gives up what a decoder of hostile bytes does not need.
 *
 * Called once, when everything has been loaded: afterwards this process can read and write what it has
 * open, ask for memory within bounds, and end; nothing else. Not under a sanitizer, which needs more.
 */
#ifndef CONFAB_SANDBOX_H
#define CONFAB_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* memory: bytes of address space; seconds: of processor time. */
bool sandbox_enter(size_t memory, unsigned seconds);

#endif
