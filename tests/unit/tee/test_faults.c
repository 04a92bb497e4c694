// SPDX-License-Identifier: BSD-2-Clause
/* test_faults.c - TAs that die, loop or are no TAs; clients that vanish: the TEE goes on, nothing is left */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/msg.h"
#include "host/spawn.h"
#include "teec/wire.h"

static int setup(void **state)
{
	*state = fixture_start(NULL);
	return 0;
}

/* Where a call has to be killed, it need not take a minute. */
static int setup_short(void **state)
{
	struct fixture_options o = {.call_ms = 1500};

	*state = fixture_start(&o);
	return 0;
}

static int teardown(void **state)
{
	fixture_stop(*state);
	return 0;
}

/* A TA that ends by @cmd: the call and all later ones say so, a new session works, and the log knows why. */
static void die_by(struct fixture *f, TEEC_Context *ctx, uint32_t cmd, const char *why)
{
	TEEC_Session s, other;
	uint32_t origin;

	echo_open(ctx, &echo_uuid, &s);
	assert_int_equal(TEEC_InvokeCommand(&s, cmd, NULL, &origin), TEEC_ERROR_TARGET_DEAD);
	assert_int_equal(origin, TEEC_ORIGIN_TEE);
	assert_int_equal(echo_call(&s, ECHO_TYPES, NULL), TEEC_ERROR_TARGET_DEAD);
	echo_open(ctx, &echo_uuid, &other);
	assert_int_equal(echo_call(&other, ECHO_TYPES, NULL), TEEC_SUCCESS);
	TEEC_CloseSession(&s);
	TEEC_CloseSession(&other);
	fixture_wait_idle(ctx, 0, 0);
	if (!fixture_log_has(f, why))
		fail_msg("the log does not say '%s':\n%s", why, f->log);
}

static void test_deaths(void **state)
{
	TEEC_Context ctx;

	fixture_client(*state, &ctx);
	die_by(*state, &ctx, ECHO_PANIC, "panicked with 0x0000dead");
#ifndef CW_SANITIZED
	die_by(*state, &ctx, ECHO_CRASH, "died of signal 11");
#endif
	die_by(*state, &ctx, ECHO_EXIT, "exited with 0");
	die_by(*state, &ctx, ECHO_LOOP, "call takes too long");
	TEEC_FinalizeContext(&ctx);
}

struct waiting {
	TEEC_Session *s;
	TEEC_Result res;
};

static void *call_types(void *arg)
{
	struct waiting *w = arg;

	w->res = echo_call(w->s, ECHO_TYPES, NULL);
	return NULL;
}

static void *call_panic(void *arg)
{
	struct waiting *w = arg;
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, 0, 0, 0)};

	op.params[0].value.a = 60000;
	w->res = echo_call(w->s, ECHO_WAIT, &op);
	return NULL;
}

/* Sessions that share an instance die with it, also those whose calls were still waiting. */
static void test_shared_death(void **state)
{
	TEEC_Session a, b, c;
	struct waiting first = {.s = &a}, second = {.s = &b};
	pthread_t t, u;
	TEEC_Context ctx;

	fixture_client(*state, &ctx);
	echo_open(&ctx, &echo_multi_uuid, &a);
	echo_open(&ctx, &echo_multi_uuid, &b);
	/* Waits longer than a call may take, so it is killed; the second call is behind it. */
	assert_int_equal(pthread_create(&t, NULL, call_panic, &first), 0);
	fixture_wait_log(*state, "waits 60000 ms");
	assert_int_equal(pthread_create(&u, NULL, call_types, &second), 0);
	pthread_join(t, NULL);
	pthread_join(u, NULL);
	assert_int_equal(first.res, TEEC_ERROR_TARGET_DEAD);
	assert_int_equal(second.res, TEEC_ERROR_TARGET_DEAD);
	echo_open(&ctx, &echo_multi_uuid, &c);
	assert_int_equal(echo_call(&c, ECHO_TYPES, NULL), TEEC_SUCCESS);
	TEEC_CloseSession(&a);
	TEEC_CloseSession(&b);
	TEEC_CloseSession(&c);
	fixture_wait_idle(&ctx, 0, 1);
	TEEC_FinalizeContext(&ctx);
}

/* An instance that dies takes its sessions with platform services along. */
static void test_pta_session_of_the_dead(void **state)
{
	struct fixture *f = *state;
	TEEC_Operation op = {.paramTypes =
				     TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INOUT,
						      TEEC_VALUE_OUTPUT, 0)};
	uint8_t byte = 0;
	TEEC_Context ctx;
	TEEC_Session s;

	fixture_client(f, &ctx);
	echo_open(&ctx, &echo_uuid, &s);
	op.params[0].value = (TEEC_Value){ECHO_PTA_XOR, 1};
	op.params[1].tmpref = (TEEC_TempMemoryReference){&byte, 1};
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(echo_call(&s, ECHO_PTA, &op), TEEC_SUCCESS);
	assert_int_equal(echo_call(&s, ECHO_PTA, &op), TEEC_ERROR_OUT_OF_MEMORY);
	assert_int_equal(f->pta_sessions, 16);
	assert_int_equal(echo_call(&s, ECHO_PANIC, NULL), TEEC_ERROR_TARGET_DEAD);
	assert_int_equal(__atomic_load_n(&f->pta_sessions, __ATOMIC_SEQ_CST), 0);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&ctx);
}

/* What the second filter leaves a TA. */
static void test_forbidden_calls(void **state)
{
	static const struct {
		uint32_t what;
		uint32_t expect; /* errno; 0 = the kernel kills it */
	} cases[] = {{1, EPERM}, {2, EPERM}, {3, 0}, {4, 0}, {5, 0}, {6, 0}};
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, 0, 0, 0)};
	TEEC_Context ctx;

	if (cw_spawn_debug())
		skip();
	fixture_client(*state, &ctx);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TEEC_Session s;
		TEEC_Result res;

		echo_open(&ctx, &echo_uuid, &s);
		op.params[0].value.a = cases[i].what;
		res = echo_call(&s, ECHO_SYSCALL, &op);
		if (res != (cases[i].expect ? TEEC_SUCCESS : TEEC_ERROR_TARGET_DEAD))
			fail_msg("case %u: 0x%08x", cases[i].what, res);
		if (cases[i].expect)
			assert_int_equal(op.params[0].value.a, cases[i].expect);
		TEEC_CloseSession(&s);
	}
	assert_true(fixture_log_has(*state, "forbidden system call"));
	TEEC_FinalizeContext(&ctx);
}

/* Clients that vanish: while idle, inside a call, before an open is answered. */
static void test_client_death(void **state)
{
	struct fixture *f = *state;
	struct cw_tee_stats st;
	TEEC_Context watcher;

	fixture_client(f, &watcher);
	for (unsigned i = 0; i < 3; i++) {
		struct {
			struct tee_ioctl_invoke_arg arg;
			struct tee_ioctl_param params[4];
		} invoke = {.arg = {.func = ECHO_WAIT, .num_params = 4}};
		struct {
			struct tee_ioctl_open_session_arg arg;
			struct tee_ioctl_param params[4];
		} open = {.arg.num_params = 4};
		TEEC_SharedMemory shm = {.size = 10000, .flags = TEEC_MEM_INPUT};
		TEEC_Context ctx;
		TEEC_Session s;

		fixture_client(f, &ctx);
		echo_open(&ctx, i == 1 ? &echo_multi_uuid : &echo_uuid, &s);
		assert_int_equal(TEEC_AllocateSharedMemory(&ctx, &shm), TEEC_SUCCESS);
		invoke.arg.session = s.imp.session_id;
		invoke.params[0] = (struct tee_ioctl_param){.attr = 1, .a = 10};
		if (i >= 1)
			assert_int_equal(cw_msg_send(ctx.imp.fd, TEE_IOC_INVOKE, 1000, 0, &invoke,
						     sizeof(invoke), NULL, 0),
					 0);
		memcpy(open.arg.uuid,
		       "\x5d\x1c\x7a\x10\x9c\x3e\x4b\x58\x8f\x11\x2a\x6e\x0c\x43\x57\x01", 16);
		if (i == 2)
			assert_int_equal(cw_msg_send(ctx.imp.fd, TEE_IOC_OPEN_SESSION, 1001, 0,
						     &open, sizeof(open), NULL, 0),
					 0);
		/* What follows only tidies up this side; the TEE sees a hang-up without good-byes. */
		shutdown(ctx.imp.fd, SHUT_RDWR);
		TEEC_ReleaseSharedMemory(&shm);
		TEEC_FinalizeContext(&ctx);
	}
	/* the multi-session TA stays */
	fixture_wait_idle(&watcher, 0, 1);
	assert_int_equal(cw_teec_stats(&watcher, &st), TEEC_SUCCESS);
	assert_int_equal(st.all_shms, 0);
	assert_int_equal(st.all_shm_bytes, 0);
	TEEC_FinalizeContext(&watcher);
}

/* Opening, calling, dying, closing, over and over: no descriptor is left behind on either side. */
static void test_no_leaks(void **state)
{
	struct fixture *f = *state;
	TEEC_Context ctx;
	unsigned before = 0;

	fixture_client(f, &ctx);
	for (unsigned round = 0; round < 12; round++) {
		TEEC_SharedMemory shm = {.size = 100, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
		TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_WHOLE, 0, 0, 0)};
		struct cw_tee_stats st;
		TEEC_Session s;

		echo_open(&ctx, &echo_uuid, &s);
		assert_int_equal(TEEC_AllocateSharedMemory(&ctx, &shm), TEEC_SUCCESS);
		op.params[0].memref.parent = &shm;
		assert_int_equal(echo_call(&s, ECHO_TYPES, &op), TEEC_SUCCESS);
		if (round % 3 == 1)
			assert_int_equal(echo_call(&s, ECHO_PANIC, NULL), TEEC_ERROR_TARGET_DEAD);
		/* memory goes before or after the session */
		if (round % 2)
			TEEC_ReleaseSharedMemory(&shm);
		TEEC_CloseSession(&s);
		TEEC_ReleaseSharedMemory(&shm);
		fixture_wait_idle(&ctx, 0, 0);
		assert_int_equal(cw_teec_stats(&ctx, &st), TEEC_SUCCESS);
		assert_int_equal(st.sessions + st.shms + st.all_sessions + st.all_shms, 0);
		assert_int_equal(st.shm_bytes + st.all_shm_bytes, 0);
		if (round == 3)
			before = fixture_open_fds();
	}
	assert_int_equal(fixture_open_fds(), before);
	TEEC_FinalizeContext(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_deaths, setup_short, teardown),
		cmocka_unit_test_setup_teardown(test_shared_death, setup_short, teardown),
		cmocka_unit_test_setup_teardown(test_pta_session_of_the_dead, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forbidden_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_client_death, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_leaks, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
