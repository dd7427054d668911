/* clock.h - two clocks: one that only goes forward, one that people read. Microseconds. */
#ifndef CONFAB_CLOCK_H
#define CONFAB_CLOCK_H

#include "slice.h"

#define CLOCK_SECOND INT64_C(1000000)

/* For intervals and timers; its zero means nothing. */
int64_t clock_mono(void);
/* Since 1970-01-01T00:00:00Z. */
int64_t clock_wall(void);
/* "2026-11-20T21:05:09.123Z" (24 bytes and a NUL). Years 1970 to 9999. */
#define CLOCK_RFC3339_SIZE 25
void clock_rfc3339(int64_t us, char out[CLOCK_RFC3339_SIZE]);

/* Reads RFC 3339 (section 5.6) with an offset or Z, the fraction cut to microseconds; years 1970 to 9999. False: not that. */
bool clock_parse(struct slice s, int64_t *us);

#endif
