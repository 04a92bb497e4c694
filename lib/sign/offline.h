/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/offline.h - the judge of image/rproc.h over a file in private memory
 *
 * The same judgement as in a TEE, without loading: signature under one trusted key, every digest,
 * the memory map when the caller knows one. Used by the signer on its own output, and by tools. Segments are hashed by
 * as many threads as there are processors.
 */
#ifndef CW_SIGN_OFFLINE_H
#define CW_SIGN_OFFLINE_H

#include "crypto/key.h"
#include "image/rproc.h"
#include "sign/hash.h"
#include "sign/pieces.h"

/* A SHA-256 that the caller made himself of these bytes of the file, and nobody needs to make again. */
struct cw_known_digest {
	uint64_t at;
	uint32_t len;
	const uint8_t *digest;
};

struct cw_sign_elf;
/* The one of these bytes, or NULL. */
const uint8_t *cw_known_digest(const struct cw_known_digest *known, unsigned n, uint64_t at,
			       uint32_t len);

/* Those that the judge made; owns its memory. Starts as all zero. */
struct cw_made_digests {
	struct cw_known_digest *known;
	unsigned n;
	uint8_t (*digests)[CW_SHA256_SIZE];
};

void cw_made_digests_done(struct cw_made_digests *made);

struct cw_offline {
	struct cw_span file;		/* borrowed: the result points at it in part */
	const struct cw_pieces *pieces; /* instead of @file, when it is not NULL: one in pieces */
	const struct cw_known_digest *known;
	unsigned n_known;
	struct cw_made_digests *made; /* NULL, or filled with digests of segments, also when the image is refused */
	struct cw_progress progress;  /* of hashing */
	const struct cw_key
		*key;	   /* trusted; NULL: no signature is checked, only said so by the caller */
	bool any_pkeyinfo; /* let a PKEYINFO pass that does not ask for @key: it is meant for
			      another platform */
	struct cw_rproc_policy policy;
	/* The ELF files of an encrypted image as they were before: their contents are judged, too. */
	const struct cw_sign_elf *plain;
	unsigned n_plain;
	/* The memory map; all three may be NULL. As in struct cw_rproc_env, with @map as ctx. */
	void *map;
	int (*check_range)(void *map, uint32_t da, uint32_t size, const char *what,
			   struct cw_refusal *r);
	uint64_t (*canonical)(void *map, uint32_t da);
};

/* What was found out; owns its memory. Starts as all zero. */
struct cw_offline_result {
	struct cw_rproc_container image;
	void *workspace;
};

/* 0, or -enum cw_code and @r (may be NULL) is filled; @ret is then untouched. */
int cw_offline_judge(const struct cw_offline *offline, struct cw_offline_result *ret,
		     struct cw_refusal *r);

/* Free; a result of all zero is fine. */
void cw_offline_done(struct cw_offline_result *result);

#endif
