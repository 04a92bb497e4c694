/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_faults.c - accesses and instructions that fault, and what the fault registers say
 */
#include <stddef.h>

#include "check.h"

#define NOTHING	      0xC0000000u /* memory of the application cores */
#define SECURE	      0x2FFC0000u
#define NO_PERIPHERAL 0x5C005000u

static void data(void)
{
	check_that("fault.forbidden-read", faults_reading(NOTHING, 4));
	check("fault.read-is-a-busfault", caught.exception, EXC_BUSFAULT);
	check("fault.read-is-precise", caught.cfsr, CFSR_PRECISERR | CFSR_BFARVALID);
	check("fault.read-bfar", caught.bfar, NOTHING);
	check("fault.read-pc-is-exact", caught.frame.pc, (uint32_t)reading_word & ~1u);
	check_that("fault.byte-read", faults_reading(NOTHING + 1, 1));
	check("fault.byte-read-bfar", caught.bfar, NOTHING + 1);
	check_that("fault.halfword-read", faults_reading(NOTHING + 2, 2));
	check_that("fault.secure-memory", faults_reading(SECURE, 4));
	check_that("fault.no-peripheral", faults_reading(NO_PERIPHERAL, 4));
	check_that("fault.retram-has-one-address", faults_reading(0x38000000, 4));
	check_that("fault.past-the-sram", faults_reading(0x10060000, 4));
	check_that("fault.forbidden-write", faults_writing(NOTHING, 1));
	check("fault.write-is-a-busfault", caught.exception, EXC_BUSFAULT);
	check("fault.cfsr-clears-by-1", SCB->CFSR, 0);
}

/* What a faulting instruction would have changed is unchanged, what came before is done. */
static void restartable(void)
{
	uint32_t before = 0, base = NOTHING, value = 5, after = 0;

	catch_fault(0);
	__asm__ volatile("add %0, #1\n\t"
			 "ldr %2, [%1], #4\n\t"
			 "add %3, #1"
			 : "+r"(before), "+r"(base), "+r"(value), "+r"(after)
			 :
			 : "memory");
	check("fault.earlier-instructions-are-done", before, 1);
	check("fault.no-writeback", base, NOTHING);
	check("fault.no-result", value, 5);
	check("fault.resumes-after", after, 1);
}

extern char udf_here[];

static __attribute__((noinline, noclone)) void undefined(void)
{
	catch_fault(0);
	__asm__ volatile(".global udf_here\n"
			 "udf_here: udf #7" ::
				 : "memory");
	check("fault.udf-is-a-usagefault", caught.exception, EXC_USAGEFAULT);
	check("fault.udf-undefinstr", caught.cfsr, CFSR_UNDEFINSTR);
	check("fault.udf-pc", caught.frame.pc, (uint32_t)udf_here & ~1u);
}

/* Branch to @to; execution goes on after the branch. */
static void branch(uint32_t to)
{
	__asm__ volatile("adr r0, 1f\n\t"
			 "orr r0, #1\n\t"
			 "mov r4, %0\n\t"
			 "bl catch_fault\n\t"
			 "blx r4\n\t"
			 ".balign 4\n"
			 "1:"
			 :
			 : "r"(to)
			 : "r0", "r1", "r2", "r3", "r4", "r12", "lr", "cc", "memory");
}

static void fetches(void)
{
	branch(0x20000001);
	check("fault.fetch-from-nothing", caught.exception, EXC_BUSFAULT);
	check("fault.fetch-ibuserr", caught.cfsr, CFSR_IBUSERR);
	check("fault.fetch-pc", caught.frame.pc, 0x20000000);
	branch(0x50000001);
	check("fault.peripherals-do-not-execute", caught.exception, EXC_MEMMANAGE);
	check("fault.iaccviol", caught.cfsr & 1, 1);
	branch(0x10000000);
	check("fault.no-arm-state", caught.exception, EXC_USAGEFAULT);
	check("fault.invstate", caught.cfsr, CFSR_INVSTATE);
}

static void traps(void)
{
	static uint32_t words[2];
	uint32_t v;

	SCB->CCR |= CCR_DIV_0_TRP;
	isb();
	catch_fault(0);
	__asm__ volatile("udiv %0, %1, %2" : "=r"(v) : "r"(1), "r"(0) : "memory");
	check_limit("fault.div-0-trp", caught.cfsr, CFSR_DIVBYZERO);
	SCB->CCR &= ~CCR_DIV_0_TRP;
	SCB->CCR |= CCR_UNALIGN_TRP;
	isb();
	catch_fault(0);
	__asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"((uint8_t *)words + 1) : "memory");
	check_limit("fault.unalign-trp", caught.cfsr, CFSR_UNALIGNED);
	SCB->CCR &= ~CCR_UNALIGN_TRP;
	isb();
	catch_fault(0);
	__asm__ volatile("ldm %0, {r0, r1}" ::"r"((uint8_t *)words + 2) : "r0", "r1", "memory");
	check_limit("fault.unaligned-ldm", caught.cfsr, CFSR_UNALIGNED);
	catch_nothing();
}

static void no_fpu(void)
{
	SCB->CPACR &= ~(0xFu << 20);
	dsb();
	isb();
	catch_fault(0);
	__asm__ volatile("vmov s0, s0" ::: "memory");
	SCB->CPACR |= 0xFu << 20;
	dsb();
	isb();
	check_limit("fault.fpu-off-nocp", caught.cfsr, CFSR_NOCP);
	catch_nothing();
}

void test_faults(void)
{
	data();
	restartable();
	undefined();
	fetches();
	traps();
	no_fpu();
}
