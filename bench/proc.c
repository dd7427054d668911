#include "config.h"

#include "proc.h"

#include "tool.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Run time in nanoseconds of one thread; -1 if the kernel does not count it. */
static int64_t proc_thread_ns(pid_t pid, const char *thread)
{
    char path[320];
    int64_t ns = -1;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, thread);
    f = fopen(path, "re");
    if (!f) return -1;
    if (fscanf(f, "%" SCNd64, &ns) != 1) ns = -1;
    fclose(f);
    return ns;
}

static int64_t proc_stat_us(pid_t pid)
{
    char path[64], line[1024], *p;
    unsigned long user = 0, system = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (!f || !fgets(line, sizeof line, f)) tool_die("no process %d", (int)pid);
    fclose(f);
    /* The name in parentheses may hold anything; what follows it does not. */
    p = strrchr(line, ')');
    if (!p || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        tool_die("cannot read %s", path);
    return (int64_t)(user + system) * 1000000 / sysconf(_SC_CLK_TCK);
}

int64_t proc_cpu_us(pid_t pid)
{
    char path[64];
    int64_t sum = 0, ns;
    struct dirent *e;
    DIR *d;

    if (pid == 0) return 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    d = opendir(path);
    if (!d) tool_die("no process %d", (int)pid);
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.') continue;
        ns = proc_thread_ns(pid, e->d_name);
        if (ns < 0) {
            closedir(d);
            return proc_stat_us(pid);
        }
        sum += ns;
    }
    closedir(d);
    return sum / 1000;
}

struct proc_memory proc_memory(pid_t pid)
{
    struct proc_memory m = {0, 0, 0};
    char path[64], line[256];
    int64_t v;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    f = fopen(path, "re");
    if (!f) tool_die("cannot read %s", path);
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "Rss: %" SCNd64, &v) == 1) m.rss_kib = v;
        if (sscanf(line, "Pss: %" SCNd64, &v) == 1) m.pss_kib = v;
        if (sscanf(line, "Anonymous: %" SCNd64, &v) == 1) m.own_kib = v;
    }
    fclose(f);
    return m;
}
