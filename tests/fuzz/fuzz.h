/* fuzz.h - what the fuzz targets share. Each target is one file with LLVMFuzzerTestOneInput, linked
 * either with libFuzzer (--enable-fuzz) or with replay.c, which feeds it its corpus in `make check`.
 *
 *     tests/fuzz/fuzz_url -max_total_time=60 new-inputs tests/fuzz/corpus/url
 *
 * A target states what must hold of any input, not only that nothing crashes.
 */
#ifndef CONFAB_FUZZ_H
#define CONFAB_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, whatever NDEBUG says. */
#define FUZZ_CHECK(condition)                                                                    \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                             \
        }                                                                                        \
    } while (0)

/* Does `part` lie inside of `whole`? */
static inline bool fuzz_inside(struct slice part, struct slice whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

#endif
