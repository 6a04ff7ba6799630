#include "rocm_smi.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Declared here as the documentation of ROCm SMI and of its successor AMD SMI describes them; their headers are
// not needed. Of AMD SMI only functions without structures are called, which have been the same in all of its
// versions; those that tell power are not.
struct joule_rocm {
    int (*init)(uint64_t);
    int (*words)(int, const char **);
    int (*count)(uint32_t *);
    int (*name)(uint32_t, char *, size_t);
    int (*unique_id)(uint32_t, uint64_t *);
    int (*pci_address)(uint32_t, uint64_t *);
    int (*energy)(uint32_t, uint64_t *, float *, uint64_t *);
    int (*power)(uint32_t, uint64_t *, int *);
    int (*power_mean)(uint32_t, uint32_t, uint64_t *);
    int (*power_limit)(uint32_t, uint32_t, uint64_t *);
    int (*amd_sockets)(uint32_t *, void **);
    int (*amd_processors)(void *, uint32_t *, void **);
    int (*amd_pci_address)(void *, uint64_t *);
    int (*amd_energy)(void *, uint64_t *, float *, uint64_t *);
    // Of AMD SMI, in the order in which it lists them.
    void *gpus[JOULE_ROCM_GPUS_MAX];
    uint32_t gpu_count;
};

enum { AMD_INIT_GPUS = 2 };

joule_rocm *joule_rocm_open(const char *library) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL) return NULL;
    joule_rocm *rocm = calloc(1, sizeof *rocm);
    if (rocm == NULL) return NULL;
    const struct {
        void *place;
        const char *name;
    } functions[] = {
        {&rocm->init, "rsmi_init"},
        {&rocm->words, "rsmi_status_string"},
        {&rocm->count, "rsmi_num_monitor_devices"},
        {&rocm->name, "rsmi_dev_name_get"},
        {&rocm->unique_id, "rsmi_dev_unique_id_get"},
        {&rocm->pci_address, "rsmi_dev_pci_id_get"},
        {&rocm->energy, "rsmi_dev_energy_count_get"},
        {&rocm->power, "rsmi_dev_power_get"},
        {&rocm->power_mean, "rsmi_dev_power_ave_get"},
        {&rocm->power_limit, "rsmi_dev_power_cap_get"},
        {&rocm->amd_sockets, "amdsmi_get_socket_handles"},
        {&rocm->amd_processors, "amdsmi_get_processor_handles"},
        {&rocm->amd_pci_address, "amdsmi_get_gpu_bdf_id"},
        {&rocm->amd_energy, "amdsmi_get_energy_count"},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *found = dlsym(handle, functions[i].name);
        memcpy(functions[i].place, &found, sizeof found);
    }
    // AMD SMI has functions of ROCm SMI in it, which are its own business.
    if (rocm->amd_sockets != NULL) {
        rocm->count = NULL;
        void *init = dlsym(handle, "amdsmi_init"), *words = dlsym(handle, "amdsmi_status_code_to_string");
        memcpy(&rocm->init, &init, sizeof init);
        memcpy(&rocm->words, &words, sizeof words);
    }
    bool is_whole = joule_rocm_is_amd_smi(rocm)
        ? rocm->amd_processors != NULL && rocm->amd_energy != NULL : rocm->count != NULL;
    if (rocm->init == NULL || !is_whole) {
        free(rocm);
        return NULL;
    }
    return rocm;
}

bool joule_rocm_is_amd_smi(const joule_rocm *rocm) { return rocm->amd_sockets != NULL; }

void joule_rocm_free(joule_rocm *rocm) { free(rocm); }

#define CALL(rocm, function, ...) \
    ((rocm)->function == NULL ? JOULE_ROCM_LACKS_FUNCTION : (rocm)->function(__VA_ARGS__))
// For functions of ROCm SMI that number devices in its own order.
#define CALL_OWN(rocm, function, ...) \
    (joule_rocm_is_amd_smi(rocm) ? JOULE_ROCM_LACKS_FUNCTION : CALL(rocm, function, __VA_ARGS__))

static int list_gpus(joule_rocm *rocm) {
    void *sockets[JOULE_ROCM_GPUS_MAX];
    uint32_t count = JOULE_ROCM_GPUS_MAX;
    int status = rocm->amd_sockets(&count, sockets);
    for (uint32_t i = 0; status == JOULE_ROCM_SUCCESS && i < count && i < JOULE_ROCM_GPUS_MAX; i++) {
        uint32_t room = JOULE_ROCM_GPUS_MAX - rocm->gpu_count, more = room;
        status = rocm->amd_processors(sockets[i], &more, rocm->gpus + rocm->gpu_count);
        rocm->gpu_count += status != JOULE_ROCM_SUCCESS ? 0 : more < room ? more : room;
    }
    return status;
}

int joule_rocm_start(joule_rocm *rocm) {
    int status = rocm->init(joule_rocm_is_amd_smi(rocm) ? AMD_INIT_GPUS : 0);
    if (status != JOULE_ROCM_SUCCESS || !joule_rocm_is_amd_smi(rocm)) return status;
    rocm->gpu_count = 0;
    return list_gpus(rocm);
}

const char *joule_rocm_words(const joule_rocm *rocm, int status) {
    const char *words = NULL;
    if (status == JOULE_ROCM_LACKS_FUNCTION) return "this version of the library lacks the function";
    if (CALL(rocm, words, status, &words) != JOULE_ROCM_SUCCESS || words == NULL) return "no description";
    return words;
}

int joule_rocm_count(const joule_rocm *rocm, uint32_t *count) {
    if (!joule_rocm_is_amd_smi(rocm)) return rocm->count(count);
    *count = rocm->gpu_count;
    return JOULE_ROCM_SUCCESS;
}

int joule_rocm_name(const joule_rocm *rocm, uint32_t device, char *text, size_t size) {
    int status = CALL_OWN(rocm, name, device, text, size);
    text[size - 1] = 0;
    if (status != JOULE_ROCM_SUCCESS) text[0] = 0;
    return status;
}

int joule_rocm_unique_id(const joule_rocm *rocm, uint32_t device, uint64_t *number) {
    return CALL_OWN(rocm, unique_id, device, number);
}

int joule_rocm_pci_address(const joule_rocm *rocm, uint32_t device, uint64_t *address) {
    if (!joule_rocm_is_amd_smi(rocm)) return CALL(rocm, pci_address, device, address);
    return CALL(rocm, amd_pci_address, rocm->gpus[device], address);
}

int joule_rocm_energy(const joule_rocm *rocm, uint32_t device, uint64_t *steps, float *microjoules) {
    uint64_t timestamp = 0;
    if (!joule_rocm_is_amd_smi(rocm)) return CALL(rocm, energy, device, steps, microjoules, &timestamp);
    return rocm->amd_energy(rocm->gpus[device], steps, microjoules, &timestamp);
}

int joule_rocm_power(const joule_rocm *rocm, uint32_t device, uint64_t *microwatts) {
    int type = 0;
    int status = CALL_OWN(rocm, power, device, microwatts, &type);
    if (status == JOULE_ROCM_SUCCESS) return status;
    return CALL_OWN(rocm, power_mean, device, 0, microwatts);
}

int joule_rocm_power_limit(const joule_rocm *rocm, uint32_t device, uint64_t *microwatts) {
    return CALL_OWN(rocm, power_limit, device, 0, microwatts);
}
