// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/resource_table.c - the resource table: judged, walked, written by the host, compared
 *
 * The input is a table; when its first byte is odd, the second half of what follows is what the other world made of it.
 */
#include "fuzz.h"

#include "image/rsc_table.h"

struct marks {
	uint8_t *bytes;
	size_t len;
	unsigned n;
};

static int mark(void *arg, uint32_t offset, uint32_t len)
{
	struct marks *m = arg;

	fuzz_check(len && cw_range_inside(offset, len, m->len));
	for (uint32_t i = 0; i < len; i++)
		fuzz_check(m->bytes[offset + i]++ == 0);
	m->n++;
	return 0;
}

static int stop(void *arg, uint32_t offset, uint32_t len)
{
	return ++*(int *)arg == 3 ? 77 : 0;
}

static void walk(struct cw_span table)
{
	struct cw_rsc_entry e;

	fuzz_check(cw_rsc_count(table) <= CW_RSC_ENTRIES_MAX);
	for (unsigned i = 0; i < cw_rsc_count(table); i++) {
		cw_rsc_entry(table, i, &e);
		fuzz_check(cw_range_inside(e.offset, e.size, table.len));
		fuzz_check(cw_rsc_type_name(e.type) != NULL);
		if (e.type == CW_RSC_VDEV) {
			fuzz_check(e.vdev.num_of_vrings <= CW_RSC_VRINGS_MAX);
			fuzz_check(cw_range_inside(e.vdev.config_offset, e.vdev.config_len, table.len));
		} else if (e.type == CW_RSC_TRACE) {
			fuzz_check(strlen(e.trace.name) < sizeof(e.trace.name));
		} else if (e.type <= CW_RSC_DEVMEM) {
			fuzz_check(strlen(e.carveout.name) < sizeof(e.carveout.name));
		}
	}
	fuzz_check(cw_rsc_extent(table) <= table.len);
}

/* What the host may write, it may write; anything else it may not. */
static void host_writes(struct cw_span table, const uint8_t *allowed)
{
	uint8_t *now = fuzz_copy(table.ptr, table.len);
	struct cw_refusal why = {0};
	int rc;

	for (size_t i = 0; i < table.len; i++)
		if (allowed[i])
			now[i] ^= 0xA5;
	fuzz_check(cw_rsc_only_host_fields_differ(table, cw_span(now, table.len), NULL) == 0);
	for (size_t i = table.ptr[0]; i < table.len; i += 1 + table.len / 8) {
		if (allowed[i])
			continue;
		now[i] ^= 1;
		rc = cw_rsc_only_host_fields_differ(table, cw_span(now, table.len), &why);
		fuzz_check(rc == -CW_CODE_RSC_TABLE);
		fuzz_refusal(rc, &why, table.len);
		now[i] ^= 1;
	}
	free(now);
}

static void fields(struct cw_span table)
{
	struct marks host = {calloc(1, table.len), table.len, 0};
	struct marks live = {calloc(1, table.len), table.len, 0};
	int count = 0;

	fuzz_check(host.bytes && live.bytes);
	fuzz_check(cw_rsc_host_fields(table, mark, &host) == 0);
	fuzz_check(cw_rsc_live_fields(table, mark, &live) == 0);
	for (size_t i = 0; i < table.len; i++)
		fuzz_check(!live.bytes[i] || host.bytes[i]);
	fuzz_check(cw_rsc_host_fields(table, stop, &count) == (host.n >= 3 ? 77 : 0));
	host_writes(table, host.bytes);
	free(host.bytes);
	free(live.bytes);
}

static int judge(struct cw_span table)
{
	struct cw_refusal why = {0};
	int rc = cw_rsc_check(table, 0, &why);

	fuzz_refusal(rc, &why, table.len);
	fuzz_check(rc == 0 || rc == -CW_CODE_RSC_TABLE || rc == -CW_CODE_LIMIT);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size && data[0] & 1 ? (size - 1) / 2 : size ? size - 1 : 0;
	uint8_t *was, *now;
	struct cw_refusal why = {0};

	if (!size)
		return 0;
	was = fuzz_copy(data + 1, half);
	now = fuzz_copy(data + 1 + half, size - 1 - half);
	if (judge(cw_span(was, half)) == 0) {
		walk(cw_span(was, half));
		fields(cw_span(was, half));
		fuzz_refusal(cw_rsc_only_host_fields_differ(cw_span(was, half),
							    cw_span(now, size - 1 - half), &why),
			     &why, size);
	}
	free(was);
	free(now);
	return 0;
}
