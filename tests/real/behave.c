// SPDX-License-Identifier: BSD-2-Clause
/*
 * behave.c - the same strain on our TEE and on OP-TEE
 *
 * Every answer is the same in both; the few that are not have two columns and a reason. docs/limits.md tells the rest.
 */
#include "tests/real/behave.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/real/strain/strain.h"

#define SHMS_MAX     4096
#define SHM_SIZE     (1u << 20)
#define SESSIONS_MAX 256

struct strain {
	TEEC_Context *ctx;
	enum behave_tee tee;
	bool good;
};

/* @want[0] from ours, @want[1] from OP-TEE. */
static void check2(struct strain *s, const char *what, uint32_t got, uint32_t ours, uint32_t optee)
{
	uint32_t want = s->tee == BEHAVE_OURS ? ours : optee;

	printf("BEHAVE\t%s\t0x%08x%s\n", what, got, got == want ? "" : "\tUNEXPECTED");
	s->good &= got == want;
}

static void check(struct strain *s, const char *what, uint32_t got, uint32_t want)
{
	check2(s, what, got, want, want);
}

static TEEC_Result open_strain(struct strain *s, bool many, TEEC_Session *session)
{
	static const TEEC_UUID one = STRAIN_UUID, each = STRAIN_MANY_UUID;

	return TEEC_OpenSession(s->ctx, session, many ? &each : &one, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
}

static TEEC_Result call(TEEC_Session *session, uint32_t command, uint32_t *ret_origin)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, 0, 0, 0)};

	return TEEC_InvokeCommand(session, command, &op, ret_origin);
}

/* An instance with two sessions dies under one of them. */
static void death(struct strain *s, uint32_t command, const char *how)
{
	TEEC_Session a, b, c;
	uint32_t origin = 0;
	TEEC_Result res;

	printf("BEHAVE\t%s\n", how);
	check(s, "  sessions with one instance", open_strain(s, false, &a) | open_strain(s, false, &b), TEEC_SUCCESS);
	res = call(&a, command, &origin);
	check(s, "  the call that kills it", res, TEEC_ERROR_TARGET_DEAD);
	check(s, "  told by", origin, TEEC_ORIGIN_TEE);
	check(s, "  the same session again", call(&a, STRAIN_NOTHING, NULL), TEEC_ERROR_TARGET_DEAD);
	check(s, "  the other session", call(&b, STRAIN_NOTHING, NULL), TEEC_ERROR_TARGET_DEAD);
	check(s, "  a new session beside the dead ones", open_strain(s, false, &c), TEEC_SUCCESS);
	check(s, "  a call in it", call(&c, STRAIN_NOTHING, NULL), TEEC_SUCCESS);
	TEEC_CloseSession(&a);
	TEEC_CloseSession(&b);
	check(s, "  and after the dead ones are closed", call(&c, STRAIN_NOTHING, NULL), TEEC_SUCCESS);
	TEEC_CloseSession(&c);
}

/* The heap that the application's file asks for is what it gets, and what it lacks is told, not fatal. */
static void heap(struct strain *s)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, 0, 0, 0)};
	TEEC_Session a;

	puts("BEHAVE\tno heap left in an application");
	check(s, "  session", open_strain(s, true, &a), TEEC_SUCCESS);
	check(s, "  all of its 64 KiB taken", TEEC_InvokeCommand(&a, STRAIN_FILL, &op, NULL), TEEC_SUCCESS);
	check(s, "  and that is between 32 and 64 KiB", op.params[0].value.a >= 32 && op.params[0].value.a <= 64, 1);
	check(s, "  what needs more", call(&a, STRAIN_HASH, NULL), TEEC_ERROR_OUT_OF_MEMORY);
	check(s, "  given back", call(&a, STRAIN_EMPTY, NULL), TEEC_SUCCESS);
	check(s, "  what needs it now", call(&a, STRAIN_HASH, NULL), TEEC_SUCCESS);
	TEEC_CloseSession(&a);
}

/* In our TEE the place of an instance is free when its process has gone, which is soon. */
static TEEC_Result open_soon(struct strain *s, TEEC_Session *session)
{
	struct timespec now, end, ms = {.tv_nsec = 1000000};
	TEEC_Result res;

	clock_gettime(CLOCK_MONOTONIC, &end);
	do {
		res = open_strain(s, true, session);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (res == TEEC_ERROR_OUT_OF_MEMORY && s->tee == BEHAVE_OURS && now.tv_sec < end.tv_sec + 30 &&
		 nanosleep(&ms, NULL) == 0);
	return res;
}

/* An instance for each session, until the TEE has no memory for one more. */
static void instances(struct strain *s)
{
	static TEEC_Session many[SESSIONS_MAX];
	TEEC_Result res = TEEC_SUCCESS;
	unsigned n = 0;

	puts("BEHAVE\tno memory left for instances");
	while (n < SESSIONS_MAX && (res = open_strain(s, true, &many[n])) == TEEC_SUCCESS)
		n++;
	printf("BEHAVE\t  instances\t%u\n", n);
	check(s, "  one more", res, TEEC_ERROR_OUT_OF_MEMORY);
	check(s, "  a call in the first", n ? call(&many[0], STRAIN_NOTHING, NULL) : 1, TEEC_SUCCESS);
	if (!n)
		return;
	TEEC_CloseSession(&many[--n]);
	check(s, "  one more after one is closed", open_soon(s, &many[n]), TEEC_SUCCESS);
	for (n++; n;)
		TEEC_CloseSession(&many[--n]);
}

static void shared_memory(struct strain *s)
{
	TEEC_SharedMemory *shm = calloc(SHMS_MAX, sizeof(*shm));
	void *buffer = malloc(SHM_SIZE);
	TEEC_Result res = TEEC_SUCCESS;
	unsigned n = 0;
	TEEC_Session a;

	if (!shm || !buffer)
		exit(1);
	memset(buffer, 1, SHM_SIZE);
	puts("BEHAVE\tno memory left for shared memory");
	check(s, "  session", open_strain(s, false, &a), TEEC_SUCCESS);
	for (; n < SHMS_MAX && res == TEEC_SUCCESS; n += res == TEEC_SUCCESS) {
		shm[n] = (TEEC_SharedMemory){.buffer = buffer, .size = SHM_SIZE, .flags = TEEC_MEM_INPUT};
		res = TEEC_RegisterSharedMemory(s->ctx, &shm[n]);
	}
	printf("BEHAVE\t  pieces of 1 MiB\t%u\n", n);
	/* Linux has one answer for all that OP-TEE refuses here: EINVAL. */
	check2(s, "  one more", res, TEEC_ERROR_OUT_OF_MEMORY, TEEC_ERROR_BAD_PARAMETERS);
	while (n)
		TEEC_ReleaseSharedMemory(&shm[--n]);
	check(s, "  a call when all are released", call(&a, STRAIN_NOTHING, NULL), TEEC_SUCCESS);
	TEEC_CloseSession(&a);
	free(buffer);
	free(shm);
}

bool behave_all(TEEC_Context *ctx, enum behave_tee tee)
{
	struct strain s = {.ctx = ctx, .tee = tee, .good = true};

	death(&s, STRAIN_PANIC, "an application panics");
	death(&s, STRAIN_CRASH, "an application crashes");
	heap(&s);
	instances(&s);
	shared_memory(&s);
	return s.good;
}
