/* metrics.h - what the pusher counts, and how Prometheus reads it. One set per process. */
#ifndef CONFAB_METRICS_H
#define CONFAB_METRICS_H

#include "buf.h"

enum metric {
#define METRIC(id, family, label, type, help) METRIC_##id,
#include "metrics.def"
#undef METRIC
    METRIC_COUNT
};

extern uint64_t metrics[METRIC_COUNT];

static inline void metric_add(enum metric m, uint64_t n)
{
    metrics[m] += n;
}
static inline void metric_sub(enum metric m, uint64_t n)
{
    metrics[m] -= n;
}
static inline void metric_set(enum metric m, uint64_t v)
{
    metrics[m] = v;
}
/* How long after it was written an event had been handed to the sockets. */
void metric_latency(int64_t us);
/* Prometheus' text format, version 0.0.4. */
void metrics_write(struct buf *out);

#endif
