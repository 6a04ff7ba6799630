#include "CJouleMeterd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int limit(int resource, rlim_t most) {
    struct rlimit both = {most, most};
    return setrlimit(resource, &both) == 0 ? 0 : errno;
}

int joule_meterd_limit(int descriptors_max) {
    umask(0777);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || chdir("/") != 0) return errno;
    // Messages go to the standard error, which the service manager reads.
    if (dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0) return errno;
    close(nothing);
    if (prctl(PR_SET_DUMPABLE, 0) != 0) return errno;
    const struct {
        int resource;
        rlim_t most;
    } limits[] = {
        {RLIMIT_NOFILE, (rlim_t)descriptors_max}, {RLIMIT_CORE, 0}, {RLIMIT_NPROC, 0},
        {RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0}, {RLIMIT_DATA, 64 << 20},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        int error = limit((int)limits[i].resource, limits[i].most);
        if (error != 0) return error;
    }
    return 0;
}

static int empty_bounding_set(void) {
    for (int capability = 0; capability <= 63; capability++) {
        // The first number that the kernel does not know ends the list.
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0) break;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return errno;
    }
    return 0;
}

static int become(uid_t user, gid_t group) {
    if (user == 0 || group == 0) return EINVAL;
    if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0
        || setresuid(user, user, user) != 0)
        return errno;
    return setresuid(0, 0, 0) == 0 ? EPROTO : 0;
}

static int drop_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}}, left[2];
    if (syscall(SYS_capset, &header, none) != 0) return errno;
    if (syscall(SYS_capget, &header, left) != 0) return errno;
    for (int half = 0; half < 2; half++) {
        if (left[half].effective | left[half].permitted | left[half].inheritable) return EPROTO;
    }
    return 0;
}

int joule_meterd_drop_privileges(uid_t user, gid_t group) {
    // Each is dropped whatever becomes of the others; the first that was not is told.
    int errors[] = {empty_bounding_set(), become(user, group), drop_capabilities(), 0};
    // The change of user has made the process one that may be looked into again.
    if (prctl(PR_SET_DUMPABLE, 0) != 0) errors[3] = errno;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (errors[i] != 0) return errors[i];
    }
    return 0;
}

int joule_meterd_renounce_privileges(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

int joule_meterd_forbid_paths(void) {
    // The rights of the first version of the interface; with no rule, each is refused everywhere.
    struct landlock_ruleset_attr rules = {
        .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
    };
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (ruleset < 0) return errno;
    int error = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : errno;
    close(ruleset);
    return error;
}

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE
#define LOAD(field) \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), ANSWER(SECCOMP_RET_ALLOW)
// Memory may be mapped, but not as a program; the low half of the third argument holds the rights.
#define ALLOW_DATA(call)                                                        \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 4), LOAD(args[2]),       \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),                  \
        ANSWER(SECCOMP_RET_ALLOW), ANSWER(SECCOMP_RET_ERRNO | EPERM)

static struct sock_filter filter[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    // What a round takes: read the counters, take connections, hear and answer them, wait.
    ALLOW(pread64), ALLOW(accept4), ALLOW(getsockopt), ALLOW(recvfrom), ALLOW(sendto), ALLOW(close),
    ALLOW(ppoll), ALLOW(clock_gettime), ALLOW(clock_nanosleep),
#ifdef SYS_poll
    ALLOW(poll),
#endif
    // The last words, to the standard error, and the end.
    ALLOW(write), ALLOW(writev), ALLOW(exit), ALLOW(exit_group),
    // What the C library and Swift's runtime do by themselves.
    ALLOW_DATA(mmap), ALLOW_DATA(mprotect), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), ALLOW(brk),
    ALLOW(futex), ALLOW(rt_sigreturn), ALLOW(rt_sigaction), ALLOW(rt_sigprocmask), ALLOW(getpid),
    ALLOW(gettid), ALLOW(restart_syscall), ALLOW(getrandom), ALLOW(sched_yield),
    ANSWER(SECCOMP_RET_ERRNO | EPERM),
};

int joule_meterd_filter_calls(void) {
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    long result = syscall(
        SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    return result == 0 ? 0 : result > 0 ? ESRCH : errno;
}
#else
int joule_meterd_filter_calls(void) { return ENOSYS; }
#endif

int joule_meterd_test_confinement(void) {
    int opened = open("/", O_RDONLY | O_CLOEXEC);
    int linked = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    long forked = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (forked == 0) _exit(0);
    void *program = mmap(
        NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool is_confined = opened < 0 && linked < 0 && forked < 0 && program == MAP_FAILED;
    if (opened >= 0) close(opened);
    if (linked >= 0) close(linked);
    if (program != MAP_FAILED) munmap(program, 4096);
    return is_confined ? 0 : EPROTO;
}
