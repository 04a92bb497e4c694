// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/pair.c - two commands, alternately, from start to end
 *
 *	bench-pair NAME GOAL REPETITIONS COMMAND... -- REFERENCE...
 *
 * Output of both goes to /dev/null; a status other than 0 ends the measurement.
 */
#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct run {
	double wall, cpu;
};

static double cpu_of_children(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3;
}

static struct run run(char **argv)
{
	double cpu = cpu_of_children();
	posix_spawn_file_actions_t null;
	uint64_t since = bench_now();
	int status, r;
	pid_t pid;

	posix_spawn_file_actions_init(&null);
	posix_spawn_file_actions_addopen(&null, 1, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(&pid, argv[0], &null, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&null);
	if (r)
		bench_die("%s: %s", argv[0], strerror(r));
	if (waitpid(pid, &status, 0) != pid || status)
		bench_die("%s failed", argv[0]);
	return (struct run){(double)(bench_now() - since), cpu_of_children() - cpu};
}

int main(int argc, char **argv)
{
	struct bench_row wall = {.unit = "ns"}, cpu = {.unit = "ns"};
	char name[96];
	char **reference = argv + 4;
	unsigned repetitions;

	while (reference < argv + argc && strcmp(*reference, "--"))
		reference++;
	if (reference + 1 >= argv + argc || reference == argv + 4)
		bench_die("usage: bench-pair NAME GOAL REPETITIONS COMMAND... -- REFERENCE...");
	*reference++ = NULL;
	wall.name = argv[1];
	snprintf(name, sizeof(name), "%s, CPU time", argv[1]);
	cpu.name = name;
	repetitions = (unsigned)strtoul(argv[3], NULL, 10);
	run(argv + 4);
	run(reference);
	for (unsigned i = 0; i < repetitions; i++) {
		struct run ours = run(argv + 4), theirs = run(reference);

		bench_pair(&wall, ours.wall, theirs.wall);
		bench_pair(&cpu, ours.cpu, theirs.cpu);
	}
	bench_print(&wall, "low", strtod(argv[2], NULL));
	bench_print(&cpu, "low", strtod(argv[2], NULL));
	return 0;
}
