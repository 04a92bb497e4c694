/* SPDX-License-Identifier: BSD-2-Clause */
/* The least a core needs to start: a stack and where to go. */
#include <stdint.h>

extern uint32_t stack_top;
void entry(void);

static const struct {
	uint32_t *sp;
	void (*reset)(void);
} vectors __attribute__((section(".vectors"), used)) = {&stack_top, entry};
