// SPDX-License-Identifier: BSD-2-Clause
/* host/error.c - the sentence in struct cw_error */
#include <corewarden/error.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int error_fill(struct cw_error *err, int code, const char *fmt, va_list ap)
{
	if (err) {
		*err = (struct cw_error){.code = code};
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
	}
	return code;
}

int cw_error_set(struct cw_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_fill(err, code, fmt, ap);
	va_end(ap);
	return code;
}

int cw_error_errno(struct cw_error *err, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t used;

	va_start(ap, fmt);
	error_fill(err, -saved, fmt, ap);
	va_end(ap);
	if (err) {
		used = strlen(err->text);
		snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(saved));
	}
	return -saved;
}

int cw_error_wrap(struct cw_error *err, int code, const char *fmt, ...)
{
	char inner[CW_ERROR_TEXT_MAX];
	va_list ap;
	size_t used;

	if (!err)
		return code;
	memcpy(inner, err->text, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner);
	err->code = code;
	return code;
}
