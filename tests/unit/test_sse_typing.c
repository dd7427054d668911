#include "unit.h"

#include "../../sse/receipts.h"
#include "../../sse/typing.h"

enum { ROOM = 1004, SECOND = 1000000 };

static void assert_list(const struct typing *t, int64_t thread, const char *wanted)
{
    struct buf b = BUF_INIT;

    typing_json(t, ROOM, thread, &b);
    assert_true(buf_ok(&b));
    assert_slice(buf_view(&b), wanted);
    buf_free(&b);
}

static void a_typist_is_news_once_and_lasts_six_seconds(void **state)
{
    struct typing t = {0};
    int64_t thread = -1;

    (void)state;
    assert_true(typing_note(&t, 7, 0, 0));
    assert_true(typing_changed(&t, &thread));
    assert_int_equal(thread, 0);
    assert_false(typing_changed(&t, &thread));
    assert_list(&t, 0, "{\"event\":\"typing\",\"room\":\"1004\",\"people\":[\"7\"],\"count\":1}");
    assert_false(typing_note(&t, 7, 0, 4 * SECOND));
    assert_int_equal(typing_expire(&t, 6 * SECOND), 10 * SECOND);
    assert_false(typing_changed(&t, &thread));
    assert_int_equal(typing_expire(&t, 10 * SECOND), INT64_MAX);
    assert_true(typing_changed(&t, &thread));
    assert_list(&t, 0, "{\"event\":\"typing\",\"room\":\"1004\",\"people\":[],\"count\":0}");
    assert_null(t.who);
    typing_free(&t);
}

static void threads_are_apart_and_a_leaver_types_nowhere(void **state)
{
    struct typing t = {0};
    int64_t thread;
    unsigned changed = 0;

    (void)state;
    assert_true(typing_note(&t, 7, 0, 0) && typing_note(&t, 7, 30, 0) && typing_note(&t, 8, 30, 0));
    assert_list(&t, 30, "{\"event\":\"typing\",\"room\":\"1004\",\"thread\":30,\"people\":[\"7\",\"8\"],\"count\":2}");
    assert_false(typing_end(&t, 8, 0));
    while (typing_changed(&t, &thread)) changed++;
    assert_int_equal(changed, 2);
    assert_true(typing_end_all(&t, 7));
    assert_false(typing_end_all(&t, 7));
    while (typing_changed(&t, &thread)) changed++;
    assert_int_equal(changed, 4);
    assert_list(&t, 30, "{\"event\":\"typing\",\"room\":\"1004\",\"thread\":30,\"people\":[\"8\"],\"count\":1}");
    typing_free(&t);
}

static void a_crowd_is_counted_and_ten_are_named(void **state)
{
    struct typing t = {0};

    (void)state;
    for (int64_t i = 1; i <= 2 * TYPING_MOST; i++) (void)typing_note(&t, i, 0, 0);
    assert_int_equal(t.n, TYPING_MOST);
    assert_list(&t, 0, "{\"event\":\"typing\",\"room\":\"1004\",\"people\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\"],\"count\":200}");
    typing_free(&t);
}

/* However it is driven, what observers were told last is what is so. */
static void those_who_follow_the_changes_know_who_types(void **state)
{
    struct typing t = {0};
    bool typing[8][40] = {{false}}; /* person, thread: as an observer was told */
    int64_t now = 0, thread;

    (void)state;
    for (int step = 0; step < 20000; step++) {
        int64_t person = (int64_t)(random_number() % 8), where = (int64_t)(random_number() % 40);

        now += (int64_t)(random_number() % SECOND);
        switch (random_number() % 4) {
        case 0:
        case 1: (void)typing_note(&t, person, where, now); break;
        case 2: (void)typing_end(&t, person, where); break;
        default: (void)typing_end_all(&t, person); break;
        }
        (void)typing_expire(&t, now);
        assert_true(t.n_changed <= TYPING_CHANGES);
        if (random_number() % 3 > 0) continue;
        while (typing_changed(&t, &thread)) {
            for (int i = 0; i < 8; i++) typing[i][thread] = false;
            for (unsigned i = 0; i < t.n; i++) {
                if (t.who[i].thread == thread) typing[t.who[i].person][thread] = true;
            }
        }
        /* What could not be noted for want of room expires with the next turn, which follows at once. */
        (void)typing_expire(&t, now);
        while (typing_changed(&t, &thread)) {
            for (int i = 0; i < 8; i++) typing[i][thread] = false;
            for (unsigned i = 0; i < t.n; i++) {
                if (t.who[i].thread == thread) typing[t.who[i].person][thread] = true;
            }
        }
        for (unsigned i = 0; i < t.n; i++) assert_true(typing[t.who[i].person][t.who[i].thread]);
    }
    typing_free(&t);
}

static void reading_is_gathered_and_never_moves_back(void **state)
{
    struct receipts r = {0};
    struct buf b = BUF_INIT;

    (void)state;
    assert_true(receipts_note(&r, 7, 10, 2) && receipts_note(&r, 8, 4, 2) && receipts_note(&r, 7, 12, 2) && receipts_note(&r, 7, 3, 2));
    assert_false(receipts_note(&r, 9, 1, 2));
    receipts_json(&r, ROOM, &b);
    assert_slice(buf_view(&b), "{\"event\":\"message_read\",\"room\":\"1004\",\"read\":[{\"person\":\"7\",\"seq\":12},{\"person\":\"8\",\"seq\":4}]}");
    receipts_free(&r);
    assert_null(r.mark);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_typist_is_news_once_and_lasts_six_seconds),
        cmocka_unit_test(threads_are_apart_and_a_leaver_types_nowhere),
        cmocka_unit_test(a_crowd_is_counted_and_ten_are_named),
        cmocka_unit_test(those_who_follow_the_changes_know_who_types),
        cmocka_unit_test(reading_is_gathered_and_never_moves_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
