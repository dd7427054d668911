#include "unit.h"

#include "problem.h"

static void each_problem_has_a_name_a_status_and_a_title(void **state)
{
    (void)state;
    for (int p = PROBLEM_NONE + 1; p < PROBLEM_COUNT; p++) {
        const char *name = problem_name((enum problem)p);

        assert_in_range(problem_status((enum problem)p), 400, 599);
        assert_true(strlen(problem_title((enum problem)p)) > 0);
        assert_true(strlen(name) > 0);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (int q = PROBLEM_NONE + 1; q < p; q++) assert_string_not_equal(name, problem_name((enum problem)q));
    }
    assert_string_equal(problem_name(PROBLEM_signed_out), "signed-out");
    assert_int_equal(problem_status(PROBLEM_signed_out), 401);
}

static void an_unknown_problem_is_an_internal_one(void **state)
{
    (void)state;
    assert_int_equal(problem_status((enum problem)9999), 500);
    assert_string_equal(problem_name(PROBLEM_COUNT), "internal");
}

static void sqlstates_name_their_problem(void **state)
{
    (void)state;
    assert_int_equal(problem_from_sqlstate("CF401"), PROBLEM_signed_out);
    assert_int_equal(problem_from_sqlstate("CF422"), PROBLEM_invalid);
    assert_int_equal(problem_from_sqlstate("23505"), PROBLEM_NONE);
    assert_int_equal(problem_from_sqlstate("CF4"), PROBLEM_NONE);
    assert_int_equal(problem_from_sqlstate(""), PROBLEM_NONE);
    assert_int_equal(problem_from_sqlstate(NULL), PROBLEM_NONE);
}

static void a_problem_is_written_as_rfc_9457_wants(void **state)
{
    const struct problem_field fields[] = {{"text", "It is empty."}, {"client_id", "It is not a UUID."}};
    struct buf b = BUF_INIT;
    struct json j;

    (void)state;
    json_start(&j, &b);
    problem_json(&j, PROBLEM_invalid, "Look at \"errors\".", fields, COUNT(fields));
    assert_true(json_done(&j));
    assert_string_equal(buf_cstr(&b),
                        "{\"type\":\"/problems/invalid\",\"title\":\"A field is invalid\",\"status\":422,"
                        "\"detail\":\"Look at \\\"errors\\\".\",\"errors\":[{\"field\":\"text\",\"detail\":\"It is empty.\"},"
                        "{\"field\":\"client_id\",\"detail\":\"It is not a UUID.\"}]}");
    buf_clear(&b);
    json_start(&j, &b);
    problem_json(&j, PROBLEM_not_found, NULL, NULL, 0);
    assert_true(json_done(&j));
    assert_string_equal(buf_cstr(&b), "{\"type\":\"/problems/not-found\",\"title\":\"Not found\",\"status\":404}");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_problem_has_a_name_a_status_and_a_title),
        cmocka_unit_test(an_unknown_problem_is_an_internal_one),
        cmocka_unit_test(sqlstates_name_their_problem),
        cmocka_unit_test(a_problem_is_written_as_rfc_9457_wants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
