#include "unit.h"

#include "conf.h"
#include "log.h"
#include "utf8.h"

#include <sys/stat.h>

static char err[300];

static struct conf *parse(const char *text)
{
    struct slice s = exact(slice_str(text));
    struct conf *c = conf_parse(s, "test.conf", err, sizeof err);

    free((void *)(uintptr_t)s.p);
    return c;
}

static void an_empty_file_gives_the_defaults(void **state)
{
    struct conf *c = parse("");
    enum log_level level;

    (void)state;
    assert_non_null(c);
    assert_string_equal(c->path, "test.conf");
    assert_string_equal(c->key_file, "/etc/confab/key");
    assert_string_equal(c->log_file, "");
    assert_int_equal(c->message_max, 2000);
    assert_false(c->plain_http);
    assert_int_equal(c->origins.n, 0);
    assert_int_equal(c->push_listen.n, 1);
    assert_string_equal(c->push_listen.v[0], "unix:/run/confab/push.sock");
    assert_true(log_level_parse(c->log_level, &level));
    conf_free(c);
    conf_free(NULL);
}

static void values_are_read_by_their_type(void **state)
{
    struct conf *c = parse("# a comment = 1\n\n  \t\r\n message_max=  77 \r\nplain_http = yes\n"
                           "origins =  https://a.example\thttps://b.example  \ndatabase_api = dbname=x user='a b' # no comment\n"
                           "push_url =\n  # indented\ntenant = \xC3\xA9");

    (void)state;
    assert_non_null(c);
    assert_int_equal(c->message_max, 77);
    assert_true(c->plain_http);
    assert_int_equal(c->origins.n, 2);
    assert_string_equal(c->origins.v[0], "https://a.example");
    assert_string_equal(c->origins.v[1], "https://b.example");
    assert_string_equal(c->database_api, "dbname=x user='a b' # no comment");
    assert_string_equal(c->push_url, "");
    assert_string_equal(c->tenant, "\xC3\xA9");
    conf_free(c);
}

static void errors_name_file_and_line(void **state)
{
    static const char *const wrong[][2] = {
        {"\n\nmessage_maximum = 1\n", "test.conf line 3: unknown option 'message_maximum'"},
        {"= 1", "test.conf line 1: unknown option ''"},
        {"message_max", "test.conf line 1: there is no '='"},
        {"message_max = 1\nmessage_max = 1\n", "test.conf line 2: message_max stands there twice"},
        {"message_max = 0", "test.conf line 1: message_max must be a number from 1 to 100000"},
        {"message_max = 100001", "message_max must be a number from 1 to 100000"},
        {"message_max = -1", "message_max must be a number"},
        {"message_max = 1k", "message_max must be a number"},
        {"message_max = 99999999999999999999", "message_max must be a number"},
        {"message_max =", "message_max must be a number"},
        {"plain_http = true", "plain_http must be yes or no"},
        {"Message_max = 1", "unknown option 'Message_max'"},
        {"tenant = a\x01", "control character"},
        {"tenant = \xFF", "not UTF-8"},
        {"\x1B[31m = 1", "control character"},
        {"\xC3\xA9 = 1", "unknown option ''"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_null(parse(wrong[i][0]));
        if (strstr(err, wrong[i][1]) == NULL) fail_msg("%s", err);
        assert_true(utf8_valid(slice_str(err)));
    }
    assert_null(conf_parse(SLICE("tenant = a\0b"), "test.conf", err, sizeof err));
}

static void values_at_the_limits_are_taken(void **state)
{
    struct conf *c = parse("message_max = 1\nbody_max = 67108864\n");

    (void)state;
    assert_non_null(c);
    assert_int_equal(c->message_max, 1);
    assert_int_equal(c->body_max, 67108864);
    conf_free(c);
}

static void long_names_are_cut_in_errors(void **state)
{
    char text[500];

    (void)state;
    memset(text, 'n', sizeof text);
    text[400] = '=';
    text[499] = '\0';
    assert_null(parse(text));
    assert_true(strlen(err) < 150);
}

static void parse_or_explain(struct slice s, void *arg)
{
    struct conf *c = conf_parse(s, "test.conf", err, sizeof err);

    (void)arg;
    if (c == NULL) assert_true(utf8_valid(slice_str(err)) && strlen(err) > 0);
    conf_free(c);
}

static void broken_files_are_read_or_explained(void **state)
{
    (void)state;
    feed_broken(SLICE("# c\nmessage_max = 77\r\norigins = a b\nplain_http = yes\ntenant = \xC3\xA9\n"), parse_or_explain, NULL);
}

static void files_are_loaded(void **state)
{
    char *dir = scratch_make(), *path = scratch_path(dir, "confab.conf"), *text = malloc(20000);
    struct conf *c;

    (void)state;
    file_write(path, "message_max = 55\n");
    c = conf_load(path, err, sizeof err);
    assert_non_null(c);
    assert_int_equal(c->message_max, 55);
    assert_string_equal(c->path, path);
    conf_free(c);

    /* Longer than one read. */
    memset(text, '#', 20000);
    (void)snprintf(text + 19000, 1000, "\nmessage_max = 56\n");
    file_write(path, text);
    c = conf_load(path, err, sizeof err);
    assert_non_null(c);
    assert_int_equal(c->message_max, 56);
    conf_free(c);
    free(text);
    free(path);

    path = scratch_path(dir, "absent");
    assert_null(conf_load(path, err, sizeof err));
    assert_non_null(strstr(err, path));
    assert_non_null(strstr(err, "cannot be read"));
    assert_null(conf_load(dir, err, sizeof err));
    free(path);
    scratch_remove(dir);
}

static void the_path_is_looked_for_in_order(void **state)
{
    (void)state;
    assert_int_equal(setenv("CONFAB_CONF", "/from/env", 1), 0);
    assert_string_equal(conf_path("/from/arg", "/from/request"), "/from/arg");
    assert_string_equal(conf_path(NULL, "/from/request"), "/from/env");
    assert_int_equal(setenv("CONFAB_CONF", "", 1), 0);
    assert_string_equal(conf_path("", "/from/request"), "/from/request");
    assert_int_equal(unsetenv("CONFAB_CONF"), 0);
    assert_string_equal(conf_path(NULL, NULL), CONFAB_SYSCONFDIR "/confab/confab.conf");
}

static int printed;

static void check_option(const char *name, const char *type, const char *def, const char *help)
{
    char text[400];
    struct conf *c;

    printed++;
    assert_true(strlen(help) > 0);
    assert_true(strcmp(type, "text") == 0 || strcmp(type, "int") == 0 || strcmp(type, "bool") == 0 || strcmp(type, "list") == 0);
    /* Each default, written into a file, is a valid value. */
    (void)snprintf(text, sizeof text, "%s = %s\n", name, def);
    c = parse(text);
    if (c == NULL) fail_msg("%s", err);
    conf_free(c);
}

static void every_option_is_printed_with_a_valid_default(void **state)
{
    int options = 0;

    (void)state;
#define OPTION(name, type, def, least, most, help) options++;
#include "option.def"
#undef OPTION
    conf_print_options(check_option);
    assert_int_equal(printed, options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_gives_the_defaults),
        cmocka_unit_test(values_are_read_by_their_type),
        cmocka_unit_test(errors_name_file_and_line),
        cmocka_unit_test(values_at_the_limits_are_taken),
        cmocka_unit_test(long_names_are_cut_in_errors),
        cmocka_unit_test(broken_files_are_read_or_explained),
        cmocka_unit_test(files_are_loaded),
        cmocka_unit_test(the_path_is_looked_for_in_order),
        cmocka_unit_test(every_option_is_printed_with_a_valid_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
