// Lets a share of the readings of chosen files fail, for any program that reads through the C library:
//
//   cc -shared -fPIC -o faults.so faults.c -ldl
//   METER_FAULTS='energy_uj 0 1e9 100 5' LD_PRELOAD=./faults.so python train.py
//
// METER_FAULTS holds rules, separated by `;`, each `NAME FROM UNTIL EVERY ERRNO`: of the readings of files
// whose last name is NAME, those between FROM and UNTIL (seconds of CLOCK_MONOTONIC) fail, one in EVERY by
// chance, as does opening when EVERY is 1. The chances are the same in each run of a program.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { RULES = 8, DESCRIPTORS = 4096 };

typedef struct {
    char name[64];
    double from, until;
    unsigned every;
    int code;
} rule;

static rule rules[RULES];
static int count;
/// For each descriptor the number of its rule, from 1; 0 for none.
static _Atomic unsigned char rule_of[DESCRIPTORS];
/// What was opened there, for a descriptor may have been closed unseen and be another file's now.
static _Atomic ino_t file_of[DESCRIPTORS];
static _Atomic uint64_t state = 0x9E3779B97F4A7C15;

__attribute__((constructor)) static void read_rules(void) {
    const char *text = getenv("METER_FAULTS");
    while (text != NULL && count < RULES) {
        rule *r = &rules[count];
        if (sscanf(text, " %63s %lf %lf %u %d", r->name, &r->from, &r->until, &r->every, &r->code) == 5) count++;
        text = strchr(text, ';');
        if (text != NULL) text++;
    }
}

/// SplitMix64.
static uint64_t chance(void) {
    uint64_t z = __atomic_add_fetch(&state, 0x9E3779B97F4A7C15, __ATOMIC_RELAXED);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static bool is_due(const rule *r) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    double now = (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
    return now >= r->from && now < r->until && (r->every <= 1 || chance() % r->every == 0);
}

static int rule_for(const char *path) {
    const char *name = strrchr(path, '/');
    for (int i = 0; i < count; i++) {
        if (strcmp(name == NULL ? path : name + 1, rules[i].name) == 0) return i + 1;
    }
    return 0;
}

static int opened(int file, const char *path) {
    if (file < 0 || file >= DESCRIPTORS) return file;
    struct stat facts;
    rule_of[file] = (unsigned char)rule_for(path);
    if (rule_of[file] != 0 && fstat(file, &facts) == 0) file_of[file] = facts.st_ino;
    return file;
}

static bool refuses(const char *path) {
    int number = rule_for(path);
    if (number == 0 || rules[number - 1].every > 1 || !is_due(&rules[number - 1])) return false;
    errno = rules[number - 1].code;
    return true;
}

static bool fails(int file) {
    int number = file >= 0 && file < DESCRIPTORS ? rule_of[file] : 0;
    struct stat facts;
    if (number == 0 || fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_ino != file_of[file]
        || !is_due(&rules[number - 1])) {
        return false;
    }
    errno = rules[number - 1].code;
    return true;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define OPEN(name)                                              \
    int name(const char *path, int flags, ...) {                \
        va_list rest;                                           \
        va_start(rest, flags);                                  \
        mode_t mode = va_arg(rest, mode_t);                     \
        va_end(rest);                                           \
        if (refuses(path)) return -1;                           \
        return opened(REAL(name)(path, flags, mode), path);     \
    }
#define OPENAT(name)                                                    \
    int name(int folder, const char *path, int flags, ...) {            \
        va_list rest;                                                   \
        va_start(rest, flags);                                          \
        mode_t mode = va_arg(rest, mode_t);                             \
        va_end(rest);                                                   \
        if (refuses(path)) return -1;                                   \
        return opened(REAL(name)(folder, path, flags, mode), path);     \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

ssize_t read(int file, void *into, size_t size) { return fails(file) ? -1 : REAL(read)(file, into, size); }

ssize_t pread(int file, void *into, size_t size, off_t at) {
    return fails(file) ? -1 : REAL(pread)(file, into, size, at);
}

ssize_t pread64(int file, void *into, size_t size, off64_t at) {
    return fails(file) ? -1 : REAL(pread64)(file, into, size, at);
}
