/* bucket.h - a token bucket: `burst` at once, refilled evenly over `period_ms`. Eight bytes of state. */
#ifndef CONFAB_BUCKET_H
#define CONFAB_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    uint32_t spent_milli; /* tokens spent and not yet refilled, in thousandths */
    uint32_t at_ms;       /* when that was true; monotonic, wraps */
};

/* Takes one token; false if none is left, then *wait_ms (if not NULL) says when one will be. */
bool bucket_take(struct bucket *b, uint32_t burst, uint32_t period_ms, int64_t now_us, uint32_t *wait_ms);

#endif
