#include "clock.h"

#include <time.h>

static int64_t clock_read(clockid_t id)
{
    struct timespec t = {0};

    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

int64_t clock_mono(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

int64_t clock_wall(void)
{
    return clock_read(CLOCK_REALTIME);
}

static char *put_digits(char *to, unsigned v, unsigned width)
{
    for (unsigned i = width; i > 0; i--) {
        to[i - 1] = (char)('0' + v % 10);
        v /= 10;
    }
    return to + width;
}

void clock_rfc3339(int64_t us, char out[CLOCK_RFC3339_SIZE])
{
    /* 9999-12-31T23:59:59.999Z: a fifth digit of the year would not fit. */
    const int64_t last = INT64_C(253402300799) * CLOCK_SECOND + 999999;
    struct tm tm = {0};
    time_t seconds;
    char *p = out;

    if (us < 0) us = 0;
    if (us > last) us = last;
    seconds = (time_t)(us / CLOCK_SECOND);
    (void)gmtime_r(&seconds, &tm);
    p = put_digits(p, (unsigned)tm.tm_year + 1900, 4);
    *p++ = '-';
    p = put_digits(p, (unsigned)tm.tm_mon + 1, 2);
    *p++ = '-';
    p = put_digits(p, (unsigned)tm.tm_mday, 2);
    *p++ = 'T';
    p = put_digits(p, (unsigned)tm.tm_hour, 2);
    *p++ = ':';
    p = put_digits(p, (unsigned)tm.tm_min, 2);
    *p++ = ':';
    p = put_digits(p, (unsigned)tm.tm_sec, 2);
    *p++ = '.';
    p = put_digits(p, (unsigned)(us % CLOCK_SECOND / 1000), 3);
    *p++ = 'Z';
    *p = '\0';
}
