// SPDX-License-Identifier: BSD-2-Clause
/* bus/test_options.c - the command line of corewarden-silicon */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "silicon/bus/options.h"

#define ARGS(...)                                                                                  \
	{                                                                                          \
		(char *)"silicon", ##__VA_ARGS__, NULL                                             \
	}

static int parse(char **argv, struct cw_options *o, struct cw_error *err)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	return cw_options_parse(argc, argv, o, err);
}

static void all_of_them(void **state)
{
	char *argv[] = ARGS((char *)"--debug", (char *)"--dtb-fd", (char *)"4", (char *)"--state",
			    (char *)"/s", (char *)"--mips", (char *)"0", (char *)"--tee-fd",
			    (char *)"5", (char *)"--ta-fd", (char *)"6", (char *)"--ta-dir=/t",
			    (char *)"--log", (char *)"debug");
	char *value[] = ARGS((char *)"--dtb-fd=4", (char *)"--state", (char *)"--debug");
	char *least[] = ARGS((char *)"--dtb-fd=4");
	struct cw_options o;

	(void)state;
	assert_int_equal(parse(argv, &o, NULL), 0);
	assert_int_equal(o.dtb_fd, 4);
	assert_int_equal(o.tee_fd, 5);
	assert_int_equal(o.ta_fd, 6);
	assert_string_equal(o.state, "/s");
	assert_string_equal(o.ta_dir, "/t");
	assert_string_equal(o.log_word, "debug");
	assert_int_equal(o.log, CW_LOG_DEBUG);
	assert_int_equal(o.mips, 0);
	assert_true(o.debug);
	assert_int_equal(parse(least, &o, NULL), 0);
	assert_int_equal(o.mips, 64);
	assert_int_equal(o.tee_fd, -1);
	assert_string_equal(o.state, "");
	assert_null(o.ta_dir);
	assert_int_equal(o.log, CW_LOG_WARN);
	assert_false(o.debug);
	assert_int_equal(parse(value, &o, NULL), 0);
	assert_string_equal(o.state, "--debug");
	assert_false(o.debug);
}

static void refused_lines(void **state)
{
	static const char *const bad[][4] = {
		{NULL},
		{"--dtb-fd"},
		{"--dtb-fd", "3"},
		{"--dtb-fd", "16"},
		{"--dtb-fd", "4x"},
		{"--dtb-fd", "-4"},
		{"--dtb-fd", ""},
		{"--dtb-fd=4", "--mips=-1"},
		{"--dtb-fd=4", "--mips=100001"},
		{"--dtb-fd=4", "--log=loud"},
		{"--dtb-fd=4", "--tee-fd=5"},
		{"--dtb-fd=4", "--what"},
		{"--dtb-fd=4", "more"},
		{"--dtb-fd=4", "-d"},
		{"--dtb-fd=4", "--debug"},
		{"--dtb-fd=4", "--debug", "--weaken=generations"},
		{"--dtb-fd=4", "--weaken=generations"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *argv[6] = {(char *)"silicon"};
		struct cw_options o = {.mips = 77};
		struct cw_error err = {0};

		for (unsigned k = 0; k < 4 && bad[i][k]; k++)
			argv[1 + k] = (char *)bad[i][k];
		assert_int_equal(parse(argv, &o, &err), -EINVAL);
		assert_int_equal(o.mips, 77);
		assert_true(err.text[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_them),
		cmocka_unit_test(refused_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
