// SPDX-License-Identifier: BSD-2-Clause
/* sign/hash.c - a queue of pieces, and threads that empty it */
#include "sign/hash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "crypto/verify.h"
#include "sign/aside.h"

#define THREADS_MAX   64
#define WORTH_THREADS (512u << 10) /* bytes below which a thread costs more than it saves */
#define CHUNK	      (1u << 20)   /* bytes between two looks at the clock, or at who gave up */

struct cw_hashing {
	struct cw_hash_job *jobs; /* the largest first, so that none of them is left for the end */
	unsigned n;
	size_t digest_size;
	struct cw_progress progress;
	uint64_t total;
	atomic_uint next;
	atomic_uint_fast64_t done;
	atomic_bool failed, unwanted;
	pthread_t threads[THREADS_MAX];
	unsigned n_threads;
};

static void tell(struct cw_hashing *h, bool mine, size_t more)
{
	uint64_t done = atomic_fetch_add(&h->done, more) + more;

	if (mine && h->progress.fn)
		h->progress.fn(h->progress.ctx, done, h->total);
}

static bool hash_one(struct cw_hashing *h, const struct cw_hash_job *job, bool mine)
{
	struct cw_digest *d = cw_digest_new(h->digest_size);
	size_t part;

	for (size_t at = 0; d && at < job->bytes.len; at += part) {
		part = job->bytes.len - at < CHUNK ? job->bytes.len - at : CHUNK;
		if (atomic_load(&h->unwanted) ||
		    !cw_digest_add(d, cw_span(job->bytes.ptr + at, part))) {
			cw_digest_free(d);
			return false;
		}
		tell(h, mine, part);
	}
	return d && cw_digest_end(d, job->ret);
}

static void work(struct cw_hashing *h, bool mine)
{
	unsigned i;

	while ((i = atomic_fetch_add(&h->next, 1)) < h->n)
		if (!hash_one(h, &h->jobs[i], mine))
			atomic_store(&h->failed, true);
}

static void *helper(void *arg)
{
	work(arg, false);
	return NULL;
}

static int larger_first(const void *a, const void *b)
{
	const struct cw_hash_job *x = a, *y = b;

	return (x->bytes.len < y->bytes.len) - (x->bytes.len > y->bytes.len);
}

/* What cannot be started is done by the others. */
static void start_helpers(struct cw_hashing *h, uint64_t bytes)
{
	unsigned wanted = cw_other_processors();

	if (bytes < WORTH_THREADS)
		return;
	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	while (h->n_threads < wanted && h->n_threads + 1 < h->n &&
	       cw_thread_start(&h->threads[h->n_threads], helper, h))
		h->n_threads++;
}

static struct cw_hashing *prepare(struct cw_hash_job *jobs, unsigned n, size_t digest_size,
				  const struct cw_progress *progress)
{
	struct cw_hashing *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->jobs = jobs;
	h->n = n;
	h->digest_size = digest_size;
	if (progress)
		h->progress = *progress;
	for (unsigned i = 0; i < n; i++)
		h->total += jobs[i].bytes.len;
	if (n)
		qsort(jobs, n, sizeof(*jobs), larger_first);
	return h;
}

struct cw_hashing *cw_hash_begin(struct cw_hash_job *jobs, unsigned n, size_t digest_size,
				 const struct cw_progress *progress)
{
	struct cw_hashing *h = prepare(jobs, n, digest_size, progress);

	if (h)
		start_helpers(h, h->total);
	return h;
}

/* The largest is the caller's own, who has nothing else to do. */
bool cw_hash_all(struct cw_hash_job *jobs, unsigned n, size_t digest_size,
		 const struct cw_progress *progress)
{
	struct cw_hashing *h = prepare(jobs, n, digest_size, progress);

	if (h && n)
		start_helpers(h, h->total - jobs[0].bytes.len);
	return cw_hash_end(h);
}

bool cw_hash_end(struct cw_hashing *h)
{
	bool good;

	if (!h)
		return false;
	work(h, true);
	while (h->n_threads)
		pthread_join(h->threads[--h->n_threads], NULL);
	if (h->progress.fn)
		h->progress.fn(h->progress.ctx, h->total, h->total);
	good = !atomic_load(&h->failed);
	free(h);
	return good;
}

void cw_hash_give_up(struct cw_hashing *h)
{
	if (!h)
		return;
	atomic_store(&h->unwanted, true);
	atomic_store(&h->next, h->n);
	while (h->n_threads)
		pthread_join(h->threads[--h->n_threads], NULL);
	free(h);
}
