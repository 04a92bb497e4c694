// SPDX-License-Identifier: BSD-2-Clause
/* client_limits.c - how much a trusted application and this TEE bear, and what is left when a client dies */
#include "tests/real/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "secure/api/remoteproc_ta.h"

#define SESSIONS_MAX 64

/* LIMIT what TA value */
static void tell(const char *what, const char *ta, unsigned long value)
{
	printf("LIMIT\t%s\t%s\t%lu\n", what, ta, value);
}

static void sessions(const char *ta)
{
	static TEEC_Session s[SESSIONS_MAX];
	unsigned n = 0;
	TEEC_Result res = TEEC_SUCCESS;

	while (n < SESSIONS_MAX && (res = client_open(&s[n], ta, 0)) == TEEC_SUCCESS)
		n++;
	tell("sessions at once", ta, n);
	printf("LIMIT\tthe next one answers\t%s\t0x%08x\n", ta, n < SESSIONS_MAX ? res : 0);
	while (n)
		TEEC_CloseSession(&s[--n]);
}

/* What @kib KiB of zeros are answered: by ours to VERIFY, which needs no platform service. Success: the TA itself refuses. */
static TEEC_Result judge_zeros(const char *ta, size_t kib)
{
	uint32_t command = strcmp(ta, "optee") ? TA_CW_CMD_VERIFY : TA_RPROC_CMD_LOAD_FW;
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INPUT, 0, 0),
	};
	cleanup_free void *zeros = calloc(1, kib << 10);
	TEEC_Session s;
	uint32_t origin;
	TEEC_Result res;

	if (!zeros || client_open(&s, ta, 0) != TEEC_SUCCESS)
		client_die("%s: no session", ta);
	op.params[1].tmpref.buffer = zeros;
	op.params[1].tmpref.size = kib << 10;
	res = TEEC_InvokeCommand(&s, command, &op, &origin);
	TEEC_CloseSession(&s);
	return res == TEEC_ERROR_BAD_PARAMETERS && origin == TEEC_ORIGIN_TRUSTED_APP ? TEEC_SUCCESS : res;
}

/* The largest image, in KiB, that reaches the TA: what it says of zeros is its own refusal. To a MiB, and not beyond
 * 128 of them. */
static void largest(const char *ta)
{
	size_t good = 1024, bad = 128u << 10;
	TEEC_Result res = TEEC_SUCCESS;

	while (bad - good > 1024) {
		size_t middle = (good + bad) / 2 / 1024 * 1024;
		TEEC_Result now = judge_zeros(ta, middle);

		if (now == TEEC_SUCCESS) {
			good = middle;
		} else {
			bad = middle;
			res = now;
		}
	}
	tell("largest image judged, KiB", ta, good);
	printf("LIMIT\ta MiB more answers\t%s\t0x%08x\n", ta, res);
}

int client_largest(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		largest(argv[i]);
	return 0;
}

/* Files of many bytes of which few are loaded, to the processor with megabytes of memory. */
int client_wide(int argc, char **argv)
{
	static const char *const tas[] = {"ours", "ours32", "optee"};

	for (int k = 1; k < argc; k++) {
		size_t size;
		cleanup_free void *image = client_file(argv[k], &size);

		for (unsigned i = 0; i < sizeof(tas) / sizeof(tas[0]); i++) {
			TEEC_Session s;

			if (client_open(&s, tas[i], 1) != TEEC_SUCCESS)
				client_die("%s: no session", tas[i]);
			printf("LIMIT\tload of a file of %zu KiB answers\t%s\t0x%08x\n", size >> 10, tas[i],
			       client_load(&s, 1, image, size));
			client_simple(&s, TA_RPROC_CMD_RELEASE_FW, 1);
			TEEC_CloseSession(&s);
		}
	}
	return 0;
}

/* A client is killed during LOAD, at any moment: afterwards somebody else loads and releases. */
static void killed(const char *ta, const void *image, size_t size)
{
	unsigned survived = 0;

	for (unsigned ms = 0; ms < 20; ms++) {
		pid_t child = fork();
		TEEC_Session s;

		if (child == 0) {
			TEEC_Context own;

			if (TEEC_InitializeContext(NULL, &own))
				_exit(1);
			client_context = own;
			if (client_open(&s, ta, 0))
				_exit(1);
			for (;;) {
				client_load(&s, 0, image, size);
				client_simple(&s, TA_RPROC_CMD_RELEASE_FW, 0);
			}
		}
		usleep(20000 + ms * 1700);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		if (client_open(&s, ta, 0) || client_load(&s, 0, image, size) ||
		    client_simple(&s, TA_RPROC_CMD_RELEASE_FW, 0))
			client_die("%s: nothing loads after a client was killed", ta);
		TEEC_CloseSession(&s);
		survived += client_left(0) == 0;
	}
	tell("clients killed in LOAD, without trace, of 20", ta, survived);
	if (survived != 20)
		client_die("%s: something was left", ta);
}

int client_limits(int argc, char **argv)
{
	size_t size;
	cleanup_free void *image = client_file(argv[2], &size);
	static const char *const tas[] = {"ours", "ours32", "optee"};

	client_fuses(argv[1], 0, 0);
	for (unsigned i = 0; i < sizeof(tas) / sizeof(tas[0]); i++) {
		sessions(tas[i]);
		largest(tas[i]);
		killed(tas[i], image, size);
	}
	puts("LIMITS done");
	return 0;
}
