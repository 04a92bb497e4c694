// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/mbn_elf.c - the ELF file around a hash segment, both widths
 *
 * Real images have no sections and any e_machine, so neither is judged. Program headers are read where they stand: the
 * span is private memory.
 *
 *	ELF32: type 16, machine 18, entry 24, phoff 28, shoff 32, flags 36, ehsize 40, phentsize 42, phnum 44, shnum 48
 *	ELF64: type 16, machine 18, entry 24, phoff 32, shoff 40, flags 48, ehsize 52, phentsize 54, phnum 56, shnum 60
 */
#include "image/mbn.h"

#define EHDR32 52u
#define EHDR64 64u
#define PHDR32 32u
#define PHDR64 56u

static int ident(struct cw_span f, uint64_t base, struct cw_refusal *r)
{
	const uint8_t *e = f.ptr;

	if (f.len < 4 || e[0] != 0x7f || e[1] != 'E' || e[2] != 'L' || e[3] != 'F')
		return cw_refuse(r, CW_CODE_ELF, base, "this is no ELF file, so no MBN either");
	if (f.len < EHDR32)
		return cw_refuse(r, CW_CODE_TRUNCATED, base + f.len,
				 "the file ends after %zu bytes, inside the ELF header", f.len);
	if (e[4] != 1 && e[4] != 2)
		return cw_refuse(r, CW_CODE_ELF, base + 4,
				 "ELF class %u is neither 32-bit (1) nor 64-bit (2)", e[4]);
	if (e[4] == 2 && f.len < EHDR64)
		return cw_refuse(r, CW_CODE_TRUNCATED, base + f.len,
				 "the file ends after %zu bytes, inside the ELF header", f.len);
	if (e[5] != 1)
		return cw_refuse(r, CW_CODE_ELF, base + 5,
				 "ELF data encoding %u; only little-endian (1) is read", e[5]);
	if (e[6] != 1)
		return cw_refuse(r, CW_CODE_ELF, base + 6, "ELF version %u, not 1", e[6]);
	return 0;
}

static void read_header(const uint8_t *e, struct cw_mbn_elf *h)
{
	h->is64 = e[4] == 2;
	h->type = cw_get_le16(e + 16);
	h->machine = cw_get_le16(e + 18);
	if (h->is64) {
		h->entry = cw_get_le64(e + 24);
		h->phoff = cw_get_le64(e + 32);
		h->shoff = cw_get_le64(e + 40);
		h->flags = cw_get_le32(e + 48);
		h->phentsize = cw_get_le16(e + 54);
		h->phnum = cw_get_le16(e + 56);
		h->shnum = cw_get_le16(e + 60);
	} else {
		h->entry = cw_get_le32(e + 24);
		h->phoff = cw_get_le32(e + 28);
		h->shoff = cw_get_le32(e + 32);
		h->flags = cw_get_le32(e + 36);
		h->phentsize = cw_get_le16(e + 42);
		h->phnum = cw_get_le16(e + 44);
		h->shnum = cw_get_le16(e + 48);
	}
}

int cw_mbn_elf(struct cw_span file, uint64_t base, struct cw_mbn_elf *ret, struct cw_refusal *r)
{
	struct cw_mbn_elf h = {0};
	unsigned wide, ehdr, phdr;
	uint64_t end;
	int rc = ident(file, base, r);

	if (rc)
		return rc;
	read_header(file.ptr, &h);
	wide = h.is64 ? 64 : 32;
	ehdr = h.is64 ? EHDR64 : EHDR32;
	phdr = h.is64 ? PHDR64 : PHDR32;
	if (h.phentsize != phdr)
		return cw_refuse(r, CW_CODE_ELF, base + (h.is64 ? 54 : 42),
				 "a program header has %u bytes, not %u as in every ELF%u",
				 h.phentsize, phdr, wide);
	if (!h.phnum)
		return cw_refuse(r, CW_CODE_ELF, base + (h.is64 ? 56 : 44),
				 "the ELF file has no program headers");
	if (h.phnum > CW_MBN_PHDRS_MAX)
		return cw_refuse(r, CW_CODE_LIMIT, base + (h.is64 ? 56 : 44),
				 "%u program headers; at most %u are taken", h.phnum,
				 CW_MBN_PHDRS_MAX);
	if (h.phoff < ehdr)
		return cw_refuse(r, CW_CODE_ELF, base + (h.is64 ? 32 : 28),
				 "the program headers begin at byte %llu, inside the ELF header",
				 (unsigned long long)h.phoff);
	if (!cw_range_inside(h.phoff, (uint64_t)h.phnum * phdr, file.len))
		return cw_refuse(r, CW_CODE_TRUNCATED, base + (h.is64 ? 32 : 28),
				 "the %u program headers at byte %llu run past the end (%zu bytes)",
				 h.phnum, (unsigned long long)h.phoff, file.len);
	end = h.phoff + (uint64_t)h.phnum * phdr;
	if (end > CW_MBN_HEADERS_MAX)
		return cw_refuse(r, CW_CODE_LIMIT, base + (h.is64 ? 32 : 28),
				 "the headers end at byte %llu; at most %u are taken",
				 (unsigned long long)end, CW_MBN_HEADERS_MAX);
	h.headers = (uint32_t)end;
	*ret = h;
	return 0;
}

void cw_mbn_phdr(struct cw_span file, const struct cw_mbn_elf *elf, unsigned i,
		 struct cw_mbn_phdr *ret)
{
	const uint8_t *p = file.ptr + elf->phoff + (size_t)i * elf->phentsize;

	if (elf->is64)
		*ret = (struct cw_mbn_phdr){
			.type = cw_get_le32(p),
			.flags = cw_get_le32(p + 4),
			.offset = cw_get_le64(p + 8),
			.vaddr = cw_get_le64(p + 16),
			.paddr = cw_get_le64(p + 24),
			.filesz = cw_get_le64(p + 32),
			.memsz = cw_get_le64(p + 40),
			.align = cw_get_le64(p + 48),
		};
	else
		*ret = (struct cw_mbn_phdr){
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

bool cw_mbn_loadable(const struct cw_mbn_phdr *p)
{
	return p->type == 1 && cw_mbn_segment(p->flags) != CW_MBN_SEGMENT_HASH && p->memsz;
}

bool cw_mbn_relocatable(struct cw_span file, const struct cw_mbn_elf *elf)
{
	struct cw_mbn_phdr p;

	for (unsigned i = 0; i < elf->phnum; i++) {
		cw_mbn_phdr(file, elf, i, &p);
		if (cw_mbn_loadable(&p) && p.flags & CW_MBN_FLAG_RELOCATABLE)
			return true;
	}
	return false;
}

int cw_mbn_find_hash(struct cw_span file, const struct cw_mbn_elf *elf)
{
	struct cw_mbn_phdr p;
	int found = -1;

	/* Not index 0: that one stands for the headers. */
	for (unsigned i = 1; i < elf->phnum; i++) {
		cw_mbn_phdr(file, elf, i, &p);
		if (cw_mbn_segment(p.flags) != CW_MBN_SEGMENT_HASH)
			continue;
		if (found >= 0)
			return -2;
		found = (int)i;
	}
	return found;
}

size_t cw_mbn_next_elf(struct cw_span file, size_t from)
{
	for (size_t i = from; file.len - i >= EHDR32 && i < file.len; i++) {
		const uint8_t *e = file.ptr + i;

		if (e[0] == 0x7f && e[1] == 'E' && e[2] == 'L' && e[3] == 'F' &&
		    (e[4] == 1 || e[4] == 2) && e[5] == 1 && e[6] == 1)
			return i;
	}
	return file.len;
}

size_t cw_mbn_extent(struct cw_span file, const struct cw_mbn_elf *elf)
{
	struct cw_mbn_phdr p;
	size_t end = elf->headers;

	for (unsigned i = 0; i < elf->phnum; i++) {
		cw_mbn_phdr(file, elf, i, &p);
		if (!p.filesz)
			continue;
		if (!cw_range_inside(p.offset, p.filesz, file.len))
			return file.len;
		if (p.offset + p.filesz > end)
			end = (size_t)(p.offset + p.filesz);
	}
	return end;
}
