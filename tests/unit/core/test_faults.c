/* SPDX-License-Identifier: BSD-2-Clause */
/* prog/faults.c case by case: the stacked PC is exact, nothing before it happened twice, nothing
 * after it happened. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BAD	0x50000ff0
#define PRECISE 0x8200
#define HARD	3
#define NO_BFAR 1
#define RAM_END 0x20010000
#define SIDE	0x2000e800
#define CELL(n) (0x2000e810 + 4 * (n))

struct expected {
	unsigned own; /* the exception that handles it when enabled */
	uint32_t it, cfsr, bfar, r1, r2;
};

static const struct expected cases[] = {
	{5, 0, PRECISE, BAD, BAD, 2},
	{5, 0, PRECISE, BAD + 4, BAD, 2},
	{5, 0, PRECISE, 0x70000000, 0x70000000, 2},
	{5, 0, PRECISE, 0x70000002, 0x70000000, 2},
	{5, 0, PRECISE, BAD, BAD, SIDE},
	{5, 0, PRECISE, RAM_END, RAM_END, 2},
	{5, 0, PRECISE, RAM_END, RAM_END, 2},
	{5, 0, PRECISE, BAD, BAD, 2},
	{5, 0, PRECISE, 0x70000000, 1, 2},
	{5, 0, PRECISE, BAD, 0x50000004, BAD},
	{5, 0x0c, PRECISE, BAD, BAD, 7},
	{5, 0x08, PRECISE, BAD, BAD, 8},
	{5, 0x04, PRECISE, BAD, BAD, SIDE + 4},
	{5, 0x02, PRECISE, BAD, BAD, SIDE + 4},
	{5, 0, PRECISE, 0x1ffffff8, 0x20000000, 2},
	{5, 0, PRECISE, RAM_END, RAM_END - 8, 2},
	{5, 0, PRECISE, RAM_END, RAM_END - 4, 2},
	{5, 0, PRECISE, BAD + 8, BAD, 2},
	{5, 0, PRECISE, BAD + 8, BAD, 4},
	{5, 0, PRECISE, BAD, BAD, 2}, /* vldr */
	{5, 0, PRECISE, BAD, BAD, 2}, /* vstmia */
	{5, 0, PRECISE, BAD, BAD, 0}, /* tbb */
	{6, 0, 1u << 16, NO_BFAR, 1, 2},
	{6, 0, 1u << 16, NO_BFAR, 1, 2},
	{HARD, 0, 0, NO_BFAR, 1, 2}, /* bkpt */
	{5, 0, 1u << 8, NO_BFAR, 0x60000001, 2},
	{4, 0, 1u << 0, NO_BFAR, 0x50000001, 2},
	{6, 0, 1u << 17, NO_BFAR, 0x1000, 2},
	{6, 0, 1u << 24, NO_BFAR, CELL(0) + 1, 2},
	{4, 0, 1u << 0, NO_BFAR, 0xfffffff9, 2},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static unsigned put_case(uint32_t *words, const struct expected *e, bool enabled)
{
	unsigned exc = enabled ? e->own : HARD, n = 0;

	words[n++] = 0xf0000000 | exc << 16 | e->it;
	words[n++] = 0; /* stacked PC - expected PC */
	words[n++] = e->cfsr;
	words[n++] = exc != HARD ? 0 : e->own == HARD ? 0x80000000 : 0x40000000;
	if (e->bfar != NO_BFAR)
		words[n++] = e->bfar;
	words[n++] = e->r1;
	words[n++] = e->r2;
	return n;
}

static void faults(void **state)
{
	uint32_t words[1022];
	unsigned n = 0;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < CASES; i++) {
			n += put_case(words + n, &cases[i], pass);
			if (i == 12 || i == 13)
				words[n++] = 0; /* what follows in the IT block did not happen */
			if (i == 4) {
				words[n++] = pass + 1; /* a counter in memory, incremented once */
				words[n++] = 2 * pass + 2; /* a counter of the device, read once */
			}
		}
		if (!pass)
			words[n++] = 0xffff;
	}
	rig_expect("faults", words, n);
}

static bool finished(struct rig *rig)
{
	return rig_finished(rig) || cw_cortex_m4.locked_up(rig->core);
}

static void reported(void **state)
{
	struct rig *rig = rig_open("faults", 0);
	struct cw_core_event e;

	cw_cortex_m4.start(rig->core);
	rig_wait(rig, finished);
	assert_int_equal(rig_events(rig, CW_CORE_EVENT_FAULT), CASES + 1); /* bkpt once more */
	e = rig->events[0];
	assert_int_equal(e.type, CW_CORE_EVENT_FAULT);
	assert_int_equal(e.access, CW_CORE_WRITE);
	assert_int_equal(e.fault_addr, BAD);
	assert_int_equal(e.bfar, BAD);
	assert_int_equal(e.cfsr, PRECISE);
	assert_int_equal(e.hfsr, 0x40000000);
	assert_true(e.sp > 0x20000000 && e.sp < 0x2000e000);
	assert_int_equal(e.xpsr & 0x01000000, 0x01000000);
	e = rig->events[25];
	assert_int_equal(e.access, CW_CORE_FETCH);
	assert_int_equal(e.fault_addr, 0x60000000);
	assert_int_equal(e.pc, 0x60000000);
	e = rig->events[22];
	assert_int_equal(e.access, 0);
	assert_int_equal(e.fault_addr, 0);
	rig_close(rig);
}

static void escalation(void **state)
{
	static const uint32_t words[] = {
		3,	0x40000000, /* SVC under PRIMASK */
		3,	0x40000000, /* SVC in a handler of its own priority */
		3,	0x40000000, /* BusFault enabled, but less urgent than the handler that faults */
		5,	0,	    /* and more urgent */
		3,	0x40000000,	 /* stopped by BASEPRI */
		0x100,	0x40000,    0x8, /* a return to a mode it did not come from: INVPC */
		0x200,	0x8200,	    BAD, /* CCR.BFHFNMIGN: noted, and no more */
		0x1000, 1,		 /* a stack that cannot be written */
		0xe0,	0xb0,		 /* afterwards what waited is taken */
		2,			 /* a vector that cannot be read */
		0x300,
	};

	rig_expect("escalate", words, sizeof(words) / sizeof(words[0]));
}

static bool locked_up_now(struct rig *rig)
{
	return cw_cortex_m4.locked_up(rig->core);
}

/* How prog/lockup.c goes down is the first word of its memory. */
static void lockup(void **state)
{
	struct rig *rig = rig_open("lockup", 0);

	for (uint32_t how = 0; how < 5; how++) {
		memset(rig->data, 0, RIG_MEMORY);
		memcpy(rig->data, &how, 4);
		rig->event_count = 0;
		assert_int_equal(cw_cortex_m4.start(rig->core), 0);
		rig_wait(rig, locked_up_now);
		assert_false(cw_cortex_m4.running(rig->core));
		cw_cortex_m4.irq(rig->core, 0, true);
		cw_cortex_m4.pause(rig->core);
		cw_cortex_m4.resume(rig->core);
		cw_cortex_m4.irq(rig->core, 0, false);
		assert_true(cw_cortex_m4.locked_up(rig->core));
		cw_cortex_m4.stop(rig->core);
		assert_false(cw_cortex_m4.locked_up(rig->core));
		assert_int_equal(rig_log(rig)->count, 1);
		assert_int_equal(rig_log(rig)->words[0], how);
		rig->events[rig->event_count % RIG_EVENTS].type = 0;
		assert_int_equal(rig_event(rig, CW_CORE_EVENT_LOCKUP).type, CW_CORE_EVENT_LOCKUP);
		assert_int_equal(rig->events[rig->event_count - 1].type, CW_CORE_EVENT_LOCKUP);
	}
	rig_close(rig);
}

/* No memory at 0: there is nothing to start from. */
static void no_vectors(void **state)
{
	struct rig *rig = rig_open(NULL, 0);

	assert_int_equal(cw_cortex_m4.unmap(rig->core, 0, RIG_MEMORY), 0);
	assert_int_equal(cw_cortex_m4.start(rig->core), 0);
	rig_wait(rig, locked_up_now);
	cw_cortex_m4.stop(rig->core);
	assert_int_equal(rig_events(rig, CW_CORE_EVENT_LOCKUP), 1);
	rig_close(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults),     cmocka_unit_test(reported),
		cmocka_unit_test(escalation), cmocka_unit_test(lockup),
		cmocka_unit_test(no_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
