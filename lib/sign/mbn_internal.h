/* SPDX-License-Identifier: BSD-2-Clause */
/* sign/mbn_internal.h - an image that is being made, and one whose segments are being hashed */
#ifndef CW_SIGN_MBN_INTERNAL_H
#define CW_SIGN_MBN_INTERNAL_H

#include "sign/aside.h"
#include "sign/mbn.h"

#define CW_MBN_PAGE 4096u

/* A segment that is carried over. */
struct cw_mbn_carried {
	struct cw_mbn_phdr phdr; /* offset: in the new file */
	unsigned index;		 /* of its program header in the new file */
	struct cw_span bytes;
	uint64_t old_offset;
};

struct cw_mbn_making {
	const struct cw_mbn_request *request;
	struct cw_mbn_elf elf; /* of the input */
	struct cw_mbn_carried *carried;
	unsigned n, phnum, hash_index;
	uint32_t headers;
	unsigned digest_size;
	size_t part[CW_MBN_PARTS]; /* bytes of each */
	size_t header_size, hash_size;
	uint64_t hash_at, hash_paddr;
	struct cw_mbn_carried **sorted; /* by place */
	uint8_t *head;			/* headers and hash segment */
	size_t head_len;
	struct cw_pieces file;
	uint8_t (*digests)[CW_MBN_DIGEST_MAX]; /* of every program header's bytes */
	struct cw_chain *chain[CW_MBN_AUTHORITIES]; /* NULL: does not sign */
	/* another thread's until the end */
	bool bad_chain[CW_MBN_AUTHORITIES];
	struct cw_refusal chain_refusal[CW_MBN_AUTHORITIES];
	uint32_t software_id; /* that the image was judged to have */
	struct cw_error *err;
};

/* Hashing that goes on beside something else; zero before. A missing part of a split image: as cw_mbn_bytes(). */
struct cw_mbn_hashing {
	struct cw_hash_job *jobs;
	struct cw_hashing *hashing;
};

int cw_mbn_hash_begin(const struct cw_mbn *m, uint8_t (*ret)[CW_MBN_DIGEST_MAX],
		      const struct cw_progress *progress, struct cw_mbn_hashing *h,
		      struct cw_refusal *r);
int cw_mbn_hash_end(struct cw_mbn_hashing *h, struct cw_refusal *r);
void cw_mbn_hash_give_up(struct cw_mbn_hashing *h);

/* Where everything goes, the file in pieces, an empty head. 0 or negative. */
int cw_mbn_lay_out(struct cw_mbn_making *m);
void cw_mbn_write_headers(struct cw_mbn_making *m);

/* Metadata of @who into the @len bytes at @p. */
void cw_mbn_write_common(const struct cw_mbn_binding *b, unsigned digest_size, uint8_t *p);
void cw_mbn_write_meta(uint32_t version, enum cw_mbn_authority who, const struct cw_mbn_binding *b,
		       uint8_t *p);

#endif
