// SPDX-License-Identifier: BSD-2-Clause
/* The mailbox's rules: one message on its way, 20 waiting, the next at TX-free; SCR is never read. */
#include "bench.h"

#include <stdatomic.h>

static struct bench b;
static struct cw_ipcc ipcc;

static int setup(void **state)
{
	(void)state;
	bench_open(&b);
	return cw_ipcc_open(&ipcc, b.f.bus, 0x4c001000, 0xf);
}

static int teardown(void **state)
{
	(void)state;
	cw_ipcc_close(&ipcc);
	assert_int_equal(b.f.mr, 0x003f003f);
	assert_int_equal(b.f.cr, 0);
	bench_close(&b);
	return 0;
}

static void opened(void **state)
{
	(void)state;
	assert_int_equal(b.f.cr, 0x00010001);
	assert_int_equal(b.f.mr, 0x003f0030); /* four channels listened on, nothing to send */
}

static void queue_of_20(void **state)
{
	(void)state;
	b.f.running = false; /* nobody takes anything */
	for (int i = 0; i < 21; i++)
		assert_int_equal(cw_ipcc_send(&ipcc, 1), 0);
	assert_int_equal(cw_ipcc_send(&ipcc, 1), -ENOBUFS);
	assert_int_equal(cw_ipcc_send(&ipcc, 0), 0); /* another channel */
	assert_int_equal(b.f.kicks[1], 1);	     /* one is on its way, 20 wait */
	assert_int_equal(b.f.mr, 0x003c0030);	     /* TX-free of both is listened for */
	for (int i = 0; i < 20; i++) {
		b.f.to_core = 0; /* the next stays there until the next turn */
		assert_int_equal(cw_ipcc_tx(&ipcc, true), 0);
		assert_int_equal(b.f.kicks[1], i + 2);
	}
	assert_false(cw_ipcc_idle(&ipcc, 1));
	b.f.to_core = 0;
	assert_int_equal(cw_ipcc_tx(&ipcc, true), 0);
	assert_true(cw_ipcc_idle(&ipcc, 1));
	assert_true(cw_ipcc_idle(&ipcc, 0));
	assert_int_equal(b.f.kicks[0], 1);
	assert_int_equal(b.f.kicks[1], 21);
	assert_int_equal(b.f.mr, 0x003f0030); /* masked again */
}

/* Channel 2 becomes free after the look that found channel 1 free: the line never falls, no edge comes. */
static void free_between_look_and_mask(void **state)
{
	unsigned edges;

	(void)state;
	assert_int_equal(cw_ipcc_send(&ipcc, 1), 0);
	assert_int_equal(cw_ipcc_send(&ipcc, 2), 0);
	b.f.to_core &= ~2u;
	b.f.late_acks = 4;
	edges = b.f.n_events;
	assert_int_equal(cw_ipcc_tx(&ipcc, true), 0);
	assert_true(cw_ipcc_idle(&ipcc, 1));
	assert_true(cw_ipcc_idle(&ipcc, 2));
	assert_int_equal(b.f.mr, 0x003f0030);
	assert_in_range(b.f.n_events - edges, 0, 2); /* up once, down once at most */
}

static void receive(void **state)
{
	(void)state;
	b.f.to_host = 0x21; /* channel 5 is masked */
	assert_int_equal(cw_ipcc_rx_channels(&ipcc), 0xf);
	assert_int_equal(cw_ipcc_rx(&ipcc), 0);
	assert_int_equal(b.f.to_host, 0x20);
	assert_int_equal(cw_ipcc_rx(&ipcc), 0);
	assert_int_equal(b.f.to_host, 0x20);
	assert_int_equal(b.f.scr_reads, 0);
}

/* One channel is waited for: the line means it. Who wants to be sure asks, and is told of a line that lies. */
static void line_says_which(void **state)
{
	(void)state;
	assert_int_equal(cw_ipcc_send(&ipcc, 1), 0);
	assert_int_equal(cw_ipcc_tx(&ipcc, true), 0);
	assert_false(cw_ipcc_idle(&ipcc, 1));
	assert_int_equal(cw_ipcc_tx(&ipcc, false), 0);
	assert_true(cw_ipcc_idle(&ipcc, 1));
	assert_int_equal(cw_ipcc_tx(&ipcc, false), 0); /* nothing is waited for */
}

static void forget(void **state)
{
	(void)state;
	b.f.running = false;
	for (int i = 0; i < 5; i++)
		assert_int_equal(cw_ipcc_send(&ipcc, 3), 0);
	cw_ipcc_forget(&ipcc);
	assert_true(cw_ipcc_idle(&ipcc, 3));
	assert_int_equal(b.f.mr, 0x003f0030);
	b.f.to_core = 0;
	assert_int_equal(cw_ipcc_tx(&ipcc, true), 0);
	assert_int_equal(b.f.kicks[3], 1);
}

/* ---- flags in memory ---- */

static int setup_shared(void **state)
{
	(void)state;
	bench_open(&b);
	fake_share(&b.f);
	b.f.running = false;
	return cw_ipcc_open(&ipcc, b.f.bus, 0x4c001000, 0xf);
}

static int teardown_shared(void **state)
{
	teardown(state);
	munmap(b.f.shared, CW_BUS_MAILBOX_SIZE);
	b.f.shared = NULL;
	close(b.f.shared_fd);
	close(b.f.bell);
	return 0;
}

static uint64_t bells(void)
{
	uint64_t n = 0;

	return read(b.f.bell, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

/* A core that sleeps is rung for; one that runs is made to look over the bus. Nothing else is said. */
static void bit_and_bell(void **state)
{
	unsigned crossings = b.f.crossings;

	(void)state;
	b.f.looks = 0;
	atomic_store(&b.f.shared->asleep, 1);
	assert_int_equal(cw_ipcc_send(&ipcc, 1), 0);
	assert_int_equal(atomic_load(&b.f.shared->to_core), 2);
	assert_int_equal(bells(), 1);
	assert_int_equal(b.f.looks, 0);
	atomic_store(&b.f.shared->asleep, 0);
	assert_int_equal(cw_ipcc_send(&ipcc, 0), 0);
	assert_int_equal(atomic_load(&b.f.shared->to_core), 3);
	assert_int_equal(bells(), 0);
	assert_int_equal(b.f.looks, 1);
	assert_int_equal(b.f.mr, 0x003f0030); /* nobody waits for TX-free */
	assert_int_equal(b.f.crossings, crossings);
	assert_false(cw_ipcc_idle(&ipcc, 1));
	atomic_store(&b.f.shared->to_core, 0);
	assert_true(cw_ipcc_idle(&ipcc, 1));
	assert_int_equal(cw_ipcc_send(&ipcc, 0), 0); /* taken: the next goes at once */
	assert_int_equal(atomic_load(&b.f.shared->to_core), 1);
}

/* Another holder of the bell filled its counter: no edge is left in it, so silicon is made to look over the bus. */
static void full_bell(void **state)
{
	uint64_t most = UINT64_MAX - 1;

	(void)state;
	assert_int_equal(write(b.f.bell, &most, sizeof(most)), sizeof(most));
	b.f.looks = 0;
	atomic_store(&b.f.shared->asleep, 1);
	assert_int_equal(cw_ipcc_send(&ipcc, 1), 0);
	assert_int_equal(b.f.looks, 1);
	assert_int_equal(bells(), most);
	atomic_store(&b.f.shared->to_core, 0);
	assert_int_equal(cw_ipcc_send(&ipcc, 1), 0);
	assert_int_equal(b.f.looks, 1);
	assert_int_equal(bells(), 1);
}

/* The rules are those of the registers: one on its way, 20 waiting, TX-free sends the next. */
static void queue_in_memory(void **state)
{
	(void)state;
	for (int i = 0; i < 21; i++)
		assert_int_equal(cw_ipcc_send(&ipcc, 1), 0);
	assert_int_equal(cw_ipcc_send(&ipcc, 1), -ENOBUFS);
	assert_int_equal(b.f.mr, 0x003d0030); /* TX-free is listened for */
	for (int i = 0; i < 20; i++) {
		assert_int_equal(atomic_load(&b.f.shared->to_core), 2);
		assert_int_equal(cw_ipcc_tx(&ipcc, false), 0); /* a late event: not taken yet */
		atomic_store(&b.f.shared->to_core, 0);
		assert_int_equal(cw_ipcc_tx(&ipcc, false), 0);
		assert_int_equal(b.f.mr, i < 19 ? 0x003d0030 : 0x003f0030);
	}
	assert_int_equal(atomic_load(&b.f.shared->to_core), 2);
	assert_false(cw_ipcc_idle(&ipcc, 1));
	assert_int_equal(cw_ipcc_want_free(&ipcc, 1), 0);
	assert_int_equal(b.f.mr, 0x003d0030);
	atomic_store(&b.f.shared->to_core, 0);
	assert_int_equal(cw_ipcc_tx(&ipcc, false), 0);
	assert_true(cw_ipcc_idle(&ipcc, 1));
	assert_int_equal(b.f.mr, 0x003f0030);
}

/* Acknowledged in memory, and the core told only when it waits for that. */
static void receive_in_memory(void **state)
{
	(void)state;
	atomic_store(&b.f.shared->asleep, 1);
	atomic_store(&b.f.shared->to_host, 0x13);
	atomic_store(&b.f.shared->wanted, 0x10);
	assert_int_equal(cw_ipcc_rx(&ipcc), 0);
	assert_int_equal(atomic_load(&b.f.shared->to_host), 0x10); /* not listened to */
	assert_int_equal(bells(), 0);
	atomic_store(&b.f.shared->to_host, 2);
	atomic_store(&b.f.shared->wanted, 2);
	assert_int_equal(cw_ipcc_rx(&ipcc), 0);
	assert_int_equal(bells(), 1);
	assert_int_equal(cw_ipcc_rx(&ipcc), 0); /* was clear already */
	assert_int_equal(bells(), 0);
}

#define S(name) cmocka_unit_test_setup_teardown(name, setup_shared, teardown_shared)
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(opened), T(queue_of_20), T(free_between_look_and_mask),
						T(receive), T(line_says_which), T(forget),
						S(bit_and_bell), S(full_bell), S(queue_in_memory), S(receive_in_memory)};

	return cmocka_run_group_tests_name("rproc-mailbox", tests, NULL, NULL);
}
