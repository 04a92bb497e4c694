/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_stacks.c - main and process stack, floating-point frames, privilege, exclusive accesses, IT
 * blocks
 */
#include <stddef.h>

#include "check.h"

static uint64_t process_stack[64];
#define PSP_TOP ((uint32_t)(process_stack + 64))

/* Naked handlers name these in their own literal pools. */
volatile struct {
	uint32_t exc_return, msp, psp, control;
} at_entry;
volatile uint32_t nested_exc_return;
float fp_in[32], fp_out[32];
uint32_t fpscr_out;

/* Handler of SVC: keep what it was entered with. */
static __attribute__((naked)) void observe(void)
{
	__asm__ volatile("ldr r0, =at_entry\n\t"
			 "mrs r1, msp\n\t"
			 "mrs r2, psp\n\t"
			 "mrs r3, control\n\t"
			 "str lr, [r0, #0]\n\t"
			 "str r1, [r0, #4]\n\t"
			 "str r2, [r0, #8]\n\t"
			 "str r3, [r0, #12]\n\t"
			 "bx lr\n\t"
			 ".ltorg");
}

/* SVC from a stack pointer of @sp on the process stack; returns SP after it. */
static __attribute__((naked)) uint32_t svc_on_psp(uint32_t sp)
{
	__asm__ volatile("push {r4, r5, r6, lr}\n\t"
			 "mrs r4, control\n\t"
			 "msr psp, r0\n\t"
			 "mov r5, #2\n\t"
			 "msr control, r5\n\t"
			 "isb\n\t"
			 "svc #0\n\t"
			 "mov r0, sp\n\t"
			 "bic r4, #4\n\t"
			 "msr control, r4\n\t"
			 "isb\n\t"
			 "pop {r4, r5, r6, pc}");
}

static void stacks(void)
{
	uint32_t sp;

	set_vector(EXC_SVCALL, observe);
	SPECIAL_WRITE(control, 0);
	isb();
	__asm__ volatile("svc #0" ::: "memory");
	check("stack.exc-return-of-msp", at_entry.exc_return, 0xFFFFFFF9);

	sp = svc_on_psp(PSP_TOP);
	check("stack.exc-return-of-psp", at_entry.exc_return, 0xFFFFFFFD);
	check("stack.frame-on-psp", at_entry.psp, PSP_TOP - 32);
	check("stack.handler-runs-on-msp", at_entry.control & 2, 0);
	check("stack.psp-comes-back", sp, PSP_TOP);
	sp = svc_on_psp(PSP_TOP - 4);
	check("stack.frame-is-aligned-to-8", at_entry.psp, PSP_TOP - 8 - 32);
	check("stack.unaligned-sp-comes-back", sp, PSP_TOP - 4);
	check("stack.psp-reads-back", SPECIAL_READ(psp), PSP_TOP - 4);
	set_vector(EXC_SVCALL, NULL);
}

static __attribute__((naked)) void nested_entry(void)
{
	__asm__ volatile("ldr r0, =nested_exc_return\n\t"
			 "str lr, [r0]\n\t"
			 "bx lr\n\t"
			 ".ltorg");
}

static void outer_hook(void)
{
	line_pend(LINE_B);
}

static void nested(void)
{
	line_setup(LINE_A, 0x80, outer_hook);
	line_setup(LINE_B, 0x40, NULL);
	set_vector(EXC_IRQ(LINE_B), nested_entry);
	line_pend(LINE_A);
	check("stack.exc-return-of-handler", nested_exc_return | 0x10, 0xFFFFFFF1);
	set_vector(EXC_IRQ(LINE_B), NULL);
}

/* All registers loaded, SVC, all stored. */
static __attribute__((naked)) void fp_across_svc(void)
{
	__asm__ volatile("push {r4, lr}\n\t"
			 "vpush {s16-s31}\n\t"
			 "ldr r0, =fp_in\n\t"
			 "vldmia r0, {s0-s31}\n\t"
			 "mov r1, #0x03C00000\n\t"
			 "vmsr fpscr, r1\n\t"
			 "svc #0\n\t"
			 "vmrs r1, fpscr\n\t"
			 "ldr r0, =fp_out\n\t"
			 "vstmia r0, {s0-s31}\n\t"
			 "ldr r0, =fpscr_out\n\t"
			 "str r1, [r0]\n\t"
			 "mov r1, #0\n\t"
			 "vmsr fpscr, r1\n\t"
			 "vpop {s16-s31}\n\t"
			 "pop {r4, pc}\n\t"
			 ".ltorg");
}

static __attribute__((naked)) void fp_clobber(void)
{
	__asm__ volatile("ldr r0, =at_entry\n\t"
			 "mrs r1, msp\n\t"
			 "mrs r3, control\n\t"
			 "str lr, [r0, #0]\n\t"
			 "str r1, [r0, #4]\n\t"
			 "str r3, [r0, #12]\n\t"
			 "mov r0, #0\n\t"
			 "vmov s0, r0\n\t"
			 "vmov s1, r0\n\t"
			 "vmov s7, r0\n\t"
			 "vmov s15, r0\n\t"
			 "vmsr fpscr, r0\n\t"
			 "bx lr\n\t"
			 ".ltorg");
}

static void fp_frames(void)
{
	uint32_t bad = 0, sp = SPECIAL_READ(msp);

	for (unsigned i = 0; i < 32; i++)
		fp_in[i] = 1.5f * (float)(i + 1);
	set_vector(EXC_SVCALL, fp_clobber);
	fp_across_svc();
	for (unsigned i = 0; i < 32; i++)
		bad += fp_in[i] != fp_out[i];
	check("fp.registers-kept", bad, 0);
	check("fp.fpscr-kept", fpscr_out & 0x03C00000, 0x03C00000);
	check("fp.exc-return-says-extended", at_entry.exc_return, 0xFFFFFFE9);
	check("fp.frame-is-0x68", (sp - 8 - 64 - at_entry.msp) & ~7u, 0x68);
	check("fp.fpca-clear-in-handler", at_entry.control & 4, 0);
	check("fp.fpca-set-after", SPECIAL_READ(control) & 4, 4);
	set_vector(EXC_SVCALL, observe);
	SPECIAL_WRITE(control, 0);
	isb();
	__asm__ volatile("svc #0" ::: "memory");
	check("fp.no-context-no-frame", at_entry.exc_return, 0xFFFFFFF9);
	set_vector(EXC_SVCALL, NULL);
}

static volatile float handler_sum;

static void fp_hook(void)
{
	handler_sum = handler_sum * 0.5f + 1.25f;
}

static void systick_every(uint32_t clocks)
{
	taken[EXC_SYSTICK] = 0;
	SYSTICK->RVR = clocks - 1;
	SYSTICK->CVR = 0;
	SYSTICK->CSR = SYSTICK_ENABLE | SYSTICK_TICKINT | SYSTICK_CORE_CLK;
}

static void systick_off(void)
{
	SYSTICK->CSR = 0;
	SCB->ICSR = ICSR_PENDSTCLR;
	on_exception(EXC_SYSTICK, NULL);
}

/* A sum in FP registers while another context uses them 500 times. */
static void fp_under_interrupts(void)
{
	float sum = 0, step = 1;
	uint32_t n = 0;

	on_exception(EXC_SYSTICK, fp_hook);
	systick_every(2003);
	while (taken[EXC_SYSTICK] < 500) {
		sum += step;
		if (++n % 1000 == 0)
			sum = 0;
	}
	systick_off();
	check("fp.sum-under-interrupts", (uint32_t)sum, n % 1000);
}

/* Each turn must add to exactly one of two counters. */
static void it_under_interrupts(void)
{
	uint32_t even = 0, odd = 0, i = 0;

	systick_every(997);
	while (taken[EXC_SYSTICK] < 500)
		__asm__ volatile("tst %2, #1\n\t"
				 "itete eq\n\t"
				 "addeq %0, #1\n\t"
				 "addne %1, #1\n\t"
				 "addeq %2, #1\n\t"
				 "addne %2, #1"
				 : "+r"(even), "+r"(odd), "+r"(i)
				 :
				 : "cc");
	systick_off();
	check("it.interrupted-loop", even + odd, i);
	check_that("it.halves", even - odd <= 1);
}

/* A fault inside an IT block, repaired: the rest of the block still runs under its conditions. */
static void it_fault(void)
{
	static uint32_t good;
	uint32_t loaded = 0, then_count = 0, else_count = 0;

	good = 77;
	catch_and_retry((uint32_t)&good);
	__asm__ volatile("mov r2, %3\n\t"
			 "cmp r2, r2\n\t"
			 "ittee eq\n\t"
			 "ldreq %0, [r2]\n\t"
			 "addeq %1, #1\n\t"
			 "addne %2, #1\n\t"
			 "addne %2, #1"
			 : "+r"(loaded), "+r"(then_count), "+r"(else_count)
			 : "r"(0xC0000000)
			 : "r2", "cc", "memory");
	check_that("it.stacked-state", caught.frame.xpsr & 0x0600FC00);
	check("it.faulting-load-repeats", loaded, 77);
	check("it.then-part-runs", then_count, 1);
	check("it.else-part-does-not", else_count, 0);
}

static uint32_t ldrex_strex(volatile uint32_t *p, uint32_t v)
{
	uint32_t r, old;

	__asm__ volatile("ldrex %1, [%2]\n\t"
			 "strex %0, %3, [%2]"
			 : "=&r"(r), "=&r"(old)
			 : "r"(p), "r"(v)
			 : "memory");
	return r;
}

static volatile uint32_t *excl_cell;

static void excl_writer(void)
{
	*excl_cell = 9;
}

static void exclusive(void)
{
	static volatile uint32_t cell;
	uint32_t r, old;

	cell = 1;
	check("excl.strex-succeeds", ldrex_strex(&cell, 2), 0);
	check("excl.strex-stored", cell, 2);
	__asm__ volatile("ldrex %1, [%2]\n\t"
			 "clrex\n\t"
			 "strex %0, %3, [%2]"
			 : "=&r"(r), "=&r"(old)
			 : "r"(&cell), "r"(3)
			 : "memory");
	check("excl.clrex-makes-it-fail", r, 1);
	__asm__ volatile("ldrex %1, [%2]\n\t"
			 "svc #0\n\t"
			 "strex %0, %3, [%2]"
			 : "=&r"(r), "=&r"(old)
			 : "r"(&cell), "r"(4)
			 : "memory");
	check_limit("excl.exception-makes-it-fail", r, 1);
	cell = 2;
	excl_cell = &cell;
	set_vector(EXC_SVCALL, excl_writer);
	__asm__ volatile("ldrex %1, [%2]\n\t"
			 "svc #0\n\t"
			 "strex %0, %3, [%2]"
			 : "=&r"(r), "=&r"(old)
			 : "r"(&cell), "r"(4)
			 : "memory");
	set_vector(EXC_SVCALL, NULL);
	check("excl.handler-that-writes-makes-it-fail", r, 1);
	check("excl.handlers-value-stays", cell, 9);
}

static __attribute__((naked)) void become_privileged(void)
{
	__asm__ volatile("mov r0, #0\n\t"
			 "msr control, r0\n\t"
			 "isb\n\t"
			 "bx lr");
}

static void privilege(void)
{
	uint32_t primask, control;
	bool refused;

	set_vector(EXC_SVCALL, become_privileged);
	SPECIAL_WRITE(control, 1);
	isb();
	SPECIAL_WRITE(primask, 1);
	refused = faults_reading(0xE000ED00, 4);
	control = SPECIAL_READ(control);
	__asm__ volatile("svc #0" ::: "r0", "memory");
	primask = SPECIAL_READ(primask);
	SPECIAL_WRITE(primask, 0);
	check_that("priv.scs-is-refused", refused);
	check("priv.scs-is-a-busfault", caught.exception, EXC_BUSFAULT);
	check("priv.primask-write-is-ignored", primask, 0);
	check("priv.control-shows-it", control & 1, 1);
	check("priv.svc-leads-back", SPECIAL_READ(control) & 1, 0);
	set_vector(EXC_SVCALL, NULL);
}

void test_stacks(void)
{
	stacks();
	nested();
	fp_frames();
	fp_under_interrupts();
	it_under_interrupts();
	it_fault();
	exclusive();
	privilege();
	nvic_disable(LINE_A);
	nvic_disable(LINE_B);
}
