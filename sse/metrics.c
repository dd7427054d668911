#include "metrics.h"

#include <inttypes.h>

uint64_t metrics[METRIC_COUNT];

static const struct row {
    const char *family, *label, *type, *help;
} rows[] = {
#define METRIC(id, family, label, type, help) {family, label, type, help},
#include "metrics.def"
#undef METRIC
};

_Static_assert(sizeof rows / sizeof *rows == METRIC_COUNT, "a row for each metric");

static const int64_t bounds_us[] = {1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000};
enum { BOUNDS = sizeof bounds_us / sizeof *bounds_us };
static uint64_t latency_count[BOUNDS + 1];
static int64_t latency_sum_us;

void metric_latency(int64_t us)
{
    size_t i = 0;

    /* The database's clock may be ahead of ours. */
    if (us < 0) us = 0;
    while (i < BOUNDS && us > bounds_us[i]) i++;
    latency_count[i]++;
    latency_sum_us += us;
}

static void family_write(struct buf *out, const char *family, const char *type, const char *help)
{
    buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", family, help, family, type);
}

static void latency_write(struct buf *out)
{
    const char *family = "confab_tail_latency_seconds";
    uint64_t sum = 0;

    family_write(out, family, "histogram", "From the time that stands in a row to its being handed to the sockets");
    for (size_t i = 0; i < BOUNDS; i++) {
        sum += latency_count[i];
        buf_fmt(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", family, (double)bounds_us[i] / 1e6, sum);
    }
    sum += latency_count[BOUNDS];
    buf_fmt(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", family, sum);
    buf_fmt(out, "%s_sum %.6f\n%s_count %" PRIu64 "\n", family, (double)latency_sum_us / 1e6, family, sum);
}

void metrics_write(struct buf *out)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct row *r = &rows[i];

        if (i == 0 || strcmp(rows[i - 1].family, r->family) != 0) family_write(out, r->family, r->type, r->help);
        if (r->label[0] != '\0') {
            buf_fmt(out, "%s{%s} %" PRIu64 "\n", r->family, r->label, metrics[i]);
        } else {
            buf_fmt(out, "%s %" PRIu64 "\n", r->family, metrics[i]);
        }
    }
    latency_write(out);
}
