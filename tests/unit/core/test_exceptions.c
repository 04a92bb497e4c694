/* SPDX-License-Identifier: BSD-2-Clause */
/* The logs of prog/: what the architecture says happens, in order. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define EXPECT(name, program, ...)                                                                 \
	static void name(void **state)                                                             \
	{                                                                                          \
		static const uint32_t words[] = {__VA_ARGS__};                                     \
		rig_expect(program, words, sizeof(words) / sizeof(words[0]));                      \
	}

EXPECT(basic, "basic", 0, 0, 0, 0x410fc241, 19, 1, 8, 0x100, 0, 0)
/* Line 0 runs, 1 preempts it and pends 0 again, 0 returns and comes again before 2. */
EXPECT(nest, "nest", 0x50804080 & 0xf0f0f0f0, 0xf, 0x00, 0x10, 3, 0x1e, 1, 0x0e, 0x00, 0x10, 3,
       0x1e, 1, 0x0e, 0x20, 18 | 1 << 16, 0x100, 0xfa050600, 0x30, 0x3e, 0x10, 2, 0x1e, 0x200)
EXPECT(chain, "chain", 17, 1, 1, 0, 0x100, 1, 0xfffffff9, 0xfffffff9)
EXPECT(system_exceptions, "system", 0xf0f00000, 0x20000000, 0x5002a, 5, 0x5e, 0xe0, 77, 0x40, 0x100,
       0, 1, 0x200, 0, 1, 2, 0, 1)
EXPECT(masks, "masks", 0x00, 0x100, 0x80, 0x80, 0x40, 0x200, 0x00, 0x300, 0x10, 0x400, 0x2, 0x500,
       0x00, 0x10, 0x600, 1, 0x00, 0x700, 0x800, 0x10, 0x900)
EXPECT(stacks, "stacks", 0xfffffffd, 0, 0xe0, 1, 0, 0xfffffffd, 0, 0xd8, 2, 0x200, 2, 0, 0xe0, 2,
       0xfffffffd, 0, 0xdc, 3, 0, 3, 0, 0, 0xfffffffd, 1, 0xe0, 0xabc, 0, 2, 0)
EXPECT(fp, "fp", 0xf00000, 0xc0000000, 0xfffffff9, 0, 0x11, 0x22, 0x33, 0x50000000, 4, 0xffffffe9,
       0x68, 0, 0xfffffff9, 0)
EXPECT(vtor, "vtor", 0, 0xe0, 1, 0xabc000e, 0xe0)
EXPECT(sleep_and_wake, "sleep", 0x100, 0xf, 0x101, 0xf, 0x200, 0x300, 0x301, 0xf, 0x302, 0x303, 0xe,
       0x400)
EXPECT(traps, "traps", 0, 0x80000, 0, 2, 2, 1, 0, 0x80000, 0, 2, 2, 1, 0x100, 0, 0, 0x2000000, 0, 2,
       2, 0, 0x2000000, 0, 3, 3, 0, 0x2000000, 0x0c, 7, 7, 9, 0, 0x200, 0, 0x80000, 0, 6, 0x300)
EXPECT(widths, "width", 0xf0f0f0f0, 0x20, 0x403020f0, 0x4030, 0xf000, 0x3fffff, 0, 0, 4, 0x00f0f0f0,
       0xf0000000, 0xf0f000f0, 0x10f00000, 0xfa050000, 0x200, 0xc0000000, 79999, 0, 0x10110021,
       0x410fc241, 0, 0, 0x02, 0x0403, 0, 1)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(basic),
		cmocka_unit_test(nest),
		cmocka_unit_test(chain),
		cmocka_unit_test(system_exceptions),
		cmocka_unit_test(masks),
		cmocka_unit_test(stacks),
		cmocka_unit_test(fp),
		cmocka_unit_test(vtor),
		cmocka_unit_test(widths),
		cmocka_unit_test(traps),
		cmocka_unit_test(sleep_and_wake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
