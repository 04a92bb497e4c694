// SPDX-License-Identifier: BSD-2-Clause
/* silicon/bus/options.c - the command line of corewarden-silicon */
#include "silicon/bus/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define FD_MIN	     4
#define FD_MAX	     15
#define MIPS_MAX     100000
#define MIPS_DEFAULT 64

static bool number(const char *text, unsigned long min, unsigned long max, unsigned long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *ret >= min && *ret <= max;
}

static bool one_option(int c, const char *value, struct cw_options *o)
{
	unsigned long n;

	switch (c) {
	case 'd':
		return number(value, FD_MIN, FD_MAX, &n) && (o->dtb_fd = (int)n, true);
	case 't':
		return number(value, FD_MIN, FD_MAX, &n) && (o->tee_fd = (int)n, true);
	case 'a':
		return number(value, FD_MIN, FD_MAX, &n) && (o->ta_fd = (int)n, true);
	case 'm':
		return number(value, 0, MIPS_MAX, &n) && (o->mips = (uint32_t)n, true);
	case 's':
		o->state = value;
		return true;
	case 'T':
		o->ta_dir = value;
		return true;
	case 'l':
		o->log_word = value;
		return cw_log_level_parse(value, &o->log);
	case 'D':
		o->debug = optind == 2; /* elsewhere nobody starts a process that way: host/spawn.h */
		return o->debug;
	case 'w':
		o->weak_generations = true;
		return strcmp(value, "generations") == 0;
	default:
		return false;
	}
}

int cw_options_parse(int argc, char **argv, struct cw_options *ret, struct cw_error *err)
{
	static const struct option table[] = {
		{"dtb-fd", required_argument, NULL, 'd'}, {"tee-fd", required_argument, NULL, 't'},
		{"ta-fd", required_argument, NULL, 'a'},  {"mips", required_argument, NULL, 'm'},
		{"state", required_argument, NULL, 's'},  {"ta-dir", required_argument, NULL, 'T'},
		{"log", required_argument, NULL, 'l'},	  {"debug", no_argument, NULL, 'D'},
		{"weaken", required_argument, NULL, 'w'}, {0},
	};
	struct cw_options o = {.dtb_fd = -1,
			       .tee_fd = -1,
			       .ta_fd = -1,
			       .state = "",
			       .mips = MIPS_DEFAULT,
			       .log_word = "warn",
			       .log = CW_LOG_WARN};
	int c, at;

	optind = 1;
	opterr = 0;
	while (at = optind, (c = getopt_long(argc, argv, "", table, NULL)) != -1)
		if (!one_option(c, optarg, &o))
			return cw_error_set(err, -EINVAL, "bad argument '%s%s%s'", argv[at],
					    optind > at + 1 ? " " : "",
					    optind > at + 1 ? optarg : "");
	if (optind != argc)
		return cw_error_set(err, -EINVAL, "bad argument '%s'", argv[optind]);
	if (o.dtb_fd < 0)
		return cw_error_set(err, -EINVAL, "no device tree: --dtb-fd is missing");
	if ((o.tee_fd < 0) != (o.ta_fd < 0))
		return cw_error_set(err, -EINVAL, "--tee-fd and --ta-fd come together");
	if (o.weak_generations && !o.debug)
		return cw_error_set(err, -EINVAL, "--weaken needs --debug");
	*ret = o;
	return 0;
}
