/* proc.h - what another process has used, as the kernel tells it. */
#ifndef CONFAB_BENCH_PROC_H
#define CONFAB_BENCH_PROC_H

#include <stdint.h>
#include <sys/types.h>

/* CPU time in microseconds, all threads: from /proc/PID/task/TID/schedstat, which counts nanoseconds, or
 * from /proc/PID/stat, which counts ticks of 10 ms. 0 for pid 0; ends the program if there is no
 * such process. */
int64_t proc_cpu_us(pid_t pid);

struct proc_memory {
    int64_t rss_kib, pss_kib;
    int64_t own_kib; /* anonymous: heap and stack, what no other process can share */
};
/* From /proc/PID/smaps_rollup. */
struct proc_memory proc_memory(pid_t pid);

#endif
