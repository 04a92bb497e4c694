// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every sequence is failed at every one of its crossings (bus and TEE calls), one after the other. After each failure the
 * counters must be what they were before: sessions, shared memory, mappings, descriptors, and what the TEE holds.
 */
#include "bench.h"

static struct bench b;

struct counters {
	unsigned sessions, shms, maps, fds;
};

static struct counters count(void)
{
	return (struct counters){b.f.sessions, b.f.shms, count_maps(), count_fds()};
}

static void same(struct counters was, unsigned n)
{
	struct counters is = count();

	if (memcmp(&was, &is, sizeof(is)))
		fail_msg("crossing %u failed: sessions %u -> %u, shared memory %u -> %u, mappings %u -> %u, "
			 "descriptors %u -> %u",
			 n, was.sessions, is.sessions, was.shms, is.shms, was.maps, is.maps, was.fds,
			 is.fds);
}

static void arm(unsigned n)
{
	b.f.crossings = 0;
	b.f.fail_at = n;
	b.f.broke = false;
}

/* Boot again, for good measure, and stop. */
static void healthy(void)
{
	arm(0);
	if (cw_rproc_state(b.rproc) != CW_RPROC_OFFLINE)
		must(&b, cw_rproc_stop(b.rproc, &b.err));
	b.f.ta_state = 0; /* where a failed RELEASE left something loaded: another client's matter */
	start(&b);
	process(&b);
	must(&b, cw_rproc_stop(b.rproc, &b.err));
}

static void setup_registered(void)
{
	bench_open(&b);
	must(&b, bench_register(&b, false));
	b.f.n_events = 0;
	healthy();
}

static void tee_33_register(void **state)
{
	struct counters before;
	unsigned n = 0;

	(void)state;
	bench_open(&b);
	before = count();
	do {
		arm(++n);
		if (bench_register(&b, false) == 0) {
			assert_false(b.f.broke);
			break;
		}
		assert_null(b.rproc);
		assert_null(b.f.platform.owner);
		same(before, n);
	} while (n < 100);
	assert_in_range(n, 4, 20);
	bench_close(&b);
}

/* @unauthenticated: the same with the plain back end. */
static void fail_boot(bool stock)
{
	struct counters before;
	unsigned n = 0, failed = 0;
	int r;

	setup_registered();
	b.f.stock = stock;
	b.f.protected = !stock;
	before = count();
	do {
		b.steps[0] = '\0';
		arm(++n);
		r = cw_rproc_start(b.rproc, &b.err);
		if (!b.f.broke)
			break;
		if (r < 0) {
			failed++;
			assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_OFFLINE);
			assert_string_not_equal(b.err.text, "");
		} else {
			arm(0);
			must(&b, cw_rproc_stop(b.rproc, &b.err));
		}
		same(before, n);
		assert_false(b.f.running);
		/* released, or at least nothing of a start that failed is left loaded */
		assert_int_equal(b.f.ta_state, 0);
		healthy();
	} while (n < 200);
	assert_in_range(failed, 15, 60);
	bench_close(&b);
}

static void tee_33_boot(void **state)
{
	(void)state;
	fail_boot(false);
}

static void tee_33_boot_with_a_stock_service(void **state)
{
	(void)state;
	fail_boot(true);
}

static void tee_33_stop(void **state)
{
	struct counters before;
	unsigned n = 0, failed = 0;
	int r;

	(void)state;
	setup_registered();
	before = count();
	do {
		start(&b);
		process(&b);
		arm(++n);
		r = cw_rproc_stop(b.rproc, &b.err);
		if (!b.f.broke)
			break;
		if (r < 0) {
			failed++;
			/* either not stopped, and still running; or stopped and not released, and offline */
			if (cw_rproc_state(b.rproc) == CW_RPROC_RUNNING)
				assert_non_null(strstr(b.err.text, "not stopped, still running"));
			else
				assert_non_null(strstr(b.err.text, "stopped, but its memory is not released"));
		}
		arm(0);
		if (cw_rproc_state(b.rproc) == CW_RPROC_RUNNING)
			must(&b, cw_rproc_stop(b.rproc, &b.err));
		same(before, n);
		healthy();
	} while (n < 100);
	assert_in_range(failed, 2, 10);
	bench_close(&b);
}

static void tee_33_recovery(void **state)
{
	struct counters before;
	unsigned n = 0, failed = 0;
	int r;

	(void)state;
	setup_registered();
	before = count();
	do {
		start(&b);
		process(&b);
		cw_rproc_set_recovery(b.rproc, false);
		fake_crash(&b.f, CW_CRASH_FAULT);
		process(&b);
		arm(++n);
		r = cw_rproc_recover(b.rproc, &b.err);
		if (r < 0) {
			failed++;
			assert_int_equal(cw_rproc_state(b.rproc), CW_RPROC_CRASHED);
		}
		bool through = !b.f.broke;

		arm(0);
		must(&b, cw_rproc_stop(b.rproc, &b.err)); /* always possible */
		same(before, n);
		assert_int_equal(b.f.ta_state, 0);
		if (through)
			break;
		healthy();
	} while (n < 100);
	assert_in_range(failed, 8, 60);
	bench_close(&b);
}

static void tee_33_unregister_at_every_failure(void **state)
{
	struct counters before;
	unsigned n = 0;

	(void)state;
	bench_open(&b);
	before = count();
	do {
		must(&b, bench_register(&b, false));
		start(&b);
		arm(++n);
		b.rproc = cw_rproc_free(b.rproc);
		same(before, n);
		if (!b.f.broke)
			break;
		arm(0);
		b.f.ta_state = 0;
		b.f.running = false;
	} while (n < 100);
	assert_in_range(n, 4, 40);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tee_33_register),
		cmocka_unit_test(tee_33_boot),
		cmocka_unit_test(tee_33_boot_with_a_stock_service),
		cmocka_unit_test(tee_33_stop),
		cmocka_unit_test(tee_33_recovery),
		cmocka_unit_test(tee_33_unregister_at_every_failure),
	};

	return cmocka_run_group_tests_name("rproc-faults", tests, NULL, NULL);
}
