/* SPDX-License-Identifier: BSD-2-Clause */
/* The logs of prog/: what the architecture says happens, in order. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define EXPECT(name, program, ...)                                               \
	static void name(void **state)                                           \
	{                                                                        \
		static const uint32_t words[] = {__VA_ARGS__};                   \
		rig_expect(program, words, sizeof(words) / sizeof(words[0]));    \
	}

EXPECT(basic, "basic", 0, 0, 0, 0x410fc241, 19, 1, 8, 0x100, 0, 0)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(basic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
