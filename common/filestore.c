#include "filestore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "row.h"

static const char magic[8] = {'c', 'o', 'n', 'f', 'a', 'b', 'f', '1'};

enum { SEALED_CHUNK = STORE_CHUNK + CRYPTO_SEAL_OVERHEAD };

static enum store_status failed(const char *what)
{
    enum store_status status = errno == ENOSPC || errno == EDQUOT ? STORE_FULL : errno == ENOENT ? STORE_ABSENT : STORE_FAILED;

    if (status != STORE_ABSENT) log_error("files: cannot", "what=%s errno=%d error=%s", what, errno, strerror(errno));
    return status;
}

/* The path of a file, cut at one of its folders. */
enum level { LEVEL_FIRST, LEVEL_SECOND, LEVEL_FILE };

/* To be freed; NULL without memory. */
static char *path_of(const char *dir, const struct uuid *place, bool thumbnail, enum level level)
{
    struct buf path = BUF_INIT;

    buf_str(&path, dir);
    buf_byte(&path, '/');
    buf_hex(&path, place->b, 1);
    if (level >= LEVEL_SECOND) {
        buf_byte(&path, '/');
        buf_hex(&path, place->b + 1, 1);
    }
    if (level == LEVEL_FILE) {
        buf_byte(&path, '/');
        buf_hex(&path, place->b, sizeof place->b);
        if (thumbnail) buf_str(&path, ".t");
    }
    if (buf_cstr(&path) == NULL) {
        buf_free(&path);
        errno = ENOMEM;
        return NULL;
    }
    return path.data;
}

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) (void)close(fd);
    return ok;
}

/* Both folders of a file; what is new is on disk when it returns. */
static bool make_folders(const char *dir, const struct uuid *place)
{
    char *first = path_of(dir, place, false, LEVEL_FIRST), *second = path_of(dir, place, false, LEVEL_SECOND);
    bool ok = false;

    if (first == NULL || second == NULL) goto out;
    if (mkdir(first, 0700) == 0) {
        if (!sync_folder(dir)) goto out;
    } else if (errno != EEXIST) {
        goto out;
    }
    if (mkdir(second, 0700) == 0) {
        if (!sync_folder(first)) goto out;
    } else if (errno != EEXIST) {
        goto out;
    }
    ok = true;
out:
    free(first);
    free(second);
    return ok;
}

static bool write_all(int fd, const char *p, size_t n, off_t at)
{
    while (n > 0) {
        ssize_t done = pwrite(fd, p, n, at);

        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        p += done;
        n -= (size_t)done;
        at += done;
    }
    return true;
}

/* False at an error and at the end of the file (errno 0). */
static bool read_all(int fd, char *p, size_t n, off_t at)
{
    while (n > 0) {
        ssize_t got = pread(fd, p, n, at);

        if (got < 0 && errno == EINTR) continue;
        if (got == 0) errno = 0;
        if (got <= 0) return false;
        p += got;
        n -= (size_t)got;
        at += got;
    }
    return true;
}

static bool write_header(int fd, int32_t key_id)
{
    char head[STORE_HEADER] = {0};

    memcpy(head, magic, sizeof magic);
    for (int i = 0; i < 4; i++) head[sizeof magic + i] = (char)((uint32_t)key_id >> (24 - 8 * i));
    return write_all(fd, head, sizeof head, 0);
}

static enum store_status read_header(int fd, int32_t *key_id)
{
    unsigned char head[STORE_HEADER];
    uint32_t id = 0;

    if (!read_all(fd, (char *)head, sizeof head, 0)) return errno == 0 ? STORE_DAMAGED : failed("read a header");
    if (memcmp(head, magic, sizeof magic) != 0) return STORE_DAMAGED;
    for (int i = 0; i < 4; i++) id = id << 8 | head[sizeof magic + i];
    *key_id = (int32_t)id;
    return STORE_OK;
}

/* Opens (and makes) a file; -1 with errno set. */
static int open_path(const char *dir, const struct stored_id *id, int flags)
{
    char *path = path_of(dir, &id->place, id->kind == STORED_THUMBNAIL, LEVEL_FILE);
    int fd = path != NULL ? open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    int kept = errno;

    free(path);
    errno = kept;
    return fd;
}

static bool lock(int fd)
{
    int rc;

    do {
        rc = flock(fd, LOCK_EX);
    } while (rc != 0 && errno == EINTR);
    return rc == 0;
}

/* The folder that holds the file. */
static bool sync_second(const char *dir, const struct uuid *place)
{
    char *second = path_of(dir, place, false, LEVEL_SECOND);
    bool ok = second != NULL && sync_folder(second);
    int kept = errno;

    free(second);
    errno = kept;
    return ok;
}

enum store_status filestore_create(const char *dir, struct keyring *keys, const struct stored_id *id)
{
    enum store_status status = STORE_OK;
    struct stat st;
    int fd = -1;

    if (!make_folders(dir, &id->place)) {
        status = failed("make a folder");
        goto out;
    }
    fd = open_path(dir, id, O_RDWR | O_CREAT);
    if (fd < 0 || !lock(fd) || fstat(fd, &st) != 0) {
        status = failed("make a file");
        goto out;
    }
    if (st.st_size >= STORE_HEADER) goto out;
    if (!write_header(fd, keyring_current(keys)) || fsync(fd) != 0 || !sync_second(dir, &id->place)) status = failed("begin a file");
out:
    if (fd >= 0) (void)close(fd);
    /* The folder itself is missing: that is no missing file. */
    if (status == STORE_ABSENT) {
        log_error("files: the folder is missing", "files_dir=%s", dir);
        status = STORE_FAILED;
    }
    return status;
}

enum store_status filestore_open(struct stored *f, const char *dir, struct keyring *keys, const struct stored_id *id, bool write)
{
    enum store_status status;

    *f = (struct stored){.fd = open_path(dir, id, write ? O_RDWR : O_RDONLY), .keys = keys, .id = *id};
    if (f->fd < 0) return failed("open a file");
    if (write && !lock(f->fd)) {
        status = failed("lock a file");
        goto out;
    }
    status = read_header(f->fd, &f->key_id);
    if (status == STORE_DAMAGED) log_error("files: damaged", "what=header");
    if (status == STORE_OK && !keyring_has(keys, f->key_id) && (!keyring_reread(keys) || !keyring_has(keys, f->key_id))) {
        log_error("files: its key is not in the key file", "key=%d", f->key_id);
        status = STORE_NO_KEY;
    }
out:
    if (status != STORE_OK) filestore_close(f);
    return status;
}

void filestore_close(struct stored *f)
{
    if (f->fd >= 0) (void)close(f->fd);
    f->fd = -1;
}

int64_t filestore_chunks(const struct stored_id *id)
{
    return (id->size + STORE_CHUNK - 1) / STORE_CHUNK;
}

size_t filestore_chunk_size(const struct stored_id *id, int64_t index)
{
    int64_t left = id->size - index * STORE_CHUNK;

    return left <= 0 ? 0 : left < STORE_CHUNK ? (size_t)left : STORE_CHUNK;
}

static struct seal_ad chunk_ad(const struct stored_id *id, int64_t index)
{
    struct seal_ad ad = {.use = id->kind == STORED_THUMBNAIL ? SEAL_THUMBNAIL : SEAL_FILE, .tenant = id->tenant, .feed = index,
                         .version = index == filestore_chunks(id) - 1};

    memcpy(ad.client_id, id->place.b, sizeof ad.client_id);
    return ad;
}

static off_t chunk_at(int64_t index)
{
    return (off_t)STORE_HEADER + (off_t)index * SEALED_CHUNK;
}

static enum store_status open_chunk(struct stored *f, int64_t index, struct buf *out)
{
    struct seal_ad ad = chunk_ad(&f->id, index);
    size_t n = filestore_chunk_size(&f->id, index) + CRYPTO_SEAL_OVERHEAD;
    struct buf sealed = BUF_INIT;
    enum store_status status = STORE_FAILED;
    char *to = buf_reserve(&sealed, n);

    if (index < 0 || index >= filestore_chunks(&f->id)) {
        status = STORE_ABSENT;
    } else if (to == NULL) {
        status = STORE_FAILED;
    } else if (!read_all(f->fd, to, n, chunk_at(index))) {
        status = errno == 0 ? STORE_ABSENT : failed("read a chunk");
    } else {
        switch (row_open(f->keys, f->key_id, &ad, slice_make(to, n), out)) {
        case CRYPTO_OPENED: status = buf_ok(out) ? STORE_OK : STORE_FAILED; break;
        case CRYPTO_NO_KEY: status = STORE_NO_KEY; break;
        case CRYPTO_DAMAGED: status = STORE_DAMAGED; break;
        }
    }
    buf_free(&sealed);
    return status;
}

enum store_status filestore_offset(struct stored *f, int64_t *offset)
{
    int64_t chunks = filestore_chunks(&f->id), n;
    enum store_status status = STORE_OK;
    struct buf plain = BUF_INIT;
    struct stat st;

    if (fstat(f->fd, &st) != 0) return failed("ask for a file's size");
    if (st.st_size >= chunk_at(chunks - 1) + (off_t)filestore_chunk_size(&f->id, chunks - 1) + CRYPTO_SEAL_OVERHEAD) {
        n = chunks;
    } else {
        n = st.st_size < STORE_HEADER ? 0 : (st.st_size - STORE_HEADER) / SEALED_CHUNK;
        if (n > chunks - 1) n = chunks - 1;
    }
    /* Each chunk was on disk before the next one began, so only the last can be half there. */
    for (; n > 0; n--) {
        buf_clear(&plain);
        status = open_chunk(f, n - 1, &plain);
        if (status == STORE_OK || status == STORE_NO_KEY || status == STORE_FAILED) break;
        status = STORE_OK;
    }
    buf_wipe(&plain);
    *offset = n == chunks ? f->id.size : n * STORE_CHUNK;
    return status;
}

static enum store_status put_chunk(struct stored *f, int64_t index, struct slice plain)
{
    struct seal_ad ad = chunk_ad(&f->id, index);
    struct buf sealed = BUF_INIT;
    enum store_status status = STORE_OK;

    if (index < 0 || index >= filestore_chunks(&f->id) || plain.n != filestore_chunk_size(&f->id, index)) return STORE_FAILED;
    if (!crypto_seal(f->keys, f->key_id, &ad, plain, &sealed)) {
        status = STORE_FAILED;
    } else if (!write_all(f->fd, sealed.data, sealed.len, chunk_at(index))) {
        status = failed("write a chunk");
        /* What fitted of it is of no use, and the room may be somebody else's last. */
        if (ftruncate(f->fd, chunk_at(index)) != 0) (void)failed("cut a file");
    }
    buf_free(&sealed);
    return status;
}

enum store_status filestore_write(struct stored *f, int64_t index, struct slice plain)
{
    enum store_status status = put_chunk(f, index, plain);

    return status == STORE_OK && fdatasync(f->fd) != 0 ? failed("write a chunk") : status;
}

enum store_status filestore_read(struct stored *f, int64_t index, struct buf *out)
{
    enum store_status status = open_chunk(f, index, out);

    if (status == STORE_DAMAGED) log_error("files: damaged", "what=chunk index=%lld", (long long)index);
    return status;
}

enum store_status filestore_put(const char *dir, struct keyring *keys, const struct stored_id *id, struct slice plain)
{
    struct stored f = {.fd = -1, .keys = keys, .key_id = keyring_current(keys), .id = *id};
    enum store_status status = STORE_OK;

    if (!make_folders(dir, &id->place) || (f.fd = open_path(dir, id, O_RDWR | O_CREAT | O_TRUNC)) < 0 || !write_header(f.fd, f.key_id)) {
        status = failed("make a thumbnail");
        goto out;
    }
    for (int64_t i = 0; status == STORE_OK && i < filestore_chunks(id); i++) {
        status = put_chunk(&f, i, slice_make(plain.p + i * STORE_CHUNK, filestore_chunk_size(id, i)));
    }
    if (status == STORE_OK && (fsync(f.fd) != 0 || !sync_second(dir, &id->place))) status = failed("write a thumbnail");
out:
    filestore_close(&f);
    return status;
}

enum store_status filestore_remove(const char *dir, const struct uuid *place)
{
    enum store_status status = STORE_OK;

    for (int thumbnail = 0; thumbnail <= 1; thumbnail++) {
        char *path = path_of(dir, place, thumbnail, LEVEL_FILE);

        if (path == NULL || (unlink(path) != 0 && errno != ENOENT)) status = failed("remove a file");
        free(path);
    }
    return status;
}

const char *filestore_complaint(const char *dir)
{
    struct stat st;

    if (dir[0] != '/') return "files_dir is not an absolute path.";
    if (stat(dir, &st) != 0) return "The folder files_dir does not exist: make it, for the user of the handlers alone (mode 0700).";
    if (!S_ISDIR(st.st_mode)) return "files_dir is not a folder.";
    if ((st.st_mode & S_IRWXO) != 0) return "Everybody may enter files_dir: chmod o-rwx.";
    if (access(dir, R_OK | W_OK | X_OK) != 0) return "This user may not write to files_dir: it must belong to the user of the handlers.";
    return NULL;
}
