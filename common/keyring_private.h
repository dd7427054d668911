/* keyring_private.h - what crypto.c and keyring.c share; nobody else includes it.
 *
 * keys lies in guarded, locked memory (sodium_malloc) and is read-only but while it is filled.
 * Invariant: n >= 1, ids differ, keys[n - 1] is the current key.
 */
#ifndef CONFAB_KEYRING_PRIVATE_H
#define CONFAB_KEYRING_PRIVATE_H

#include "crypto.h"

#define KEYRING_KEY_SIZE 32

struct keyring_key {
    int32_t id;
    uint8_t master[KEYRING_KEY_SIZE];
};

struct keyring {
    struct keyring_key *keys;
    size_t n;
    char *path; /* NULL when it was parsed from memory */
    /* Of the file as it was read: another one takes its place when a key is added. */
    uint64_t inode;
    int64_t size, changed_s, changed_ns;
};

/* NULL when the ring has no such key. */
const struct keyring_key *keyring_find(const struct keyring *k, int32_t key_id);

#endif
