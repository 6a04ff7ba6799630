#include "CJouleSystem.h"

#include <elf.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/// The library's code, as whole pages; nothing where it is a part of the program itself.
static uintptr_t code_start, code_end;

static void look_at_library(void);

/// Whether an address lies in a part of the object that may be written, when `writable`, or in any.
static int has(const struct dl_phdr_info *object, uintptr_t address, int writable) {
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + part->p_vaddr;
        if (part->p_type != PT_LOAD || (writable && !(part->p_flags & PF_W))) continue;
        if (address >= start && address - start < part->p_memsz) return 1;
    }
    return 0;
}

static void give_back_relocations(const struct dl_phdr_info *object, uintptr_t page) {
    uintptr_t start = 0, length = 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        if (object->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
        const ElfW(Dyn) *entry = (const void *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
        for (; entry->d_tag != DT_NULL; entry++) {
            if (entry->d_tag == DT_RELA) start = entry->d_un.d_ptr;
            if (entry->d_tag == DT_RELASZ) length = entry->d_un.d_val;
        }
    }
    // Some loaders leave what is relative to the object's place as it stands in the file.
    if (start < object->dlpi_addr) start += object->dlpi_addr;
    uintptr_t first = (start + page - 1) & ~(page - 1), end = (start + length) & ~(page - 1);
    // Pages of the file that nobody could write are read anew should anybody look.
    if (end > first && has(object, first, 0) && has(object, end - 1, 0) && !has(object, first, 1)
        && !has(object, end - 1, 1)) {
        madvise((void *)first, end - first, MADV_DONTNEED);
    }
}

static void note_code(const struct dl_phdr_info *object, uintptr_t page) {
    // A program that has the library inside has no name here, and keeps its code.
    if (!object->dlpi_name[0]) return;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) || part->p_flags & PF_W) continue;
        uintptr_t start = object->dlpi_addr + part->p_vaddr;
        code_start = (start + page - 1) & ~(page - 1);
        code_end = (start + part->p_memsz) & ~(page - 1);
        return;
    }
}

static int look_at(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    (void)context;
    if (!has(object, (uintptr_t)look_at_library, 0)) return 0;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    give_back_relocations(object, page);
    note_code(object, page);
    return 1;
}

/// The loader reads the addresses that depend on where this library lies once: more than a megabyte, which
/// would stay mapped for as long as the process lives.
__attribute__((constructor)) static void look_at_library(void) {
    dl_iterate_phdr(look_at, NULL);
}

void joule_give_back_code(void) {
    static atomic_flag is_done = ATOMIC_FLAG_INIT;
    if (code_end <= code_start || atomic_flag_test_and_set(&is_done)) return;
    madvise((void *)code_start, code_end - code_start, MADV_DONTNEED);
}
