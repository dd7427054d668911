#include "config.h"

#include "tool.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static const char *tool_name = "bench";

void tool_start(const char *program)
{
    tool_name = program;
}

void tool_die(const char *fmt, ...)
{
    va_list ap;

    fflush(stdout);
    fprintf(stderr, "%s: ", tool_name);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

int64_t tool_number(const char *text, const char *what, int64_t least, int64_t most)
{
    uint64_t v;

    if (!text || !slice_u64(slice_str(text), (uint64_t)most, &v) || (int64_t)v < least)
        tool_die("%s must be a number from %" PRId64 " to %" PRId64 ", not '%s'", what, least, most, text ? text : "");
    return (int64_t)v;
}

void *tool_alloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);

    if (!p) tool_die("out of memory");
    return p;
}

void *tool_grow(void *p, size_t n, size_t size)
{
    void *q = reallocarray(p, n ? n : 1, size);

    if (!q) tool_die("out of memory");
    return q;
}

char *tool_copy(struct slice s)
{
    char *p = tool_alloc(s.n + 1, 1);

    if (s.n) memcpy(p, s.p, s.n);
    return p;
}

size_t tool_raise_files(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) != 0) tool_die("getrlimit failed");
    r.rlim_cur = r.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &r) != 0) tool_die("setrlimit failed");
    return (size_t)r.rlim_cur;
}

int64_t tool_cpu_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}
