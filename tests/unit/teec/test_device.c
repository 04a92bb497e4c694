// SPDX-License-Identifier: BSD-2-Clause
/* test_device.c - libteec over /dev/teeN: which device, which memory, which answers, many at once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_kernel.h"
#include "host/memfd.h"
#include "teec/internal.h"
#include "teec/teec_ext.h"

#define MODERN (TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM | TEE_GEN_CAP_MEMREF_NULL)

static const TEEC_UUID uuid = {0x80a4c275, 0x0a47, 0x4905, {0x82, 0x85, 0x14, 0x86, 0xa9, 0x77, 0x1a, 0x08}};

static unsigned open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

struct state {
	unsigned fds;
	TEEC_Context ctx;
	TEEC_Session s;
};

/* A context and a session with a device of these capabilities. */
static void connect_to(struct state *t, uint32_t caps)
{
	uint32_t origin;

	fake_kernel_reset();
	fake_kernel_device(0, TEE_IMPL_ID_OPTEE, caps);
	t->fds = open_fds();
	assert_int_equal(TEEC_InitializeContext(NULL, &t->ctx), TEEC_SUCCESS);
	assert_int_equal(TEEC_OpenSession(&t->ctx, &t->s, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin),
			 TEEC_SUCCESS);
	assert_int_equal(origin, TEEC_ORIGIN_TRUSTED_APP);
}

static void disconnect(struct state *t)
{
	TEEC_CloseSession(&t->s);
	TEEC_FinalizeContext(&t->ctx);
	assert_int_equal(fake_kernel.closes, 1);
	assert_int_equal(open_fds(), t->fds);
}

static TEEC_Result call(struct state *t, uint32_t cmd, TEEC_Operation *op)
{
	uint32_t origin;

	return TEEC_InvokeCommand(&t->s, cmd, op, &origin);
}

static TEEC_Result init(const char *name)
{
	TEEC_Context ctx;
	TEEC_Result res = TEEC_InitializeContext(name, &ctx);

	if (!res)
		TEEC_FinalizeContext(&ctx);
	return res;
}

static void test_which_device(void **state)
{
	unsigned fds;

	fake_kernel_reset();
	fds = open_fds();
	assert_int_equal(init(NULL), TEEC_ERROR_ITEM_NOT_FOUND);
	fake_kernel_device(1, 99, 0); /* not GlobalPlatform's */
	assert_int_equal(init(NULL), TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(init("/dev/tee1"), TEEC_ERROR_ITEM_NOT_FOUND);
	fake_kernel_device(2, TEE_IMPL_ID_AMDTEE, MODERN);
	assert_int_equal(init(NULL), TEEC_SUCCESS);
	assert_int_equal(init("optee-tz"), TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(init("/dev/tee2"), TEEC_SUCCESS);
	fake_kernel_device(9, TEE_IMPL_ID_OPTEE, MODERN);
	assert_int_equal(init("optee-tz"), TEEC_SUCCESS);
	assert_int_equal(init("/dev/tee9"), TEEC_SUCCESS);
	assert_int_equal(init("/dev/tee3"), TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(init("something"), TEEC_ERROR_ITEM_NOT_FOUND);
	fake_kernel.device[2].open_errno = EACCES;
	fake_kernel.device[9].open_errno = EACCES;
	assert_int_equal(init(NULL), TEEC_ERROR_ACCESS_DENIED);
	assert_int_equal(init("/dev/tee9"), TEEC_ERROR_ACCESS_DENIED);
	fake_kernel.device[9].open_errno = 0;
	fake_kernel.fail_nr = TEE_IOC_VERSION;
	fake_kernel.fail_errno = ENOTTY;
	assert_int_equal(init("/dev/tee9"), TEEC_ERROR_NOT_SUPPORTED);
	assert_int_equal(open_fds(), fds);
}

static void test_values(void **state)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, TEEC_VALUE_INPUT,
							    TEEC_VALUE_OUTPUT, TEEC_NONE)};
	static const uint8_t wire_uuid[16] = {0x80, 0xa4, 0xc2, 0x75, 0x0a, 0x47, 0x49, 0x05,
					      0x82, 0x85, 0x14, 0x86, 0xa9, 0x77, 0x1a, 0x08};
	struct state t;

	connect_to(&t, MODERN);
	assert_memory_equal(fake_kernel.uuid, wire_uuid, 16);
	op.params[0].value = (TEEC_Value){1, 0xFFFFFFFF};
	op.params[1].value = (TEEC_Value){5, 6};
	op.params[2].value = (TEEC_Value){7, 8};
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_SUCCESS);
	assert_int_equal(op.params[0].value.a, 2);
	assert_int_equal(op.params[0].value.b, 0);
	assert_int_equal(op.params[1].value.a, 5);
	assert_int_equal(op.params[2].value.a, 1); /* nothing goes in */
	assert_int_equal(fake_kernel.params[1].a, 5);
	assert_int_equal(call(&t, 0x99, NULL), TEEC_ERROR_NOT_SUPPORTED);
	disconnect(&t);
}

static void test_allocated(void **state)
{
	TEEC_SharedMemory shm = {.size = 10000, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INOUT, 0, 0, 0)};
	struct state t;

	connect_to(&t, MODERN);
	assert_int_equal(TEEC_AllocateSharedMemory(&t.ctx, &shm), TEEC_SUCCESS);
	assert_int_equal(fake_kernel.allocs, 1);
	memset(shm.buffer, 1, shm.size);
	op.params[0].memref = (TEEC_RegisteredMemoryReference){&shm, .offset = 4097, .size = 3};
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_SUCCESS);
	/* Seen in place: this range, nothing else. */
	assert_memory_equal((uint8_t *)shm.buffer + 4096, "\1\x5b\x5b\x5b\1", 5);
	assert_int_equal(fake_kernel.params[0].a, 4097);
	assert_int_equal(fake_kernel.params[0].b, 3);
	TEEC_ReleaseSharedMemory(&shm);
	assert_null(shm.buffer);
	TEEC_ReleaseSharedMemory(&shm);
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_ERROR_BAD_PARAMETERS);
	disconnect(&t);
}

/* Registered memory, in place when @caps allow it. */
static void registered(uint32_t caps, bool read_only)
{
	uint8_t bytes[5000];
	TEEC_SharedMemory shm = {.buffer = bytes, .size = sizeof(bytes),
				 .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INOUT, TEEC_MEMREF_WHOLE,
							    0, 0)};
	bool in_place = (caps & TEE_GEN_CAP_REG_MEM) && !read_only;
	struct state t;

	memset(bytes, 1, sizeof(bytes));
	connect_to(&t, caps);
	fake_kernel.fail_nr = TEE_IOC_SHM_REGISTER;
	fake_kernel.fail_errno = read_only ? EFAULT : 0;
	assert_int_equal(TEEC_RegisterSharedMemory(&t.ctx, &shm), TEEC_SUCCESS);
	assert_int_equal(fake_kernel.allocs, in_place ? 0 : 1);
	if (in_place) {
		assert_int_equal(fake_kernel.last_register_addr, (uintptr_t)bytes);
		assert_int_equal(fake_kernel.last_register_len, sizeof(bytes));
	}
	op.params[0].memref = (TEEC_RegisteredMemoryReference){&shm, .offset = 100, .size = 50};
	op.params[1].memref.parent = &shm;
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INOUT, TEEC_NONE, TEEC_NONE, TEEC_NONE);
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_SUCCESS);
	assert_int_equal(bytes[99], 1);
	assert_int_equal(bytes[100], 0x5b);
	assert_int_equal(bytes[149], 0x5b);
	assert_int_equal(bytes[150], 1);
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_NONE, TEEC_MEMREF_WHOLE, TEEC_NONE, TEEC_NONE);
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_SUCCESS);
	assert_int_equal(bytes[100], 1);
	assert_int_equal(bytes[4999], 0x5b);
	/* out of its range, by one, and around the end of numbers */
	op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INOUT, TEEC_NONE, TEEC_NONE, TEEC_NONE);
	op.params[0].memref.offset = sizeof(bytes) - 49;
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_ERROR_BAD_PARAMETERS);
	op.params[0].memref.offset = SIZE_MAX;
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_ERROR_BAD_PARAMETERS);
	TEEC_ReleaseSharedMemory(&shm);
	assert_ptr_equal(shm.buffer, bytes);
	disconnect(&t);
}

static void test_registered(void **state)
{
	registered(MODERN, false);
	registered(MODERN, true);
	registered(TEE_GEN_CAP_GP, false);
}

static void test_temporary(void **state)
{
	uint8_t in[300], out[10];
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT,
							    TEEC_MEMREF_TEMP_OUTPUT, 0, 0)};
	struct state t;

	memset(in, 1, sizeof(in));
	connect_to(&t, MODERN);
	op.params[0].tmpref = (TEEC_TempMemoryReference){in, sizeof(in)};
	op.params[1].tmpref = (TEEC_TempMemoryReference){out, sizeof(out)};
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_SUCCESS);
	assert_int_equal(in[0], 0x5b);
	assert_int_equal(in[299], 0x5b);
	memset(out, 3, sizeof(out));
	assert_int_equal(call(&t, FAKE_SIZES, &op), TEEC_ERROR_SHORT_BUFFER);
	assert_int_equal(op.params[1].tmpref.size, 1000);
	assert_int_equal(out[9], 3);
	op.params[0].tmpref.size = sizeof(in);
	op.params[1].tmpref.size = sizeof(out);
	/* the beginning of a datagram that is longer */
	memset(in, 1, sizeof(in));
	assert_int_equal(call(&t, FAKE_CUT, &op), TEEC_SUCCESS);
	assert_int_equal(op.params[0].tmpref.size, 1000);
	assert_int_equal(in[0], 0x5b);
	assert_int_equal(in[299], 0x5b);
	/* one piece of memory served all calls */
	assert_int_equal(fake_kernel.allocs, 1);
	disconnect(&t);
}

static void null_reference(uint32_t caps)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, 0, 0, 0)};
	struct state t;

	connect_to(&t, caps);
	assert_int_equal(call(&t, FAKE_SIZES, &op), TEEC_ERROR_SHORT_BUFFER);
	assert_int_equal(op.params[0].tmpref.size, 1000);
	if (caps & TEE_GEN_CAP_MEMREF_NULL)
		assert_true(fake_kernel.params[0].c == TEE_MEMREF_NULL);
	else
		assert_true(fake_kernel.params[0].c != TEE_MEMREF_NULL);
	assert_int_equal(fake_kernel.params[0].b, 0);
	disconnect(&t);
}

static void test_null(void **state)
{
	null_reference(MODERN);
	null_reference(TEE_GEN_CAP_GP);
}

static void test_descriptor(void **state)
{
	TEEC_SharedMemory shm = {.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INOUT, 0, 0, 0)};
	int fd = cw_memfd_new("buffer", 8192);
	uint8_t byte = 0xFF;
	struct state t;

	connect_to(&t, MODERN);
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&t.ctx, &shm, fd), TEEC_SUCCESS);
	assert_int_equal(fake_kernel.register_fds, 1);
	assert_null(shm.buffer);
	assert_int_equal(shm.size, 8192);
	op.params[0].memref = (TEEC_RegisteredMemoryReference){&shm, .offset = 4096, .size = 4096};
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_SUCCESS);
	assert_int_equal(pread(fd, &byte, 1, 4096), 1);
	assert_int_equal(byte, 0x5a);
	assert_int_equal(pread(fd, &byte, 1, 4095), 1);
	assert_int_equal(byte, 0);
	TEEC_ReleaseSharedMemory(&shm);

	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&t.ctx, &shm, -1),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&t.ctx, &shm, 9999),
			 TEEC_ERROR_BAD_PARAMETERS);
	fake_kernel.fail_nr = TEE_IOC_SHM_REGISTER_FD;
	fake_kernel.fail_errno = ENOTTY; /* an older kernel */
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&t.ctx, &shm, fd),
			 TEEC_ERROR_NOT_SUPPORTED);
	shm.flags = 0;
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&t.ctx, &shm, fd),
			 TEEC_ERROR_BAD_PARAMETERS);
	disconnect(&t);
	close(fd);
}

static void test_other_context(void **state)
{
	TEEC_SharedMemory shm = {.size = 100, .flags = TEEC_MEM_INPUT};
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_WHOLE, 0, 0, 0)};
	TEEC_Context other;
	struct state t;

	connect_to(&t, MODERN);
	assert_int_equal(TEEC_InitializeContext(NULL, &other), TEEC_SUCCESS);
	assert_int_equal(TEEC_AllocateSharedMemory(&other, &shm), TEEC_SUCCESS);
	op.params[0].memref.parent = &shm;
	assert_int_equal(call(&t, FAKE_XOR, &op), TEEC_ERROR_BAD_PARAMETERS);
	TEEC_ReleaseSharedMemory(&shm);
	TEEC_FinalizeContext(&other);
	disconnect(&t);
}

static void test_login(void **state)
{
	static const struct {
		uint32_t method;
		bool group;
	} kinds[] = {
		{TEEC_LOGIN_PUBLIC, false},	      {TEEC_LOGIN_USER, false},
		{TEEC_LOGIN_GROUP, true},	      {TEEC_LOGIN_APPLICATION, false},
		{TEEC_LOGIN_USER_APPLICATION, false}, {TEEC_LOGIN_GROUP_APPLICATION, true},
	};
	const uint32_t gid = 0x01020304;
	uint32_t seen, origin;
	TEEC_Session s;
	struct state t;

	connect_to(&t, MODERN);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const void *data = kinds[i].group ? &gid : NULL, *wrong = kinds[i].group ? NULL : &gid;

		assert_int_equal(TEEC_OpenSession(&t.ctx, &s, &uuid, kinds[i].method, data, NULL, &origin),
				 TEEC_SUCCESS);
		assert_int_equal(fake_kernel.login, kinds[i].method);
		memcpy(&seen, fake_kernel.client, sizeof(seen));
		assert_int_equal(seen, kinds[i].group ? gid : 0);
		assert_int_equal(TEEC_OpenSession(&t.ctx, &s, &uuid, kinds[i].method, wrong, NULL, &origin),
				 TEEC_ERROR_BAD_PARAMETERS);
		assert_int_equal(origin, TEEC_ORIGIN_API);
	}
	assert_int_equal(TEEC_OpenSession(&t.ctx, &s, &uuid, 3, NULL, NULL, &origin),
			 TEEC_ERROR_NOT_SUPPORTED);
	disconnect(&t);
}

static void test_errors(void **state)
{
	static const struct {
		int err;
		TEEC_Result res;
	} rows[] = {
		{ENOMEM, TEEC_ERROR_OUT_OF_MEMORY}, {EINVAL, TEEC_ERROR_BAD_PARAMETERS},
		{EPERM, TEEC_ERROR_ACCESS_DENIED},  {EINTR, TEEC_ERROR_GENERIC},
		{ENODEV, TEEC_ERROR_ITEM_NOT_FOUND},
	};
	TEEC_SharedMemory shm = {.size = 1, .flags = TEEC_MEM_INPUT};
	struct cw_tee_stats stats;
	uint32_t origin;
	struct state t;

	connect_to(&t, MODERN);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_kernel.fail_nr = TEE_IOC_INVOKE;
		fake_kernel.fail_errno = rows[i].err;
		assert_int_equal(TEEC_InvokeCommand(&t.s, FAKE_XOR, NULL, &origin), rows[i].res);
		assert_int_equal(origin, TEEC_ORIGIN_COMMS);
	}
	assert_int_equal(fake_kernel.invokes, 0); /* none was tried again */
	fake_kernel.fail_nr = TEE_IOC_SHM_ALLOC;
	fake_kernel.fail_errno = ENOMEM;
	assert_int_equal(TEEC_AllocateSharedMemory(&t.ctx, &shm), TEEC_ERROR_OUT_OF_MEMORY);
	assert_int_equal(cw_teec_stats(&t.ctx, &stats), TEEC_ERROR_NOT_SUPPORTED);
	disconnect(&t);
}

struct waiting {
	struct state *t;
	TEEC_Operation op;
	TEEC_Result res;
};

static void *wait_for_cancel(void *arg)
{
	struct waiting *w = arg;

	w->res = call(w->t, FAKE_WAIT, &w->op);
	return NULL;
}

static void test_cancel(void **state)
{
	struct waiting w[2] = {0};
	pthread_t thread[2];
	struct state t;

	connect_to(&t, MODERN);
	for (unsigned i = 0; i < 2; i++) {
		w[i].t = &t;
		assert_int_equal(pthread_create(&thread[i], NULL, wait_for_cancel, &w[i]), 0);
	}
	/* A cancellation that comes before its call is none, so ask until one is under way. Each ends only its own. */
	for (unsigned i = 0; i < 2; i++) {
		while (pthread_tryjoin_np(thread[i], NULL) == EBUSY) {
			TEEC_RequestCancellation(&w[i].op);
			sched_yield();
		}
		assert_int_equal(w[i].res, TEEC_ERROR_CANCEL);
	}
	disconnect(&t);
}

struct worker {
	TEEC_Context *shared;
	unsigned failures;
};

/* A context of its own and one of all, both with memory of every kind. */
static void *work(void *arg)
{
	struct worker *w = arg;
	uint8_t tmp[64], own[4096];

	for (unsigned round = 0; round < 5; round++) {
		TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT,
								    TEEC_MEMREF_WHOLE, TEEC_MEMREF_WHOLE, 0)};
		TEEC_SharedMemory a = {.size = 4096, .flags = 3}, b = {.buffer = own, .size = 4096, .flags = 3};
		TEEC_Context mine, *ctx = round % 2 ? &mine : w->shared;
		TEEC_Session s;

		memset(tmp, 0, sizeof(tmp));
		memset(own, 0, sizeof(own));
		w->failures += TEEC_InitializeContext(NULL, &mine) != TEEC_SUCCESS;
		w->failures += TEEC_OpenSession(ctx, &s, &uuid, 0, NULL, NULL, NULL) != TEEC_SUCCESS;
		w->failures += TEEC_AllocateSharedMemory(ctx, &a) != TEEC_SUCCESS;
		w->failures += TEEC_RegisterSharedMemory(ctx, &b) != TEEC_SUCCESS;
		op.params[0].tmpref = (TEEC_TempMemoryReference){tmp, sizeof(tmp)};
		op.params[1].memref.parent = &a;
		op.params[2].memref.parent = &b;
		w->failures += TEEC_InvokeCommand(&s, FAKE_XOR, &op, NULL) != TEEC_SUCCESS;
		w->failures += tmp[63] != 0x5a || ((uint8_t *)a.buffer)[4095] != 0x5a || own[4095] != 0x5a;
		TEEC_ReleaseSharedMemory(&b);
		TEEC_ReleaseSharedMemory(&a);
		TEEC_CloseSession(&s);
		TEEC_FinalizeContext(&mine);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct worker w[6];
	pthread_t thread[6];
	struct state t;

	connect_to(&t, MODERN);
	for (unsigned i = 0; i < 6; i++) {
		w[i] = (struct worker){.shared = &t.ctx};
		assert_int_equal(pthread_create(&thread[i], NULL, work, &w[i]), 0);
	}
	for (unsigned i = 0; i < 6; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(w[i].failures, 0);
	}
	fake_kernel.closes = 0;
	disconnect(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_device), cmocka_unit_test(test_values),
		cmocka_unit_test(test_allocated),    cmocka_unit_test(test_registered),
		cmocka_unit_test(test_temporary),    cmocka_unit_test(test_null),
		cmocka_unit_test(test_descriptor),   cmocka_unit_test(test_other_context),
		cmocka_unit_test(test_login),	     cmocka_unit_test(test_errors),
		cmocka_unit_test(test_cancel),	     cmocka_unit_test(test_threads),
	};

	unsetenv("COREWARDEN_TEE");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
