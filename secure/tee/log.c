// SPDX-License-Identifier: BSD-2-Clause
/* secure/tee/log.c - the TEE's log: one line an event, on standard error or to whoever set the TEE up */
#include "secure/tee/internal.h"

#include <stdio.h>

#define LINE_MAX_BYTES 1400

static struct {
	int level;
	void (*sink)(void *arg, int level, const char *line);
	void *arg;
} state;

void log_setup(const struct cw_tee_config *config)
{
	state.level = config->log_level;
	state.sink = config->log;
	state.arg = config->log_arg;
}

int log_level(void)
{
	return state.level;
}

static void emit(int level, const char *line)
{
	static const char *const names[] = {"", "error: ", "", "debug: ", "flow: "};

	if (state.sink)
		state.sink(state.arg, level, line);
	else
		fprintf(stderr, "tee: %s%s\n",
			level >= 0 && level <= CW_TEE_LOG_FLOW ? names[level] : "", line);
}

static void emit_va(int level, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES];

	if (level > state.level)
		return;
	vsnprintf(line, sizeof(line), fmt, ap);
	emit(level, line);
}

void log_line(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit_va(level, fmt, ap);
	va_end(ap);
}

void log_pta(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit_va(CW_TEE_LOG_INFO, fmt, ap);
	va_end(ap);
}

void log_foreign(int level, const char *who, const char *text, size_t len)
{
	char line[LINE_MAX_BYTES];
	size_t n;

	if (level > state.level)
		return;
	n = (size_t)snprintf(line, sizeof(line), "%s: ", who);
	for (size_t i = 0; i < len && n + 1 < sizeof(line); i++)
		line[n++] = text[i] >= ' ' && text[i] < 127 ? text[i] : text[i] == '\t' ? ' ' : '?';
	line[n] = '\0';
	emit(level, line);
}
