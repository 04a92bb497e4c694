/* SPDX-License-Identifier: BSD-2-Clause */
/* first - its first instructions say to whoever looks that it runs; then it sleeps */
#include <stdint.h>

#define SEEN 0x10042000 /* shared with the host */
#define WORD 0x600dc0de

void reset_handler(void);

static const struct {
	uint32_t sp;
	void (*reset)(void);
} vectors __attribute__((section(".vectors"), used)) = {0x10040000, reset_handler};

__attribute__((naked)) void reset_handler(void)
{
	__asm__ volatile("str %1, [%0]\n\t"
			 "1:\twfi\n\t"
			 "b 1b" ::"r"(SEEN),
			 "r"(WORD));
}
