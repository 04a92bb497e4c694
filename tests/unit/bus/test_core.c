// SPDX-License-Identifier: BSD-2-Clause
/* bus/test_core.c - a few instructions on the real core, inside the sandboxed process, seen over
 * both buses */
#include "board.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/cleanup.h"

#define RCC_TZCR   0x50000000u /* secure: who may start the core */
#define RCC_MP_GCR 0x5000010cu /* bit 0 BOOT_MCU */
#define RCC_MCURST 0x50000404u /* bit 1 */
#define IPCC_C1CR  0x4c001000u
#define IPCC_C1MR  0x4c001004u
#define IPCC_C1SCR 0x4c001008u
#define AIRCR	   0xe000ed0cu

/* Vectors and code at device address 0. Words of Thumb code are given as the assembler would. */
struct program {
	uint32_t sp, reset, nmi, hardfault;
	uint32_t other[12];
	uint16_t code[6]; /* at 0x40 */
	uint32_t literal; /* at 0x4c, into r0 by the first instruction */
	uint32_t more;	  /* at 0x50 */
	uint32_t unused[3];
	uint16_t spin; /* at 0x60: the HardFault handler */
};

#define PROGRAM(lit, extra, ...)                                                                   \
	{                                                                                          \
		.sp = 0x10020000, .reset = 0x41, .hardfault = 0x61, .code = {__VA_ARGS__},         \
		.literal = (lit), .more = (extra), .spin = 0xe7fe                                  \
	}

/* movs r1, #1; lsls r1, r1, #16; str r1, [r0] (C2SCR: channel 0 to the host); wfi; b */
static const struct program kick =
	PROGRAM(0x4c001018, 0, 0x4802, 0x2101, 0x0409, 0x6001, 0xbf30, 0xe7fd);
/* movs; lsls; udf */
static const struct program crash =
	PROGRAM(0x4c001018, 0, 0x4802, 0x2101, 0x0409, 0xde00, 0xe7fe, 0xe7fe);
/* loop: ldr r1, [r0]; adds r1, #1; str r1, [r0]; b loop */
static const struct program count =
	PROGRAM(MCURAM, 0, 0x4802, 0x6801, 0x3101, 0x6001, 0xe7fb, 0xbf00);
/* ldr r1, more; str r1, [r0]: AIRCR.SYSRESETREQ */
static const struct program reset =
	PROGRAM(AIRCR, 0x05fa0004, 0x4802, 0x4903, 0x6001, 0xe7fe, 0xe7fe, 0xe7fe);

static void start(struct board *b, const struct program *p)
{
	board_on(b, NULL, false);
	assert_int_equal(cw_bus_write(b->ns, CW_PA(RETRAM), p, sizeof(*p)), 0);
	assert_int_equal(cw_bus_write32(b->ns, CW_PA(RCC_MP_GCR), 1), -EACCES);
	assert_int_equal(cw_bus_write32(b->s, CW_PA(RCC_TZCR), 1), 0);
	assert_int_equal(cw_bus_write32(b->ns, CW_PA(IPCC_C1CR), 1), 0);
	assert_int_equal(cw_bus_write32(b->ns, CW_PA(IPCC_C1MR), 0xffff0000), 0);
	assert_int_equal(cw_bus_write32(b->ns, CW_PA(RCC_MP_GCR), 1), 0);
}

static struct cw_bus_event next_event(struct cw_bus *bus)
{
	struct pollfd p = {.fd = cw_bus_fd(bus), .events = POLLIN};
	struct cw_bus_event e;
	uint32_t op;
	int fd, r;

	while ((r = cw_bus_event(bus, &op, &e, &fd)) == 0)
		assert_int_equal(poll(&p, 1, -1), 1);
	assert_int_equal(r, 1);
	assert_int_equal(op, CW_BUS_EVENT);
	return e;
}

static struct cw_bus_core core_of(struct board *b)
{
	struct cw_bus_core core;

	assert_int_equal(cw_bus_core(b->s, &core), 0);
	return core;
}

static uint32_t read32(struct cw_bus *bus, uint64_t pa)
{
	uint32_t v;

	assert_int_equal(cw_bus_read32(bus, CW_PA(pa), &v), 0);
	return v;
}

static void a_kick_is_an_event(void **state)
{
	struct cw_bus_event e;
	struct board b;

	(void)state;
	start(&b, &kick);
	e = next_event(b.ns);
	assert_int_equal(e.type, CW_EVENT_IRQ);
	assert_int_equal(e.line, CW_LINE_IPCC_RX);
	assert_int_equal(e.level, 1);
	while (core_of(&b).state != CW_CORE_SLEEPING)
		;
	assert_int_equal(cw_bus_write32(b.ns, CW_PA(IPCC_C1SCR), 1), 0);
	assert_int_equal(next_event(b.ns).level, 0);
	board_off(&b);
}

static void a_fault_reaches_both_worlds(void **state)
{
	struct cw_bus_event e;
	struct board b;

	(void)state;
	start(&b, &crash);
	for (unsigned i = 0; i < 2; i++) {
		e = next_event(i ? b.s : b.ns);
		assert_int_equal(e.type, CW_EVENT_CRASH);
		assert_int_equal(e.cause, CW_CRASH_FAULT);
		assert_int_equal(e.pc, 0x46);
		assert_int_equal(e.sp, 0x10020000);
	}
	assert_int_equal(core_of(&b).crashes, 1);
	/* held in reset, it counts as that */
	assert_int_equal(cw_bus_write32(b.ns, CW_PA(RCC_MP_GCR), 0), 0);
	assert_int_equal(cw_bus_write32(b.ns, CW_PA(RCC_MCURST), 2), 0);
	assert_int_equal(core_of(&b).state, CW_CORE_HELD);
	board_off(&b);
}

/* Memory changes hands under a running core, which does not notice. */
static void protection_under_a_running_core(void **state)
{
	cleanup_fd int fd = -1;
	struct cw_bus_region r;
	volatile uint32_t *stale;
	struct board b;
	uint32_t v;

	(void)state;
	start(&b, &count);
	assert_int_equal(cw_bus_map(b.ns, CW_PA(MCURAM), &r, &fd), 0);
	stale = mmap(NULL, r.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	while (!*stale)
		;
	v = *stale;
	assert_int_equal(cw_bus_protect(b.s, CW_PA(MCURAM), r.size), 0);
	assert_true(read32(b.s, MCURAM) >= v);
	v = read32(b.s, MCURAM);
	while (read32(b.s, MCURAM) == v)
		;
	assert_int_equal(*stale, 0);
	*stale = 0xffffff00;
	v = read32(b.s, MCURAM);
	assert_true(v < 0xffffff00);
	/* given back: it counts again from nothing */
	assert_int_equal(cw_bus_open(b.s, CW_PA(MCURAM), r.size), 0);
	while (!read32(b.ns, MCURAM))
		;
	assert_int_equal(core_of(&b).crashes, 0);
	assert_int_equal(core_of(&b).state, CW_CORE_RUNNING);
	munmap((void *)stale, r.size);
	board_off(&b);
}

/* A core that resets itself starts again only when it is not held at boot. */
static void system_reset(void **state)
{
	struct board b;

	(void)state;
	start(&b, &reset);
	/* Linux' order: release once, then hold again. The core comes to its reset, and stays. */
	assert_int_equal(cw_bus_write32(b.ns, CW_PA(RCC_MP_GCR), 0), 0);
	while (core_of(&b).state != CW_CORE_HELD)
		;
	assert_int_equal(core_of(&b).crashes, 0);
	board_off(&b);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kick_is_an_event),
		cmocka_unit_test(a_fault_reaches_both_worlds),
		cmocka_unit_test(protection_under_a_running_core),
		cmocka_unit_test(system_reset),
	};

	return board_main(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
