/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random straight-line code that runs into a refused access somewhere, on our core and on a bare
 * engine that is told every instruction: the address and all of memory must be the same: nothing
 * before the access is done twice, nothing after it at all. So must be the instruction, but for the
 * rare case in which another form happens to give the same address; pointers here are so close to
 * the ends of memory that this is some in a thousand.
 */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include <cmocka.h>

#define PROGRAMS 1500
#define RAM	 0x20000000u
#define RAM_END	 (RAM + RIG_MEMORY)
#define STACK	 0x2000e000u
#define FRAME	 0x100u /* below STACK: what the exception entry writes */
#define ENTRY	 0x400u
#define BODY	 0x500u
#define POOL	 0x700u /* literals of the body */
#define HANDLER	 0x480u
#define CPACR	 0xe000ed88u

static uint32_t rng;

static uint32_t below(uint32_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 17;
	rng ^= rng << 5;
	return (rng >> 8) % n;
}

struct code {
	uint8_t *mem;
	uint32_t at;
};

static void half(struct code *c, uint32_t v)
{
	c->mem[c->at++] = (uint8_t)v;
	c->mem[c->at++] = (uint8_t)(v >> 8);
}

static void wide(struct code *c, uint32_t h1, uint32_t h2)
{
	half(c, h1);
	half(c, h2);
}

static void word(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

/* Somewhere that may be good, may be the end of memory, may be nothing. */
static uint32_t pointer(void)
{
	switch (below(5)) {
	case 0:
		return 0x50000ff0;
	case 1:
		return RAM + 0x100 + 4 * below(16); /* words that are pointers themselves */
	case 2:
		return RAM_END - 64 + 4 * below(16);
	default:
		return RAM_END - 4 * below(12);
	}
}

static void emit_single(struct code *c)
{
	static const uint32_t ops[] = {0x6800, 0x6000, 0x7800, 0x7000,
				       0x8800, 0x8000, 0x6800, 0x6000};

	half(c, ops[below(8)] | below(4) << 6 | below(6) << 3 | below(8));
}

static void emit_indexed(struct code *c)
{
	static const uint32_t modes[] = {0xb00, 0xf00, 0xd00, 0x900};
	uint32_t rn = below(6), rt = (rn + 1 + below(6)) % 8;

	wide(c, (below(2) ? 0xf850 : 0xf840) | rn, rt << 12 | modes[below(4)] | 4 * below(3));
}

static void emit_multiple(struct code *c)
{
	uint32_t rn = below(6), list = (1 + below(255)) & ~(1u << rn);

	if (!list)
		list = 1u << 7;
	half(c, (below(2) ? 0xc800 : 0xc000) | rn << 8 | list);
}

static void emit_memory(struct code *c)
{
	uint32_t rn = below(6);

	switch (below(8)) {
	case 0:
	case 1:
	case 2:
		emit_single(c);
		break;
	case 3:
	case 4:
		emit_indexed(c);
		break;
	case 5:
		emit_multiple(c);
		break;
	case 6:
		if (below(2)) /* LDRD, STRD */
			wide(c, (below(2) ? 0xe9d0 : 0xe9c0) | rn,
			     ((rn + 1) % 6) << 12 | 7 << 8 | below(3));
		else /* VLDR, VSTR */
			wide(c, (below(2) ? 0xed90 : 0xed80) | rn, 0x0a00 | below(3));
		break;
	default: /* register offset, with a small index */
		if (below(2))
			half(c, (below(2) ? 0x5800 : 0x5000) | (6 + below(2)) << 6 | rn << 3 |
					below(6));
		else
			wide(c, (below(2) ? 0xf850 : 0xf840) | rn,
			     below(6) << 12 | below(4) << 4 | 6);
	}
}

static void emit_plain(struct code *c, struct code *pool)
{
	uint32_t rd = below(6), v;

	switch (below(5)) {
	case 0:
		half(c, 0x1c00 | below(2) << 8 | below(6) << 3 | rd); /* ADDS */
		break;
	case 1:
		half(c, 0x4600 | below(6) << 3 | rd); /* MOV */
		break;
	case 2: /* a literal */
		v = pool->at;
		word(pool->mem + pool->at, pointer());
		pool->at += 4;
		half(c, 0x4800 | rd << 8 | (v - ((c->at + 4) & ~3u)) / 4);
		break;
	case 3: /* MOVW, MOVT */
		v = pointer();
		wide(c, 0xf240 | (v >> 12 & 0xf) | (v >> 11 & 1) << 10,
		     (v >> 8 & 7) << 12 | rd << 8 | (v & 0xff));
		v >>= 16;
		wide(c, 0xf2c0 | (v >> 12 & 0xf) | (v >> 11 & 1) << 10,
		     (v >> 8 & 7) << 12 | rd << 8 | (v & 0xff));
		break;
	default:
		half(c, 0x2800 | (6 + below(2)) << 8 | below(8)); /* CMP */
	}
}

static void emit_it(struct code *c)
{
	uint32_t n = 1 + below(4), mask = (1u << (4 - n)) | (below(16) & ~((2u << (4 - n)) - 1));

	half(c, 0xbf00 | below(2) << 4 | (mask & 0xf));
	while (n--)
		emit_memory(c);
}

/* Registers R0-R7 at the start of the body. */
static void make(struct rig *rig, uint32_t regs[8])
{
	struct code c = {rig->code, ENTRY}, pool = {rig->code, POOL};
	uint32_t table = HANDLER + 0x20;

	memset(rig->code, 0, RIG_MEMORY);
	memset(rig->data, 0, RIG_MEMORY);
	word(rig->code, STACK);
	word(rig->code + 4, ENTRY | 1);
	word(rig->code + 12, HANDLER | 1);
	word(rig->code + HANDLER, 0xe7fee7fe); /* b . */
	for (uint32_t i = 0; i < 8; i++)
		regs[i] = i < 6 ? pointer() : 4 * below(4);
	for (uint32_t i = 0; i < 64; i++)
		word(rig->data + 0x100 + 4 * i, pointer());
	word(rig->code + table, CPACR);
	word(rig->code + table + 4, 0x00f00000);
	half(&c, 0x4800 | (table - (c.at + 4)) / 4);
	half(&c, 0x4900 | (table + 4 - ((c.at + 4) & ~3u)) / 4);
	half(&c, 0x6001); /* str r1, [r0] */
	wide(&c, 0xf3bf, 0x8f6f);
	for (uint32_t i = 0; i < 8; i++) {
		word(rig->code + table + 8 + 4 * i, regs[i]);
		half(&c, 0x4800 | i << 8 | (table + 8 + 4 * i - ((c.at + 4) & ~3u)) / 4);
	}
	half(&c, 0xe000 | (BODY - c.at - 4) / 2);
	c.at = BODY;
	for (uint32_t n = 4 + below(12); n; n--) {
		if (below(8) == 0)
			emit_it(&c);
		else if (below(3))
			emit_memory(&c);
		else
			emit_plain(&c, &pool);
	}
	half(&c, 0xde00); /* udf: the end, if nothing was refused */
}

struct oracle {
	uc_engine *uc;
	uint8_t code[RIG_MEMORY], data[RIG_MEMORY];
	uint32_t pc;
	bool refused, write;
	uint32_t addr, at;
	uint8_t then[RIG_MEMORY]; /* data memory when the access was refused */
};

static void note(struct oracle *o, uint32_t addr, bool write)
{
	if (o->refused)
		return;
	o->refused = true;
	o->write = write;
	o->addr = addr;
	o->at = o->pc;
	memcpy(o->then, o->data, RIG_MEMORY);
	uc_emu_stop(o->uc);
}

struct gap {
	struct oracle *oracle;
	uint32_t base;
};

static uint64_t on_read(uc_engine *uc, uint64_t offset, unsigned size, void *user)
{
	struct gap *gap = user;

	note(gap->oracle, gap->base + (uint32_t)offset, false);
	return 0;
}

static void on_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t v, void *user)
{
	struct gap *gap = user;

	note(gap->oracle, gap->base + (uint32_t)offset, true);
}

static void on_insn(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	((struct oracle *)user)->pc = (uint32_t)address;
}

static void oracle_run(struct oracle *o, const struct rig *rig, const uint32_t regs[8])
{
	struct gap gaps[3] = {{o, RIG_MEMORY}, {o, RAM_END}, {o, 0xffff0000}};
	uint32_t sp = STACK, xpsr = 0x01000000;
	uc_hook h;

	memcpy(o->code, rig->code, RIG_MEMORY);
	memcpy(o->data, rig->data, RIG_MEMORY);
	o->refused = false;
	uc_open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &o->uc);
	uc_ctl_set_cpu_model(o->uc, UC_CPU_ARM_CORTEX_M4);
	uc_mem_map_ptr(o->uc, 0, RIG_MEMORY, UC_PROT_ALL, o->code);
	uc_mem_map_ptr(o->uc, RAM, RIG_MEMORY, UC_PROT_ALL, o->data);
	uc_mmio_map(o->uc, RIG_MEMORY, RAM - RIG_MEMORY, on_read, &gaps[0], on_write, &gaps[0]);
	uc_mmio_map(o->uc, RAM_END, 0u - RAM_END, on_read, &gaps[1], on_write, &gaps[1]);
	uc_hook_add(o->uc, &h, UC_HOOK_CODE, (void *)on_insn, o, 1, 0);
	for (int i = 0; i < 8; i++)
		uc_reg_write(o->uc, UC_ARM_REG_R0 + i, &regs[i]);
	uc_reg_write(o->uc, UC_ARM_REG_SP, &sp);
	uc_reg_write(o->uc, UC_ARM_REG_XPSR, &xpsr);
	uc_emu_start(o->uc, BODY | 1, 0xfffffffe, 0, 0);
	if (!o->refused) {
		o->at = o->pc;
		memcpy(o->then, o->data, RIG_MEMORY);
	}
	uc_close(o->uc);
}

static bool faulted(struct rig *rig)
{
	return rig->event_count > 0;
}

static void print_body(const struct rig *rig)
{
	for (uint32_t at = BODY; at < BODY + 96; at += 2)
		print_message("%02x%02x ", rig->code[at + 1], rig->code[at]);
	print_message("\n");
}

/* False when only the instruction is another. */
static bool compare(struct rig *rig, const struct oracle *o, unsigned n)
{
	const struct cw_core_event *e = &rig->events[0];
	enum cw_core_access access = !o->refused ? 0 : o->write ? CW_CORE_WRITE : CW_CORE_READ;
	const uint32_t frame = STACK - FRAME - RAM;

	memcpy(rig->data + frame, o->then + frame, FRAME);
	if (e->type == CW_CORE_EVENT_FAULT && e->access == access && (access || e->pc == o->at) &&
	    (!access || e->fault_addr == o->addr) && !memcmp(rig->data, o->then, RIG_MEMORY))
		return e->pc == o->at;
	print_message("program %u: pc %x for %x, access %d for %d, addr %x for %x, memory %s\n", n,
		      e->pc, o->at, e->access, access, e->fault_addr, o->addr,
		      memcmp(rig->data, o->then, RIG_MEMORY) ? "differs" : "same");
	print_body(rig);
	fail();
	return false;
}

static void random_programs(void **state)
{
	struct oracle *o = calloc(1, sizeof(*o));
	struct rig *rig = rig_open(NULL, 0);
	unsigned refused = 0, other = 0;

	assert_non_null(o);
	for (unsigned n = 1; n <= PROGRAMS; n++) {
		uint32_t regs[8];

		rng = 0x9e3779b9u * n;
		make(rig, regs);
		oracle_run(o, rig, regs);
		rig->event_count = 0;
		assert_int_equal(cw_cortex_m4.start(rig->core), 0);
		rig_wait(rig, faulted);
		cw_cortex_m4.stop(rig->core);
		other += !compare(rig, o, n);
		refused += o->refused;
	}
	assert_true(refused > PROGRAMS / 2);
	assert_true(other <= PROGRAMS / 100);
	rig_close(rig);
	free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
