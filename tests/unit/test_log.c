#include "unit.h"

#include "log.h"

#include <errno.h>
#include <unistd.h>

static char last[4096];
static int lines;

static void keep(const char *line, void *arg)
{
    (void)arg;
    lines++;
    (void)snprintf(last, sizeof last, "%s", line);
}

static void a_line_has_time_level_program_and_text(void **state)
{
    char wanted[100];

    (void)state;
    log_start("confab-test", LOG_LEVEL_DEBUG, NULL);
    log_sink(keep, NULL);
    log_warn("tail: database away", "error=%s retry_ms=%d", "gone", 500);
    (void)snprintf(wanted, sizeof wanted, " warn confab-test[%ld] tail: database away error=gone retry_ms=500", (long)getpid());
    assert_string_equal(last + strlen("2026-11-20T21:05:09.123Z"), wanted);
    assert_int_equal(last[4], '-');
    log_sink(NULL, NULL);
}

static void lines_below_the_level_are_left_out(void **state)
{
    (void)state;
    log_start("confab-test", LOG_LEVEL_WARN, NULL);
    log_sink(keep, NULL);
    lines = 0;
    log_debug("a", "%s", "b");
    log_info("a", "%s", "b");
    assert_int_equal(lines, 0);
    log_warn("a", "%s", "b");
    log_error("a", "%s", "b");
    assert_int_equal(lines, 2);
    log_sink(NULL, NULL);
}

static void nobody_forges_a_line(void **state)
{
    (void)state;
    log_start("confab-test", LOG_LEVEL_DEBUG, NULL);
    log_sink(keep, NULL);
    lines = 0;
    log_info("x", "[%s]", "a\nb\r\x1B[31m\x7F\t\xC2\x9B\xE2\x80\xA8\xFF\xC3\xA9");
    assert_int_equal(lines, 1);
    assert_non_null(strstr(last, "[a?b??[31m???" "???" "?" "?\xC3\xA9]"));
    log_sink(NULL, NULL);
}

static void long_lines_are_cut(void **state)
{
    char text[5000];

    (void)state;
    log_start("confab-test", LOG_LEVEL_DEBUG, NULL);
    log_sink(keep, NULL);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_info("long", "%s", text);
    assert_in_range(strlen(last), 2000, 2047);
    log_info(text, "%s", text);
    assert_in_range(strlen(last), 2000, 2047);
    log_sink(NULL, NULL);
}

static void lines_go_to_the_file_and_follow_its_rotation(void **state)
{
    char *dir = scratch_make(), *path = scratch_path(dir, "log"), *old = scratch_path(dir, "log.1"), *text;

    (void)state;
    log_start("confab-test", LOG_LEVEL_DEBUG, path);
    errno = EDOM;
    log_info("first", "n=%d", 1);
    assert_int_equal(errno, EDOM);
    assert_int_equal(rename(path, old), 0);
    log_info("second", "n=%d", 2);
    log_reopen();
    log_info("third", "n=%d", 3);
    text = file_read(old);
    assert_non_null(strstr(text, "first n=1\n"));
    assert_non_null(strstr(text, "second n=2\n"));
    assert_null(strstr(text, "third"));
    free(text);
    text = file_read(path);
    assert_non_null(strstr(text, "third n=3\n"));
    free(text);
    log_start("confab-test", LOG_LEVEL_INFO, NULL);
    free(path);
    free(old);
    scratch_remove(dir);
}

static void a_file_that_cannot_be_opened_is_told_and_the_old_one_kept(void **state)
{
    char *dir = scratch_make(), *path = scratch_path(dir, "absent/log");

    (void)state;
    log_sink(keep, NULL);
    log_start("confab-test", LOG_LEVEL_INFO, path);
    assert_non_null(strstr(last, "error confab-test"));
    assert_non_null(strstr(last, path));
    log_sink(NULL, NULL);
    log_start("confab-test", LOG_LEVEL_INFO, NULL);
    free(path);
    scratch_remove(dir);
}

static void levels_have_names(void **state)
{
    enum log_level level = LOG_LEVEL_ERROR;

    (void)state;
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_LEVEL_DEBUG);
    assert_true(log_level_parse("error", &level));
    assert_int_equal(level, LOG_LEVEL_ERROR);
    assert_false(log_level_parse("Info", &level));
    assert_false(log_level_parse("", &level));
    assert_false(log_level_parse(NULL, &level));
    assert_int_equal(level, LOG_LEVEL_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_program_and_text),
        cmocka_unit_test(lines_below_the_level_are_left_out),
        cmocka_unit_test(nobody_forges_a_line),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(lines_go_to_the_file_and_follow_its_rotation),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_told_and_the_old_one_kept),
        cmocka_unit_test(levels_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
