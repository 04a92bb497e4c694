/* SPDX-License-Identifier: BSD-2-Clause */
/* Vectors in data memory. */
#include "prog.h"

static uint32_t table[64] __attribute__((aligned(256)));

static void moved(void)
{
	put(0xabc0000 | ipsr());
}

void PendSV(void)
{
	put(0xe0);
}

void entry(void)
{
	put(VTOR);
	for (int i = 0; i < 64; i++)
		table[i] = REG32(4 * i);
	table[14] = (uint32_t)moved;
	ICSR = ICSR_PENDSV;
	barrier();
	VTOR = (uint32_t)table | 0x7f;
	put(VTOR == (uint32_t)table);
	ICSR = ICSR_PENDSV;
	barrier();
	table[14] = (uint32_t)PendSV;
	ICSR = ICSR_PENDSV;
	barrier();
	finish();
}
