/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/container.h - make signed images
 *
 * A remoteproc container (docs/formats/rproc-container.md) of 1 to CW_RPROC_IMAGES_MAX ELF files,
 * or the signed file of a trusted application. What is made is judged before it is handed out, so
 * nothing leaves here that our own loader would refuse for its form. A plain container is what
 * OP-TEE's script makes of the same input, byte for byte when the key is RSA.
 */
#ifndef CW_SIGN_CONTAINER_H
#define CW_SIGN_CONTAINER_H

#include "crypto/key.h"
#include "image/rproc.h"
#include "sign/hash.h"
#include "sign/pieces.h"

#define CW_SIGN_PLATFORM_MAX 32 /* platform records given by the user */

struct cw_sign_elf {
	const char *name; /* for sentences */
	struct cw_span bytes;
};

struct cw_sign_record {
	uint32_t type;
	struct cw_span value;
};

struct cw_sign_request {
	const struct cw_key *key;
	const struct cw_sign_elf *elfs; /* in the order they are loaded */
	unsigned n_elfs;
	bool plain; /* none of our records: the next three must be unset */
	bool has_version;
	bool debuggable;
	const char *target; /* compatible string, or NULL */
	uint64_t version;
	bool has_pkeyinfo;
	struct cw_span pkeyinfo; /* may be empty */
	const struct cw_sign_record *platform;
	unsigned n_platform; /* the last of several with one type wins, in the place of the first */
	const struct cw_key *encrypt_to; /* a board's device key, on P-256; NULL: in the clear. Not with @plain */
	struct cw_progress progress; /* of hashing */
};

/* What was made: all zero before, cw_signed_done() frees it. */
struct cw_signed {
	struct cw_pieces file; /* borrows from the request's ELF files */
	struct cw_encrypted *encrypted; /* or from these; owned */
	uint8_t *head;	       /* the pieces that are new */
	size_t len;
	size_t signed_len;   /* bytes under the signature */
	unsigned n_segments; /* PT_LOAD with memory */
	uint8_t digest[32];  /* SHA-256 of the signed part */
};

/* Make a container. @err->reason holds the judge's code when an input was refused.
 *   -EINVAL    the request contradicts itself (sentence says how)
 *   -EBADMSG   an input is not an ELF that can be loaded, or the judge refuses the result
 *   -E2BIG     over a limit of image/rproc.h
 *   -ENOMEM; and what cw_key_sign() returns */
int cw_sign_rproc(const struct cw_sign_request *request, struct cw_signed *ret,
		  struct cw_error *err);

void cw_signed_done(struct cw_signed *made);

/* Make a TA file of @elf. The key must be RSA (-EINVAL). */
int cw_sign_ta(const struct cw_key *key, const struct cw_sign_elf *elf, const uint8_t uuid[16],
	       uint32_t version, struct cw_signed *ret, struct cw_error *err);

/* Replace @path by a file of these pieces, whole or not at all: written beside it and renamed. Not
 * synced, as no compiler does: it can be made again. What is there and is no plain file (a pipe,
 * /dev/null) is written to directly. 0 or -errno. */
int cw_sign_write_pieces(const char *path, const struct cw_pieces *file, struct cw_error *err);

/* The same with a file in one piece. */
int cw_sign_write_file(const char *path, const void *data, size_t len, struct cw_error *err);

#endif
