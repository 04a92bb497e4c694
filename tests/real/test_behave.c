// SPDX-License-Identifier: BSD-2-Clause
/* test_behave.c - behave.c on our TEE; `./test --real` has it on OP-TEE */
#include "tests/unit/tee/fixture.h"

#include <stdlib.h>

#include "tests/real/behave.h"

static void test_behave(void **state)
{
	struct fixture_options options = {.ta_dir = getenv("STRAIN_DIR")};
	struct fixture *f = fixture_start(&options);
	TEEC_Context ctx;

	fixture_client(f, &ctx);
	assert_true(behave_all(&ctx, BEHAVE_OURS));
	TEEC_FinalizeContext(&ctx);
	fixture_stop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_behave)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
