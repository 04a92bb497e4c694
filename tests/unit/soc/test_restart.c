/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resets that the core brings upon itself, with a program of eight instructions: add one to a
 * counter, write one word to one register, sleep.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "board.h"

#define CODE	    0x10000000u
#define CELL	    0x10020000u
#define AIRCR	    0xE000ED0Cu
#define SYSRESETREQ 0x05FA0004u
#define WWDG_CR	    0x4000A000u
#define MP_GCR	    0x5000010Cu
#define GRSTCSETR   0x50000404u
#define MC_RSTSCLRR 0x50000C00u
#define LIMIT_S	    20u

static const uint16_t program[] = {
	0x4804, /*	ldr r0, cell */
	0x6801, /*	ldr r1, [r0] */
	0x3101, /*	adds r1, #1 */
	0x6001, /*	str r1, [r0] */
	0x4803, /*	ldr r0, reg */
	0x4904, /*	ldr r1, value */
	0x6001, /*	str r1, [r0] */
	0xBF30, /* 1:	wfi */
	0xE7FD, /*	b 1b */
	0xBF00, /*	cell, reg, value follow */
};

static void load(struct board *b, uint32_t reg, uint32_t value)
{
	const uint32_t words[] = {CELL, reg, value};
	const uint32_t vectors[] = {0x10030000, CODE | 1};
	uint8_t *code = board_at(b, CODE, 64);

	memcpy(board_at(b, 0, sizeof(vectors)), vectors, sizeof(vectors));
	memcpy(code, program, sizeof(program));
	memcpy(code + sizeof(program), words, sizeof(words));
}

static volatile uint32_t *cell(struct board *b)
{
	return board_at(b, CELL, 4);
}

static bool counted(struct board *b, void *arg)
{
	return *cell(b) >= *(const uint32_t *)arg;
}

static bool held(struct board *b, void *arg)
{
	return b->soc_ops->held(b->soc) && !b->core_ops->running(b->core);
}

static int setup(void **state)
{
	static struct board b;

	*state = &b;
	return board_open(&b);
}

static int teardown(void **state)
{
	board_close(*state);
	return 0;
}

static void self_reset_stays_held(void **state)
{
	struct board *b = *state;

	load(b, AIRCR, SYSRESETREQ);
	for (uint32_t i = 1; i <= 3; i++) {
		board_release(b);
		assert_true(board_wait(b, counted, &i, LIMIT_S));
		assert_true(board_wait(b, held, NULL, LIMIT_S));
		assert_int_equal(*cell(b), i);
		assert_int_equal(board_read(b, MC_RSTSCLRR) & 1u << 7, 1u << 7);
	}
}

static void self_reset_restarts(void **state)
{
	const uint32_t some = 20;
	struct board *b = *state;

	load(b, AIRCR, SYSRESETREQ);
	board_write(b, MP_GCR, 1);
	assert_true(board_wait(b, counted, (void *)&some, LIMIT_S));
	board_write(b, MP_GCR, 0);
	assert_true(board_wait(b, held, NULL, LIMIT_S));
}

static void watchdog_expires(void **state)
{
	struct board *b = *state;

	load(b, WWDG_CR, 0xFF);
	board_release(b);
	assert_true(board_wait(b, held, NULL, LIMIT_S));
	assert_int_equal(*cell(b), 1);
	assert_int_equal(b->watchdogs, 1);
	assert_true(b->host_line[CW_LINE_WDG]);
	assert_true(board_read(b, MC_RSTSCLRR) & 1u << 10);
}

static void host_resets(void **state)
{
	const uint32_t once = 1;
	struct board *b = *state;

	load(b, 0x5C00A144, 0x1234);
	board_release(b);
	assert_true(board_wait(b, counted, (void *)&once, LIMIT_S));
	board_write(b, GRSTCSETR, 2);
	assert_true(board_wait(b, held, NULL, LIMIT_S));
	assert_int_equal(*cell(b), 1);
	assert_int_equal(board_read(b, 0x5C00A144), 0x1234);
}

static bool locked_up(struct board *b, void *arg)
{
	return b->locked_up;
}

/* The core may not release itself: a bus error, and without a vector for it, lockup. */
static void core_cannot_unhold(void **state)
{
	struct board *b = *state;

	load(b, MP_GCR, 1);
	board_release(b);
	assert_true(board_wait(b, locked_up, NULL, LIMIT_S));
	assert_int_equal(b->fault.fault_addr, MP_GCR);
	assert_int_equal(board_read(b, MP_GCR), 0);
	board_write(b, GRSTCSETR, 2);
	assert_true(board_wait(b, held, NULL, LIMIT_S));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(self_reset_stays_held), TEST(self_reset_restarts), TEST(watchdog_expires),
		TEST(host_resets),	     TEST(core_cannot_unhold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
