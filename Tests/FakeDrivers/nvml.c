// A library with NVML's symbols and a machine that a script describes, for us and for any other tool:
//
//   cc -shared -fPIC -o libnvidia-ml.so.1 nvml.c
//   FAKE_NVML=script.txt LD_LIBRARY_PATH=. python train.py
//
// The script is read again at the first call after it was changed, so that a test can change the machine
// while it runs. Its lines (`#` begins a comment):
//
//   device NAME UUID            begins a GPU; the lines below are about it
//     energy MILLIJOULES        its counter at `since`; without it there is none
//     since SECONDS             CLOCK_MONOTONIC; 0 when left out
//     watts WATTS               grows the counter from `since` on; and the power that is told
//     curve SECONDS WATTS ...   instead of a constant power: pieces of it from `since` on, for ever again
//     refresh SECONDS           the counter and the power stand still between multiples of it
//     samples SECONDS           the driver keeps a sample of the power every so often
//     slow CALL SECONDS         CALL takes so long
//     process PID PERCENT       a process that computes on it, and its use of the multiprocessors;
//                               PID 0 stands for the caller's
//     limit WATTS               its highest and present power limit
//     architecture NUMBER       7 Ampere, 9 Hopper
//     memory BYTES
//     whole COUNT MIB           multiprocessors and memory that can be divided; 132 and 81152 when left out
//     mig UUID [COUNT MIB [SLICES OF]]
//                               a MIG device that is part of it: its multiprocessors, the memory of its
//                               GPU instance, and SLICES of the instance's OF slices, 1 of 1 when left out
//     power none|instant|module what power can be read: none, all (left out), or the module's only
//     fail CALL STATUS          CALL (energy, power, field, handle, samples, attributes, profile) answers
//                               STATUS
//     hang CALL                 CALL does not return while the line stands
//     every N CALL STATUS       each Nth such CALL answers STATUS
//   init STATUS                 nvmlInit answers STATUS
//   hang init
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS = 0, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, UNKNOWN = 999 };
enum { ENERGY, POWER, FIELD, HANDLE, RECENT, ATTRIBUTES, PROFILE, CALLS };
enum { DEVICES = 16, PIECES = 16, MIGS = 8 };
static const char *const call_names[CALLS]
    = {"energy", "power", "field", "handle", "samples", "attributes", "profile"};

typedef struct {
    char uuid[96];
    unsigned multiprocessors, slices, instance_slices;
    unsigned long long memory;
} mig;

typedef struct {
    char name[96], uuid[96], power[16];
    mig migs[MIGS];
    int mig_count;
    unsigned multiprocessors;
    unsigned long long divisible;
    bool has_energy;
    double energy, since, watts, refresh, limit, samples, slow[CALLS];
    double curve_seconds[PIECES], curve_watts[PIECES];
    int pieces;
    unsigned architecture;
    unsigned long long memory;
    unsigned pids[16], percents[16], processes;
    int fails[CALLS], every[CALLS], every_status[CALLS];
    bool hangs[CALLS];
} device;

typedef struct {
    device devices[DEVICES];
    int count, init;
    bool init_hangs;
} machine;

static unsigned calls_made[DEVICES][CALLS];

static int call_number(const char *name) {
    for (int i = 0; i < CALLS; i++) {
        if (strcmp(name, call_names[i]) == 0) return i;
    }
    return 0;
}

static void read_curve(device *d, const char *text) {
    int used;
    while (d->pieces < PIECES
        && sscanf(text, "%lf %lf%n", &d->curve_seconds[d->pieces], &d->curve_watts[d->pieces], &used) == 2) {
        d->pieces++;
        text += used;
    }
}

static void read_script(const char *path, machine *m) {
    memset(m, 0, sizeof *m);
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL) return;
    char line[1024], name[96], call[16];
    device *d = NULL;
    int status, every;
    double slow;
    unsigned pid, percent;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, " init %d", &status) == 1) m->init = status;
        else if (strncmp(line, "hang init", 9) == 0) m->init_hangs = true;
        else if (sscanf(line, " device %95s", name) == 1 && m->count < DEVICES) {
            d = &m->devices[m->count++];
            // The name may have several words; the last word of the line is the UUID.
            char *words = strstr(line, "device ") + 7;
            words[strcspn(words, "\n")] = 0;
            char *last = strrchr(words, ' ');
            if (last == NULL) continue;
            snprintf(d->uuid, sizeof d->uuid, "%.95s", last + 1);
            *last = 0;
            d->multiprocessors = 132;
            d->divisible = 81152;
            snprintf(d->name, sizeof d->name, "%.95s", words);
        } else if (d == NULL) continue;
        else if (sscanf(line, " energy %lf", &d->energy) == 1) d->has_energy = true;
        else if (strstr(line, "curve ") != NULL) read_curve(d, strstr(line, "curve ") + 6);
        else if (sscanf(line, " fail %15s %d", call, &status) == 2) d->fails[call_number(call)] = status;
        else if (sscanf(line, " every %d %15s %d", &every, call, &status) == 3) {
            d->every[call_number(call)] = every;
            d->every_status[call_number(call)] = status;
        } else if (sscanf(line, " process %u %u", &pid, &percent) == 2 && d->processes < 16) {
            d->pids[d->processes] = pid == 0 ? (unsigned)getpid() : pid;
            d->percents[d->processes++] = percent;
        } else if (sscanf(line, " mig %95s", name) == 1 && d->mig_count < MIGS) {
            mig *part = &d->migs[d->mig_count++];
            *part = (mig){.multiprocessors = 16, .memory = 9728, .slices = 1, .instance_slices = 1};
            sscanf(line, " mig %95s %u %llu %u %u", part->uuid, &part->multiprocessors, &part->memory,
                &part->slices, &part->instance_slices);
        } else if (sscanf(line, " slow %15s %lf", call, &slow) == 2) d->slow[call_number(call)] = slow;
        else if (sscanf(line, " hang %15s", call) == 1) d->hangs[call_number(call)] = true;
        else {
            (void)(sscanf(line, " since %lf", &d->since) == 1 || sscanf(line, " watts %lf", &d->watts) == 1
                || sscanf(line, " refresh %lf", &d->refresh) == 1
                || sscanf(line, " limit %lf", &d->limit) == 1
                || sscanf(line, " samples %lf", &d->samples) == 1
                || sscanf(line, " architecture %u", &d->architecture) == 1
                || sscanf(line, " memory %llu", &d->memory) == 1
                || sscanf(line, " whole %u %llu", &d->multiprocessors, &d->divisible) == 2
                || sscanf(line, " power %15s", d->power) == 1);
        }
    }
    fclose(file);
}

/// The machine as it is now; reading a script anew, or a copy, would cost more than what it stands for.
///
/// What was read is kept for ever, because other threads may still look at it.
static const machine *machine_now(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static const machine *known;
    static struct stat last;
    const char *path = getenv("FAKE_NVML");
    struct stat now;
    memset(&now, 0, sizeof now);
    if (path != NULL) stat(path, &now);
    pthread_mutex_lock(&lock);
    if (known == NULL || now.st_ino != last.st_ino || now.st_size != last.st_size
        || memcmp(&now.st_mtim, &last.st_mtim, sizeof now.st_mtim) != 0) {
        machine *read = malloc(sizeof *read);
        if (read == NULL) abort();
        read_script(path, read);
        known = read;
        last = now;
    }
    const machine *found = known;
    pthread_mutex_unlock(&lock);
    return found;
}

static int index_of(void *handle) { return (int)(intptr_t)handle - 1; }
static void *handle_of(int index) { return (void *)(intptr_t)(index + 1); }

/// MIG devices have handles of their own, behind those of all GPUs.
static void *mig_handle_of(int index, int part) { return handle_of(DEVICES + index * MIGS + part); }

/// What a call on a device begins with: the machine as it is now, and the failure that is due.
static int enter(void *handle, int call, const device **d) {
    for (;;) {
        const machine *m = machine_now();
        int index = index_of(handle);
        if (index < 0 || index >= m->count) return INVALID;
        *d = &m->devices[index];
        if (!(*d)->hangs[call]) break;
        usleep(5000);
    }
    if ((*d)->slow[call] > 0) usleep((unsigned)((*d)->slow[call] * 1e6));
    int index = index_of(handle);
    unsigned made = __atomic_add_fetch(&calls_made[index][call], 1, __ATOMIC_RELAXED);
    if ((*d)->every[call] > 0 && made % (unsigned)(*d)->every[call] == 0) return (*d)->every_status[call];
    return (*d)->fails[call];
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/// Joules from `since` until a moment, and the power at that moment in watts.
static double joules_until(const device *d, double now, double *watts) {
    double passed = now > d->since ? now - d->since : 0;
    *watts = d->watts;
    if (d->pieces == 0) return passed * d->watts;
    double period = 0, joules = 0, sum = 0;
    for (int i = 0; i < d->pieces; i++) {
        period += d->curve_seconds[i];
        sum += d->curve_seconds[i] * d->curve_watts[i];
    }
    long long rounds = period > 0 ? (long long)(passed / period) : 0;
    passed -= (double)rounds * period;
    joules = (double)rounds * sum;
    for (int i = 0; i < d->pieces; i++) {
        double part = passed < d->curve_seconds[i] ? passed : d->curve_seconds[i];
        *watts = d->curve_watts[i];
        joules += part * d->curve_watts[i];
        passed -= part;
        if (passed <= 0) break;
    }
    return joules;
}

/// The same at the last refresh.
static double joules_now(const device *d, double *watts) {
    double now = seconds_now();
    if (d->refresh > 0) now = (double)(long long)(now / d->refresh) * d->refresh;
    return joules_until(d, now, watts);
}

static unsigned milliwatts_now(const device *d) {
    double watts;
    joules_now(d, &watts);
    return (unsigned)(watts * 1000);
}

int nvmlInit_v2(void) {
    const machine *m;
    do {
        m = machine_now();
        if (m->init_hangs) usleep(5000);
    } while (m->init_hangs);
    return m->init;
}

int nvmlShutdown(void) { return SUCCESS; }

const char *nvmlErrorString(int status) {
    switch (status) {
    case SUCCESS: return "Success";
    case NOT_SUPPORTED: return "Not Supported";
    case 4: return "Insufficient Permissions";
    case 9: return "Driver Not Loaded";
    case 13: return "Function Not Found";
    case 15: return "GPU is lost";
    case 18: return "Driver/library version mismatch";
    default: return "Unknown Error";
    }
}

int nvmlSystemGetDriverVersion(char *text, unsigned size) {
    snprintf(text, size, "570.00");
    return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned *count) {
    const machine *m = machine_now();
    *count = (unsigned)m->count;
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
    const device *d;
    *handle = handle_of((int)index);
    return enter(*handle, HANDLE, &d);
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **handle) {
    const machine *m = machine_now();
    for (int i = 0; i < m->count; i++) {
        if (strcmp(m->devices[i].uuid, uuid) == 0) {
            *handle = handle_of(i);
            return SUCCESS;
        }
        for (int part = 0; part < m->devices[i].mig_count; part++) {
            if (strcmp(m->devices[i].migs[part].uuid, uuid) != 0) continue;
            *handle = mig_handle_of(i, part);
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}

int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(void *handle, void **whole) {
    int index = index_of(handle) - DEVICES;
    if (index < 0) return INVALID;
    *whole = handle_of(index / MIGS);
    return SUCCESS;
}

static int read_device(void *handle, const device **d) {
    const machine *m = machine_now();
    int index = index_of(handle);
    if (index < 0 || index >= m->count) return INVALID;
    *d = &m->devices[index];
    return SUCCESS;
}

static int read_mig(void *handle, const device **d, const mig **part) {
    int index = index_of(handle) - DEVICES;
    if (index < 0) return INVALID;
    int status = read_device(handle_of(index / MIGS), d);
    if (status != SUCCESS) return status;
    *part = &(*d)->migs[index % MIGS];
    return index % MIGS < (*d)->mig_count ? SUCCESS : INVALID;
}

int nvmlDeviceGetUUID(void *handle, char *text, unsigned size) {
    const device *d;
    const mig *part;
    if (read_mig(handle, &d, &part) == SUCCESS) {
        snprintf(text, size, "%s", part->uuid);
        return SUCCESS;
    }
    int status = read_device(handle, &d);
    if (status == SUCCESS) snprintf(text, size, "%s", d->uuid);
    return status;
}

int nvmlDeviceGetName(void *handle, char *text, unsigned size) {
    const device *d;
    int status = read_device(handle, &d);
    if (status == SUCCESS) snprintf(text, size, "%s", d->name);
    return status;
}

int nvmlDeviceGetMigMode(void *handle, unsigned *mode, unsigned *pending) {
    const device *d;
    int status = read_device(handle, &d);
    if (status == SUCCESS) *mode = *pending = d->mig_count > 0;
    return status;
}

int nvmlDeviceGetMaxMigDeviceCount(void *handle, unsigned *count) {
    const device *d;
    *count = MIGS;
    return read_device(handle, &d);
}

int nvmlDeviceGetMigDeviceHandleByIndex(void *handle, unsigned index, void **part) {
    const device *d;
    int status = read_device(handle, &d);
    if (status != SUCCESS) return status;
    *part = mig_handle_of(index_of(handle), (int)index);
    return index < (unsigned)d->mig_count ? SUCCESS : NOT_FOUND;
}

typedef struct {
    unsigned multiprocessors, engines[5], instance_slices, slices;
    unsigned long long memory;
} attributes;

int nvmlDeviceGetAttributes_v2(void *handle, attributes *found) {
    const device *d;
    const mig *part;
    int status = read_mig(handle, &d, &part);
    if (status != SUCCESS) return status;
    if (d->fails[ATTRIBUTES] != 0) return d->fails[ATTRIBUTES];
    *found = (attributes){part->multiprocessors, {0}, part->instance_slices, part->slices, part->memory};
    return SUCCESS;
}

typedef struct {
    unsigned id, is_p2p, slices, instances, multiprocessors, engines[5];
    unsigned long long memory;
} instance_profile;

/// A seventh of the GPU, and all of it.
int nvmlDeviceGetGpuInstanceProfileInfo(void *handle, unsigned profile, instance_profile *found) {
    const device *d;
    int status = enter(handle, PROFILE, &d);
    if (status != SUCCESS) return status;
    if (profile != 0 && profile != 4) return NOT_SUPPORTED;
    unsigned part = profile == 0 ? 8 : 1;
    *found = (instance_profile){profile, 0, 8 / part, part, d->multiprocessors / part, {0}, d->divisible / part};
    return SUCCESS;
}

int nvmlDeviceGetArchitecture(void *handle, unsigned *architecture) {
    const device *d;
    int status = read_device(handle, &d);
    if (status == SUCCESS) *architecture = d->architecture;
    return status;
}

int nvmlDeviceGetEnforcedPowerLimit(void *handle, unsigned *milliwatts) {
    const device *d;
    int status = read_device(handle, &d);
    if (status == SUCCESS) *milliwatts = (unsigned)(d->limit * 1000);
    return status;
}

int nvmlDeviceGetPowerManagementLimitConstraints(void *handle, unsigned *least, unsigned *most) {
    *least = 0;
    return nvmlDeviceGetEnforcedPowerLimit(handle, most);
}

int nvmlDeviceGetMemoryInfo(void *handle, unsigned long long info[3]) {
    const device *d;
    int status = read_device(handle, &d);
    if (status != SUCCESS) return status;
    info[0] = d->memory;
    info[1] = d->memory;
    info[2] = 0;
    return status;
}

int nvmlDeviceGetMaxClockInfo(void *handle, unsigned type, unsigned *megahertz) {
    const device *d;
    (void)type;
    *megahertz = 1980;
    return read_device(handle, &d);
}

int nvmlDeviceGetTotalEnergyConsumption(void *handle, unsigned long long *energy) {
    const device *d;
    int status = enter(handle, ENERGY, &d);
    if (status != SUCCESS) return status;
    if (!d->has_energy) return NOT_SUPPORTED;
    double watts;
    *energy = (unsigned long long)(d->energy + joules_now(d, &watts) * 1000);
    return SUCCESS;
}

int nvmlDeviceGetPowerUsage(void *handle, unsigned *milliwatts) {
    const device *d;
    int status = enter(handle, POWER, &d);
    if (status != SUCCESS) return status;
    if (d->power[0] != 0) return NOT_SUPPORTED;
    *milliwatts = milliwatts_now(d);
    return SUCCESS;
}

typedef struct {
    unsigned field, scope;
    long long timestamp, latency;
    unsigned type;
    int status;
    unsigned long long value;
} field_value;

int nvmlDeviceGetFieldValues(void *handle, int count, field_value *values) {
    const device *d;
    int status = enter(handle, FIELD, &d);
    if (status != SUCCESS) return status;
    for (int i = 0; i < count; i++) {
        const char *scope = values[i].scope == 1 ? "module" : "instant";
        bool is_power = values[i].field == 185 || values[i].field == 186;
        values[i].status = is_power && strcmp(d->power, scope) == 0 ? SUCCESS : NOT_SUPPORTED;
        values[i].type = 1;
        values[i].value = milliwatts_now(d);
    }
    return SUCCESS;
}

typedef struct {
    unsigned long long microseconds, value;
} sample;

enum { SAMPLES = 119 };

int nvmlDeviceGetSamples(
    void *handle, unsigned kind, unsigned long long seen, unsigned *type, unsigned *count, sample *samples) {
    const device *d;
    int status = enter(handle, RECENT, &d);
    if (status != SUCCESS) return status;
    if (d->samples <= 0 || kind != 0) return NOT_SUPPORTED;
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    double now = seconds_now();
    double ahead = (double)wall.tv_sec + (double)wall.tv_nsec * 1e-9 - now;
    long long newest = (long long)(now / d->samples);
    unsigned room = samples == NULL ? SAMPLES : *count;
    *type = 1;
    *count = 0;
    for (long long i = newest - SAMPLES + 1; i <= newest && *count < room; i++) {
        double at = (double)i * d->samples;
        unsigned long long microseconds = (unsigned long long)((at + ahead) * 1e6);
        if (microseconds <= seen) continue;
        if (samples != NULL) {
            double watts;
            joules_until(d, at, &watts);
            samples[*count] = (sample){microseconds, (unsigned)(watts * 1000)};
        }
        ++*count;
    }
    return *count == 0 ? NOT_FOUND : SUCCESS;
}

typedef struct {
    unsigned pid;
    unsigned long long memory;
    unsigned gpu_instance, compute_instance;
} process;

int nvmlDeviceGetComputeRunningProcesses_v3(void *handle, unsigned *count, process *found) {
    const device *d;
    int status = read_device(handle, &d);
    if (status != SUCCESS) return status;
    if (*count < d->processes) return 7;
    *count = d->processes;
    for (unsigned i = 0; i < d->processes; i++) found[i] = (process){d->pids[i], 1 << 20, 0, 0};
    return SUCCESS;
}

typedef struct {
    unsigned pid;
    unsigned long long microseconds;
    unsigned multiprocessors, memory, encoder, decoder;
} process_use;

int nvmlDeviceGetProcessUtilization(
    void *handle, process_use *found, unsigned *count, unsigned long long seen) {
    const device *d;
    (void)seen;
    int status = read_device(handle, &d);
    if (status != SUCCESS) return status;
    if (*count < d->processes) return 7;
    *count = d->processes;
    for (unsigned i = 0; i < d->processes; i++) {
        found[i] = (process_use){d->pids[i], 0, d->percents[i], 0, 0, 0};
    }
    return d->processes == 0 ? NOT_FOUND : SUCCESS;
}

// What other tools ask besides, or call by another name.

int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    return nvmlInit_v2();
}

int nvmlDeviceGetPowerManagementDefaultLimit(void *handle, unsigned *milliwatts) {
    return nvmlDeviceGetEnforcedPowerLimit(handle, milliwatts);
}

int nvmlDeviceGetUtilizationRates(void *handle, unsigned shares[2]) {
    const device *d;
    shares[0] = shares[1] = 50;
    return read_device(handle, &d);
}

static int tell(void *handle, unsigned *value, unsigned answer) {
    const device *d;
    *value = answer;
    return read_device(handle, &d);
}

int nvmlDeviceGetTemperature(void *handle, int sensor, unsigned *degrees) {
    (void)sensor;
    return tell(handle, degrees, 50);
}

int nvmlDeviceGetComputeMode(void *handle, unsigned *mode) { return tell(handle, mode, 0); }

int nvmlDeviceGetPersistenceMode(void *handle, unsigned *mode) { return tell(handle, mode, 1); }

int nvmlDeviceGetGraphicsRunningProcesses_v3(void *handle, unsigned *count, void *processes) {
    (void)processes;
    return tell(handle, count, 0);
}
