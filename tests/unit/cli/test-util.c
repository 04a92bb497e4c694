// SPDX-License-Identifier: BSD-2-Clause
/* cli: numbers, words, printable text, and the memory map of the virtual board */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus/wire.h"
#include "cli/cli.h"
#include "cli/map.h"

static void numbers_are_whole_or_refused(void **state)
{
	static const char *const bad[] = {"",	" 1", "-1",	    "+1", "1 ",
					  "1x", "0x", "4294967296", "x",  "99999999999999999999"};
	uint64_t v = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(cli_number(bad[i], UINT32_MAX, &v));
	assert_int_equal(v, 7);
	assert_true(cli_number("0xffffffff", UINT32_MAX, &v));
	assert_int_equal(v, UINT32_MAX);
	assert_true(cli_number("18446744073709551615", UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
}

static void requirements_are_words(void **state)
{
	uint32_t bits = 0;

	assert_int_equal(cli_require("verify", "version,target,headers", &bits), CLI_DONE);
	assert_int_equal(bits, CW_FUSE_REQUIRE_VERSION | CW_FUSE_REQUIRE_TARGET |
				       CW_FUSE_REQUIRE_HEADERS);
	assert_int_equal(cli_require("verify", "", &bits), CLI_DONE);
	assert_int_equal(bits, 0);
	assert_int_equal(cli_require("verify", "version,head", &bits), CLI_USAGE);
}

static void foreign_bytes_are_harmless(void **state)
{
	char buf[32];

	assert_string_equal(cli_printable(cw_span("a\033[2J\\b", 7), buf, sizeof(buf)),
			    "a\\x1b[2J\\x5cb");
	assert_string_equal(cli_printable(cw_span("\xff\0", 2), buf, sizeof(buf)), "\\xff\\x00");
	assert_string_equal(cli_printable(cw_span(NULL, 0), buf, sizeof(buf)), "");
	cli_printable(cw_span("0123456789012345678901234567890123456789", 40), buf, sizeof(buf));
	assert_true(strlen(buf) < sizeof(buf));
	assert_string_equal(buf + strlen(buf) - 3, "...");
}

static void the_board_takes_what_lies_in_one_region(void **state)
{
	static struct cli_map map;
	struct cw_refusal r;
	uint64_t pa = 0;

	assert_int_equal(cli_map_load("stm32mp15", NULL, &map, NULL), 0);
	assert_string_equal(map.rproc->name, "m4");
	assert_int_equal(cli_map_check_range(&map, 0, 0x10000, "all of it", &r), 0);
	assert_int_equal(cli_map_check_range(&map, 0, 0x10001, "too much", &r), -CW_CODE_ADDRESS);
	assert_non_null(strstr(r.text, "too much"));
	assert_non_null(strstr(r.text, "retram 0x00000000-0x0000ffff"));
	assert_non_null(strstr(r.text, "mcuram2 0x10000000-0x1003ffff"));
	assert_int_equal(cli_map_check_range(&map, 0x10042000, 4, "buffer", &r), -CW_CODE_ADDRESS);
	assert_non_null(strstr(r.text, "exchange region vdev0buffer"));
	assert_int_equal(cli_map_check_range(&map, 0xFFFFFFF0, 0x20, "wrap", &r), -CW_CODE_ADDRESS);
	assert_non_null(cli_map_region(&map, 0x100, 4, &pa));
	assert_int_equal(pa, 0x38000100);
	assert_int_equal(cli_map_canonical(&map, 0x30000010), cli_map_canonical(&map, 0x10000010));
	assert_int_not_equal(cli_map_canonical(&map, 0), cli_map_canonical(&map, 0x10000000));
	assert_non_null(cli_map_exposed(&map));
}

static void boards_and_processors_are_named(void **state)
{
	static struct cli_map map;
	struct cw_error err;

	assert_int_equal(cli_map_load("stm32mp15", "dsp", &map, &err), -ENODEV);
	assert_non_null(strstr(err.text, "'dsp'"));
	assert_non_null(strstr(err.text, "'m4'"));
	assert_true(cli_map_load("no-such-board", NULL, &map, &err) < 0);
	assert_non_null(strstr(err.text, "no-such-board"));
}

static void state_follows_the_board(void **state)
{
	char *path = NULL;

	setenv("XDG_STATE_HOME", "/s", 1);
	assert_int_equal(cli_state_path(NULL, NULL, &path, NULL), 0);
	assert_string_equal(path, "/s/corewarden/stm32mp15");
	free(path);
	assert_int_equal(cli_state_path(NULL, "/x/y.z/dk2.dtb", &path, NULL), 0);
	assert_string_equal(path, "/s/corewarden/dk2");
	free(path);
	assert_int_equal(cli_state_path("here", "stm32mp15", &path, NULL), 0);
	assert_string_equal(path, "here");
	free(path);
	assert_true(cli_state_path(NULL, "x/", &path, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_whole_or_refused),
		cmocka_unit_test(requirements_are_words),
		cmocka_unit_test(foreign_bytes_are_harmless),
		cmocka_unit_test(the_board_takes_what_lies_in_one_region),
		cmocka_unit_test(boards_and_processors_are_named),
		cmocka_unit_test(state_follows_the_board),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
