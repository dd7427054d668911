#include "unit.h"

#include "clock.h"

static void assert_time(int64_t us, const char *wanted)
{
    char out[CLOCK_RFC3339_SIZE];

    clock_rfc3339(us, out);
    assert_string_equal(out, wanted);
}

static void times_are_written_in_utc_with_milliseconds(void **state)
{
    (void)state;
    assert_time(0, "1970-01-01T00:00:00.000Z");
    assert_time(1795208709123456, "2026-11-20T21:05:09.123Z");
    assert_time(951782399999999, "2000-02-28T23:59:59.999Z");
    assert_time(951782400000000, "2000-02-29T00:00:00.000Z");
    assert_time(4107542400000000, "2100-03-01T00:00:00.000Z");
    assert_time(4107542399999000, "2100-02-28T23:59:59.999Z");
}

static void times_out_of_range_are_clamped(void **state)
{
    (void)state;
    assert_time(-1, "1970-01-01T00:00:00.000Z");
    assert_time(INT64_MIN, "1970-01-01T00:00:00.000Z");
    assert_time(INT64_C(253402300799) * CLOCK_SECOND, "9999-12-31T23:59:59.000Z");
    assert_time(INT64_MAX, "9999-12-31T23:59:59.999Z");
}

static void the_monotonic_clock_never_goes_back(void **state)
{
    int64_t last = clock_mono();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_mono();

        assert_true(now >= last);
        last = now;
    }
    /* Some time after this was written. */
    assert_true(clock_wall() > INT64_C(1700000000) * CLOCK_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_in_utc_with_milliseconds),
        cmocka_unit_test(times_out_of_range_are_clamped),
        cmocka_unit_test(the_monotonic_clock_never_goes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
