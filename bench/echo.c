// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/echo.c - one rpmsg message there and back, against futex ping-pong and the bare emulator
 *
 *	bench-echo STATE IMAGE FIRMWARE.elf [REPETITIONS [MESSAGES]]
 *
 * Ours: a whole board with the echo firmware, its core unpaced. Reference: the same firmware in the bare emulator on a
 * thread of this process, peripherals replaced by memory, and the same host library; what stands for the doorbells are
 * two futexes. It executes the same instructions but for the mailbox interrupt's. Host on one CPU, core on the other.
 */
#include "bench/bench.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unicorn/unicorn.h>
#include <unistd.h>

#include <corewarden/rproc.h>

#include "base/span.h"
#include "image/elf32.h"

#define MESSAGES_MAX 100000
#define BYTES	     64
#define WAIT_MS	     10000

static double times[MESSAGES_MAX];
static uint8_t message[BYTES];
static uint64_t received; /* when; 0: not yet */

static void on_receive(void *ctx, struct cw_rpmsg_ept *ept, uint32_t src, const void *data, size_t len)
{
	if (len == sizeof(message) && !memcmp(data, message, len))
		received = bench_now();
}

static const struct cw_rpmsg_ept_ops ept_ops = {.receive = on_receive};

static uint32_t tty_of(struct cw_rpmsg *bus)
{
	const struct cw_rpmsg_channel *c;

	for (unsigned i = 0; (c = cw_rpmsg_channel(bus, i)); i++)
		if (!strcmp(c->name, "rpmsg-tty"))
			return c->addr;
	return 0;
}

static void send_one(struct cw_rpmsg_ept *ept, unsigned i)
{
	memcpy(message, &i, sizeof(i));
	if (cw_rpmsg_send(ept, message, sizeof(message)) < 0)
		bench_die("a message cannot be sent");
}

/* ---- ours ---- */

struct board {
	struct cw_platform *platform;
	struct cw_rproc *rproc;
	struct cw_rpmsg_ept *ept;
};

static struct cw_rpmsg_ept *connect(struct cw_rpmsg *bus, uint32_t to)
{
	struct cw_rpmsg_ept *ept;
	struct cw_error err;

	if (cw_rpmsg_ept_new(bus, CW_RPMSG_ADDR_ANY, to, &ept_ops, NULL, &ept, &err) < 0)
		bench_die("%s", err.text);
	return ept;
}

static void board_on(struct board *b, const char *state, const char *image)
{
	struct cw_platform_config config = {.board = "stm32mp15", .state = state, .mips = -1, .log = "error"};
	struct cw_rproc_config rproc_config = {0};
	struct cw_error err;
	struct cw_rpmsg *bus;

	if (cw_platform_on(&config, &b->platform, &err) < 0 ||
	    cw_rproc_new(b->platform, NULL, &rproc_config, &b->rproc, &err) < 0 ||
	    cw_rproc_set_firmware(b->rproc, image, &err) < 0 || cw_rproc_start(b->rproc, &err) < 0)
		bench_die("%s", err.text);
	bus = cw_rproc_rpmsg(b->rproc, 0);
	while (!tty_of(bus))
		if (cw_rproc_process(b->rproc, WAIT_MS, &err) <= 0)
			bench_die("the firmware announces nothing");
	b->ept = connect(bus, tty_of(bus));
}

static double time_board(struct board *b, unsigned messages)
{
	struct cw_error err;

	for (unsigned i = 0; i < messages; i++) {
		uint64_t since = bench_now();

		received = 0;
		send_one(b->ept, i);
		while (!received)
			if (cw_rproc_process(b->rproc, WAIT_MS, &err) <= 0)
				bench_die("message %u did not come back", i);
		times[i] = (double)(received - since);
	}
	return bench_median(times, messages);
}

/* ---- the bare emulator ---- */

#define RETRAM_SIZE  0x10000u
#define SRAM_SIZE    0x60000u
#define SRAM	     0x10000000u
#define SHARED	     0x40000u /* offsets in the SRAM */
#define VRING1	     0x41000u
#define BUFFERS	     0x42000u
#define TABLE	     0x20000u /* the firmware's resource table: firmware/lib/m4.ld */
#define VDEV	     (TABLE + 24)
#define STATUS	     (VDEV + 24)
#define VRING(n)     (VDEV + 28 + 20 * (n))
#define DRIVER_OK    7
#define HSEM_RLR0    0x4C000080u
#define HSEM_OURS    0x80000200u /* locked by the Cortex-M4 */
#define REGISTERS    0x20000u

struct bare {
	uint8_t *retram, *sram;
	uc_engine *uc;
	uint32_t pc;
	struct cw_rpmsg *bus;
	struct cw_rpmsg_ept *ept;
	pthread_t thread;
	_Atomic uint32_t to_core, to_host; /* doorbells: futexes */
	_Atomic bool quit;
};

static void ring(_Atomic uint32_t *bell)
{
	atomic_store(bell, 1);
	syscall(SYS_futex, bell, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void wait_for(_Atomic uint32_t *bell)
{
	while (!atomic_exchange(bell, 0))
		syscall(SYS_futex, bell, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

/* Run to the next WFI. */
static void run_bare(struct bare *b)
{
	uc_err err = uc_emu_start(b->uc, b->pc | 1, 0xfffffffe, 0, 0);

	uc_reg_read(b->uc, UC_ARM_REG_PC, &b->pc);
	if (err)
		bench_die("the bare emulator stopped at 0x%08x: %s", b->pc, uc_strerror(err));
}

static void *be_core(void *arg)
{
	struct bare *b = arg;

	while (wait_for(&b->to_core), !atomic_load(&b->quit)) {
		run_bare(b);
		ring(&b->to_host);
	}
	return NULL;
}

static int kick(void *ctx, unsigned vq)
{
	struct bare *b = ctx;

	if (b->ept)
		ring(&b->to_core);
	return 0;
}

static void load_elf(struct bare *b, const char *path)
{
	struct cw_elf32_ehdr eh;
	struct cw_refusal why;
	size_t size;
	uint8_t *file = bench_read(path, &size);

	if (cw_elf32_header(cw_span(file, CW_ELF32_EHDR_SIZE), size, "firmware", 0, &eh, &why) < 0)
		bench_die("%s", why.text);
	for (unsigned i = 0; i < eh.phnum; i++) {
		struct cw_elf32_phdr ph;

		cw_elf32_phdr(cw_span(file + eh.phoff, size - eh.phoff), i, &ph);
		if (ph.type != CW_PT_LOAD)
			continue;
		memcpy(ph.paddr < RETRAM_SIZE ? b->retram + ph.paddr : b->sram + (ph.paddr - SRAM),
		       file + ph.offset, ph.filesz);
	}
	free(file);
}

static void map_registers(struct bare *b, uint32_t at)
{
	if (uc_mem_map(b->uc, at, REGISTERS, UC_PROT_READ | UC_PROT_WRITE))
		bench_die("the bare emulator has no memory");
}

static void make_bare(struct bare *b, const char *path)
{
	static const uint32_t registers[] = {0x4C000000, 0x50000000, 0xE0000000, 0x50020000, 0x54000000};
	uint32_t ours = HSEM_OURS, sp;

	b->retram = bench_memory(RETRAM_SIZE);
	b->sram = bench_memory(SRAM_SIZE);
	load_elf(b, path);
	if (uc_open(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS, &b->uc) ||
	    uc_ctl_set_cpu_model(b->uc, UC_CPU_ARM_CORTEX_M4) ||
	    uc_mem_map_ptr(b->uc, 0, RETRAM_SIZE, UC_PROT_ALL, b->retram) ||
	    uc_mem_map_ptr(b->uc, SRAM, SRAM_SIZE, UC_PROT_ALL, b->sram))
		bench_die("the bare emulator cannot be made");
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		map_registers(b, registers[i]);
	uc_mem_write(b->uc, HSEM_RLR0, &ours, sizeof(ours));
	memcpy(&sp, b->retram, 4);
	memcpy(&b->pc, b->retram + 4, 4);
	uc_reg_write(b->uc, UC_ARM_REG_SP, &sp);
}

static void bare_on(struct bare *b, const char *path)
{
	static const struct cw_rpmsg_ops ops = {.kick = kick};
	const struct cw_rpmsg_config config = {
		.ops = &ops, .ctx = b, .num = 16, .align = 16,
		.vring = {{NULL, 0x1000}, {NULL, 0x1000}},
		.buffers_size = 0x4000, .buffers_da = SRAM + BUFFERS, .name_service = true,
	};
	struct cw_rpmsg_config c = config;
	struct cw_error err;

	make_bare(b, path);
	c.vring[0].mem = b->sram + SHARED;
	c.vring[1].mem = b->sram + VRING1;
	c.buffers = b->sram + BUFFERS;
	if (cw_rpmsg_new(&c, &b->bus, &err) < 0)
		bench_die("%s", err.text);
	run_bare(b); /* it waits for the driver */
	cw_put_le32(b->sram + VRING(0), SRAM + SHARED);
	cw_put_le32(b->sram + VRING(1), SRAM + VRING1);
	b->sram[STATUS] = DRIVER_OK;
	cw_rpmsg_ready(b->bus);
	for (int i = 0; i < 4 && !tty_of(b->bus); i++) {
		run_bare(b);
		cw_rpmsg_interrupt(b->bus, 0);
	}
	if (!tty_of(b->bus))
		bench_die("the firmware announces nothing to the bare host");
	b->ept = connect(b->bus, tty_of(b->bus));
	if (pthread_create(&b->thread, NULL, be_core, b))
		bench_die("no thread");
}

static double time_bare(struct bare *b, unsigned messages)
{
	for (unsigned i = 0; i < messages; i++) {
		uint64_t since = bench_now();

		received = 0;
		send_one(b->ept, i);
		while (!received) {
			wait_for(&b->to_host);
			cw_rpmsg_interrupt(b->bus, 0);
			cw_rpmsg_interrupt(b->bus, 1);
		}
		times[i] = (double)(received - since);
	}
	return bench_median(times, messages);
}

static void bare_off(struct bare *b)
{
	atomic_store(&b->quit, true);
	ring(&b->to_core);
	pthread_join(b->thread, NULL);
	cw_rpmsg_free(b->bus);
	uc_close(b->uc);
}

int main(int argc, char **argv)
{
	unsigned repetitions = (unsigned)bench_number(argc, argv, 4, 15);
	unsigned messages = (unsigned)bench_number(argc, argv, 5, 2000);
	struct bench_row row = {.name = "rpmsg echo, 64 bytes, p50", .unit = "ns"};
	static struct bare bare;
	struct board board;

	if (argc < 4 || messages > MESSAGES_MAX)
		bench_die("usage: bench-echo STATE IMAGE FIRMWARE.elf [REPETITIONS [MESSAGES]]");
	bench_pin(0, 1); /* everything started from here on is born there */
	board_on(&board, argv[1], argv[2]);
	bare_on(&bare, argv[3]);
	bench_pin_self(0);
	time_board(&board, messages / 10 + 1);
	time_bare(&bare, messages / 10 + 1);
	for (unsigned i = 0; i < repetitions; i++) {
		double ours = time_board(&board, messages);

		bench_pair(&row, ours, time_bare(&bare, messages));
	}
	bench_print(&row, "low", 1.5);
	bare_off(&bare);
	cw_rproc_free(board.rproc);
	cw_platform_off(board.platform, NULL);
	return 0;
}
