#include "CJouleSystem.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

int joule_performance_event(uint32_t type, uint64_t config, int processor) {
    struct perf_event_attr event = {.type = type, .size = sizeof event, .config = config};
    return (int)syscall(SYS_perf_event_open, &event, -1, processor, -1, PERF_FLAG_FD_CLOEXEC);
}
