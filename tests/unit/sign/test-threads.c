// SPDX-License-Identifier: BSD-2-Clause
/* sign/test-threads.c - many digests by many threads are what one thread makes of them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/verify.h"
#include "crypto/x509.h"
#include "sign/hash.h"

#define JOBS 40
#define MIB  (1u << 20)

struct world {
	uint8_t *bytes;
	size_t size;
	struct cw_hash_job jobs[JOBS];
	uint8_t digests[JOBS][48];
	uint64_t told, total;
	unsigned calls;
};

/* Lengths from nothing to over a chunk, overlapping, each digest with a place of its own. */
static struct world *world_new(unsigned n)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->size = 3 * MIB + 17;
	w->bytes = malloc(w->size);
	assert_non_null(w->bytes);
	for (size_t i = 0; i < w->size; i++)
		w->bytes[i] = (uint8_t)(i * 31 + (i >> 9));
	for (unsigned i = 0; i < n; i++) {
		size_t len = i * 77777u % (w->size - i);

		w->jobs[i] = (struct cw_hash_job){cw_span(w->bytes + i, len), w->digests[i]};
		w->total += len;
	}
	return w;
}

static void world_free(struct world *w)
{
	free(w->bytes);
	free(w);
}

static void check(const struct world *w, unsigned n, size_t digest_size)
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t want[48];

		assert_true(cw_digest_parts(&w->jobs[i].bytes, 1, digest_size, want));
		assert_memory_equal(w->jobs[i].ret, want, digest_size);
	}
}

static void count(void *ctx, uint64_t done, uint64_t total)
{
	struct world *w = ctx;

	assert_true(done >= w->told && done <= total && total == w->total);
	w->told = done;
	w->calls++;
}

static void all(void **state)
{
	static const unsigned counts[] = {0, 1, 2, 3, JOBS};

	for (unsigned i = 0; i < 2 * 5; i++) {
		unsigned n = counts[i / 2];
		size_t size = i % 2 ? 48 : 32;
		struct world *w = world_new(n);
		struct cw_progress progress = {.fn = count, .ctx = w};

		assert_true(cw_hash_all(w->jobs, n, size, &progress));
		check(w, n, size);
		assert_true(w->calls && w->told == w->total);
		world_free(w);
	}
}

static void beside_something_else(void **state)
{
	struct world *w = world_new(JOBS);
	struct cw_hashing *h = cw_hash_begin(w->jobs, JOBS, 32, NULL);
	uint8_t meanwhile[32];

	assert_non_null(h);
	assert_int_equal(cw_crypto_sha256(NULL, cw_span(w->bytes, 1000), meanwhile), 0);
	assert_true(cw_hash_end(h));
	check(w, JOBS, 32);
	world_free(w);
}

/* Nobody reads the bytes any more when it returns: they are freed at once. */
static void given_up(void **state)
{
	for (unsigned i = 0; i < 20; i++) {
		struct world *w = world_new(JOBS);

		cw_hash_give_up(cw_hash_begin(w->jobs, JOBS, 48, NULL));
		world_free(w);
	}
	cw_hash_give_up(NULL);
	assert_false(cw_hash_end(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all),
		cmocka_unit_test(beside_something_else),
		cmocka_unit_test(given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
