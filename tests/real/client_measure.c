// SPDX-License-Identifier: BSD-2-Clause
/* client_measure.c - how long trusted applications take, from the normal world's clock */
#include "tests/real/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/cleanup.h"
#include "secure/api/remoteproc_ta.h"

#define RUNS 9
#define REPEAT 20 /* of what takes less than a millisecond */
#define SUBJECTS_MAX 4
#define BIG  1 /* the processor with megabytes of memory */

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static TEEC_Result verify(TEEC_Session *s, TEEC_SharedMemory *shm, size_t size, uint32_t command)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_PARTIAL_INPUT, 0, 0),
	};

	op.params[0].value.a = BIG;
	op.params[1].memref.parent = shm;
	op.params[1].memref.size = size;
	return TEEC_InvokeCommand(s, command, &op, NULL);
}

/* MEASURE ta what bytes milliseconds, the best of RUNS. */
static void tell(const char *ta, const char *what, size_t bytes, const double *ms)
{
	double best = ms[0];

	for (int i = 1; i < RUNS; i++)
		if (ms[i] < best)
			best = ms[i];
	printf("MEASURE\t%s\t%s\t%zu\t%.3f\n", ta, what, bytes, best);
}

struct subject {
	const char *ta;
	TEEC_Session session;
	double call[RUNS], load[RUNS], judge[RUNS];
};

static double time_session(struct subject *b)
{
	double t = now_ms();

	for (int n = 0; n < REPEAT; n++) {
		TEEC_Session s;

		if (client_open(&s, b->ta, BIG) != TEEC_SUCCESS)
			client_die("%s: no session", b->ta);
		TEEC_CloseSession(&s);
	}
	return (now_ms() - t) / REPEAT;
}

/* A command that does nothing: STOP of a processor that is off. */
static double time_empty(struct subject *b)
{
	double t = now_ms();

	for (int n = 0; n < REPEAT; n++)
		client_simple(&b->session, TA_RPROC_CMD_STOP_FW, BIG);
	return (now_ms() - t) / REPEAT;
}

static void open_subject(struct subject *b)
{
	if (client_open(&b->session, b->ta, BIG) != TEEC_SUCCESS)
		client_die("%s: no session", b->ta);
}

static void measure_calls(struct subject *subjects, int n, const char *what, double (*one)(struct subject *b))
{
	for (unsigned run = 0; run < RUNS; run++)
		for (int i = 0; i < n; i++)
			subjects[i].call[run] = one(&subjects[i]);
	for (int i = 0; i < n; i++)
		tell(subjects[i].ta, what, 0, subjects[i].call);
}

static void measure_once(struct subject *b, TEEC_SharedMemory *shm, size_t size, unsigned run)
{
	bool judges = strcmp(b->ta, "optee");
	double t = now_ms();

	if (verify(&b->session, shm, size, TA_RPROC_CMD_LOAD_FW) != TEEC_SUCCESS)
		client_die("%s: %zu bytes are refused", b->ta, size);
	b->load[run] = now_ms() - t;
	client_simple(&b->session, TA_RPROC_CMD_RELEASE_FW, BIG);
	t = now_ms();
	if (judges && verify(&b->session, shm, size, TA_CW_CMD_VERIFY) != TEEC_SUCCESS)
		client_die("%s: %zu bytes are refused", b->ta, size);
	b->judge[run] = now_ms() - t;
}

/* "plain-4096" was signed with --plain. */
static bool is_plain(const char *path)
{
	const char *name = strrchr(path, '/');

	return !strncmp(name ? name + 1 : path, "plain", 5);
}

/* In turns, so that what else the host does hits all alike. */
static void measure_image(const char *path, struct subject *subjects, int n)
{
	size_t size;
	cleanup_free void *image = client_file(path, &size);
	/* Registered: Linux allocates no piece of more than 4 MiB. */
	TEEC_SharedMemory shm = {.buffer = image, .size = size, .flags = TEEC_MEM_INPUT};

	if (TEEC_RegisterSharedMemory(&client_context, &shm) != TEEC_SUCCESS)
		client_die("no shared memory of %zu bytes", size);
	for (unsigned run = 0; run < RUNS; run++)
		for (int i = 0; i < n; i++)
			measure_once(&subjects[i], &shm, size, run);
	for (int i = 0; i < n; i++) {
		tell(subjects[i].ta, is_plain(path) ? "load, plain" : "load", size, subjects[i].load);
		if (strcmp(subjects[i].ta, "optee"))
			tell(subjects[i].ta, is_plain(path) ? "verify, plain" : "verify", size, subjects[i].judge);
	}
	TEEC_ReleaseSharedMemory(&shm);
}

int client_measure(int argc, char **argv)
{
	static struct subject subjects[SUBJECTS_MAX];
	int split = 1, n = 0;

	while (split < argc && strcmp(argv[split], "--"))
		split++;
	for (int t = split + 1; t < argc && n < SUBJECTS_MAX; t++)
		subjects[n++].ta = argv[t];
	measure_calls(subjects, n, "session", time_session); /* OP-TEE's own application takes one at a time */
	for (int i = 0; i < n; i++)
		open_subject(&subjects[i]);
	for (int i = 1; i < split; i++)
		measure_image(argv[i], subjects, n);
	measure_calls(subjects, n, "empty", time_empty); /* before the first load they are refused */
	for (int i = 0; i < n; i++)
		TEEC_CloseSession(&subjects[i].session);
	return 0;
}
