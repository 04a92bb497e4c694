/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.h - what happens when something goes wrong: a report in the trace, then standstill
 *
 * fault_handler is the vector of HardFault, MemManage, BusFault and UsageFault. A firmware that
 * wants to survive faults sets fault_hook: it gets the stacked frame, which it may change, and
 * returns 1 to go on there.
 */
#ifndef FW_FAULT_H
#define FW_FAULT_H

#include <stdint.h>

#include "cortex_m4.h"

extern int (*fault_hook)(struct exc_frame *frame, uint32_t exc_return);

void fault_handler(void);
void fault_unexpected(uint32_t exception) __attribute__((noreturn));

#endif
