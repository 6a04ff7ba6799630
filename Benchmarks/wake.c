/* What waking a sleeping thread costs the caller, with nothing else done: the least that an edge of a
 * window can cost where another thread is to read the meters. Prints two medians in microseconds: of
 * callers that slept for 2 ms before, and that were busy. */
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WAKES = 1000, PAUSE_NS = 2000000 };

static int word;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void *sleeper(void *unused) {
    for (;;) syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return unused;
}

static int order(const void *left, const void *right) {
    long long a = *(const long long *)left, b = *(const long long *)right;
    return (a > b) - (a < b);
}

int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, sleeper, NULL) != 0) return 1;
    for (int busy = 0; busy < 2; busy++) {
        long long spent[WAKES];
        for (int i = 0; i < WAKES; i++) {
            long long start = now();
            if (busy) while (now() < start + PAUSE_NS) {}
            else usleep(PAUSE_NS / 1000);
            start = now();
            syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
            spent[i] = now() - start;
        }
        qsort(spent, WAKES, sizeof spent[0], order);
        printf("%.1f\n", spent[WAKES / 2] / 1e3);
    }
    return 0;
}
