// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/mbn.c - the judge of Qualcomm's images, with every signature and digest taken as good
 *
 * The first two bytes choose the policy, the rest is the file.
 */
#include "fuzz.h"

#include "image/mbn.h"

static int verify(void *ctx, const struct cw_mbn *m, enum cw_mbn_authority who,
		  const struct cw_mbn_message *message, struct cw_mbn_binding *binding,
		  struct cw_refusal *r)
{
	uint8_t sum = 0;

	fuzz_check(cw_mbn_signed_by(&m->hash, who));
	fuzz_check(message->n <= sizeof(message->parts) / sizeof(message->parts[0]));
	for (unsigned i = 0; i < message->n; i++)
		for (size_t k = 0; k < message->parts[i].len; k++)
			sum ^= message->parts[i].ptr[k];
	/* As if a certificate said it. */
	if (m->hash.version < 6)
		binding->software_id = sum;
	return 0;
}

static int digest(void *ctx, const struct cw_mbn *m, unsigned i, unsigned algorithm,
		  uint8_t ret[CW_MBN_DIGEST_MAX], struct cw_refusal *r)
{
	struct cw_span entry;

	fuzz_check(algorithm == CW_MBN_SHA256 || algorithm == CW_MBN_SHA384);
	fuzz_check(cw_span_cut(m->hash.part[CW_MBN_TABLE], (uint64_t)i * m->digest_size, m->digest_size,
			       &entry));
	memcpy(ret, entry.ptr, entry.len);
	return 0;
}

static void inside(struct cw_span part, struct cw_span file)
{
	if (part.len)
		fuzz_check(part.ptr >= file.ptr &&
			   cw_range_inside((uint64_t)(part.ptr - file.ptr), part.len, file.len));
}

static void check_parts(const struct cw_mbn *m, struct cw_span file)
{
	const char *name;
	unsigned value;

	inside(m->hash.segment, file);
	for (unsigned p = 0; p < CW_MBN_PARTS; p++) {
		inside(m->hash.part[p], m->hash.segment);
		for (unsigned k = 0; k < p; k++)
			fuzz_check(!cw_range_overlap((uintptr_t)m->hash.part[p].ptr, m->hash.part[p].len,
						     (uintptr_t)m->hash.part[k].ptr, m->hash.part[k].len));
	}
	fuzz_check(cw_mbn_words(m->hash.version) <= CW_MBN_WORDS_MAX);
	for (unsigned i = 0; i < 64 && cw_mbn_flag(m->hash.version, m->hash.word[0], i, &name, &value); i++)
		fuzz_check(name != NULL);
}

static void check_segments(const struct cw_mbn *m, struct cw_span file)
{
	struct cw_refusal why = {0};
	struct cw_mbn_phdr ph;
	struct cw_span bytes;
	int rc;

	for (unsigned i = 0; i < m->elf.phnum; i++) {
		cw_mbn_phdr(file, &m->elf, i, &ph);
		fuzz_check(cw_mbn_segment_name(cw_mbn_segment(ph.flags)) && cw_mbn_access_name(ph.flags));
		rc = cw_mbn_bytes(m, i, &bytes, &why);
		fuzz_refusal(rc, &why, file.len);
		if (rc == 0)
			inside(bytes, file);
	}
}

static void judge(struct cw_span file, unsigned how)
{
	struct cw_mbn_env env = {
		.policy = {.pas = how & 1 ? cw_mbn_pas_at(how >> 8) : NULL,
			   .has_soc = how & 2,
			   .has_oem = how & 4,
			   .has_model = how & 8,
			   .require_qti = how & 16,
			   .minimum_rollback = how & 32 ? 1 : 0},
		.verify = verify,
		.digest = digest,
	};
	struct cw_mbn_binding binding[CW_MBN_AUTHORITIES];
	struct cw_refusal why = {0};
	struct cw_mbn m;
	int rc = cw_mbn_open(file, 0, NULL, &m, &why);

	fuzz_refusal(rc, &why, file.len);
	if (rc < 0)
		return;
	check_parts(&m, file);
	check_segments(&m, file);
	rc = cw_mbn_authenticate(&m, &env, binding, &why);
	fuzz_refusal(rc, &why, file.len);
	if (rc == 0)
		fuzz_refusal(cw_mbn_check_segments(&m, &env, &why), &why, file.len);
}

/* A file may hold several. */
static void walk(struct cw_span file)
{
	struct cw_mbn_elf elf;
	size_t at = 0;

	for (unsigned n = 0; n < 64 && (at = cw_mbn_next_elf(file, at)) < file.len; n++) {
		struct cw_span rest = cw_span(file.ptr + at, file.len - at);
		size_t len = 4;

		if (cw_mbn_elf(rest, at, &elf, NULL) == 0) {
			len = cw_mbn_extent(rest, &elf);
			fuzz_check(len && len <= rest.len);
			cw_mbn_relocatable(rest, &elf);
			fuzz_check(cw_mbn_find_hash(rest, &elf) < (int)elf.phnum);
		}
		at += len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	judge(cw_span(data + 2, size - 2), cw_get_le16(data));
	walk(cw_span(data + 2, size - 2));
	return 0;
}
