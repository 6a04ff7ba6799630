#include "CJouleSystem.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void joule_bell_ring(uint32_t *bell) {
    if (__atomic_exchange_n(bell, 1, __ATOMIC_SEQ_CST) == 0) {
        syscall(SYS_futex, bell, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    }
}

static void wait_for_bell(uint32_t *bell, int64_t deadline_ns) {
    struct timespec deadline = {deadline_ns / 1000000000, deadline_ns % 1000000000};
    while (__atomic_load_n(bell, __ATOMIC_SEQ_CST) == 0) {
        long result = syscall(
            SYS_futex, bell, FUTEX_WAIT_BITSET_PRIVATE, 0, &deadline, NULL, FUTEX_BITSET_MATCH_ANY);
        // A signal or a spurious wake waits on; a kernel that refuses must not become a busy loop.
        if (result != 0 && errno == ETIMEDOUT) return;
        if (result != 0 && errno != EINTR && errno != EAGAIN) {
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
            return;
        }
    }
}

void joule_bell_wait(uint32_t *bell, int64_t deadline_ns) {
    joule_wait_begin();
    wait_for_bell(bell, deadline_ns);
    joule_wait_end();
}

void joule_bell_set(uint32_t *bell, uint32_t rung) {
    __atomic_store_n(bell, rung, __ATOMIC_SEQ_CST);
}
