#include "unit.h"

#include "json.h"
#include "utf8.h"

#include <jansson.h>

static void values_are_written_as_json(void **state)
{
    struct buf b = BUF_INIT;
    struct json j;

    (void)state;
    json_start(&j, &b);
    json_begin_object(&j);
    json_kv_id(&j, "id", 12);
    json_kv_id(&j, "none", 0);
    json_kv_int(&j, "least", INT64_MIN);
    json_kv_int(&j, "most", INT64_MAX);
    json_kv_int(&j, "zero", 0);
    json_kv_bool(&j, "yes", true);
    json_kv_bool(&j, "no", false);
    json_kv_time(&j, "at", 1795208709123456);
    json_kv_time(&j, "never", 0);
    json_kv_str(&j, "text", "a");
    json_kv_str(&j, "null", NULL);
    json_kv_text(&j, "empty", SLICE_NULL);
    json_key(&j, "list");
    json_begin_array(&j);
    json_int(&j, 1);
    json_id(&j, INT64_MAX);
    json_put_null(&j);
    json_begin_array(&j);
    json_end(&j);
    json_begin_object(&j);
    json_end(&j);
    json_end(&j);
    assert_false(json_done(&j));
    json_end(&j);
    assert_true(json_done(&j));
    assert_string_equal(buf_cstr(&b),
                        "{\"id\":\"12\",\"none\":null,\"least\":-9223372036854775808,\"most\":9223372036854775807,\"zero\":0,"
                        "\"yes\":true,\"no\":false,\"at\":\"2026-11-20T21:05:09.123Z\",\"never\":null,\"text\":\"a\","
                        "\"null\":null,\"empty\":\"\",\"list\":[1,\"9223372036854775807\",null,[],{}]}");
    buf_free(&b);
}

static void it_appends_to_what_is_there(void **state)
{
    struct buf b = BUF_INIT;
    struct json j;

    (void)state;
    buf_str(&b, "data: ");
    json_start(&j, &b);
    json_bool(&j, true);
    assert_true(json_done(&j));
    assert_slice(buf_view(&b), "data: true");
    buf_free(&b);
}

static void key_in_array(struct json *j)
{
    json_begin_array(j);
    json_key(j, "a");
}

static void key_at_top(struct json *j)
{
    json_key(j, "a");
}

static void key_after_key(struct json *j)
{
    json_begin_object(j);
    json_key(j, "a");
    json_key(j, "b");
}

static void value_without_key(struct json *j)
{
    json_begin_object(j);
    json_int(j, 1);
}

static void object_without_key(struct json *j)
{
    json_begin_object(j);
    json_begin_object(j);
}

static void second_value_for_a_key(struct json *j)
{
    json_begin_object(j);
    json_kv_int(j, "a", 1);
    json_int(j, 2);
}

static void second_value_at_top(struct json *j)
{
    json_int(j, 1);
    json_int(j, 2);
}

static void second_object_at_top(struct json *j)
{
    json_begin_object(j);
    json_end(j);
    json_begin_array(j);
}

static void end_at_top(struct json *j)
{
    json_end(j);
}

static void end_once_too_often(struct json *j)
{
    json_begin_array(j);
    json_end(j);
    json_end(j);
}

static void end_after_key(struct json *j)
{
    json_begin_object(j);
    json_key(j, "a");
    json_end(j);
}

static void text_not_utf8(struct json *j)
{
    json_text(j, SLICE("ok \xC3("));
}

static void text_cut_inside_a_character(struct json *j)
{
    json_text(j, SLICE("\xE2\x82"));
}

static void surrogate_in_text(struct json *j)
{
    json_text(j, SLICE("\xED\xA0\x80"));
}

static void str_not_utf8(struct json *j)
{
    json_str(j, "\xFF");
}

static void too_deep(struct json *j)
{
    for (int i = 0; i <= JSON_DEPTH; i++) json_begin_array(j);
}

static void whatever_is_malformed_is_refused_for_good(void **state)
{
    void (*const misuse[])(struct json *) = {
        key_in_array, key_at_top, key_after_key, value_without_key, object_without_key, second_value_for_a_key,
        second_value_at_top, second_object_at_top, end_at_top, end_once_too_often, end_after_key, text_not_utf8,
        text_cut_inside_a_character, surrogate_in_text, str_not_utf8, too_deep,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(misuse); i++) {
        struct buf b = BUF_INIT;
        struct json j;

        json_start(&j, &b);
        misuse[i](&j);
        if (buf_ok(&b)) fail_msg("misuse %zu", i);
        assert_false(json_done(&j));
        /* No later call makes it good. */
        for (int k = 0; k < JSON_DEPTH; k++) json_end(&j);
        json_int(&j, 1);
        json_key(&j, "a");
        json_begin_array(&j);
        assert_false(json_done(&j));
        buf_free(&b);
    }
}

static void what_is_not_finished_is_not_done(void **state)
{
    struct buf b = BUF_INIT;
    struct json j;

    (void)state;
    json_start(&j, &b);
    assert_false(json_done(&j));
    for (int i = 0; i < JSON_DEPTH; i++) json_begin_array(&j);
    assert_true(buf_ok(&b));
    for (int i = 0; i < JSON_DEPTH; i++) {
        assert_false(json_done(&j));
        json_end(&j);
    }
    assert_true(json_done(&j));
    buf_free(&b);
}

static void no_more_is_escaped_than_must_be(void **state)
{
    struct buf b = BUF_INIT;
    struct json j;

    (void)state;
    json_start(&j, &b);
    json_text(&j, SLICE("a\"b\\c/\b\f\n\r\t\0\x1F\x7F \xC3\xA9\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA\xF0\x9F\x98\x80<'&"));
    assert_string_equal(buf_cstr(&b),
                        "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0000\\u001f\x7F \xC3\xA9\xE2\x80\xA7\\u2028\\u2029\xE2\x80\xAA"
                        "\xF0\x9F\x98\x80<'&\"");
    buf_free(&b);
}

/* What the writer accepts, jansson reads back the same, and no newline is in it (SSE frames). */
static void write_and_read_back(struct slice s, void *arg)
{
    struct buf b = BUF_INIT;
    struct json j;

    (void)arg;
    json_start(&j, &b);
    json_text(&j, s);
    assert_int_equal(json_done(&j), utf8_valid(s));
    if (json_done(&j)) {
        json_t *back = json_loadb(b.data, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

        assert_non_null(back);
        assert_int_equal(json_string_length(back), s.n);
        assert_memory_equal(json_string_value(back), s.p, s.n);
        assert_null(memchr(b.data, '\n', b.len));
        assert_null(memchr(b.data, '\r', b.len));
        json_decref(back);
    }
    buf_free(&b);
}

static void every_text_reads_back_as_it_was(void **state)
{
    char all[256];

    (void)state;
    for (int i = 0; i < 128; i++) all[i] = (char)i;
    write_and_read_back(slice_make(all, 128), NULL);
    feed_broken(SLICE("run \"of\" plain\ntext \xC3\xA9 \xE2\x82\xAC \xE2\x80\xA8 \xF0\x9F\x98\x80 \x01 end"), write_and_read_back, NULL);
}

static void a_full_buffer_fails_the_writer(void **state)
{
    struct buf b;
    struct json j;

    (void)state;
    buf_init(&b, 5);
    json_start(&j, &b);
    json_str(&j, "abcd");
    assert_false(json_done(&j));
    buf_free(&b);
}

static char err[200];

static void strict_reading_takes_json(void **state)
{
    static const char *const good[] = {"{}", "[]", " {\"a\":[1,2.5,\"x\",true,null]} \n", "\"a\"", "1", "null", "{\"a\":{\"a\":1}}",
                                       "\"\\ud83d\\ude00\"", "[\"[[[[[[[[[\"]"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct slice s = exact(slice_str(good[i]));
        json_t *v = json_parse_strict(s, 4, err, sizeof err);

        if (v == NULL) fail_msg("%s: %s", good[i], err);
        json_decref(v);
        free((void *)(uintptr_t)s.p);
    }
}

static void strict_reading_says_what_is_wrong(void **state)
{
    static const struct {
        struct slice text;
        const char *part;
    } wrong[] = {
        {SLICE(""), "empty"},
        {SLICE("{\"a\":1,\"a\":2}"), "a key stands twice"},
        {SLICE("{\"a\":1,\"\\u0061\":2}"), "a key stands twice"},
        {SLICE("{} x"), "something follows"},
        {SLICE("{}{}"), "something follows"},
        {SLICE("{\"a\":"), "ends too early"},
        {SLICE("[1,]"), "not JSON"},
        {SLICE("{'a':1}"), "not JSON"},
        {SLICE("\"\xFF\""), "not UTF-8"},
        {SLICE("\"\xED\xA0\x80\""), "not UTF-8"},
        {SLICE("\"\\ud800\""), "not JSON"},
        {SLICE("\"a\0b\""), "NUL"},
        {SLICE("{}\0"), "NUL"},
        {SLICE("\"\\u0000\""), "NUL"},
        {SLICE("{\"\\u0000\":1}"), "NUL"},
        {SLICE("1e999"), "too large"},
        {SLICE("99999999999999999999"), "too large"},
        {SLICE("\xEF\xBB\xBF{}"), "not JSON"},
        {SLICE("[\"a\nb\"]"), "not JSON"},
        {SLICE("01"), ""},
        {SLICE("NaN"), "not JSON"},
        {SLICE("[[[[[]]]]]"), "nested more than 4 deep"},
        {SLICE("{\"a\":[{\"a\":[{}]}]}"), "nested more than 4 deep"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_null(json_parse_strict(wrong[i].text, 4, err, sizeof err));
        if (strstr(err, wrong[i].part) == NULL) fail_msg("case %zu: %s", i, err);
        assert_true(utf8_valid(slice_str(err)));
    }
}

static void depth_is_bounded_before_it_is_parsed(void **state)
{
    enum { DEEP = 1000000 };
    char *text = malloc(DEEP);

    (void)state;
    assert_non_null(text);
    memset(text, '[', DEEP);
    assert_null(json_parse_strict(slice_make(text, DEEP), 1000, err, sizeof err));
    assert_non_null(strstr(err, "nested more than 1000 deep"));
    assert_null(json_parse_strict(slice_make(text, DEEP), UINT32_MAX, err, sizeof err));
    free(text);
    assert_null(json_parse_strict(SLICE("[]"), 0, err, sizeof err));
    /* Brackets inside of strings do not count, whatever is escaped. */
    json_decref(json_parse_strict(SLICE("\"\\\"[[\""), 0, err, sizeof err));
    assert_null(json_parse_strict(SLICE("[\"\\\\\",[]]"), 1, err, sizeof err));
}

static unsigned depth_of(const json_t *v)
{
    unsigned deepest = 0;
    const char *key;
    json_t *child;
    size_t i;

    if (json_is_array(v)) {
        json_array_foreach(v, i, child) {
            if (depth_of(child) > deepest) deepest = depth_of(child);
        }
        return deepest + 1;
    }
    if (json_is_object(v)) {
        json_object_foreach((json_t *)(uintptr_t)v, key, child) {
            if (depth_of(child) > deepest) deepest = depth_of(child);
        }
        return deepest + 1;
    }
    return 0;
}

static void parse_within_depth(struct slice s, void *arg)
{
    json_t *v = json_parse_strict(s, 3, err, sizeof err);

    (void)arg;
    if (v != NULL) {
        assert_true(depth_of(v) <= 3);
    } else {
        assert_true(utf8_valid(slice_str(err)));
    }
    json_decref(v);
}

static void broken_json_is_refused_or_other_json(void **state)
{
    (void)state;
    feed_broken(SLICE("{\"text\":\"h\\u00e9\xE2\x82\xAC\\n\",\"a\":[[1,-2.5e3],true,null],\"b\":{\"c\":\"\\\\\"}}"), parse_within_depth,
                NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_written_as_json),
        cmocka_unit_test(it_appends_to_what_is_there),
        cmocka_unit_test(whatever_is_malformed_is_refused_for_good),
        cmocka_unit_test(what_is_not_finished_is_not_done),
        cmocka_unit_test(no_more_is_escaped_than_must_be),
        cmocka_unit_test(every_text_reads_back_as_it_was),
        cmocka_unit_test(a_full_buffer_fails_the_writer),
        cmocka_unit_test(strict_reading_takes_json),
        cmocka_unit_test(strict_reading_says_what_is_wrong),
        cmocka_unit_test(depth_is_bounded_before_it_is_parsed),
        cmocka_unit_test(broken_json_is_refused_or_other_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
