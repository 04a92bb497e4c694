// SPDX-License-Identifier: BSD-2-Clause
/* base/refusal.c - the freestanding sentence writer */
#include "base/refusal.h"

#include <stdbool.h>

struct sink {
	char *buf;
	size_t size;
	size_t used;
	bool cut;
};

static void sink_char(struct sink *s, char c)
{
	if (s->used + 1 < s->size)
		s->buf[s->used++] = c;
	else
		s->cut = true;
}

static void sink_string(struct sink *s, const char *text)
{
	for (text = text ? text : "(null)"; *text; text++)
		sink_char(s, *text);
}

static void sink_number(struct sink *s, unsigned long long v, unsigned base, unsigned width,
			char pad)
{
	char digits[24];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	for (; width > n; width--)
		sink_char(s, pad);
	while (n)
		sink_char(s, digits[--n]);
}

static unsigned long long take_unsigned(va_list *ap, unsigned longs)
{
	if (longs >= 2)
		return va_arg(*ap, unsigned long long);
	if (longs == 1)
		return va_arg(*ap, unsigned long);
	return va_arg(*ap, unsigned int);
}

/* One conversion after '%'; returns the position after it. */
static const char *sink_conversion(struct sink *s, const char *f, va_list *ap)
{
	char pad = ' ';
	unsigned width = 0, longs = 0;

	if (*f == '0')
		pad = *f++;
	for (; *f >= '0' && *f <= '9'; f++)
		width = width * 10 + (unsigned)(*f - '0');
	for (; *f == 'l' || *f == 'z'; f++)
		longs += *f == 'l' || sizeof(size_t) == sizeof(long);

	switch (*f) {
	case 's':
		sink_string(s, va_arg(*ap, const char *));
		break;
	case 'c':
		sink_char(s, (char)va_arg(*ap, int));
		break;
	case 'd': {
		long long v = longs >= 2   ? va_arg(*ap, long long)
			      : longs == 1 ? va_arg(*ap, long)
					   : va_arg(*ap, int);

		if (v < 0)
			sink_char(s, '-');
		sink_number(s, v < 0 ? 0ULL - (unsigned long long)v : (unsigned long long)v, 10,
			    width, pad);
		break;
	}
	case 'u':
		sink_number(s, take_unsigned(ap, longs), 10, width, pad);
		break;
	case 'x':
		sink_number(s, take_unsigned(ap, longs), 16, width, pad);
		break;
	case '\0':
		return f;
	default:
		sink_char(s, *f);
	}
	return f + 1;
}

size_t cw_vformat(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct sink s = {.buf = buf, .size = size};
	va_list copy;

	if (!size)
		return 0;
	va_copy(copy, ap);
	while (*fmt) {
		if (*fmt != '%')
			sink_char(&s, *fmt++);
		else
			fmt = sink_conversion(&s, fmt + 1, &copy);
	}
	va_end(copy);
	buf[s.used] = '\0';
	for (size_t i = 0; s.cut && i < 3 && i < s.used; i++)
		buf[s.used - 1 - i] = '.';
	return s.used;
}

size_t cw_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = cw_vformat(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int cw_refuse(struct cw_refusal *r, enum cw_code code, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	if (r) {
		r->code = code;
		r->offset = offset;
		va_start(ap, fmt);
		cw_vformat(r->text, sizeof(r->text), fmt, ap);
		va_end(ap);
	}
	return -(int)code;
}

const char *cw_code_name(int code)
{
	static const struct {
		enum cw_code code;
		const char *name;
	} names[] = {
		{CW_OK, "ok"},
		{CW_CODE_PARAM, "parameter"},
		{CW_CODE_STATE, "state"},
		{CW_CODE_NO_MEMORY, "no-memory"},
		{CW_CODE_LIMIT, "limit"},
		{CW_CODE_TRUNCATED, "truncated"},
		{CW_CODE_MAGIC, "magic"},
		{CW_CODE_VERSION, "version"},
		{CW_CODE_OLD_LAYOUT, "old-layout"},
		{CW_CODE_PLAIN_ELF, "plain-elf"},
		{CW_CODE_SIZE, "size"},
		{CW_CODE_RECORD, "record"},
		{CW_CODE_MISSING, "missing"},
		{CW_CODE_UNSUPPORTED, "unsupported"},
		{CW_CODE_ELF, "elf"},
		{CW_CODE_SEGMENT, "segment"},
		{CW_CODE_OVERLAP, "overlap"},
		{CW_CODE_RSC_TABLE, "resource-table"},
		{CW_CODE_SIGNATURE, "signature"},
		{CW_CODE_KEY, "key"},
		{CW_CODE_HASH, "hash"},
		{CW_CODE_ROLLBACK, "rollback"},
		{CW_CODE_TARGET, "target"},
		{CW_CODE_REQUIRED, "required"},
		{CW_CODE_CERTIFICATE, "certificate"},
		{CW_CODE_DEVICE_KEY, "device-key"},
		{CW_CODE_DECRYPT, "decrypt"},
		{CW_CODE_ADDRESS, "address"},
		{CW_CODE_PLATFORM, "platform"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((int)names[i].code == code)
			return names[i].name;
	return "unknown";
}
