// SPDX-License-Identifier: BSD-2-Clause
/*
 * image/rsc_table.c - the resource table, judged whole
 *
 *	table:	ver 0, num 4, reserved 8 12, offset[num] 16
 *	entry:	type 0, then for
 *	  carveout, devmem	da 4, pa 8, len 12, flags 16, reserved 20, name[32] 24		56
 *bytes trace			da 4, len 8, reserved 12, name[32] 16 48 bytes
 *	  vdev			id 4, notifyid 8, dfeatures 12, gfeatures 16, config_len 20, status
 *24 (u8), num_of_vrings 25 (u8), reserved 26 (u8[2]), vrings 28, then config_len bytes vring (20
 *bytes)	da 0, align 4, num 8, notifyid 12, pa 16
 *
 * What Linux checks is checked (remoteproc_core.c), and what it should: overlaps, names without
 *end, ring sizes.
 */
#include "image/rsc_table.h"

#include <string.h>

#define HEADER_SIZE   16u
#define CARVEOUT_SIZE 56u
#define TRACE_SIZE    48u
#define VDEV_SIZE     28u
#define VRING_SIZE    20u
#define NAME_SIZE     32u
#define VRING_NUM_MAX 32768u /* VIRTQUEUE_MAX of the virtio specification */
#define SCAN_BLOCK    64u

/* The first word of a table, as memory holds it. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SCAN_ONE 1u
#else
#define SCAN_ONE 0x01000000u
#endif

/* What a check needs to speak about one entry. */
struct entry_at {
	struct cw_span table;
	uint64_t base;
	unsigned index;
	uint32_t type, offset;
	struct cw_refusal *r;
};

const char *cw_rsc_type_name(uint32_t type)
{
	static const char *const names[] = {"carveout", "devmem", "trace", "vdev"};

	if (type < sizeof(names) / sizeof(names[0]))
		return names[type];
	if (type >= CW_RSC_VENDOR_START && type <= CW_RSC_VENDOR_END)
		return "vendor";
	return "unknown";
}

#define REFUSE_ENTRY(e, at, fmt, ...)                                                              \
	cw_refuse((e)->r, CW_CODE_RSC_TABLE, (e)->base + (e)->offset + (at),                       \
		  "resource table entry %u (%s): " fmt, (e)->index, cw_rsc_type_name((e)->type),   \
		  ##__VA_ARGS__)

static uint32_t word(struct cw_span table, uint32_t offset)
{
	return cw_get_le32(table.ptr + offset);
}

unsigned cw_rsc_count(struct cw_span table)
{
	return word(table, 4);
}

static uint32_t entry_offset(struct cw_span table, unsigned i)
{
	return word(table, HEADER_SIZE + 4 * i);
}

/* Bytes of a checked entry that we know the meaning of. */
static uint32_t entry_size(struct cw_span table, uint32_t offset)
{
	switch (word(table, offset)) {
	case CW_RSC_CARVEOUT:
	case CW_RSC_DEVMEM:
		return CARVEOUT_SIZE;
	case CW_RSC_TRACE:
		return TRACE_SIZE;
	case CW_RSC_VDEV:
		return VDEV_SIZE + VRING_SIZE * table.ptr[offset + 25] + word(table, offset + 20);
	default:
		return 4;
	}
}

static int check_body_size(const struct entry_at *e, uint64_t need)
{
	uint64_t left = e->table.len - e->offset;

	if (need <= left)
		return 0;
	return REFUSE_ENTRY(e, 0, "needs %llu bytes at 0x%x, the table ends after %llu",
			    (unsigned long long)need, e->offset, (unsigned long long)left);
}

/* Bytes before the NUL, NAME_SIZE without one. */
static size_t name_len(const uint8_t *name)
{
	size_t n = 0;

	while (n < NAME_SIZE && name[n])
		n++;
	return n;
}

static int check_name_reserved(const struct entry_at *e, uint32_t reserved, uint32_t name)
{
	const uint8_t *p = e->table.ptr + e->offset;

	if (cw_get_le32(p + reserved))
		return REFUSE_ENTRY(e, reserved, "its reserved word is 0x%x, not 0",
				    cw_get_le32(p + reserved));
	if (name_len(p + name) == NAME_SIZE)
		return REFUSE_ENTRY(e, name, "its name has no end within 32 bytes");
	return 0;
}

static int check_vring(const struct entry_at *e, unsigned k)
{
	uint32_t at = VDEV_SIZE + k * VRING_SIZE;
	uint32_t align = word(e->table, e->offset + at + 4);
	uint32_t num = word(e->table, e->offset + at + 8);

	if (!align)
		return REFUSE_ENTRY(e, at + 4, "vring %u has alignment 0", k);
	if (!num || (num & (num - 1)) || num > VRING_NUM_MAX)
		return REFUSE_ENTRY(
			e, at + 8, "vring %u has %u buffers; it must be a power of two up to 32768",
			k, num);
	return 0;
}

static int check_vdev(const struct entry_at *e)
{
	const uint8_t *p = e->table.ptr + e->offset;
	unsigned vrings;
	int rc = check_body_size(e, VDEV_SIZE);

	if (rc < 0)
		return rc;
	vrings = p[25];
	if (vrings > CW_RSC_VRINGS_MAX)
		return REFUSE_ENTRY(e, 25, "has %u vrings, at most %u are possible", vrings,
				    CW_RSC_VRINGS_MAX);
	if (p[26] || p[27])
		return REFUSE_ENTRY(e, 26, "its reserved bytes are not 0");
	rc = check_body_size(e, (uint64_t)VDEV_SIZE + VRING_SIZE * vrings + cw_get_le32(p + 20));
	for (unsigned k = 0; rc == 0 && k < vrings; k++)
		rc = check_vring(e, k);
	return rc;
}

static int check_entry(struct entry_at *e)
{
	int rc;

	if (e->offset < HEADER_SIZE + 4 * cw_rsc_count(e->table) ||
	    !cw_range_inside(e->offset, 4, e->table.len))
		return cw_refuse(
			e->r, CW_CODE_RSC_TABLE, e->base + HEADER_SIZE + 4 * e->index,
			"resource table entry %u: its offset 0x%x lies in the header or outside of the %zu-byte "
			"table",
			e->index, e->offset, e->table.len);
	e->type = word(e->table, e->offset);
	switch (e->type) {
	case CW_RSC_CARVEOUT:
	case CW_RSC_DEVMEM:
		rc = check_body_size(e, CARVEOUT_SIZE);
		return rc < 0 ? rc : check_name_reserved(e, 20, 24);
	case CW_RSC_TRACE:
		rc = check_body_size(e, TRACE_SIZE);
		return rc < 0 ? rc : check_name_reserved(e, 12, 16);
	case CW_RSC_VDEV:
		return check_vdev(e);
	default: /* Linux skips what it does not know, and hands vendor entries to the driver */
		return 0;
	}
}

static int check_overlap(const struct entry_at *e)
{
	uint32_t size = entry_size(e->table, e->offset);

	for (unsigned i = 0; i < e->index; i++) {
		uint32_t other = entry_offset(e->table, i);

		if (cw_range_overlap(e->offset, size, other, entry_size(e->table, other)))
			return REFUSE_ENTRY(e, 0, "at 0x%x overlaps entry %u at 0x%x", e->offset, i,
					    other);
	}
	return 0;
}

static int check_head(struct cw_span table, uint64_t base, struct cw_refusal *r)
{
	if (table.len < HEADER_SIZE)
		return cw_refuse(r, CW_CODE_RSC_TABLE, base,
				 "the resource table has %zu bytes, its header alone has 16",
				 table.len);
	if (table.len > CW_RSC_TABLE_MAX)
		return cw_refuse(r, CW_CODE_LIMIT, base,
				 "the resource table has %zu bytes, the limit is %u", table.len,
				 CW_RSC_TABLE_MAX);
	if (word(table, 0) != 1)
		return cw_refuse(r, CW_CODE_RSC_TABLE, base,
				 "the resource table has version %u, not 1", word(table, 0));
	if (word(table, 8) || word(table, 12))
		return cw_refuse(r, CW_CODE_RSC_TABLE, base + 8,
				 "the resource table's reserved words are 0x%x and 0x%x, not 0",
				 word(table, 8), word(table, 12));
	if ((uint64_t)HEADER_SIZE + 4ull * cw_rsc_count(table) > table.len)
		return cw_refuse(
			r, CW_CODE_RSC_TABLE, base + 4,
			"the resource table announces %u entries, its %zu bytes do not hold their "
			"offsets",
			cw_rsc_count(table), table.len);
	if (cw_rsc_count(table) > CW_RSC_ENTRIES_MAX)
		return cw_refuse(r, CW_CODE_LIMIT, base + 4,
				 "the resource table has %u entries, the limit is %u",
				 cw_rsc_count(table), CW_RSC_ENTRIES_MAX);
	return 0;
}

int cw_rsc_check(struct cw_span table, uint64_t base, struct cw_refusal *r)
{
	struct entry_at e = {.table = table, .base = base, .r = r};
	int rc = check_head(table, base, r);

	if (rc < 0)
		return rc;
	for (e.index = 0; e.index < cw_rsc_count(table); e.index++) {
		e.offset = entry_offset(table, e.index);
		rc = check_entry(&e);
		if (rc == 0)
			rc = check_overlap(&e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void copy_name(char dst[33], const uint8_t *src)
{
	size_t n = name_len(src);

	memcpy(dst, src, n);
	memset(dst + n, 0, 33 - n);
}

static void read_vdev(const uint8_t *p, struct cw_rsc_entry *e)
{
	e->vdev.id = cw_get_le32(p + 4);
	e->vdev.notifyid = cw_get_le32(p + 8);
	e->vdev.dfeatures = cw_get_le32(p + 12);
	e->vdev.gfeatures = cw_get_le32(p + 16);
	e->vdev.config_len = cw_get_le32(p + 20);
	e->vdev.status = p[24];
	e->vdev.num_of_vrings = p[25];
	for (unsigned k = 0; k < e->vdev.num_of_vrings && k < CW_RSC_VRINGS_MAX; k++) {
		const uint8_t *v = p + VDEV_SIZE + k * VRING_SIZE;

		e->vdev.vring[k] = (struct cw_rsc_vring){
			.da = cw_get_le32(v),
			.align = cw_get_le32(v + 4),
			.num = cw_get_le32(v + 8),
			.notifyid = cw_get_le32(v + 12),
			.pa = cw_get_le32(v + 16),
			.offset = e->offset + VDEV_SIZE + k * VRING_SIZE,
		};
	}
	e->vdev.config_offset = e->offset + VDEV_SIZE + VRING_SIZE * e->vdev.num_of_vrings;
}

void cw_rsc_entry(struct cw_span table, unsigned i, struct cw_rsc_entry *ret)
{
	uint32_t offset = entry_offset(table, i);
	const uint8_t *p = table.ptr + offset;

	memset(ret, 0, sizeof(*ret));
	ret->type = cw_get_le32(p);
	ret->offset = offset;
	ret->size = entry_size(table, offset);
	switch (ret->type) {
	case CW_RSC_CARVEOUT:
	case CW_RSC_DEVMEM:
		ret->carveout.da = cw_get_le32(p + 4);
		ret->carveout.pa = cw_get_le32(p + 8);
		ret->carveout.len = cw_get_le32(p + 12);
		ret->carveout.flags = cw_get_le32(p + 16);
		copy_name(ret->carveout.name, p + 24);
		break;
	case CW_RSC_TRACE:
		ret->trace.da = cw_get_le32(p + 4);
		ret->trace.len = cw_get_le32(p + 8);
		copy_name(ret->trace.name, p + 16);
		break;
	case CW_RSC_VDEV:
		read_vdev(p, ret);
		break;
	}
}

uint32_t cw_rsc_extent(struct cw_span table)
{
	uint32_t end = HEADER_SIZE + 4 * cw_rsc_count(table);

	for (unsigned i = 0; i < cw_rsc_count(table); i++) {
		uint32_t offset = entry_offset(table, i);
		uint32_t last = offset + entry_size(table, offset);

		if (word(table, offset) > CW_RSC_VDEV) {
			last = offset + CW_RSC_UNKNOWN_MAX < table.len ? offset + CW_RSC_UNKNOWN_MAX
								       : (uint32_t)table.len;
			for (unsigned k = 0; k < cw_rsc_count(table); k++)
				if (entry_offset(table, k) > offset &&
				    entry_offset(table, k) < last)
					last = entry_offset(table, k);
		}
		if (last > end)
			end = last;
	}
	return end;
}

static bool says_something(const struct cw_rsc_entry *e)
{
	switch (e->type) {
	case CW_RSC_CARVEOUT:
	case CW_RSC_DEVMEM:
		return e->carveout.len;
	case CW_RSC_TRACE:
		return e->trace.len;
	case CW_RSC_VDEV:
		return e->vdev.num_of_vrings;
	default:
		return false;
	}
}

bool cw_rsc_begins(struct cw_span bytes)
{
	struct cw_span table =
		cw_span(bytes.ptr, bytes.len < CW_RSC_TABLE_MAX ? bytes.len : CW_RSC_TABLE_MAX);
	struct cw_rsc_entry e;

	if (table.len < HEADER_SIZE + 4 || word(table, 0) != 1 || !cw_rsc_count(table) ||
	    cw_rsc_check(table, 0, NULL) < 0)
		return false;
	for (unsigned i = 0; i < cw_rsc_count(table); i++) {
		cw_rsc_entry(table, i, &e);
		if (!says_something(&e))
			return false;
	}
	return true;
}

static bool header_may_stand(const uint8_t *p)
{
	return cw_get_le32(p) == 1 && cw_get_le32(p + 4) - 1 < CW_RSC_ENTRIES_MAX &&
	       !cw_get_le32(p + 8) && !cw_get_le32(p + 12);
}

/* Is there a 1 among the words? Without a way out of the loop, so that it becomes a few vector instructions. */
static bool has_one(const uint8_t p[SCAN_BLOCK])
{
	uint32_t w[SCAN_BLOCK / 4], found = 0;

	memcpy(w, p, sizeof(w));
	for (unsigned i = 0; i < SCAN_BLOCK / 4; i++)
		found |= w[i] == SCAN_ONE;
	return found;
}

size_t cw_rsc_scan(struct cw_span bytes, size_t from)
{
	size_t at = from;

	while (at < bytes.len && bytes.len - at >= HEADER_SIZE) {
		size_t end = at + SCAN_BLOCK;

		if (bytes.len - at >= SCAN_BLOCK && !has_one(bytes.ptr + at)) {
			at = end;
			continue;
		}
		for (; at < end && bytes.len - at >= HEADER_SIZE; at += 4)
			if (header_may_stand(bytes.ptr + at))
				return at;
	}
	return bytes.len;
}

typedef int (*field_fn)(void *arg, uint32_t offset, uint32_t len);

static int vdev_fields(struct cw_span table, uint32_t offset, field_fn fn, void *arg)
{
	int rc = fn(arg, offset + 8, 4); /* notifyid */

	if (rc == 0)
		rc = fn(arg, offset + 16, 4); /* gfeatures */
	if (rc == 0)
		rc = fn(arg, offset + 24, 1); /* status */
	for (unsigned k = 0; rc == 0 && k < table.ptr[offset + 25]; k++) {
		uint32_t vring = offset + VDEV_SIZE + k * VRING_SIZE;

		rc = fn(arg, vring, 4); /* da */
		if (rc == 0)
			rc = fn(arg, vring + 12, 8); /* notifyid, pa */
	}
	return rc;
}

int cw_rsc_live_fields(struct cw_span table, field_fn fn, void *arg)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < cw_rsc_count(table); i++)
		if (word(table, entry_offset(table, i)) == CW_RSC_VDEV)
			rc = vdev_fields(table, entry_offset(table, i), fn, arg);
	return rc;
}

int cw_rsc_host_fields(struct cw_span table, field_fn fn, void *arg)
{
	int rc = cw_rsc_live_fields(table, fn, arg);

	for (unsigned i = 0; rc == 0 && i < cw_rsc_count(table); i++)
		if (word(table, entry_offset(table, i)) == CW_RSC_CARVEOUT)
			rc = fn(arg, entry_offset(table, i) + 4, 8); /* da, pa */
	return rc;
}

static int holds_byte(void *arg, uint32_t offset, uint32_t len)
{
	uint32_t byte = *(const uint32_t *)arg;

	return byte >= offset && byte - offset < len;
}

/* Index of the entry that @byte lies in, or the number of entries when it lies in none. */
static unsigned entry_of_byte(struct cw_span table, uint32_t byte)
{
	unsigned i;

	for (i = 0; i < cw_rsc_count(table); i++) {
		uint32_t offset = entry_offset(table, i);

		if (byte >= offset && byte - offset < entry_size(table, offset))
			break;
	}
	return i;
}

int cw_rsc_only_host_fields_differ(struct cw_span was, struct cw_span now, struct cw_refusal *r)
{
	if (was.len != now.len)
		return cw_refuse(r, CW_CODE_RSC_TABLE, CW_NO_OFFSET,
				 "the resource table has %zu bytes, the authenticated one has %zu",
				 now.len, was.len);
	for (uint32_t byte = 0; byte < was.len; byte++) {
		unsigned i;

		if (was.ptr[byte] == now.ptr[byte] || cw_rsc_host_fields(was, holds_byte, &byte))
			continue;
		i = entry_of_byte(was, byte);
		if (i == cw_rsc_count(was))
			return cw_refuse(
				r, CW_CODE_RSC_TABLE, byte,
				"resource table byte 0x%x differs from the authenticated table and "
				"lies in no entry",
				byte);
		return cw_refuse(
			r, CW_CODE_RSC_TABLE, byte,
			"resource table entry %u (%s): byte 0x%x is not the host's to change "
			"(0x%02x, authenticated 0x%02x)",
			i, cw_rsc_type_name(word(was, entry_offset(was, i))), byte, now.ptr[byte],
			was.ptr[byte]);
	}
	return 0;
}
