#include "unit.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

struct slice exact(struct slice s)
{
    char *p = malloc(s.n > 0 ? s.n : 1);

    assert_non_null(p);
    if (s.n > 0) memcpy(p, s.p, s.n);
    return slice_make(p, s.n);
}

void feed_broken(struct slice text, feed_fn feed, void *arg)
{
    for (size_t n = 0; n < text.n; n++) {
        struct slice cut = exact(slice_make(text.p, n));

        feed(cut, arg);
        free((void *)(uintptr_t)cut.p);
    }
    for (size_t bit = 0; bit < text.n * 8; bit++) {
        struct slice flipped = exact(text);
        char *p = (char *)(uintptr_t)flipped.p;

        p[bit / 8] = (char)(p[bit / 8] ^ (1 << bit % 8));
        feed(flipped, arg);
        free(p);
    }
}

uint64_t random_number(void)
{
    static uint64_t state = 0x5DEECE66D;

    /* xorshift64 */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

#define KEY_1 "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define KEY_2 "2 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n"

static struct keyring *ring(struct slice text)
{
    char err[200];
    struct keyring *k = keyring_parse(text, err, sizeof err);

    assert_non_null(k);
    return k;
}

struct keyring *ring_of_two(void)
{
    return ring(SLICE(KEY_1 KEY_2));
}

struct keyring *ring_of_one(void)
{
    return ring(SLICE(KEY_1));
}

void assert_slice(struct slice got, const char *wanted)
{
    assert_int_equal(got.n, strlen(wanted));
    if (got.n > 0) assert_memory_equal(got.p, wanted, got.n);
}

char *scratch_make(void)
{
    const char *tmp = getenv("TMPDIR");
    char path[512];

    assert_true(snprintf(path, sizeof path, "%s/confab-unit-XXXXXX", tmp != NULL ? tmp : "/tmp") < (int)sizeof path);
    assert_non_null(mkdtemp(path));
    return strdup(path);
}

char *scratch_path(const char *dir, const char *name)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *path = malloc(n);

    assert_non_null(path);
    (void)snprintf(path, n, "%s/%s", dir, name);
    return path;
}

void scratch_remove(char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *e;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        char *path = scratch_path(dir, e->d_name);

        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) (void)unlink(path);
        free(path);
    }
    (void)closedir(d);
    assert_int_equal(rmdir(dir), 0);
    free(dir);
}

void file_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

char *file_read(const char *path)
{
    enum { MOST = 65536 };
    FILE *f = fopen(path, "r");
    char *text = malloc(MOST);
    size_t n;

    assert_non_null(f);
    assert_non_null(text);
    n = fread(text, 1, MOST - 1, f);
    text[n] = '\0';
    (void)fclose(f);
    return text;
}
