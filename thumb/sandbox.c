#include "config.h"

#include "sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static bool limit(int what, rlim_t most)
{
    struct rlimit r = {most, most};

    return setrlimit(what, &r) == 0;
}

#ifdef ARCHITECTURE
/* What memory, reading, writing and ending need. Everything else is told that it may not. */
static bool filter_calls(void)
{
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(read), ALLOW(write), ALLOW(close), ALLOW(brk), ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(mprotect),
        ALLOW(madvise), ALLOW(futex), ALLOW(lseek), ALLOW(fstat), ALLOW(clock_gettime), ALLOW(rt_sigprocmask),
        ALLOW(rt_sigaction), ALLOW(rt_sigreturn), ALLOW(getrandom), ALLOW(exit), ALLOW(exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
#undef ALLOW
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
static bool filter_calls(void)
{
    return true; /* the limits hold all the same */
}
#endif

bool sandbox_enter(size_t memory, unsigned seconds)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return false;
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_CPU, seconds) || !limit(RLIMIT_FSIZE, 0)) return false;
    if (SANITIZED) return true;
    return limit(RLIMIT_AS, memory) && limit(RLIMIT_NOFILE, 0) && filter_calls();
}
