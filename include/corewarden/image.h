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
 * Nothing here keeps global state, prints, or touches files but those named to cw_image_key_load() and cw_image_root_load().
 * Large images are hashed by as many threads as the process may use processors: they run during cw_image_open() only, with
 * all signals blocked. An object may be read by any number of threads. Everything an accessor returns lives as long as the
 * image. Formats may be added: treat an unknown enum value as "another format".
 *
 * The bytes must not change while they are judged or read, and must not vanish: a program that maps a file which others may
 * write or cut is killed by SIGBUS, or judges what nobody boots. Read a copy.
 *
 * Formats: docs/formats/rproc-container.md; ELF of the System V ABI, 32 bits, little-endian; OP-TEE's signed trusted
 * application (core/include/signed_hdr.h); Qualcomm's images, header versions 3, 5, 6 and 7, merged or split
 * (docs/formats/mbn.md); resource tables by themselves. Limits: docs/limits.md.
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
	CW_IMAGE_MBN = 4,   /* Qualcomm's: an ELF file with a hash segment */
};

/* What the first bytes say, of an ELF file its program headers too, without looking further. */
enum cw_image_format cw_image_recognise(const void *bytes, size_t size);

/* "elf", "rproc", "ta", "mbn"; "unknown" for others. Static string. */
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
 *   -EKEYREJECTED not to be trusted: signature, key, certificate, digest, version, target, a record that is required
 *   -ERANGE       a segment lies outside of @check's regions
 *   -EOPNOTSUPP   known to the format, not to this library: a signature type; a key with a trusted application, whose
 *                 signature only a TEE checks; a key, or what a container is held to, with a Qualcomm image:
 *                 cw_image_open_mbn() asks for what such an image is held to; several ELF files one behind the other
 *   -EFBIG        over a limit
 *   -ENOMEM
 * err->reason is the judge's code, cw_image_reason_name() its word. */
int cw_image_open(const void *bytes, size_t size, const struct cw_image_check *check,
		  struct cw_image **ret_image, struct cw_error *err);
/* Accepts NULL, returns NULL. */
struct cw_image *cw_image_free(struct cw_image *image);

/* Is a resource table by itself, as it lies in memory, well-formed? 0; -EBADMSG; -EFBIG over a limit. */
int cw_image_check_resource_table(const void *bytes, size_t size, struct cw_error *err);

/* ---- Qualcomm's images ------------------------------------------------------------------------------------------- */

/* What a device knows of the root of a certificate chain. */
struct cw_image_root;

/* @text: a digest of 64 (SHA-256) or 96 (SHA-384) hex digits, or the file of a certificate, PEM or DER. 0; -ENOENT, ... the
 * file; -EBADMSG neither; -ENOMEM. */
int cw_image_root_load(const char *text, struct cw_image_root **ret_root, struct cw_error *err);
/* Accepts NULL, returns NULL. */
struct cw_image_root *cw_image_root_free(struct cw_image_root *root);

/* What such an image is held to. All zero: its form, that every certificate is signed by the next, every signature and every
 * digest in it; whoever made it. */
struct cw_image_mbn_check {
	const struct cw_image_root *oem_root; /* NULL: any root, and the image is not authentic */
	const struct cw_image_root *qti_root; /* given: QTI's signature is required; NULL with an oem_root: it is refused */
	const char *pas; /* the peripheral that it shall boot, by name or PAS id: "adsp", "1"; NULL: any */
	const uint32_t *soc, *oem, *model; /* what the fuses of the device hold; NULL: not compared */
	uint32_t minimum_rollback;
	int64_t valid_at; /* seconds since 1970, when all certificates must be valid; 0: not compared, as in devices */
	const struct cw_image_region *regions; /* NULL: no memory map is known */
	unsigned n_regions;
	/* Of a split image, whose .mdt was given: all bytes of the .bNN of program header @index, which must live as long as the
	 * image. 0, or negative: there is none. NULL: the image must be merged. */
	int (*part)(void *ctx, unsigned index, const void **ret_bytes, size_t *ret_size);
	void *ctx;
};

/* As cw_image_open(), which holds such an image to nothing; -EINVAL: no such peripheral. */
int cw_image_open_mbn(const void *bytes, size_t size, const struct cw_image_mbn_check *check,
		      struct cw_image **ret_image, struct cw_error *err);

/* Who signed, and what for. Strings are text for people, but for the digests in lower-case hex. */
struct cw_image_signer {
	const char *authority; /* "OEM", "QTI" */
	const char *scheme;    /* "RSASSA-PSS, SHA-256", ... */
	const char *root_sha256, *root_sha384;
	const char *software; /* of software_id: "adsp"; "unknown" */
	uint32_t software_id; /* the image type, SW_ID */
	uint32_t rollback;
	uint32_t oem, model; /* meant when they are bound */
	bool oem_bound, model_bound, soc_bound, debuggable;
	const uint32_t *soc; /* hardware versions that it is for, when they are bound */
	unsigned n_soc;
};
/* NULL past the last, and for other formats. The OEM comes first. */
const struct cw_image_signer *cw_image_signer(const struct cw_image *image, unsigned i);

/* The word of err->reason: "signature", "rollback", ... as in corewarden(1), REFUSALS. Static string. */
const char *cw_image_reason_name(int reason);

/* ---- what is in it ----------------------------------------------------------------------------------------------- */

enum cw_image_format cw_image_format(const struct cw_image *image);

/* A key or root was given, and the signature is that key's, the chain ends in that root. */
bool cw_image_authentic(const struct cw_image *image);

/* 32 bytes that name the image: SHA-256 of what is signed (of a Qualcomm image: of all before the signatures). NULL when the
 * format signs nothing. */
const uint8_t *cw_image_digest(const struct cw_image *image);

/* The signed version; of a Qualcomm image the OEM's rollback version. False, output untouched, when there is none. */
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
	uint64_t file_offset; /* of its bytes in the file; of a split image where they would be in a merged one */
	uint64_t filesz;      /* bytes in the file */
	uint64_t memsz;	      /* bytes in memory: what is more than filesz is zeroed */
	uint32_t flags;	      /* 1 executable, 2 writable, 4 readable */
	const uint8_t *sha256; /* 32 bytes, signed, and compared with the file's; NULL in an ELF, or when it is not SHA-256 */
	const uint8_t *digest; /* the same whatever it is: digest_size 32 SHA-256, 48 SHA-384, 0 in an ELF */
	unsigned digest_size;
};
unsigned cw_image_segments(const struct cw_image *image);
/* NULL past the last. */
const struct cw_image_segment *cw_image_segment(const struct cw_image *image, unsigned i);

/* The resource table, checked whole: its bytes, and (unless NULL) where it belongs. NULL when there is none, or
 * when it is encrypted: only the board that has the key can read it. */
const void *cw_image_resource_table(const struct cw_image *image, size_t *ret_size, uint64_t *ret_da);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
