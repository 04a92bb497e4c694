/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/unpack_load.h - libraries that decompress, loaded when a file is packed
 *
 * Linked, they would cost every run of the program a twentieth of its start, and have their code in every process that signs.
 */
#ifndef CW_CLI_UNPACK_LOAD_H
#define CW_CLI_UNPACK_LOAD_H

#include <stddef.h>

/* Names and places of functions; an empty name ends the list. */
struct cli_call {
	const char *name;
	void **place;
};

/* Load @library, which stays, and fill in every place. 0, or -ENODEV when it or one of its functions is missing. */
int cli_load(const char *library, const struct cli_call *calls);

#endif
