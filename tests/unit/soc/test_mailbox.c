/* SPDX-License-Identifier: BSD-2-Clause */
/* IPCC and HSEM, from both sides. */
#include "probe.h"

#define IPCC   0x4C001000u
#define C1CR   (IPCC + 0x00)
#define C1MR   (IPCC + 0x04)
#define C1SCR  (IPCC + 0x08)
#define C1TOC2 (IPCC + 0x0C)
#define C2CR   (IPCC + 0x10)
#define C2MR   (IPCC + 0x14)
#define C2SCR  (IPCC + 0x18)
#define C2TOC1 (IPCC + 0x1C)

static void ipcc_identifies_itself(void **state)
{
	struct probe *p = *state;

	assert_int_equal(rd(p, NS, IPCC + 0x3F0), 6);
	assert_int_equal(rd(p, NS, IPCC + 0x3F4), 0x10);
	assert_int_equal(rd(p, NS, IPCC + 0x3F8), 0x00100071);
	assert_int_equal(rd(p, NS, IPCC + 0x3FC), 0xA3C5DD01);
	assert_int_equal(rd(p, NS, C1MR), 0xFFFFFFFF);
	assert_int_equal(rd(p, M4, C2MR), 0xFFFFFFFF);
}

static void ipcc_scr_reads_zero(void **state)
{
	struct probe *p = *state;

	wr(p, NS, C1SCR, 0x003F0000);
	wr(p, M4, C2SCR, 0x003F0000);
	assert_int_equal(rd(p, NS, C1SCR), 0);
	assert_int_equal(rd(p, M4, C2SCR), 0);
	assert_int_equal(rd(p, NS, C1TOC2), 0x3F);
	assert_int_equal(rd(p, NS, C2TOC1), 0x3F);
	wr(p, M4, C2SCR, 0x05);
	assert_int_equal(rd(p, NS, C1TOC2), 0x3A);
	assert_int_equal(rd(p, NS, C2TOC1), 0x3F);
	wr(p, NS, C1TOC2, 0);
	assert_int_equal(rd(p, NS, C1TOC2), 0x3A);
}

static void ipcc_rx_is_a_level(void **state)
{
	struct probe *p = *state;

	wr(p, NS, C1SCR, 1u << 17);
	assert_false(p->core_line[103]);
	wr(p, M4, C2MR, 0x003F003D);
	wr(p, M4, C2CR, 1);
	assert_true(p->core_line[103]);
	wr(p, M4, C2MR, 0x003F003F);
	assert_false(p->core_line[103]);
	wr(p, M4, C2MR, 0x003F003D);
	assert_true(p->core_line[103]);
	wr(p, M4, C2SCR, 1u << 1);
	assert_false(p->core_line[103]);

	wr(p, NS, C1MR, 0x003F003E);
	wr(p, NS, C1CR, 1);
	wr(p, M4, C2SCR, 1u << 16);
	assert_true(p->host_line[CW_LINE_IPCC_RX]);
	wr(p, NS, C1SCR, 1);
	assert_false(p->host_line[CW_LINE_IPCC_RX]);
}

static void ipcc_tx_free_is_a_level(void **state)
{
	struct probe *p = *state;

	wr(p, NS, C1CR, 1u << 16);
	assert_false(p->host_line[CW_LINE_IPCC_TX]);
	wr(p, NS, C1SCR, 1u << 18);
	wr(p, NS, C1MR, 0x003B003F);
	assert_false(p->host_line[CW_LINE_IPCC_TX]);
	wr(p, M4, C2SCR, 1u << 2);
	assert_true(p->host_line[CW_LINE_IPCC_TX]);
	wr(p, NS, C1CR, 0);
	assert_false(p->host_line[CW_LINE_IPCC_TX]);

	wr(p, M4, C2CR, 1u << 16);
	wr(p, M4, C2MR, 0x001F003F);
	assert_true(p->core_line[104]);
	wr(p, M4, C2SCR, 1u << 21);
	assert_false(p->core_line[104]);
}

static void ipcc_lines_are_told_once(void **state)
{
	struct probe *p = *state;

	wr(p, M4, C2MR, 0);
	wr(p, M4, C2CR, 1);
	p->changes = 0;
	wr(p, NS, C1SCR, 1u << 16);
	wr(p, NS, C1SCR, 1u << 17);
	assert_int_equal(p->changes, 1);
	ops->reset(p->soc);
	assert_int_equal(p->changes, 2);
	assert_false(p->core_line[103]);
}

static void shared_flags_are_the_registers(void **state)
{
	struct probe *p = *state;

	wr(p, M4, C2MR, 0x003F0000);
	wr(p, M4, C2CR, 1);
	atomic_fetch_or(&p->mailbox.to_core, 2);
	assert_int_equal(rd(p, M4, C1TOC2), 2);
	assert_true(p->core_line[103]); /* any look will do */
	wr(p, M4, C2SCR, 2);
	assert_int_equal(atomic_load(&p->mailbox.to_core), 0);
	assert_false(p->core_line[103]);

	atomic_fetch_or(&p->mailbox.to_core, 1);
	ops->look(p->soc, true);
	assert_true(p->core_line[103]);
	assert_int_equal(atomic_load(&p->mailbox.asleep), 1);
	ops->look(p->soc, false);
	assert_int_equal(atomic_load(&p->mailbox.asleep), 0);

	wr(p, M4, C2SCR, 1u << 18);
	assert_int_equal(atomic_load(&p->mailbox.to_host), 4);
	wr(p, NS, C1SCR, 4 | 1u << 20);
	assert_int_equal(atomic_load(&p->mailbox.to_host), 0);
	assert_int_equal(atomic_load(&p->mailbox.to_core), 0x11);
	ops->reset(p->soc);
	assert_int_equal(atomic_load(&p->mailbox.to_core), 0);
}

/* The host clears without a word: the next message is an edge all the same, and the fall is none. */
static void a_flag_cleared_in_memory_rings_again(void **state)
{
	struct probe *p = *state;
	unsigned rises = 0;

	wr(p, NS, C1MR, 0xFFFFFFFC);
	wr(p, NS, C1CR, 1);
	p->changes = 0;
	for (unsigned i = 0; i < 3; i++) {
		wr(p, M4, C2SCR, 1u << 16);
		assert_true(p->host_line[CW_LINE_IPCC_RX]);
		assert_int_equal(p->changes, ++rises);
		/* a second flag is no edge while the first is set */
		wr(p, M4, C2SCR, 1u << 17);
		assert_int_equal(p->changes, rises);
		atomic_fetch_and(&p->mailbox.to_host, ~3u);
		if (i == 1)
			assert_int_equal(rd(p, M4, C2TOC1), 0);
		if (i == 2)
			ops->look(p->soc, true);
		assert_int_equal(p->changes, rises);
	}
}

/* TX-free of a channel that was occupied again in memory. */
static void a_flag_set_in_memory_frees_again(void **state)
{
	struct probe *p = *state;

	wr(p, NS, C1CR, 1u << 16);
	atomic_fetch_or(&p->mailbox.to_core, 1);
	wr(p, NS, C1MR, 0xFFFEFFFF);
	assert_false(p->host_line[CW_LINE_IPCC_TX]);
	p->changes = 0;
	for (unsigned i = 0; i < 3; i++) {
		wr(p, M4, C2SCR, 1);
		assert_true(p->host_line[CW_LINE_IPCC_TX]);
		assert_int_equal(p->changes, i + 1);
		atomic_fetch_or(&p->mailbox.to_core, 1);
	}
}

/* What the core waits for is there to be read, and its line follows the host's clearing. */
static void the_core_says_what_it_waits_for(void **state)
{
	struct probe *p = *state;

	assert_int_equal(atomic_load(&p->mailbox.wanted), 0);
	wr(p, M4, C2SCR, 1u << 17);
	wr(p, M4, C2MR, 0xFFFDFFFF);
	assert_int_equal(atomic_load(&p->mailbox.wanted), 0);
	wr(p, M4, C2CR, 1u << 16);
	assert_int_equal(atomic_load(&p->mailbox.wanted), 2);
	assert_false(p->core_line[104]);
	atomic_fetch_and(&p->mailbox.to_host, ~2u);
	ops->look(p->soc, true);
	assert_true(p->core_line[104]);
	wr(p, M4, C2CR, 0);
	assert_int_equal(atomic_load(&p->mailbox.wanted), 0);
}

static void junk_in_memory_is_six_channels(void **state)
{
	struct probe *p = *state;

	atomic_store(&p->mailbox.to_core, UINT32_MAX);
	atomic_store(&p->mailbox.to_host, UINT32_MAX);
	atomic_store(&p->mailbox.wanted, UINT32_MAX);
	atomic_store(&p->mailbox.asleep, UINT32_MAX);
	assert_int_equal(rd(p, M4, C1TOC2), 0x3F);
	assert_int_equal(rd(p, NS, C2TOC1), 0x3F);
	wr(p, M4, C2SCR, 0x3F);
	assert_int_equal(rd(p, M4, C1TOC2), 0);
	wr(p, M4, C2MR, 0);
	wr(p, M4, C2CR, 1u << 16);
	assert_int_equal(atomic_load(&p->mailbox.wanted), 0x3F);
	ops->look(p->soc, true);
	assert_int_equal(atomic_load(&p->mailbox.asleep), 1);
}

#define HSEM   0x4C000000u
#define R(n)   (HSEM + 4 * (n))
#define RLR(n) (HSEM + 0x80 + 4 * (n))

static void hsem_read_locks(void **state)
{
	struct probe *p = *state;

	assert_int_equal(rd(p, M4, RLR(0)), 0x80000200);
	assert_int_equal(rd(p, M4, RLR(0)), 0x80000200);
	assert_int_equal(rd(p, NS, RLR(0)), 0x80000200);
	assert_int_equal(rd(p, NS, RLR(1)), 0x80000100);
	assert_int_equal(rd(p, M4, R(1)), 0x80000100);
	assert_int_equal(rd(p, M4, R(2)), 0);
}

static void hsem_only_the_owner_releases(void **state)
{
	struct probe *p = *state;

	rd(p, M4, RLR(0));
	wr(p, NS, R(0), 0x100);
	assert_int_equal(rd(p, NS, R(0)), 0x80000200);
	wr(p, NS, R(0), 0x200); /* in the other's name */
	assert_int_equal(rd(p, NS, R(0)), 0x80000200);
	wr(p, M4, R(0), 0x201); /* another process */
	assert_int_equal(rd(p, NS, R(0)), 0x80000200);
	wr(p, M4, R(0), 0x200);
	assert_int_equal(rd(p, NS, R(0)), 0);
}

static void hsem_two_step_lock(void **state)
{
	struct probe *p = *state;

	wr(p, M4, R(3), 0x80000207);
	assert_int_equal(rd(p, M4, R(3)), 0x80000207);
	wr(p, NS, R(3), 0x80000101);
	assert_int_equal(rd(p, NS, R(3)), 0x80000207);
	wr(p, M4, R(4), 0x80000101);
	assert_int_equal(rd(p, M4, R(4)), 0);
	wr(p, M4, R(3), 0x207);
	assert_int_equal(rd(p, NS, R(3)), 0);
}

static void hsem_release_interrupts(void **state)
{
	struct probe *p = *state;

	wr(p, M4, HSEM + 0x110, 1u << 5); /* C2IER */
	rd(p, NS, RLR(5));
	assert_false(p->core_line[125]);
	wr(p, NS, R(5), 0x100);
	assert_true(p->core_line[125]);
	assert_int_equal(rd(p, M4, HSEM + 0x118), 1u << 5);
	assert_int_equal(rd(p, M4, HSEM + 0x11C), 1u << 5);
	assert_int_equal(rd(p, NS, HSEM + 0x108), 1u << 5);
	assert_int_equal(rd(p, NS, HSEM + 0x10C), 0);
	wr(p, M4, HSEM + 0x114, 1u << 5);
	assert_false(p->core_line[125]);
	assert_int_equal(rd(p, NS, HSEM + 0x108), 1u << 5);
}

static void hsem_clear_by_key(void **state)
{
	struct probe *p = *state;

	wr(p, NS, HSEM + 0x144, 0x12340000);
	rd(p, M4, RLR(0));
	rd(p, M4, RLR(31));
	rd(p, NS, RLR(1));
	wr(p, NS, HSEM + 0x140, 0x43210200);
	assert_int_equal(rd(p, NS, R(0)), 0x80000200);
	wr(p, NS, HSEM + 0x140, 0x12340200);
	assert_int_equal(rd(p, NS, R(0)), 0);
	assert_int_equal(rd(p, NS, R(31)), 0);
	assert_int_equal(rd(p, NS, R(1)), 0x80000100);
	assert_int_equal(rd(p, NS, HSEM + 0x118), 0x80000001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE_TEST(ipcc_identifies_itself),	  PROBE_TEST(ipcc_scr_reads_zero),
		PROBE_TEST(ipcc_rx_is_a_level),		  PROBE_TEST(ipcc_tx_free_is_a_level),
		PROBE_TEST(ipcc_lines_are_told_once),	  PROBE_TEST(hsem_read_locks),
		PROBE_TEST(shared_flags_are_the_registers),
		PROBE_TEST(a_flag_cleared_in_memory_rings_again),
		PROBE_TEST(a_flag_set_in_memory_frees_again),
		PROBE_TEST(the_core_says_what_it_waits_for),
		PROBE_TEST(junk_in_memory_is_six_channels),
		PROBE_TEST(hsem_only_the_owner_releases), PROBE_TEST(hsem_two_step_lock),
		PROBE_TEST(hsem_release_interrupts),	  PROBE_TEST(hsem_clear_by_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
