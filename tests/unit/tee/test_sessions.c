// SPDX-License-Identifier: BSD-2-Clause
/* test_sessions.c - contexts, sessions and instances, as GlobalPlatform says */
#include "fixture.h"

#include <string.h>
#include <unistd.h>

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

static void counts(TEEC_Session *s, uint32_t *sessions, uint32_t *calls)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, 0, 0, 0)};

	assert_int_equal(echo_call(s, ECHO_COUNT, &op), TEEC_SUCCESS);
	*sessions = op.params[0].value.a;
	*calls = op.params[0].value.b;
}

/* Without TA_FLAG_SINGLE_INSTANCE every session has a process of its own. */
static void test_instance_per_session(void **state)
{
	uint32_t sessions, calls;
	TEEC_Session a, b;
	TEEC_Context ctx;

	fixture_client(*state, &ctx);
	echo_open(&ctx, &echo_uuid, &a);
	echo_open(&ctx, &echo_uuid, &b);
	fixture_wait_idle(&ctx, 2, 2);
	counts(&a, &sessions, &calls);
	counts(&a, &sessions, &calls);
	assert_int_equal(calls, 2);
	counts(&b, &sessions, &calls);
	assert_int_equal(sessions, 1);
	assert_int_equal(calls, 1);
	TEEC_CloseSession(&a);
	TEEC_CloseSession(&b);
	fixture_wait_idle(&ctx, 0, 0);
	TEEC_FinalizeContext(&ctx);
}

/* Single instance, several sessions, keep-alive: state survives the last close. */
static void test_shared_instance(void **state)
{
	uint32_t sessions, calls;
	TEEC_Context one, two;
	TEEC_Session a, b;

	fixture_client(*state, &one);
	fixture_client(*state, &two);
	echo_open(&one, &echo_multi_uuid, &a);
	echo_open(&two, &echo_multi_uuid, &b);
	counts(&a, &sessions, &calls);
	assert_int_equal(sessions, 2);
	counts(&b, &sessions, &calls);
	assert_int_equal(calls, 2);
	TEEC_CloseSession(&a);
	TEEC_CloseSession(&b);
	fixture_wait_idle(&one, 0, 1);
	echo_open(&one, &echo_multi_uuid, &a);
	counts(&a, &sessions, &calls);
	assert_int_equal(sessions, 1);
	assert_int_equal(calls, 3);
	TEEC_CloseSession(&a);
	TEEC_FinalizeContext(&one);
	TEEC_FinalizeContext(&two);
}

/* Single instance, one session: a second one is told BUSY; after the close there is a new instance. */
static void test_busy(void **state)
{
	uint32_t origin, sessions, calls;
	TEEC_Session a, b;
	TEEC_Context ctx;

	fixture_client(*state, &ctx);
	echo_open(&ctx, &echo_single_uuid, &a);
	counts(&a, &sessions, &calls);
	assert_int_equal(TEEC_OpenSession(&ctx, &b, &echo_single_uuid, TEEC_LOGIN_PUBLIC, NULL,
					  NULL, &origin),
			 TEEC_ERROR_BUSY);
	assert_int_equal(origin, TEEC_ORIGIN_TEE);
	TEEC_CloseSession(&a);
	/* The old instance may still be ending; a single one must not become two. */
	echo_open(&ctx, &echo_single_uuid, &b);
	counts(&b, &sessions, &calls);
	assert_int_equal(calls, 1);
	TEEC_CloseSession(&b);
	fixture_wait_idle(&ctx, 0, 0);
	TEEC_FinalizeContext(&ctx);
}

static void test_refused_open(void **state)
{
	static const TEEC_UUID nobody = {1, 2, 3, {4}}, pta = ECHO_PTA_UUID;
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, 0, 0, 0)};
	TEEC_Context ctx;
	TEEC_Session s;
	uint32_t origin;

	fixture_client(*state, &ctx);
	op.params[0].value.a = 0xBAD;
	assert_int_equal(
		TEEC_OpenSession(&ctx, &s, &echo_uuid, TEEC_LOGIN_PUBLIC, NULL, &op, &origin),
		TEEC_ERROR_ACCESS_DENIED);
	assert_int_equal(origin, TEEC_ORIGIN_TRUSTED_APP);
	assert_int_equal(
		TEEC_OpenSession(&ctx, &s, &nobody, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin),
		TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(origin, TEEC_ORIGIN_TEE);
	assert_int_equal(TEEC_OpenSession(&ctx, &s, &pta, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin),
			 TEEC_ERROR_ACCESS_DENIED);
	assert_int_equal(origin, TEEC_ORIGIN_TEE);
	fixture_wait_idle(&ctx, 0, 0);
	TEEC_FinalizeContext(&ctx);
}

static void client_uuid(TEEC_Context *ctx, uint32_t login, const void *data, uint32_t *ret_login,
			uint8_t uuid[16])
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_MEMREF_TEMP_OUTPUT, 0, 0)};
	TEEC_Session s;

	assert_int_equal(TEEC_OpenSession(ctx, &s, &echo_multi_uuid, login, data, NULL, NULL),
			 TEEC_SUCCESS);
	op.params[1].tmpref = (TEEC_TempMemoryReference){uuid, 16};
	assert_int_equal(echo_call(&s, ECHO_CLIENT, &op), TEEC_SUCCESS);
	*ret_login = op.params[0].value.a;
	TEEC_CloseSession(&s);
}

static void test_login(void **state)
{
	static const uint8_t nil[16];
	uint8_t user[16], group[16], none[16];
	uint32_t gid = getgid(), other = 0x7FFFFFF0, login;
	TEEC_Context ctx;
	TEEC_Session s;

	fixture_client(*state, &ctx);
	client_uuid(&ctx, TEEC_LOGIN_PUBLIC, NULL, &login, none);
	assert_int_equal(login, TEEC_LOGIN_PUBLIC);
	assert_memory_equal(none, nil, 16);
	client_uuid(&ctx, TEEC_LOGIN_USER, NULL, &login, user);
	assert_int_equal(login, TEEC_LOGIN_USER);
	client_uuid(&ctx, TEEC_LOGIN_GROUP, &gid, &login, group);
	assert_int_equal(login, TEEC_LOGIN_GROUP);
	/* timeHiAndVersion lies there in host order: version 5, for both */
	assert_int_equal(user[7] >> 4, 5);
	assert_int_equal(group[7] >> 4, 5);
	assert_memory_not_equal(user, group, 16);

	assert_int_equal(
		TEEC_OpenSession(&ctx, &s, &echo_multi_uuid, TEEC_LOGIN_GROUP, &other, NULL, NULL),
		TEEC_ERROR_ACCESS_DENIED);
	assert_int_equal(
		TEEC_OpenSession(&ctx, &s, &echo_multi_uuid, TEEC_LOGIN_GROUP, NULL, NULL, NULL),
		TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_OpenSession(&ctx, &s, &echo_multi_uuid, TEEC_LOGIN_APPLICATION, NULL,
					  NULL, NULL),
			 TEEC_ERROR_NOT_SUPPORTED);
	TEEC_FinalizeContext(&ctx);
}

struct worker {
	pthread_t thread;
	TEEC_Context *ctx;
	unsigned seed;
};

/* Each round: another size, through temporary memory, in a session of its own. */
static void *work(void *arg)
{
	struct worker *w = arg;
	TEEC_Session s;

	if (TEEC_OpenSession(w->ctx, &s, &echo_multi_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL))
		return "open";
	for (unsigned i = 0; i < 50; i++) {
		TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
								    TEEC_MEMREF_TEMP_OUTPUT, 0, 0)};
		uint8_t in[6000], out[6000];
		size_t len = (w->seed * 31 + i * 97) % sizeof(in) + 1;

		memset(in, (int)(w->seed + i), len);
		memset(out, 0, sizeof(out));
		op.params[0].tmpref = (TEEC_TempMemoryReference){in, len};
		op.params[1].tmpref = (TEEC_TempMemoryReference){out, sizeof(out)};
		if (echo_call(&s, ECHO_COPY, &op) || op.params[1].tmpref.size != len ||
		    memcmp(in, out, len))
			return "copy";
	}
	TEEC_CloseSession(&s);
	return NULL;
}

static void test_threads(void **state)
{
	struct worker w[8];
	TEEC_Context ctx;

	fixture_client(*state, &ctx);
	for (unsigned i = 0; i < 8; i++) {
		w[i] = (struct worker){.ctx = &ctx, .seed = i};
		assert_int_equal(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
	}
	for (unsigned i = 0; i < 8; i++) {
		void *what;

		pthread_join(w[i].thread, &what);
		if (what)
			fail_msg("thread %u: %s", i, (char *)what);
	}
	fixture_wait_idle(&ctx, 0, 1);
	TEEC_FinalizeContext(&ctx);
}

struct waiting {
	TEEC_Session *s;
	TEEC_Operation op;
	TEEC_Result res;
	uint32_t origin;
};

static void *wait_call(void *arg)
{
	struct waiting *w = arg;

	w->res = TEEC_InvokeCommand(w->s, ECHO_WAIT, &w->op, &w->origin);
	return NULL;
}

/* Cancel until it has an effect: the call may not have reached the TA yet. */
static void cancel_until_done(struct waiting *w, pthread_t t)
{
	struct timespec soon;

	for (;;) {
		TEEC_RequestCancellation(&w->op);
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 1000000;
		if (soon.tv_nsec >= 1000000000) {
			soon.tv_nsec -= 1000000000;
			soon.tv_sec++;
		}
		if (pthread_timedjoin_np(t, NULL, &soon) == 0)
			return;
	}
}

/* While one instance waits, another answers; then the wait is cancelled. */
static void test_cancel(void **state)
{
	struct waiting w = {.op.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, 0, 0, 0)};
	uint32_t sessions, calls;
	TEEC_Session a, b;
	TEEC_Context ctx;
	pthread_t t;

	fixture_client(*state, &ctx);
	echo_open(&ctx, &echo_uuid, &a);
	echo_open(&ctx, &echo_uuid, &b);
	w.s = &a;
	w.op.params[0].value = (TEEC_Value){60000, 1};
	assert_int_equal(pthread_create(&t, NULL, wait_call, &w), 0);
	counts(&b, &sessions, &calls);
	cancel_until_done(&w, t);
	assert_int_equal(w.res, TEEC_ERROR_CANCEL);
	/* The session lives on; a late cancellation is nobody's. */
	TEEC_RequestCancellation(&w.op);
	counts(&a, &sessions, &calls);
	TEEC_CloseSession(&a);
	TEEC_CloseSession(&b);
	TEEC_FinalizeContext(&ctx);
}

/* A call that waits behind another one of the same instance is cancelled without ever starting. */
static void test_cancel_queued(void **state)
{
	struct waiting w = {.op.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, 0, 0, 0)}, q = w;
	TEEC_Session a, b;
	TEEC_Context ctx;
	pthread_t t, u;

	fixture_client(*state, &ctx);
	echo_open(&ctx, &echo_multi_uuid, &a);
	echo_open(&ctx, &echo_multi_uuid, &b);
	w.s = &a;
	w.op.params[0].value = (TEEC_Value){60000, 1};
	q.s = &b;
	q.op.params[0].value =
		(TEEC_Value){60000, 0}; /* masked: could not be cancelled once it runs */
	assert_int_equal(pthread_create(&t, NULL, wait_call, &w), 0);
	fixture_wait_log(*state, "waits 60000 ms");
	assert_int_equal(pthread_create(&u, NULL, wait_call, &q), 0);
	cancel_until_done(&q, u);
	assert_int_equal(q.res, TEEC_ERROR_CANCEL);
	assert_int_equal(q.origin, TEEC_ORIGIN_TEE);
	cancel_until_done(&w, t);
	assert_int_equal(w.origin, TEEC_ORIGIN_TRUSTED_APP);
	TEEC_CloseSession(&a);
	TEEC_CloseSession(&b);
	TEEC_FinalizeContext(&ctx);
}

static void test_self_check(void **state)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, 0, 0, 0)};
	TEEC_Context ctx;
	TEEC_Session s;
	TEEC_Result res;

	fixture_client(*state, &ctx);
	echo_open(&ctx, &echo_multi_uuid, &s);
	res = echo_call(&s, ECHO_API, &op);
	if (res)
		fail_msg("echo/main.c:%u does not hold (0x%08x)", op.params[0].value.a, res);
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&ctx);
}

static void test_heap(void **state)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, 0, 0, 0)};
	TEEC_Context ctx;
	TEEC_Session s;

	fixture_client(*state, &ctx);
	echo_open(&ctx, &echo_multi_uuid, &s);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(echo_call(&s, ECHO_HEAP, &op), TEEC_SUCCESS);
		/* TA_DATA_SIZE is 32 KiB, of which blocks of 256 cost 272 */
		assert_int_equal(op.params[0].value.a, 32768 / 272 * 256);
		assert_int_equal(op.params[0].value.b, 0);
	}
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_instance_per_session, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shared_instance, setup, teardown),
		cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_login, setup, teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cancel_queued, setup, teardown),
		cmocka_unit_test_setup_teardown(test_self_check, setup, teardown),
		cmocka_unit_test_setup_teardown(test_heap, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
