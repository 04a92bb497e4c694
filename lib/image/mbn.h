/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image/mbn.h - judge of Qualcomm's signed images (docs/formats/mbn.md)
 *
 * An MBN is an ELF file, 32 or 64 bits wide, one of whose program headers is the hash segment: a header of version 3, 5, 6
 * or 7, metadata, one digest for every program header, and the signatures and certificates of one or two authorities (OEM,
 * QTI). A file may be merged (everything in it) or split (.mdt with headers and hash segment, .bNN with the segments); what
 * Linux hands to the secure world, the metadata blob, has the shape of an .mdt.
 *
 * The order is fixed: cw_mbn_open() (form), cw_mbn_authenticate() (signatures, then what they bind: image type, versions,
 * SoC, OEM), cw_mbn_check_segments() (bytes against the signed digests). Cryptography and certificates are the caller's, by
 * callback. Nothing here allocates or keeps state; spans borrow from memory that nobody else may change.
 */
#ifndef CW_IMAGE_MBN_H
#define CW_IMAGE_MBN_H

#include "base/refusal.h"
#include "base/span.h"

#define CW_MBN_PHDRS_MAX   512	 /* program headers of one image */
#define CW_MBN_HEADERS_MAX 65536 /* bytes of ELF header and program headers */
#define CW_MBN_HASH_MAX	   65536 /* bytes of a hash segment, and of room behind it */
#define CW_MBN_WORDS_MAX   12	 /* of a hash segment's header */
#define CW_MBN_DIGEST_MAX  48
#define CW_MBN_SOCS	   12 /* SoC hardware versions in one list */
#define CW_MBN_SERIALS	   8

/* ---- the ELF file around it ---- */

struct cw_mbn_elf {
	bool is64;
	uint16_t type, machine, phnum, phentsize, shnum;
	uint32_t flags;
	uint32_t headers; /* bytes up to the end of the program headers */
	uint64_t entry, phoff, shoff;
};

struct cw_mbn_phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

/* Segment types, bits 24-26 of p_flags. */
enum cw_mbn_segment {
	CW_MBN_SEGMENT_NORMAL = 0,
	CW_MBN_SEGMENT_AMSS = 1,
	CW_MBN_SEGMENT_HASH = 2,
	CW_MBN_SEGMENT_BOOT = 3,
	CW_MBN_SEGMENT_L4BSP = 4,
	CW_MBN_SEGMENT_SWAPPED = 5,
	CW_MBN_SEGMENT_SWAP_POOL = 6,
	CW_MBN_SEGMENT_HEADERS = 7, /* stands for ELF header and program headers */
};

#define CW_MBN_FLAG_PAGED	(1u << 20)
#define CW_MBN_FLAG_RELOCATABLE (1u << 27)

static inline enum cw_mbn_segment cw_mbn_segment(uint32_t flags)
{
	return (enum cw_mbn_segment)(flags >> 24 & 7);
}

/* Judge the ELF header at the start of @file: class, byte order, sizes, program headers inside the file. @base is where
 * @file begins in what the user gave (reported offsets only). 0, -CW_CODE_ELF, -CW_CODE_TRUNCATED, -CW_CODE_LIMIT. */
int cw_mbn_elf(struct cw_span file, uint64_t base, struct cw_mbn_elf *ret, struct cw_refusal *r);

/* Program header @i < phnum of the file that cw_mbn_elf() accepted. */
void cw_mbn_phdr(struct cw_span file, const struct cw_mbn_elf *elf, unsigned i,
		 struct cw_mbn_phdr *ret);

/* Loaded by a loader: PT_LOAD, not the hash segment, with memory. */
bool cw_mbn_loadable(const struct cw_mbn_phdr *p);

/* Does any loadable segment say that the image may be moved? */
bool cw_mbn_relocatable(struct cw_span file, const struct cw_mbn_elf *elf);

/* Where the next ELF file may begin in a file of several: first magic at or behind @from that has a class and a byte order
 * we read. @file.len when there is none. */
size_t cw_mbn_next_elf(struct cw_span file, size_t from);

/* Bytes that an ELF file occupies: up to the end of its last header or segment, at most @file.len. */
size_t cw_mbn_extent(struct cw_span file, const struct cw_mbn_elf *elf);

/* ---- the hash segment ---- */

enum cw_mbn_part {
	CW_MBN_COMMON,	 /* common metadata, v7 */
	CW_MBN_QTI_META, /* v6, v7 */
	CW_MBN_OEM_META,
	CW_MBN_TABLE,
	CW_MBN_QTI_SIGNATURE,
	CW_MBN_QTI_CHAIN,
	CW_MBN_OEM_SIGNATURE,
	CW_MBN_OEM_CHAIN,
	CW_MBN_PARTS,
};

enum cw_mbn_authority {
	CW_MBN_QTI,
	CW_MBN_OEM,
	CW_MBN_AUTHORITIES,
};

struct cw_mbn_hash {
	struct cw_span segment; /* all of it */
	uint64_t at;		/* its offset in the file; CW_NO_OFFSET: in a file of its own */
	uint32_t version;
	uint32_t header_size;
	uint32_t word[CW_MBN_WORDS_MAX];
	struct cw_span part[CW_MBN_PARTS]; /* empty when the image has none */
	size_t rest;			   /* bytes behind the last part */
};

/* Cut a hash segment into its parts. 0, -CW_CODE_TRUNCATED, -CW_CODE_VERSION, -CW_CODE_SIZE. */
int cw_mbn_hash(struct cw_span segment, uint64_t at, struct cw_mbn_hash *ret, struct cw_refusal *r);

/* Number of words of a header of @version; 0: no such version. */
unsigned cw_mbn_words(uint32_t version);

/* Name of word @i in code form ("oem_chain_size") and in words ("OEM certificate chain size"). Static strings. */
const char *cw_mbn_word_key(uint32_t version, unsigned i);
const char *cw_mbn_word_name(uint32_t version, unsigned i);

/* "OEM signature", ...; static. */
const char *cw_mbn_part_name(enum cw_mbn_part part);

/* Which word holds the size of a part; -1: this version has no such part. */
int cw_mbn_part_word(uint32_t version, enum cw_mbn_part part);

/* Offset of a part in the file, for sentences. */
static inline uint64_t cw_mbn_part_at(const struct cw_mbn_hash *h, enum cw_mbn_part part)
{
	return h->at == CW_NO_OFFSET || !h->part[part].len
		       ? CW_NO_OFFSET
		       : h->at + (uint64_t)(h->part[part].ptr - h->segment.ptr);
}

static inline enum cw_mbn_part cw_mbn_signature_part(enum cw_mbn_authority who)
{
	return who == CW_MBN_QTI ? CW_MBN_QTI_SIGNATURE : CW_MBN_OEM_SIGNATURE;
}

static inline enum cw_mbn_part cw_mbn_chain_part(enum cw_mbn_authority who)
{
	return who == CW_MBN_QTI ? CW_MBN_QTI_CHAIN : CW_MBN_OEM_CHAIN;
}

static inline enum cw_mbn_part cw_mbn_meta_part(enum cw_mbn_authority who)
{
	return who == CW_MBN_QTI ? CW_MBN_QTI_META : CW_MBN_OEM_META;
}

static inline bool cw_mbn_signed_by(const struct cw_mbn_hash *h, enum cw_mbn_authority who)
{
	return h->part[cw_mbn_signature_part(who)].len;
}

static inline const char *cw_mbn_authority_name(enum cw_mbn_authority who)
{
	return who == CW_MBN_QTI ? "QTI" : "OEM";
}

/* What an authority signed: the bytes before the signatures; where both sign, with the other's sizes and metadata as zeros.
 * parts[] points into the struct itself, so it must stay where it was filled. */
struct cw_mbn_message {
	uint8_t header[4 * CW_MBN_WORDS_MAX];
	struct cw_span parts[5];
	unsigned n;
};

void cw_mbn_message(const struct cw_mbn_hash *h, enum cw_mbn_authority who,
		    struct cw_mbn_message *ret);

/* ---- what a signature binds ---- */

/* Values met in v7 common metadata. */
#define CW_MBN_SHA256 2u
#define CW_MBN_SHA384 3u

struct cw_mbn_common {
	uint32_t major, minor, software_id, app_id, hash_algorithm, measurement;
};

/* From metadata (v6, v7) or from the leaf certificate (v3, v5). A value that is not bound is shown, not compared. */
struct cw_mbn_binding {
	uint32_t major, minor;
	uint32_t software_id; /* image type */
	uint32_t rollback;
	uint32_t app_id, hw_id, feature_id, oem_id, model_id;
	uint32_t flags, root_index;
	uint64_t lifecycle;
	bool soc_bound, hw_bound, feature_bound, serial_bound, oem_bound, model_bound;
	bool soc_lifecycle_bound, lifecycle_bound, root_bound, debug;
	uint32_t soc[CW_MBN_SOCS]; /* 0 = unused */
	uint64_t serial[CW_MBN_SERIALS];
	uint32_t root_algorithm; /* 0, CW_MBN_SHA256, CW_MBN_SHA384 */
	uint8_t root_hash[64];	 /* right-aligned */
};

/* v7 common metadata. False when the segment has none. */
bool cw_mbn_common(const struct cw_mbn_hash *h, struct cw_mbn_common *ret);

/* Metadata of an authority, v6 and v7 (-CW_CODE_MISSING without). -CW_CODE_RECORD: a v7 flag is neither yes nor no. */
int cw_mbn_metadata(const struct cw_mbn_hash *h, enum cw_mbn_authority who,
		    struct cw_mbn_binding *ret, struct cw_refusal *r);

/* Flags of metadata in words, one per call: fills @ret_name ("SoC hardware version") and @ret_value (v6: the field's value;
 * v7: 1 no, 2 yes). False behind the last. Both strings are static. */
bool cw_mbn_flag(uint32_t version, uint32_t flags, unsigned i, const char **ret_name,
		 unsigned *ret_value);

/* ---- names ---- */

const char *cw_mbn_segment_name(enum cw_mbn_segment type); /* "hash", "headers"; static */
const char *cw_mbn_access_name(uint32_t flags);		/* "RW", "RO", "zero-init", ...; static */
const char *cw_mbn_machine_name(uint16_t machine);	/* "Hexagon", ...; "?" */
const char *cw_mbn_software_name(uint32_t software_id); /* "adsp"; "unknown" */

/* A peripheral that the secure world boots, and the image type that it takes. */
struct cw_mbn_pas {
	const char *name;
	uint32_t id;
	uint32_t software_id;
};

/* By name or by number; NULL when there is none. Entry @i of the table; NULL behind the last. */
const struct cw_mbn_pas *cw_mbn_pas_by_name(const char *name);
const struct cw_mbn_pas *cw_mbn_pas_by_id(uint32_t id);
const struct cw_mbn_pas *cw_mbn_pas_at(unsigned i);

/* ---- the judgement ---- */

/* Where the segments of a split image are: the whole .bNN of program header @index. @part may be NULL: there are none.
 * Returns 0 or -enum cw_code with @r filled. */
struct cw_mbn_files {
	void *ctx;
	int (*part)(void *ctx, unsigned index, struct cw_span *ret, struct cw_refusal *r);
};

struct cw_mbn {
	struct cw_span file;
	uint64_t base;
	struct cw_mbn_elf elf;
	bool split;	     /* segments lie in files of their own */
	unsigned hash_index; /* program header of the hash segment */
	uint32_t headers;    /* bytes that entry 0 of the table covers */
	struct cw_mbn_hash hash;
	unsigned digest_size; /* 32: SHA-256; 48: SHA-384 */
	struct cw_mbn_files files;
};

/* Judge the form of the image whose named file (merged, or .mdt) is @file. @ret borrows from it.
 * 0; -CW_CODE_ELF, -CW_CODE_TRUNCATED, -CW_CODE_LIMIT, -CW_CODE_MISSING (no hash segment), -CW_CODE_VERSION,
 * -CW_CODE_SIZE, -CW_CODE_SEGMENT; what files.part() returns. */
int cw_mbn_open(struct cw_span file, uint64_t base, const struct cw_mbn_files *files,
		struct cw_mbn *ret, struct cw_refusal *r);

/* Find the hash segment in a file that cw_mbn_elf() accepted: its index, or -1. Several count as one more: -2. */
int cw_mbn_find_hash(struct cw_span file, const struct cw_mbn_elf *elf);

/* Bytes of segment @i: from the file, or its .bNN. 0, -CW_CODE_TRUNCATED, -CW_CODE_SIZE. */
int cw_mbn_bytes(const struct cw_mbn *m, unsigned i, struct cw_span *ret, struct cw_refusal *r);

/* What the device, or the user, insists on. */
struct cw_mbn_policy {
	const struct cw_mbn_pas *pas; /* NULL: not compared */
	bool has_soc, has_oem, has_model;
	bool require_qti; /* both authorities must have signed */
	uint32_t soc, oem, model;
	uint32_t minimum_rollback;
};

struct cw_mbn_env {
	void *ctx;
	struct cw_mbn_policy policy;
	/* Is the signature good under a chain whose root is trusted? Fills @binding from the leaf when the hash segment is of
	 * version 3 or 5; for others it holds the metadata (root_index). 0 or -enum cw_code with @r filled. */
	int (*verify)(void *ctx, const struct cw_mbn *m, enum cw_mbn_authority who,
		      const struct cw_mbn_message *message, struct cw_mbn_binding *binding,
		      struct cw_refusal *r);
	/* Digest of segment @i, CW_MBN_SHA256 or CW_MBN_SHA384: of its bytes in the file, or where they were loaded. */
	int (*digest)(void *ctx, const struct cw_mbn *m, unsigned i, unsigned algorithm,
		      uint8_t ret[CW_MBN_DIGEST_MAX], struct cw_refusal *r);
};

/* Signatures of all authorities that signed, then what they bind against the policy. @ret_binding (may be NULL) has
 * CW_MBN_AUTHORITIES elements; only those of authorities that signed are written.
 * 0; -CW_CODE_MISSING (no OEM signature, no metadata), -CW_CODE_RECORD, -CW_CODE_TARGET, -CW_CODE_ROLLBACK,
 * -CW_CODE_REQUIRED, -CW_CODE_SIZE; what verify() returns. */
int cw_mbn_authenticate(const struct cw_mbn *m, const struct cw_mbn_env *env,
			struct cw_mbn_binding *ret_binding, struct cw_refusal *r);

/* One entry of the hash table against the segment: 0, -CW_CODE_HASH; what digest() returns. */
int cw_mbn_check_segment(const struct cw_mbn *m, const struct cw_mbn_env *env, unsigned i,
			 struct cw_refusal *r);

/* Every entry, in order. */
int cw_mbn_check_segments(const struct cw_mbn *m, const struct cw_mbn_env *env,
			  struct cw_refusal *r);

/* Does the signed binding meet @policy? Part of cw_mbn_authenticate(). */
int cw_mbn_check_binding(const struct cw_mbn_policy *policy, enum cw_mbn_authority who,
			 const struct cw_mbn_binding *b, uint64_t at, struct cw_refusal *r);

#endif
