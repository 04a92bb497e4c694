/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sign/hash.h - many digests at once, by all processors
 *
 * SHA goes from the first byte to the last, so one piece of bytes is one thread's work: what is in one segment cannot be split.
 * There are as many threads as processors that the process may run on, the caller's among them, and never more than pieces.
 */
#ifndef CW_SIGN_HASH_H
#define CW_SIGN_HASH_H

#include "base/span.h"

/* Who wants to know how far it is. Called by the thread that finishes the hashing, now and then; the last time, also when it
 * failed, with @done = @total. */
struct cw_progress {
	void (*fn)(void *ctx, uint64_t done, uint64_t total); /* bytes */
	void *ctx;
};

struct cw_hash_job {
	struct cw_span bytes; /* must not change */
	uint8_t *ret;	      /* where the digest goes */
};

struct cw_hashing;

/* Begin: others hash already while the caller does something else. @jobs (sorted by this call) belongs to the caller and stays
 * until the end. @digest_size: 32 or 48, of all. @progress may be NULL. NULL without memory. */
struct cw_hashing *cw_hash_begin(struct cw_hash_job *jobs, unsigned n, size_t digest_size,
				 const struct cw_progress *progress);

/* Help with the rest, and wait for it. False: a digest failed (no memory). NULL is false. Frees @h. */
bool cw_hash_end(struct cw_hashing *h);

/* Nobody wants to know any more: wait until nobody reads the bytes. NULL is fine. Frees @h. */
void cw_hash_give_up(struct cw_hashing *h);

/* Both at once. */
bool cw_hash_all(struct cw_hash_job *jobs, unsigned n, size_t digest_size,
		 const struct cw_progress *progress);

#endif
