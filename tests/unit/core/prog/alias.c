/* SPDX-License-Identifier: BSD-2-Clause */
/* For the host: calls a function through the other address of code memory, again and again, until
 * it returns 0. */
#include "prog.h"

__attribute__((noinline, used, section(".text.patch"), naked)) static uint32_t patch(void)
{
	__asm__("mov r0, #1\n\tbx lr");
}

void entry(void)
{
	uint32_t (*volatile at_zero)(void) = patch;
	uint32_t (*volatile at_alias)(void) = (uint32_t(*)(void))(0x30000000 + (uint32_t)patch);

	put((uint32_t)patch & ~1u);
	put(REG32(0x30000000 + ((uint32_t)patch & ~1u)) == REG32((uint32_t)patch & ~1u));
	DEV_WORD = at_zero() + 2 * at_alias();
	while (at_alias())
		;
	DEV_WORD = at_zero() + 2 * at_alias();
	finish();
}
