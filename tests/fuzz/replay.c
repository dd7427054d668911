/* replay.c - runs a fuzz target over files instead of under a fuzzer.
 *
 * Without arguments it replays the corpus of its own name: replay_url takes every file of
 * $srcdir/tests/fuzz/corpus/url. With arguments, those files (a crash that a fuzzer found, say).
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>

enum { FILE_MAX = 1 << 20, PATH_SIZE = 1024 };

static bool replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL, *fit;
    size_t n = 0;
    bool ok = false;

    if (f == NULL || (data = malloc(FILE_MAX)) == NULL) goto out;
    n = fread(data, 1, FILE_MAX, f);
    if (ferror(f)) goto out;
    /* Of its exact size, so that a sanitizer sees a read past the end. */
    fit = realloc(data, n > 0 ? n : 1);
    if (fit != NULL) data = fit;
    (void)LLVMFuzzerTestOneInput(data, n);
    ok = true;
out:
    if (!ok) (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
    free(data);
    if (f != NULL) (void)fclose(f);
    return ok;
}

/* How many files of dir were replayed, or -1. */
static int replay_dir(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    int count = 0;

    if (d == NULL) {
        (void)fprintf(stderr, "%s: %s\n", dir, strerror(errno));
        return -1;
    }
    while (count >= 0 && (e = readdir(d)) != NULL) {
        char path[PATH_SIZE];
        int n = snprintf(path, sizeof path, "%s/%s", dir, e->d_name);

        if (e->d_name[0] == '.') continue;
        count = n > 0 && n < (int)sizeof path && replay_file(path) ? count + 1 : -1;
    }
    (void)closedir(d);
    return count;
}

int main(int argc, char **argv)
{
    const char *srcdir = getenv("srcdir"), *name = strstr(argv[0], "replay_");
    char dir[PATH_SIZE];
    int n, count;

    for (int i = 1; i < argc; i++) {
        if (!replay_file(argv[i])) return 1;
    }
    if (argc > 1) return 0;
    /* The last one: a folder above may be named alike. */
    for (const char *next = name; next != NULL; next = strstr(next + 1, "replay_")) name = next;
    if (name == NULL) return 1;
    n = snprintf(dir, sizeof dir, "%s/tests/fuzz/corpus/%s", srcdir != NULL ? srcdir : ".", name + strlen("replay_"));
    if (n < 0 || n >= (int)sizeof dir) return 1;
    count = replay_dir(dir);
    (void)printf("%s: %d inputs\n", dir, count);
    /* An empty corpus proves nothing. */
    return count > 0 ? 0 : 1;
}
