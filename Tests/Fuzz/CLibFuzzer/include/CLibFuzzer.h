#pragma once
#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer with a callback for each input; its archive is linked where fuzzing was asked for.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
