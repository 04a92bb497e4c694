/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.h - rows of the conformance firmware and the means to observe exceptions
 *
 * Each row writes one line: "PASS area.what" or "FAIL area.what got X want Y". All exceptions but
 * the faults go through one handler that counts them and calls a hook; faults that were announced
 * are caught and resumed.
 */
#ifndef FW_CHECK_H
#define FW_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "stm32mp15.h"

void check(const char *row, uint32_t got, uint32_t want);
void check_text(const char *row, const char *got, const char *want);
/* As check, for what the real part does and a model may lack: a line "LIMIT", not a failure. */
void check_limit(const char *row, uint32_t got, uint32_t want);
void skip(const char *row, const char *why);
static inline void check_that(const char *row, bool ok)
{
	check(row, ok, 1);
}

/* Use our vector table in RAM; on entry VTOR is as it was at reset. */
void exceptions_start(void);
extern volatile uint32_t taken[16 + IRQ_COUNT];	      /* how often, by exception number */
void on_exception(unsigned exc, void (*hook)(void));  /* NULL: count only */
void set_vector(unsigned exc, void (*handler)(void)); /* NULL: back to the counting one */

/* Notes of handlers, in order: note('a'); check_text("row", notes(), "ab"). notes() also forgets
 * them. */
void note(char c);
const char *notes(void);

/* The next fault is caught, its registers are kept, and execution goes on at @resume. With @resume
 * 0 it goes on at the faulting instruction, with r2 of the frame changed to @fix_r2. */
struct caught {
	uint32_t exception, cfsr, hfsr, bfar, exc_return;
	struct exc_frame frame;
};
extern volatile struct caught caught;
void catch_fault(uint32_t resume);
void catch_and_retry(uint32_t fix_r2);
void catch_nothing(void);

/* Access @addr at @width 1, 2, 4 by one instruction; true when it faulted (see caught). */
bool faults_reading(uint32_t addr, unsigned width);
bool faults_writing(uint32_t addr, uint32_t v);
extern char reading_word[], writing_word[]; /* the instructions' addresses */

/* Interrupt @timer once a @ms, at @prio; its handler stops it. The interrupt is enabled when
 * @enable. */
enum { TIMER2, TIMER6, TIMERS };
void timer_start(unsigned timer, uint32_t ms, uint8_t prio, bool enable);
void timer_stop(unsigned timer);
unsigned timer_exc(unsigned timer);

/* SysTick as a stopwatch of at most 262 ms; uses no interrupt. */
void stopwatch_start(void);
uint32_t stopwatch_us(void);

/* Software-triggered interrupts for priority tests: lines nobody drives. */
enum { LINE_A = 140, LINE_B = 141, LINE_C = 142 };
void line_setup(unsigned line, uint8_t prio, void (*hook)(void));
void line_pend(unsigned line);

/* All checks of a firmware: rows.c or escalation.c. */
void run_rows(void);

void test_ipcc(void);
void test_hsem(void);
void test_rcc(void);
void test_peripherals(void);
void test_timers(void);
void test_scs(void);
void test_systick(void);
void test_exceptions(void);
void test_stacks(void);
void test_sleep(void);
void test_memory(void);
void test_faults(void);

#endif
