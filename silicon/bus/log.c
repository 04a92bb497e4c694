// SPDX-License-Identifier: BSD-2-Clause
/* silicon/bus/log.c - lines on stderr */
#include "silicon/bus/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_LEN 1024

static enum cw_log_level threshold = CW_LOG_WARN;

bool cw_log_level_parse(const char *word, enum cw_log_level *ret)
{
	static const char *const words[] = {"error", "warn", "info", "debug"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(word, words[i]) == 0) {
			*ret = (enum cw_log_level)i;
			return true;
		}
	}
	return false;
}

void cw_log_set(enum cw_log_level level)
{
	threshold = level;
}

void cw_log(enum cw_log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	va_list ap;

	if (level > threshold)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* One write, so that lines of the worlds do not mix. */
	dprintf(2, "silicon: %s\n", line);
}
