/* SPDX-License-Identifier: BSD-2-Clause */
/* core.c - attacks with the core's own means: stacks, vectors, faults, code that moves and changes */
#include <string.h>

#include "fault.h"
#include "hostile.h"
#include "stm32mp15.h"
#include "trace.h"

#define FORBIDDEN ((volatile uint32_t *)0x2FFC0000) /* secure memory */
#define SPARE	  0x10050000u			    /* memory that is open to the host */

static inline void svc(void)
{
	__asm__ volatile("svc 0" ::: "memory");
}

/* The handler of a fault faults, and so does what handles that. */
static void fault_again(void)
{
	*FORBIDDEN = 1;
}

static int fault_deeper(struct exc_frame *f, uint32_t exc_return)
{
	fault_again();
	return 1;
}

static void lockup(void)
{
	SCB->SHCSR |= SHCSR_BUSFAULTENA;
	fault_hook = fault_deeper;
	fault_again();
}

/* Each level of the nest takes a frame, until there is no memory for one. */
static void recurse(void)
{
	svc();
}

static void nest(void)
{
	/* Thread mode on a process stack at the very bottom of its memory: the next frame has no room. */
	__asm__ volatile("msr psp, %0\n\t"
			 "mrs r3, control\n\t"
			 "orr r3, #2\n\t"
			 "msr control, r3\n\t"
			 "isb\n\t" ::"r"(0x10000008)
			 : "r3", "memory");
	svc();
	for (;;)
		;
}

static void svc_in_svc(void)
{
	on_svc = recurse; /* an SVC inside SVCall escalates */
	svc();
}

static void sp_at(uint32_t sp)
{
	__asm__ volatile("msr msp, %0\n\t"
			 "isb\n\t"
			 "svc 0\n\t"
			 "push {r0-r7, lr}\n\t"
			 "udf #0\n\t" ::"r"(sp)
			 : "memory");
}

static void sp_zero(void)
{
	sp_at(0);
}

static void sp_odd(void)
{
	sp_at(0xFFFFFFFF);
}

static void sp_registers(void)
{
	sp_at(0x50000100); /* the frame goes to the clock controller */
}

static void sp_shared(void)
{
	on_svc = behave;
	sp_at(SHARED_BASE + 0x100); /* over the host's ring */
}

static void vtor_nowhere(void)
{
	SCB->VTOR = 0xFFFFFF80;
	dsb();
	isb();
	svc();
}

static void vtor_registers(void)
{
	SCB->VTOR = 0x50000000;
	dsb();
	isb();
	svc();
}

/* Vectors that the host, too, could write, all naming data. */
static void vtor_shared(void)
{
	volatile uint32_t *v = (volatile uint32_t *)SPARE;

	for (unsigned i = 0; i < 256; i++)
		v[i] = 0x10020000 + 4 * i; /* even: not Thumb */
	SCB->VTOR = SPARE;
	dsb();
	isb();
	svc();
}

/* Branch to what is no exception return here. */
static void bad_return(void)
{
	__asm__ volatile("bx %0" ::"r"(0xFFFFFFE3));
}

static void bad_frame(void)
{
	/* A frame of rubbish, then return through it from a handler. */
	__asm__ volatile("mov r0, #0xA5A5A5A5\n\t"
			 "movs r1, r0\n\t"
			 "push {r0, r1}\n\t"
			 "push {r0, r1}\n\t"
			 "push {r0, r1}\n\t"
			 "push {r0, r1}\n\t"
			 "mvn r2, #6\n\t"
			 "bx r2\n\t" ::
				 : "r0", "r1", "r2", "memory");
}

static void bad_return_in_handler(void)
{
	on_svc = bad_frame;
	svc();
}

static void udf(void)
{
	__asm__ volatile("udf #0x42");
}

static void wild_jump(void)
{
	((void (*)(void))(uintptr_t)0x60000001)();
}

/* add r0, #1; bx lr */
static const uint16_t increment[] = {0x3001, 0x4770};

static uint32_t call(volatile uint16_t *code, uint32_t v)
{
	return ((uint32_t(*)(uint32_t))((uintptr_t)code | 1))(v);
}

static void copy_code(volatile uint16_t *to)
{
	to[0] = increment[0];
	to[1] = increment[1];
	dsb();
	isb();
}

static void run_stack(void)
{
	volatile uint16_t code[2];
	uint32_t v = 0;

	copy_code(code);
	for (unsigned i = 0; i < 1000; i++)
		v = call(code, v);
	trace("stack ran: %lu\n", v);
}

static void run_shared(void)
{
	volatile uint16_t *code = (volatile uint16_t *)SPARE;
	uint32_t v = 0;

	wait_driver();
	copy_code(code);
	for (unsigned i = 0; i < 1000; i++)
		v = call(code, v);
	trace("shared memory ran: %lu\n", v);
	while (!shutdown_asked()) {
		copy_code(code); /* whatever the host has put there */
		call(code, 0);
	}
}

/* The constant of an instruction changes before each run of it. */
static void self_modify(void)
{
	static uint16_t code[2];
	uint32_t sum = 0;

	for (unsigned i = 0; i < 2000; i++) {
		code[0] = (uint16_t)(0x3000 | (i & 0xFF)); /* adds r0, #i */
		code[1] = 0x4770;
		dsb();
		isb();
		sum = call(code, sum);
	}
	trace("modified code summed %lu\n", sum);
}

/* Overwrite what runs, without end. */
static void self_modify_forever(void)
{
	volatile uint16_t code[64];

	for (;;) {
		for (unsigned i = 0; i < 63; i++)
			code[i] = 0xBF00; /* nop */
		code[63] = 0x4770;
		dsb();
		isb();
		call(code, 0);
	}
}

const struct attack attacks_core[] = {
	{"lockup", lockup},
	{"nest", nest},
	{"svc-in-svc", svc_in_svc},
	{"sp-zero", sp_zero},
	{"sp-odd", sp_odd},
	{"sp-registers", sp_registers},
	{"sp-shared", sp_shared},
	{"vtor-nowhere", vtor_nowhere},
	{"vtor-registers", vtor_registers},
	{"vtor-shared", vtor_shared},
	{"bad-return", bad_return},
	{"bad-frame", bad_return_in_handler},
	{"udf", udf},
	{"wild-jump", wild_jump},
	{"run-stack", run_stack},
	{"run-shared", run_shared},
	{"self-modify", self_modify},
	{"self-modify-forever", self_modify_forever},
	{NULL, NULL},
};
