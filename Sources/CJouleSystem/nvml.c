#include "nvml.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Declared here as NVML's documentation describes them; its header is not needed.

typedef struct {
    unsigned long long total, free, used;
} memory_info;

typedef union {
    double real;
    int integer;
    unsigned natural;
    unsigned long long_natural;
    unsigned long long wide_natural;
    long long wide_integer;
    unsigned short short_natural;
} value;

typedef struct {
    unsigned field, scope;
    long long timestamp, latency;
    unsigned type;
    int status;
    value value;
} field_value;

typedef struct {
    unsigned long long microseconds;
    value value;
} sample;

typedef struct {
    unsigned pid;
    unsigned long long memory;
    unsigned gpu_instance, compute_instance;
} process;

typedef struct {
    unsigned pid;
    unsigned long long microseconds;
    unsigned multiprocessors, memory, encoder, decoder;
} process_use;

typedef struct {
    unsigned multiprocessors, copy_engines, decoders, encoders, jpeg_engines, flow_engines;
    unsigned instance_slices, slices;
    unsigned long long memory_mib;
} mig_attributes;

typedef struct {
    unsigned id, is_p2p_supported, slices, instances;
    unsigned multiprocessors, copy_engines, decoders, encoders, jpeg_engines, flow_engines;
    unsigned long long memory_mib;
} instance_profile;

enum { TYPE_DOUBLE, TYPE_UNSIGNED, TYPE_UNSIGNED_LONG, TYPE_UNSIGNED_LONG_LONG, TYPE_LONG_LONG, TYPE_INT,
       TYPE_UNSIGNED_SHORT };
enum { CLOCK_SM = 1 };
/// More than any version of NVML has; it refuses those that a GPU or a version lacks.
enum { INSTANCE_PROFILES = 32 };

struct joule_nvml {
    int (*init)(void);
    const char *(*words)(int);
    int (*driver_version)(char *, unsigned);
    int (*count)(unsigned *);
    int (*device_at)(unsigned, void **);
    int (*device_named)(const char *, void **);
    int (*parent)(void *, void **);
    int (*uuid)(void *, char *, unsigned);
    int (*name)(void *, char *, unsigned);
    int (*mig_mode)(void *, unsigned *, unsigned *);
    int (*architecture)(void *, unsigned *);
    int (*power_limit)(void *, unsigned *);
    int (*power_limits)(void *, unsigned *, unsigned *);
    int (*memory)(void *, memory_info *);
    int (*clock_max)(void *, unsigned, unsigned *);
    int (*energy)(void *, unsigned long long *);
    int (*power)(void *, unsigned *);
    int (*fields)(void *, int, field_value *);
    int (*samples)(void *, unsigned, unsigned long long, unsigned *, unsigned *, sample *);
    int (*processes)(void *, unsigned *, process *);
    int (*utilization)(void *, process_use *, unsigned *, unsigned long long);
    int (*mig_count_max)(void *, unsigned *);
    int (*mig_at)(void *, unsigned, void **);
    int (*mig_attributes)(void *, mig_attributes *);
    int (*instance_profile)(void *, unsigned, instance_profile *);
};

joule_nvml *joule_nvml_open(const char *library) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL) return NULL;
    joule_nvml *nvml = calloc(1, sizeof *nvml);
    if (nvml == NULL) return NULL;
    const struct {
        void *place;
        const char *name, *older;
    } functions[] = {
        {&nvml->init, "nvmlInit_v2", "nvmlInit"},
        {&nvml->words, "nvmlErrorString", NULL},
        {&nvml->driver_version, "nvmlSystemGetDriverVersion", NULL},
        {&nvml->count, "nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"},
        {&nvml->device_at, "nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"},
        {&nvml->device_named, "nvmlDeviceGetHandleByUUID", NULL},
        {&nvml->parent, "nvmlDeviceGetDeviceHandleFromMigDeviceHandle", NULL},
        {&nvml->uuid, "nvmlDeviceGetUUID", NULL},
        {&nvml->name, "nvmlDeviceGetName", NULL},
        {&nvml->mig_mode, "nvmlDeviceGetMigMode", NULL},
        {&nvml->architecture, "nvmlDeviceGetArchitecture", NULL},
        {&nvml->power_limit, "nvmlDeviceGetEnforcedPowerLimit", NULL},
        {&nvml->power_limits, "nvmlDeviceGetPowerManagementLimitConstraints", NULL},
        {&nvml->memory, "nvmlDeviceGetMemoryInfo", NULL},
        {&nvml->clock_max, "nvmlDeviceGetMaxClockInfo", NULL},
        {&nvml->energy, "nvmlDeviceGetTotalEnergyConsumption", NULL},
        {&nvml->power, "nvmlDeviceGetPowerUsage", NULL},
        {&nvml->fields, "nvmlDeviceGetFieldValues", NULL},
        {&nvml->samples, "nvmlDeviceGetSamples", NULL},
        {&nvml->processes, "nvmlDeviceGetComputeRunningProcesses_v3",
            "nvmlDeviceGetComputeRunningProcesses_v2"},
        {&nvml->utilization, "nvmlDeviceGetProcessUtilization", NULL},
        {&nvml->mig_count_max, "nvmlDeviceGetMaxMigDeviceCount", NULL},
        {&nvml->mig_at, "nvmlDeviceGetMigDeviceHandleByIndex", NULL},
        {&nvml->mig_attributes, "nvmlDeviceGetAttributes_v2", NULL},
        {&nvml->instance_profile, "nvmlDeviceGetGpuInstanceProfileInfo", NULL},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *found = dlsym(handle, functions[i].name);
        if (found == NULL && functions[i].older != NULL) found = dlsym(handle, functions[i].older);
        memcpy(functions[i].place, &found, sizeof found);
    }
    if (nvml->init == NULL || nvml->count == NULL || nvml->device_at == NULL || nvml->uuid == NULL) {
        free(nvml);
        return NULL;
    }
    return nvml;
}

void joule_nvml_free(joule_nvml *nvml) { free(nvml); }

// CALL(nvml, energy, device, &value): the function's answer, or that it is not there.
#define CALL(nvml, function, ...) \
    ((nvml)->function == NULL ? JOULE_NVML_FUNCTION_NOT_FOUND : (nvml)->function(__VA_ARGS__))

int joule_nvml_start(const joule_nvml *nvml) { return nvml->init(); }

const char *joule_nvml_words(const joule_nvml *nvml, int status) {
    const char *words = nvml->words == NULL ? NULL : nvml->words(status);
    return words == NULL ? "no description" : words;
}

/// A text from a library that may have failed to end it.
static int ended(int status, char *text, unsigned size) {
    text[size - 1] = 0;
    if (status != JOULE_NVML_SUCCESS) text[0] = 0;
    return status;
}

int joule_nvml_driver_version(const joule_nvml *nvml, char *text, unsigned size) {
    return ended(CALL(nvml, driver_version, text, size), text, size);
}

int joule_nvml_count(const joule_nvml *nvml, unsigned *count) { return nvml->count(count); }

int joule_nvml_device_at(const joule_nvml *nvml, unsigned index, joule_nvml_device *device) {
    return nvml->device_at(index, device);
}

int joule_nvml_device_named(const joule_nvml *nvml, const char *uuid, joule_nvml_device *device) {
    return CALL(nvml, device_named, uuid, device);
}

int joule_nvml_parent(const joule_nvml *nvml, joule_nvml_device mig, joule_nvml_device *device) {
    return CALL(nvml, parent, mig, device);
}

int joule_nvml_uuid(const joule_nvml *nvml, joule_nvml_device device, char *text, unsigned size) {
    return ended(nvml->uuid(device, text, size), text, size);
}

int joule_nvml_name(const joule_nvml *nvml, joule_nvml_device device, char *text, unsigned size) {
    return ended(CALL(nvml, name, device, text, size), text, size);
}

int joule_nvml_mig_mode(const joule_nvml *nvml, joule_nvml_device device, unsigned *mode) {
    unsigned pending = 0;
    return CALL(nvml, mig_mode, device, mode, &pending);
}

int joule_nvml_mig_count_max(const joule_nvml *nvml, joule_nvml_device device, unsigned *count) {
    return CALL(nvml, mig_count_max, device, count);
}

int joule_nvml_mig_at(
    const joule_nvml *nvml, joule_nvml_device device, unsigned index, joule_nvml_device *mig) {
    return CALL(nvml, mig_at, device, index, mig);
}

int joule_nvml_mig_size(const joule_nvml *nvml, joule_nvml_device mig, joule_nvml_size *size) {
    mig_attributes found = {0};
    int status = CALL(nvml, mig_attributes, mig, &found);
    *size = (joule_nvml_size){
        .multiprocessors = found.multiprocessors, .memory_mib = found.memory_mib,
        .slices = found.slices, .instance_slices = found.instance_slices};
    return status;
}

int joule_nvml_size_max(const joule_nvml *nvml, joule_nvml_device device, joule_nvml_size *size) {
    int first = JOULE_NVML_SUCCESS;
    *size = (joule_nvml_size){0};
    for (unsigned profile = 0; profile < INSTANCE_PROFILES; profile++) {
        instance_profile found = {0};
        int status = CALL(nvml, instance_profile, device, profile, &found);
        if (profile == 0) first = status;
        if (status != JOULE_NVML_SUCCESS) continue;
        if (found.multiprocessors > size->multiprocessors) size->multiprocessors = found.multiprocessors;
        if (found.memory_mib > size->memory_mib) size->memory_mib = found.memory_mib;
    }
    return size->multiprocessors > 0 ? JOULE_NVML_SUCCESS : first;
}

int joule_nvml_architecture(const joule_nvml *nvml, joule_nvml_device device, unsigned *number) {
    return CALL(nvml, architecture, device, number);
}

int joule_nvml_power_limit(const joule_nvml *nvml, joule_nvml_device device, unsigned *milliwatts) {
    return CALL(nvml, power_limit, device, milliwatts);
}

int joule_nvml_power_limit_max(const joule_nvml *nvml, joule_nvml_device device, unsigned *milliwatts) {
    unsigned least = 0;
    return CALL(nvml, power_limits, device, &least, milliwatts);
}

int joule_nvml_memory(const joule_nvml *nvml, joule_nvml_device device, uint64_t *bytes) {
    memory_info info = {0};
    int status = CALL(nvml, memory, device, &info);
    *bytes = info.total;
    return status;
}

int joule_nvml_clock_max(const joule_nvml *nvml, joule_nvml_device device, unsigned *megahertz) {
    return CALL(nvml, clock_max, device, CLOCK_SM, megahertz);
}

int joule_nvml_energy(const joule_nvml *nvml, joule_nvml_device device, uint64_t *millijoules) {
    unsigned long long value = 0;
    int status = CALL(nvml, energy, device, &value);
    *millijoules = value;
    return status;
}

int joule_nvml_power(const joule_nvml *nvml, joule_nvml_device device, unsigned *milliwatts) {
    return CALL(nvml, power, device, milliwatts);
}

/// A value that holds a whole number that is not negative.
static int natural(value from, unsigned type, uint64_t *number) {
    switch (type) {
    case TYPE_DOUBLE:
        if (!(from.real >= 0 && from.real < 0x1p63)) return JOULE_NVML_UNKNOWN;
        *number = (uint64_t)(from.real + 0.5);
        return JOULE_NVML_SUCCESS;
    case TYPE_UNSIGNED: *number = from.natural; return JOULE_NVML_SUCCESS;
    case TYPE_UNSIGNED_LONG: *number = from.long_natural; return JOULE_NVML_SUCCESS;
    case TYPE_UNSIGNED_LONG_LONG: *number = from.wide_natural; return JOULE_NVML_SUCCESS;
    case TYPE_UNSIGNED_SHORT: *number = from.short_natural; return JOULE_NVML_SUCCESS;
    case TYPE_LONG_LONG:
        if (from.wide_integer < 0) return JOULE_NVML_UNKNOWN;
        *number = (uint64_t)from.wide_integer;
        return JOULE_NVML_SUCCESS;
    case TYPE_INT:
        if (from.integer < 0) return JOULE_NVML_UNKNOWN;
        *number = (uint64_t)from.integer;
        return JOULE_NVML_SUCCESS;
    default: return JOULE_NVML_UNKNOWN;
    }
}

int joule_nvml_field(
    const joule_nvml *nvml, joule_nvml_device device, unsigned field, unsigned scope, uint64_t *number) {
    field_value asked = {.field = field, .scope = scope, .status = JOULE_NVML_UNKNOWN};
    int status = CALL(nvml, fields, device, 1, &asked);
    if (status != JOULE_NVML_SUCCESS) return status;
    if (asked.status != JOULE_NVML_SUCCESS) return asked.status;
    return natural(asked.value, asked.type, number);
}

int joule_nvml_power_samples(
    const joule_nvml *nvml, joule_nvml_device device, joule_nvml_sample *samples, unsigned *count) {
    enum { SAMPLES_OF_TOTAL_POWER = 0 };
    sample found[JOULE_NVML_SAMPLES_MAX] = {0};
    unsigned type = TYPE_UNSIGNED, length = JOULE_NVML_SAMPLES_MAX;
    *count = 0;
    int status = CALL(nvml, samples, device, SAMPLES_OF_TOTAL_POWER, 0, &type, &length, found);
    if (status == JOULE_NVML_NOT_FOUND) return JOULE_NVML_SUCCESS;
    if (status != JOULE_NVML_SUCCESS) return status;
    for (unsigned i = 0; i < length && i < JOULE_NVML_SAMPLES_MAX; i++) {
        samples[i].microseconds = found[i].microseconds;
        status = natural(found[i].value, type, &samples[i].milliwatts);
        if (status != JOULE_NVML_SUCCESS) return status;
        *count = i + 1;
    }
    return status;
}

int joule_nvml_processes(
    const joule_nvml *nvml, joule_nvml_device device, uint64_t since, joule_nvml_process *found,
    unsigned *count) {
    process running[JOULE_NVML_PROCESSES_MAX] = {0};
    unsigned length = JOULE_NVML_PROCESSES_MAX;
    *count = 0;
    int status = CALL(nvml, processes, device, &length, running);
    if (status != JOULE_NVML_SUCCESS) return status;
    for (unsigned i = 0; i < length && i < JOULE_NVML_PROCESSES_MAX; i++) {
        found[(*count)++] = (joule_nvml_process){.pid = running[i].pid, .percent = 0};
    }
    process_use uses[JOULE_NVML_SAMPLES_MAX] = {0};
    unsigned samples = JOULE_NVML_SAMPLES_MAX;
    status = CALL(nvml, utilization, device, uses, &samples, since);
    // Some drivers list processes and say nothing of what they do.
    bool is_told = status == JOULE_NVML_SUCCESS || status == JOULE_NVML_NOT_FOUND;
    if (status != JOULE_NVML_SUCCESS) samples = 0;
    for (unsigned at = 0; !is_told && at < *count; at++) found[at].percent = -1;
    for (unsigned i = 0; i < samples && i < JOULE_NVML_SAMPLES_MAX; i++) {
        if (uses[i].multiprocessors == 0 || uses[i].multiprocessors > 100) continue;
        unsigned at = 0;
        while (at < *count && found[at].pid != uses[i].pid) at++;
        if (at == JOULE_NVML_PROCESSES_MAX) continue;
        // Who has ended since used the device as well.
        if (at == *count) found[(*count)++] = (joule_nvml_process){.pid = uses[i].pid, .percent = 0};
        found[at].percent += (int)uses[i].multiprocessors;
    }
    return JOULE_NVML_SUCCESS;
}
