/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image/elf32.h - a bounded reader of 32-bit little-endian ELF firmware
 *
 * Works on copies of the headers that the caller made: an ELF header of 52 bytes, the program-header table, the
 * section-header table. Nothing here touches segment data, allocates, or trusts a field it has not compared.
 */
#ifndef CW_IMAGE_ELF32_H
#define CW_IMAGE_ELF32_H

#include "base/refusal.h"
#include "base/span.h"

#define CW_ELF32_EHDR_SIZE 52
#define CW_ELF32_PHDR_SIZE 32
#define CW_ELF32_SHDR_SIZE 40
#define CW_PT_LOAD	   1u
#define CW_EM_ARM	   40
#define CW_SHT_NOBITS	   8u

struct cw_elf32_ehdr {
	uint16_t type, machine;
	uint32_t entry, phoff, shoff, flags;
	uint16_t phnum, shnum, shstrndx;
};

struct cw_elf32_phdr {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

struct cw_elf32_shdr {
	uint32_t name, type, flags, addr, offset, size;
};

/* Judge the header of an ELF of @size bytes whose first bytes are @head (≥ 52 bytes given, or the whole file when that
 * is shorter): magic, class 32, little-endian, version, type EXEC or DYN, header sizes, both tables inside the file,
 * phnum ≥ 1. The machine is not judged here. Returns 0 or -CW_CODE_ELF.
 * @where names the image in sentences ("image 0"), @base is its offset in the file for reported offsets. */
int cw_elf32_header(struct cw_span head, uint64_t size, const char *where, uint64_t base,
		    struct cw_elf32_ehdr *ret, struct cw_refusal *r);

/* Entry @i of a copied table; the caller made sure that it holds that many. */
void cw_elf32_phdr(struct cw_span table, unsigned i, struct cw_elf32_phdr *ret);
void cw_elf32_shdr(struct cw_span table, unsigned i, struct cw_elf32_shdr *ret);

/* "PT_LOAD", "PT_ARM_EXIDX", ...; "PT_0x..." is not made: unknown types give "PT_?". Static string. */
const char *cw_elf32_ptype_name(uint32_t type);

#endif
