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
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static double run(char **argv)
{
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
	return (double)(bench_now() - since);
}

int main(int argc, char **argv)
{
	struct bench_row row = {.unit = "ns"};
	char **reference = argv + 4;
	unsigned repetitions;

	while (reference < argv + argc && strcmp(*reference, "--"))
		reference++;
	if (reference + 1 >= argv + argc || reference == argv + 4)
		bench_die("usage: bench-pair NAME GOAL REPETITIONS COMMAND... -- REFERENCE...");
	*reference++ = NULL;
	row.name = argv[1];
	repetitions = (unsigned)strtoul(argv[3], NULL, 10);
	run(argv + 4);
	run(reference);
	for (unsigned i = 0; i < repetitions; i++) {
		double ours = run(argv + 4);

		bench_pair(&row, ours, run(reference));
	}
	bench_print(&row, "low", strtod(argv[2], NULL));
	return 0;
}
