/* sample.h - a growing list of measurements, and its percentiles. */
#ifndef CONFAB_BENCH_SAMPLE_H
#define CONFAB_BENCH_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct sample {
    int64_t *v;
    size_t n, cap;
};

#define SAMPLE_INIT {0}

void sample_add(struct sample *s, int64_t v);
void sample_free(struct sample *s);
/* The value that `permille` thousandths of the measurements do not exceed; 0 if there are none. Sorts. */
int64_t sample_at(struct sample *s, unsigned permille);

#endif
