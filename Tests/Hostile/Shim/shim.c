// Stands between a program and the system calls that a ledger's writer makes: counts them, lets the
// Nth fail, and keeps a record of them. Loaded with LD_PRELOAD; only files below JOULE_SHIM_DIR count.
//
//   JOULE_SHIM_DIR     the directory whose files count
//   JOULE_SHIM_FAULT   CALL:N:ERROR:HOW, such as fdatasync:3:EIO:once or pwrite:1:SHORT:from;
//                      HOW is once, from (every call from the Nth on) or burst (three calls)
//   JOULE_SHIM_REPORT  where to write how often each call was made, and whether one failed
//   JOULE_SHIM_TRACE   where to record every call with its data (see power-loss)
//   JOULE_SHIM_ACKS    the shared file whose first 16 bytes count acknowledged steps and epochs
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum call { WRITE, PWRITE, FSYNC, FDATASYNC, MSYNC, FTRUNCATE, FALLOCATE, MMAP, OPEN, RENAME, UNLINK, CALLS };
static const char *const names[CALLS] = {
    "write", "pwrite", "fsync", "fdatasync", "msync", "ftruncate", "fallocate", "mmap", "open", "rename", "unlink"};

static const struct { const char *name; int number; } errors[] = {
    {"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EINTR", EINTR}, {"EDQUOT", EDQUOT}, {"SHORT", -1}};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char directory[4096];
static long counts[CALLS];
static long injected;
// Files whose fdatasync failed: nobody knows what of them is on disk, and a call that succeeds later
// would say that all of it is.
static ino_t failed[64];
static int failures;
static long asked_again;
static enum call fault_call = CALLS;
static long fault_number;
static int fault_error;
static long fault_last;
static int trace = -1;
static const uint64_t *acks;
// Mappings of files that count, to know what an msync is of.
static struct { char *start; size_t size; char path[512]; } maps[64];

static void report(void);

#define REAL(type, name) ((type)real(#name))
static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) abort();
    return found;
}

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("JOULE_SHIM_DIR");
    if (text != NULL && realpath(text, directory) == NULL) directory[0] = 0;
    text = getenv("JOULE_SHIM_FAULT");
    if (text != NULL) {
        char call[32], error[32], how[32];
        if (sscanf(text, "%31[^:]:%ld:%31[^:]:%31s", call, &fault_number, error, how) != 4) abort();
        for (int i = 0; i < CALLS; i++) if (strcmp(call, names[i]) == 0) fault_call = (enum call)i;
        for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
            if (strcmp(error, errors[i].name) == 0) fault_error = errors[i].number;
        }
        fault_last = strcmp(how, "from") == 0 ? INT64_MAX : fault_number + (strcmp(how, "burst") == 0 ? 2 : 0);
        if (fault_call == CALLS || fault_error == 0) abort();
    }
    text = getenv("JOULE_SHIM_TRACE");
    if (text != NULL) {
        trace = REAL(int (*)(const char *, int, ...), open64)(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    }
    text = getenv("JOULE_SHIM_ACKS");
    if (text != NULL) {
        int file = REAL(int (*)(const char *, int, ...), open64)(text, O_RDONLY | O_CLOEXEC);
        void *address = REAL(void *(*)(void *, size_t, int, int, int, off64_t), mmap64)(
            NULL, 16, PROT_READ, MAP_SHARED, file, 0);
        if (address != MAP_FAILED) acks = address;
    }
    atexit(report);
}

static void report(void) {
    const char *path = getenv("JOULE_SHIM_REPORT");
    if (path == NULL) return;
    char text[1024];
    int size = 0;
    for (int i = 0; i < CALLS; i++) {
        size += snprintf(text + size, sizeof text - (size_t)size, "%s %ld\n", names[i], counts[i]);
    }
    size += snprintf(text + size, sizeof text - (size_t)size, "injected %ld\n", injected);
    size += snprintf(text + size, sizeof text - (size_t)size, "asked_again %ld\n", asked_again);
    int file = REAL(int (*)(const char *, int, ...), open64)(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (REAL(ssize_t (*)(int, const void *, size_t), write)(file, text, (size_t)size) < 0) abort();
    close(file);
}

static int counts_path(const char *path) {
    size_t size = strlen(directory);
    return size > 0 && strncmp(path, directory, size) == 0 && (path[size] == '/' || path[size] == 0);
}

// The path of a descriptor whose file counts; NULL of every other.
static const char *path_of(int descriptor, char *buffer, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t got = readlink(link, buffer, size - 1);
    if (got <= 0) return NULL;
    buffer[got] = 0;
    return counts_path(buffer) ? buffer : NULL;
}

// Counts a call; the error that it is to fail with, -1 for a short write, 0 for none.
static int strike(enum call call) {
    int error = 0;
    pthread_mutex_lock(&lock);
    long number = ++counts[call];
    if (call == fault_call && number >= fault_number && number <= fault_last) {
        injected++;
        error = fault_error;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

// One record: size of the rest u32, call u8, path length u16, path, time i64, steps u64, epochs u64, offset
// i64, length i64, bytes. Acknowledgements are those before the call.
static void record(const char *call, const char *path, int64_t offset, int64_t length, const void *bytes,
                   size_t count, const uint64_t before[2]) {
    if (trace < 0) return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t time = now.tv_sec * 1000000000LL + now.tv_nsec;
    uint8_t head[4 + 1 + 2];
    uint16_t path_size = (uint16_t)strlen(path);
    uint32_t size = (uint32_t)(1 + 2 + path_size + 5 * 8 + count);
    memcpy(head, &size, 4);
    head[4] = (uint8_t)call[0] == 'f' && call[1] == 'd' ? 'd' : (uint8_t)call[0];
    if (strcmp(call, "ftruncate") == 0) head[4] = 't';
    if (strcmp(call, "fsync") == 0) head[4] = 's';
    if (strcmp(call, "snapshot") == 0) head[4] = 'n';
    memcpy(head + 5, &path_size, 2);
    int64_t numbers[5] = {time, (int64_t)before[0], (int64_t)before[1], offset, length};
    ssize_t (*put)(int, const void *, size_t) = REAL(ssize_t (*)(int, const void *, size_t), write);
    pthread_mutex_lock(&lock);
    if (put(trace, head, sizeof head) < 0 || put(trace, path, path_size) < 0
        || put(trace, numbers, sizeof numbers) < 0 || (count > 0 && put(trace, bytes, count) < 0)) {
        abort();
    }
    pthread_mutex_unlock(&lock);
}

static void acknowledged(uint64_t before[2]) {
    before[0] = acks == NULL ? 0 : __atomic_load_n(&acks[0], __ATOMIC_ACQUIRE);
    before[1] = acks == NULL ? 0 : __atomic_load_n(&acks[1], __ATOMIC_ACQUIRE);
}

// What stands in the mapped files now: their stores are no system calls.
static void snapshot_maps(const uint64_t before[2]) {
    if (trace < 0) return;
    for (int i = 0; i < 64; i++) {
        if (maps[i].start == NULL) continue;
        record("snapshot", maps[i].path, 0, (int64_t)maps[i].size, maps[i].start, maps[i].size, before);
    }
}

static ssize_t put(enum call call, const char *symbol, int descriptor, const void *bytes, size_t count,
                   off64_t offset) {
    char buffer[4096];
    const char *path = path_of(descriptor, buffer, sizeof buffer);
    if (path != NULL) {
        int error = strike(call);
        if (error > 0) {
            errno = error;
            return -1;
        }
        if (error < 0 && count > 1) count = count / 2;
    }
    ssize_t result = call == WRITE
        ? ((ssize_t (*)(int, const void *, size_t))real(symbol))(descriptor, bytes, count)
        : ((ssize_t (*)(int, const void *, size_t, off64_t))real(symbol))(descriptor, bytes, count, offset);
    if (path != NULL && result > 0) {
        uint64_t before[2];
        acknowledged(before);
        record("pwrite", path, offset, result, bytes, (size_t)result, before);
    }
    return result;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    return put(WRITE, "write", descriptor, bytes, count, -1);
}
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return put(PWRITE, "pwrite", descriptor, bytes, count, offset);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return put(PWRITE, "pwrite64", descriptor, bytes, count, offset);
}

// Notes what became of the fdatasync of a file.
static void note_synchronised(int descriptor, int error) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < failures; i++) asked_again += failed[i] == status.st_ino;
    if (error != 0 && error != EINTR && failures < 64) failed[failures++] = status.st_ino;
    pthread_mutex_unlock(&lock);
}

static int synchronise(enum call call, const char *symbol, int descriptor) {
    char buffer[4096];
    const char *path = path_of(descriptor, buffer, sizeof buffer);
    uint64_t before[2];
    acknowledged(before);
    if (path != NULL) {
        int error = strike(call);
        if (call == FDATASYNC) note_synchronised(descriptor, error);
        if (error > 0) {
            errno = error;
            return -1;
        }
    }
    int result = ((int (*)(int))real(symbol))(descriptor);
    if (path != NULL && result == 0) record(call == FSYNC ? "fsync" : "fdatasync", path, 0, 0, NULL, 0, before);
    return result;
}

int fsync(int descriptor) { return synchronise(FSYNC, "fsync", descriptor); }
int fdatasync(int descriptor) { return synchronise(FDATASYNC, "fdatasync", descriptor); }

int msync(void *address, size_t length, int flags) {
    uint64_t before[2];
    acknowledged(before);
    int place = -1;
    for (int i = 0; i < 64; i++) {
        if (maps[i].start != NULL && (char *)address >= maps[i].start
            && (char *)address < maps[i].start + maps[i].size) place = i;
    }
    if (place >= 0) {
        int error = strike(MSYNC);
        if (error > 0) {
            errno = error;
            return -1;
        }
        if (trace >= 0) {
            // The pages as they are when the kernel begins; what comes meanwhile may be on disk, too.
            record("snapshot", maps[place].path, (char *)address - maps[place].start, (int64_t)length,
                   address, length, before);
        }
    }
    int result = REAL(int (*)(void *, size_t, int), msync)(address, length, flags);
    if (place >= 0 && result == 0) {
        record("msync", maps[place].path, (char *)address - maps[place].start, (int64_t)length, NULL, 0, before);
    }
    return result;
}

static int resize(const char *symbol, int descriptor, off64_t size) {
    char buffer[4096];
    const char *path = path_of(descriptor, buffer, sizeof buffer);
    if (path != NULL) {
        int error = strike(FTRUNCATE);
        if (error > 0) {
            errno = error;
            return -1;
        }
    }
    int result = ((int (*)(int, off64_t))real(symbol))(descriptor, size);
    uint64_t before[2];
    acknowledged(before);
    if (path != NULL && result == 0) record("ftruncate", path, 0, size, NULL, 0, before);
    return result;
}

int ftruncate(int descriptor, off_t size) { return resize("ftruncate", descriptor, size); }
int ftruncate64(int descriptor, off64_t size) { return resize("ftruncate64", descriptor, size); }

// What an allocation returns: posix_fallocate answers the error instead of setting it.
static int allocation_fault(int descriptor) {
    char buffer[4096];
    if (path_of(descriptor, buffer, sizeof buffer) == NULL) return 0;
    int error = strike(FALLOCATE);
    return error > 0 ? error : 0;
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
    int error = allocation_fault(descriptor);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return REAL(int (*)(int, int, off_t, off_t), fallocate)(descriptor, mode, offset, length);
}
int fallocate64(int descriptor, int mode, off64_t offset, off64_t length) {
    return fallocate(descriptor, mode, offset, length);
}
int posix_fallocate(int descriptor, off_t offset, off_t length) {
    int error = allocation_fault(descriptor);
    if (error != 0) return error;
    int result = REAL(int (*)(int, off_t, off_t), posix_fallocate)(descriptor, offset, length);
    char buffer[4096];
    const char *path = path_of(descriptor, buffer, sizeof buffer);
    uint64_t before[2];
    acknowledged(before);
    if (path != NULL && result == 0) record("ftruncate", path, 0, offset + length, NULL, 0, before);
    return result;
}
int posix_fallocate64(int descriptor, off64_t offset, off64_t length) {
    return posix_fallocate(descriptor, offset, length);
}

static void *map(const char *symbol, void *address, size_t length, int protection, int flags, int descriptor,
                 off64_t offset) {
    char buffer[4096];
    const char *path = descriptor < 0 ? NULL : path_of(descriptor, buffer, sizeof buffer);
    if (path != NULL) {
        int error = strike(MMAP);
        if (error > 0) {
            errno = error;
            return MAP_FAILED;
        }
    }
    void *result = ((void *(*)(void *, size_t, int, int, int, off64_t))real(symbol))(
        address, length, protection, flags, descriptor, offset);
    if (path != NULL && result != MAP_FAILED && (flags & MAP_SHARED)) {
        for (int i = 0; i < 64; i++) {
            if (maps[i].start != NULL) continue;
            snprintf(maps[i].path, sizeof maps[i].path, "%s", path);
            maps[i].size = length;
            maps[i].start = result;
            break;
        }
    }
    return result;
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    return map("mmap", address, length, protection, flags, descriptor, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off64_t offset) {
    return map("mmap64", address, length, protection, flags, descriptor, offset);
}

int munmap(void *address, size_t length) {
    for (int i = 0; i < 64; i++) {
        if (maps[i].start == address) maps[i].start = NULL;
    }
    return REAL(int (*)(void *, size_t), munmap)(address, length);
}

static int reach(const char *symbol, const char *path, int flags, mode_t mode) {
    if (counts_path(path) && (flags & O_ACCMODE) != O_RDONLY) {
        int error = strike(OPEN);
        if (error > 0) {
            errno = error;
            return -1;
        }
    }
    int result = ((int (*)(const char *, int, ...))real(symbol))(path, flags, mode);
    uint64_t before[2];
    acknowledged(before);
    if (result >= 0 && counts_path(path) && (flags & O_CREAT)) record("open", path, 0, 0, NULL, 0, before);
    return result;
}

#define OPENING(name) \
    int name(const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & O_CREAT) { \
            va_list arguments; \
            va_start(arguments, flags); \
            mode = (mode_t)va_arg(arguments, int); \
            va_end(arguments); \
        } \
        return reach(#name, path, flags, mode); \
    }
OPENING(open)
OPENING(open64)

int rename(const char *from, const char *to) {
    if (counts_path(to)) {
        int error = strike(RENAME);
        if (error > 0) {
            errno = error;
            return -1;
        }
    }
    int result = REAL(int (*)(const char *, const char *), rename)(from, to);
    uint64_t before[2];
    acknowledged(before);
    if (result == 0 && counts_path(to)) record("rename", from, 0, 0, to, strlen(to), before);
    return result;
}

int unlink(const char *path) {
    uint64_t before[2];
    acknowledged(before);
    if (counts_path(path)) {
        int error = strike(UNLINK);
        if (error > 0) {
            errno = error;
            return -1;
        }
        snapshot_maps(before);
    }
    int result = REAL(int (*)(const char *), unlink)(path);
    if (result == 0 && counts_path(path)) record("unlink", path, 0, 0, NULL, 0, before);
    return result;
}
