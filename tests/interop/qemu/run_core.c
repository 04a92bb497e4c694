// SPDX-License-Identifier: BSD-2-Clause
/*
 * run_core.c - run a guest program on our core, with the memory that mps2-an386 has, and print its log
 *
 *	run-core PROGRAM.bin	one hexadecimal word a line; then "end", or "lockup"
 *
 * 4 MiB of memory at 0 and at 0x20000000, 32 lines, 8 bits of priority; all else refuses. There is no time-out: whoever
 * starts it has one.
 */
#include "silicon/core/core.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY	 0x400000u
#define LOG	 0xf000u /* in data memory, see prog.h */
#define END_MARK 0x600dc0deu

struct log {
	uint32_t end, count, words[1022];
};

struct run {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct cw_core *core;
};

static int refuse_read(void *ctx, uint32_t addr, unsigned width, uint32_t *ret)
{
	return -EFAULT;
}

static int refuse_write(void *ctx, uint32_t addr, unsigned width, uint32_t v)
{
	return -EFAULT;
}

static void on_event(void *ctx, const struct cw_core_event *event)
{
	struct run *run = ctx;

	pthread_mutex_lock(&run->lock);
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->lock);
}

/* The core tells that it falls asleep before it does; the tick looks again. */
static void on_tick(void *ctx, uint64_t ns)
{
	on_event(ctx, NULL);
}

static bool ended(struct run *run, const struct log *log)
{
	return __atomic_load_n(&log->end, __ATOMIC_ACQUIRE) == END_MARK ||
	       cw_cortex_m4.locked_up(run->core);
}

static void *memory(void)
{
	void *p = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static bool load(const char *path, void *code)
{
	FILE *f = fopen(path, "rb");
	bool ok = f && fread(code, 1, MEMORY, f) > 8;

	if (f)
		fclose(f);
	return ok;
}

static int run_to_end(struct run *run, const struct log *log)
{
	int r = cw_cortex_m4.start(run->core);

	if (r < 0)
		return r;
	pthread_mutex_lock(&run->lock);
	while (!ended(run, log))
		pthread_cond_wait(&run->changed, &run->lock);
	pthread_mutex_unlock(&run->lock);
	return 0;
}

int main(int argc, char **argv)
{
	const struct cw_core_config config = {.irqs = 32, .prio_bits = 8, .hz = 25000000};
	struct run run = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};
	const struct cw_core_env env = {&run, refuse_read, refuse_write, on_event, on_tick, NULL};
	uint8_t *code = memory(), *data = memory();
	const struct log *log = (const void *)(data + LOG);

	if (argc != 2 || !code || !data || !load(argv[1], code)) {
		fprintf(stderr, "usage: run-core PROGRAM.bin\n");
		return 2;
	}
	if (cw_cortex_m4.create(&config, &env, &run.core) < 0 ||
	    cw_cortex_m4.map(run.core, 0, MEMORY, code) < 0 ||
	    cw_cortex_m4.map(run.core, 0x20000000, MEMORY, data) < 0 || run_to_end(&run, log) < 0) {
		fprintf(stderr, "run-core: the core does not start\n");
		return 1;
	}
	for (uint32_t i = 0; i < log->count && i < sizeof(log->words) / 4; i++)
		printf("%08x\n", log->words[i]);
	puts(log->end == END_MARK ? "end" : "lockup");
	cw_cortex_m4.destroy(run.core);
	munmap(code, MEMORY);
	munmap(data, MEMORY);
	return 0;
}
