#include "CJouleSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

// As many as a process may have files open for by default on Linux, four times over.
#define DESCRIPTORS_MAX 4096

uint32_t joule_forks;
// Descriptor plus one; zero is free.
static _Atomic int descriptors[DESCRIPTORS_MAX];

// Held for reading by our threads wherever they do not wait, for writing across a fork.
static pthread_rwlock_t working = PTHREAD_RWLOCK_INITIALIZER;
static __thread int is_ours;
static __thread int holds_all;

#define FORK_WAIT_NS 20000000

static void before_fork(void) {
    struct timespec deadline;
    if (is_ours) return;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_nsec += FORK_WAIT_NS;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec += 1;
        deadline.tv_nsec -= 1000000000;
    }
    // A thread that works on without end must not hold a program's fork up.
    holds_all = pthread_rwlock_clockwrlock(&working, CLOCK_MONOTONIC, &deadline) == 0;
}

static void after_fork_in_parent(void) {
    if (holds_all) pthread_rwlock_unlock(&working);
    holds_all = 0;
}

// Runs in the child, where only async-signal-safe calls are allowed.
static void after_fork_in_child(void) {
    // The threads that held it are not here.
    working = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
    is_ours = 0;
    holds_all = 0;
    __atomic_fetch_add(&joule_forks, 1, __ATOMIC_RELAXED);
    for (int slot = 0; slot < DESCRIPTORS_MAX; slot++) {
        int descriptor = atomic_exchange(&descriptors[slot], 0);
        if (descriptor > 0) close(descriptor - 1);
    }
}

__attribute__((constructor)) static void watch_forks(void) {
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

bool joule_fork_tell_once(void) {
    // The generation that told; the process that loaded the library is no child and never asks.
    static _Atomic uint32_t told;
    uint32_t generation = joule_fork_generation();
    return atomic_exchange(&told, generation) != generation;
}

int joule_close_in_child(int descriptor) {
    for (int slot = 0; slot < DESCRIPTORS_MAX; slot++) {
        int free_slot = 0;
        if (atomic_compare_exchange_strong(&descriptors[slot], &free_slot, descriptor + 1)) {
            return slot;
        }
    }
    return -1;
}

void joule_forget_descriptor(int slot) {
    if (slot >= 0 && slot < DESCRIPTORS_MAX) atomic_store(&descriptors[slot], 0);
}

struct start {
    void (*body)(void *);
    void *context;
};

static void *run_body(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    is_ours = 1;
    joule_wait_end();
    start.body(start.context);
    joule_wait_begin();
    is_ours = 0;
    return NULL;
}

void joule_wait_begin(void) {
    int error = errno;
    if (is_ours) pthread_rwlock_unlock(&working);
    errno = error;
}

void joule_wait_end(void) {
    int error = errno;
    if (is_ours) pthread_rwlock_rdlock(&working);
    errno = error;
}

void joule_sleep_until(int64_t deadline_ns) {
    struct timespec deadline = {deadline_ns / 1000000000, deadline_ns % 1000000000};
    joule_wait_begin();
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR) {}
    joule_wait_end();
}

int joule_file_synchronize(int descriptor) {
    joule_wait_begin();
    int result = fdatasync(descriptor);
    joule_wait_end();
    return result;
}

void joule_give_memory_back(void) { malloc_trim(0); }

int joule_memory_synchronize(void *address, size_t length) {
    joule_wait_begin();
    int result = msync(address, length, MS_SYNC);
    joule_wait_end();
    return result;
}

int joule_file_reserve(int descriptor, int64_t start, int64_t count) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, start, count);
}

int64_t joule_file_system_type(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 ? (int64_t)(uint32_t)status.f_type : -1;
}

int joule_event_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void joule_event_wake(int event) {
    if (event >= 0) eventfd_write(event, 1);
}

void joule_event_wait(int event, int milliseconds) {
    struct pollfd request = {.fd = event, .events = POLLIN};
    eventfd_t count;
    joule_wait_begin();
    if (poll(&request, 1, milliseconds) == 1) eventfd_read(event, &count);
    joule_wait_end();
}

int joule_thread_start(pthread_t *thread, const char *name, void (*body)(void *), void *context) {
    struct start *start = malloc(sizeof *start);
    if (start == NULL) return 12;  // ENOMEM
    start->body = body;
    start->context = context;
    // Threads inherit the mask: the program's signal handlers never run on ours.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread, NULL, run_body, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        free(start);
        return error;
    }
    pthread_setname_np(*thread, name);
    return 0;
}

int joule_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC);
}
