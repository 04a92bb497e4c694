// SPDX-License-Identifier: BSD-2-Clause
/* sign/mbn_hash.c - all segments of an image, hashed by all processors */
#include <stdlib.h>

#include "sign/mbn_internal.h"

static int find_all(const struct cw_mbn *m, uint8_t (*ret)[CW_MBN_DIGEST_MAX],
		    struct cw_hash_job *jobs, unsigned *ret_n, struct cw_refusal *r)
{
	struct cw_mbn_phdr p;
	int rc = 0;

	for (unsigned i = 0; !rc && i < m->elf.phnum; i++) {
		cw_mbn_phdr(m->file, &m->elf, i, &p);
		if (!p.filesz || i == m->hash_index)
			continue;
		jobs[*ret_n].ret = ret[i];
		rc = cw_mbn_bytes(m, i, &jobs[(*ret_n)++].bytes, r);
	}
	return rc;
}

int cw_mbn_hash_begin(const struct cw_mbn *m, uint8_t (*ret)[CW_MBN_DIGEST_MAX],
		      const struct cw_progress *progress, struct cw_mbn_hashing *h,
		      struct cw_refusal *r)
{
	unsigned n = 0;
	int rc;

	h->jobs = calloc(m->elf.phnum, sizeof(*h->jobs));
	if (!h->jobs)
		return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for digests");
	rc = find_all(m, ret, h->jobs, &n, r);
	if (!rc)
		h->hashing = cw_hash_begin(h->jobs, n, m->digest_size, progress);
	return rc;
}

int cw_mbn_hash_end(struct cw_mbn_hashing *h, struct cw_refusal *r)
{
	bool good = cw_hash_end(h->hashing);

	h->hashing = NULL;
	cw_mbn_hash_give_up(h);
	return good ? 0
		    : cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for a digest");
}

void cw_mbn_hash_give_up(struct cw_mbn_hashing *h)
{
	cw_hash_give_up(h->hashing);
	free(h->jobs);
	*h = (struct cw_mbn_hashing){0};
}

int cw_mbn_hash_all(const struct cw_mbn *m, uint8_t (*ret)[CW_MBN_DIGEST_MAX],
		    const struct cw_progress *progress, struct cw_refusal *r)
{
	struct cw_mbn_hashing h = {0};
	int rc = cw_mbn_hash_begin(m, ret, progress, &h, r);

	if (!rc)
		return cw_mbn_hash_end(&h, r);
	cw_mbn_hash_give_up(&h);
	return rc;
}
