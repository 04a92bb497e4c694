// SPDX-License-Identifier: BSD-2-Clause
/*
 * teec/trace.c - what programs built with OP-TEE's <teec_trace.h> call: their own messages, on standard output
 *
 * The two functions are part of its libteec.so.2, so of ours. Nothing in this library calls them.
 */
#include "teec/internal.h"

#include <stdarg.h>
#include <stdio.h>

TEEC_EXPORT void _dprintf(const char *function, int line, int level, const char *prefix, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
TEEC_EXPORT void dump_buffer(const char *bname, const uint8_t *buffer, size_t blen);

#define DUMP_ROW 16

/* @function NULL: the message as it is. @level 1 to 4: error, info, debug, flow. */
void _dprintf(const char *function, int line, int level, const char *prefix, const char *fmt, ...)
{
	static const char letters[] = "?EIDF";
	va_list ap;

	flockfile(stdout);
	if (function)
		printf("%c/%s %s:%d: ", letters[level >= 1 && level <= 4 ? level : 0], prefix ? prefix : "", function,
		       line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	funlockfile(stdout);
}

void dump_buffer(const char *bname, const uint8_t *buffer, size_t blen)
{
	flockfile(stdout);
	printf("%s (%zu bytes)\n", bname ? bname : "", blen);
	for (size_t at = 0; at < blen; at += DUMP_ROW) {
		for (size_t i = at; i < blen && i < at + DUMP_ROW; i++)
			printf("%s%02x", i > at ? " " : "  ", buffer[i]);
		putchar('\n');
	}
	funlockfile(stdout);
}
