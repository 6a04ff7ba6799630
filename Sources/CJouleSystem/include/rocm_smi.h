// ROCm SMI, AMD's management library, or AMD SMI, its successor, opened at run time: nothing of them is needed
// to build.
#ifndef JOULE_ROCM_SMI_H
#define JOULE_ROCM_SMI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The functions of one loaded library.
typedef struct joule_rocm joule_rocm;

/// GPUs of AMD SMI that are listed, at most.
enum { JOULE_ROCM_GPUS_MAX = 256 };

/// Statuses of ROCm SMI (rocm_smi.h, `rsmi_status_t`) that something follows from; of AMD SMI only the first is
/// looked at. The last one is none of the library's: it lacks the function.
enum {
    JOULE_ROCM_SUCCESS = 0,
    JOULE_ROCM_NOT_SUPPORTED = 2,
    JOULE_ROCM_PERMISSION = 4,
    JOULE_ROCM_LACKS_FUNCTION = -1,
};

/// Loads a library by its name or path; NULL where there is none, or one without the functions that
/// every ROCm SMI has. It stays loaded for good, because its threads may outlive us.
joule_rocm *joule_rocm_open(const char *library);
void joule_rocm_free(joule_rocm *rocm);

/// Whether it is AMD SMI, which is asked for energy and place only.
bool joule_rocm_is_amd_smi(const joule_rocm *rocm);

// Every call below answers a status. Texts are always ended by a zero byte.

int joule_rocm_start(joule_rocm *rocm);
/// What a status means; never NULL.
const char *joule_rocm_words(const joule_rocm *rocm, int status);
int joule_rocm_count(const joule_rocm *rocm, uint32_t *count);
int joule_rocm_name(const joule_rocm *rocm, uint32_t device, char *text, size_t size);
/// A number that no other GPU of the world has; 0 where there is none.
int joule_rocm_unique_id(const joule_rocm *rocm, uint32_t device, uint64_t *number);
/// Domain << 32 | partition << 28 | bus << 8 | device << 3 | function.
int joule_rocm_pci_address(const joule_rocm *rocm, uint32_t device, uint64_t *address);
/// The counter, and how many microjoules each of its steps is.
int joule_rocm_energy(const joule_rocm *rocm, uint32_t device, uint64_t *steps, float *microjoules);
/// Microwatts.
int joule_rocm_power(const joule_rocm *rocm, uint32_t device, uint64_t *microwatts);
/// Microwatts: the limit in force.
int joule_rocm_power_limit(const joule_rocm *rocm, uint32_t device, uint64_t *microwatts);

#endif
