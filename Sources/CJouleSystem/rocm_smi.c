#include "rocm_smi.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// Declared here as the documentation of ROCm SMI describes them; its header is not needed.
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
};

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
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *found = dlsym(handle, functions[i].name);
        memcpy(functions[i].place, &found, sizeof found);
    }
    if (rocm->init == NULL || rocm->count == NULL) {
        free(rocm);
        return NULL;
    }
    return rocm;
}

void joule_rocm_free(joule_rocm *rocm) { free(rocm); }

#define CALL(rocm, function, ...) \
    ((rocm)->function == NULL ? JOULE_ROCM_LACKS_FUNCTION : (rocm)->function(__VA_ARGS__))

int joule_rocm_start(const joule_rocm *rocm) { return rocm->init(0); }

const char *joule_rocm_words(const joule_rocm *rocm, int status) {
    const char *words = NULL;
    if (status == JOULE_ROCM_LACKS_FUNCTION) return "this version of the library lacks the function";
    if (CALL(rocm, words, status, &words) != JOULE_ROCM_SUCCESS || words == NULL) return "no description";
    return words;
}

int joule_rocm_count(const joule_rocm *rocm, uint32_t *count) { return rocm->count(count); }

int joule_rocm_name(const joule_rocm *rocm, uint32_t device, char *text, size_t size) {
    int status = CALL(rocm, name, device, text, size);
    text[size - 1] = 0;
    if (status != JOULE_ROCM_SUCCESS) text[0] = 0;
    return status;
}

int joule_rocm_unique_id(const joule_rocm *rocm, uint32_t device, uint64_t *number) {
    return CALL(rocm, unique_id, device, number);
}

int joule_rocm_pci_address(const joule_rocm *rocm, uint32_t device, uint64_t *address) {
    return CALL(rocm, pci_address, device, address);
}

int joule_rocm_energy(const joule_rocm *rocm, uint32_t device, uint64_t *steps, float *microjoules) {
    uint64_t timestamp = 0;
    return CALL(rocm, energy, device, steps, microjoules, &timestamp);
}

int joule_rocm_power(const joule_rocm *rocm, uint32_t device, uint64_t *microwatts) {
    int type = 0;
    int status = CALL(rocm, power, device, microwatts, &type);
    if (status == JOULE_ROCM_SUCCESS) return status;
    return CALL(rocm, power_mean, device, 0, microwatts);
}

int joule_rocm_power_limit(const joule_rocm *rocm, uint32_t device, uint64_t *microwatts) {
    return CALL(rocm, power_limit, device, 0, microwatts);
}
