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

/* The largest image, in KiB, that reaches the TA: what it says of zeros is its own refusal. */
static void largest(const char *ta)
{
	TEEC_Result res = 0;
	size_t good = 0;

	for (size_t kib = 64; kib <= 64u << 10; kib *= 2) {
		TEEC_Session s;
		void *zeros = calloc(1, kib << 10);

		if (!zeros || client_open(&s, ta, 0) != TEEC_SUCCESS)
			client_die("%s: no session", ta);
		res = client_load(&s, 0, zeros, kib << 10);
		TEEC_CloseSession(&s);
		free(zeros);
		if (res != TEEC_ERROR_BAD_PARAMETERS)
			break;
		good = kib;
	}
	tell("largest image judged, KiB", ta, good);
	printf("LIMIT\ttwice as much answers\t%s\t0x%08x\n", ta, res);
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
