// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/csffw.c - firmware of Mali GPUs: the walk, every body, the judge
 *
 * What the judge accepts, a loader can load without looking again. The mutator puts right what random bytes never would:
 * magic, size of the table, sizes of the entries.
 */
#include "fuzz.h"

#include "image/csffw.h"

static void inside(struct cw_span part, struct cw_span file)
{
	fuzz_check(part.ptr >= file.ptr &&
		   cw_range_inside((uint64_t)(part.ptr - file.ptr), part.len, file.len));
}

static void check_bodies(struct cw_span file, const struct cw_csf_entry *e, bool accepted)
{
	struct cw_csf_section s;
	struct cw_csf_config c;
	struct cw_csf_trace t;
	struct cw_csf_extent x;
	struct cw_refusal why;
	struct cw_span data;
	int rc;

	inside(e->body, file);
	rc = cw_csf_section(e, &s, &why);
	fuzz_refusal(rc, &why, file.len);
	if (!rc) {
		inside(s.rest, file);
		rc = cw_csf_check_section(file, e, &s, &why);
		fuzz_refusal(rc, &why, file.len);
		if (accepted && e->type == CW_CSF_SECTION) {
			fuzz_check(!rc && s.va_end >= s.va_start);
			fuzz_check(
				cw_span_cut(file, s.data_start, s.data_end - s.data_start, &data));
		}
	}
	if (!cw_csf_config(e, &c, &why))
		inside(c.name, file);
	if (!cw_csf_trace(e, &t, &why))
		inside(t.name, file);
	if (!cw_csf_extent(e, &x, &why))
		inside(x.name, file);
	fuzz_check(cw_csf_type_name(e->type) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct cw_span file = cw_span(copy, size);
	uint64_t pos = CW_CSF_HEADER_SIZE, end = 0;
	struct cw_csf_header h;
	struct cw_refusal why;
	struct cw_csf_entry e;
	int rc, verdict = cw_csf_check(file, &why);
	unsigned n = 0;

	fuzz_refusal(verdict, &why, size);
	rc = cw_csf_header(file, &h, &why);
	fuzz_refusal(rc, &why, size);
	while (!rc && cw_csf_next(file, &h, &pos, &e, &why) == 1) {
		fuzz_check(pos > end && pos <= h.size && pos <= size);
		end = pos;
		check_bodies(file, &e, !verdict);
		n++;
	}
	fuzz_check(verdict || (pos == h.size && n <= CW_CSF_ENTRIES_MAX));
	free(copy);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size_t at = CW_CSF_HEADER_SIZE;

	size = LLVMFuzzerMutate(data, size, max_size);
	if (size < CW_CSF_HEADER_SIZE + 4 || seed % 4 == 0)
		return size;
	cw_put_le32(data, CW_CSF_MAGIC);
	data[5] = 0;
	/* Entries as long as their type wants them, to where the mutator left the table's end. */
	while (size - at >= 36 && data[at + 1]) {
		static const uint8_t sizes[] = {32, 28, 8, 36, 20, 8, 12, 16};

		data[at] %= 8;
		data[at + 1] = sizes[data[at]];
		at += data[at + 1];
	}
	if (seed % 8 > 1)
		cw_put_le32(data + 16, (uint32_t)at);
	return size;
}
