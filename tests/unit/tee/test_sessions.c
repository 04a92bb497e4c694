// SPDX-License-Identifier: BSD-2-Clause
/* test_sessions.c - sessions, instances, parameters, through libteec, the TEE and a real TA process */
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

static void test_copy(void **state)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
							    TEEC_MEMREF_TEMP_OUTPUT, 0, 0)};
	char in[] = "hello", out[16] = "";
	TEEC_Context ctx;
	TEEC_Session s;

	fixture_client(*state, &ctx);
	echo_open(&ctx, &echo_uuid, &s);
	op.params[0].tmpref = (TEEC_TempMemoryReference){in, sizeof(in)};
	op.params[1].tmpref = (TEEC_TempMemoryReference){out, sizeof(out)};
	assert_int_equal(echo_call(&s, ECHO_COPY, &op), TEEC_SUCCESS);
	assert_string_equal(out, "hello");
	assert_int_equal(op.params[1].tmpref.size, sizeof(in));
	TEEC_CloseSession(&s);
	fixture_wait_idle(&ctx, 0, 0);
	TEEC_FinalizeContext(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_copy, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
