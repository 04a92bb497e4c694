/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace.h - messages from a TA to the log of the TEE
 *
 * EMSG errors, IMSG information, DMSG debugging, FMSG every step. What lies above TRACE_LEVEL at compile time costs
 * nothing; the TEE's own --log level hides the rest. A message longer than a frame is cut.
 */
#ifndef CW_TEE_TRACE_H
#define CW_TEE_TRACE_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include <compiler.h>

#define TRACE_MIN   0
#define TRACE_ERROR 1
#define TRACE_INFO  2
#define TRACE_DEBUG 3
#define TRACE_FLOW  4
#define TRACE_MAX   TRACE_FLOW

#ifndef TRACE_LEVEL
#define TRACE_LEVEL TRACE_DEBUG
#endif

void trace_printf(const char *func, int line, int level, bool level_ok, const char *fmt, ...)
	__printf(5, 6);
void trace_hexdump(int level, const void *buf, size_t len);

#define trace_if_(level, ...)                                                                      \
	do {                                                                                       \
		if ((level) <= TRACE_LEVEL)                                                        \
			trace_printf(__func__, __LINE__, (level), true, __VA_ARGS__);              \
	} while (0)

#define MSG(...)  trace_printf(NULL, 0, TRACE_MIN, false, __VA_ARGS__)
#define EMSG(...) trace_if_(TRACE_ERROR, __VA_ARGS__)
#define IMSG(...) trace_if_(TRACE_INFO, __VA_ARGS__)
#define DMSG(...) trace_if_(TRACE_DEBUG, __VA_ARGS__)
#define FMSG(...) trace_if_(TRACE_FLOW, __VA_ARGS__)

#define EMSG_RAW(...) EMSG(__VA_ARGS__)
#define IMSG_RAW(...) IMSG(__VA_ARGS__)
#define DMSG_RAW(...) DMSG(__VA_ARGS__)
#define FMSG_RAW(...) FMSG(__VA_ARGS__)

#define DHEXDUMP(buf, len)                                                                         \
	do {                                                                                       \
		if (TRACE_DEBUG <= TRACE_LEVEL)                                                    \
			trace_hexdump(TRACE_DEBUG, (buf), (len));                                  \
	} while (0)

#endif
