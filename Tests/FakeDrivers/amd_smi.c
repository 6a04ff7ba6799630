// A library with AMD SMI's symbols over the machine of rocm_smi.c, whose script it reads. As the real one it has
// ROCm SMI's symbols in it as well, and a socket for each GPU:
//
//   cc -shared -fPIC -o libamd_smi.so.26 amd_smi.c
//   FAKE_ROCM=script.txt LD_LIBRARY_PATH=. python train.py
#include "rocm_smi.c"

// A handle is not an address of anything: whoever looks into one is caught.
static uint32_t index_of(void *handle) { return (uint32_t)((uintptr_t)handle & 0xFFFF) - 1; }

int amdsmi_init(uint64_t flags) { return flags == 2 ? rsmi_init(0) : INVALID; }

int amdsmi_status_code_to_string(int status, const char **words) { return rsmi_status_string(status, words); }

int amdsmi_get_socket_handles(uint32_t *count, void **sockets) {
    uint32_t all;
    rsmi_num_monitor_devices(&all);
    for (uint32_t i = 0; sockets != NULL && i < all && i < *count; i++) sockets[i] = (void *)(uintptr_t)(0x50001 + i);
    *count = all;
    return SUCCESS;
}

int amdsmi_get_processor_handles(void *socket, uint32_t *count, void **processors) {
    if (processors != NULL && *count > 0) processors[0] = (void *)(uintptr_t)(0xA0001 + index_of(socket));
    *count = 1;
    return SUCCESS;
}

int amdsmi_get_gpu_bdf_id(void *processor, uint64_t *address) {
    return rsmi_dev_pci_id_get(index_of(processor), address);
}

int amdsmi_get_energy_count(void *processor, uint64_t *steps, float *microjoules, uint64_t *timestamp) {
    return rsmi_dev_energy_count_get(index_of(processor), steps, microjoules, timestamp);
}
