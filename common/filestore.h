/* filestore.h - the folder of uploaded files: sealed in chunks, named at random.
 *
 *     struct stored f = STORED_INIT;
 *     struct stored_id id = {STORED_FILE, tenant, place, size};
 *     if (filestore_create(dir, keys, &id) == STORE_OK && filestore_open(&f, dir, keys, &id, true) == STORE_OK) {
 *         filestore_offset(&f, &have);                 // bytes that are there, verified
 *         filestore_write(&f, have / STORE_CHUNK, plain);  // on disk when it returns
 *     }
 *     filestore_close(&f);
 *
 * A file lies at dir/3f/a9/3fa9... (its place, 32 digits), its thumbnail beside it with ".t" at the end:
 *
 *     "confabf1" | key id (4 bytes, big endian) | 4 zero bytes | chunk | chunk | ...
 *
 * Each chunk holds STORE_CHUNK plain bytes (the last one what is left), sealed by itself, so that a part
 * can be written or read alone. Bound to it: what kind it is of, tenant, place, number of the chunk, and
 * whether it is the last: chunks can neither be swapped nor left out, within a file or between two.
 *
 * A chunk counts once it is whole and opens: what a crash or a full disk cut off is written again, and
 * no database has to know how far an upload is. One writer at a time (a lock on the open file);
 * readers need none. The struct owns its descriptor. keys and id must outlive it. What fails is logged
 * here, without names of files.
 */
#ifndef CONFAB_FILESTORE_H
#define CONFAB_FILESTORE_H

#include "crypto.h"
#include "uuid.h"

#define STORE_CHUNK 65536
#define STORE_HEADER 16

enum store_status {
    STORE_OK,
    STORE_ABSENT,  /* no such file, or it ends before the chunk */
    STORE_FULL,    /* no room on the disk */
    STORE_DAMAGED, /* does not open */
    STORE_NO_KEY,  /* its key is not in the key file */
    STORE_FAILED,  /* the system refused; see the log */
};

struct stored_id {
    enum stored_kind { STORED_FILE, STORED_THUMBNAIL } kind;
    int64_t tenant;
    struct uuid place;
    int64_t size; /* plain bytes, at least 1 */
};

struct stored {
    int fd;
    int32_t key_id;
    struct keyring *keys;
    struct stored_id id;
};
#define STORED_INIT {.fd = -1}

/* Makes the empty file and its folders, on disk when it returns; one that is there already is left. */
enum store_status filestore_create(const char *dir, struct keyring *keys, const struct stored_id *id);
/* `write` also takes the lock, waiting for another writer. */
enum store_status filestore_open(struct stored *f, const char *dir, struct keyring *keys, const struct stored_id *id, bool write);
void filestore_close(struct stored *f);

/* How many chunks the file has when it is whole, and the plain bytes of one of them. */
int64_t filestore_chunks(const struct stored_id *id);
size_t filestore_chunk_size(const struct stored_id *id, int64_t index);

/* The plain bytes from the start that are there and open; a multiple of STORE_CHUNK, or all. */
enum store_status filestore_offset(struct stored *f, int64_t *offset);
/* plain: exactly filestore_chunk_size(index) bytes. */
enum store_status filestore_write(struct stored *f, int64_t index, struct slice plain);
/* Appends the chunk to out (wipe it). */
enum store_status filestore_read(struct stored *f, int64_t index, struct buf *out);

/* A whole thumbnail at once, over whatever is there. */
enum store_status filestore_put(const char *dir, struct keyring *keys, const struct stored_id *id, struct slice plain);
/* Removes a file and its thumbnail; fine if they are not there. */
enum store_status filestore_remove(const char *dir, const struct uuid *place);

/* Can files be made, written and removed in the folder? NULL, or a sentence that says what is wrong. */
const char *filestore_complaint(const char *dir);

#endif
