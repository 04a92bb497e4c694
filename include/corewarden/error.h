/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * corewarden/error.h - why a call failed, in one sentence
 *
 * Every function of the host libraries that can fail returns 0 or a positive value on success and a negative errno on
 * failure, and takes a struct cw_error (may be NULL) as its last parameter. The sentence says what was refused, where,
 * and why; outer layers put their own words in front of it. The struct belongs to the caller, needs no clean-up and is
 * written only on failure.
 */
#ifndef COREWARDEN_ERROR_H
#define COREWARDEN_ERROR_H

#include <stdarg.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* what a library exports */

#define CW_ERROR_TEXT_MAX 768

struct cw_error {
	int code;	     /* negative errno, as returned */
	uint32_t tee_result; /* TEE_Result or TEEC_Result when the TEE refused, else 0 */
	uint32_t tee_origin; /* TEEC_ORIGIN_* of @tee_result, else 0 */
	int reason;	     /* enum cw_code of the judge when an image was refused, else 0 */
	char text[CW_ERROR_TEXT_MAX];
};

/* Fill @err (may be NULL) and return @code, which is a negative errno. */
int cw_error_set(struct cw_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

/* The same for a failed system call: takes errno, appends its text. Returns -errno. */
int cw_error_errno(struct cw_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), cold));

/* Put words in front of the sentence that is already in @err: "boot m4: " + "no such file". Returns @code. */
int cw_error_wrap(struct cw_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
