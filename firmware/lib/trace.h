/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace.h - text for the host in the buffer that the resource table's trace entry names
 *
 * Always ends in NUL. When it is full it starts over. Callable from handlers.
 */
#ifndef FW_TRACE_H
#define FW_TRACE_H

#include <stddef.h>

#ifndef TRACE_SIZE
#define TRACE_SIZE 2048
#endif

extern char trace_buffer[TRACE_SIZE];

/* Knows %s, %lu, %lx with '0' and a width, and %%; one call is one piece of text. */
void trace(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
