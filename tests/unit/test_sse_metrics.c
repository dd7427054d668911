#include "unit.h"

#include "../../sse/metrics.h"

/* Every line is a comment or a sample; a family is announced once, before its first sample. */
static void the_text_is_what_prometheus_reads(void **state)
{
    struct buf b = BUF_INIT;
    struct slice rest, line, families[METRIC_COUNT + 8];
    size_t n = 0, samples = 0;

    (void)state;
    metric_add(METRIC_events, 3);
    metric_set(METRIC_database_up, 1);
    metric_latency(-5);
    metric_latency(1000);
    metric_latency(999999999);
    metrics_write(&b);
    assert_true(buf_ok(&b));
    assert_int_equal(b.data[b.len - 1], '\n');
    rest = buf_view(&b);
    while (slice_cut(&rest, '\n', &line)) {
        struct slice word;

        if (!slice_starts(line, SLICE("#"))) {
            samples++;
            continue;
        }
        if (!slice_starts(line, SLICE("# TYPE "))) continue;
        line = slice_make(line.p + 7, line.n - 7);
        assert_true(slice_cut(&line, ' ', &word));
        for (size_t i = 0; i < n; i++) assert_false(slice_eq(families[i], word));
        families[n++] = word;
        assert_true(slice_eq(line, SLICE("counter")) || slice_eq(line, SLICE("gauge")) || slice_eq(line, SLICE("histogram")));
    }
    assert_true(samples > METRIC_COUNT);
    assert_non_null(buf_cstr(&b));
    assert_non_null(strstr(b.data, "\nconfab_events_total 3\n"));
    assert_non_null(strstr(b.data, "\nconfab_database_up 1\n"));
    assert_non_null(strstr(b.data, "\nconfab_tail_latency_seconds_bucket{le=\"0.001\"} 2\n"));
    assert_non_null(strstr(b.data, "\nconfab_tail_latency_seconds_bucket{le=\"10\"} 2\n"));
    assert_non_null(strstr(b.data, "\nconfab_tail_latency_seconds_bucket{le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(b.data, "\nconfab_tail_latency_seconds_count 3\n"));
    assert_non_null(strstr(b.data, "\nconfab_connections{transport=\"ws\"} 0\n"));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_what_prometheus_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
