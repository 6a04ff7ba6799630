#include "CJouleSystem.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 64

static _Atomic uint32_t generation;
// Descriptor plus one; zero is free.
static _Atomic int descriptors[DESCRIPTORS_MAX];

// Runs in the child, where only async-signal-safe calls are allowed.
static void after_fork_in_child(void) {
    atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
    for (int slot = 0; slot < DESCRIPTORS_MAX; slot++) {
        int descriptor = atomic_exchange(&descriptors[slot], 0);
        if (descriptor > 0) close(descriptor - 1);
    }
}

__attribute__((constructor)) static void watch_forks(void) {
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

uint32_t joule_fork_generation(void) {
    return atomic_load_explicit(&generation, memory_order_relaxed);
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
    start.body(start.context);
    return NULL;
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
    if (poll(&request, 1, milliseconds) == 1) eventfd_read(event, &count);
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
