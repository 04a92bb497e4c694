// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/many.c - boards at once: time until all run signed firmware, memory and descriptors of each
 *
 *	bench-many BOARDS STATE-PREFIX IMAGE
 *
 * One process a board, as with one program a board; board number i has the state folder STATE-PREFIXi.
 */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secure/api/remoteproc_ta.h"

#define BOARDS_MAX 64

/* Written by each board's process, read by the parent. */
struct result {
	uint64_t running; /* when */
	long peak_kib;
	int fds;
};

static void run(const char *state, const char *path, struct result *ret, int go, int stay, int end)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INPUT,
							    TEEC_NONE, TEEC_NONE)};
	struct bench_board board;
	char c;

	op.params[1].tmpref.buffer = bench_read(path, &op.params[1].tmpref.size);
	if (read(go, &c, 1) != 0)
		bench_die("no start");
	bench_board_on(&board, "stm32mp15", state);
	if (TEEC_InvokeCommand(&board.session, TA_RPROC_CMD_LOAD_FW, &op, NULL) ||
	    bench_command(&board, TA_RPROC_CMD_START_FW))
		bench_die("the firmware does not start");
	ret->running = bench_now();
	for (int i = 0; i < 3; i++) {
		ret->peak_kib += bench_peak_kib(board.pids[i]);
		ret->fds += bench_fds(board.pids[i]);
	}
	/* All boards live until the last one runs. */
	if (write(end, "", 1) != 1)
		bench_die("nobody waits");
	if (read(stay, &c, 1) < 0)
		bench_die("no end");
	close(end);
	bench_board_off(&board);
	exit(0);
}

int main(int argc, char **argv)
{
	unsigned n = (unsigned)bench_number(argc, argv, 1, 0), ready = 0;
	struct result *results = mmap(NULL, sizeof(*results) * BOARDS_MAX, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t since, last = 0, kib = 0, fds = 0;
	char state[600], name[64], c;
	int go[2], stay[2], end[2], status;

	if (argc < 4 || !n || n > BOARDS_MAX || results == MAP_FAILED || pipe(go) < 0 ||
	    pipe(stay) < 0 || pipe(end) < 0)
		bench_die("usage: bench-many BOARDS STATE-PREFIX IMAGE");
	for (unsigned i = 0; i < n; i++) {
		snprintf(state, sizeof(state), "%s%u", argv[2], i);
		if (fork() == 0) {
			close(go[1]);
			close(stay[1]);
			close(end[0]);
			run(state, argv[3], &results[i], go[0], stay[0], end[1]);
		}
	}
	close(end[1]);
	since = bench_now();
	close(go[1]);
	while (ready < n && read(end[0], &c, 1) == 1)
		ready++;
	close(stay[1]);
	while (wait(&status) > 0)
		if (status)
			bench_die("a board failed");
	for (unsigned i = 0; i < n; i++) {
		last = results[i].running > last ? results[i].running : last;
		kib += (uint64_t)results[i].peak_kib;
		fds += (uint64_t)results[i].fds;
	}
	snprintf(name, sizeof(name), "%u boards at once, until all run", n);
	bench_value(name, "ms", (double)(last - since) / 1e6);
	snprintf(name, sizeof(name), "%u boards at once, peak memory each", n);
	bench_value(name, "KiB", (double)kib / n);
	snprintf(name, sizeof(name), "%u boards at once, descriptors each", n);
	bench_value(name, "", (double)fds / n);
	return 0;
}
