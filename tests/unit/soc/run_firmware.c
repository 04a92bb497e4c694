/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run_firmware - run an ELF on the core and the SoC, print its trace
 *
 *	run_firmware ELF [LINE [SECONDS]]
 *
 * Ends when the trace holds LINE as the core goes to sleep, when the core locks up (or faults, when
 *no LINE was given), or after SECONDS (20). Exit status 0: LINE was there, or none was asked for
 *and nothing faulted; and no line begins with FAIL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

static bool finished(struct board *b, void *arg)
{
	const char *trace = board_trace(b), *line = arg;

	if (b->locked_up || (!line && b->faulted))
		return true;
	return line && trace && strstr(trace, line);
}

static bool any_failed(const char *trace)
{
	return strncmp(trace, "FAIL", 4) == 0 || strstr(trace, "\nFAIL");
}

static void print_fault(const struct cw_core_event *f)
{
	printf("core fault: pc %08x lr %08x sp %08x xpsr %08x cfsr %08x hfsr %08x address %08x\n",
	       f->pc, f->lr, f->sp, f->xpsr, f->cfsr, f->hfsr, f->fault_addr);
}

int main(int argc, char **argv)
{
	char *line = argc > 2 ? argv[2] : NULL;
	unsigned seconds = argc > 3 ? (unsigned)atoi(argv[3]) : 20;
	const char *trace;
	struct board b;
	bool ok;
	int r;

	if (argc < 2) {
		fprintf(stderr, "usage: run_firmware ELF [LINE [SECONDS]]\n");
		return 2;
	}
	r = board_open(&b);
	if (r == 0)
		r = board_load(&b, argv[1]);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));
		return 2;
	}
	board_release(&b);
	ok = board_wait(&b, finished, line, seconds);
	b.core_ops->stop(b.core);
	trace = board_trace(&b);
	if (trace) {
		fputs(trace, stdout);
		ok = ok && !any_failed(trace);
	}
	if (b.locked_up || (!line && b.faulted))
		print_fault(&b.fault);
	ok = line ? ok && !b.locked_up : !b.faulted;
	board_close(&b);
	return ok ? 0 : 1;
}
