// SPDX-License-Identifier: BSD-2-Clause
/*
 * sign/mbn_layout.c - where headers, hash segment and segments go in the new file
 *
 * ELF header and program headers; then, on a page, the hash segment; then the segments in the order they had, on pages
 * again. Program headers whose bytes overlap in the input (PT_DYNAMIC inside a PT_LOAD) overlap in the same way afterwards,
 * and every offset keeps its place within a page, so that a loader that maps pages still can.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sign/mbn_internal.h"

#define EHDR32 52u
#define EHDR64 64u

static bool is_former(const struct cw_mbn_phdr *p)
{
	enum cw_mbn_segment type = cw_mbn_segment(p->flags);

	return type == CW_MBN_SEGMENT_HASH || (type == CW_MBN_SEGMENT_HEADERS && p->type != 1);
}

size_t cw_mbn_table_size(struct cw_span file, uint32_t version)
{
	struct cw_mbn_elf elf;
	struct cw_mbn_phdr p;
	unsigned n = 2;

	if (cw_mbn_elf(file, 0, &elf, NULL))
		return 0;
	for (unsigned i = 0; i < elf.phnum; i++) {
		cw_mbn_phdr(file, &elf, i, &p);
		n += !is_former(&p);
	}
	return 4 * cw_mbn_words(version) +
	       (size_t)n * (version < 6 ? CW_SHA256_SIZE : CW_SHA384_SIZE);
}

/* Bytes of a carried segment: in the file, or in one of its own. */
static int find_bytes(struct cw_mbn_making *m, unsigned old_index, struct cw_mbn_carried *c)
{
	const struct cw_mbn_request *q = m->request;
	struct cw_refusal r;

	c->bytes = cw_span(q->elf.ptr, 0);
	if (!c->phdr.filesz || cw_span_cut(q->elf, c->phdr.offset, c->phdr.filesz, &c->bytes))
		return 0;
	if (!q->files.part)
		return cw_error_set(m->err, -EBADMSG,
				    "'%s': segment %u runs past the end of the file", q->name,
				    old_index);
	if (q->files.part(q->files.ctx, old_index, &c->bytes, &r))
		return cw_error_set(m->err, -EBADMSG, "'%s': %s", q->name, r.text);
	if (c->bytes.len != c->phdr.filesz)
		return cw_error_set(m->err, -EBADMSG,
				    "'%s': segment %u has %llu bytes, its file has %zu", q->name,
				    old_index, (unsigned long long)c->phdr.filesz, c->bytes.len);
	return 0;
}

static int carry(struct cw_mbn_making *m)
{
	const struct cw_mbn_request *q = m->request;
	bool loads = false;
	int r;

	m->carried = calloc(m->elf.phnum, sizeof(*m->carried));
	if (!m->carried)
		return cw_error_set(m->err, -ENOMEM, "no memory for segments");
	for (unsigned i = 0; i < m->elf.phnum; i++) {
		struct cw_mbn_carried *c = &m->carried[m->n];

		cw_mbn_phdr(q->elf, &m->elf, i, &c->phdr);
		if (is_former(&c->phdr))
			continue;
		c->old_offset = c->phdr.offset;
		r = find_bytes(m, i, c);
		if (r < 0)
			return r;
		loads |= cw_mbn_loadable(&c->phdr);
		m->n++;
	}
	if (!loads)
		return cw_error_set(m->err, -EBADMSG, "'%s' has no segment that can be loaded",
				    q->name);
	if (m->n + 2 > CW_MBN_PHDRS_MAX)
		return cw_error_set(m->err, -E2BIG, "'%s' has %u segments; an image takes %u",
				    q->name, m->n, CW_MBN_PHDRS_MAX - 2);
	return 0;
}

static int by_old_offset(const void *a, const void *b)
{
	const struct cw_mbn_carried *x = *(const struct cw_mbn_carried *const *)a;
	const struct cw_mbn_carried *y = *(const struct cw_mbn_carried *const *)b;

	if (x->old_offset != y->old_offset)
		return x->old_offset < y->old_offset ? -1 : 1;
	return (x > y) - (x < y);
}

static uint64_t page_up(uint64_t v)
{
	return (v + CW_MBN_PAGE - 1) / CW_MBN_PAGE * CW_MBN_PAGE;
}

/* Segments in runs: whatever overlapped before moves as one. Returns the end of the file. */
static int place(struct cw_mbn_making *m, uint64_t at, uint64_t *ret_end)
{
	uint64_t run_end = 0, delta = 0;
	bool first = true;

	m->sorted = calloc(m->n, sizeof(struct cw_mbn_carried *));
	if (!m->sorted)
		return cw_error_set(m->err, -ENOMEM, "no memory for segments");
	for (unsigned i = 0; i < m->n; i++)
		m->sorted[i] = &m->carried[i];
	qsort(m->sorted, m->n, sizeof(struct cw_mbn_carried *), by_old_offset);
	for (unsigned i = 0; i < m->n; i++) {
		struct cw_mbn_carried *c = m->sorted[i];

		if (!c->phdr.filesz)
			continue;
		if (first || c->old_offset >= run_end)
			delta = page_up(at) + c->old_offset % CW_MBN_PAGE - c->old_offset;
		first = false;
		c->phdr.offset = c->old_offset + delta;
		if (c->old_offset + c->phdr.filesz > run_end)
			run_end = c->old_offset + c->phdr.filesz;
		if (c->phdr.offset + c->phdr.filesz > at)
			at = c->phdr.offset + c->phdr.filesz;
	}
	for (unsigned i = 0; i < m->n; i++)
		if (!m->carried[i].phdr.filesz)
			m->carried[i].phdr.offset = at;
	*ret_end = at;
	return 0;
}

/* Segments that overlap must say the same where they do; of a split input they need not. */
static int put_together(struct cw_mbn_making *m)
{
	cw_pieces_add(&m->file, cw_span(m->head, m->head_len));
	for (unsigned i = 0; i < m->n; i++) {
		struct cw_span bytes = m->sorted[i]->bytes;
		uint64_t at = m->sorted[i]->phdr.offset;
		size_t there;

		if (!bytes.len)
			continue;
		if (at > m->file.len)
			cw_pieces_zeros(&m->file, (size_t)(at - m->file.len));
		if (m->file.failed)
			break;
		if (!cw_pieces_equal(&m->file, at, bytes))
			return cw_error_set(m->err, -EBADMSG,
					    "'%s': segments overlap in the file, with other bytes "
					    "in each",
					    m->request->name);
		there = (size_t)(m->file.len - at);
		if (bytes.len > there)
			cw_pieces_add(&m->file, cw_span(bytes.ptr + there, bytes.len - there));
	}
	return m->file.failed ? cw_error_set(m->err, -ENOMEM, "no memory for an image") : 0;
}

/* Old loaders copy the hash segment behind the highest segment; version 3 writes that address into its header. */
static int place_hash_in_memory(struct cw_mbn_making *m)
{
	uint64_t end = 0;

	if (m->request->version >= 6)
		return 0;
	for (unsigned i = 0; i < m->n; i++) {
		const struct cw_mbn_phdr *p = &m->carried[i].phdr;

		if (cw_mbn_loadable(p) && p->paddr + p->memsz > end)
			end = p->paddr + p->memsz;
	}
	m->hash_paddr = page_up(end);
	if (m->hash_paddr + page_up(m->hash_size) > UINT32_MAX)
		return cw_error_set(
			m->err, -E2BIG,
			"'%s' ends at 0x%llx: version %u has addresses of 32 bits only, "
			"and needs some behind it",
			m->request->name, (unsigned long long)end, m->request->version);
	return 0;
}

int cw_mbn_lay_out(struct cw_mbn_making *m)
{
	unsigned ehdr = m->elf.is64 ? EHDR64 : EHDR32;
	uint64_t end = 0;
	int r = carry(m);

	if (r < 0)
		return r;
	m->phnum = m->n + 2;
	m->hash_index = m->request->version == 7 ? m->phnum - 1 : 1;
	for (unsigned i = 0; i < m->n; i++)
		m->carried[i].index = i + (m->hash_index == 1 ? 2 : 1);
	m->headers = ehdr + m->phnum * m->elf.phentsize;
	m->part[CW_MBN_TABLE] = (size_t)m->phnum * m->digest_size;
	m->hash_size = m->header_size;
	for (unsigned i = 0; i < CW_MBN_PARTS; i++)
		m->hash_size += m->part[i];
	if (m->hash_size > CW_MBN_HASH_MAX)
		return cw_error_set(m->err, -E2BIG, "the hash segment would have %zu bytes; %u fit",
				    m->hash_size, CW_MBN_HASH_MAX);
	m->hash_at = page_up(m->headers);
	r = place(m, m->hash_at + m->hash_size, &end);
	if (!r)
		r = place_hash_in_memory(m);
	if (r < 0)
		return r;
	if (end > UINT32_MAX)
		return cw_error_set(m->err, -E2BIG, "the image would have more than 4 GiB");
	m->head_len = (size_t)(m->hash_at + m->hash_size);
	m->head = calloc(1, m->head_len);
	if (!m->head)
		return cw_error_set(m->err, -ENOMEM, "no memory for an image");
	return put_together(m);
}

/* ---- headers ---- */

static void write_phdr(struct cw_mbn_making *m, unsigned i, const struct cw_mbn_phdr *p)
{
	uint8_t *at = m->head + (m->elf.is64 ? EHDR64 : EHDR32) + (size_t)i * m->elf.phentsize;

	cw_put_le32(at, p->type);
	if (m->elf.is64) {
		cw_put_le32(at + 4, p->flags);
		cw_put_le64(at + 8, p->offset);
		cw_put_le64(at + 16, p->vaddr);
		cw_put_le64(at + 24, p->paddr);
		cw_put_le64(at + 32, p->filesz);
		cw_put_le64(at + 40, p->memsz);
		cw_put_le64(at + 48, p->align);
		return;
	}
	cw_put_le32(at + 4, (uint32_t)p->offset);
	cw_put_le32(at + 8, (uint32_t)p->vaddr);
	cw_put_le32(at + 12, (uint32_t)p->paddr);
	cw_put_le32(at + 16, (uint32_t)p->filesz);
	cw_put_le32(at + 20, (uint32_t)p->memsz);
	cw_put_le32(at + 24, p->flags);
	cw_put_le32(at + 28, (uint32_t)p->align);
}

static void write_ehdr(struct cw_mbn_making *m)
{
	uint8_t *e = m->head;

	memcpy(e, m->request->elf.ptr, m->elf.is64 ? EHDR64 : EHDR32);
	if (m->elf.is64) {
		cw_put_le64(e + 32, EHDR64);
		cw_put_le64(e + 40, 0);
		cw_put_le16(e + 56, (uint16_t)m->phnum);
		cw_put_le32(e + 60, 0); /* number of sections, index of their names */
	} else {
		cw_put_le32(e + 28, EHDR32);
		cw_put_le32(e + 32, 0);
		cw_put_le16(e + 44, (uint16_t)m->phnum);
		cw_put_le32(e + 48, 0);
	}
}

void cw_mbn_write_headers(struct cw_mbn_making *m)
{
	bool old = m->request->version < 6;
	struct cw_mbn_phdr headers = {.flags = 0x07000000, .filesz = m->headers};
	struct cw_mbn_phdr hash = {
		.flags = old ? 0x02200000 : 0x02000000,
		.offset = m->hash_at,
		.vaddr = m->hash_paddr,
		.paddr = m->hash_paddr,
		.filesz = m->hash_size,
		.memsz = old ? page_up(m->hash_size) : m->hash_size,
		.align = CW_MBN_PAGE,
	};

	write_ehdr(m);
	write_phdr(m, 0, &headers);
	write_phdr(m, m->hash_index, &hash);
	for (unsigned i = 0; i < m->n; i++)
		write_phdr(m, m->carried[i].index, &m->carried[i].phdr);
}
