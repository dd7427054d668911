/* Reading, checking and writing the key file. Texts that hold keys live in sodium_malloc'ed memory
 * from the first byte read to the last one written. */
#include "keyring_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

enum {
    FILE_MAX = 65536,
    LINE_MAX_NEW = 128, /* "\n2147483647 " and 64 digits and "\n" */
};

const struct keyring_key *keyring_find(const struct keyring *k, int32_t key_id)
{
    /* From the end: most rows are sealed with the newest key. */
    for (size_t i = k->n; i > 0; i--) {
        if (k->keys[i - 1].id == key_id) return &k->keys[i - 1];
    }
    return NULL;
}

int32_t keyring_current(const struct keyring *k)
{
    return k->n > 0 ? k->keys[k->n - 1].id : 0;
}

bool keyring_has(const struct keyring *k, int32_t key_id)
{
    return keyring_find(k, key_id) != NULL;
}

void keyring_free(struct keyring *k)
{
    if (k == NULL) return;
    sodium_free(k->keys);
    free(k->path);
    free(k);
}

static bool is_key_line(struct slice line)
{
    return line.n > 0 && line.p[0] != '#';
}

/* One line into *key; a clause for a person on failure. Errors never quote the line: it may be a key. */
static const char *parse_line(struct slice line, struct keyring_key *key)
{
    struct slice id;
    uint64_t number;
    size_t n;

    (void)slice_cut(&line, ' ', &id);
    if (!slice_u64(id, INT32_MAX, &number) || number == 0) {
        return "a line must be a key id (1 to 2147483647), a space and 64 hexadecimal digits";
    }
    line = slice_trim(line);
    if (line.n != 2 * KEYRING_KEY_SIZE || !hex_decode(line, key->master, sizeof key->master, &n)) {
        return "a key must be 64 hexadecimal digits in lower case";
    }
    key->id = (int32_t)number;
    return NULL;
}

static bool fill(struct keyring *k, size_t count, struct slice text, char *err, size_t errn)
{
    struct slice line;
    size_t number = 0;

    while (slice_cut(&text, '\n', &line)) {
        const char *wrong;

        number++;
        line = slice_trim(line);
        if (!is_key_line(line)) continue;
        if (k->n == count) break;
        wrong = parse_line(line, &k->keys[k->n]);
        if (wrong == NULL && keyring_has(k, k->keys[k->n].id)) wrong = "this key id stands there twice";
        if (wrong != NULL) {
            (void)snprintf(err, errn, "line %zu: %s", number, wrong);
            return false;
        }
        k->n++;
    }
    return true;
}

struct keyring *keyring_parse(struct slice text, char *err, size_t errn)
{
    struct keyring *k = NULL, *made = NULL;
    struct slice rest = text, line;
    size_t count = 0;

    while (slice_cut(&rest, '\n', &line)) count += is_key_line(slice_trim(line));
    if (count == 0) {
        (void)snprintf(err, errn, "there is no key in it; make one with: confabctl key new");
        goto out;
    }
    made = calloc(1, sizeof *made);
    if (made != NULL) made->keys = sodium_allocarray(count, sizeof *made->keys);
    if (made == NULL || made->keys == NULL) {
        (void)snprintf(err, errn, "out of memory");
        goto out;
    }
    if (!fill(made, count, text, err, errn)) goto out;
    (void)sodium_mprotect_readonly(made->keys);
    k = made;
    made = NULL;
out:
    keyring_free(made);
    return k;
}

/* Reads the whole of fd into `text` (FILE_MAX bytes). */
static bool read_all(int fd, char *text, size_t *n)
{
    *n = 0;
    for (;;) {
        ssize_t got = read(fd, text + *n, FILE_MAX - *n);

        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) return true;
        *n += (size_t)got;
        if (*n == FILE_MAX) {
            errno = EFBIG;
            return false;
        }
    }
}

/* The file's text in memory to be given to sodium_free, and what fstat says of it. */
static char *read_file(const char *path, size_t *n, struct stat *st, char *err, size_t errn)
{
    char *text = NULL, *done = NULL;
    /* O_NONBLOCK: a FIFO in its place must not hang the program. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT) {
        (void)snprintf(err, errn, "key file %s is missing; make one with: confabctl key new", path);
        goto out;
    }
    if (fd < 0 || fstat(fd, st) != 0) {
        (void)snprintf(err, errn, "key file %s cannot be read: %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(st->st_mode)) {
        (void)snprintf(err, errn, "key file %s is not a regular file", path);
        goto out;
    }
    if ((st->st_mode & 0137) != 0) {
        (void)snprintf(err, errn, "key file %s has mode %04o, which lets others at the keys; run: chmod 0640 %s", path,
                       (unsigned)(st->st_mode & 07777), path);
        goto out;
    }
    text = sodium_malloc(FILE_MAX);
    if (text == NULL) {
        (void)snprintf(err, errn, "out of memory");
        goto out;
    }
    if (!read_all(fd, text, n)) {
        (void)snprintf(err, errn, "key file %s cannot be read: %s", path, strerror(errno));
        goto out;
    }
    done = text;
    text = NULL;
out:
    sodium_free(text);
    if (fd >= 0) (void)close(fd);
    return done;
}

static struct keyring *load_text(const char *path, struct slice text, char *err, size_t errn)
{
    char why[160] = "";
    struct keyring *k = keyring_parse(text, why, sizeof why);

    if (k == NULL) {
        (void)snprintf(err, errn, "key file %s: %s", path, why);
        return NULL;
    }
    k->path = strdup(path);
    if (k->path == NULL) {
        (void)snprintf(err, errn, "out of memory");
        keyring_free(k);
        return NULL;
    }
    return k;
}

static void note_file(struct keyring *k, const struct stat *st)
{
    k->inode = (uint64_t)st->st_ino;
    k->size = st->st_size;
    k->changed_s = st->st_mtim.tv_sec;
    k->changed_ns = st->st_mtim.tv_nsec;
}

static bool is_file(const struct keyring *k, const struct stat *st)
{
    return k->inode == (uint64_t)st->st_ino && k->size == st->st_size && k->changed_s == st->st_mtim.tv_sec && k->changed_ns == st->st_mtim.tv_nsec;
}

struct keyring *keyring_load(const char *path, char *err, size_t errn)
{
    struct keyring *k;
    struct stat st;
    size_t n = 0;
    char *text = read_file(path, &n, &st, err, errn);

    if (text == NULL) return NULL;
    k = load_text(path, slice_make(text, n), err, errn);
    sodium_free(text);
    if (k != NULL) note_file(k, &st);
    return k;
}

bool keyring_reread(struct keyring *k)
{
    static int64_t failed;
    int64_t now = clock_mono();
    struct stat st;
    char err[256];

    if (k->path == NULL || stat(k->path, &st) != 0 || is_file(k, &st)) return false;
    if (failed != 0 && now - failed < CLOCK_SECOND) return false;
    if (keyring_reload(k, err, sizeof err)) return true;
    failed = now;
    log_warn("key file: cannot be read again", "error=%s", err);
    return false;
}

bool keyring_reload(struct keyring *k, char *err, size_t errn)
{
    struct keyring *fresh, old;

    if (k->path == NULL) {
        (void)snprintf(err, errn, "these keys were not read from a file");
        return false;
    }
    fresh = keyring_load(k->path, err, errn);
    if (fresh == NULL) return false;
    old = *k;
    *k = *fresh;
    *fresh = old;
    keyring_free(fresh);
    return true;
}

/* "id hex\n" with a new random key; returns its length. */
static size_t make_line(char line[LINE_MAX_NEW], int32_t id)
{
    uint8_t key[KEYRING_KEY_SIZE];
    char hex[2 * KEYRING_KEY_SIZE + 1];
    int n;

    randombytes_buf(key, sizeof key);
    (void)sodium_bin2hex(hex, sizeof hex, key, sizeof key);
    n = snprintf(line, LINE_MAX_NEW, "%" PRId32 " %s\n", id, hex);
    sodium_memzero(key, sizeof key);
    sodium_memzero(hex, sizeof hex);
    return (size_t)n;
}

static bool write_all(int fd, struct slice s)
{
    while (s.n > 0) {
        ssize_t put = write(fd, s.p, s.n);

        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        s = slice_make(s.p + put, s.n - (size_t)put);
    }
    return true;
}

/* The directory of path, opened: to be synced, so that the new name survives a power cut. */
static int open_dir(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir;
    int fd;

    if (slash == NULL) return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (slash == path) return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = strndup(path, (size_t)(slash - path));
    if (dir == NULL) return -1;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(dir);
    return fd;
}

bool keyring_create(const char *path, char *err, size_t errn)
{
    static const char head[] = "# Keys of Confab. Whoever reads this file can read every message, and without it none\n"
                               "# can be read again: keep a copy of it, apart from the copies of the database.\n";
    char line[LINE_MAX_NEW];
    size_t n = 0;
    int dir = open_dir(path), fd = -1;
    bool ok = false, made = false;

    if (dir < 0) goto out;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) goto out;
    made = true;
    n = make_line(line, 1);
    ok = fchmod(fd, 0600) == 0 && write_all(fd, SLICE(head)) && write_all(fd, slice_make(line, n)) && fsync(fd) == 0 &&
         fsync(dir) == 0;
out:
    if (!ok && errno == EEXIST) {
        (void)snprintf(err, errn, "key file %s is there already; add a key to it with: confabctl key add", path);
    } else if (!ok) {
        (void)snprintf(err, errn, "key file %s cannot be made: %s", path, strerror(errno));
    }
    sodium_memzero(line, sizeof line);
    if (!ok && made) (void)unlink(path);
    if (fd >= 0) (void)close(fd);
    if (dir >= 0) (void)close(dir);
    return ok;
}

/* `text` and one more line, under a name beside `path`, then renamed over it. */
static bool replace_file(const char *path, int dir, const struct stat *was, struct slice text, struct slice line)
{
    struct buf name = BUF_INIT;
    uint8_t salt[8];
    int fd = -1;
    bool ok = false, made = false;
    const char *temp;

    randombytes_buf(salt, sizeof salt);
    buf_str(&name, path);
    buf_str(&name, ".new-");
    buf_hex(&name, salt, sizeof salt);
    temp = buf_cstr(&name);
    if (temp == NULL) {
        errno = ENOMEM;
        goto out;
    }
    fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) goto out;
    made = true;
    /* Owner and mode as before: the programs that read the file may run as others. */
    if ((geteuid() != was->st_uid || getegid() != was->st_gid) && fchown(fd, was->st_uid, was->st_gid) != 0) goto out;
    if (fchmod(fd, was->st_mode & 0777) != 0) goto out;
    if (!write_all(fd, text)) goto out;
    if (text.n > 0 && text.p[text.n - 1] != '\n' && !write_all(fd, SLICE("\n"))) goto out;
    if (!write_all(fd, line) || fsync(fd) != 0 || rename(temp, path) != 0) goto out;
    made = false;
    ok = fsync(dir) == 0;
out:
    if (made) {
        int saved = errno;

        (void)unlink(temp);
        errno = saved;
    }
    if (fd >= 0) (void)close(fd);
    buf_free(&name);
    return ok;
}

static int32_t highest_id(const struct keyring *k)
{
    int32_t high = 0;

    for (size_t i = 0; i < k->n; i++) {
        if (k->keys[i].id > high) high = k->keys[i].id;
    }
    return high;
}

bool keyring_add(const char *path, char *err, size_t errn)
{
    char line[LINE_MAX_NEW], *text = NULL;
    /* The file itself, not a link to it, is what gets replaced. */
    char *real = realpath(path, NULL);
    const char *name = real != NULL ? real : path;
    struct keyring *k = NULL;
    struct stat st;
    size_t n = 0, text_n = 0;
    int dir = open_dir(name);
    bool ok = false;

    /* Two who add a key at once must not lose one: the lock lies on the directory, since the file
     * is replaced. */
    if (dir < 0 || flock(dir, LOCK_EX) != 0) {
        (void)snprintf(err, errn, "the directory of key file %s cannot be opened: %s", path, strerror(errno));
        goto out;
    }
    text = read_file(name, &text_n, &st, err, errn);
    if (text == NULL) goto out;
    k = load_text(name, slice_make(text, text_n), err, errn);
    if (k == NULL) goto out;
    if (highest_id(k) == INT32_MAX || text_n + LINE_MAX_NEW >= FILE_MAX) {
        (void)snprintf(err, errn, "key file %s is full; remove keys that no row uses after: confabctl rekey", path);
        goto out;
    }
    n = make_line(line, highest_id(k) + 1);
    ok = replace_file(name, dir, &st, slice_make(text, text_n), slice_make(line, n));
    if (!ok) (void)snprintf(err, errn, "key file %s cannot be replaced: %s", path, strerror(errno));
out:
    sodium_memzero(line, sizeof line);
    keyring_free(k);
    sodium_free(text);
    if (dir >= 0) (void)close(dir);
    free(real);
    return ok;
}
