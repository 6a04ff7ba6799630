#include "CJouleSystem.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

// Ulrich Drepper, "Futexes Are Tricky" (2011), mutex 2: who has waited marks the word as waited for.
void joule_lock_wait(uint32_t *lock) {
    while (__atomic_exchange_n(lock, JOULE_LOCK_WAITED_FOR, __ATOMIC_ACQUIRE) != JOULE_LOCK_FREE) {
        syscall(SYS_futex, lock, FUTEX_WAIT_PRIVATE, JOULE_LOCK_WAITED_FOR, NULL, NULL, 0);
    }
}

void joule_lock_wake(uint32_t *lock) {
    syscall(SYS_futex, lock, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
