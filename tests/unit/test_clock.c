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

static void times_are_read_as_they_are_written(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-21T12:30:05.25Z", INT64_C(1795264205250000)},
        {"2026-11-21t12:30:05.1234569z", INT64_C(1795264205123456)},
        {"2026-11-21T14:30:05+02:00", INT64_C(1795264205000000)},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800000000)},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799000000)},
    };
    static const char *const bad[] = {
        "", "2026", "2026-11-21", "2026-11-21T12:30:05", "2026-11-21T12:30Z", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z",
        "1969-12-31T23:59:59Z", "2026-11-21T24:00:00Z", "2026-11-21T12:60:00Z", "2026-11-21T12:30:05.Z", "2026-11-21T12:30:05+2:00",
        "2026-11-21T12:30:05Zx", " 2026-11-21T12:30:05Z", "2026-11-21T12:30:05+24:00", "+026-11-21T12:30:05Z", "1970-01-01T00:00:00+01:00",
    };
    int64_t us;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        us = -1;
        if (!clock_parse(slice_str(good[i].text), &us) || us != good[i].us) fail_msg("%s read as %lld", good[i].text, (long long)us);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (clock_parse(slice_str(bad[i]), &us)) fail_msg("\"%s\" was taken for a time", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_in_utc_with_milliseconds),
        cmocka_unit_test(times_out_of_range_are_clamped),
        cmocka_unit_test(times_are_read_as_they_are_written),
        cmocka_unit_test(the_monotonic_clock_never_goes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
