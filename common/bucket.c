#include "bucket.h"

#include <stddef.h>

/* Keeps thousandths of the largest burst within 32 bits. */
enum { BURST_MAX = 4000000 };

bool bucket_take(struct bucket *b, uint32_t burst, uint32_t period_ms, int64_t now_us, uint32_t *wait_ms)
{
    const uint32_t now = (uint32_t)(now_us / 1000), elapsed = now - b->at_ms;
    uint64_t full, refill, spent = b->spent_milli, due;

    if (burst > BURST_MAX) burst = BURST_MAX;
    full = (uint64_t)burst * 1000;
    refill = elapsed >= period_ms ? full : elapsed * full / period_ms;
    spent = spent > refill ? spent - refill : 0;
    if (spent + 1000 <= full) {
        b->spent_milli = (uint32_t)(spent + 1000);
        b->at_ms = now;
        return true;
    }
    /* A refusal leaves the state alone: storing the refill so far would round away its fraction,
     * and somebody who asks often enough would wait for ever. */
    if (wait_ms != NULL) {
        if (full == 0) {
            *wait_ms = period_ms > 0 ? period_ms : 1;
        } else {
            due = ((b->spent_milli + (uint64_t)1000 - full) * period_ms + full - 1) / full;
            *wait_ms = due > elapsed ? (uint32_t)(due - elapsed) : 1;
        }
    }
    return false;
}
