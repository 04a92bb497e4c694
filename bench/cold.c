// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/cold.c - from exec of the client to the first instruction of signed firmware
 *
 *	bench-cold STATE IMAGE EARLY.so REPETITIONS SILICON TEE TA
 *
 * Ours: this program again as the client, which powers a board on, loads and starts through lib/rproc, and looks at the
 * word that the firmware's first store changes. Reference: client, silicon, TEE and TA one after the other, each ending
 * where its main() would begin (bench/early.c), with and without the start of libraries that start when used.
 */
#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <corewarden/rproc.h>

#include "rproc/platform.h"

#define SEEN_PA	  0x10042000u
#define SEEN_WORD 0x600dc0deu
#define PROGRAMS  4

/* ---- the client ---- */

static const volatile uint32_t *seen_word(struct cw_platform *platform)
{
	struct cw_bus_region region;
	void *p;
	int fd;

	if (cw_bus_map(platform->bus, CW_PA(SEEN_PA), &region, &fd) < 0)
		bench_die("the shared memory cannot be mapped");
	p = mmap(NULL, region.size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		bench_die("mmap: %s", strerror(errno));
	close(fd);
	return (const volatile uint32_t *)((uint8_t *)p + (SEEN_PA - region.pa));
}

static void await(const volatile uint32_t *word)
{
	const struct timespec nap = {.tv_nsec = 10000};

	while (*word != SEEN_WORD)
		nanosleep(&nap, NULL);
}

/* Prints the time of the first instruction. */
static int be_client(const char *state, const char *image)
{
	struct cw_platform_config config = {.board = "stm32mp15", .state = state, .mips = -1, .log = "error"};
	struct cw_rproc_config rproc_config = {0};
	const volatile uint32_t *word;
	struct cw_platform *platform;
	struct cw_rproc *rproc;
	struct cw_error err;

	if (cw_platform_on(&config, &platform, &err) < 0)
		bench_die("%s", err.text);
	word = seen_word(platform);
	if (cw_rproc_new(platform, NULL, &rproc_config, &rproc, &err) < 0 ||
	    cw_rproc_set_firmware(rproc, image, &err) < 0 || cw_rproc_start(rproc, &err) < 0)
		bench_die("%s", err.text);
	await(word);
	printf("%llu\n", (unsigned long long)bench_now());
	cw_rproc_free(rproc);
	cw_platform_off(platform, NULL);
	return 0;
}

/* ---- the measurement ---- */

/* Of everything that ran below us and has ended, in ns: with power-off, where there is one. */
static double cpu_of_children(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3;
}

struct run {
	double wall, cpu;
};

static pid_t spawn(char **argv, char **envp, int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	r = posix_spawn(&pid, argv[0], &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	if (r)
		bench_die("%s: %s", argv[0], strerror(r));
	return pid;
}

static void reap(pid_t pid, const char *name)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		bench_die("%s failed", name);
}

static struct run run_ours(char *self, char *state, char *image)
{
	double cpu = cpu_of_children();
	char *argv[] = {self, (char *)"--client", state, image, NULL}, text[32] = "";
	uint64_t since = bench_now();
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		bench_die("pipe");
	pid = spawn(argv, environ, out[1]);
	close(out[1]);
	if (read(out[0], text, sizeof(text) - 1) <= 0)
		bench_die("the client said nothing");
	close(out[0]);
	reap(pid, "the client");
	return (struct run){(double)(strtoull(text, NULL, 10) - since), cpu_of_children() - cpu};
}

static struct run run_early(char **programs, char *preload, bool libraries)
{
	double cpu = cpu_of_children();
	char *env[] = {preload, libraries ? (char *)"BENCH_EARLY=libraries" : NULL, NULL};
	uint64_t since = bench_now();

	for (int i = 0; i < PROGRAMS; i++) {
		char *argv[] = {programs[i], NULL};

		reap(spawn(argv, env, 1), programs[i]);
	}
	return (struct run){(double)(bench_now() - since), cpu_of_children() - cpu};
}

int main(int argc, char **argv)
{
	struct bench_row row = {.name = "cold start to first firmware instruction", .unit = "ns"};
	struct bench_row bare = {.name = "cold start, against linking alone", .unit = "ns"};
	struct bench_row cpu = {.name = "cold start and power-off, CPU time", .unit = "ns"};
	unsigned repetitions;
	char preload[600], *programs[PROGRAMS];

	if (argc == 4 && !strcmp(argv[1], "--client"))
		return be_client(argv[2], argv[3]);
	if (argc < 8)
		bench_die("usage: bench-cold STATE IMAGE EARLY.so REPETITIONS SILICON TEE TA");
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", argv[3]);
	repetitions = (unsigned)bench_number(argc, argv, 4, 15);
	programs[0] = argv[0];
	for (int i = 1; i < PROGRAMS; i++)
		programs[i] = argv[4 + i];
	run_ours(argv[0], argv[1], argv[2]);
	run_early(programs, preload, true);
	for (unsigned i = 0; i < repetitions; i++) {
		struct run ours = run_ours(argv[0], argv[1], argv[2]);
		struct run early = run_early(programs, preload, true);

		bench_pair(&row, ours.wall, early.wall);
		bench_pair(&cpu, ours.cpu, early.cpu);
		bench_pair(&bare, ours.wall, run_early(programs, preload, false).wall);
	}
	bench_print(&row, "low", 1.5);
	bench_print(&cpu, "low", 0);
	bench_print(&bare, "low", 0);
	return 0;
}
