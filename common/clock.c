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

/* n digits from *s. */
static bool take_number(struct slice *s, size_t n, int *out)
{
    *out = 0;
    if (s->n < n) return false;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') return false;
        *out = *out * 10 + (s->p[i] - '0');
    }
    *s = slice_make(s->p + n, s->n - n);
    return true;
}

static bool take_one_of(struct slice *s, const char *chars, char *which)
{
    if (s->n == 0 || strchr(chars, s->p[0]) == NULL || s->p[0] == '\0') return false;
    *which = s->p[0];
    *s = slice_make(s->p + 1, s->n - 1);
    return true;
}

static bool take_fraction(struct slice *s, int64_t *us)
{
    int64_t unit = CLOCK_SECOND / 10;
    int digit, n = 0;
    char dot;

    *us = 0;
    if (!take_one_of(s, ".", &dot)) return true;
    while (take_number(s, 1, &digit)) {
        *us += digit * unit;
        unit /= 10;
        n++;
    }
    return n > 0;
}

static bool take_offset(struct slice *s, int64_t *seconds)
{
    int hours, minutes;
    char sign;

    if (!take_one_of(s, "Zz+-", &sign)) return false;
    *seconds = 0;
    if (sign == 'Z' || sign == 'z') return true;
    if (!take_number(s, 2, &hours) || !take_one_of(s, ":", &(char){0}) || !take_number(s, 2, &minutes) || hours > 23 || minutes > 59) return false;
    *seconds = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
    return true;
}

bool clock_parse(struct slice s, int64_t *us)
{
    static const int8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct tm t = {0};
    int64_t fraction, offset, seconds;
    char c;

    if (!take_number(&s, 4, &t.tm_year) || !take_one_of(&s, "-", &c) || !take_number(&s, 2, &t.tm_mon) || !take_one_of(&s, "-", &c) ||
        !take_number(&s, 2, &t.tm_mday) || !take_one_of(&s, "Tt ", &c) || !take_number(&s, 2, &t.tm_hour) || !take_one_of(&s, ":", &c) ||
        !take_number(&s, 2, &t.tm_min) || !take_one_of(&s, ":", &c) || !take_number(&s, 2, &t.tm_sec) || !take_fraction(&s, &fraction) ||
        !take_offset(&s, &offset) || s.n > 0) {
        return false;
    }
    if (t.tm_year < 1970 || t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 || t.tm_mday > days[t.tm_mon - 1] ||
        (t.tm_mon == 2 && t.tm_mday == 29 && (t.tm_year % 4 != 0 || (t.tm_year % 100 == 0 && t.tm_year % 400 != 0))) ||
        t.tm_hour > 23 || t.tm_min > 59 || t.tm_sec > 60) {
        return false;
    }
    t.tm_year -= 1900;
    t.tm_mon--;
    seconds = (int64_t)timegm(&t) - offset;
    if (seconds < 0) return false;
    *us = seconds * CLOCK_SECOND + fraction;
    return true;
}
