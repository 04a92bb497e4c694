/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image/rsc_table.h - the Linux resource table (include/linux/rsc_table.h), checked whole before anything uses it
 *
 * The walker borrows bytes that must not change under it: give it a copy.
 */
#ifndef CW_IMAGE_RSC_TABLE_H
#define CW_IMAGE_RSC_TABLE_H

#include "base/refusal.h"
#include "base/span.h"

#define CW_RSC_TABLE_MAX   4096 /* bytes */
#define CW_RSC_ENTRIES_MAX 64
#define CW_RSC_VRINGS_MAX  2
#define CW_RSC_UNKNOWN_MAX 256 /* bytes that an entry of unknown type may span */
#define CW_RSC_ADDR_ANY	   0xFFFFFFFFu

enum cw_rsc_type {
	CW_RSC_CARVEOUT = 0,
	CW_RSC_DEVMEM = 1,
	CW_RSC_TRACE = 2,
	CW_RSC_VDEV = 3,
	CW_RSC_VENDOR_START = 128,
	CW_RSC_VENDOR_END = 512,
};

struct cw_rsc_vring {
	uint32_t da, align, num, notifyid, pa;
	uint32_t offset; /* of this vring in the table, for writing back */
};

struct cw_rsc_entry {
	uint32_t type;
	uint32_t offset; /* of the entry's type word in the table */
	uint32_t size;	 /* bytes of type word and body that were checked */
	union {
		struct {
			uint32_t da, pa, len, flags;
			char name[33];
		} carveout; /* and devmem */
		struct {
			uint32_t da, len;
			char name[33];
		} trace;
		struct {
			uint32_t id, notifyid, dfeatures, gfeatures, config_len;
			uint8_t status, num_of_vrings;
			struct cw_rsc_vring vring[CW_RSC_VRINGS_MAX];
			uint32_t config_offset;
		} vdev;
	};
};

/* Judge a whole table: version, reserved words, offsets, every entry's body inside, reserved fields zero, names
 * terminated, vdev with ≤ 2 vrings, num a power of two and align non-zero, entries not overlapping. @base: offset of the
 * table in the judged file, for reported offsets. 0 or -CW_CODE_RSC_TABLE, -CW_CODE_LIMIT. */
int cw_rsc_check(struct cw_span table, uint64_t base, struct cw_refusal *r);

/* Number of entries, and entry @i, of a table that passed cw_rsc_check(). Names are NUL-terminated copies. */
unsigned cw_rsc_count(struct cw_span table);
void cw_rsc_entry(struct cw_span table, unsigned i, struct cw_rsc_entry *ret);

/* Byte ranges of a checked table that the host may write: vdev notifyid, gfeatures, status, vring da, notifyid, pa,
 * carveout da and pa. Calls @fn for each; a non-zero return stops and is returned. */
int cw_rsc_host_fields(struct cw_span table, int (*fn)(void *arg, uint32_t offset, uint32_t len),
		       void *arg);

/* The subset that the host may write while the firmware runs: vdev notifyid, gfeatures, status, vring da, notifyid, pa
 * (the write windows of START). Otherwise as cw_rsc_host_fields(). */
int cw_rsc_live_fields(struct cw_span table, int (*fn)(void *arg, uint32_t offset, uint32_t len),
		       void *arg);

/* Bytes of a checked table up to the end of its last entry: what follows is not the table's. An entry of a type we do
 * not know may be of any length, so it counts as reaching to the next entry, or to the end, but not further than
 * CW_RSC_UNKNOWN_MAX bytes: nobody may have signed where the end is. */
uint32_t cw_rsc_extent(struct cw_span table);

/* Does a whole table with something in it begin here? It has entries, each of a kind that Linux defines, and none of them
 * is empty. For searching bytes that may hold one: zeros and single ones do not pass. */
bool cw_rsc_begins(struct cw_span bytes);

/* The first place at or behind @from, a multiple of 4 behind it, where the header of a table with entries may stand:
 * version 1, 1 to CW_RSC_ENTRIES_MAX entries, reserved words 0. @bytes.len: there is none. A first look for long stretches
 * of bytes: nothing is judged. */
size_t cw_rsc_scan(struct cw_span bytes, size_t from);

/* "carveout", "devmem", "trace", "vdev", "vendor", "unknown". Static string. */
const char *cw_rsc_type_name(uint32_t type);

/* Compare @now with the authenticated @was: 0 when they differ in host fields only, else -CW_CODE_RSC_TABLE naming the
 * entry and the byte. */
int cw_rsc_only_host_fields_differ(struct cw_span was, struct cw_span now, struct cw_refusal *r);

#endif
