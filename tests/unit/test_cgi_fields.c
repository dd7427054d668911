/* From what a client sent to typed values, or to a list of all that is wrong with it. */
#include "unit.h"

#include <jansson.h>

#include "../../cgi/fields.h"
#include "buf.h"

static struct arena arena;
static struct value v[FIELD_COUNT];
static struct field_errors errors;
static const struct field_env env = {&arena, 10};

static int reset(void **state)
{
    (void)state;
    arena_reset(&arena);
    memset(v, 0, sizeof v);
    errors.n = 0;
    return 0;
}

/* Reads a JSON object as one field. The error's sentence, or "" when it was taken. */
static const char *json_field(enum field_id f, const char *json)
{
    const struct field_use uses[] = {{f, true}, {FIELD_COUNT, false}};
    char err[200];
    json_t *object;

    (void)reset(NULL);
    object = json_parse_strict(slice_str(json), 8, err, sizeof err);
    if (object == NULL) fail_msg("%s: %s", json, err);
    fields_from_object(uses, object, &env, v, &errors);
    json_decref(object);
    assert_int_equal(v[f].given, errors.n == 0);
    return errors.n == 0 ? "" : errors.v[0].detail;
}

static const char *query_field(enum field_id f, const char *query)
{
    const struct field_use uses[] = {{f, true}, {FIELD_COUNT, false}};

    (void)reset(NULL);
    if (!fields_from_query(uses, slice_str(query), &env, v, &errors)) return "malformed";
    if (errors.n == 0) assert_true(v[f].given);
    return errors.n == 0 ? "" : errors.v[0].detail;
}

#define GOOD(f, json) assert_string_equal(json_field(F_##f, json), "")
#define BAD(f, json, detail) assert_string_equal(json_field(F_##f, json), detail)

static void test_text(void **state)
{
    (void)state;
    GOOD(search, "{\"q\":\"\"}");
    GOOD(search, "{\"q\":\"\\u0001 \\u00e4\"}");
    assert_slice(v[F_search].text, "\x01 ä");
    BAD(search, "{\"q\":7}", "is not a string");
    BAD(search, "{\"q\":null}", "is not a string");
    BAD(search, "{\"q\":[\"x\"]}", "is not a string");
    BAD(cursor, "{\"cursor\":\"\"}", "is empty");
    BAD(cursor, "{}", "is required");
}

static void test_message(void **state)
{
    (void)state;
    GOOD(text, "{\"text\":\"0123456789\"}");
    GOOD(text, "{\"text\":\"😀😀😀😀😀😀😀😀😀😀\"}");
    assert_int_equal(v[F_text].text.n, 40);
    GOOD(text, "{\"text\":\"  a  \"}");
    assert_slice(v[F_text].text, "  a  ");
    BAD(text, "{\"text\":\"01234567890\"}", "may have 10 characters, not 11");
    /* Whether a message may be empty depends on what else it carries: the handler says. */
    GOOD(text, "{\"text\":\"\"}");
    GOOD(text, "{\"text\":\" \\n\\t\\u00a0\\u2003\"}");
    assert_slice(v[F_text].text, "");
    GOOD(text, "{\"text\":\"\\u200b\\u200d\\ufe0f\"}");
    assert_slice(v[F_text].text, "");
}

static void test_names(void **state)
{
    char a65[66] = "", long_name[200];

    (void)state;
    GOOD(person_name, "{\"name\":\"  Ada \\u202eL. \"}");
    assert_slice(v[F_person_name].text, "Ada L.");
    BAD(person_name, "{\"name\":\" \\u200b \"}", "is empty");
    memset(a65, 'a', 65);
    (void)snprintf(long_name, sizeof long_name, "{\"name\":\"%s\"}", a65);
    BAD(person_name, long_name, "may have 64 characters, not 65");
    GOOD(room_name, long_name);
}

static void test_handle(void **state)
{
    (void)state;
    GOOD(handle, "{\"handle\":\" AdA.L \"}");
    assert_slice(v[F_handle].text, "ada.l");
    BAD(handle, "{\"handle\":\"  \"}", "is empty");
}

static void test_secret(void **state)
{
    (void)state;
    GOOD(new_password, "{\"new\":\" ten bytes \"}");
    assert_slice(v[F_new_password].text, " ten bytes ");
    BAD(new_password, "{\"new\":\"nine byte\"}", "needs at least 10 bytes");
    GOOD(password, "{\"password\":\"\"}");
}

static void test_numbers(void **state)
{
    (void)state;
    GOOD(seq, "{\"seq\":0}");
    GOOD(seq, "{\"seq\":9223372036854775807}");
    assert_int_equal(v[F_seq].number, INT64_MAX);
    BAD(seq, "{\"seq\":-1}", "is not a number from 0");
    BAD(seq, "{\"seq\":1.0}", "is not a whole number");
    BAD(seq, "{\"seq\":1e2}", "is not a whole number");
    BAD(seq, "{\"seq\":\"1\"}", "is not a whole number");
    BAD(seq, "{\"seq\":true}", "is not a whole number");
    GOOD(limit, "{\"limit\":200}");
    BAD(limit, "{\"limit\":0}", "is not a number from 1 to 200");
    BAD(limit, "{\"limit\":201}", "is not a number from 1 to 200");
}

static void test_bool_enum_uuid(void **state)
{
    (void)state;
    GOOD(bearer, "{\"bearer\":false}");
    assert_false(v[F_bearer].flag);
    GOOD(bearer, "{\"bearer\":true}");
    assert_true(v[F_bearer].flag);
    BAD(bearer, "{\"bearer\":1}", "is neither true nor false");
    BAD(bearer, "{\"bearer\":\"true\"}", "is neither true nor false");
    GOOD(kind, "{\"kind\":\"group\"}");
    BAD(kind, "{\"kind\":\"direct\"}", "is none of: group channel classroom");
    BAD(kind, "{\"kind\":\"Group\"}", "is none of: group channel classroom");
    BAD(kind, "{\"kind\":\"group channel\"}", "is none of: group channel classroom");
    BAD(kind, "{\"kind\":\"\"}", "is none of: group channel classroom");
    GOOD(client_id, "{\"client_id\":\"0190F3A0-0000-7000-8000-00000000000a\"}");
    BAD(client_id, "{\"client_id\":\"0190f3a0000070008000000000000001\"}", "is not a UUID");
    BAD(client_id, "{\"client_id\":\"\"}", "is not a UUID");
    GOOD(avatar, "{\"avatar\":\"\"}");
    GOOD(avatar, "{\"avatar\":\"🦀\"}");
    BAD(avatar, "{\"avatar\":\"🦀🦀\"}", "is not one emoji");
}

static void test_ids(void **state)
{
    struct buf many = BUF_INIT;

    (void)state;
    GOOD(person, "{\"person\":\"1003\"}");
    assert_int_equal(v[F_person].number, 1003);
    BAD(person, "{\"person\":1003}", "is not a string");
    BAD(person, "{\"person\":\"01\"}", "is not an id");
    BAD(person, "{\"person\":\"0\"}", "is not an id");
    BAD(person, "{\"person\":\"9223372036854775808\"}", "is not an id");
    GOOD(people, "{\"people\":[\"1\",\"2\"]}");
    assert_int_equal(v[F_people].n_ids, 2);
    assert_int_equal(v[F_people].ids[1], 2);
    BAD(people, "{\"people\":[]}", "takes 1 to 100 ids");
    GOOD(first_people, "{\"people\":[]}");
    BAD(people, "{\"people\":[1]}", "holds something that is not an id");
    BAD(people, "{\"people\":[\"1\",[\"2\"]]}", "holds something that is not an id");
    BAD(people, "{\"people\":{}}", "is not a list of ids");
    buf_str(&many, "{\"people\":[\"1\"");
    for (int i = 1; i < 101; i++) buf_str(&many, ",\"1\"");
    buf_str(&many, "]}");
    BAD(people, buf_cstr(&many), "takes 1 to 100 ids");
    buf_free(&many);
}

static void test_query(void **state)
{
    (void)state;
    assert_string_equal(query_field(F_search, "q=%C3%A4+b%20c"), "");
    assert_slice(v[F_search].text, "ä b c");
    assert_string_equal(query_field(F_ids, "ids=1,2,3"), "");
    assert_int_equal(v[F_ids].n_ids, 3);
    assert_string_equal(query_field(F_ids, "ids="), "takes 1 to 200 ids");
    assert_string_equal(query_field(F_ids, "ids=1,,2"), "holds something that is not an id");
    assert_string_equal(query_field(F_ids, "ids=1,x"), "holds something that is not an id");
    assert_string_equal(query_field(F_limit, "limit=5"), "");
    assert_string_equal(query_field(F_limit, "limit=05"), "is not a whole number");
    assert_string_equal(query_field(F_limit, "limit=+5"), "is not a whole number");
    assert_string_equal(query_field(F_limit, "limit="), "is not a whole number");
    assert_string_equal(query_field(F_limit, "limit=99999999999999999999"), "is not a whole number");
    assert_string_equal(query_field(F_limit, "limit=1&limit=2"), "is given more than once");
    assert_false(v[F_limit].given);
    assert_string_equal(query_field(F_limit, "limit=1&other=2"), "is not known here");
    assert_string_equal(errors.v[0].field, "other");
    assert_string_equal(query_field(F_limit, "Limit=1"), "is not known here");
    assert_string_equal(query_field(F_bearer, "bearer=true"), "");
    assert_string_equal(query_field(F_bearer, "bearer=yes"), "is neither true nor false");
    assert_string_equal(query_field(F_search, "q=%"), "malformed");
    assert_string_equal(query_field(F_search, "q=%00"), "malformed");
    assert_string_equal(query_field(F_search, "q=%ff"), "malformed");
    assert_string_equal(query_field(F_search, ""), "is required");
    assert_string_equal(query_field(F_search, "&&"), "is required");
}

static void test_all_errors_at_once(void **state)
{
    const struct field_use uses[] = {{F_client_id, true}, {F_text, true}, {F_limit, false}, {FIELD_COUNT, false}};
    json_t *object = json_loads("{\"client_id\":1,\"limit\":0,\"x\\u00e4\":1}", 0, NULL);

    (void)state;
    fields_from_object(uses, object, &env, v, &errors);
    json_decref(object);
    assert_int_equal(errors.n, 4);
    assert_string_equal(errors.v[3].field, "text");
    assert_string_equal(errors.v[3].detail, "is required");
    (void)reset(NULL);
    /* An absent body has no members. */
    fields_from_object(uses, NULL, &env, v, &errors);
    assert_int_equal(errors.n, 2);
}

static void test_many_unknown(void **state)
{
    const struct field_use uses[] = {{FIELD_COUNT, false}};
    json_t *object = json_object();
    char name[300];

    (void)state;
    for (int i = 0; i < 500; i++) {
        (void)snprintf(name, sizeof name, "%0250d\xc3\xa4", i);
        (void)json_object_set_new(object, name, json_null());
    }
    fields_from_object(uses, object, &env, v, &errors);
    json_decref(object);
    assert_int_equal(errors.n, FIELD_ERRORS_MOST);
    for (size_t i = 0; i < errors.n; i++) assert_int_equal(strlen(errors.v[i].field), 64);
}

static const struct field_use everything[] = {
    {F_handle, true}, {F_text, true}, {F_person_name, false}, {F_avatar, false}, {F_people, false}, {F_client_id, false},
    {F_limit, false}, {F_seq, false}, {F_kind, false}, {F_bearer, false}, {F_search, false}, {FIELD_COUNT, false},
};

static void feed_json(struct slice broken, void *arg)
{
    char err[200];
    json_t *object = json_parse_strict(broken, 4, err, sizeof err);

    (void)arg;
    (void)reset(NULL);
    if (json_is_object(object)) fields_from_object(everything, object, &env, v, &errors);
    json_decref(object);
}

static void feed_query(struct slice broken, void *arg)
{
    (void)arg;
    (void)reset(NULL);
    (void)fields_from_query(everything, broken, &env, v, &errors);
}

static void test_broken(void **state)
{
    (void)state;
    feed_broken(SLICE("{\"handle\":\"Ada\",\"text\":\"hé 😀\",\"name\":\"a\\u200db\",\"avatar\":\"🇩🇪\",\"people\":[\"1\",\"22\"],"
                      "\"client_id\":\"0190f3a0-0000-7000-8000-00000000000a\",\"limit\":10,\"seq\":1,\"kind\":\"group\",\"bearer\":true}"),
                feed_json, NULL);
    feed_broken(SLICE("handle=Ada&text=h%C3%A9+%F0%9F%98%80&people=1,22&limit=10&kind=group&bearer=true&q=%41"), feed_query, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_text, reset),
        cmocka_unit_test_setup(test_message, reset),
        cmocka_unit_test_setup(test_names, reset),
        cmocka_unit_test_setup(test_handle, reset),
        cmocka_unit_test_setup(test_secret, reset),
        cmocka_unit_test_setup(test_numbers, reset),
        cmocka_unit_test_setup(test_bool_enum_uuid, reset),
        cmocka_unit_test_setup(test_ids, reset),
        cmocka_unit_test_setup(test_query, reset),
        cmocka_unit_test_setup(test_all_errors_at_once, reset),
        cmocka_unit_test_setup(test_many_unknown, reset),
        cmocka_unit_test_setup(test_broken, reset),
    };
    int failed = cmocka_run_group_tests_name("fields", tests, NULL, NULL);

    arena_reset(&arena);
    return failed;
}
