/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/progress.h - a bar on the terminal when work is long
 *
 * On stderr, only when that is a terminal, and only when the work takes longer than a moment. It draws over itself and leaves an
 * empty line when the work is done, so that what is printed next begins where it began.
 */
#ifndef CW_CLI_PROGRESS_H
#define CW_CLI_PROGRESS_H

#include "sign/hash.h"

#define CLI_PROGRESS_AFTER_MS 500 /* a moment */
#define CLI_PROGRESS_EVERY_MS 100

/* For the work that begins now; @what, a static string, stands before the bar. One at a time. */
struct cw_progress cli_progress(const char *what);

#endif
