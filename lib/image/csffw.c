// SPDX-License-Identifier: BSD-2-Clause
/* image/csffw.c - walk and judge firmware of Mali GPUs */
#include "image/csffw.h"

/* Header. */
#define OFF_MAGIC     0
#define OFF_MINOR     4
#define OFF_MAJOR     5
#define OFF_INTERFACE 8
#define OFF_SIZE      16

/* First word of an entry. */
#define ENTRY_TYPE(w)  ((w)&0xFF)
#define ENTRY_SIZE(w)  ((w) >> 8 & 0xFF)
#define ENTRY_UPDATE   (1u << 30)
#define ENTRY_OPTIONAL (1u << 31)

int cw_csf_header(struct cw_span file, struct cw_csf_header *ret, struct cw_refusal *r)
{
	struct cw_csf_header h;
	uint32_t magic;

	if (!cw_span_u32(file, OFF_MAGIC, &magic) || file.len < CW_CSF_HEADER_SIZE)
		return cw_refuse(r, CW_CODE_TRUNCATED, file.len,
				 "the firmware ends inside its header, after %zu of %u bytes",
				 file.len, CW_CSF_HEADER_SIZE);
	if (magic != CW_CSF_MAGIC)
		return cw_refuse(r, CW_CODE_MAGIC, OFF_MAGIC,
				 "not Mali CSF firmware: magic 0x%08x instead of 0x%08x", magic,
				 CW_CSF_MAGIC);
	h.minor = file.ptr[OFF_MINOR];
	h.major = file.ptr[OFF_MAJOR];
	h.interface_version = cw_get_le32(file.ptr + OFF_INTERFACE);
	h.size = cw_get_le32(file.ptr + OFF_SIZE);
	if (h.major)
		return cw_refuse(r, CW_CODE_VERSION, OFF_MAJOR,
				 "version %u.%u of the format; only 0.x is known", h.major,
				 h.minor);
	if (h.size < CW_CSF_HEADER_SIZE || h.size > file.len)
		return cw_refuse(r, CW_CODE_SIZE, OFF_SIZE,
				 "header and entries have %u bytes, the file has %zu", h.size,
				 file.len);
	*ret = h;
	return 0;
}

int cw_csf_next(struct cw_span file, const struct cw_csf_header *h, uint64_t *pos,
		struct cw_csf_entry *ret, struct cw_refusal *r)
{
	struct cw_csf_entry e;
	uint32_t word;

	if (*pos >= h->size)
		return 0;
	if (h->size - *pos < 4 || !cw_span_u32(file, *pos, &word))
		return cw_refuse(r, CW_CODE_RECORD, *pos,
				 "the table ends inside the first word of an entry");
	e.type = ENTRY_TYPE(word);
	e.offset = (uint32_t)*pos;
	e.size = ENTRY_SIZE(word);
	e.update = word & ENTRY_UPDATE;
	e.optional = word & ENTRY_OPTIONAL;
	if (e.size < 4 || e.size % 4)
		return cw_refuse(r, CW_CODE_RECORD, *pos,
				 "an entry of %u bytes: at least 4 and a multiple of 4 are needed",
				 e.size);
	if (e.size > h->size - *pos || !cw_span_cut(file, *pos + 4, e.size - 4, &e.body))
		return cw_refuse(r, CW_CODE_RECORD, *pos,
				 "an entry of %u bytes runs past the table, which ends at byte %u",
				 e.size, h->size);
	*ret = e;
	*pos += e.size;
	return 1;
}

/* ---- bodies ---- */

static int too_short(const struct cw_csf_entry *e, uint32_t wanted, struct cw_refusal *r)
{
	return cw_refuse(r, CW_CODE_RECORD, e->offset, "a %s entry has %u bytes, %u are needed",
			 cw_csf_type_name(e->type), e->size, wanted + 4);
}

static uint32_t word(const struct cw_csf_entry *e, unsigned i)
{
	return cw_get_le32(e->body.ptr + 4 * i);
}

/* Text from @at on, up to its NUL or the end of the entry. */
static struct cw_span text(const struct cw_csf_entry *e, size_t at)
{
	size_t n = 0;

	while (at + n < e->body.len && e->body.ptr[at + n])
		n++;
	return cw_span(e->body.ptr + at, n);
}

int cw_csf_section(const struct cw_csf_entry *e, struct cw_csf_section *ret, struct cw_refusal *r)
{
	if (e->body.len < 20)
		return too_short(e, 20, r);
	*ret = (struct cw_csf_section){
		.flags = word(e, 0),
		.va_start = word(e, 1),
		.va_end = word(e, 2),
		.data_start = word(e, 3),
		.data_end = word(e, 4),
		.rest = cw_span(e->body.ptr + 20, e->body.len - 20),
	};
	return 0;
}

int cw_csf_config(const struct cw_csf_entry *e, struct cw_csf_config *ret, struct cw_refusal *r)
{
	if (e->body.len < 12)
		return too_short(e, 12, r);
	*ret = (struct cw_csf_config){
		.address = word(e, 0), .min = word(e, 1), .max = word(e, 2), .name = text(e, 12)};
	return 0;
}

int cw_csf_trace(const struct cw_csf_entry *e, struct cw_csf_trace *ret, struct cw_refusal *r)
{
	if (e->body.len < 28)
		return too_short(e, 28, r);
	*ret = (struct cw_csf_trace){
		.type = word(e, 0),
		.size_address = word(e, 1),
		.insert_address = word(e, 2),
		.extract_address = word(e, 3),
		.data_address = word(e, 4),
		.enable_address = word(e, 5),
		.enables = word(e, 6),
		.name = text(e, 28),
	};
	return 0;
}

int cw_csf_extent(const struct cw_csf_entry *e, struct cw_csf_extent *ret, struct cw_refusal *r)
{
	if (e->body.len < 8)
		return too_short(e, 8, r);
	*ret = (struct cw_csf_extent){.offset = word(e, 0), .size = word(e, 1), .name = text(e, 8)};
	return 0;
}

/* ---- the judgement ---- */

static int check_addresses(const struct cw_csf_entry *e, const struct cw_csf_section *s,
			   struct cw_refusal *r)
{
	if (s->va_end < s->va_start)
		return cw_refuse(r, CW_CODE_SEGMENT, e->offset + 8,
				 "a section ends at 0x%08x, before its start 0x%08x", s->va_end,
				 s->va_start);
	if (s->va_start % CW_CSF_PAGE || s->va_end % CW_CSF_PAGE)
		return cw_refuse(r, CW_CODE_SEGMENT, e->offset + 8,
				 "section 0x%08x-0x%08x is not made of pages of %u bytes",
				 s->va_start, s->va_end, CW_CSF_PAGE);
	if (s->va_start == CW_CSF_SHARED_VA && s->va_end > s->va_start &&
	    !(s->flags & CW_CSF_SHARED))
		return cw_refuse(r, CW_CODE_SEGMENT, e->offset + 4,
				 "the section at 0x%08x is not shared with the host, whose "
				 "interface lies there",
				 s->va_start);
	return 0;
}

static int check_data(struct cw_span file, const struct cw_csf_entry *e,
		      const struct cw_csf_section *s, struct cw_refusal *r)
{
	if (s->data_end < s->data_start)
		return cw_refuse(r, CW_CODE_SEGMENT, e->offset + 16,
				 "the data of the section at 0x%08x ends at byte %u, before its "
				 "start %u",
				 s->va_start, s->data_end, s->data_start);
	if (s->data_end > file.len)
		return cw_refuse(
			r, CW_CODE_TRUNCATED, e->offset + 20,
			"the data of the section at 0x%08x ends at byte %u, the file has %zu",
			s->va_start, s->data_end, file.len);
	if (s->data_end - s->data_start > s->va_end - s->va_start)
		return cw_refuse(
			r, CW_CODE_SEGMENT, e->offset + 16,
			"the section at 0x%08x has %u bytes of data for %u bytes of memory",
			s->va_start, s->data_end - s->data_start, s->va_end - s->va_start);
	if (s->flags & CW_CSF_PROTECTED && s->data_end > s->data_start)
		return cw_refuse(r, CW_CODE_SEGMENT, e->offset + 16,
				 "the protected section at 0x%08x has %u bytes of data, which no "
				 "loader of the normal world could put there",
				 s->va_start, s->data_end - s->data_start);
	return 0;
}

int cw_csf_check_section(struct cw_span file, const struct cw_csf_entry *e,
			 const struct cw_csf_section *s, struct cw_refusal *r)
{
	int rc;

	if (s->flags & ~CW_CSF_FLAGS)
		return cw_refuse(r, CW_CODE_UNSUPPORTED, e->offset + 4,
				 "section flags 0x%08x: bits 0x%08x are not known", s->flags,
				 s->flags & ~CW_CSF_FLAGS);
	rc = check_addresses(e, s, r);
	return rc ? rc : check_data(file, e, s, r);
}

/* Does a section before @e claim an address of @s? Sections of no size claim none. */
static int check_overlap(struct cw_span file, const struct cw_csf_header *h,
			 const struct cw_csf_entry *e, const struct cw_csf_section *s,
			 struct cw_refusal *r)
{
	struct cw_csf_section other;
	struct cw_csf_entry before;
	uint64_t pos = CW_CSF_HEADER_SIZE;

	while (pos < e->offset && cw_csf_next(file, h, &pos, &before, NULL) == 1) {
		if (before.type != CW_CSF_SECTION || cw_csf_section(&before, &other, NULL))
			continue;
		if (cw_range_overlap(s->va_start, s->va_end - s->va_start, other.va_start,
				     other.va_end - other.va_start))
			return cw_refuse(r, CW_CODE_OVERLAP, e->offset + 8,
					 "sections 0x%08x-0x%08x and 0x%08x-0x%08x overlap",
					 other.va_start, other.va_end, s->va_start, s->va_end);
	}
	return 0;
}

/* A piece of the file that an entry points at. Not worth refusing a firmware to the driver, but wrong. */
static int check_extent(struct cw_span file, const struct cw_csf_entry *e, struct cw_refusal *r)
{
	struct cw_csf_extent x;
	int rc = cw_csf_extent(e, &x, r);

	if (rc)
		return rc;
	if (!cw_range_inside(x.offset, x.size, file.len))
		return cw_refuse(r, CW_CODE_TRUNCATED, e->offset + 4,
				 "%s of %u bytes at byte %u runs past the file, which has %zu",
				 cw_csf_type_name(e->type), x.size, x.offset, file.len);
	return 0;
}

/* @ret_shared: the section of the host's interface was seen. */
static int check_entry(struct cw_span file, const struct cw_csf_header *h,
		       const struct cw_csf_entry *e, bool *ret_shared, struct cw_refusal *r)
{
	struct cw_csf_section s;
	struct cw_csf_config c;
	struct cw_csf_trace t;
	int rc;

	switch (e->type) {
	case CW_CSF_SECTION:
		rc = cw_csf_section(e, &s, r);
		if (!rc)
			rc = cw_csf_check_section(file, e, &s, r);
		if (!rc)
			rc = check_overlap(file, h, e, &s, r);
		if (!rc && s.va_start == CW_CSF_SHARED_VA && s.va_end > s.va_start)
			*ret_shared = true;
		return rc;
	case CW_CSF_CONFIG:
		return cw_csf_config(e, &c, r);
	case CW_CSF_TRACE:
		return cw_csf_trace(e, &t, r);
	case CW_CSF_TIMELINE:
	case CW_CSF_BUILD:
		return check_extent(file, e, r);
	}
	if (e->optional)
		return 0;
	return cw_refuse(r, CW_CODE_UNSUPPORTED, e->offset,
			 "an entry of type %u, which is not known and not optional", e->type);
}

int cw_csf_check(struct cw_span file, struct cw_refusal *r)
{
	uint64_t pos = CW_CSF_HEADER_SIZE;
	struct cw_csf_header h;
	struct cw_csf_entry e;
	bool shared = false;
	unsigned n = 0;
	int rc = cw_csf_header(file, &h, r);

	if (rc)
		return rc;
	while ((rc = cw_csf_next(file, &h, &pos, &e, r)) == 1) {
		if (++n > CW_CSF_ENTRIES_MAX)
			return cw_refuse(r, CW_CODE_LIMIT, e.offset, "more than %u entries",
					 CW_CSF_ENTRIES_MAX);
		rc = check_entry(file, &h, &e, &shared, r);
		if (rc)
			return rc;
	}
	if (rc)
		return rc;
	if (!shared)
		return cw_refuse(r, CW_CODE_MISSING, CW_NO_OFFSET,
				 "no section at 0x%08x, where the interface to the host has to be",
				 CW_CSF_SHARED_VA);
	return 0;
}

/* ---- names ---- */

const char *cw_csf_type_name(uint32_t type)
{
	switch (type) {
	case CW_CSF_SECTION:
		return "memory section";
	case CW_CSF_CONFIG:
		return "configuration";
	case CW_CSF_UNIT_TEST:
		return "unit test";
	case CW_CSF_TRACE:
		return "trace buffer";
	case CW_CSF_TIMELINE:
		return "timeline metadata";
	case CW_CSF_BUILD:
		return "build information";
	}
	return "unknown";
}

const char *cw_csf_cache_name(uint32_t cache)
{
	static const char *const names[] = {"not cached", "cached", "coherent", "cached, coherent"};

	return names[cache & 3];
}
