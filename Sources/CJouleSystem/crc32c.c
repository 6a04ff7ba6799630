#include "CJouleSystem.h"

#include <string.h>

// Reflected Castagnoli polynomial.
#define POLYNOMIAL 0x82F63B78u

static uint32_t table[8][256];

__attribute__((constructor)) static void fill_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (POLYNOMIAL & (0u - (crc & 1)));
        }
        table[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++) {
        for (int slice = 1; slice < 8; slice++) {
            uint32_t previous = table[slice - 1][byte];
            table[slice][byte] = (previous >> 8) ^ table[0][previous & 0xFF];
        }
    }
}

// Slicing by eight, for processors without a CRC instruction.
static uint32_t crc_portable(uint32_t crc, const uint8_t *bytes, size_t length) {
    while (length >= 8) {
        uint32_t low = crc
            ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16
               | (uint32_t)bytes[3] << 24);
        crc = table[7][low & 0xFF] ^ table[6][(low >> 8) & 0xFF] ^ table[5][(low >> 16) & 0xFF]
            ^ table[4][low >> 24] ^ table[3][bytes[4]] ^ table[2][bytes[5]] ^ table[1][bytes[6]]
            ^ table[0][bytes[7]];
        bytes += 8;
        length -= 8;
    }
    while (length-- > 0) crc = (crc >> 8) ^ table[0][(crc ^ *bytes++) & 0xFF];
    return crc;
}

#if defined(__x86_64__)
#include <wmmintrin.h>

// The instruction answers after three cycles but takes a new word in each, so three stretches of
// LANE bytes run side by side.
#define LANE 512
// x^(8 * 2 * LANE - 33) and x^(8 * LANE - 33) modulo the polynomial, reflected: multiplying by them
// moves a checksum over the bytes of two lanes, and of one. The 33 are what a carry-less product of
// reflected numbers and the instruction itself add.
#define OVER_TWO_LANES 0x170076FAu
#define OVER_ONE_LANE 0xDD7E3B0Cu

__attribute__((target("sse4.2"))) static uint32_t crc_hardware(
    uint32_t crc, const uint8_t *bytes, size_t length) {
    uint64_t wide = crc;
    while (length >= 8) {
        uint64_t chunk;
        memcpy(&chunk, bytes, 8);
        wide = __builtin_ia32_crc32di(wide, chunk);
        bytes += 8;
        length -= 8;
    }
    crc = (uint32_t)wide;
    while (length-- > 0) crc = __builtin_ia32_crc32qi(crc, *bytes++);
    return crc;
}

// A checksum moved over as many zero bytes as `factor` stands for, before it is reduced.
__attribute__((target("sse4.2,pclmul"))) static uint64_t moved(uint64_t crc, uint32_t factor) {
    __m128i product = _mm_clmulepi64_si128(
        _mm_cvtsi64_si128((long long)crc), _mm_cvtsi32_si128((int)factor), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t crc_lanes(
    uint32_t crc, const uint8_t *bytes, size_t length) {
    while (length >= 3 * LANE) {
        uint64_t first = crc, second = 0, third = 0;
        for (size_t at = 0; at < LANE; at += 8) {
            uint64_t one, two, three;
            memcpy(&one, bytes + at, 8);
            memcpy(&two, bytes + LANE + at, 8);
            memcpy(&three, bytes + 2 * LANE + at, 8);
            first = __builtin_ia32_crc32di(first, one);
            second = __builtin_ia32_crc32di(second, two);
            third = __builtin_ia32_crc32di(third, three);
        }
        uint64_t ahead = moved(first, OVER_TWO_LANES) ^ moved(second, OVER_ONE_LANE);
        crc = (uint32_t)(__builtin_ia32_crc32di(0, ahead) ^ third);
        bytes += 3 * LANE;
        length -= 3 * LANE;
    }
    return crc_hardware(crc, bytes, length);
}
#endif

uint32_t joule_crc32c(uint32_t crc, const void *bytes, size_t length) {
    crc = ~crc;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) {
        int has_lanes = length >= 3 * LANE && __builtin_cpu_supports("pclmul");
        return ~(has_lanes ? crc_lanes(crc, bytes, length) : crc_hardware(crc, bytes, length));
    }
#endif
    return ~crc_portable(crc, bytes, length);
}
