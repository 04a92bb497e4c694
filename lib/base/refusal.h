/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base/refusal.h - why something was refused: a code, the byte offset, and one sentence
 *
 * The judge that refuses writes the sentence, at the place where it refuses, and nobody re-derives it later: a TA sends
 * the text it wrote, an off-line tool prints the same one. Freestanding: the formatter knows %s %c %d %u %x %lu %lx
 * %llu %llx %zu, with '0' and a width, and nothing else.
 *
 * Functions that judge return 0 or -enum cw_code and fill the refusal, which may be NULL.
 */
#ifndef CW_BASE_REFUSAL_H
#define CW_BASE_REFUSAL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define CW_REFUSAL_TEXT_MAX 400 /* bytes with the NUL; a longer sentence ends in "..." */

/* Grouped by whose fault it is. Values are ABI of our TA command 0x43570002: append only. */
enum cw_code {
	CW_OK = 0,
	/* the caller's */
	CW_CODE_PARAM = 1,	/* an argument that no correct caller passes */
	CW_CODE_STATE = 2,	/* right call, wrong moment */
	CW_CODE_NO_MEMORY = 3,	/* workspace or heap too small */
	CW_CODE_LIMIT = 4,	/* legal input, larger than docs/limits.md allows */
	/* the image's: its form */
	CW_CODE_TRUNCATED = 16, /* a part runs past the end */
	CW_CODE_MAGIC = 17,	/* not this format at all */
	CW_CODE_VERSION = 18,	/* this format, a version we do not know */
	CW_CODE_OLD_LAYOUT = 19,/* the 2021 vendor layout with the same magic */
	CW_CODE_PLAIN_ELF = 20, /* an unsigned ELF where a signed container belongs */
	CW_CODE_SIZE = 21,	/* sizes that contradict each other */
	CW_CODE_RECORD = 22,	/* a TLV record: duplicate, over-long, bad length, bad padding */
	CW_CODE_MISSING = 23,	/* a record or entry that must be there is not */
	CW_CODE_UNSUPPORTED = 24, /* known to the format, not to us: hash, signature, image type */
	CW_CODE_ELF = 25,	/* the ELF inside is malformed */
	CW_CODE_SEGMENT = 26,	/* a segment contradicts its signed entry, or itself */
	CW_CODE_OVERLAP = 27,	/* two things claim the same bytes */
	CW_CODE_RSC_TABLE = 28, /* the resource table is malformed, hidden or misplaced */
	/* the image's: not to be trusted */
	CW_CODE_SIGNATURE = 48, /* the signature does not match the trusted key */
	CW_CODE_KEY = 49,	/* no trusted key, or the image asks for one that is not fused */
	CW_CODE_HASH = 50,	/* loaded bytes do not have the signed hash */
	CW_CODE_ROLLBACK = 51,	/* older than the board has run, or no version where one is required */
	CW_CODE_TARGET = 52,	/* made for another processor */
	CW_CODE_REQUIRED = 53,	/* the board insists on a record that is missing */
	CW_CODE_CERTIFICATE = 54, /* a certificate is malformed, or not signed by the next of its chain */
	CW_CODE_DEVICE_KEY = 55, /* encrypted, and the board has no device key, or another */
	CW_CODE_DECRYPT = 56,	/* an encrypted segment does not have its tag */
	/* the board's */
	CW_CODE_ADDRESS = 64,	/* outside the regions of the processor */
	CW_CODE_PLATFORM = 65,	/* the platform service failed */
};

struct cw_refusal {
	enum cw_code code;
	uint64_t offset; /* byte offset in the judged file, or CW_NO_OFFSET */
	char text[CW_REFUSAL_TEXT_MAX];
};

#define CW_NO_OFFSET UINT64_MAX

/* The compiler checks formats where uint32_t is unsigned int. Bare-metal ARM (newlib) makes it unsigned long: as wide,
 * passed the same way, but the check would complain about every one. */
#if defined(__arm__) && !defined(__linux__)
#define CW_PRINTF(fmt, args)
#else
#define CW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#endif

/* Fill @r (may be NULL) and return -@code, so that the failing line is also the returning line. */
int cw_refuse(struct cw_refusal *r, enum cw_code code, uint64_t offset, const char *fmt, ...)
	CW_PRINTF(4, 5) __attribute__((cold));

/* The formatter itself: always ends in NUL when @size > 0, cuts with "...". Returns the bytes written, without NUL. */
size_t cw_format(char *buf, size_t size, const char *fmt, ...)
	CW_PRINTF(3, 4);
size_t cw_vformat(char *buf, size_t size, const char *fmt, va_list ap);

/* The code's short name, "signature" or "rollback", for JSON and tables; "unknown" for others. Static string. */
const char *cw_code_name(int code);

#endif
