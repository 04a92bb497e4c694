// SPDX-License-Identifier: BSD-2-Clause
/* test_client.c - the client API whole, with a real TEE and trusted applications: memory behind descriptors, ranges of
 * registered memory, logins, several contexts at once */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/memfd.h"
#include "teec/wire.h"

static int setup(void **state)
{
	*state = fixture_start(NULL);
	return 0;
}

static int teardown(void **state)
{
	fixture_stop(*state);
	return 0;
}

static void xor_range(TEEC_Session *s, TEEC_SharedMemory *shm, size_t offset, size_t size, uint8_t with,
		      TEEC_Result want)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INOUT, TEEC_VALUE_INPUT, 0, 0)};

	op.params[0].memref = (TEEC_RegisteredMemoryReference){shm, .offset = offset, .size = size};
	op.params[1].value.a = with;
	assert_int_equal(echo_call(s, ECHO_XOR, &op), want);
}

static void test_descriptor(void **state)
{
	TEEC_SharedMemory shm = {.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT}, second = {.flags = TEEC_MEM_INPUT};
	int fd = cw_memfd_new("buffer", 10000), sealed = cw_memfd_sealed("fixed", "abc", 3);
	unsigned fds = fixture_open_fds();
	TEEC_Context ctx;
	TEEC_Session s;
	uint8_t *seen;

	fixture_client(*state, &ctx);
	echo_open(&ctx, &echo_uuid, &s);
	seen = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(seen != MAP_FAILED);
	seen[4999] = 1;
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&ctx, &shm, fd), TEEC_SUCCESS);
	assert_int_equal(shm.size, 10000);
	xor_range(&s, &shm, 4999, 2, 0x80, TEEC_SUCCESS);
	/* whoever else maps the memory sees it */
	assert_int_equal(seen[4998], 0);
	assert_int_equal(seen[4999], 0x81);
	assert_int_equal(seen[5000], 0x80);
	assert_int_equal(seen[5001], 0);
	xor_range(&s, &shm, 9999, 2, 1, TEEC_ERROR_BAD_PARAMETERS);
	TEEC_ReleaseSharedMemory(&shm);
	assert_null(shm.buffer);
	xor_range(&s, &shm, 0, 1, 1, TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(seen[4999], 0x81);

	/* what cannot be written is input only */
	shm.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT;
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&ctx, &shm, sealed),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&ctx, &second, sealed), TEEC_SUCCESS);
	xor_range(&s, &second, 0, 3, 1, TEEC_ERROR_BAD_PARAMETERS);
	TEEC_ReleaseSharedMemory(&second);
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&ctx, &shm, 9999),
			 TEEC_ERROR_BAD_PARAMETERS);
	TEEC_CloseSession(&s);
	fixture_wait_idle(&ctx, 0, 0);
	TEEC_FinalizeContext(&ctx);
	munmap(seen, 10000);
	/* the fixture's end of the connection was open before */
	assert_in_range(fixture_open_fds(), fds - 2, fds);
	close(fd);
	close(sealed);
}

/* The login of a session reaches the TA; by program nobody vouches. */
static void test_logins(void **state)
{
	static const uint32_t by_program[] = {TEEC_LOGIN_APPLICATION, TEEC_LOGIN_USER_APPLICATION,
					      TEEC_LOGIN_GROUP_APPLICATION};
	uint32_t gid = getgid(), origin;
	TEEC_Context ctx;
	TEEC_Session s;

	fixture_client(*state, &ctx);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(TEEC_OpenSession(&ctx, &s, &echo_uuid, by_program[i],
						  by_program[i] == TEEC_LOGIN_GROUP_APPLICATION ? &gid : NULL,
						  NULL, &origin),
				 TEEC_ERROR_NOT_SUPPORTED);
		assert_int_equal(origin, TEEC_ORIGIN_COMMS);
	}
	fixture_wait_idle(&ctx, 0, 0);
	TEEC_FinalizeContext(&ctx);
}

#define WORKERS 4
#define ROUNDS	25

struct worker {
	pthread_t thread;
	TEEC_Context *ctx;
	TEEC_SharedMemory *shared;
	size_t offset;
	unsigned failures;
};

/* Each its own part of one registered memory, and memory of its own. */
static void *work(void *arg)
{
	struct worker *w = arg;
	TEEC_Session s;
	uint32_t origin;

	if (TEEC_OpenSession(w->ctx, &s, &echo_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin)) {
		w->failures++;
		return NULL;
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INOUT,
								    TEEC_VALUE_INPUT, 0, 0)};
		const uint8_t *b = (uint8_t *)w->shared->buffer + w->offset;

		op.params[0].memref = (TEEC_RegisteredMemoryReference){w->shared, .offset = w->offset,
								       .size = 1000};
		op.params[1].value.a = 0xFF;
		w->failures += TEEC_InvokeCommand(&s, ECHO_XOR, &op, NULL) != TEEC_SUCCESS;
		w->failures += b[0] != (i % 2 ? 0 : 0xFF) || b[999] != b[0];
	}
	TEEC_CloseSession(&s);
	return NULL;
}

static void test_contexts_and_threads(void **state)
{
	static uint8_t bytes[2][WORKERS * 1000];
	TEEC_SharedMemory shm[2];
	struct worker w[2 * WORKERS];
	TEEC_Context ctx[2];

	for (unsigned k = 0; k < 2; k++) {
		fixture_client(*state, &ctx[k]);
		shm[k] = (TEEC_SharedMemory){.buffer = bytes[k], .size = sizeof(bytes[k]),
					     .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
		assert_int_equal(TEEC_RegisterSharedMemory(&ctx[k], &shm[k]), TEEC_SUCCESS);
	}
	for (unsigned i = 0; i < 2 * WORKERS; i++) {
		w[i] = (struct worker){.ctx = &ctx[i % 2], .shared = &shm[i % 2], .offset = i / 2 * 1000};
		assert_int_equal(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
	}
	for (unsigned i = 0; i < 2 * WORKERS; i++) {
		pthread_join(w[i].thread, NULL);
		assert_int_equal(w[i].failures, 0);
	}
	for (unsigned k = 0; k < 2; k++) {
		TEEC_ReleaseSharedMemory(&shm[k]);
		fixture_wait_idle(&ctx[k], 0, 0);
		TEEC_FinalizeContext(&ctx[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_logins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_contexts_and_threads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
