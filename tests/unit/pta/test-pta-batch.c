// SPDX-License-Identifier: BSD-2-Clause
/* All segments of an image at once, on several threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/span.h"
#include "pta_calls.h"
#include "secure/tee/workers.h"

#define N	   5
#define IMAGE_SIZE 400000u

/* Where each goes, how long it is, and what follows in memory: at both addresses of the SRAM, one without bytes. */
static const struct {
	uint32_t da, filesz, memsz;
} segs[N] = {
	{0x00000000, 0x8000, 0x10000}, {0x10000001, 100000, 100000}, {0x30018800, 33, 0x700},
	{0x1001a000, 120000, 0x20000}, {0x1003f000, 0, 0x1000},
};
static uint8_t *image, *other; /* the client's memory, and the client's own mapping of it */
static bool begins; /* the batch does what LOAD_BEGIN does */
static uint8_t table[130 * PTA_CW_SEGMENT_SIZE];

static uint32_t source_of(unsigned i)
{
	return 16 + i * 70000;
}

static uint8_t *entry_of(unsigned i)
{
	return table + i * PTA_CW_SEGMENT_SIZE;
}

static void fill_table(void)
{
	for (unsigned i = 0; i < N; i++) {
		cw_put_le64(entry_of(i), source_of(i));
		cw_put_le32(entry_of(i) + 8, segs[i].da);
		cw_put_le32(entry_of(i) + 12, segs[i].filesz);
		cw_put_le32(entry_of(i) + 16, segs[i].memsz);
		cw_put_le32(entry_of(i) + 20, 0);
		test_sha256(image + source_of(i), segs[i].filesz, entry_of(i) + 24);
	}
}

static TEE_Result batch_of(size_t size)
{
	memset(par, 0, sizeof(par));
	par[0].val.b = begins;
	par[1].mem.buf = image;
	par[1].mem.size = IMAGE_SIZE;
	par[1].mem.shared = true;
	par[2].mem.buf = table;
	par[2].mem.size = size;
	par[3].val.a = 0x77;
	return invoke(PTA_CW_LOAD_SEGMENTS, TEE_PARAM_TYPES(VI, MI, MI, VO));
}

static TEE_Result batch(void)
{
	return batch_of(N * PTA_CW_SEGMENT_SIZE);
}

static int begin(void **state)
{
	int r = setup(state), fd = memfd_create("image", MFD_CLOEXEC);

	if (r || fd < 0 || ftruncate(fd, IMAGE_SIZE) < 0)
		return -1;
	image = mmap(NULL, IMAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	other = mmap(NULL, IMAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (image == MAP_FAILED || other == MAP_FAILED)
		return -1;
	for (size_t i = 0; i < IMAGE_SIZE; i++)
		image[i] = (uint8_t)(i * 2654435761u >> 13);
	fill_table();
	cw_workers_pretend(4);
	rig.env.parallel = cw_workers_run;
	return 0;
}

static int end(void **state)
{
	cw_workers_end();
	munmap(image, IMAGE_SIZE);
	munmap(other, IMAGE_SIZE);
	return teardown(state);
}

/* Every byte of SRAM and RETRAM is a segment's, or zero. */
static void check_memory(void)
{
	static uint8_t want[2][0x40000], have[0x40000];
	static const uint32_t base[2] = {0, 0x10000000}, size[2] = {0x10000, 0x40000};

	memset(want, 0, sizeof(want));
	for (unsigned i = 0; i < N; i++) {
		uint32_t da = segs[i].da >= 0x30000000 ? segs[i].da - 0x20000000 : segs[i].da;

		memcpy(want[da >= base[1]] + (da & 0x3FFFF), image + source_of(i), segs[i].filesz);
	}
	for (unsigned k = 0; k < 2; k++) {
		assert_int_equal(peek(base[k], have, size[k]), TEE_SUCCESS);
		assert_memory_equal(have, want[k], size[k]);
	}
}

static void test_all_at_once(void **state)
{
	for (unsigned how = 0; how < 16; how++) {
		rig.no_maps = how & 1;
		rig.unlocked_write = false;
		rig.env.parallel = how & 2 ? cw_workers_run : NULL;
		cw_workers_pretend(how & 4 ? 4 : 2);
		begins = how & 8;
		if (!begins)
			assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
		assert_int_equal(batch(), TEE_SUCCESS);
		check_memory();
		/* again, over what is there: as a recovery does */
		image[source_of(1) + how] ^= 1;
		fill_table();
		assert_int_equal(fill(0x10019000, 0x800, 0xEE), TEE_SUCCESS);
		if (!begins)
			assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
		assert_int_equal(batch(), TEE_SUCCESS);
		check_memory();
		assert_false(rig.unlocked_write);
		assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
		assert_true(rig_memory_zero());
	}
	begins = false;
}

/* A recovery: to memory that is there, and mapped since the start. Pages that are not there are made by nobody. */
static void test_recovery(void **state)
{
	for (unsigned round = 0; round < 6; round++) {
		rig.env.parallel = round & 1 ? cw_workers_run : NULL;
		image[source_of(1) + round] ^= 1;
		fill_table();
		if (round == 4)
			entry_of(3)[30] ^= 1;
		assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
		assert_int_equal(batch(), round == 4 ? TEE_ERROR_SECURITY : TEE_SUCCESS);
		if (round == 4) {
			assert_true(rig_memory_zero());
			continue;
		}
		check_memory();
		assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
		assert_true(rig_idle());
		while (rig_idle())
			;
		assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
	}
	assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	assert_true(rig_memory_zero());
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS); /* of other memory */
	assert_int_equal(batch(), TEE_SUCCESS);
	check_memory();
}

/* What lay there before LOAD_BEGIN is seen by no command. */
static void test_wiped_before_anything_looks(void **state)
{
	uint8_t back[64];

	assert_int_equal(rig_ns_write(0x38000000, image, 64), 0);
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(peek(0, back, 64), TEE_SUCCESS);
	assert_true(cw_span_zero(cw_span(back, 64)));
	assert_int_equal(batch(), TEE_SUCCESS);
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
	assert_true(rig_memory_zero());
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
}

/* Whatever the first call of the bus that fails is, and all behind it: what was to be wiped is, before the core starts. */
static void start_after_failure(TEE_Result (*doing)(void))
{
	unsigned failed = 0, calls = 1;
	uint8_t back[64];

	for (unsigned at = 1; calls >= at - 1; at++) {
		assert_int_equal(rig_ns_write(0x38000000, image, 64), 0);
		assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
		rig.calls = 0;
		rig.fail_on = true;
		rig.fail_at = at;
		failed += doing() != TEE_SUCCESS;
		calls = rig.calls;
		rig.fail_on = false;
		rig.fail_at = 0;
		if (simple(PTA_RPROC_FIRMWARE_START) == TEE_SUCCESS) {
			assert_int_equal(peek(0, back, 64), TEE_SUCCESS);
			assert_true(cw_span_zero(cw_span(back, 64)));
			assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
		}
		assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
	}
	assert_true(failed > 1);
}

static TEE_Result begin_again(void)
{
	return simple(PTA_CW_LOAD_BEGIN);
}

static void test_failed_begin_wiped_nothing(void **state)
{
	start_after_failure(begin_again);
}

static void test_refused_and_not_wiped(void **state)
{
	entry_of(1)[24] ^= 1;
	start_after_failure(batch);
}

/* The first in order is told, whoever finds which first; nothing of the image stays. */
static void test_first_refused_is_told(void **state)
{
	for (unsigned round = 0; round < 60; round++) {
		unsigned wrong = round % 15 + 1, first = 0;

		while (!(wrong & 1u << first))
			first++;
		fill_table();
		for (unsigned i = 0; i < 4; i++)
			entry_of(i)[24] ^= wrong >> i & 1;
		assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
		assert_int_equal(batch(), TEE_ERROR_SECURITY);
		assert_int_equal(par[3].val.a, first);
		assert_true(rig_memory_zero());
	}
}

static void test_tables(void **state)
{
	static const struct {
		unsigned at, field; /* entry, offset in it */
		uint32_t value;
		TEE_Result res;
	} rows[] = {
		{0, 0, IMAGE_SIZE - 0x7FFF, TEE_ERROR_BAD_PARAMETERS},
		{1, 4, 1, TEE_ERROR_BAD_PARAMETERS},
		{2, 0, 0xFFFFFFFF, TEE_ERROR_BAD_PARAMETERS},
		{1, 12, 100001, TEE_ERROR_BAD_PARAMETERS},
		{4, 12, 0x1001, TEE_ERROR_BAD_PARAMETERS},
		{3, 20, 1, TEE_ERROR_BAD_PARAMETERS},
		{2, 8, 0x10000100, TEE_ERROR_BAD_PARAMETERS}, /* on another */
		{3, 8, 0x30000000, TEE_ERROR_BAD_PARAMETERS}, /* by its other address */
		{2, 8, 0x50000000, TEE_ERROR_ACCESS_DENIED},
		{0, 8, 1, TEE_ERROR_ACCESS_DENIED},
		{4, 16, 0, TEE_ERROR_ACCESS_DENIED},
		{3, 16, 0xFFFFFFFF, TEE_ERROR_ACCESS_DENIED},
	};

	assert_int_equal(batch(), TEE_ERROR_BAD_STATE); /* not begun */
	assert_int_equal(load(0x10000000, "x", 1, NULL), TEE_SUCCESS);
	assert_int_equal(batch(), TEE_ERROR_BAD_STATE); /* by a TA that begins nothing */
	assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fill_table();
		cw_put_le32(entry_of(rows[i].at) + rows[i].field, rows[i].value);
		assert_int_equal(batch(), rows[i].res);
		assert_int_equal(par[3].val.a, rows[i].at);
	}
	fill_table();
	assert_int_equal(batch_of(0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(batch_of(PTA_CW_SEGMENT_SIZE - 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(batch_of(129 * PTA_CW_SEGMENT_SIZE), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(batch(), TEE_SUCCESS);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_START), TEE_SUCCESS);
	assert_int_equal(batch(), TEE_ERROR_BAD_STATE);
	assert_int_equal(simple(PTA_RPROC_FIRMWARE_STOP), TEE_SUCCESS);
}

/* Whichever call of the bus fails: an error, and RELEASE leads back to zeros. */
static void test_every_call_fails(void **state)
{
	unsigned calls, failed = 0;
	bool good;

	for (int maps = 0; maps < 2; maps++) {
		rig.no_maps = !maps;
		rig.calls = 0;
		assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
		assert_int_equal(batch(), TEE_SUCCESS);
		assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
		calls = rig.calls;
		for (unsigned at = 1; at <= calls; at++) {
			rig.calls = 0;
			rig.fail_at = at;
			good = simple(PTA_CW_LOAD_BEGIN) == TEE_SUCCESS && batch() == TEE_SUCCESS;
			rig.fail_at = 0;
			if (good)
				check_memory();
			failed += !good;
			assert_int_equal(simple(PTA_RPROC_RELEASE), TEE_SUCCESS);
			assert_true(rig_memory_zero());
		}
	}
	assert_true(failed > 4);
}

static atomic_bool enough;

static void *spoil(void *arg)
{
	volatile uint8_t *bytes = other;

	for (unsigned i = 0; !atomic_load(&enough); i = (i + 4099) % IMAGE_SIZE) {
		bytes[i] ^= 0xFF;
		bytes[i] ^= 0xFF;
	}
	return NULL;
}

/* The client changes the image while it is copied: what is loaded has its digest, or nothing is loaded. */
static void test_image_changes(void **state)
{
	static uint8_t have[0x40000];
	uint8_t digest[32];
	pthread_t thread;

	atomic_store(&enough, false);
	assert_int_equal(pthread_create(&thread, NULL, spoil, NULL), 0);
	for (unsigned round = 0; round < 50; round++) {
		assert_int_equal(simple(PTA_CW_LOAD_BEGIN), TEE_SUCCESS);
		if (batch() != TEE_SUCCESS) {
			assert_true(rig_memory_zero());
			continue;
		}
		for (unsigned i = 0; i < N; i++) {
			if (!segs[i].filesz)
				continue;
			assert_int_equal(peek(segs[i].da, have, segs[i].filesz), TEE_SUCCESS);
			test_sha256(have, segs[i].filesz, digest);
			assert_memory_equal(digest, entry_of(i) + 24, 32);
		}
	}
	atomic_store(&enough, true);
	pthread_join(thread, NULL);
}

/* ---- the threads themselves ---- */

static atomic_uint seen[500];

static void note(void *arg, unsigned i)
{
	atomic_fetch_add(&seen[i], 1);
}

static void test_workers(void **state)
{
	for (unsigned round = 0; round < 300; round++) {
		unsigned n = round * 7 % 500;

		if (round % 50 == 0) {
			cw_workers_end();
			cw_workers_pretend(round / 50);
		}
		memset(seen, 0, sizeof(seen));
		cw_workers_run(n, note, NULL);
		for (unsigned i = 0; i < 500; i++)
			assert_int_equal(seen[i], i < n);
	}
	cw_workers_count();
	cw_workers_run(500, note, NULL);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, begin, end)
	const struct CMUnitTest tests[] = {
		T(test_all_at_once),
		T(test_recovery),
		T(test_wiped_before_anything_looks),
		T(test_failed_begin_wiped_nothing),
		T(test_refused_and_not_wiped),
		T(test_first_refused_is_told),
		T(test_tables),
		T(test_every_call_fails),
		T(test_image_changes),
		T(test_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
