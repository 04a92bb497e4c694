/* SPDX-License-Identifier: BSD-2-Clause */
/* SYSRESETREQ is an event; without the key it is nothing. */
#include "prog.h"

void entry(void)
{
	AIRCR = 0x12340004;
	put(1);
	AIRCR = 0x05fa0004;
	barrier();
	put(2);
	finish();
}
