/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/bench.h - what every measuring program shares
 *
 * A program measures one thing of ours and its reference alternately, in one run, on the same bytes and with the same
 * pinning, and prints each pair of raw numbers; bench/run makes ratios and tables of them. One JSON object a line on
 * stdout. Errors end the program with one sentence: a measurement has nothing to recover.
 */
#ifndef CW_BENCH_H
#define CW_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <tee_client_api.h>

#include "bus/bus.h"

#define BENCH_SAMPLES_MAX 256

/* Pairs of raw numbers. @unit: of the numbers, "ns", "us", "MiB/s". */
struct bench_row {
	const char *name, *unit;
	unsigned n;
	double ours[BENCH_SAMPLES_MAX], reference[BENCH_SAMPLES_MAX];
};

void bench_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
uint64_t bench_now(void); /* CLOCK_MONOTONIC, ns */
uint64_t bench_own_cpu(void); /* CPU time of this process, ns */
/* Argument @i as a number, @otherwise without. */
unsigned long bench_number(int argc, char **argv, int i, unsigned long otherwise);

void bench_pair(struct bench_row *row, double ours, double reference);
/* @better "low" or "high"; @goal of ours / reference. 0: no goal. */
void bench_print(const struct bench_row *row, const char *better, double goal);
/* A number without reference. */
void bench_value(const char *name, const char *unit, double value);

/* The middle of @n numbers, which are sorted. */
double bench_median(double *v, unsigned n);

/* A command from start to end: what it took, and its time on the wall in ns. Its output goes to /dev/null; a status other than
 * 0 ends the measurement. */
uint64_t bench_run(char **argv, struct rusage *ret);

/* All threads of @pid (0: of ourselves) on @cpu; -1: on all. */
void bench_pin(pid_t pid, int cpu);
void bench_pin_self(int cpu); /* the calling thread alone */

void *bench_read(const char *path, size_t *ret_size);
/* Shared memory as the board's: a memfd, mapped, not touched yet. */
void *bench_memory(size_t size);
void bench_forget(void *memory, size_t size);

/* ---- a powered board, without lib/rproc ---- */

struct bench_board {
	struct cw_bus *bus;
	int silicon;	  /* pidfd */
	pid_t pids[3];	  /* silicon, TEE, TA (0: not started) */
	TEEC_Context tee;
	TEEC_Session session; /* with the remoteproc TA */
};

/* @dtb: a board's name or path. */
void bench_board_on(struct bench_board *board, const char *dtb, const char *state);
void bench_board_off(struct bench_board *board);
/* All processes of the board. */
void bench_board_pin(const struct bench_board *board, int silicon, int tee, int ta);
TEEC_Result bench_command(struct bench_board *board, uint32_t command); /* START, STOP, RELEASE */

/* Of a process: CPU time of all threads in ns; memory at its peak in KiB; descriptors now (-1: not ours to look at). */
uint64_t bench_cpu_ns(pid_t pid);
/* CPU time of each thread that lives; how many there are, at most @max. */
#define BENCH_THREADS_MAX 64
struct bench_thread {
	int id;
	uint64_t ns;
};
unsigned bench_threads_ns(pid_t pid, struct bench_thread *ret, unsigned max);
long bench_peak_kib(pid_t pid);
int bench_fds(pid_t pid);
/* The first child of @pid; 0 without. */
pid_t bench_child(pid_t pid);

#endif
