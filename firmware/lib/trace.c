/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "cortex_m4.h"

#define LINE_MAX 160

char trace_buffer[TRACE_SIZE];
static size_t used;

struct line {
	char text[LINE_MAX];
	size_t len;
};

static void put(struct line *l, char c)
{
	if (l->len < sizeof(l->text))
		l->text[l->len++] = c;
}

static void put_number(struct line *l, uint32_t v, uint32_t base, unsigned width)
{
	char digits[10];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (width-- > n)
		put(l, '0');
	while (n)
		put(l, digits[--n]);
}

static const char *put_field(struct line *l, const char *f, va_list *ap)
{
	unsigned width = 0;

	for (; *f >= '0' && *f <= '9'; f++)
		width = width * 10 + (unsigned)(*f - '0');
	if (*f == 'l')
		f++;
	switch (*f) {
	case 's':
		for (const char *s = va_arg(*ap, const char *); *s; s++)
			put(l, *s);
		break;
	case 'u':
		put_number(l, va_arg(*ap, uint32_t), 10, 1);
		break;
	case 'x':
		put_number(l, va_arg(*ap, uint32_t), 16, width ? width : 1);
		break;
	default:
		put(l, *f);
		break;
	}
	return *f ? f + 1 : f;
}

static void append(const struct line *l)
{
	uint32_t primask = SPECIAL_READ(primask);

	irq_disable();
	if (used + l->len + 1 > sizeof(trace_buffer)) {
		memset(trace_buffer, 0, sizeof(trace_buffer));
		used = 0;
	}
	memcpy(trace_buffer + used, l->text, l->len);
	used += l->len;
	dmb();
	if (!primask)
		irq_enable();
}

void trace(const char *fmt, ...)
{
	struct line l = {.len = 0};
	va_list ap;

	va_start(ap, fmt);
	while (*fmt) {
		if (*fmt != '%')
			put(&l, *fmt++);
		else
			fmt = put_field(&l, fmt + 1, &ap);
	}
	va_end(ap);
	append(&l);
}
