/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image/rproc.h - judge of the signed remoteproc container (docs/formats/rproc-container.md)
 *
 * One judge for everybody: the trusted application and the off-line tool call the same functions with other callbacks.
 * The order is fixed: header, sizes, records copied, signature, then (and only then) the meaning of the records, ELF
 * headers, segments against the signed hash table, memory map, load, resource table from loaded memory. All FMT-W rules
 * apply to every image. Outputs are untouched on failure; a refusal says what, where and why.
 *
 * Memory: the judge uses the workspace it is given and no other; CW_CODE_NO_MEMORY says how many bytes were needed.
 */
#ifndef CW_IMAGE_RPROC_H
#define CW_IMAGE_RPROC_H

#include "base/refusal.h"
#include "base/span.h"
#include "image/source.h"

#define CW_RPROC_MAGIC	     0x3543A468u
#define CW_RPROC_VERSION     1u
#define CW_RPROC_HEADER_SIZE 20
#define CW_RPROC_IMAGES_MAX  8
#define CW_RPROC_SEGMENTS_MAX 128 /* program headers of all images together */
#define CW_RPROC_META_MAX    32768 /* bytes of header, records and signature together */
#define CW_RPROC_HASH_ENTRY_SIZE 64
#define CW_RPROC_NAMES_MAX   8192 /* bytes of an image's section-name string table */

enum cw_rproc_tlv {
	CW_TLV_SIGNTYPE = 0x1,
	CW_TLV_HASHTYPE = 0x2,
	CW_TLV_NUM_IMG = 0x3,
	CW_TLV_IMGTYPE = 0x4,
	CW_TLV_IMGSIZE = 0x5,
	CW_TLV_HASHTABLE = 0x10,
	CW_TLV_PKEYINFO = 0x11,
	CW_TLV_PLATFORM_FIRST = 0x10000,
	CW_TLV_PLATFORM_LAST = 0x1FFFF,
	CW_TLV_CW_HEADERS = 0x1C001,	/* 32 bytes an image: SHA-256 of ELF header || program headers */
	CW_TLV_CW_VERSION = 0x1C002,	/* u64 firmware version */
	CW_TLV_CW_TARGET = 0x1C003,	/* compatible string, no NUL */
	CW_TLV_CW_ENCRYPTION = 0x1C004,
	CW_TLV_CW_FLAGS = 0x1C005,	/* u32; bit 0 debuggable */
	CW_TLV_CW_TABLE = 0x1C006,	/* u32 image, u32 address, u32 size of section .resource_table; all 0: none */
	CW_TLV_CW_FIRST = 0x1C000,	/* ours: one that we do not know is refused, other platform records are skipped */
	CW_TLV_CW_LAST = 0x1C0FF,
};
#define CW_RPROC_FLAG_DEBUGGABLE 1u

/* Record 0x1C004: for each PT_LOAD of all images IV and tag, then an ephemeral point and the wrapped content key. */
#define CW_RPROC_SEAL_SIZE   28	 /* 12 bytes of IV, 16 of tag */
#define CW_RPROC_SEALED_KEY_SIZE 113 /* 65 bytes of point, 32 of key, 16 of tag */

enum cw_rproc_signtype {
	CW_SIGN_RSA = 1,	/* RSASSA-PKCS1-v1_5, SHA-256 */
	CW_SIGN_ECDSA_P256 = 2, /* r || s, SHA-256 */
};

struct cw_rproc_segment {
	uint32_t image; /* index */
	uint32_t index; /* of its program header in the image: the number that sentences use */
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
	uint64_t file_offset; /* of the data in the container */
	uint64_t canonical;   /* env->canonical(paddr), paddr without it */
	const uint8_t *hash;  /* 32 bytes in the copied hash table */
};

struct cw_rproc_image {
	uint64_t file_offset; /* of the ELF in the container */
	uint32_t size;	      /* padded size */
	uint32_t entry;
	uint16_t phnum;
};

/* Record 0x1C006: where the signer saw the resource table. Size 0: nowhere. */
#define CW_RPROC_TABLE_RECORD_SIZE 12
struct cw_rproc_table_record {
	uint32_t image, addr, size;
};

/* What is known of an image once it was judged; points into the workspace. */
struct cw_rproc_container {
	struct cw_span meta;	  /* the copied header and records: the signed message */
	struct cw_span signature;
	struct cw_span pkeyinfo;  /* may be empty */
	struct cw_span hash_table;
	struct cw_span headers;	  /* record 0x1C001, or empty */
	struct cw_span target;	  /* record 0x1C003, or empty */
	struct cw_span encryption; /* record 0x1C004, or empty: segments are encrypted, hashes are those of the ciphertext */
	enum cw_rproc_signtype signtype;
	bool has_version;
	uint64_t version;
	uint32_t flags;
	bool has_table_record;
	struct cw_rproc_table_record table_record;
	unsigned n_images;
	struct cw_rproc_image images[CW_RPROC_IMAGES_MAX];
	unsigned n_segments; /* PT_LOAD with memsz > 0 only, all images, file order */
	struct cw_rproc_segment *segments;
	/* Resource table; size 0 = none. It belongs at rsc_addr (sh_addr); the hashed segment put its bytes at
	 * rsc_load_addr, which is the same place unless p_vaddr and p_paddr differ: then the loader copies. rsc_size is
	 * what its entries span, never more than the section says (bytes behind must be zero). rsc_table is the checked
	 * copy of the loaded bytes; empty when they are encrypted and nothing decrypts them here: rsc_size is then what the
	 * section says. */
	uint32_t rsc_image, rsc_addr, rsc_size, rsc_load_addr;
	uint64_t rsc_file_offset; /* in the container */
	struct cw_span rsc_table;
	uint8_t digest[32]; /* SHA-256 of the signed message: names the image (FMT-W11) */
};

/* What a board may insist on; the bits of its fuses (CW_FUSE_REQUIRE_*). */
#define CW_RPROC_REQUIRE_VERSION 1u
#define CW_RPROC_REQUIRE_TARGET	 2u
#define CW_RPROC_REQUIRE_HEADERS 4u

struct cw_rproc_policy {
	uint32_t require;	   /* CW_RPROC_REQUIRE_* */
	uint64_t minimum_version;  /* rollback: images below are refused; images without a version too when > 0 */
	const char *compatible;	   /* of the processor, to compare with record 0x1C003; NULL = not compared */
};

/* What the judge asks of its surroundings. Every callback returns 0 or -enum cw_code and may fill @r itself; when it does
 * not, the judge writes the sentence (load and hash: -CW_CODE_HASH for bytes that do not match). */
struct cw_rproc_env {
	void *ctx;
	struct cw_rproc_policy policy;
	/* SHA-256 of bytes in private memory. */
	int (*sha256)(void *ctx, struct cw_span data, uint8_t ret_digest[32]);
	/* Is @signature of @digest good under a trusted key? The callback names the key in its refusal. It may fill in
	 * env->policy, which is read afterwards: what a board has run before can depend on the key. */
	int (*verify)(void *ctx, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
		      const uint8_t digest[32], struct cw_span signature, struct cw_refusal *r);
	/* Must [da, da+size) lie wholly inside one region where segments may load? May be NULL: no memory map known.
	 * A refusal lists the regions. */
	int (*check_range)(void *ctx, uint32_t da, uint32_t size, const char *what, struct cw_refusal *r);
	/* One name for a byte that has several device addresses (0x10000000 and 0x30000000). Must be linear within what
	 * check_range() accepts. May be NULL: addresses are compared as they are. */
	uint64_t (*canonical)(void *ctx, uint32_t da);
	/* Load: copy @segment's bytes to its place, hash the destination, compare with segment->hash; zero-fill memsz -
	 * filesz. NULL: only judge, then hash() is asked instead. */
	int (*load)(void *ctx, const struct cw_rproc_segment *segment, struct cw_refusal *r);
	/* Load all of @segments, as load() would, in any order or at once; memory that none covers is zero afterwards. What is
	 * refused first in their order is told in *@ret_bad. -CW_CODE_UNSUPPORTED: load() is called for each instead. May be
	 * NULL. */
	int (*load_all)(void *ctx, const struct cw_rproc_segment *segments, unsigned n,
			unsigned *ret_bad, struct cw_refusal *r);
	/* Judging without loading: called once, when every header was judged, with all that hash() will be asked for (of
	 * filesz bytes), so that it can be done in parallel. May be NULL. */
	void (*ahead)(void *ctx, const struct cw_rproc_segment *segments, unsigned n);
	/* Hash @len bytes at @file_offset of the source (judging without loading). */
	int (*hash)(void *ctx, uint64_t file_offset, uint32_t len, uint8_t ret_digest[32]);
	/* Called once, after the signature and every header was judged, before the first load(): lock the regions. May be
	 * NULL. */
	int (*begin)(void *ctx, struct cw_refusal *r);
	/* Decrypt in place what was loaded, after the last load(): @record is record 0x1C004, @headers the signed program
	 * headers of all PT_LOADs, 32 bytes each, in the same order. -CW_CODE_DECRYPT and *@ret_bad: the number of the one
	 * whose tag is wrong. NULL: an encrypted image is not loaded; judging without loading leaves its contents alone. */
	int (*decrypt)(void *ctx, struct cw_span record, struct cw_span headers, unsigned *ret_bad,
		       struct cw_refusal *r);
	/* Bytes at @da as loaded (after all loads), for the resource table. NULL: taken from the source (its hash is checked
	 * by then). */
	int (*read_back)(void *ctx, uint32_t da, void *buf, uint32_t len);
	/* In [@da, @da + @len) as loaded: how many bytes before the next place, a multiple of 4 behind @da, where a table
	 * may begin (cw_rsc_scan()); @len or more: none. -CW_CODE_UNSUPPORTED, or NULL: the judge reads all of it back. */
	int (*search)(void *ctx, uint32_t da, uint32_t len, uint32_t *ret_skip);
};

/* Judge, and load when env->load is set. @ret is filled only on success and lives as long as @workspace. The caller
 * scrubs after a failure: anything may have been loaded by then (FMT-W9). sha256, verify, and one of load and hash are
 * needed. Reads every byte of the source at most once to judge it, but for old layouts (refused anyway) and, without
 * read_back, the resource table and, without record 0x1C006, what is searched for one; load() or hash() reads what a segment covers, headers too where one covers them, and both
 * must agree with what is signed. Returns 0 or -enum cw_code, any of them. */
int cw_rproc_judge(const struct cw_source *source, const struct cw_rproc_env *env, void *workspace,
		   size_t workspace_size, struct cw_rproc_container *ret, struct cw_refusal *r);

/* The digest that names an image (FMT-W11), from header and records alone: sizes are judged, the signature is not.
 * Needs env->sha256 only. 0 or -enum cw_code. */
int cw_rproc_digest(const struct cw_source *source, const struct cw_rproc_env *env, void *workspace,
		    size_t workspace_size, uint8_t ret_digest[32], struct cw_refusal *r);

/* Workspace that is enough for every image inside the limits. */
#define CW_RPROC_WORKSPACE (CW_RPROC_META_MAX + CW_RPROC_SEGMENTS_MAX * 64 + 16384)

/* One record of a TLV area, for tools: 1 and @ret_* filled, 0 at the clean end, -CW_CODE_RECORD. *@pos starts at 0;
 * @ret_offset is in the area, offsets in refusals are in the file. */
int cw_rproc_tlv_next(struct cw_span area, size_t *pos, uint32_t *ret_type, struct cw_span *ret_value,
		      size_t *ret_offset, struct cw_refusal *r);

#endif
