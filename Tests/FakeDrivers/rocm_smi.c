// A library with ROCm SMI's symbols and a machine that a script describes, for us and for any other
// tool:
//
//   cc -shared -fPIC -o librocm_smi64.so.1 rocm_smi.c
//   FAKE_ROCM=script.txt LD_LIBRARY_PATH=. python train.py
//
// The script is read again at every call. Its lines (`#` begins a comment):
//
//   device UNIQUE_ID NAME       begins a GPU (the number in hexadecimal); the lines below are about it
//     watts WATTS               of its counter, from the start of the process on
//     told WATTS                the power that it tells, where that differs; 0 for none
//     steps MICROJOULES         of the counter, 15.259 when left out; 0 for no counter
//     limit WATTS
//     fail CALL STATUS          CALL (energy, power) answers STATUS
//   init STATUS                 rsmi_init answers STATUS
//   hang init
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS = 0, INVALID = 1, NOT_SUPPORTED = 2, DEVICES = 16 };

typedef struct {
    char name[96];
    unsigned long long unique_id;
    double watts, told, steps, limit;
    bool tells_other;
    int fail_energy, fail_power;
} device;

typedef struct {
    device devices[DEVICES];
    int count, init;
    bool hangs;
} machine;

static void read_machine(machine *m) {
    memset(m, 0, sizeof *m);
    const char *path = getenv("FAKE_ROCM");
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL) return;
    char line[256], name[96];
    device *d = NULL;
    unsigned long long number;
    int status;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, " init %d", &status) == 1) m->init = status;
        else if (strncmp(line, "hang init", 9) == 0) m->hangs = true;
        else if (sscanf(line, " device %llx %95[^\n]", &number, name) == 2 && m->count < DEVICES) {
            d = &m->devices[m->count++];
            d->unique_id = number;
            d->steps = 15.259;
            memcpy(d->name, name, sizeof name);
        } else if (d == NULL) continue;
        else if (sscanf(line, " told %lf", &d->told) == 1) d->tells_other = true;
        else {
            (void)(sscanf(line, " watts %lf", &d->watts) == 1 || sscanf(line, " steps %lf", &d->steps) == 1
                || sscanf(line, " limit %lf", &d->limit) == 1
                || sscanf(line, " fail energy %d", &d->fail_energy) == 1
                || sscanf(line, " fail power %d", &d->fail_power) == 1);
        }
    }
    fclose(file);
}

static int read_device(uint32_t index, machine *m, device **d) {
    read_machine(m);
    if (index >= (uint32_t)m->count) return INVALID;
    *d = &m->devices[index];
    return SUCCESS;
}

int rsmi_init(uint64_t flags) {
    (void)flags;
    machine m;
    do {
        read_machine(&m);
        if (m.hangs) usleep(5000);
    } while (m.hangs);
    return m.init;
}

int rsmi_status_string(int status, const char **words) {
    *words = status == NOT_SUPPORTED ? "RSMI_STATUS_NOT_SUPPORTED" : "RSMI_STATUS_UNKNOWN_ERROR";
    return SUCCESS;
}

int rsmi_num_monitor_devices(uint32_t *count) {
    machine m;
    read_machine(&m);
    *count = (uint32_t)m.count;
    return SUCCESS;
}

int rsmi_dev_name_get(uint32_t index, char *text, size_t size) {
    machine m;
    device *d;
    int status = read_device(index, &m, &d);
    if (status == SUCCESS) snprintf(text, size, "%s", d->name);
    return status;
}

int rsmi_dev_unique_id_get(uint32_t index, uint64_t *number) {
    machine m;
    device *d;
    int status = read_device(index, &m, &d);
    if (status == SUCCESS) *number = d->unique_id;
    return status;
}

int rsmi_dev_pci_id_get(uint32_t index, uint64_t *address) {
    *address = (uint64_t)(index + 3) << 8;
    return SUCCESS;
}

int rsmi_dev_energy_count_get(uint32_t index, uint64_t *steps, float *microjoules, uint64_t *timestamp) {
    machine m;
    device *d;
    int status = read_device(index, &m, &d);
    if (status != SUCCESS) return status;
    if (d->fail_energy != 0) return d->fail_energy;
    if (d->steps <= 0) return NOT_SUPPORTED;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    *steps = (uint64_t)(seconds * d->watts * 1e6 / d->steps);
    *microjoules = (float)d->steps;
    *timestamp = (uint64_t)(seconds * 1e9);
    return SUCCESS;
}

int rsmi_dev_power_ave_get(uint32_t index, uint32_t sensor, uint64_t *microwatts) {
    (void)sensor;
    machine m;
    device *d;
    int status = read_device(index, &m, &d);
    if (status != SUCCESS) return status;
    if (d->fail_power != 0) return d->fail_power;
    *microwatts = (uint64_t)((d->tells_other ? d->told : d->watts) * 1e6);
    return SUCCESS;
}

int rsmi_dev_power_cap_get(uint32_t index, uint32_t sensor, uint64_t *microwatts) {
    (void)sensor;
    machine m;
    device *d;
    int status = read_device(index, &m, &d);
    if (status == SUCCESS) *microwatts = (uint64_t)(d->limit * 1e6);
    return status;
}
