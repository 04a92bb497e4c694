// SPDX-License-Identifier: BSD-2-Clause
/* bench/board.c - a powered board, and what its processes take */
#include "bench/bench.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <corewarden/board.h>

#include "bus/power.h"
#include "host/cleanup.h"
#include "host/msg.h"
#include "secure/api/remoteproc_ta.h"
#include "teec/teec_ext.h"

static pid_t pid_of(int pidfd)
{
	char path[64], line[128];
	cleanup_file FILE *f = NULL;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	return pid;
}

pid_t bench_child(pid_t pid)
{
	char path[64];
	cleanup_file FILE *f = NULL;
	int child = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%d", &child) != 1)
		return 0;
	return child;
}

static void open_session(struct bench_board *board)
{
	static const TEEC_UUID ta = TA_RPROC_UUID;
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE,
							    TEEC_NONE)};
	TEEC_Result res = TEEC_OpenSession(&board->tee, &board->session, &ta, TEEC_LOGIN_PUBLIC,
					   NULL, &op, NULL);

	if (res != TEEC_SUCCESS)
		bench_die("open session: 0x%08x", res);
}

void bench_board_on(struct bench_board *board, const char *dtb, const char *state)
{
	struct cw_power_on config = {.state = state, .log = "error", .mips = 0};
	cleanup_free void *tree = NULL;
	struct cw_error err;
	int pair[2];

	*board = (struct bench_board){.silicon = -1};
	if (cw_board_load(dtb, &tree, &config.dtb_size, &err) < 0)
		bench_die("%s", err.text);
	config.dtb = tree;
	if (cw_bus_power_on(&config, &board->bus, &board->silicon, &err) < 0)
		bench_die("power on: %s", err.text);
	if (cw_msg_pair(pair) < 0 || cw_bus_connect_tee(board->bus, pair[1]) < 0)
		bench_die("the TEE cannot be reached");
	close(pair[1]);
	if (cw_teec_init_from_socket(pair[0], &board->tee) != TEEC_SUCCESS)
		bench_die("the TEE does not answer");
	open_session(board);
	board->pids[0] = pid_of(board->silicon);
	board->pids[1] = bench_child(board->pids[0]);
	board->pids[2] = bench_child(board->pids[1]);
	for (int i = 0; i < 3; i++)
		if (!board->pids[i])
			bench_die("a process of the board is not to be found");
}

void bench_board_off(struct bench_board *board)
{
	struct cw_error err;

	TEEC_CloseSession(&board->session);
	TEEC_FinalizeContext(&board->tee);
	if (cw_bus_power_off(board->bus, board->silicon, CW_POWER_OFF_MS, &err) < 0)
		bench_die("power off: %s", err.text);
}

void bench_board_pin(const struct bench_board *board, int silicon, int tee, int ta)
{
	bench_pin(board->pids[0], silicon);
	bench_pin(board->pids[1], tee);
	bench_pin(board->pids[2], ta);
}

TEEC_Result bench_command(struct bench_board *board, uint32_t command)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE,
							    TEEC_NONE)};

	return TEEC_InvokeCommand(&board->session, command, &op, NULL);
}

/* Scheduler's own count: of the threads that live. */
unsigned bench_threads_ns(pid_t pid, struct bench_thread *ret, unsigned max)
{
	char path[300];
	unsigned n = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	for (struct dirent *e = tasks ? readdir(tasks) : NULL; e && n < max; e = readdir(tasks)) {
		cleanup_file FILE *f = NULL;
		unsigned long long ns;

		snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid, e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
		if (f && fscanf(f, "%llu", &ns) == 1)
			ret[n++] = (struct bench_thread){.id = atoi(e->d_name), .ns = ns};
	}
	if (tasks)
		closedir(tasks);
	return n;
}

uint64_t bench_cpu_ns(pid_t pid)
{
	struct bench_thread threads[BENCH_THREADS_MAX];
	unsigned n = bench_threads_ns(pid, threads, BENCH_THREADS_MAX);
	uint64_t sum = 0;

	while (n)
		sum += threads[--n].ns;
	return sum;
}

long bench_peak_kib(pid_t pid)
{
	char path[64], line[128];
	cleanup_file FILE *f = NULL;
	long kib = -1;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	return kib;
}

int bench_fds(pid_t pid)
{
	char path[64];
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		return -1;
	for (struct dirent *e = readdir(d); e; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}
