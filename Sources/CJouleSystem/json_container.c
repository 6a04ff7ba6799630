#include "CJouleSystem.h"

#include <string.h>

// Sixty-four bytes are looked at together: in each mask the lowest bit is that of the first byte.
#define WIDTH 64

#if defined(__SSE2__)
#include <emmintrin.h>

static uint64_t places(const uint8_t *bytes, uint8_t fold, uint8_t wanted) {
    uint64_t mask = 0;
    for (int part = 0; part < WIDTH / 16; part++) {
        __m128i text = _mm_loadu_si128((const __m128i *)(bytes + 16 * part));
        __m128i equal = _mm_cmpeq_epi8(
            _mm_or_si128(text, _mm_set1_epi8((char)fold)), _mm_set1_epi8((char)wanted));
        mask |= (uint64_t)(uint16_t)_mm_movemask_epi8(equal) << (16 * part);
    }
    return mask;
}
#else
static uint64_t places(const uint8_t *bytes, uint8_t fold, uint8_t wanted) {
    uint64_t mask = 0;
    for (int place = 0; place < WIDTH; place++) {
        mask |= (uint64_t)((bytes[place] | fold) == wanted) << place;
    }
    return mask;
}
#endif

// Of each bit, whether an odd number of bits is set from the lowest one up to it.
static uint64_t parity_up_to(uint64_t bits) {
    for (int shift = 1; shift < WIDTH; shift *= 2) bits ^= bits << shift;
    return bits;
}

// Those of the quotation marks that no backslash stands before, inside of strings.
static uint64_t unescaped(uint64_t quotes, uint64_t slashes, bool is_inside, bool *is_escaped) {
    uint64_t found = 0;
    for (int place = 0; place < WIDTH; place++) {
        uint64_t bit = (uint64_t)1 << place;
        if (*is_escaped) {
            *is_escaped = false;
        } else if (quotes & bit) {
            found |= bit;
            is_inside = !is_inside;
        } else if (slashes & bit) {
            *is_escaped = is_inside;
        }
    }
    return found;
}

size_t joule_json_container_end(const uint8_t *text, size_t size) {
    uint8_t rest[WIDTH];
    uint64_t inside = 0;  // All bits where the last byte was in a string.
    bool is_escaped = false;
    int64_t depth = 0;
    for (size_t start = 0; start < size; start += WIDTH) {
        const uint8_t *bytes = text + start;
        if (size - start < WIDTH) {
            memset(rest, 0, sizeof rest);
            memcpy(rest, bytes, size - start);
            bytes = rest;
        }
        uint64_t quotes = places(bytes, 0, '"');
        uint64_t slashes = places(bytes, 0, '\\');
        if (slashes != 0 || is_escaped) {
            quotes = unescaped(quotes, slashes, inside != 0, &is_escaped);
        }
        uint64_t strings = parity_up_to(quotes) ^ inside;
        inside = (uint64_t)((int64_t)strings >> 63);
        // A bit tells [ from { and ] from }, and no other byte becomes one of them by it.
        uint64_t opening = places(bytes, 0x20, '{') & ~strings;
        uint64_t closing = places(bytes, 0x20, '}') & ~strings;
        if (depth > __builtin_popcountll(closing)) {
            depth += __builtin_popcountll(opening) - __builtin_popcountll(closing);
            continue;
        }
        for (uint64_t brackets = opening | closing; brackets != 0; brackets &= brackets - 1) {
            uint64_t bracket = brackets & -brackets;
            depth += bracket & opening ? 1 : -1;
            if (depth == 0) return start + (size_t)__builtin_ctzll(bracket) + 1;
        }
    }
    return 0;
}
