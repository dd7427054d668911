/* crypto.h - the key file and what is sealed with it.
 *
 * The key file (made by `confabctl key new`) holds one line a key:
 *
 *     # comment
 *     1 0f3c...64 hex digits
 *
 * key id (1 to 2^31-1) and a 256-bit master key. The last line is the current one: new rows are
 * sealed with it, rows of the others can still be opened. The file must not be readable by others.
 *
 * From a master key, crypto_kdf derives a key per use and tenant, so that no two uses share one:
 * content (by tenant), cursor MACs, relay MACs. Content is sealed by XChaCha20-Poly1305 (IETF) with
 * a random nonce; the associated data bind a row to its place, so that rows cannot be swapped:
 *
 *     sealed = nonce(24) | ciphertext | tag(16)
 *
 * Keys are held in locked memory where the system allows it and wiped on free. Never logged.
 */
#ifndef CONFAB_CRYPTO_H
#define CONFAB_CRYPTO_H

#include "buf.h"

#define CRYPTO_SEAL_OVERHEAD 40
#define CRYPTO_MAC_SIZE 32

struct keyring;

/* Must succeed before anything else here. */
bool crypto_start(void);

/* Reads the key file. NULL with a sentence that says what to do in err[errn]: missing (names the
 * command that makes one), readable by others, malformed, empty. */
struct keyring *keyring_load(const char *path, char *err, size_t errn);
struct keyring *keyring_parse(struct slice text, char *err, size_t errn);
void keyring_free(struct keyring *k);
/* Reads the file again into the same ring; on error the old keys stay and false is returned. A
 * program calls it on SIGHUP and once when it meets an unknown key id. */
bool keyring_reload(struct keyring *k, char *err, size_t errn);
/* For something that does not open or verify: perhaps a key was added since we started. Reads the file
 * again if it is not the one that was read (damaged rows and forgers must not make us read all day). True
 * if it was read, so that another try makes sense. */
bool keyring_reread(struct keyring *k);
int32_t keyring_current(const struct keyring *k);
bool keyring_has(const struct keyring *k, int32_t key_id);
/* Writes a new key file (mode 0600, never overwriting), or adds a key to an existing one. */
bool keyring_create(const char *path, char *err, size_t errn);
bool keyring_add(const char *path, char *err, size_t errn);

/* What a sealed text belongs to: the associated data. All fields enter in a fixed encoding. */
struct seal_ad {
    enum seal_use { SEAL_MESSAGE = 1, SEAL_ROOM_NAME = 2, SEAL_TOPIC = 3, SEAL_FILE = 10, SEAL_THUMBNAIL = 11, SEAL_FILE_NAME = 12 } use;
    int64_t tenant;
    int64_t feed;         /* the room; of a file, the number of the chunk */
    int64_t owner;        /* sender, or 0 */
    uint8_t client_id[16]; /* of a message; of a file, its place; else zero */
    int32_t version;      /* of a file, 1 in its last chunk, else 0 */
};

/* Appends the sealed text to out (its failure sticks). key_id: one of the ring. */
bool crypto_seal(const struct keyring *k, int32_t key_id, const struct seal_ad *ad, struct slice plain, struct buf *out);
/* Appends to out (wipe it after use), nothing unless opened. Without memory the row is verified all
 * the same and out's failure sticks: ask buf_ok too. */
enum crypto_opened { CRYPTO_OPENED, CRYPTO_NO_KEY, CRYPTO_DAMAGED };
enum crypto_opened crypto_open(const struct keyring *k, int32_t key_id, const struct seal_ad *ad, struct slice sealed, struct buf *out);

/* MACs by a derived key of the given master key (keyring_current for new ones). */
enum mac_use { MAC_CURSOR = 1, MAC_RELAY = 2 };
bool crypto_mac(const struct keyring *k, int32_t key_id, enum mac_use use, struct slice data, uint8_t out[CRYPTO_MAC_SIZE]);

/* Tokens of the search index (search.h): a key for a tenant's, to be wiped, and as many first bytes of a
 * text's hash under it as asked for (1 to 32). */
#define CRYPTO_BLIND_KEY 32
bool crypto_blind_key(const struct keyring *k, int32_t key_id, int64_t tenant, uint8_t key[CRYPTO_BLIND_KEY]);
void crypto_blind(const uint8_t key[CRYPTO_BLIND_KEY], struct slice text, uint8_t *out, size_t n);

void crypto_random(void *out, size_t n);
void crypto_wipe(void *p, size_t n);
/* BLAKE2b-256, unkeyed (crypto_hash is libsodium's): for values that are random themselves (tokens). */
void crypto_digest(struct slice data, uint8_t out[32]);

/* Argon2id. hash: a NUL-terminated string to store. cost as in confab.conf. */
bool password_hash(struct slice password, int64_t ops, int64_t memory_kib, struct buf *out);
bool password_verify(struct slice password, const char *hash);
/* Spends what a verification costs, for accounts that do not exist. */
void password_waste(struct slice password, int64_t ops, int64_t memory_kib);

#endif
