/* SPDX-License-Identifier: BSD-2-Clause */
/* bus/board.h - a powered board of the real corewarden-silicon and the fake TEE, for tests */
#ifndef TESTS_UNIT_BUS_BOARD_H
#define TESTS_UNIT_BUS_BOARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "bus/power.h"

#define MCURAM	 0x10000000u
#define MCURAM_A 0x30000000u
#define VRING0	 0x10040000u
#define RETRAM	 0x38000000u
#define SYSRAM	 0x2ffc0000u

extern void *board_dtb;
extern size_t board_dtb_size;

struct board {
	struct cw_bus *ns, *s; /* @s goes through the fake TEE */
	int pidfd, tee_sock;
};

/* Fails the test when the board does not come up, or does not end in order. */
void board_on(struct board *b, const char *state, bool no_tee);
void board_off(struct board *b);
int board_tee(struct board *b); /* a new connection to the fake TEE */

/* Arguments: SILICON FAKE_TEE DTB. Runs the tests with those programs, in a folder of their own. */
int board_main(int argc, char **argv, const struct CMUnitTest *tests, size_t n);

#endif
