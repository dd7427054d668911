#include "unit.h"

#include "buf.h"
#include "crypto.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEX_A "00000000000000000000000000000000000000000000000000000000000000aa"
#define HEX_B "00000000000000000000000000000000000000000000000000000000000000bb"

static char err[400];

static void the_last_line_is_the_current_key(void **state)
{
    struct keyring *k = keyring_parse(SLICE("# two keys\r\n\n9 " HEX_A "\r\n  5   " HEX_B "  \n# end"), err, sizeof err);

    (void)state;
    assert_non_null(k);
    assert_int_equal(keyring_current(k), 5);
    assert_true(keyring_has(k, 9));
    assert_true(keyring_has(k, 5));
    assert_false(keyring_has(k, 1));
    assert_false(keyring_has(k, 0));
    keyring_free(k);
    keyring_free(NULL);
}

static void malformed_lines_are_named(void **state)
{
    static const struct {
        const char *text, *part;
    } wrong[] = {
        {"1 " HEX_A "\n0 " HEX_B, "line 2: a line must be a key id"},
        {"-1 " HEX_A, "line 1: a line must be a key id"},
        {"2147483648 " HEX_A, "line 1: a line must be a key id"},
        {HEX_A, "line 1: a line must be a key id"},
        {"1\n", "line 1: a key must be 64"},
        {"1 " HEX_A "0", "line 1: a key must be 64"},
        {"# c\n1 0" HEX_A, "line 2: a key must be 64"},
        {"1 00", "line 1: a key must be 64"},
        {"1 " HEX_A " x", "line 1: a key must be 64"},
        {"1 0000000000000000000000000000000000000000000000000000000000000AA", "line 1: a key must be 64"},
        {"7 " HEX_A "\n7 " HEX_B, "line 2: this key id stands there twice"},
        {"", "make one with: confabctl key new"},
        {"# only a comment\n", "make one with: confabctl key new"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_null(keyring_parse(slice_str(wrong[i].text), err, sizeof err));
        if (strstr(err, wrong[i].part) == NULL) fail_msg("%s", err);
        assert_null(strstr(err, "aa"));
    }
}

static void parse_or_refuse(struct slice s, void *arg)
{
    struct keyring *k = keyring_parse(s, err, sizeof err);

    (void)arg;
    if (k != NULL) assert_true(keyring_has(k, keyring_current(k)));
    keyring_free(k);
}

static void broken_files_never_harm(void **state)
{
    (void)state;
    feed_broken(SLICE("# c\n1 " HEX_A "\n22 " HEX_B "\n"), parse_or_refuse, NULL);
}

/* dir/key, with mode and text. */
static char *key_path(const char *dir, const char *text, mode_t mode)
{
    char *path = scratch_path(dir, "key");

    if (text != NULL) {
        file_write(path, text);
        assert_int_equal(chmod(path, mode), 0);
    }
    return path;
}

static void a_missing_file_names_the_command_that_makes_one(void **state)
{
    char *dir = scratch_make(), *path = key_path(dir, NULL, 0);

    (void)state;
    assert_null(keyring_load(path, err, sizeof err));
    assert_non_null(strstr(err, path));
    assert_non_null(strstr(err, "is missing; make one with: confabctl key new"));
    assert_false(keyring_add(path, err, sizeof err));
    assert_non_null(strstr(err, "confabctl key new"));
    assert_null(keyring_load(dir, err, sizeof err));
    assert_non_null(strstr(err, "not a regular file"));
    free(path);
    scratch_remove(dir);
}

static void only_owner_and_group_may_read_it(void **state)
{
    static const mode_t good[] = {0600, 0640, 0400, 0440}, bad[] = {0644, 0660, 0604, 0602, 0601, 0610, 0700, 0666, 0620};
    char *dir = scratch_make(), *path = key_path(dir, "1 " HEX_A "\n", 0600);

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct keyring *k;

        assert_int_equal(chmod(path, good[i]), 0);
        k = keyring_load(path, err, sizeof err);
        assert_non_null(k);
        keyring_free(k);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(chmod(path, bad[i]), 0);
        assert_null(keyring_load(path, err, sizeof err));
        assert_non_null(strstr(err, "run: chmod 0640"));
    }
    free(path);
    scratch_remove(dir);
}

static void a_file_that_is_too_long_is_refused(void **state)
{
    char *dir = scratch_make(), *path = key_path(dir, "", 0600), *text = malloc(70001);

    (void)state;
    memset(text, '#', 70000);
    text[70000] = '\0';
    file_write(path, text);
    assert_null(keyring_load(path, err, sizeof err));
    assert_non_null(strstr(err, "cannot be read"));
    free(text);
    free(path);
    scratch_remove(dir);
}

static void a_new_file_is_private_and_never_overwrites(void **state)
{
    char *dir = scratch_make(), *path = key_path(dir, NULL, 0), *before, *after;
    struct keyring *k;
    struct stat st;
    mode_t mask = umask(0);

    (void)state;
    assert_true(keyring_create(path, err, sizeof err));
    (void)umask(mask);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    k = keyring_load(path, err, sizeof err);
    assert_non_null(k);
    assert_int_equal(keyring_current(k), 1);
    keyring_free(k);

    before = file_read(path);
    assert_false(keyring_create(path, err, sizeof err));
    assert_non_null(strstr(err, "there already"));
    after = file_read(path);
    assert_string_equal(before, after);
    free(before);
    free(after);
    free(path);

    path = scratch_path(dir, "absent/key");
    assert_false(keyring_create(path, err, sizeof err));
    assert_non_null(strstr(err, "cannot be made"));
    free(path);
    scratch_remove(dir);
}

static void adding_keeps_what_is_there(void **state)
{
    /* No newline at the end, and the highest id is not the last. */
    char *dir = scratch_make(), *path = key_path(dir, "# mine\n8 " HEX_A "\n3 " HEX_B, 0640), *text;
    struct keyring *k;
    struct stat st;

    (void)state;
    assert_true(keyring_add(path, err, sizeof err));
    text = file_read(path);
    assert_int_equal(strncmp(text, "# mine\n8 " HEX_A "\n3 " HEX_B "\n9 ", strlen("# mine\n8 " HEX_A "\n3 " HEX_B "\n9 ")), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    k = keyring_load(path, err, sizeof err);
    assert_non_null(k);
    assert_int_equal(keyring_current(k), 9);
    assert_true(keyring_has(k, 8));
    assert_true(keyring_has(k, 3));
    keyring_free(k);
    free(text);
    /* No temporary file was left beside it. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    free(path);
    free(dir);
}

static void adding_follows_a_link(void **state)
{
    char *dir = scratch_make(), *path = key_path(dir, "1 " HEX_A "\n", 0600), *link = scratch_path(dir, "link");
    struct keyring *k;
    struct stat st;

    (void)state;
    assert_int_equal(symlink("key", link), 0);
    assert_true(keyring_add(link, err, sizeof err));
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    k = keyring_load(path, err, sizeof err);
    assert_non_null(k);
    assert_int_equal(keyring_current(k), 2);
    keyring_free(k);
    free(link);
    free(path);
    scratch_remove(dir);
}

static void a_bad_file_is_not_added_to(void **state)
{
    static const char *const bad[] = {"1 00\n", "", "2147483647 " HEX_A "\n"};
    char *dir = scratch_make(), *path = key_path(dir, "", 0600);

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *text;

        file_write(path, bad[i]);
        assert_false(keyring_add(path, err, sizeof err));
        text = file_read(path);
        assert_string_equal(text, bad[i]);
        free(text);
    }
    free(path);
    scratch_remove(dir);
}

static void many_who_add_at_once_lose_no_key(void **state)
{
    enum { ADDERS = 8 };
    char *dir = scratch_make(), *path = key_path(dir, "1 " HEX_A "\n", 0600);
    struct keyring *k;

    (void)state;
    for (int i = 0; i < ADDERS; i++) {
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0) _exit(keyring_add(path, err, sizeof err) ? 0 : 1);
    }
    for (int i = 0; i < ADDERS; i++) {
        int status = -1;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    k = keyring_load(path, err, sizeof err);
    assert_non_null(k);
    for (int32_t id = 1; id <= 1 + ADDERS; id++) assert_true(keyring_has(k, id));
    keyring_free(k);
    free(path);
    scratch_remove(dir);
}

static void reload_takes_new_keys_and_keeps_old_ones_on_error(void **state)
{
    char *dir = scratch_make(), *path = key_path(dir, "1 " HEX_A "\n", 0600);
    struct keyring *k = keyring_load(path, err, sizeof err), *parsed = ring_of_one();

    (void)state;
    assert_non_null(k);
    assert_true(keyring_add(path, err, sizeof err));
    assert_false(keyring_has(k, 2));
    assert_true(keyring_reload(k, err, sizeof err));
    assert_int_equal(keyring_current(k), 2);
    file_write(path, "broken");
    assert_false(keyring_reload(k, err, sizeof err));
    assert_int_equal(keyring_current(k), 2);
    assert_true(keyring_has(k, 1));
    assert_false(keyring_reload(parsed, err, sizeof err));
    assert_true(keyring_has(parsed, 1));
    keyring_free(parsed);
    keyring_free(k);
    free(path);
    scratch_remove(dir);
}

static void keys_that_are_added_one_after_the_other_are_all_found_at_once(void **state)
{
    char *dir = scratch_make(), *path = key_path(dir, "1 " HEX_A "\n", 0600);
    struct keyring *k = keyring_load(path, err, sizeof err), *parsed = ring_of_one();

    (void)state;
    assert_non_null(k);
    assert_false(keyring_reread(k));
    for (int32_t id = 2; id < 6; id++) {
        assert_true(keyring_add(path, err, sizeof err));
        assert_false(keyring_has(k, id));
        assert_true(keyring_reread(k));
        assert_true(keyring_has(k, id));
        assert_false(keyring_reread(k));
    }
    assert_false(keyring_reread(parsed));
    keyring_free(parsed);
    keyring_free(k);
    free(path);
    scratch_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_line_is_the_current_key),
        cmocka_unit_test(malformed_lines_are_named),
        cmocka_unit_test(broken_files_never_harm),
        cmocka_unit_test(a_missing_file_names_the_command_that_makes_one),
        cmocka_unit_test(only_owner_and_group_may_read_it),
        cmocka_unit_test(a_file_that_is_too_long_is_refused),
        cmocka_unit_test(a_new_file_is_private_and_never_overwrites),
        cmocka_unit_test(adding_keeps_what_is_there),
        cmocka_unit_test(adding_follows_a_link),
        cmocka_unit_test(a_bad_file_is_not_added_to),
        cmocka_unit_test(many_who_add_at_once_lose_no_key),
        cmocka_unit_test(reload_takes_new_keys_and_keeps_old_ones_on_error),
        cmocka_unit_test(keys_that_are_added_one_after_the_other_are_all_found_at_once),
    };

    if (!crypto_start()) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
