/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure/pta/rproc_copy.h - one stretch of bytes from the client's memory to the processor's, hashed on the way
 *
 * The source may change while we look: it is read once, by the copy, and the copy is judged and stored (FMT-W12), or judged
 * where it belongs, in locked memory that nobody else changes. A stretch
 * knows nothing of the TEE, so that several can be under way at once, each on a thread of its own.
 */
#ifndef CW_PTA_RPROC_COPY_H
#define CW_PTA_RPROC_COPY_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct rproc_copy {
	const uint8_t *from;
	size_t len;
	int fd;	     /* of the memory; -1: store() is called instead */
	uint64_t at; /* in the file, or canonical address for store() */
	uint8_t *map; /* where the memory is mapped, with its pages; NULL: it is written to by @fd */
	int (*store)(void *arg, uint64_t pa, const uint8_t *data, size_t len);
	void *arg;
	void *md; /* rproc_copy_prepare() */
	uint8_t digest[32];
	int result;
};

/* Everything that needs memory. 0, -ENOMEM. */
int rproc_copy_prepare(struct rproc_copy *c);
void rproc_copy_done(struct rproc_copy *c);

/* Copy, hash, store: @c->result and, when that is 0, @c->digest. Ends early, with -ECANCELED, when *@stop is below @index
 * (NULL: never). */
void rproc_copy_run(struct rproc_copy *c, const atomic_uint *stop, unsigned index);

#endif
