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

struct cw_mbn_offline {
	struct cw_mbn_policy policy;
	const struct cw_root *root;	/* of the OEM; NULL: as self */
	const struct cw_root *qti_root; /* NULL: a QTI signature is refused, unless @root is self */
	time_t when;			/* compare validity with this time; 0: do not */
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
		    struct cw_refusal *r);

/* What a leaf of versions 3 and 5 binds. @table_and_header: bytes that its SW_SIZE must say. */
int cw_mbn_leaf_binding(const struct cw_chain *chain, size_t table_and_header, uint64_t at,
			struct cw_mbn_binding *ret, struct cw_refusal *r);

#endif
