// Keeps files of an emulated machine as the kernel would: a counter or a power each, renewed every
// millisecond from a power curve whose integral is known. See README.md.
//
//   emulator SPECIFICATION LOG [hasty]
//
// `hasty` renews the files without any pause, to see whether a reader can ever find half a value. Lines of the specification, in this order for each file:
//
//   start NANOSECONDS               CLOCK_MONOTONIC at which all curves begin
//   counter PATH FIRST RANGE        microjoules; the value at the start, and the one behind which it wraps
//   power PATH PER_WATT             a power, as this many units a watt
//   curve SECONDS WATTS ...         of the file above: pieces of constant power, repeated for ever
//   at SECONDS remove|restore       the file goes away, or is made again
//   at SECONDS garbage TEXT         holds TEXT from then on
//   at SECONDS restart              the counter stands at zero then
//
// LOG gets a line `late FROM TO` (CLOCK_MONOTONIC, nanoseconds) for each time in which nothing was
// renewed for more than three milliseconds, because the machine was busy.
//
// A value is one aligned store of 16 bytes into a mapped file, digits first and line ends behind. Should a
// reader's copy be torn in the middle, it mixes two values that are a millisecond apart.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FILES = 64, PIECES = 64, EVENTS = 8, WIDTH = 16 };
typedef char text16 __attribute__((vector_size(WIDTH)));

typedef struct {
    double at;
    char what[16], text[WIDTH];
} event;

typedef struct {
    char path[256];
    bool is_counter;
    double first, range, per_watt;
    double seconds[PIECES], watts[PIECES], period, joules;
    int pieces, events, done;
    event list[EVENTS];
    // What the counter had counted when it was restarted last.
    double offset;
    bool is_garbage;
    text16 *place;
} emulated;

static emulated files[FILES];
static int count;
static long long start_ns;

static void fail(const char *what) {
    fprintf(stderr, "emulator: %s: %s\n", what, strerror(errno));
    exit(1);
}

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void make(emulated *f) {
    int file = open(f->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
    if (file < 0 || ftruncate(file, WIDTH) != 0) fail(f->path);
    f->place = mmap(NULL, WIDTH, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (f->place == MAP_FAILED) fail(f->path);
    close(file);
}

static void show(emulated *f, const char *text) {
    union { char bytes[WIDTH]; text16 whole; } value;
    memset(value.bytes, '\n', WIDTH);
    memcpy(value.bytes, text, strnlen(text, WIDTH));
    *(volatile text16 *)f->place = value.whole;
}

/// Joules and watts of the curve at `seconds` behind the start.
static double joules_at(const emulated *f, double seconds, double *watts) {
    long long rounds = (long long)(seconds / f->period);
    double rest = seconds - (double)rounds * f->period, joules = (double)rounds * f->joules;
    for (int i = 0; i < f->pieces; i++) {
        *watts = f->watts[i];
        if (rest < f->seconds[i] || i == f->pieces - 1) return joules + rest * f->watts[i];
        rest -= f->seconds[i];
        joules += f->seconds[i] * f->watts[i];
    }
    return joules;
}

static void renew(emulated *f, double seconds) {
    double watts = 0, joules = joules_at(f, seconds, &watts);
    while (f->done < f->events && seconds >= f->list[f->done].at) {
        const event *e = &f->list[f->done++];
        if (strcmp(e->what, "remove") == 0 && f->place != NULL) {
            unlink(f->path);
            munmap(f->place, WIDTH);
            f->place = NULL;
        } else if (strcmp(e->what, "restore") == 0) {
            if (f->place == NULL) make(f);
            f->is_garbage = false;
        } else if (strcmp(e->what, "garbage") == 0) {
            f->is_garbage = true;
            if (f->place != NULL) show(f, e->text);
        } else if (strcmp(e->what, "restart") == 0) {
            f->first = 0;
            f->offset = joules;
        }
    }
    if (f->place == NULL || f->is_garbage) return;
    double value = f->is_counter ? f->first + (joules - f->offset) * 1e6 : watts * f->per_watt;
    if (f->is_counter) value -= (double)(long long)(value / (f->range + 1)) * (f->range + 1);
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    show(f, text);
}

static void read_specification(const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL) fail(path);
    char line[4096], place[256], what[16], text[WIDTH + 1];
    double a, b;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "start %lld", &start_ns) == 1) continue;
        bool is_counter = sscanf(line, "counter %255s %lf %lf", place, &a, &b) == 3;
        if (is_counter || sscanf(line, "power %255s %lf", place, &a) == 2) {
            if (count == FILES) fail("too many files");
            emulated *f = &files[count++];
            snprintf(f->path, sizeof f->path, "%s", place);
            f->is_counter = is_counter;
            f->first = f->per_watt = a;
            f->range = b;
            continue;
        }
        if (count == 0) continue;
        emulated *f = &files[count - 1];
        memset(text, 0, sizeof text);
        if (sscanf(line, "at %lf %15s %16[^\n]", &a, what, text) >= 2 && f->events < EVENTS) {
            event *e = &f->list[f->events++];
            e->at = a;
            memcpy(e->what, what, sizeof e->what);
            memcpy(e->text, text, WIDTH);
        } else if (strncmp(line, "curve ", 6) == 0) {
            int used, at = 6;
            while (f->pieces < PIECES && sscanf(line + at, "%lf %lf%n", &a, &b, &used) == 2) {
                f->seconds[f->pieces] = a;
                f->watts[f->pieces++] = b;
                f->period += a;
                f->joules += a * b;
                at += used;
            }
        }
    }
    fclose(file);
    for (int i = 0; i < count; i++) {
        if (files[i].period <= 0) fail("a file without a curve");
        make(&files[i]);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: emulator SPECIFICATION LOG [hasty]\n");
        return 64;
    }
    bool is_hasty = argc > 3;
    // Nobody is left to read when the runner is gone.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    read_specification(argv[1]);
    FILE *log = fopen(argv[2], "we");
    if (log == NULL) fail(argv[2]);
    struct sched_param urgent = {.sched_priority = 1};
    if (!is_hasty && sched_setscheduler(0, SCHED_FIFO, &urgent) != 0) setpriority(PRIO_PROCESS, 0, -20);
    long long due = now_ns(), last = 0;
    for (;;) {
        long long now = now_ns();
        for (int i = 0; i < count; i++) renew(&files[i], (double)(now - start_ns) * 1e-9);
        if (last == 0) {
            puts("ready");
            fflush(stdout);
        } else if (now - last > 3000000) {
            fprintf(log, "late %lld %lld\n", last, now);
            fflush(log);
        }
        last = now;
        if (is_hasty) continue;
        due += ((now - due) / 1000000 + 1) * 1000000;
        struct timespec until = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
}
