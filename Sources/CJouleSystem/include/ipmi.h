// Messages to this machine's management controller (BMC), by the kernel's driver ipmi_devintf.
#ifndef JOULE_IPMI_H
#define JOULE_IPMI_H

#include <stddef.h>
#include <stdint.h>

/// Opens a device such as /dev/ipmi0; a descriptor, or an errno below zero.
int joule_ipmi_open(const char *path);

/// Sends one command to the controller and waits for its answer, at most that long. The answer begins with
/// the completion code; what of it finds no room is left out. Its length, or an errno below zero:
/// -ETIMEDOUT for none in time. `number` tells this command from earlier ones, whose late answers are
/// dropped.
int joule_ipmi_ask(
    int device,
    long number,
    uint8_t function,
    uint8_t command,
    const uint8_t *request,
    size_t request_size,
    uint8_t *answer,
    size_t answer_size,
    int milliseconds
);

#endif
