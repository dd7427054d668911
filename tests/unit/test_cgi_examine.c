/* The handler's side of confab-thumb: whatever that program does, an upload is taken and nobody waits for ever.
 * In its place stand scripts, beside this test, where the handler looks for it. */
#include "unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../cgi/examine.h"
#include "clock.h"

static struct keyring *keys;
static char *dir, *program;
static struct stored file;

/* Larger than what a socket holds: who does not read it must not block us. */
#define SIZE (40 * STORE_CHUNK + 5)

static int setup(void **state)
{
    struct stored_id id = {STORED_FILE, 7, {{1, 2, 3}}, SIZE};
    struct buf plain = BUF_INIT;

    (void)state;
    keys = ring_of_two();
    dir = scratch_make();
    program = examine_program();
    assert_non_null(program);
    assert_int_equal(filestore_create(dir, keys, &id), STORE_OK);
    assert_int_equal(filestore_open(&file, dir, keys, &id, true), STORE_OK);
    for (int64_t i = 0; i < filestore_chunks(&id); i++) {
        buf_clear(&plain);
        for (size_t k = 0; k < filestore_chunk_size(&id, i); k++) buf_byte(&plain, (char)('a' + i % 26));
        assert_int_equal(filestore_write(&file, i, buf_view(&plain)), STORE_OK);
    }
    buf_free(&plain);
    return 0;
}

static int teardown(void **state)
{
    struct buf path = BUF_INIT;

    (void)state;
    assert_int_equal(filestore_remove(dir, &file.id.place), STORE_OK);
    filestore_close(&file);
    buf_fmt(&path, "%s/01/02", dir);
    assert_int_equal(rmdir(buf_cstr(&path)), 0);
    buf_clear(&path);
    buf_fmt(&path, "%s/01", dir);
    assert_int_equal(rmdir(buf_cstr(&path)), 0);
    buf_free(&path);
    scratch_remove(dir);
    (void)unlink(program);
    free(program);
    keyring_free(keys);
    return 0;
}

static void examined(const char *script, const char *type, int width, size_t thumbnail)
{
    struct findings found = FINDINGS_INIT;
    struct buf text = BUF_INIT;

    buf_fmt(&text, "#!/bin/sh\n%s\n", script);
    (void)unlink(program);
    file_write(program, buf_cstr(&text));
    assert_int_equal(chmod(program, 0755), 0);
    examine(&file, &found);
    assert_string_equal(found.type, type);
    assert_int_equal(found.width, width);
    assert_int_equal(found.thumbnail.len, thumbnail);
    findings_free(&found);
    buf_free(&text);
}

static void it_gets_the_whole_file_and_is_heard(void **state)
{
    char script[200];

    (void)state;
    (void)snprintf(script, sizeof script, "test $(wc -c) = %d && printf 'image/png 5 6\\nRIFF....WEBPVP8 abcd'", SIZE);
    examined(script, "image/png", 5, 20);
    examined("cat >/dev/null; echo text/plain 0 0", "text/plain", 0, 0);
}

static void it_need_not_read(void **state)
{
    (void)state;
    examined("echo application/pdf 0 0", "application/pdf", 0, 0);
    examined("exec <&-; echo application/pdf 0 0; sleep 0.3", "application/pdf", 0, 0);
    examined("head -c 1000 >/dev/null; echo application/pdf 0 0", "application/pdf", 0, 0);
}

static void what_it_said_before_it_died_counts_but_no_thumbnail(void **state)
{
    (void)state;
    examined("printf 'image/png 5 6\\nRIFF....WEBPVP8 abcd'; kill -SEGV $$", "image/png", 5, 0);
    examined("printf 'image/png 5 6\\nRIFF....WEBPVP8 abcd'; exit 1", "image/png", 5, 0);
    examined("exit 1", "application/octet-stream", 0, 0);
    examined("printf image/", "application/octet-stream", 0, 0);
}

static void it_has_neither_our_files_nor_our_environment(void **state)
{
    int fd = open("/dev/null", O_RDONLY); /* left open, as a library may */

    (void)state;
    assert_true(fd > 2);
    assert_int_equal(setenv("HTTP_COOKIE", "secret", 1), 0);
    examined("cat >/dev/null; test -z \"$HTTP_COOKIE\" && test ! -e /proc/$$/fd/3 && echo text/plain 0 0", "text/plain", 0, 0);
    assert_int_equal(close(fd), 0);
}

static void endless_talk_is_cut_off(void **state)
{
    int64_t began = clock_mono();

    (void)state;
    examined("printf 'image/png 5 6\\nRIFF....WEBPVP8 '; exec cat /dev/zero", "application/octet-stream", 0, 0);
    assert_true(clock_mono() - began < 5 * CLOCK_SECOND);
}

static void who_hangs_is_ended_after_ten_seconds(void **state)
{
    int64_t began = clock_mono(), took;

    (void)state;
    examined("echo video/mp4 0 0; exec sleep 60", "video/mp4", 0, 0);
    took = clock_mono() - began;
    assert_true(took >= 9 * CLOCK_SECOND && took < 15 * CLOCK_SECOND);
}

static void who_says_no_more_and_stays_is_ended(void **state)
{
    int64_t began = clock_mono();

    (void)state;
    examined("echo video/mp4 0 0; exec sleep 60 <&- >&-", "video/mp4", 0, 0);
    assert_true(clock_mono() - began < 5 * CLOCK_SECOND);
}

static void without_the_program_a_file_is_bytes(void **state)
{
    struct findings found = FINDINGS_INIT;

    (void)state;
    (void)unlink(program);
    examine(&file, &found);
    assert_string_equal(found.type, "application/octet-stream");
    findings_free(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_gets_the_whole_file_and_is_heard),
        cmocka_unit_test(it_need_not_read),
        cmocka_unit_test(what_it_said_before_it_died_counts_but_no_thumbnail),
        cmocka_unit_test(it_has_neither_our_files_nor_our_environment),
        cmocka_unit_test(endless_talk_is_cut_off),
        cmocka_unit_test(who_hangs_is_ended_after_ten_seconds),
        cmocka_unit_test(who_says_no_more_and_stays_is_ended),
        cmocka_unit_test(without_the_program_a_file_is_bytes),
    };

    if (!crypto_start()) return 1;
    return cmocka_run_group_tests(tests, setup, teardown);
}
