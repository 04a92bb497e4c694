/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_sleep.c - WFI, WFE and what wakes from them
 *
 * A timer may be early by a millisecond: the SoC counts from its last tick. Rows leave that room. A
 * busy host makes sleep longer, so what ought to be short is only told from what is very long.
 */
#include <stddef.h>

#include "check.h"

#define SHORT_MS 4
#define LONG_MS	 12
#define NEVER_MS 200 /* only when what should wake does not */
#define EARLY_US 1100

static bool slept(uint32_t us, uint32_t ms)
{
	return us >= ms * 1000 - EARLY_US;
}

static void wfe(void)
{
	__asm__ volatile("dsb\n\twfe" ::: "memory");
}

static void sev(void)
{
	__asm__ volatile("sev" ::: "memory");
}

static void stop_timers(void)
{
	timer_stop(TIMER2);
	timer_stop(TIMER6);
	notes();
}

static void wfi_wakes(void)
{
	timer_start(TIMER2, SHORT_MS, 0x80, true);
	stopwatch_start();
	wfi();
	check_that("wfi.sleeps-until-an-interrupt", slept(stopwatch_us(), SHORT_MS));
	check("wfi.and-takes-it", taken[timer_exc(TIMER2)], 1);

	irq_disable();
	timer_start(TIMER2, SHORT_MS, 0x80, true);
	stopwatch_start();
	wfi();
	check_that("wfi.wakes-under-primask", slept(stopwatch_us(), SHORT_MS));
	check("wfi.primask-still-holds", taken[timer_exc(TIMER2)], 0);
	stopwatch_start();
	wfi();
	check_that("wfi.pending-does-not-sleep", stopwatch_us() < SHORT_MS * 1000);
	irq_enable();
	check("wfi.taken-when-unmasked", taken[timer_exc(TIMER2)], 1);
	stop_timers();
}

static void wfi_does_not_wake(void)
{
	timer_start(TIMER2, SHORT_MS, 0x80, false);
	timer_start(TIMER6, LONG_MS, 0x80, true);
	stopwatch_start();
	wfi();
	check_that("wfi.disabled-does-not-wake", slept(stopwatch_us(), LONG_MS));
	stop_timers();

	SPECIAL_WRITE(basepri, 0x60);
	timer_start(TIMER2, SHORT_MS, 0x80, true);
	timer_start(TIMER6, LONG_MS, 0x20, true);
	stopwatch_start();
	wfi();
	check_that("wfi.basepri-does-not-wake", slept(stopwatch_us(), LONG_MS));
	check_text("wfi.basepri-lets-higher", notes(), "6");
	SPECIAL_WRITE(basepri, 0);
	isb();
	check_text("wfi.basepri-opens", notes(), "2");
	stop_timers();
}

static uint32_t in_handler_us;

static void sleeping_hook(void)
{
	stopwatch_start();
	wfi();
	in_handler_us = stopwatch_us();
	note('h');
}

/* As a shutdown callback inside an interrupt does: only what could preempt it wakes it. */
static void wfi_in_handler(void)
{
	line_setup(LINE_A, 0x40, sleeping_hook);
	timer_start(TIMER2, SHORT_MS, 0x80, true);
	timer_start(TIMER6, LONG_MS, 0x20, true);
	line_pend(LINE_A);
	check_that("wfi.lower-priority-does-not-wake-a-handler", slept(in_handler_us, LONG_MS));
	check_text("wfi.higher-priority-does", notes(), "6h2");
	stop_timers();

	on_exception(EXC_IRQ(LINE_A), NULL);
	nvic_disable(LINE_A);
	stop_timers();
}

static uint32_t exits_left;

static void exit_hook(void)
{
	TIM2->SR = 0;
	if (!--exits_left) {
		SCB->SCR &= ~SCR_SLEEPONEXIT;
		TIM2->CR1 = 0;
		TIM2->DIER = 0;
	}
	dsb();
}

static void sleep_on_exit(void)
{
	timer_start(TIMER2, 1, 0x80, true);
	on_exception(timer_exc(TIMER2), exit_hook);
	exits_left = 3;
	SCB->SCR |= SCR_SLEEPONEXIT;
	wfi();
	check("wfi.sleep-on-exit", taken[timer_exc(TIMER2)], 3);
	check("wfi.sleep-on-exit-ends", exits_left, 0);
	stop_timers();
}

/* Leave no event behind, whatever there was. Nothing is taken, so that no exception leaves another.
 */
static void drain_events(void)
{
	irq_disable();
	SCB->SCR |= SCR_SEVONPEND;
	timer_start(TIMER6, 2, 0x80, true);
	wfe();
	timer_stop(TIMER6);
	SCB->SCR &= ~SCR_SEVONPEND;
	irq_enable();
}

static void wfe_events(void)
{
	drain_events();
	timer_start(TIMER2, SHORT_MS, 0x80, true);
	stopwatch_start();
	wfe();
	check_that("wfe.sleeps-until-an-interrupt", slept(stopwatch_us(), SHORT_MS));
	check("wfe.and-takes-it", taken[timer_exc(TIMER2)], 1);
	timer_start(TIMER6, LONG_MS, 0x80, true);
	stopwatch_start();
	wfe();
	check_that("wfe.exception-leaves-an-event", stopwatch_us() < 1000);
	stop_timers();

	drain_events();
	timer_start(TIMER6, LONG_MS, 0x80, true);
	stopwatch_start();
	sev();
	wfe();
	check_that("wfe.sev-is-an-event", stopwatch_us() < 1000);
	wfe();
	check_that("wfe.consumes-its-event", slept(stopwatch_us(), LONG_MS));
	stop_timers();
}

static void wfe_sevonpend(void)
{
	drain_events();
	timer_start(TIMER2, SHORT_MS, 0x80, false);
	timer_start(TIMER6, LONG_MS, 0x80, true);
	stopwatch_start();
	wfe();
	check_that("wfe.disabled-does-not-wake", slept(stopwatch_us(), LONG_MS));
	stop_timers();

	drain_events();
	SCB->SCR |= SCR_SEVONPEND;
	timer_start(TIMER2, SHORT_MS, 0x80, false);
	timer_start(TIMER6, NEVER_MS, 0x80, true);
	stopwatch_start();
	wfe();
	check_that("wfe.sevonpend-wakes-for-disabled", stopwatch_us() < (NEVER_MS - 50) * 1000);
	check("wfe.sevonpend-takes-nothing", taken[timer_exc(TIMER2)], 0);
	SCB->SCR &= ~SCR_SEVONPEND;
	stop_timers();
	__asm__ volatile("yield\n\tnop");
	check_that("hint.yield-goes-on", true);
}

void test_sleep(void)
{
	wfi_wakes();
	wfi_does_not_wake();
	wfi_in_handler();
	sleep_on_exit();
	wfe_events();
	wfe_sevonpend();
}
