/* tool.h - what every program of bench/ needs: giving up, reading numbers, memory, descriptors.
 *
 * These are tools that an operator runs and watches: whatever goes wrong ends the program with a
 * sentence on standard error, so nothing here returns a failure.
 */
#ifndef CONFAB_BENCH_TOOL_H
#define CONFAB_BENCH_TOOL_H

#include "slice.h"

/* The name that stands before each sentence; kept, not copied. */
void tool_start(const char *program);
_Noreturn void tool_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A number from an argument; `what` names it in the complaint. */
int64_t tool_number(const char *text, const char *what, int64_t least, int64_t most);
/* n zeroed elements; never NULL. */
void *tool_alloc(size_t n, size_t size);
void *tool_grow(void *p, size_t n, size_t size);
char *tool_copy(struct slice s);
/* Raises the limit of open files to what the system allows, and returns it. */
size_t tool_raise_files(void);
/* CPU time of this process so far, in microseconds, user and system together. */
int64_t tool_cpu_us(void);

#endif
