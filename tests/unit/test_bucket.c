#include "unit.h"

#include "bucket.h"

enum { MS = 1000 };

static void a_full_bucket_gives_its_burst_and_no_more(void **state)
{
    struct bucket b = {0};
    uint32_t wait = 0;

    (void)state;
    for (int i = 0; i < 5; i++) assert_true(bucket_take(&b, 5, 5000, 77 * MS, NULL));
    assert_false(bucket_take(&b, 5, 5000, 77 * MS, &wait));
    assert_int_equal(wait, 1000);
}

static void the_wait_it_names_is_right(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint32_t burst = (uint32_t)(random_number() % 50 + 1), period = (uint32_t)(random_number() % 100000 + 1), wait = 0;
        int64_t now = (int64_t)(random_number() % (UINT64_C(1) << 40)) * MS;
        struct bucket b = {0};

        for (int i = 0; i < 200; i++) {
            now += (int64_t)(random_number() % (period / burst + 1)) * MS;
            if (bucket_take(&b, burst, period, now, &wait)) continue;
            assert_true(wait >= 1);
            assert_true(wait <= period);
            if (wait > 1) assert_false(bucket_take(&b, burst, period, now + (int64_t)(wait - 1) * MS, NULL));
            now += (int64_t)wait * MS;
            assert_true(bucket_take(&b, burst, period, now, NULL));
        }
    }
}

static void it_refills_evenly_however_often_it_is_asked(void **state)
{
    struct bucket b = {0};
    int taken = 0;

    (void)state;
    /* 3 in 7 s, asked each millisecond for 70 s: 3 at once and 30 more. */
    for (int64_t ms = 0; ms <= 70000; ms++) taken += bucket_take(&b, 3, 7000, ms * MS, NULL);
    assert_in_range(taken, 32, 33);
}

static void the_clock_may_wrap(void **state)
{
    const int64_t wrap = (INT64_C(1) << 32) * MS;
    struct bucket b = {0};

    (void)state;
    for (int i = 0; i < 2; i++) assert_true(bucket_take(&b, 2, 1000, wrap - 100 * MS, NULL));
    assert_false(bucket_take(&b, 2, 1000, wrap + 300 * MS, NULL));
    assert_true(bucket_take(&b, 2, 1000, wrap + 400 * MS, NULL));
}

static void odd_settings_do_no_harm(void **state)
{
    struct bucket b = {0};
    uint32_t wait = 0;

    (void)state;
    assert_false(bucket_take(&b, 0, 1000, 0, &wait));
    assert_int_equal(wait, 1000);
    for (int i = 0; i < 10; i++) assert_true(bucket_take(&b, 1, 0, 0, NULL));
    b = (struct bucket){0};
    for (int i = 0; i < 1000; i++) assert_true(bucket_take(&b, UINT32_MAX, UINT32_MAX, 0, NULL));
    assert_int_equal(b.spent_milli, 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_gives_its_burst_and_no_more),
        cmocka_unit_test(the_wait_it_names_is_right),
        cmocka_unit_test(it_refills_evenly_however_often_it_is_asked),
        cmocka_unit_test(the_clock_may_wrap),
        cmocka_unit_test(odd_settings_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
