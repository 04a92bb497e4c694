/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/bus/options.h - the command line of corewarden-silicon
 *
 *	corewarden-silicon [--debug [--weaken generations]] --dtb-fd 4 [--state DIR] [--mips N] [--tee-fd 5] [--ta-fd 6]
 *			   [--ta-dir DIR] [--log error|warn|info|debug]
 *
 * --debug is the first argument, or refused. --weaken switches one defence off, so that a test can show what it defends against; refused without --debug.
 * It is started by lib/bus/power.c with the non-secure bus as descriptor 3. Numbers of descriptors are 4 to 15.
 */
#ifndef CW_SILICON_BUS_OPTIONS_H
#define CW_SILICON_BUS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <corewarden/error.h>

#include "silicon/bus/log.h"

#define CW_SILICON_BUS_FD 3

struct cw_options {
	int dtb_fd;	    /* readable device tree */
	int tee_fd, ta_fd;  /* readable programs; -1 = a board without TEE */
	const char *state;  /* directory; "" = blank fuses, nothing kept */
	const char *ta_dir; /* passed on to the TEE; NULL = its default */
	uint32_t mips;	    /* default 64 */
	const char *log_word;
	enum cw_log_level log;
	bool debug;
	bool weak_generations; /* protect and open keep the memory file: old mappings go on reaching it */
};

/* -EINVAL with a sentence. */
int cw_options_parse(int argc, char **argv, struct cw_options *ret, struct cw_error *err);

#endif
