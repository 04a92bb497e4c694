// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/rproc_elf.c - ELF headers and segments against the signed table
 *
 * The ELF lies outside the signature: what it says counts only where the signed table says the
 * same. The table has one 64-byte entry for every program header of every image, in their order: 32
 * bytes that must equal the header, then the SHA-256 of its bytes. So no header can be dropped,
 * added, moved or changed (FMT-W1, W3, W5).
 */
#include "image/rproc_internal.h"

#include <string.h>

void cw_judge_segment_name(const struct cw_judge *j, const struct cw_rproc_segment *s,
			   char name[CW_JUDGE_NAME_MAX])
{
	if (j->out.n_images > 1)
		cw_format(name, CW_JUDGE_NAME_MAX, "image %u segment %u", s->image, s->index);
	else
		cw_format(name, CW_JUDGE_NAME_MAX, "segment %u", s->index);
}

/* Copy one image's ELF header and program headers, one behind the other. */
static int read_headers(struct cw_judge *j, unsigned i, unsigned *total)
{
	const struct cw_rproc_image *image = &j->out.images[i];
	struct cw_elf32_ehdr *h = &j->ehdr[i];
	uint32_t len;
	char where[16];
	uint8_t *p, *table;
	int rc;

	cw_format(where, sizeof(where), "image %u", i);
	if (image->size < CW_ELF32_EHDR_SIZE)
		return cw_elf32_header(cw_span(NULL, 0), image->size, where, image->file_offset, h,
				       j->r);
	p = cw_judge_take(j, CW_ELF32_EHDR_SIZE, "ELF header");
	if (!p)
		return -CW_CODE_NO_MEMORY;
	rc = cw_judge_read(j, image->file_offset, p, CW_ELF32_EHDR_SIZE);
	if (rc == 0)
		rc = cw_elf32_header(cw_span(p, CW_ELF32_EHDR_SIZE), image->size, where,
				     image->file_offset, h, j->r);
	if (rc < 0)
		return rc;
	if (h->machine != CW_EM_ARM)
		return cw_refuse(
			j->r, CW_CODE_UNSUPPORTED, image->file_offset + 18,
			"image %u was built for ELF machine %u; this format carries ARM (40) only",
			i, h->machine);
	*total += h->phnum;
	if (*total > CW_RPROC_SEGMENTS_MAX)
		return cw_refuse(j->r, CW_CODE_LIMIT, image->file_offset + 44,
				 "the images have %u program headers or more, the limit is %u",
				 *total, CW_RPROC_SEGMENTS_MAX);
	len = (uint32_t)h->phnum * CW_ELF32_PHDR_SIZE;
	if (h->phoff < CW_ELF32_EHDR_SIZE)
		return cw_refuse(j->r, CW_CODE_ELF, image->file_offset + 28,
				 "image %u: its program headers at 0x%x overlap the ELF header", i,
				 h->phoff);
	table = cw_judge_extend(j, len, "program headers");
	if (!table)
		return -CW_CODE_NO_MEMORY;
	j->headers[i] = cw_span(p, CW_ELF32_EHDR_SIZE + len);
	j->out.images[i].entry = h->entry;
	j->out.images[i].phnum = h->phnum;
	return cw_judge_read(j, image->file_offset + h->phoff, table, len);
}

static int check_headers_hash(struct cw_judge *j, unsigned i)
{
	uint8_t digest[32];
	int rc;

	if (!j->out.headers.ptr)
		return 0;
	rc = j->env->sha256(j->env->ctx, j->headers[i], digest);
	if (rc < 0)
		return cw_refuse(j->r, (enum cw_code) - rc, CW_NO_OFFSET,
				 "image %u: its headers could not be hashed: %s", i,
				 cw_code_name(-rc));
	if (memcmp(digest, j->out.headers.ptr + 32 * i, 32))
		return cw_refuse(
			j->r, CW_CODE_HASH, j->out.images[i].file_offset,
			"image %u: its ELF header and program headers do not have the signed hash "
			"(record 0x%x)",
			i, CW_TLV_CW_HEADERS);
	return 0;
}

static int refuse_difference(struct cw_judge *j, const struct cw_rproc_segment *s, uint64_t at,
			     const uint8_t *have, const uint8_t *signed_entry)
{
	static const char *const fields[] = {"p_type",	 "p_offset", "p_vaddr", "p_paddr",
					     "p_filesz", "p_memsz",  "p_flags", "p_align"};
	char name[CW_JUDGE_NAME_MAX];
	unsigned f = 0;

	while (f < 7 && cw_get_le32(have + 4 * f) == cw_get_le32(signed_entry + 4 * f))
		f++;
	cw_judge_segment_name(j, s, name);
	return cw_refuse(j->r, CW_CODE_SEGMENT, at + 4 * f,
			 "%s (0x%08x): %s is 0x%x in the ELF, 0x%x in the signed table", name,
			 cw_get_le32(signed_entry + 12), fields[f], cw_get_le32(have + 4 * f),
			 cw_get_le32(signed_entry + 4 * f));
}

/* A PT_LOAD by itself: sizes, range in the file, range in the address space. */
static int check_load(struct cw_judge *j, const struct cw_rproc_segment *s)
{
	uint64_t image_size = j->out.images[s->image].size;
	char name[CW_JUDGE_NAME_MAX];

	cw_judge_segment_name(j, s, name);
	if (s->filesz > s->memsz)
		return cw_refuse(
			j->r, CW_CODE_SEGMENT, s->file_offset,
			"%s (0x%08x): %u bytes in the file do not fit into %u bytes of memory "
			"(p_filesz > p_memsz)",
			name, s->paddr, s->filesz, s->memsz);
	if (!cw_range_inside(s->offset, s->filesz, image_size))
		return cw_refuse(
			j->r, CW_CODE_SEGMENT, s->file_offset,
			"%s (0x%08x): its %u bytes at file offset 0x%x run past the image's end "
			"(%llu bytes)",
			name, s->paddr, s->filesz, s->offset, (unsigned long long)image_size);
	if (!cw_range_inside(s->paddr, s->memsz, 1ull << 32))
		return cw_refuse(
			j->r, CW_CODE_ADDRESS, s->file_offset,
			"%s (0x%08x, %u bytes) runs past the end of the 32-bit address space", name,
			s->paddr, s->memsz);
	return 0;
}

static int take_header(struct cw_judge *j, unsigned i, unsigned k, const uint8_t *entry)
{
	struct cw_span table = cw_span(j->headers[i].ptr + CW_ELF32_EHDR_SIZE,
				       j->headers[i].len - CW_ELF32_EHDR_SIZE);
	uint64_t at = j->out.images[i].file_offset + j->ehdr[i].phoff + 32ull * k;
	struct cw_rproc_segment *s = &j->out.segments[j->out.n_segments];
	struct cw_elf32_phdr h;
	int rc;

	cw_elf32_phdr(table, k, &h);
	*s = (struct cw_rproc_segment){
		.image = i,
		.index = k,
		.type = h.type,
		.offset = h.offset,
		.vaddr = h.vaddr,
		.paddr = h.paddr,
		.filesz = h.filesz,
		.memsz = h.memsz,
		.flags = h.flags,
		.align = h.align,
		.file_offset = j->out.images[i].file_offset + h.offset,
		.hash = entry + 32,
	};
	if (memcmp(table.ptr + 32 * k, entry, 32))
		return refuse_difference(j, s, at, table.ptr + 32 * k, entry);
	if (h.type != CW_PT_LOAD)
		return 0;
	rc = check_load(j, s);
	if (rc == 0 && h.memsz)
		j->out.n_segments++;
	return rc;
}

int cw_judge_elf(struct cw_judge *j)
{
	unsigned total = 0, n = 0;
	unsigned entries = (unsigned)(j->out.hash_table.len / CW_RPROC_HASH_ENTRY_SIZE);
	int rc;

	for (unsigned i = 0; i < j->out.n_images; i++) {
		rc = read_headers(j, i, &total);
		if (rc == 0)
			rc = check_headers_hash(j, i);
		if (rc < 0)
			return rc;
	}
	/* One more than there are: take_header() fills the next before it knows whether to keep it.
	 */
	j->out.segments = cw_judge_take(j, (entries + 1) * sizeof(*j->out.segments), "segments");
	if (!j->out.segments)
		return -CW_CODE_NO_MEMORY;
	for (unsigned i = 0; i < j->out.n_images; i++) {
		for (unsigned k = 0; k < j->out.images[i].phnum && n < entries; k++, n++) {
			rc = take_header(j, i, k, j->out.hash_table.ptr + 64 * n);
			if (rc < 0)
				return rc;
		}
	}
	if (total > entries)
		return cw_refuse(
			j->r, CW_CODE_SEGMENT, CW_NO_OFFSET,
			"the ELF has %u program headers, the signed table only %u entries: a segment "
			"was added after signing",
			total, entries);
	if (total < entries)
		return cw_refuse(
			j->r, CW_CODE_SEGMENT, CW_NO_OFFSET,
			"the signed table has %u entries, the ELF only %u program headers: the segment "
			"at 0x%08x (%u bytes) was dropped after signing",
			entries, total, cw_get_le32(j->out.hash_table.ptr + 64 * total + 12),
			cw_get_le32(j->out.hash_table.ptr + 64 * total + 20));
	return 0;
}

static int check_range(struct cw_judge *j, const struct cw_rproc_segment *s)
{
	char name[CW_JUDGE_NAME_MAX];
	int rc;

	if (!j->env->check_range)
		return 0;
	cw_judge_segment_name(j, s, name);
	cw_judge_listen(j);
	rc = j->env->check_range(j->env->ctx, s->paddr, s->memsz, name, j->r);
	if (rc < 0 && cw_judge_mute(j))
		return cw_refuse(
			j->r, (enum cw_code) - rc, s->file_offset,
			"%s (0x%08x, %u bytes) does not lie wholly inside one memory region of the "
			"processor",
			name, s->paddr, s->memsz);
	return rc;
}

static int check_overlap(struct cw_judge *j, const struct cw_rproc_segment *a,
			 const struct cw_rproc_segment *b)
{
	char name_a[CW_JUDGE_NAME_MAX], name_b[CW_JUDGE_NAME_MAX];

	if (!cw_range_overlap(a->canonical, a->memsz, b->canonical, b->memsz))
		return 0;
	cw_judge_segment_name(j, a, name_a);
	cw_judge_segment_name(j, b, name_b);
	return cw_refuse(j->r, CW_CODE_OVERLAP, b->file_offset,
			 "%s (0x%08x, %u bytes) overlaps %s (0x%08x, %u bytes)%s", name_b, b->paddr,
			 b->memsz, name_a, a->paddr, a->memsz,
			 cw_range_overlap(a->paddr, a->memsz, b->paddr, b->memsz)
				 ? ""
				 : ": both addresses name the same memory");
}

/* Ranges first: what canonical() says is meant only for addresses inside the regions. */
int cw_judge_place(struct cw_judge *j)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < j->out.n_segments; i++) {
		rc = check_range(j, &j->out.segments[i]);
		if (rc == 0)
			j->out.segments[i].canonical =
				cw_judge_canonical(j, j->out.segments[i].paddr);
	}
	for (unsigned i = 1; rc == 0 && i < j->out.n_segments; i++)
		for (unsigned k = 0; rc == 0 && k < i; k++)
			rc = check_overlap(j, &j->out.segments[k], &j->out.segments[i]);
	return rc;
}

static int load_or_hash(struct cw_judge *j, const struct cw_rproc_segment *s)
{
	uint8_t digest[32];
	int rc;

	if (j->env->load)
		return j->env->load(j->env->ctx, s, j->r);
	if (!s->filesz)
		return 0;
	rc = j->env->hash(j->env->ctx, s->file_offset, s->filesz, digest);
	if (rc < 0)
		return rc;
	return memcmp(digest, s->hash, 32) ? -CW_CODE_HASH : 0;
}

static int refuse_segment(struct cw_judge *j, const struct cw_rproc_segment *s, int rc)
{
	char name[CW_JUDGE_NAME_MAX];

	cw_judge_segment_name(j, s, name);
	if (rc == -CW_CODE_HASH)
		return cw_refuse(
			j->r, CW_CODE_HASH, s->file_offset,
			"%s (0x%08x, %u bytes): the loaded bytes do not have the signed hash", name,
			s->paddr, s->filesz);
	return cw_refuse(j->r, (enum cw_code) - rc, s->file_offset,
			 "%s (0x%08x, %u bytes) could not be loaded: %s", name, s->paddr, s->memsz,
			 cw_code_name(-rc));
}

static int load_segment(struct cw_judge *j, const struct cw_rproc_segment *s)
{
	int rc;

	cw_judge_listen(j);
	rc = load_or_hash(j, s);
	return rc == 0 || !cw_judge_mute(j) ? rc : refuse_segment(j, s, rc);
}

static int load_one_by_one(struct cw_judge *j)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < j->out.n_segments; i++)
		rc = load_segment(j, &j->out.segments[i]);
	return rc;
}

static int load_at_once(struct cw_judge *j)
{
	unsigned bad = 0;
	int rc;

	cw_judge_listen(j);
	rc = j->env->load_all(j->env->ctx, j->out.segments, j->out.n_segments, &bad, j->r);
	if (rc == 0 || rc == -CW_CODE_UNSUPPORTED || !cw_judge_mute(j))
		return rc;
	return refuse_segment(j, &j->out.segments[bad < j->out.n_segments ? bad : 0], rc);
}

int cw_judge_load(struct cw_judge *j)
{
	int rc = 0;

	if (j->env->begin) {
		cw_judge_listen(j);
		rc = j->env->begin(j->env->ctx, j->r);
		if (rc < 0 && cw_judge_mute(j))
			return cw_refuse(j->r, (enum cw_code) - rc, CW_NO_OFFSET,
					 "the processor's memory could not be locked: %s",
					 cw_code_name(-rc));
	}
	if (!j->env->load && j->env->ahead)
		j->env->ahead(j->env->ctx, j->out.segments, j->out.n_segments);
	if (rc == 0 && j->env->load && j->env->load_all && j->out.n_segments) {
		rc = load_at_once(j);
		if (rc != -CW_CODE_UNSUPPORTED)
			return rc;
		rc = 0;
	}
	return rc == 0 ? load_one_by_one(j) : rc;
}

int cw_judge_read_back(struct cw_judge *j, const struct cw_rproc_segment *s, uint32_t offset,
		       void *buf, uint32_t len)
{
	char name[CW_JUDGE_NAME_MAX];
	int rc;

	if (!j->env->read_back)
		return cw_judge_read(j, s->file_offset + offset, buf, len);
	rc = j->env->read_back(j->env->ctx, s->paddr + offset, buf, len);
	if (rc == 0)
		return 0;
	cw_judge_segment_name(j, s, name);
	return cw_refuse(j->r, (enum cw_code) - rc, CW_NO_OFFSET,
			 "%s (0x%08x): what was loaded could not be read back at 0x%08x: %s", name,
			 s->paddr, s->paddr + offset, cw_code_name(-rc));
}
