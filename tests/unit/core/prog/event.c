/* SPDX-License-Identifier: BSD-2-Clause */
/* For the host: each event from outside is one word. */
#include "prog.h"

void entry(void)
{
	for (uint32_t n = 0;; n++) {
		DEV_WORD = n;
		wfe();
	}
}
