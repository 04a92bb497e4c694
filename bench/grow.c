// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench/grow.c - what a command takes: time on the wall, CPU time, memory at its peak beside a file's size
 *
 *	bench-grow NAME FILE REPETITIONS COMMAND...
 */
#include "bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct taken {
	double wall, cpu, peak; /* ms, ms, MiB */
};

static double ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static struct taken run(char **argv)
{
	struct rusage u;
	uint64_t wall = bench_run(argv, &u);

	return (struct taken){(double)wall / 1e6, ms(u.ru_utime) + ms(u.ru_stime), (double)u.ru_maxrss / 1024};
}

static void value(const char *name, const char *what, const char *unit, double *v, unsigned n)
{
	char full[160];

	snprintf(full, sizeof(full), "%s, %s", name, what);
	bench_value(full, unit, bench_median(v, n));
}

int main(int argc, char **argv)
{
	unsigned n = (unsigned)bench_number(argc, argv, 3, 5);
	double wall[BENCH_SAMPLES_MAX], cpu[BENCH_SAMPLES_MAX], peak[BENCH_SAMPLES_MAX];
	struct stat st;

	if (argc < 5 || !n || n > BENCH_SAMPLES_MAX)
		bench_die("usage: bench-grow NAME FILE REPETITIONS COMMAND...");
	if (stat(argv[2], &st) < 0)
		bench_die("%s: %s", argv[2], strerror(errno));
	run(argv + 4);
	for (unsigned i = 0; i < n; i++) {
		struct taken t = run(argv + 4);

		wall[i] = t.wall;
		cpu[i] = t.cpu;
		peak[i] = t.peak - (double)st.st_size / (1 << 20);
	}
	value(argv[1], "wall", "ms", wall, n);
	value(argv[1], "CPU time", "ms", cpu, n);
	value(argv[1], "peak memory beside the file", "MiB", peak, n);
	return 0;
}
