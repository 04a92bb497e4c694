// SPDX-License-Identifier: BSD-2-Clause
/* cli/boot_show.c - the story of a boot, for people or one JSON object a line */
#include "cli/boot.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/refusal.h"
#include "cli/report.h"

/* One line at once, so that who reads along sees whole ones. */
static void flush(struct boot_show *s)
{
	if (fflush(stdout))
		s->failed_output = true;
}

static void emit(struct boot_show *s, json_t *o)
{
	if (!o || json_dumpf(o, stdout, JSON_COMPACT) || putchar('\n') == EOF)
		s->failed_output = true;
	json_decref(o);
	flush(s);
}

static void put_time(char *buf, size_t size, uint64_t ns)
{
	if (ns < 1000000)
		snprintf(buf, size, "%.0f us", (double)ns / 1e3);
	else
		snprintf(buf, size, "%.1f ms", (double)ns / 1e6);
}

static void put_size(char *buf, size_t size, uint64_t bytes)
{
	if (bytes < 10240)
		snprintf(buf, size, "%" PRIu64 " bytes", bytes);
	else
		snprintf(buf, size, "%" PRIu64 " KiB", (bytes + 1023) / 1024);
}

void show_step(struct boot_show *s, const char *name, uint64_t ns, uint64_t bytes, unsigned count,
	       const char *noun, const char *text)
{
	char when[32], part[2][32];
	const char *said[4] = {0};
	unsigned n = 0;

	if (s->json) {
		emit(s, json_pack("{s:s, s:s, s:I, s:I, s:i, s:s}", "event", "step", "step", name, "ns",
				  (json_int_t)ns, "bytes", (json_int_t)bytes, "count", (int)count,
				  "text", text));
		return;
	}
	put_time(when, sizeof(when), ns);
	if (count) {
		snprintf(part[0], sizeof(part[0]), "%u %s", count, noun);
		said[n++] = part[0];
	}
	if (bytes) {
		put_size(part[1], sizeof(part[1]), bytes);
		said[n++] = part[1];
	}
	if (text[0])
		said[n++] = text;
	printf("%-15s %11s  ", name, when);
	for (unsigned i = 0; i < n; i++)
		printf("%s%s", i ? ", " : "", said[i]);
	putchar('\n');
	flush(s);
}

void show_state(struct boot_show *s, const char *rproc, const char *from, const char *to)
{
	if (s->json)
		emit(s, json_pack("{s:s, s:s, s:s, s:s}", "event", "state", "rproc", rproc, "from", from,
				  "to", to));
	else
		printf("%-15s %11s  %s is %s\n", "", "", rproc, to);
	flush(s);
}

void show_endpoint(struct boot_show *s, const struct cw_rpmsg_channel *channel, bool gone)
{
	if (s->json) {
		emit(s, json_pack("{s:s, s:s, s:I, s:i}", "event", gone ? "endpoint-gone" : "endpoint",
				  "name", channel->name, "address", (json_int_t)channel->addr, "mtu",
				  CW_RPMSG_MTU));
		return;
	}
	if (!gone)
		printf("%-15s %11s  %s at address 0x%x, MTU %d bytes\n", "endpoint", "", channel->name,
		       channel->addr, CW_RPMSG_MTU);
	flush(s);
}

void show_crash(struct boot_show *s, const char *rproc, const struct cw_rproc_crash *crash)
{
	static const char *const access[] = {"access to", "read of", "write to", "fetch from"};
	static const char *const kinds[] = {"unknown", "read", "write", "fetch"};
	const char *type = cw_rproc_crash_name(crash->type);

	if (s->json) {
		emit(s, json_pack("{s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:i}", "event",
				  "crash", "rproc", rproc, "type", type, "lockup", crash->lockup, "pc",
				  (json_int_t)crash->pc, "lr", (json_int_t)crash->lr, "sp",
				  (json_int_t)crash->sp, "xpsr", (json_int_t)crash->xpsr, "cfsr",
				  (json_int_t)crash->cfsr, "hfsr", (json_int_t)crash->hfsr, "address",
				  (json_int_t)crash->address, "access", kinds[crash->access < 4 ? crash->access : 0],
				  "count", (int)crash->count));
		return;
	}
	printf("%-15s %11s  %s: %s%s", "crash", "", rproc, type, crash->lockup ? ", lockup" : "");
	if (crash->pc)
		printf(" at pc 0x%08x (lr 0x%08x, sp 0x%08x, cfsr 0x%08x, hfsr 0x%08x)", crash->pc,
		       crash->lr, crash->sp, crash->cfsr, crash->hfsr);
	if (crash->access && crash->access < 4)
		printf(", %s 0x%08x", access[crash->access], crash->address);
	putchar('\n');
	flush(s);
}

/* Firmware's bytes on a terminal: only what prints. */
static char *printable_copy(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return NULL;
	for (size_t i = 0; i < len; i++)
		copy[i] = (text[i] >= ' ' && text[i] <= '~') || text[i] == '\t' ? text[i] : '?';
	copy[len] = '\0';
	return copy;
}

void show_trace(struct boot_show *s, const char *name, const char *text, size_t len)
{
	char *line;

	if (len && text[len - 1] == '\r')
		len--;
	line = printable_copy(text, len);
	if (!line)
		return;
	if (s->json)
		emit(s, json_pack("{s:s, s:s, s:s}", "event", "trace", "name", name, "text", line));
	else
		printf("%27s  | %s\n", name, line);
	free(line);
	flush(s);
}

void show_remark(struct boot_show *s, const char *text)
{
	if (s->json)
		emit(s, json_pack("{s:s, s:s}", "event", "remark", "text", text));
	else
		printf("%-15s %11s  %s\n", "", "", text);
	flush(s);
}

void show_echo(struct boot_show *s, unsigned messages, size_t size, uint64_t min, uint64_t median,
	       uint64_t max)
{
	char a[32], b[32], c[32];

	if (s->json) {
		emit(s, json_pack("{s:s, s:i, s:I, s:I, s:I, s:I}", "event", "echo", "messages",
				  (int)messages, "bytes", (json_int_t)size, "min_ns", (json_int_t)min,
				  "median_ns", (json_int_t)median, "max_ns", (json_int_t)max));
		return;
	}
	put_time(a, sizeof(a), min);
	put_time(b, sizeof(b), median);
	put_time(c, sizeof(c), max);
	printf("%-15s %11s  %u messages of %zu bytes echoed; round trip min %s, median %s, max %s\n",
	       "echo", "", messages, size, a, b, c);
	flush(s);
}

void show_failure(struct boot_show *s, const struct cw_error *err)
{
	fflush(stdout);
	fprintf(stderr, "corewarden: %s\n", err->text);
	if (s->json)
		emit(s, json_pack("{s:s, s:s, s:s, s:o, s:I}", "event", "error", "code",
				  err->reason ? cw_code_name(err->reason) : "failed", "errno",
				  strerrorname_np(-err->code) ?: "", "sentence",
				  report_string(err->text), "tee_result",
				  (json_int_t)err->tee_result));
}

void show_end(struct boot_show *s, bool ok)
{
	if (s->json)
		emit(s, json_pack("{s:s, s:b}", "event", "end", "ok", ok));
}

/* ---- trace ---- */

/* Show whole lines from t->pending on. */
static void show_lines(struct boot_trace *t, struct boot_show *show, const char *name, bool last)
{
	char *nl;

	while ((nl = memchr(t->seen + t->pending, '\n', t->len - t->pending))) {
		show_trace(show, name, t->seen + t->pending,
			   (size_t)(nl - (t->seen + t->pending)));
		t->pending = (size_t)(nl - t->seen) + 1;
	}
	if (last && t->len > t->pending) {
		show_trace(show, name, t->seen + t->pending, t->len - t->pending);
		t->pending = t->len;
	}
}

void trace_look(struct boot_trace *t, struct boot_show *show, struct cw_rproc *rproc, unsigned index,
		bool last)
{
	char *swap;
	int n;

	if (!t->seen) {
		t->seen = calloc(1, CW_RPROC_TRACE_MAX + 1);
		t->now = calloc(1, CW_RPROC_TRACE_MAX + 1);
		if (!t->seen || !t->now) {
			trace_free(t);
			return;
		}
	}
	n = cw_rproc_trace_read(rproc, index, t->now, CW_RPROC_TRACE_MAX + 1);
	if (n < 0)
		return;
	/* It grows; if what was there changed, the firmware began anew. */
	if ((size_t)n < t->len || memcmp(t->now, t->seen, t->len))
		t->pending = 0;
	swap = t->seen;
	t->seen = t->now;
	t->now = swap;
	t->len = (size_t)n;
	show_lines(t, show, cw_rproc_trace_name(rproc, index), last);
}

void trace_free(struct boot_trace *t)
{
	free(t->seen);
	free(t->now);
	*t = (struct boot_trace){0};
}
