// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/idle.c - a board whose firmware sleeps: CPU time, memory, descriptors of its processes
 *
 *	bench-idle STATE IMAGE [SECONDS]
 */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "secure/api/remoteproc_ta.h"

static const char *const names[] = {"silicon", "TEE", "TA"};

static uint64_t cpu_of_all(const struct bench_board *board)
{
	uint64_t sum = 0;

	for (int i = 0; i < 3; i++)
		sum += bench_cpu_ns(board->pids[i]);
	return sum;
}

static void load(struct bench_board *board, const char *path)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INPUT,
							    TEEC_NONE, TEEC_NONE)};
	void *image = bench_read(path, &op.params[1].tmpref.size);

	op.params[1].tmpref.buffer = image;
	if (TEEC_InvokeCommand(&board->session, TA_RPROC_CMD_LOAD_FW, &op, NULL) != TEEC_SUCCESS ||
	    bench_command(board, TA_RPROC_CMD_START_FW) != TEEC_SUCCESS)
		bench_die("the firmware does not start");
	free(image);
}

static void wait_ms(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
	unsigned seconds = (unsigned)bench_number(argc, argv, 3, 10);
	struct bench_board board;
	uint64_t cpu, wall;
	char name[64];

	if (argc < 3)
		bench_die("usage: bench-idle STATE IMAGE [SECONDS]");
	bench_board_on(&board, "stm32mp15", argv[1]);
	load(&board, argv[2]);
	wait_ms(1000);
	cpu = cpu_of_all(&board);
	wall = bench_now();
	wait_ms(seconds * 1000L);
	wall = bench_now() - wall;
	cpu = cpu_of_all(&board) - cpu;
	bench_value("idle board, firmware in WFI: CPU", "%", 100.0 * (double)cpu / (double)wall);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "peak memory, %s", names[i]);
		bench_value(name, "KiB", (double)bench_peak_kib(board.pids[i]));
		snprintf(name, sizeof(name), "descriptors, %s", names[i]);
		bench_value(name, "", bench_fds(board.pids[i]));
	}
	bench_board_off(&board);
	return 0;
}
