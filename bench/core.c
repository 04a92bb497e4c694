// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/core.c - our core, unpaced, against the bare emulator: same code, same memory, no peripherals
 *
 *	bench-core PROGRAM.bin [REPETITIONS]
 *
 * The program ends asleep. Both are timed from a closed emulator to that sleep, so translation counts on both sides.
 */
#include "bench/bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include "silicon/core/core.h"

#define MEMORY 0x10000u
#define DATA   0x20000000u
#define RESULT 0xf000u /* in the data memory: what the program worked out */

struct machine {
	uint8_t *code, *data;
	const void *program;
	size_t size;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool asleep;
};

static int refuse_read(void *ctx, uint32_t addr, unsigned width, uint32_t *ret)
{
	return -14;
}

static int refuse_write(void *ctx, uint32_t addr, unsigned width, uint32_t v)
{
	return -14;
}

static void on_event(void *ctx, const struct cw_core_event *event)
{
	struct machine *m = ctx;

	if (event->type != CW_CORE_EVENT_SLEEP && event->type != CW_CORE_EVENT_LOCKUP)
		return;
	pthread_mutex_lock(&m->lock);
	m->asleep = true;
	pthread_cond_signal(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

static void reset_memory(struct machine *m)
{
	memset(m->code, 0, MEMORY);
	memset(m->data, 0, MEMORY);
	memcpy(m->code, m->program, m->size);
	m->asleep = false;
}

static uint32_t result(const struct machine *m)
{
	uint32_t v;

	memcpy(&v, m->data + RESULT, sizeof(v));
	return v;
}

struct run {
	double wall, cpu;
};

static struct run run_ours(struct machine *m, uint64_t *ret_insns)
{
	const struct cw_core_config config = {.irqs = 150, .prio_bits = 4, .mips = 0, .hz = 64000000};
	const struct cw_core_env env = {m, refuse_read, refuse_write, on_event, NULL, NULL};
	struct cw_core *core;
	uint64_t since, cpu = bench_own_cpu();

	reset_memory(m);
	if (cw_cortex_m4.create(&config, &env, &core) < 0 ||
	    cw_cortex_m4.map(core, 0, MEMORY, m->code) < 0 ||
	    cw_cortex_m4.map(core, DATA, MEMORY, m->data) < 0)
		bench_die("the core cannot be made");
	since = bench_now();
	if (cw_cortex_m4.start(core) < 0)
		bench_die("the core does not start");
	pthread_mutex_lock(&m->lock);
	while (!m->asleep)
		pthread_cond_wait(&m->changed, &m->lock);
	pthread_mutex_unlock(&m->lock);
	since = bench_now() - since;
	cpu = bench_own_cpu() - cpu;
	*ret_insns = cw_cortex_m4.insns(core);
	cw_cortex_m4.destroy(core);
	return (struct run){(double)since, (double)cpu};
}

static struct run run_bare(struct machine *m)
{
	uint32_t sp, pc;
	uint64_t since, cpu = bench_own_cpu();
	uc_engine *uc;
	uc_err err;

	reset_memory(m);
	memcpy(&sp, m->code, 4);
	memcpy(&pc, m->code + 4, 4);
	since = bench_now();
	if (uc_open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &uc) ||
	    uc_ctl_set_cpu_model(uc, UC_CPU_ARM_CORTEX_M4) ||
	    uc_mem_map_ptr(uc, 0, MEMORY, UC_PROT_ALL, m->code) ||
	    uc_mem_map_ptr(uc, DATA, MEMORY, UC_PROT_ALL, m->data) ||
	    uc_reg_write(uc, UC_ARM_REG_SP, &sp))
		bench_die("the emulator cannot be made");
	err = uc_emu_start(uc, pc | 1, 0xfffffffe, 0, 0);
	since = bench_now() - since;
	cpu = bench_own_cpu() - cpu;
	uc_close(uc);
	if (err)
		bench_die("the emulator stopped: %s", uc_strerror(err));
	return (struct run){(double)since, (double)cpu};
}

int main(int argc, char **argv)
{
	unsigned repetitions = (unsigned)bench_number(argc, argv, 2, 11);
	struct bench_row wall = {.name = "emulated core, unpaced", .unit = "runs/s"};
	struct bench_row cpu = {.name = "emulated core, unpaced, CPU time", .unit = "runs/s"};
	struct machine m = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
	uint64_t insns = 0;
	uint32_t ours;

	if (argc < 2)
		bench_die("usage: bench-core PROGRAM.bin [REPETITIONS]");
	m.program = bench_read(argv[1], &m.size);
	m.code = bench_memory(MEMORY);
	m.data = bench_memory(MEMORY);
	bench_pin(0, 1);
	for (unsigned i = 0; i < repetitions; i++) {
		struct run a = run_ours(&m, &insns), b;

		ours = result(&m);
		b = run_bare(&m);
		if (!ours || ours != result(&m))
			bench_die("the program came to %08x on our core, to %08x on the bare emulator", ours,
				  result(&m));
		/* A speed: the goal is a share of it. */
		bench_pair(&wall, 1e9 / a.wall, 1e9 / b.wall);
		bench_pair(&cpu, 1e9 / a.cpu, 1e9 / b.cpu);
	}
	bench_print(&wall, "high", 0.9);
	bench_print(&cpu, "high", 0.9);
	bench_value("emulated core, instructions a run", "M", (double)insns / 1e6);
	return 0;
}
