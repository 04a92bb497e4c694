// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/elf32.c - the bounded ELF reader (System V ABI, chapter 4; ARM ELF supplement)
 *
 * A 52-byte header: ident 0..15, then type 16, machine 18, version 20, entry 24, phoff 28, shoff
 * 32, flags 36, ehsize 40, phentsize 42, phnum 44, shentsize 46, shnum 48, shstrndx 50. Extended
 * numbering (phnum 0xFFFF, shnum 0) is for files of thousands of sections and is not read: such a
 * file simply has no sections, or too many program headers.
 */
#include "image/elf32.h"

#define ET_EXEC 2
#define ET_DYN	3

static int ident(const uint8_t *e, const char *where, uint64_t base, struct cw_refusal *r)
{
	if (e[0] != 0x7f || e[1] != 'E' || e[2] != 'L' || e[3] != 'F')
		return cw_refuse(r, CW_CODE_ELF, base,
				 "%s is no ELF file: it begins with %02x %02x %02x %02x", where,
				 e[0], e[1], e[2], e[3]);
	if (e[4] != 1)
		return cw_refuse(r, CW_CODE_ELF, base + 4,
				 "%s is an ELF of class %u; only 32-bit ELF (class 1) is supported",
				 where, e[4]);
	if (e[5] != 1)
		return cw_refuse(r, CW_CODE_ELF, base + 5,
				 "%s has ELF data encoding %u; only little-endian (1) is supported",
				 where, e[5]);
	if (e[6] != 1)
		return cw_refuse(r, CW_CODE_ELF, base + 6, "%s has ELF version %u, not 1", where,
				 e[6]);
	return 0;
}

static int tables(const uint8_t *e, uint64_t size, const char *where, uint64_t base,
		  const struct cw_elf32_ehdr *h, struct cw_refusal *r)
{
	unsigned ehsize = cw_get_le16(e + 40);
	unsigned phentsize = cw_get_le16(e + 42);
	unsigned shentsize = cw_get_le16(e + 46);

	if (ehsize != CW_ELF32_EHDR_SIZE)
		return cw_refuse(r, CW_CODE_ELF, base + 40,
				 "%s: the ELF header says it has %u bytes, not 52", where, ehsize);
	if (!h->phnum)
		return cw_refuse(r, CW_CODE_ELF, base + 44,
				 "%s has no program headers: nothing in it can be loaded", where);
	if (phentsize != CW_ELF32_PHDR_SIZE)
		return cw_refuse(r, CW_CODE_ELF, base + 42,
				 "%s: a program header has %u bytes, not 32", where, phentsize);
	if (!cw_range_inside(h->phoff, (uint64_t)h->phnum * CW_ELF32_PHDR_SIZE, size))
		return cw_refuse(r, CW_CODE_ELF, base + 28,
				 "%s: its %u program headers at 0x%x run past its end (%llu bytes)",
				 where, h->phnum, h->phoff, (unsigned long long)size);
	if (!h->shnum)
		return 0;
	if (shentsize != CW_ELF32_SHDR_SIZE)
		return cw_refuse(r, CW_CODE_ELF, base + 46,
				 "%s: a section header has %u bytes, not 40", where, shentsize);
	if (!cw_range_inside(h->shoff, (uint64_t)h->shnum * CW_ELF32_SHDR_SIZE, size))
		return cw_refuse(r, CW_CODE_ELF, base + 32,
				 "%s: its %u section headers at 0x%x run past its end (%llu bytes)",
				 where, h->shnum, h->shoff, (unsigned long long)size);
	return 0;
}

int cw_elf32_header(struct cw_span head, uint64_t size, const char *where, uint64_t base,
		    struct cw_elf32_ehdr *ret, struct cw_refusal *r)
{
	const uint8_t *e = head.ptr;
	struct cw_elf32_ehdr h;
	int rc;

	if (size < CW_ELF32_EHDR_SIZE || head.len < CW_ELF32_EHDR_SIZE)
		return cw_refuse(r, CW_CODE_ELF, base,
				 "%s has %llu bytes, an ELF header alone has 52", where,
				 (unsigned long long)size);
	rc = ident(e, where, base, r);
	if (rc < 0)
		return rc;
	h = (struct cw_elf32_ehdr){
		.type = cw_get_le16(e + 16),
		.machine = cw_get_le16(e + 18),
		.entry = cw_get_le32(e + 24),
		.phoff = cw_get_le32(e + 28),
		.shoff = cw_get_le32(e + 32),
		.flags = cw_get_le32(e + 36),
		.phnum = cw_get_le16(e + 44),
		.shnum = cw_get_le16(e + 48),
		.shstrndx = cw_get_le16(e + 50),
	};
	if (h.type != ET_EXEC && h.type != ET_DYN)
		return cw_refuse(r, CW_CODE_ELF, base + 16,
				 "%s has ELF type %u, which is no executable: link it first", where,
				 h.type);
	rc = tables(e, size, where, base, &h, r);
	if (rc < 0)
		return rc;
	*ret = h;
	return 0;
}

void cw_elf32_phdr(struct cw_span table, unsigned i, struct cw_elf32_phdr *ret)
{
	const uint8_t *p = table.ptr + (size_t)i * CW_ELF32_PHDR_SIZE;

	*ret = (struct cw_elf32_phdr){
		.type = cw_get_le32(p),
		.offset = cw_get_le32(p + 4),
		.vaddr = cw_get_le32(p + 8),
		.paddr = cw_get_le32(p + 12),
		.filesz = cw_get_le32(p + 16),
		.memsz = cw_get_le32(p + 20),
		.flags = cw_get_le32(p + 24),
		.align = cw_get_le32(p + 28),
	};
}

void cw_elf32_shdr(struct cw_span table, unsigned i, struct cw_elf32_shdr *ret)
{
	const uint8_t *p = table.ptr + (size_t)i * CW_ELF32_SHDR_SIZE;

	*ret = (struct cw_elf32_shdr){
		.name = cw_get_le32(p),
		.type = cw_get_le32(p + 4),
		.flags = cw_get_le32(p + 8),
		.addr = cw_get_le32(p + 12),
		.offset = cw_get_le32(p + 16),
		.size = cw_get_le32(p + 20),
	};
}

const char *cw_elf32_ptype_name(uint32_t type)
{
	static const struct {
		uint32_t type;
		const char *name;
	} names[] = {
		{0, "PT_NULL"},
		{1, "PT_LOAD"},
		{2, "PT_DYNAMIC"},
		{3, "PT_INTERP"},
		{4, "PT_NOTE"},
		{5, "PT_SHLIB"},
		{6, "PT_PHDR"},
		{7, "PT_TLS"},
		{0x6474E550, "PT_GNU_EH_FRAME"},
		{0x6474E551, "PT_GNU_STACK"},
		{0x6474E552, "PT_GNU_RELRO"},
		{0x70000000, "PT_ARM_ARCHEXT"},
		{0x70000001, "PT_ARM_EXIDX"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "PT_?";
}
