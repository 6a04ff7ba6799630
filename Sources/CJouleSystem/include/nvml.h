// NVML, NVIDIA's management library, opened at run time: nothing of it is needed to build.
#ifndef JOULE_NVML_H
#define JOULE_NVML_H

#include <stddef.h>
#include <stdint.h>

/// The functions of one loaded library.
typedef struct joule_nvml joule_nvml;

/// A device of it, valid as long as the library stays loaded.
typedef void *joule_nvml_device;

/// Statuses of NVML (nvml.h, `nvmlReturn_t`) that something follows from.
enum {
    JOULE_NVML_SUCCESS = 0,
    JOULE_NVML_NOT_SUPPORTED = 3,
    JOULE_NVML_NO_PERMISSION = 4,
    JOULE_NVML_NOT_FOUND = 6,
    JOULE_NVML_DRIVER_NOT_LOADED = 9,
    JOULE_NVML_FUNCTION_NOT_FOUND = 13,
    JOULE_NVML_VERSION_MISMATCH = 18,
    JOULE_NVML_UNKNOWN = 999,
};

/// Scopes of power (`nvmlPowerScopeType_t`): the GPU with its memory, and the module around it, which
/// on Grace Hopper includes the processor.
enum { JOULE_NVML_SCOPE_GPU = 0, JOULE_NVML_SCOPE_MODULE = 1 };

/// Fields of `nvmlDeviceGetFieldValues`: millijoules since the driver was loaded; milliwatts, as a mean
/// and at this moment.
enum {
    JOULE_NVML_FIELD_ENERGY = 83,
    JOULE_NVML_FIELD_POWER_AVERAGE = 185,
    JOULE_NVML_FIELD_POWER_INSTANT = 186,
};

/// Loads a library by its name or path; NULL where there is none, or one without the functions that
/// every NVML has. It stays loaded for good, because its threads may outlive us.
joule_nvml *joule_nvml_open(const char *library);
void joule_nvml_free(joule_nvml *nvml);

// Every call below answers a status of NVML, or JOULE_NVML_FUNCTION_NOT_FOUND where this version of the
// library lacks it. Texts are always ended by a zero byte.

int joule_nvml_start(const joule_nvml *nvml);
/// What a status means; never NULL.
const char *joule_nvml_words(const joule_nvml *nvml, int status);
int joule_nvml_driver_version(const joule_nvml *nvml, char *text, unsigned size);
int joule_nvml_count(const joule_nvml *nvml, unsigned *count);
int joule_nvml_device_at(const joule_nvml *nvml, unsigned index, joule_nvml_device *device);
int joule_nvml_device_named(const joule_nvml *nvml, const char *uuid, joule_nvml_device *device);
/// The GPU that a MIG device is a part of.
int joule_nvml_parent(const joule_nvml *nvml, joule_nvml_device mig, joule_nvml_device *device);
int joule_nvml_uuid(const joule_nvml *nvml, joule_nvml_device device, char *text, unsigned size);
int joule_nvml_name(const joule_nvml *nvml, joule_nvml_device device, char *text, unsigned size);
/// Whether the GPU is divided (1) or not (0).
int joule_nvml_mig_mode(const joule_nvml *nvml, joule_nvml_device device, unsigned *mode);
/// How many MIG devices the GPU may have at most.
int joule_nvml_mig_count_max(const joule_nvml *nvml, joule_nvml_device device, unsigned *count);
/// One of them; not found where there is none at this place.
int joule_nvml_mig_at(
    const joule_nvml *nvml, joule_nvml_device device, unsigned index, joule_nvml_device *mig);

/// What a MIG device is made of. Its memory is that of its GPU instance, of whose slices it has `slices`.
typedef struct {
    uint64_t memory_mib;
    uint32_t multiprocessors, slices, instance_slices;
} joule_nvml_size;

int joule_nvml_mig_size(const joule_nvml *nvml, joule_nvml_device mig, joule_nvml_size *size);
/// Multiprocessors and memory of the largest GPU instance, which is the whole of the GPU that can be divided.
int joule_nvml_size_max(const joule_nvml *nvml, joule_nvml_device device, joule_nvml_size *size);
/// `nvmlDeviceArchitecture_t`: 5 Volta, 6 Turing, 7 Ampere, 8 Ada, 9 Hopper, 10 Blackwell.
int joule_nvml_architecture(const joule_nvml *nvml, joule_nvml_device device, unsigned *number);
/// The limit in force and the highest that can be set, in milliwatts.
int joule_nvml_power_limit(const joule_nvml *nvml, joule_nvml_device device, unsigned *milliwatts);
int joule_nvml_power_limit_max(const joule_nvml *nvml, joule_nvml_device device, unsigned *milliwatts);
int joule_nvml_memory(const joule_nvml *nvml, joule_nvml_device device, uint64_t *bytes);
/// Highest clock of the multiprocessors, in megahertz.
int joule_nvml_clock_max(const joule_nvml *nvml, joule_nvml_device device, unsigned *megahertz);

/// Millijoules since the driver was loaded.
int joule_nvml_energy(const joule_nvml *nvml, joule_nvml_device device, uint64_t *millijoules);
/// Milliwatts; a mean of the last second on Ampere and later, except for GA100.
int joule_nvml_power(const joule_nvml *nvml, joule_nvml_device device, unsigned *milliwatts);
/// A field that holds a whole number that is not negative.
int joule_nvml_field(
    const joule_nvml *nvml, joule_nvml_device device, unsigned field, unsigned scope, uint64_t *number);

/// One sample of power, with the time of day.
typedef struct {
    uint64_t microseconds, milliwatts;
} joule_nvml_sample;

enum { JOULE_NVML_SAMPLES_MAX = 1024 };

/// The power samples that the driver keeps, the oldest first, none when there are none; room for
/// JOULE_NVML_SAMPLES_MAX.
int joule_nvml_power_samples(
    const joule_nvml *nvml, joule_nvml_device device, joule_nvml_sample *samples, unsigned *count);

/// A process on a device, and its use of the multiprocessors: the sum of percentages over the samples
/// that were asked for, -1 where the driver does not tell.
typedef struct {
    uint32_t pid;
    int32_t percent;
} joule_nvml_process;

enum { JOULE_NVML_PROCESSES_MAX = 256 };

/// The processes that compute on a device, or did since a time of day in microseconds; room for
/// JOULE_NVML_PROCESSES_MAX.
int joule_nvml_processes(
    const joule_nvml *nvml, joule_nvml_device device, uint64_t since, joule_nvml_process *found,
    unsigned *count);

#endif
