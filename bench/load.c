// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/load.c - verified load from shared memory, against one SHA-256 pass and one memcpy of the same bytes
 *
 *	bench-load BOARD STATE IMAGE NAME [REPETITIONS [CPU]]
 *
 * The image lies in the TEE's shared memory; what is timed is the LOAD command alone: signature, headers, locking the
 * regions, copy, hash. Reference: the slower of the two passes, both over memory that is mapped and warm. Everything on
 * @CPU; -1: wherever the scheduler likes. On one CPU, CPU time of all processes is given, too: unlike the clock on the
 * wall it knows nothing of others who run there. On several, that of the longest way: of the TEE's threads the busiest
 * counts, as if each had a processor of its own. A first load must make every page it fills, which memory of a real part
 * need not: it is compared with a memcpy that must, too.
 */
#include "bench/bench.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "secure/api/remoteproc_ta.h"

#define REST_US 100000 /* a TEE that did nothing so long has nothing more to do */

static TEEC_SharedMemory image_in(struct bench_board *board, const char *path)
{
	TEEC_SharedMemory shm = {.flags = TEEC_MEM_INPUT};
	void *image = bench_read(path, &shm.size);

	if (TEEC_AllocateSharedMemory(&board->tee, &shm) != TEEC_SUCCESS)
		bench_die("no shared memory of %zu bytes", shm.size);
	memcpy(shm.buffer, image, shm.size);
	free(image);
	return shm;
}

/* Of everybody who takes part. With all of them on one CPU it is what the load takes when nobody else runs there. */
static uint64_t all_cpu(const struct bench_board *board)
{
	uint64_t sum = bench_own_cpu();

	for (int i = 0; i < 3; i++)
		sum += bench_cpu_ns(board->pids[i]);
	return sum;
}

/* Start and stop leave the memory locked, and there; meanwhile the TEE has mapped it: what a recovery finds. */
static bool run_for_a_while(struct bench_board *board)
{
	uint64_t before, now = 0;

	if (bench_command(board, TA_RPROC_CMD_START_FW))
		return true;
	do {
		before = now;
		usleep(REST_US);
		now = bench_cpu_ns(board->pids[1]);
	} while (now > before + REST_US); /* a thousandth */
	return bench_command(board, TA_RPROC_CMD_STOP_FW);
}

/* What a load took. @path: CPU time of everybody, but of the TEE's threads only the one that had most to do: what it takes
 * when each of them has a processor of its own. */
struct took {
	double wall, cpu, path;
};

static void add_threads(struct took *took, pid_t tee, const struct bench_thread *before, unsigned n)
{
	struct bench_thread now[BENCH_THREADS_MAX];
	unsigned n_now = bench_threads_ns(tee, now, BENCH_THREADS_MAX);
	double sum = 0, most = 0;

	for (unsigned i = 0; i < n_now; i++) {
		double ns = (double)now[i].ns;

		for (unsigned k = 0; k < n; k++)
			ns -= before[k].id == now[i].id ? (double)before[k].ns : 0;
		sum += ns;
		most = ns > most ? ns : most;
	}
	took->path = took->cpu - sum + most;
}

static struct took time_load(struct bench_board *board, TEEC_SharedMemory *shm, bool keep)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_PARTIAL_INPUT,
							    TEEC_NONE, TEEC_NONE)};
	struct bench_thread before[BENCH_THREADS_MAX];
	unsigned n = bench_threads_ns(board->pids[1], before, BENCH_THREADS_MAX);
	struct took took;
	uint64_t cpu, since;
	TEEC_Result res;

	op.params[1].memref.parent = shm;
	op.params[1].memref.size = shm->size;
	cpu = all_cpu(board);
	since = bench_now();
	res = TEEC_InvokeCommand(&board->session, TA_RPROC_CMD_LOAD_FW, &op, NULL);
	took.wall = (double)(bench_now() - since);
	took.cpu = (double)(all_cpu(board) - cpu);
	add_threads(&took, board->pids[1], before, n);
	if (res != TEEC_SUCCESS)
		bench_die("load: 0x%08x", res);
	if (keep ? run_for_a_while(board) : bench_command(board, TA_RPROC_CMD_RELEASE_FW))
		bench_die("start, stop or release failed");
	return took;
}

struct pass {
	double wall, cpu;
};

static struct pass hash_pass(const void *data, size_t len)
{
	uint64_t since = bench_now(), cpu = bench_own_cpu();
	uint8_t digest[32];

	if (!EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL))
		bench_die("no SHA-256");
	return (struct pass){(double)(bench_now() - since), (double)(bench_own_cpu() - cpu)};
}

static struct pass copy_pass(void *to, const void *from, size_t len)
{
	uint64_t since = bench_now(), cpu = bench_own_cpu();

	memcpy(to, from, len);
	return (struct pass){(double)(bench_now() - since), (double)(bench_own_cpu() - cpu)};
}

static double slower(double a, double b)
{
	return a > b ? a : b;
}

struct rows {
	char name[6][96];
	struct bench_row wall, cpu, first, path;
	double hash_rate, copy_rate, mib;
};

/* A load into memory that is there, a load into memory that must be made, and their references. */
static void measure(struct rows *rows, struct bench_board *board, TEEC_SharedMemory *shm, void *warm)
{
	void *new = bench_memory(shm->size);
	double mib = rows->mib * 1e9;
	struct took first, ours;
	struct pass hash, copy, copy_new;

	first = time_load(board, shm, true);
	ours = time_load(board, shm, false);
	hash = hash_pass(shm->buffer, shm->size);
	copy = copy_pass(warm, shm->buffer, shm->size);
	copy_new = copy_pass(new, shm->buffer, shm->size);
	bench_forget(new, shm->size);
	rows->hash_rate = slower(rows->hash_rate, mib / hash.cpu);
	rows->copy_rate = slower(rows->copy_rate, mib / copy.cpu);
	bench_pair(&rows->wall, mib / ours.wall, mib / slower(hash.wall, copy.wall));
	bench_pair(&rows->cpu, mib / ours.cpu, mib / slower(hash.cpu, copy.cpu));
	bench_pair(&rows->path, mib / ours.path, mib / slower(hash.cpu, copy.cpu));
	bench_pair(&rows->first, mib / first.cpu, mib / slower(hash.cpu, copy_new.cpu));
}

static void print(struct rows *rows, int cpu, double peak_kib)
{
	bench_print(&rows->wall, "high", 0);
	if (cpu >= 0) {
		bench_print(&rows->cpu, "high", 0.85);
		bench_print(&rows->first, "high", 0.85);
	} else {
		bench_print(&rows->path, "high", 1.5);
	}
	bench_value(rows->name[3], "MiB/s", rows->hash_rate);
	bench_value(rows->name[4], "MiB/s", rows->copy_rate);
	snprintf(rows->name[0], sizeof(rows->name[0]), "peak memory of the TEE");
	bench_value(rows->name[0], "KiB", peak_kib);
}

int main(int argc, char **argv)
{
	unsigned repetitions = (unsigned)bench_number(argc, argv, 5, 11);
	static const char *const names[] = {"verified load, %s", "verified load, %s, CPU time",
					    "verified load, %s, CPU time, first load and fresh memcpy",
					    "SHA-256 at its best, %s", "memcpy at its best, %s",
					    "%s, CPU time of the longest way"};
	int cpu = argc > 6 ? atoi(argv[6]) : 1;
	struct rows rows = {.wall = {.name = rows.name[0], .unit = "MiB/s"},
			    .cpu = {.name = rows.name[1], .unit = "MiB/s"},
			    .first = {.name = rows.name[2], .unit = "MiB/s"},
			    .path = {.name = rows.name[5], .unit = "MiB/s"}};
	struct bench_board board;
	TEEC_SharedMemory shm;
	void *warm;

	if (argc < 5)
		bench_die("usage: bench-load BOARD STATE IMAGE NAME [REPETITIONS [CPU]]");
	for (unsigned i = 0; i < 6; i++)
		snprintf(rows.name[i], sizeof(rows.name[i]), names[i], argv[4]);
	bench_board_on(&board, argv[1], argv[2]);
	bench_pin(0, cpu);
	bench_board_pin(&board, cpu, cpu, cpu);
	shm = image_in(&board, argv[3]);
	rows.mib = (double)shm.size / (1 << 20);
	warm = bench_memory(shm.size);
	memset(warm, 1, shm.size);
	time_load(&board, &shm, false);
	for (unsigned i = 0; i < repetitions; i++)
		measure(&rows, &board, &shm, warm);
	print(&rows, cpu, (double)bench_peak_kib(board.pids[1]));
	TEEC_ReleaseSharedMemory(&shm);
	bench_board_off(&board);
	return 0;
}
