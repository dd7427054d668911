/* unit.h - what the unit tests share, cmocka included.
 *
 * Inputs of parsers go through feed_broken or exact(): copies of their exact size on the heap, so
 * that a sanitizer sees a read past the end.
 */
#ifndef CONFAB_UNIT_H
#define CONFAB_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto.h"
#include "slice.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A heap copy without a NUL; free(p) when done. */
struct slice exact(struct slice s);

typedef void (*feed_fn)(struct slice broken, void *arg);
/* Calls feed with text cut off before each byte, then with each bit of each byte flipped. */
void feed_broken(struct slice text, feed_fn feed, void *arg);

/* The same numbers in each run. */
uint64_t random_number(void);

/* A ring with the keys 1 and 2 (the current one); the caller frees it. */
struct keyring *ring_of_two(void);
/* A ring with key 1 alone, the same key 1 as above. */
struct keyring *ring_of_one(void);

void assert_slice(struct slice got, const char *wanted);

/* A new directory, to be given to scratch_remove with all that is in it. */
char *scratch_make(void);
void scratch_remove(char *dir);
/* dir/name, to be freed. */
char *scratch_path(const char *dir, const char *name);
void file_write(const char *path, const char *text);
/* NUL-terminated, to be freed. */
char *file_read(const char *path);

#endif
