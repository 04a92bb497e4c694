// SPDX-License-Identifier: BSD-2-Clause
/* sign/mbn_hash.c - all segments of an image, hashed by all processors */
#include "sign/mbn.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX   16
#define WORTH_THREADS (1u << 20) /* bytes below which a thread costs more than it saves */

struct job {
	struct cw_span bytes;
	unsigned index;
};

struct work {
	struct job *jobs; /* the largest first, so that none of them is left for the end */
	unsigned n;
	size_t digest_size;
	uint8_t (*ret)[CW_MBN_DIGEST_MAX];
	atomic_uint next;
	atomic_bool failed;
};

static void *work_on(void *arg)
{
	struct work *w = arg;
	unsigned i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->n)
		if (!cw_digest_parts(&w->jobs[i].bytes, 1, w->digest_size,
				     w->ret[w->jobs[i].index]))
			atomic_store(&w->failed, true);
	return NULL;
}

static int larger_first(const void *a, const void *b)
{
	const struct job *x = a, *y = b;

	return (x->bytes.len < y->bytes.len) - (x->bytes.len > y->bytes.len);
}

static void run(struct work *w, size_t total)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[THREADS_MAX];
	unsigned wanted = processors > 1 ? (unsigned)processors - 1 : 0, started = 0;

	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	if (total < WORTH_THREADS)
		wanted = 0;
	/* One that cannot be started is done by the others. */
	while (started < wanted && started + 1 < w->n &&
	       !pthread_create(&threads[started], NULL, work_on, w))
		started++;
	work_on(w);
	while (started)
		pthread_join(threads[--started], NULL);
}

int cw_mbn_hash_all(const struct cw_mbn *m, uint8_t (*ret)[CW_MBN_DIGEST_MAX], struct cw_refusal *r)
{
	struct work w = {.digest_size = m->digest_size, .ret = ret};
	struct cw_mbn_phdr p;
	size_t total = 0;
	int rc = 0;

	w.jobs = calloc(m->elf.phnum, sizeof(*w.jobs));
	if (!w.jobs)
		return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for digests");
	for (unsigned i = 0; !rc && i < m->elf.phnum; i++) {
		cw_mbn_phdr(m->file, &m->elf, i, &p);
		if (!p.filesz || i == m->hash_index)
			continue;
		w.jobs[w.n].index = i;
		rc = cw_mbn_bytes(m, i, &w.jobs[w.n].bytes, r);
		total += w.jobs[w.n++].bytes.len;
	}
	if (!rc) {
		qsort(w.jobs, w.n, sizeof(*w.jobs), larger_first);
		run(&w, total);
	}
	if (!rc && atomic_load(&w.failed))
		rc = cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for a digest");
	free(w.jobs);
	return rc;
}
