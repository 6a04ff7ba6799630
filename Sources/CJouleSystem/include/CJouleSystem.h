// The C that Swift cannot say. Kept as small as possible.
#ifndef CJOULESYSTEM_H
#define CJOULESYSTEM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "https.h"
#include "ipmi.h"
#include "nvml.h"
#include "rocm_smi.h"

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to start).
uint32_t joule_crc32c(uint32_t crc, const void *bytes, size_t length);

/// How many bytes the object or array takes that the JSON `text` begins with; 0
/// where it has no end within `size` bytes. What is inside is not looked at but for where strings end.
size_t joule_json_container_end(const uint8_t *text, size_t size);

extern uint32_t joule_forks;

/// How many forks lie between this process and the one that loaded the library. Objects remember
/// the number they were made under; where it differs they belong to the parent and stay silent.
/// Costs one load, takes no lock.
static inline uint32_t joule_fork_generation(void) {
    return __atomic_load_n(&joule_forks, __ATOMIC_RELAXED);
}

/// Whether nobody has asked in this process before: what a forked child says once. Takes no lock.
bool joule_fork_tell_once(void);

/// Has `descriptor` closed in every child that this process forks, so that a child that outlives
/// its parent does not keep the parent's file lock. Returns a slot, or -1 when all are taken.
int joule_close_in_child(int descriptor);

/// Gives back a slot of `joule_close_in_child`.
void joule_forget_descriptor(int slot);

/// Starts a thread that no signal is delivered to. Returns 0 or an errno.
///
/// A fork copies only the thread that forks, and locks of the Swift runtime in whatever state the
/// others left them. So a fork waits a moment (20 ms at most) until every thread started here is in
/// one of the waits below, where it holds none.
int joule_thread_start(pthread_t *thread, const char *name, void (*body)(void *), void *context);

/// The `f_type` of the file system that holds an open file; -1 when it cannot be told.
int64_t joule_file_system_type(int descriptor);

/// Waits of such threads: until a moment of CLOCK_MONOTONIC, and until data is on disk (0, or -1
/// with errno). Other threads may call them as well.
void joule_sleep_until(int64_t deadline_ns);
int joule_file_synchronize(int descriptor);
int joule_memory_synchronize(void *address, size_t length);

/// Gives memory that was freed back to the system, which the C library keeps for later otherwise.
void joule_give_memory_back(void);

/// Reserves disk space for bytes from `start` on without making the file longer, so that readers see
/// no room that nothing was written to. 0, or -1 with errno.
int joule_file_reserve(int descriptor, int64_t start, int64_t count);

/// What such a wait does before and after, for waits in other files of this module.
void joule_wait_begin(void);
void joule_wait_end(void);

/// Unmaps the pages of the library's code, once in a process: what still runs is mapped again as it is
/// called, and what only a start needed is not.
void joule_give_back_code(void);

/// A descriptor that one thread waits on and others wake it by, neither ever blocking the waker;
/// -1 when the system has none left.
int joule_event_open(void);
void joule_event_wake(int event);
/// Waits for a wake since the last wait, at most that long.
void joule_event_wait(int event, int milliseconds);

/// A counter of a performance unit of the kernel (perf_event_open(2)) for one processor and all
/// programs on it, inherited by no program; -1 and errno when it is refused.
int joule_performance_event(uint32_t type, uint64_t config, int processor);

/// A pipe whose ends no program inherits that another thread starts meanwhile; -1 and errno for none.
int joule_pipe(int ends[2]);

/// Connects to a socket of this machine by its path without waiting; -1 and errno where that fails, which
/// is EAGAIN while too many others wait there.
int joule_local_connect(const char *path);

/// Stores and loads of shared memory that other threads and processes look at.
static inline void joule_store_release(void *address, uint64_t value) {
    __atomic_store_n((uint64_t *)address, value, __ATOMIC_RELEASE);
}
static inline uint64_t joule_load_acquire(const void *address) {
    return __atomic_load_n((const uint64_t *)address, __ATOMIC_ACQUIRE);
}

/// A bell is a word that is 1 while rung. Ringing one that is not rung wakes who waits for it; ringing
/// again costs no system call. (Swift cannot call the variadic `syscall` that a futex needs.)
void joule_bell_ring(uint32_t *bell);

/// Returns when the bell is rung, or at `deadline_ns` of CLOCK_MONOTONIC. Leaves the bell as it is.
void joule_bell_wait(uint32_t *bell, int64_t deadline_ns);

static inline bool joule_bell_is_rung(const uint32_t *bell) {
    return __atomic_load_n(bell, __ATOMIC_ACQUIRE) != 0;
}

/// Makes the bell rung or quiet without waking anybody.
void joule_bell_set(uint32_t *bell, uint32_t rung);

/// A lock is a word that says whether a thread has it and whether another one may wait, and not which
/// thread that is: it works in a forked child, whose first thread Swift takes for the parent's.
enum { JOULE_LOCK_FREE, JOULE_LOCK_TAKEN, JOULE_LOCK_WAITED_FOR };

void joule_lock_wait(uint32_t *lock);
void joule_lock_wake(uint32_t *lock);

static inline bool joule_lock_try(uint32_t *lock) {
    uint32_t expected = JOULE_LOCK_FREE;
    return __atomic_compare_exchange_n(
        lock, &expected, JOULE_LOCK_TAKEN, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
static inline void joule_lock_take(uint32_t *lock) {
    if (!joule_lock_try(lock)) joule_lock_wait(lock);
}
static inline void joule_lock_let_go(uint32_t *lock) {
    if (__atomic_exchange_n(lock, JOULE_LOCK_FREE, __ATOMIC_RELEASE) == JOULE_LOCK_WAITED_FOR) {
        joule_lock_wake(lock);
    }
}

#endif
