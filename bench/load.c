// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/load.c - verified load from shared memory, against one SHA-256 pass and one memcpy of the same bytes
 *
 *	bench-load BOARD STATE IMAGE NAME [REPETITIONS [CPU]]
 *
 * The image lies in the TEE's shared memory; what is timed is the LOAD command alone: signature, headers, locking the
 * regions, copy, hash. Reference: the slower of the two passes, both over memory that is mapped and warm. Everything on
 * @CPU; -1: wherever the scheduler likes.
 */
#include "bench/bench.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secure/api/remoteproc_ta.h"

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

static double time_load(struct bench_board *board, TEEC_SharedMemory *shm)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_PARTIAL_INPUT,
							    TEEC_NONE, TEEC_NONE)};
	uint64_t since;
	TEEC_Result res;

	op.params[1].memref.parent = shm;
	op.params[1].memref.size = shm->size;
	since = bench_now();
	res = TEEC_InvokeCommand(&board->session, TA_RPROC_CMD_LOAD_FW, &op, NULL);
	since = bench_now() - since;
	if (res != TEEC_SUCCESS)
		bench_die("load: 0x%08x", res);
	if (bench_command(board, TA_RPROC_CMD_RELEASE_FW) != TEEC_SUCCESS)
		bench_die("release failed");
	return (double)since;
}

static double time_hash(const void *data, size_t len)
{
	uint64_t since = bench_now();
	uint8_t digest[32];

	if (!EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL))
		bench_die("no SHA-256");
	return (double)(bench_now() - since);
}

static double time_copy(void *to, const void *from, size_t len)
{
	uint64_t since = bench_now();

	memcpy(to, from, len);
	return (double)(bench_now() - since);
}

int main(int argc, char **argv)
{
	unsigned repetitions = (unsigned)bench_number(argc, argv, 5, 11);
	int cpu = argc > 6 ? atoi(argv[6]) : 1;
	char name[5][96];
	struct bench_row row = {.name = name[0], .unit = "MiB/s"};
	struct bench_row fresh = {.name = name[1], .unit = "MiB/s"};
	double hash_rate = 0, copy_rate = 0, mib;
	struct bench_board board;
	TEEC_SharedMemory shm;
	void *warm;

	if (argc < 5)
		bench_die("usage: bench-load BOARD STATE IMAGE NAME [REPETITIONS [CPU]]");
	snprintf(name[0], sizeof(name[0]), "verified load, %s", argv[4]);
	snprintf(name[1], sizeof(name[1]), "verified load, %s (memcpy to fresh memory)", argv[4]);
	bench_board_on(&board, argv[1], argv[2]);
	bench_pin(0, cpu);
	bench_board_pin(&board, cpu, cpu, cpu);
	shm = image_in(&board, argv[3]);
	warm = bench_memory(shm.size);
	memset(warm, 1, shm.size);
	mib = (double)shm.size / (1 << 20);
	time_load(&board, &shm);
	for (unsigned i = 0; i < repetitions; i++) {
		void *new = bench_memory(shm.size);
		double ours = time_load(&board, &shm), hash = time_hash(shm.buffer, shm.size);
		double copy = time_copy(warm, shm.buffer, shm.size);
		double copy_new = time_copy(new, shm.buffer, shm.size);

		bench_forget(new, shm.size);
		hash_rate += mib * 1e9 / hash / repetitions;
		copy_rate += mib * 1e9 / copy / repetitions;
		bench_pair(&row, mib * 1e9 / ours, mib * 1e9 / (hash > copy ? hash : copy));
		bench_pair(&fresh, mib * 1e9 / ours, mib * 1e9 / (hash > copy_new ? hash : copy_new));
	}
	bench_print(&row, "high", cpu < 0 ? 0 : 0.85);
	bench_print(&fresh, "high", 0);
	snprintf(name[2], sizeof(name[2]), "SHA-256 alone, %s", argv[4]);
	snprintf(name[3], sizeof(name[3]), "memcpy alone, %s", argv[4]);
	snprintf(name[4], sizeof(name[4]), "peak memory of the TEE, %s", argv[4]);
	bench_value(name[2], "MiB/s", hash_rate);
	bench_value(name[3], "MiB/s", copy_rate);
	bench_value(name[4], "KiB", (double)bench_peak_kib(board.pids[1]));
	TEEC_ReleaseSharedMemory(&shm);
	bench_board_off(&board);
	return 0;
}
