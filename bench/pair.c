// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/pair.c - two commands, alternately, from start to end
 *
 *	bench-pair NAME GOAL REPETITIONS COMMAND... -- REFERENCE...
 *
 * Output of both goes to /dev/null; a status other than 0 ends the measurement.
 */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	double wall, cpu;
};

static double ns(struct timeval t)
{
	return (double)t.tv_sec * 1e9 + (double)t.tv_usec * 1e3;
}

static struct run run(char **argv)
{
	struct rusage u;
	uint64_t wall = bench_run(argv, &u);

	return (struct run){(double)wall, ns(u.ru_utime) + ns(u.ru_stime)};
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
