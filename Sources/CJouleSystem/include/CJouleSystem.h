// The C that Swift cannot say. Kept as small as possible.
#ifndef CJOULESYSTEM_H
#define CJOULESYSTEM_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to start).
uint32_t joule_crc32c(uint32_t crc, const void *bytes, size_t length);

#endif
