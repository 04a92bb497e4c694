// SPDX-License-Identifier: BSD-2-Clause
/* cli/test-load.c - a library that is there, one that is not, and one without what is asked of it */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/unpack_load.h"

static void found(void **state)
{
	double (*root)(double) = NULL, (*floor_of)(double) = NULL;
	const struct cli_call calls[] = {{"sqrt", (void **)&root}, {"floor", (void **)&floor_of}, {}};

	assert_int_equal(cli_load("libm.so.6", calls), 0);
	assert_true(root(81.0) == 9.0 && floor_of(2.5) == 2.0);
}

static void missing(void **state)
{
	void (*place)(void) = NULL, (*other)(void) = NULL;
	const struct cli_call calls[] = {
		{"sqrt", (void **)&place}, {"corewarden_is_not_here", (void **)&other}, {}};

	assert_int_equal(cli_load("libcorewarden-nothing.so.77", calls), -ENODEV);
	assert_null(place);
	assert_int_equal(cli_load("libm.so.6", calls), -ENODEV);
	assert_null(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
