/* SPDX-License-Identifier: BSD-2-Clause */
/* silicon/bus/log.h - lines on stderr, "silicon: " in front; the bus thread only */
#ifndef CW_SILICON_BUS_LOG_H
#define CW_SILICON_BUS_LOG_H

#include <stdbool.h>

enum cw_log_level {
	CW_LOG_ERROR = 0, /* the board cannot go on */
	CW_LOG_WARN = 1,  /* somebody misbehaves, or protection is missing */
	CW_LOG_INFO = 2,  /* what is protected how; life of the worlds */
	CW_LOG_DEBUG = 3, /* every refusal */
};

/* "error", "warn", "info", "debug"; false for other words. */
bool cw_log_level_parse(const char *word, enum cw_log_level *ret);
void cw_log_set(enum cw_log_level level);
void cw_log(enum cw_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
