/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image/csffw.h - firmware of Mali GPUs with a command stream front end, mali_csffw.bin (docs/formats/mali-csffw.md)
 *
 * A header of 20 bytes, a table of entries that says where memory of the GPU's microcontroller (MCU) lies, what is put there
 * from the file, and which words the host may set; then the data. Nothing in it is signed: what protects it is that the
 * section marked PROTECTED has to be in memory that the normal world cannot read. Facts: what Linux's driver Panthor accepts,
 * and the files of Debian's package firmware-misc-nonfree.
 *
 * cw_csf_header() and cw_csf_next() walk without believing, for showing; cw_csf_check() judges the whole as a loader has to.
 * Nothing allocates; spans borrow from the file. All return 0 or -enum cw_code with @r (may be NULL) filled, offsets in
 * the file; outputs are untouched then.
 */
#ifndef CW_IMAGE_CSFFW_H
#define CW_IMAGE_CSFFW_H

#include "base/refusal.h"
#include "base/span.h"

#define CW_CSF_MAGIC	   0xC3F13A6Eu
#define CW_CSF_HEADER_SIZE 20
#define CW_CSF_ENTRIES_MAX 1024	       /* entries of one table; real ones have about 40 */
#define CW_CSF_PAGE	   4096	       /* addresses are multiples of it; new files use 64 KiB */
#define CW_CSF_SHARED_VA   0x04000000u /* where the interface to the host has to be */

struct cw_csf_header {
	uint8_t major, minor;	    /* of the format: major is 0 */
	uint32_t interface_version; /* major << 24 | minor << 16 | patch */
	uint32_t size;		    /* header and table, not the file */
};

/* -CW_CODE_TRUNCATED, -CW_CODE_MAGIC, -CW_CODE_VERSION, -CW_CODE_SIZE: the table runs past the file. */
int cw_csf_header(struct cw_span file, struct cw_csf_header *ret, struct cw_refusal *r);

enum cw_csf_type {
	CW_CSF_SECTION = 0, /* memory of the MCU ("interface" in the driver) */
	CW_CSF_CONFIG = 1,
	CW_CSF_UNIT_TEST = 2,
	CW_CSF_TRACE = 3,
	CW_CSF_TIMELINE = 4,
	CW_CSF_BUILD = 6,
};

struct cw_csf_entry {
	uint32_t type;
	uint32_t offset; /* of its first word in the file */
	uint32_t size;	 /* with that word */
	bool update;	 /* may be changed while the firmware runs */
	bool optional;	 /* a loader that does not know the type may pass over it */
	struct cw_span body;
};

/* Step to the entry at *@pos, which starts at CW_CSF_HEADER_SIZE. 1 and @ret is filled; 0 behind the last;
 * -CW_CODE_RECORD: a size of 0, or one that is no multiple of 4, or runs past the table. */
int cw_csf_next(struct cw_span file, const struct cw_csf_header *h, uint64_t *pos,
		struct cw_csf_entry *ret, struct cw_refusal *r);

#define CW_CSF_READ	 (1u << 0)
#define CW_CSF_WRITE	 (1u << 1)
#define CW_CSF_EXECUTE	 (1u << 2)
#define CW_CSF_CACHE(f)	 ((f) >> 3 & 3) /* see cw_csf_cache_name() */
#define CW_CSF_PROTECTED (1u << 5)
#define CW_CSF_SHARED	 (1u << 30)
#define CW_CSF_ZERO	 (1u << 31)
#define CW_CSF_FLAGS	 (0x3Fu | CW_CSF_SHARED | CW_CSF_ZERO)

struct cw_csf_section {
	uint32_t flags;
	uint32_t va_start, va_end;     /* of the MCU; end is the first byte behind */
	uint32_t data_start, data_end; /* in the file */
	struct cw_span rest;	       /* of the entry: 8 bytes that no driver reads */
};

struct cw_csf_config {
	uint32_t address, min, max;
	struct cw_span name; /* up to its NUL */
};

struct cw_csf_trace {
	uint32_t type, size_address, insert_address, extract_address, data_address, enable_address;
	uint32_t enables;
	struct cw_span name;
};

struct cw_csf_extent { /* timeline metadata, build information: a piece of the file */
	uint32_t offset, size;
	struct cw_span name;
};

/* The body of an entry of its type, by value, not judged. -CW_CODE_RECORD: it is too short. */
int cw_csf_section(const struct cw_csf_entry *e, struct cw_csf_section *ret, struct cw_refusal *r);
int cw_csf_config(const struct cw_csf_entry *e, struct cw_csf_config *ret, struct cw_refusal *r);
int cw_csf_trace(const struct cw_csf_entry *e, struct cw_csf_trace *ret, struct cw_refusal *r);
int cw_csf_extent(const struct cw_csf_entry *e, struct cw_csf_extent *ret, struct cw_refusal *r);

/* One section by itself: flags that are known, addresses in order and on pages, data inside the file and not larger than the
 * memory, shared memory where the driver wants it, nothing from the file into protected memory (no loader in the normal
 * world could put it there). -CW_CODE_UNSUPPORTED, -CW_CODE_SEGMENT, -CW_CODE_TRUNCATED. */
int cw_csf_check_section(struct cw_span file, const struct cw_csf_entry *e,
			 const struct cw_csf_section *s, struct cw_refusal *r);

/* The whole: header, every entry, no unknown entry that is not optional, no two sections at one address, the shared section
 * there, pieces inside the file. -CW_CODE_LIMIT: more than CW_CSF_ENTRIES_MAX; -CW_CODE_OVERLAP, -CW_CODE_MISSING, and those
 * above. */
int cw_csf_check(struct cw_span file, struct cw_refusal *r);

/* "memory section", "configuration", ...; "unknown". Static strings. */
const char *cw_csf_type_name(uint32_t type);
/* "not cached", "cached", "coherent", "cached, coherent" for CW_CSF_CACHE(). */
const char *cw_csf_cache_name(uint32_t cache);

#endif
