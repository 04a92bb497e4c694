// SPDX-License-Identifier: BSD-2-Clause
/* bus/test_core.c - a few instructions on the real core, inside the sandboxed process, seen over
 * both buses */
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

/*
 * Channel 0 of the mailbox answers itself: PRIMASK, NVIC line 103 enabled, C2MR and C2CR for RX of channel 0, then
 * loop: clear pending; when the flag is set, clear it and ring back; wfi
 */
static const struct {
	struct program head;
	uint32_t more[15];
} doorbell = {
	.head = {.sp = 0x10020000, .reset = 0x41, .hardfault = 0x61, .code = {0xf000, 0xb816}, .spin = 0xe7fe},
	.more = {0x4c001000, 0xe000e100, 0xfffffffe, 0xf85fb672, 0xf85f0010, 0x22801010, 0xf85f60ca, 0x61433014,
		 0x61032301, 0xf8c1041c, 0x68c5218c, 0xd00107ed, 0x61846183, 0xe7f6bf30},
};

static void start_bytes(struct board *b, const void *bytes, size_t len)
{
	board_on(b, NULL, false);
	assert_int_equal(cw_bus_write(b->ns, CW_PA(RETRAM), bytes, len), 0);
	assert_int_equal(cw_bus_write32(b->ns, CW_PA(RCC_MP_GCR), 1), -EACCES);
	assert_int_equal(cw_bus_write32(b->s, CW_PA(RCC_TZCR), 1), 0);
	assert_int_equal(cw_bus_write32(b->ns, CW_PA(IPCC_C1CR), 1), 0);
	assert_int_equal(cw_bus_write32(b->ns, CW_PA(IPCC_C1MR), 0xffff0000), 0);
	assert_int_equal(cw_bus_write32(b->ns, CW_PA(RCC_MP_GCR), 1), 0);
}

static void start(struct board *b, const struct program *p)
{
	start_bytes(b, p, sizeof(*p));
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

struct shared {
	struct cw_bus_mailbox *page;
	int bell;
};

static struct shared share(struct cw_bus *bus)
{
	cleanup_fd int memory = -1;
	struct shared s;
	struct stat st;
	int none;

	assert_int_equal(cw_bus_mailbox(bus, CW_MAILBOX_MEMORY, &memory), 0);
	assert_int_equal(cw_bus_mailbox(bus, CW_MAILBOX_BELL, &s.bell), 0);
	assert_int_equal(cw_bus_mailbox(bus, (enum cw_mailbox_part)2, &none), -ENOENT);
	assert_int_equal(fstat(memory, &st), 0);
	assert_int_equal(st.st_size, CW_BUS_MAILBOX_SIZE);
	assert_int_equal(ftruncate(memory, 0), -1); /* or silicon would fault */
	s.page = mmap(NULL, CW_BUS_MAILBOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	assert_true(s.page != MAP_FAILED);
	return s;
}

static void share_end(struct shared *s)
{
	munmap(s->page, CW_BUS_MAILBOX_SIZE);
	close(s->bell);
}

static void ring(struct shared *s, uint64_t n)
{
	assert_int_equal(write(s->bell, &n, sizeof(n)), sizeof(n));
}

/* A core that sleeps says so, hears the bell, and the doorbells it rings then are seen, however they are answered. */
static void a_doorbell_in_memory(void **state)
{
	struct cw_bus_event e;
	struct shared s;
	struct board b;

	(void)state;
	start_bytes(&b, &doorbell, sizeof(doorbell));
	s = share(b.ns);
	for (unsigned i = 0; i < 2000; i++) {
		while (!atomic_load(&s.page->asleep))
			;
		assert_int_equal(atomic_fetch_or(&s.page->to_core, 1), 0);
		if (atomic_load(&s.page->asleep))
			ring(&s, 1);
		else
			assert_int_equal(cw_bus_post32(b.ns, CW_PA(IPCC_C1SCR), 0), 0);
		do
			e = next_event(b.ns);
		while (e.line != CW_LINE_IPCC_RX || !e.level);
		assert_int_equal(atomic_load(&s.page->to_core), 0);
		if (i % 4)
			assert_int_equal(atomic_fetch_and(&s.page->to_host, ~1u), 1);
		else
			assert_int_equal(cw_bus_write32(b.ns, CW_PA(IPCC_C1SCR), 1), 0);
	}
	assert_int_equal(core_of(&b).crashes, 0);
	share_end(&s);
	board_off(&b);
}

struct flood {
	struct shared *s;
	_Atomic bool over;
};

static void *flood(void *arg)
{
	struct flood *f = arg;
	uint64_t one = 1;

	for (uint32_t i = 0; !atomic_load(&f->over); i++) {
		atomic_store(&f->s->page->to_core, i & 1);
		if (write(f->s->bell, &one, sizeof(one)) < 0)
			break;
	}
	return NULL;
}

/* Rung without end while the secure world works: it is served, and stops the core. */
static void a_flood_of_doorbells(void **state)
{
	struct flood f = {0};
	struct shared s;
	pthread_t thread;
	struct board b;

	(void)state;
	start_bytes(&b, &doorbell, sizeof(doorbell));
	s = share(b.ns);
	f.s = &s;
	while (!atomic_load(&s.page->asleep))
		;
	assert_int_equal(pthread_create(&thread, NULL, flood, &f), 0);
	for (unsigned i = 0; i < 500; i++) {
		read32(b.s, IPCC_C1SCR + 4);
		assert_int_not_equal(core_of(&b).state, CW_CORE_HELD);
	}
	assert_int_equal(cw_bus_protect(b.s, CW_PA(RETRAM), 0x10000), 0); /* under the running core */
	assert_int_equal(cw_bus_write32(b.s, CW_PA(RCC_MP_GCR), 0), 0);
	assert_int_equal(cw_bus_write32(b.s, CW_PA(RCC_MCURST), 2), 0);
	assert_int_equal(core_of(&b).state, CW_CORE_HELD);
	atomic_store(&f.over, true);
	pthread_join(thread, NULL);
	share_end(&s);
	board_off(&b);
}

/* What a hostile normal world can do with page and bell: silicon goes on obeying both buses, and ends in order. */
static void an_abused_mailbox(void **state)
{
	uint64_t junk = UINT64_MAX - 1;
	struct shared s;
	struct board b;

	(void)state;
	start_bytes(&b, &doorbell, sizeof(doorbell));
	s = share(b.ns);
	while (!atomic_load(&s.page->asleep))
		;
	assert_int_equal(fcntl(s.bell, F_SETFL, 0), 0); /* blocks from here on, for whoever holds it */
	ring(&s, junk);
	for (unsigned i = 0; i < 3000; i++) {
		atomic_store(&s.page->to_core, i & 1 ? UINT32_MAX : 0);
		atomic_store(&s.page->to_host, i * 0x9e3779b9u);
		atomic_store(&s.page->wanted, i);
		atomic_store(&s.page->asleep, i & 2);
		if (i % 64 == 0) {
			assert_int_equal(read(s.bell, &junk, sizeof(junk)), sizeof(junk));
			ring(&s, UINT64_MAX - 1);
			assert_true(read32(b.ns, IPCC_C1SCR + 4) <= 0x3f);
		}
	}
	assert_int_equal(cw_bus_protect(b.s, CW_PA(MCURAM), 0x1000), -EINVAL); /* it answers */
	assert_int_equal(cw_bus_write32(b.ns, CW_PA(RCC_MP_GCR), 0), 0);
	assert_int_equal(cw_bus_write32(b.ns, CW_PA(RCC_MCURST), 2), 0);
	assert_int_equal(core_of(&b).state, CW_CORE_HELD);
	assert_int_equal(atomic_load(&s.page->asleep), 0);
	share_end(&s);
	board_off(&b);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kick_is_an_event),
		cmocka_unit_test(a_fault_reaches_both_worlds),
		cmocka_unit_test(protection_under_a_running_core),
		cmocka_unit_test(system_reset),
		cmocka_unit_test(a_doorbell_in_memory),
		cmocka_unit_test(a_flood_of_doorbells),
		cmocka_unit_test(an_abused_mailbox),
	};

	return board_main(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
