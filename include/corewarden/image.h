/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * corewarden/image.h - firmware images off-line: what is in a file, and would a board take it
 *
 * The same judge that a board's trusted loader runs, over a file in memory, without a board. A struct cw_image exists only
 * when the whole file passed what was asked of it, so nothing that can be read from one was left unchecked; with a key it
 * is also authentic. A file that fails has no object, only a sentence: what, where, why.
 *
 *	struct cw_image_check check = {.key = key, .compatible = "st,stm32mp1-m4"};
 *	if (cw_image_open(bytes, size, &check, &image, &err) < 0)
 *		puts(err.text);
 *
 * Nothing here keeps global state, prints, or touches files but the one named to cw_image_key_load(). An object may be
 * read by any number of threads. Everything an accessor returns lives as long as the image. Formats may be added: treat an
 * unknown enum value as "another format".
 *
 * Formats: docs/formats/rproc-container.md; ELF of the System V ABI, 32 bits, little-endian; OP-TEE's signed trusted
 * application (core/include/signed_hdr.h). Limits: docs/limits.md. Qualcomm's images are not judged here yet: one of 32 bits is
 * taken for the ELF file that it is also, and is never authentic.
 */
#ifndef COREWARDEN_IMAGE_H
#define COREWARDEN_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/error.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* what a library exports */

struct cw_image;
struct cw_key;

enum cw_image_format {
	CW_IMAGE_UNKNOWN = 0,
	CW_IMAGE_ELF = 1,   /* firmware, not signed */
	CW_IMAGE_RPROC = 2, /* signed remoteproc container */
	CW_IMAGE_TA = 3,    /* signed trusted application */
};

/* What the first bytes say, without looking further. */
enum cw_image_format cw_image_recognise(const void *bytes, size_t size);

/* "elf", "rproc", "ta"; "unknown" for others. Static string. */
const char *cw_image_format_name(enum cw_image_format format);

/* ---- keys -------------------------------------------------------------------------------------------------------- */

/* Load the public key in a file: PEM or DER, a SubjectPublicKeyInfo, or a certificate of which nothing but the key is
 * looked at. 0; -ENOENT, -EACCES, ... the file; -EFBIG; -EBADMSG not a public key; -EKEYREJECTED a kind that is not taken
 * (RSA-2048, -3072, -4096 and ECDSA P-256 are); -ENOMEM. */
int cw_image_key_load(const char *path, struct cw_key **ret_key, struct cw_error *err);
/* Accepts NULL, returns NULL. */
struct cw_key *cw_image_key_free(struct cw_key *key);
/* SHA-256 of the DER SubjectPublicKeyInfo in lower-case hex, as a fuse holds it; and "RSA-2048", ... Live as long as the
 * key. */
const char *cw_image_key_fingerprint(const struct cw_key *key);
const char *cw_image_key_kind(const struct cw_key *key);

/* ---- judging ----------------------------------------------------------------------------------------------------- */

/* Records that must be under the signature. */
#define CW_IMAGE_REQUIRE_VERSION 1u
#define CW_IMAGE_REQUIRE_TARGET	 2u
#define CW_IMAGE_REQUIRE_HEADERS 4u

/* Memory that segments may be loaded to. @pa tells apart, or shows the same, what has several device addresses: list such
 * memory once for each. From a board: the regions of struct cw_board_rproc that are not for exchange. */
struct cw_image_region {
	const char *name;
	uint64_t da, size, pa; /* bytes */
};

/* What the file is held to. All zero, or no struct at all: its form and every digest in it. */
struct cw_image_check {
	const struct cw_key *key;   /* trusted; NULL: the signature is not checked. An ELF passes only without a key */
	unsigned require;	    /* CW_IMAGE_REQUIRE_* */
	uint64_t minimum_version;   /* an older firmware version, and none at all, is refused; 0 = any */
	const char *compatible;	    /* of the processor: an image made for another is refused; NULL = any */
	const struct cw_image_region *regions; /* NULL: no memory map is known */
	unsigned n_regions;
};

/* Judge @size @bytes, which are borrowed until cw_image_free() and must not change. @check may be NULL.
 *   0             it holds; *@ret_image is the caller's
 *   -EBADMSG      the form: not a format of ours, truncated, malformed, sizes or tables that contradict each other
 *   -EKEYREJECTED not to be trusted: signature, key, digest, version, target, a record that is required
 *   -ERANGE       a segment lies outside of @check's regions
 *   -EOPNOTSUPP   known to the format, not to this library: a signature type; a key with a trusted application, whose
 *                 signature only a TEE checks
 *   -EFBIG        over a limit
 *   -ENOMEM
 * err->reason is the judge's code, cw_image_reason_name() its word. */
int cw_image_open(const void *bytes, size_t size, const struct cw_image_check *check,
		  struct cw_image **ret_image, struct cw_error *err);
/* Accepts NULL, returns NULL. */
struct cw_image *cw_image_free(struct cw_image *image);

/* The word of err->reason: "signature", "rollback", ... as in corewarden(1), REFUSALS. Static string. */
const char *cw_image_reason_name(int reason);

/* ---- what is in it ----------------------------------------------------------------------------------------------- */

enum cw_image_format cw_image_format(const struct cw_image *image);

/* A key was given, and the signature is that key's. */
bool cw_image_authentic(const struct cw_image *image);

/* 32 bytes that name the image: SHA-256 of what is signed. NULL when the format signs nothing. */
const uint8_t *cw_image_digest(const struct cw_image *image);

/* The signed version. False, output untouched, when there is none. */
bool cw_image_version(const struct cw_image *image, uint64_t *ret_version);

/* The compatible string it is made for, or NULL: any. The UUID of a trusted application in text form, or NULL. */
const char *cw_image_target(const struct cw_image *image);
const char *cw_image_uuid(const struct cw_image *image);

/* The entry point in the ELF header of ELF number @elf (a container has up to eight). False when there is no such. */
bool cw_image_entry(const struct cw_image *image, unsigned elf, uint64_t *ret_entry);

/* What is loaded: PT_LOAD segments with memory, in the order of the file. */
struct cw_image_segment {
	unsigned elf;	      /* number of the ELF in the container */
	unsigned index;	      /* of its program header there */
	uint64_t da;	      /* where it is loaded: p_paddr, as the processor sees it */
	uint64_t va;	      /* where it is linked: p_vaddr */
	uint64_t file_offset; /* of its bytes in the file */
	uint64_t filesz;      /* bytes in the file */
	uint64_t memsz;	      /* bytes in memory: what is more than filesz is zeroed */
	uint32_t flags;	      /* 1 executable, 2 writable, 4 readable */
	const uint8_t *sha256; /* 32 bytes, signed, and compared with the file's; NULL in an ELF */
};
unsigned cw_image_segments(const struct cw_image *image);
/* NULL past the last. */
const struct cw_image_segment *cw_image_segment(const struct cw_image *image, unsigned i);

/* The resource table, checked whole: its bytes, and (unless NULL) where it belongs. NULL when there is none. */
const void *cw_image_resource_table(const struct cw_image *image, size_t *ret_size, uint64_t *ret_da);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
