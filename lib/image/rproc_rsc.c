// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/rproc_rsc.c - the resource table: found through unsigned section headers, believed only
 * from hashed bytes
 *
 * Section headers lie outside the signature (FMT-W2), so they can only point. The section's bytes
 * must lie inside one hashed PT_LOAD, at the place that its address says: sh_addr - p_vaddr ==
 * sh_offset - p_offset. The table is read from where that segment was loaded, checked whole, and
 * cut to what its entries span, because sh_size could otherwise open the bytes behind it to the
 * normal world. That the section is the one that the signer saw is said by record 0x1C006; where
 * there is none, the loaded bytes are searched for another table (rproc_search.c).
 */
#include "image/rproc_internal.h"
#include "image/rsc_table.h"

#include <string.h>

static const char table_name[] = ".resource_table";

/* Section headers and names must not be other bytes that were judged already: each is read once. */
static int check_apart(struct cw_judge *j, unsigned i, uint64_t at, uint64_t len, const char *what)
{
	const struct cw_elf32_ehdr *h = &j->ehdr[i];
	uint64_t ph_len = (uint64_t)h->phnum * CW_ELF32_PHDR_SIZE;

	if (!cw_range_overlap(at, len, 0, CW_ELF32_EHDR_SIZE) &&
	    !cw_range_overlap(at, len, h->phoff, ph_len))
		return 0;
	return cw_refuse(j->r, CW_CODE_ELF, j->out.images[i].file_offset + at,
			 "image %u: its %s at 0x%llx overlap the ELF header or the program headers",
			 i, what, (unsigned long long)at);
}

static int read_section(struct cw_judge *j, unsigned i, unsigned k, struct cw_elf32_shdr *ret)
{
	uint8_t raw[CW_ELF32_SHDR_SIZE];
	int rc = cw_judge_read(j, j->out.images[i].file_offset + j->ehdr[i].shoff + 40ull * k, raw,
			       sizeof(raw));

	if (rc == 0)
		cw_elf32_shdr(cw_span(raw, sizeof(raw)), 0, ret);
	return rc;
}

/* Copy the section-name strings of image @i. */
static int read_names(struct cw_judge *j, unsigned i, struct cw_span *ret)
{
	const struct cw_elf32_ehdr *h = &j->ehdr[i];
	const struct cw_rproc_image *image = &j->out.images[i];
	struct cw_elf32_shdr s;
	uint8_t *p;
	int rc;

	if (h->shstrndx >= h->shnum)
		return cw_refuse(
			j->r, CW_CODE_ELF, image->file_offset + 50,
			"image %u: section %u should hold the section names, there are only %u", i,
			h->shstrndx, h->shnum);
	rc = read_section(j, i, h->shstrndx, &s);
	if (rc < 0)
		return rc;
	if (!cw_range_inside(s.offset, s.size, image->size))
		return cw_refuse(j->r, CW_CODE_ELF,
				 image->file_offset + h->shoff + 40ull * h->shstrndx,
				 "image %u: its section names (%u bytes at 0x%x) run past its end",
				 i, s.size, s.offset);
	if (s.size > CW_RPROC_NAMES_MAX)
		return cw_refuse(j->r, CW_CODE_LIMIT, image->file_offset + s.offset,
				 "image %u has %u bytes of section names, the limit is %u", i,
				 s.size, CW_RPROC_NAMES_MAX);
	rc = check_apart(j, i, s.offset, s.size, "section names");
	if (rc == 0 && cw_range_overlap(s.offset, s.size, h->shoff, 40ull * h->shnum))
		rc = cw_refuse(j->r, CW_CODE_ELF, image->file_offset + s.offset,
			       "image %u: its section names at 0x%x overlap the section headers", i,
			       s.offset);
	if (rc < 0)
		return rc;
	p = cw_judge_take(j, s.size, "section names");
	if (!p)
		return -CW_CODE_NO_MEMORY;
	rc = cw_judge_read(j, image->file_offset + s.offset, p, s.size);
	*ret = cw_span(p, s.size);
	return rc;
}

static bool is_table_name(struct cw_span names, uint32_t at)
{
	struct cw_span name;

	return cw_span_cut(names, at, sizeof(table_name), &name) &&
	       !memcmp(name.ptr, table_name, sizeof(table_name));
}

/* The one hashed PT_LOAD that holds the section's bytes. */
static const struct cw_rproc_segment *segment_of(struct cw_judge *j, unsigned i,
						 const struct cw_elf32_shdr *s)
{
	const struct cw_rproc_segment *found = NULL;

	for (unsigned k = 0; k < j->out.n_segments; k++) {
		const struct cw_rproc_segment *seg = &j->out.segments[k];

		if (seg->image != i || s->offset < seg->offset ||
		    !cw_range_inside(s->offset - seg->offset, s->size, seg->filesz))
			continue;
		if (found)
			return NULL;
		found = seg;
	}
	return found;
}

static int refuse_place(struct cw_judge *j, const struct cw_elf32_shdr *s, const char *why)
{
	return cw_refuse(
		j->r, CW_CODE_RSC_TABLE, j->out.rsc_file_offset,
		"the resource table (section %s: address 0x%08x, offset 0x%x, %u bytes) %s",
		table_name, s->addr, s->offset, s->size, why);
}

static int take_table(struct cw_judge *j, unsigned i, const struct cw_elf32_shdr *s)
{
	const struct cw_rproc_segment *seg;

	if (j->rsc_segment)
		return cw_refuse(j->r, CW_CODE_RSC_TABLE, j->out.images[i].file_offset + s->offset,
				 "there are two resource tables, in image %u and image %u",
				 j->out.rsc_image, i);
	j->out.rsc_file_offset = j->out.images[i].file_offset + s->offset;
	if (s->type == CW_SHT_NOBITS)
		return refuse_place(j, s, "has no bytes in the file");
	if (s->size < 16)
		return refuse_place(j, s, "is smaller than a table's header");
	if (s->addr % 4)
		return refuse_place(j, s, "is not aligned to 4 bytes");
	seg = segment_of(j, i, s);
	if (!seg)
		return refuse_place(
			j, s, "lies in no hashed segment, so anybody could have put it there");
	if (s->addr - seg->vaddr != s->offset - seg->offset)
		return refuse_place(
			j, s,
			"was moved: its address and its offset do not name the same byte of its "
			"segment");
	if (s->size > CW_RSC_TABLE_MAX)
		return cw_refuse(j->r, CW_CODE_LIMIT, j->out.rsc_file_offset,
				 "the resource table has %u bytes, the limit is %u", s->size,
				 CW_RSC_TABLE_MAX);
	j->rsc_segment = seg;
	j->out.rsc_image = i;
	j->out.rsc_addr = s->addr;
	j->out.rsc_size = s->size;
	j->out.rsc_load_addr = seg->paddr + (s->offset - seg->offset);
	return 0;
}

static int find_in_image(struct cw_judge *j, unsigned i)
{
	const struct cw_elf32_ehdr *h = &j->ehdr[i];
	struct cw_elf32_shdr s;
	struct cw_span names;
	int rc;

	if (!h->shnum || !h->shstrndx)
		return 0;
	rc = check_apart(j, i, h->shoff, 40ull * h->shnum, "section headers");
	if (rc == 0)
		rc = read_names(j, i, &names);
	for (unsigned k = 0; rc == 0 && k < h->shnum; k++) {
		if (k == h->shstrndx)
			continue;
		rc = read_section(j, i, k, &s);
		if (rc == 0 && s.name >= names.len)
			rc = cw_refuse(
				j->r, CW_CODE_ELF,
				j->out.images[i].file_offset + h->shoff + 40ull * k,
				"image %u section %u: its name at 0x%x lies outside the %zu bytes of "
				"names",
				i, k, s.name, names.len);
		if (rc == 0 && s.size && is_table_name(names, s.name))
			rc = take_table(j, i, &s);
	}
	return rc;
}

/* The table's own place: inside one region, and on no byte that something else is loaded to. */
static int check_destination(struct cw_judge *j)
{
	uint32_t addr = j->out.rsc_addr, size = j->out.rsc_size;
	uint64_t at, from;
	int rc;

	if (!cw_range_inside(addr, size, 1ull << 32))
		return cw_refuse(
			j->r, CW_CODE_RSC_TABLE, j->out.rsc_file_offset,
			"the resource table (0x%08x, %u bytes) runs past the 32-bit address space",
			addr, size);
	if (j->env->check_range && addr != j->out.rsc_load_addr) {
		cw_judge_listen(j);
		rc = j->env->check_range(j->env->ctx, addr, size, "the resource table", j->r);
		if (rc < 0 && cw_judge_mute(j))
			return cw_refuse(
				j->r, (enum cw_code) - rc, j->out.rsc_file_offset,
				"the resource table (0x%08x, %u bytes) does not lie wholly inside one "
				"memory region of the processor",
				addr, size);
		if (rc < 0)
			return rc;
	}
	at = cw_judge_canonical(j, addr);
	from = cw_judge_canonical(j, j->out.rsc_load_addr);
	for (unsigned k = 0; k < j->out.n_segments; k++) {
		const struct cw_rproc_segment *s = &j->out.segments[k];
		char name[CW_JUDGE_NAME_MAX];

		if ((s == j->rsc_segment && at == from) ||
		    !cw_range_overlap(at, size, s->canonical, s->memsz))
			continue;
		cw_judge_segment_name(j, s, name);
		return cw_refuse(
			j->r, CW_CODE_OVERLAP, j->out.rsc_file_offset,
			"the resource table (0x%08x, %u bytes) overlaps %s (0x%08x, %u bytes)",
			addr, size, name, s->paddr, s->memsz);
	}
	return 0;
}

static int refuse_record(struct cw_judge *j, const struct cw_rproc_table_record *want)
{
	char section[96] = "no section .resource_table names it";
	char signed_place[96] = "there is no resource table";

	if (j->rsc_segment)
		cw_format(section, sizeof(section),
			  "section %s names 0x%08x (image %u, %u bytes)", table_name, j->out.rsc_addr,
			  j->out.rsc_image, j->out.rsc_size);
	if (want->size)
		cw_format(signed_place, sizeof(signed_place),
			  "the resource table is at 0x%08x (image %u, %u bytes)", want->addr,
			  want->image, want->size);
	return cw_refuse(
		j->r, CW_CODE_RSC_TABLE,
		j->rsc_segment ? j->out.rsc_file_offset : CW_NO_OFFSET,
		"the signed record 0x%x says that %s, but %s: the section headers were changed "
		"after signing",
		CW_TLV_CW_TABLE, signed_place, section);
}

/* The record is the signer's word for what it saw; the section must say the same. */
static int check_record(struct cw_judge *j)
{
	const struct cw_rproc_table_record *want = &j->out.table_record;

	if (!j->out.has_table_record)
		return 0;
	if (want->size ? j->rsc_segment && want->image == j->out.rsc_image &&
				 want->addr == j->out.rsc_addr && want->size == j->out.rsc_size
		       : !j->rsc_segment)
		return 0;
	return refuse_record(j, want);
}

int cw_judge_rsc_find(struct cw_judge *j)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < j->out.n_images; i++) {
		size_t mark = j->ws_used;

		rc = find_in_image(j, i);
		j->ws_used = mark; /* the names served their purpose */
	}
	if (rc == 0)
		rc = check_record(j);
	if (rc == 0 && j->rsc_segment)
		rc = check_destination(j);
	return rc;
}

static int check_table(struct cw_judge *j, const struct cw_rproc_segment *s)
{
	struct cw_span table;
	uint32_t extent;
	uint8_t *p;
	int rc;

	p = cw_judge_take(j, j->out.rsc_size, "resource table");
	if (!p)
		return -CW_CODE_NO_MEMORY;
	rc = cw_judge_read_back(j, s, j->out.rsc_load_addr - s->paddr, p, j->out.rsc_size);
	if (rc < 0)
		return rc;
	table = cw_span(p, j->out.rsc_size);
	rc = cw_rsc_check(table, j->out.rsc_file_offset, j->r);
	if (rc < 0)
		return rc;
	extent = cw_rsc_extent(table);
	if (!cw_span_zero(cw_span(p + extent, table.len - extent)))
		return cw_refuse(
			j->r, CW_CODE_RSC_TABLE, j->out.rsc_file_offset + extent,
			"section %s has %u bytes, its entries end after %u and other data follows: "
			"the section was enlarged",
			table_name, j->out.rsc_size, extent);
	j->out.rsc_size = extent;
	j->out.rsc_table = cw_span(p, extent);
	return 0;
}

/* Overlays are linked to one address and loaded to several: a record of the address is true of a table in each. */
static bool is_one_of_several(const struct cw_judge *j)
{
	for (unsigned k = 0; j->rsc_segment && k < j->out.n_segments; k++) {
		const struct cw_rproc_segment *s = &j->out.segments[k];

		if (s != j->rsc_segment && s->image == j->rsc_segment->image &&
		    cw_range_overlap(j->out.rsc_addr, j->out.rsc_size, s->vaddr, s->filesz))
			return true;
	}
	return false;
}

int cw_judge_rsc_check(struct cw_judge *j)
{
	int rc;

	if (j->sealed) /* judged where it is decrypted */
		return 0;
	rc = j->rsc_segment ? check_table(j, j->rsc_segment) : 0;

	return rc == 0 && (!j->out.has_table_record || is_one_of_several(j)) ? cw_judge_rsc_search(j) : rc;
}
