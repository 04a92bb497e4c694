// SPDX-License-Identifier: BSD-2-Clause
/* image/mbn.c - the form of an MBN: headers, segments, where their bytes are */
#include "image/mbn.h"

#define PT_LOAD 1u

static uint64_t phdr_at(const struct cw_mbn *m, unsigned i)
{
	return m->base + m->elf.phoff + (uint64_t)i * m->elf.phentsize;
}

/* Entry 0 of the hash table covers the bytes of program header 0: all headers must be among them. */
static int check_first(struct cw_mbn *m, struct cw_refusal *r)
{
	struct cw_mbn_phdr p;

	cw_mbn_phdr(m->file, &m->elf, 0, &p);
	if (cw_mbn_segment(p.flags) != CW_MBN_SEGMENT_HEADERS || p.type == PT_LOAD)
		return cw_refuse(r, CW_CODE_MISSING, phdr_at(m, 0),
				 "program header 0 does not stand for the ELF headers (flags "
				 "0x%08x), so nothing would cover them",
				 p.flags);
	if (p.offset || p.filesz < m->elf.headers)
		return cw_refuse(
			r, CW_CODE_SEGMENT, phdr_at(m, 0),
			"program header 0 covers %llu bytes at byte %llu, not the %u bytes "
			"of all headers",
			(unsigned long long)p.filesz, (unsigned long long)p.offset, m->elf.headers);
	if (p.filesz > CW_MBN_HEADERS_MAX)
		return cw_refuse(r, CW_CODE_LIMIT, phdr_at(m, 0),
				 "program header 0 covers %llu bytes; at most %u are taken",
				 (unsigned long long)p.filesz, CW_MBN_HEADERS_MAX);
	if (p.filesz > m->file.len)
		return cw_refuse(r, CW_CODE_TRUNCATED, phdr_at(m, 0),
				 "program header 0 covers %llu bytes, the file has %zu",
				 (unsigned long long)p.filesz, m->file.len);
	m->headers = (uint32_t)p.filesz;
	return 0;
}

static int check_loadable(const struct cw_mbn *m, unsigned i, const struct cw_mbn_phdr *p,
			  struct cw_refusal *r)
{
	uint64_t space = m->elf.is64 ? UINT64_MAX : UINT32_MAX;

	if (!cw_mbn_loadable(p))
		return 0;
	if (p->filesz > p->memsz)
		return cw_refuse(r, CW_CODE_SEGMENT, phdr_at(m, i),
				 "segment %u has %llu bytes in the file and only %llu in memory", i,
				 (unsigned long long)p->filesz, (unsigned long long)p->memsz);
	if (p->memsz - 1 > space - p->paddr)
		return cw_refuse(
			r, CW_CODE_SEGMENT, phdr_at(m, i),
			"segment %u at 0x%llx, %llu bytes, runs past the end of the address "
			"space",
			i, (unsigned long long)p->paddr, (unsigned long long)p->memsz);
	return 0;
}

/* A segment behind the end of the file makes a split image of it, if it has a file of its own: else it was cut. */
static int check_segments(struct cw_mbn *m, struct cw_refusal *r)
{
	struct cw_span ignored;
	struct cw_mbn_phdr p;
	unsigned beyond = 0;
	int rc;

	for (unsigned i = 0; i < m->elf.phnum; i++) {
		cw_mbn_phdr(m->file, &m->elf, i, &p);
		rc = check_loadable(m, i, &p, r);
		if (rc)
			return rc;
		if (i && p.filesz && !cw_range_inside(p.offset, p.filesz, m->file.len)) {
			m->split = true;
			if (!beyond && i != m->hash_index)
				beyond = i;
		}
	}
	return beyond && m->files.part ? cw_mbn_bytes(m, beyond, &ignored, r) : 0;
}

int cw_mbn_bytes(const struct cw_mbn *m, unsigned i, struct cw_span *ret, struct cw_refusal *r)
{
	struct cw_mbn_phdr p;
	struct cw_span part = {0};
	int rc;

	cw_mbn_phdr(m->file, &m->elf, i, &p);
	if (!m->split || !i || !p.filesz) {
		if (p.filesz && !cw_span_cut(m->file, p.offset, p.filesz, ret))
			return cw_refuse(r, CW_CODE_TRUNCATED, phdr_at(m, i),
					 "segment %u runs past the end of the file", i);
		if (!p.filesz)
			*ret = cw_span(m->file.ptr, 0);
		return 0;
	}
	if (i == m->hash_index && m->hash.segment.ptr) {
		*ret = m->hash.segment;
		return 0;
	}
	if (!m->files.part)
		return cw_refuse(
			r, CW_CODE_TRUNCATED, phdr_at(m, i),
			"segment %u (%llu bytes at byte %llu) runs past the end of the file "
			"(%zu bytes), and is in no file of its own",
			i, (unsigned long long)p.filesz, (unsigned long long)p.offset, m->file.len);
	rc = m->files.part(m->files.ctx, i, &part, r);
	if (rc)
		return rc;
	if (part.len != p.filesz)
		return cw_refuse(r, CW_CODE_SIZE, phdr_at(m, i),
				 "segment %u has %llu bytes, its file has %zu", i,
				 (unsigned long long)p.filesz, part.len);
	*ret = part;
	return 0;
}

/* Three places, in the order in which Linux looks. */
static int hash_bytes(struct cw_mbn *m, struct cw_span *ret, uint64_t *ret_at, struct cw_refusal *r)
{
	struct cw_mbn_phdr p;

	cw_mbn_phdr(m->file, &m->elf, m->hash_index, &p);
	if (p.filesz > CW_MBN_HASH_MAX)
		return cw_refuse(r, CW_CODE_LIMIT, phdr_at(m, m->hash_index),
				 "the hash segment has %llu bytes; at most %u are taken",
				 (unsigned long long)p.filesz, CW_MBN_HASH_MAX);
	if (m->headers + p.filesz == m->file.len &&
	    cw_span_cut(m->file, m->headers, p.filesz, ret)) {
		*ret_at = m->base + m->headers;
		/* Directly behind the headers although the program header says otherwise: an .mdt. */
		m->split |= p.offset != m->headers;
		return 0;
	}
	if (cw_span_cut(m->file, p.offset, p.filesz, ret)) {
		*ret_at = m->base + p.offset;
		return 0;
	}
	*ret_at = CW_NO_OFFSET;
	return cw_mbn_bytes(m, m->hash_index, ret, r);
}

static int find_hash(struct cw_mbn *m, struct cw_refusal *r)
{
	int found = cw_mbn_find_hash(m->file, &m->elf);

	if (found == -2)
		return cw_refuse(
			r, CW_CODE_SEGMENT, m->base + m->elf.phoff,
			"the image has several hash segments: loaders would differ on which "
			"one counts");
	if (found < 0)
		return cw_refuse(
			r, CW_CODE_MISSING, m->base + m->elf.phoff,
			"none of the %u program headers is a hash segment: the image is not "
			"signed",
			m->elf.phnum);
	m->hash_index = (unsigned)found;
	return 0;
}

/* One entry a program header, of one of two digests. */
static int check_table(struct cw_mbn *m, struct cw_refusal *r)
{
	struct cw_span table = m->hash.part[CW_MBN_TABLE];
	unsigned size = (unsigned)(table.len / m->elf.phnum);
	struct cw_mbn_common common;

	if (table.len % m->elf.phnum || (size != 32 && size != 48))
		return cw_refuse(r, CW_CODE_SIZE,
				 m->hash.at == CW_NO_OFFSET ? m->hash.at : m->hash.at + 20,
				 "the hash table has %zu bytes for %u program headers: neither 32 "
				 "(SHA-256) nor 48 (SHA-384) for each",
				 table.len, m->elf.phnum);
	if (cw_mbn_common(&m->hash, &common) &&
	    common.hash_algorithm != (size == 32 ? CW_MBN_SHA256 : CW_MBN_SHA384))
		return cw_refuse(
			r, CW_CODE_UNSUPPORTED, cw_mbn_part_at(&m->hash, CW_MBN_COMMON),
			"common metadata says hash algorithm %u, but an entry of the table "
			"has %u bytes",
			common.hash_algorithm, size);
	m->digest_size = size;
	return 0;
}

/* Not inlined: its frame and cw_mbn_open()'s together are too much for the stack of a TA. */
static __attribute__((noinline)) int open_hash(struct cw_mbn *m, struct cw_refusal *r)
{
	struct cw_span segment = {0};
	uint64_t at = CW_NO_OFFSET;
	int rc = hash_bytes(m, &segment, &at, r);

	if (!rc)
		rc = cw_mbn_hash(segment, at, &m->hash, r);
	return rc ? rc : check_table(m, r);
}

int cw_mbn_open(struct cw_span file, uint64_t base, const struct cw_mbn_files *files,
		struct cw_mbn *ret, struct cw_refusal *r)
{
	struct cw_mbn m = {.file = file, .base = base};
	int rc;

	if (files)
		m.files = *files;
	rc = cw_mbn_elf(file, base, &m.elf, r);
	if (!rc)
		rc = find_hash(&m, r);
	if (!rc)
		rc = check_first(&m, r);
	if (!rc)
		rc = check_segments(&m, r);
	if (!rc)
		rc = open_hash(&m, r);
	if (!rc)
		*ret = m;
	return rc;
}
