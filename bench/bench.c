// SPDX-License-Identifier: BSD-2-Clause
/* bench/bench.c - clock, pinning, numbers out */
#include "bench/bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/memfd.h"

void bench_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

uint64_t bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t bench_own_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

unsigned long bench_number(int argc, char **argv, int i, unsigned long otherwise)
{
	return i < argc ? strtoul(argv[i], NULL, 0) : otherwise;
}

void bench_pair(struct bench_row *row, double ours, double reference)
{
	if (row->n == BENCH_SAMPLES_MAX)
		bench_die("%s: more than %d samples", row->name, BENCH_SAMPLES_MAX);
	row->ours[row->n] = ours;
	row->reference[row->n++] = reference;
}

uint64_t bench_run(char **argv, struct rusage *ret)
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
	if (wait4(pid, &status, 0, ret) != pid || status)
		bench_die("%s failed", argv[0]);
	return bench_now() - since;
}

static void print_numbers(const char *name, const double *v, unsigned n)
{
	printf(", \"%s\": [", name);
	for (unsigned i = 0; i < n; i++)
		printf("%s%.6g", i ? ", " : "", v[i]);
	putchar(']');
}

void bench_print(const struct bench_row *row, const char *better, double goal)
{
	printf("{\"name\": \"%s\", \"unit\": \"%s\", \"better\": \"%s\", \"goal\": %g", row->name,
	       row->unit, better, goal);
	print_numbers("ours", row->ours, row->n);
	print_numbers("reference", row->reference, row->n);
	puts("}");
	fflush(stdout);
}

void bench_value(const char *name, const char *unit, double value)
{
	printf("{\"name\": \"%s\", \"unit\": \"%s\", \"value\": %.6g}\n", name, unit, value);
	fflush(stdout);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_size);
	return v[n / 2];
}

void bench_pin(pid_t pid, int cpu)
{
	char path[64];
	cpu_set_t set;
	DIR *tasks;

	CPU_ZERO(&set);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (cpu < 0 || i == cpu)
			CPU_SET(i, &set);
	snprintf(path, sizeof(path), "/proc/%d/task", pid ? pid : getpid());
	tasks = opendir(path);
	for (struct dirent *e = tasks ? readdir(tasks) : NULL; e; e = readdir(tasks))
		if (e->d_name[0] != '.' && sched_setaffinity(atoi(e->d_name), sizeof(set), &set) < 0)
			bench_die("pin %d to CPU %d: %s", pid, cpu, strerror(errno));
	if (tasks)
		closedir(tasks);
}

void bench_pin_self(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		bench_die("pin to CPU %d: %s", cpu, strerror(errno));
}

void *bench_read(const char *path, size_t *ret_size)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *p;

	if (fd < 0 || fstat(fd, &st) < 0)
		bench_die("%s: %s", path, strerror(errno));
	p = malloc((size_t)st.st_size + 1);
	for (off_t at = 0; p && at < st.st_size;) {
		ssize_t n = read(fd, p + at, (size_t)(st.st_size - at));

		if (n <= 0)
			bench_die("%s: short read", path);
		at += n;
	}
	*ret_size = (size_t)st.st_size;
	return p;
}

void *bench_memory(size_t size)
{
	cleanup_fd int fd = cw_memfd_new("bench", size);
	void *p = fd < 0 ? MAP_FAILED
			 : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		bench_die("memory of %zu bytes: %s", size, strerror(errno));
	return p;
}

void bench_forget(void *memory, size_t size)
{
	munmap(memory, size);
}
