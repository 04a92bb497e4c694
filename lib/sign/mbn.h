/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/mbn.h - the judge of image/mbn.h over files, with certificates; and making such images
 *
 * The same judgement as in a secure world: signature and chain of every authority that signed, what they bind, every
 * segment against the signed table. Segments are hashed by several threads.
 */
#ifndef CW_SIGN_MBN_H
#define CW_SIGN_MBN_H

#include <time.h>

#include "crypto/key.h"
#include "crypto/x509.h"
#include "image/mbn.h"
#include "sign/hash.h"
#include "sign/pieces.h"

struct cw_mbn_offline {
	struct cw_mbn_policy policy;
	const struct cw_root *root;	/* of the OEM; NULL: as self */
	const struct cw_root *qti_root; /* NULL: a QTI signature is refused, unless @root is self */
	time_t when;			/* compare validity with this time; 0: do not */
	const uint8_t (*known)[CW_MBN_DIGEST_MAX]; /* digest of each program header's bytes, which the caller made himself */
	/* Passes cw_chain_check() with root 0, which the caller sees to; or NULL. The same certificates are not checked again. */
	const struct cw_chain *checked[CW_MBN_AUTHORITIES];
	struct cw_progress progress; /* of hashing */
};

/* An authority that signed. */
struct cw_mbn_signer {
	bool good; /* chain, root and signature */
	struct cw_mbn_binding binding;
	struct cw_chain *chain; /* NULL: absent, or unreadable */
	enum cw_scheme scheme;
};

struct cw_mbn_verdict {
	struct cw_mbn mbn; /* borrows from the file */
	bool opened;
	struct cw_mbn_signer signer[CW_MBN_AUTHORITIES];
};

/* Judge the image whose named file is @file. @ret (all zero before) holds what was found out, also after a refusal; the
 * caller calls cw_mbn_verdict_done(). 0 or -enum cw_code. */
int cw_mbn_offline_judge(struct cw_span file, uint64_t base, const struct cw_mbn_files *files,
			 const struct cw_mbn_offline *offline, struct cw_mbn_verdict *ret,
			 struct cw_refusal *r);

void cw_mbn_verdict_done(struct cw_mbn_verdict *v);

/* Digests of all segments that have bytes, by as many threads as there are processors: @ret has phnum elements. 0 or -enum
 * cw_code of the first segment that could not be read. */
int cw_mbn_hash_all(const struct cw_mbn *m, uint8_t (*ret)[CW_MBN_DIGEST_MAX],
		    const struct cw_progress *progress, struct cw_refusal *r);

/* What a leaf of versions 3 and 5 binds. @table_and_header: bytes that its SW_SIZE must say. */
int cw_mbn_leaf_binding(const struct cw_chain *chain, size_t table_and_header, uint64_t at,
			struct cw_mbn_binding *ret, struct cw_refusal *r);

/* ---- making ---- */

/* An authority that shall sign: its key, and its chain as DER back to back, leaf first. */
struct cw_mbn_authority_key {
	const struct cw_key *key; /* NULL: does not sign */
	struct cw_span chain;
};

struct cw_mbn_request {
	const char *name; /* of the input, for sentences */
	struct cw_span elf;
	struct cw_mbn_files files;				/* when the input is split */
	uint32_t version;					/* 3, 5, 6, 7 */
	struct cw_mbn_authority_key signer[CW_MBN_AUTHORITIES]; /* the OEM must */
	struct cw_mbn_binding
		binding; /* v6, v7: written as metadata; v3, v5: must be what the leaf says (software_id) */
	bool software_of_leaf; /* v3, v5: whatever that is */
	struct cw_progress progress; /* of hashing */
};

/* What was made: all zero before, cw_mbn_made_done() frees it. */
struct cw_mbn_made {
	struct cw_pieces file; /* merged; borrows from the request's input */
	uint8_t *head;	       /* headers, and hash segment at hash_at */
	struct cw_span *segment; /* bytes of each program header that was carried over; of others none */
	struct cw_chain *chain[CW_MBN_AUTHORITIES]; /* NULL: did not sign */
	size_t len;
	uint32_t software_id;
	uint32_t headers; /* bytes of ELF header and program headers */
	unsigned phnum, hash_index;
	size_t hash_at, hash_size; /* of the hash segment */
	size_t signed_size;	   /* bytes under a signature, segments not counted */
};

/* Sign an ELF file, 32 or 64 bits wide, signed before or not: former hash segments are replaced, sections dropped, the
 * segments' bytes kept. The result is judged before it is handed out.
 *   -EINVAL    the request contradicts itself, the key is not that of the leaf
 *   -EBADMSG   the input is no ELF file that can be loaded, or the judge refuses the result (a leaf for another image)
 *   -E2BIG     over a limit of image/mbn.h, or addresses that the version has no room for
 *   -ENOMEM; what cw_key_sign_scheme() returns */
int cw_sign_mbn(const struct cw_mbn_request *request, struct cw_mbn_made *ret,
		struct cw_error *err);

void cw_mbn_made_done(struct cw_mbn_made *made);

/* Bytes of header and hash table that an image of @elf will have: SW_SIZE of a leaf for versions 3 and 5. 0: no ELF file. */
size_t cw_mbn_table_size(struct cw_span elf, uint32_t version);

/* As an .mdt and .bNN files instead of merged: @put is called with index -1 for the .mdt (headers and hash segment), then with
 * the number of every program header that has bytes. Returns what @put returns. */
int cw_mbn_split(const struct cw_mbn_made *made,
		 int (*put)(void *ctx, int index, struct cw_span head, struct cw_span tail,
			    struct cw_error *err),
		 void *ctx, struct cw_error *err);

#endif
