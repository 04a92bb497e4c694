/* SPDX-License-Identifier: BSD-2-Clause */
/* Who starts and resets the core, and what resets tell. */
#include "probe.h"

#define TZCR	     0x50000000u
#define MP_GCR	     0x5000010Cu
#define MP_GRSTCSETR 0x50000404u
#define MC_RSTSCLRR  0x50000C00u
#define RPR3	     0x5000D04Cu

static void open_to_all(struct probe *p)
{
	wr(p, SEC, TZCR, 1);
}

static void power_on_is_closed(void **state)
{
	struct probe *p = *state;
	static const enum cw_master outsiders[] = {NS, M4};

	assert_int_equal(rd(p, NS, TZCR), 3);
	assert_true(ops->held(p->soc));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(ops->write(p->soc, outsiders[i], TZCR, 4, 0), -EACCES);
		assert_int_equal(ops->write(p->soc, outsiders[i], TZCR, 1, 0), -EACCES);
		assert_int_equal(ops->write(p->soc, outsiders[i], MP_GCR, 4, 1), -EACCES);
		assert_int_equal(ops->write(p->soc, outsiders[i], MP_GCR, 1, 1), -EACCES);
		assert_int_equal(ops->write(p->soc, outsiders[i], MP_GRSTCSETR, 4, 2), -EACCES);
	}
	assert_int_equal(rd(p, NS, TZCR), 3);
	assert_int_equal(rd(p, NS, MP_GCR), 0);
	assert_int_equal(ctl_taken(p), 0);
	wr(p, SEC, MP_GCR, 1);
	assert_int_equal(ctl_taken(p), RELEASED);
	wr(p, SEC, MP_GRSTCSETR, 2);
	assert_int_equal(ctl_taken(p), RESTARTED);
}

static void linux_starts_and_stops(void **state)
{
	struct probe *p = *state;

	open_to_all(p);
	for (int i = 0; i < 2; i++) {
		wr(p, NS, MP_GCR, 1);
		assert_int_equal(ctl_taken(p), RELEASED);
		assert_false(ops->held(p->soc));
		wr(p, NS, MP_GCR, 0); /* the running core goes on */
		assert_int_equal(ctl_taken(p), 0);
		assert_false(ops->held(p->soc));
		wr(p, NS, MP_GRSTCSETR, 2);
		assert_int_equal(ctl_taken(p), RESET);
		assert_true(ops->held(p->soc));
		assert_int_equal(rd(p, NS, MP_GRSTCSETR), 0);
	}
	assert_true(rd(p, NS, MC_RSTSCLRR) & RSTS_MCURST);
	wr(p, NS, MC_RSTSCLRR, RSTS_MCURST);
	assert_false(rd(p, NS, MC_RSTSCLRR) & RSTS_MCURST);
}

static void self_reset_obeys_the_hold(void **state)
{
	struct probe *p = *state;

	open_to_all(p);
	wr(p, NS, MP_GCR, 1);
	ctl_taken(p);
	ops->core_reset(p->soc, true);
	assert_int_equal(ctl_taken(p), RESTARTED);
	wr(p, NS, MP_GCR, 0);
	ops->core_reset(p->soc, true);
	assert_int_equal(ctl_taken(p), RESET);
	assert_true(rd(p, NS, MC_RSTSCLRR) & RSTS_MCSYS);
	wr(p, NS, MP_GCR, 1);
	assert_int_equal(ctl_taken(p), RELEASED);
}

static void outside_reset_waits_for_release(void **state)
{
	struct probe *p = *state;

	wr(p, SEC, MP_GCR, 1);
	wr(p, SEC, MP_GCR, 0);
	ctl_taken(p);
	ops->core_reset(p->soc, false);
	assert_int_equal(ctl_taken(p), 0);
	assert_true(ops->held(p->soc));
	wr(p, SEC, MP_GCR, 1);
	assert_int_equal(ctl_taken(p), RELEASED);
}

#define WWDG_CR	 (WWDG_BASE + 0)
#define WWDG_CFR (WWDG_BASE + 4)
#define WWDG_SR	 (WWDG_BASE + 8)
#define COUNT_NS 64000u /* 4096 clocks at 64 MHz */

static void start_core(struct probe *p)
{
	wr(p, SEC, MP_GCR, 1);
	wr(p, SEC, MP_GCR, 0);
	ctl_taken(p);
}

static void watchdog_resets_the_core(void **state)
{
	struct probe *p = *state;

	start_core(p);
	wr(p, M4, WWDG_CR, 0xC0 + 9); /* 9 counts to 0x40 */
	assert_int_equal(ops->next(p->soc), 10 * COUNT_NS);
	ops->tick(p->soc, 10 * COUNT_NS - 1);
	assert_int_equal(p->watchdogs, 0);
	ops->tick(p->soc, 1);
	assert_int_equal(p->watchdogs, 1);
	assert_int_equal(ctl_taken(p), RESET);
	assert_true(rd(p, NS, MC_RSTSCLRR) & RSTS_WWDG1);
	assert_true(p->host_line[CW_LINE_WDG]);
	wr(p, NS, RPR3, 1u << 4);
	assert_false(p->host_line[CW_LINE_WDG]);
	assert_int_equal(rd(p, NS, WWDG_CR), 0x7F);
	assert_int_equal(ops->next(p->soc), UINT64_MAX);
	ops->tick(p->soc, 1000 * COUNT_NS);
	assert_int_equal(p->watchdogs, 1);
}

static void watchdog_restarts_what_is_not_held(void **state)
{
	struct probe *p = *state;

	wr(p, SEC, MP_GCR, 1);
	ctl_taken(p);
	wr(p, M4, WWDG_CR, 0x80); /* at once */
	assert_int_equal(p->watchdogs, 1);
	assert_int_equal(ctl_taken(p), RESTARTED);
}

static void watchdog_refreshed_lives(void **state)
{
	struct probe *p = *state;

	start_core(p);
	wr(p, M4, WWDG_CFR, 0x7F | 1u << 11); /* at half the rate */
	wr(p, M4, WWDG_CR, 0xFF);
	for (int i = 0; i < 20; i++) {
		ops->tick(p->soc, 2 * COUNT_NS * 0x3F);
		wr(p, M4, WWDG_CR, 0x7F); /* does not disable */
	}
	assert_int_equal(p->watchdogs, 0);
	ops->tick(p->soc, 2 * COUNT_NS * 0x40);
	assert_int_equal(p->watchdogs, 1);
}

static void watchdog_window(void **state)
{
	struct probe *p = *state;

	start_core(p);
	wr(p, M4, WWDG_CFR, 0x50);
	wr(p, M4, WWDG_CR, 0xFF);
	ops->tick(p->soc, COUNT_NS * 0x2F); /* 0x50: inside */
	wr(p, M4, WWDG_CR, 0x7F);
	assert_int_equal(p->watchdogs, 0);
	ops->tick(p->soc, COUNT_NS * 0x2E); /* 0x51: too early */
	wr(p, M4, WWDG_CR, 0x7F);
	assert_int_equal(p->watchdogs, 1);
}

static void watchdog_early_wakeup(void **state)
{
	struct probe *p = *state;

	start_core(p);
	wr(p, M4, WWDG_CFR, 0x7F | 1u << 9);
	wr(p, M4, WWDG_CR, 0xC4);
	assert_int_equal(ops->next(p->soc), 4 * COUNT_NS);
	ops->tick(p->soc, 4 * COUNT_NS);
	assert_true(p->core_line[0]);
	assert_int_equal(rd(p, M4, WWDG_SR), 1);
	wr(p, M4, WWDG_SR, 0);
	assert_false(p->core_line[0]);
	assert_int_equal(p->watchdogs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE_TEST(power_on_is_closed),
		PROBE_TEST(linux_starts_and_stops),
		PROBE_TEST(self_reset_obeys_the_hold),
		PROBE_TEST(outside_reset_waits_for_release),
		PROBE_TEST(watchdog_resets_the_core),
		PROBE_TEST(watchdog_restarts_what_is_not_held),
		PROBE_TEST(watchdog_refreshed_lives),
		PROBE_TEST(watchdog_window),
		PROBE_TEST(watchdog_early_wakeup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
