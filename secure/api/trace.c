// SPDX-License-Identifier: BSD-2-Clause
/* secure/api/trace.c - messages to the log of the TEE, and the last one */
#include "secure/api/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct log_frame {
	uint32_t level;
	char text[CW_TA_LOG_MAX];
};

static void send_log(struct log_frame *f, int level, size_t len)
{
	f->level = (uint32_t)level;
	if (cw_msg_send(ta_rt.link, CW_TA_LOG, 0, 0, f, sizeof(f->level) + len, NULL, 0) < 0)
		ta_leave(1);
}

TA_API void trace_printf(const char *func, int line, int level, bool level_ok, const char *fmt, ...)
{
	struct log_frame f;
	size_t len = 0;
	va_list ap;
	int n;

	if (level_ok && (uint32_t)level > ta_rt.log_level)
		return;
	if (func)
		len = (size_t)snprintf(f.text, sizeof(f.text), "%.60s:%d ", func, line);
	va_start(ap, fmt);
	n = vsnprintf(f.text + len, sizeof(f.text) - len, fmt, ap);
	va_end(ap);
	if (n > 0)
		len += (size_t)n;
	if (len >= sizeof(f.text))
		len = sizeof(f.text) - 1;
	while (len && f.text[len - 1] == '\n')
		len--;
	send_log(&f, level, len);
}

TA_API void trace_hexdump(int level, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	for (size_t at = 0; at < len; at += 16) {
		char text[16 * 3 + 1];

		for (size_t i = 0; i < 16 && at + i < len; i++)
			snprintf(text + 3 * i, 4, " %02x", p[at + i]);
		trace_printf(NULL, 0, level, true, "%04zx:%s", at, text);
	}
}

TA_API void TEE_Panic(TEE_Result panicCode)
{
	/* The TEE ends the instance when it reads this; if it cannot, leaving is as good. */
	cw_msg_send(ta_rt.link, CW_TA_PANIC, 0, 0, &panicCode, sizeof(panicCode), NULL, 0);
	ta_leave(3);
}
