/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h - milliseconds by SysTick
 *
 * The tick's period can be stretched (1 to 250 ms) while nothing needs a finer one: each tick wakes
 * the core, and the time stays right.
 */
#ifndef FW_CLOCK_H
#define FW_CLOCK_H

#include <stdint.h>

void clock_start(uint32_t period_ms);
void clock_pace(uint32_t period_ms);
void clock_stop(void);
uint32_t clock_ms(void);

#endif
