// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/mbn.c - the judge of Qualcomm's images, with every signature and digest taken as good
 *
 * The first two bytes choose policy and behaviour, the rest is the file. The mutator puts right what random bytes never
 * would: magic, the program headers of headers and hash segment, the sizes of its parts.
 */
#include "fuzz.h"

#include "image/mbn.h"

#define OPTIONS	   2
#define PARTS	   64u	/* segments behind the end have files of their own ... */
#define LONG_PARTS 128u /* ... that are too long */
#define PART_MAX   65536

static const uint8_t part_bytes[PART_MAX + 1];

struct world {
	struct cw_span file;
	struct cw_mbn_elf elf;
	unsigned how;
};

static int part(void *ctx, unsigned index, struct cw_span *ret, struct cw_refusal *r)
{
	const struct world *w = ctx;
	struct cw_mbn_phdr p;

	fuzz_check(index < w->elf.phnum);
	cw_mbn_phdr(w->file, &w->elf, index, &p);
	if (p.filesz > PART_MAX)
		return cw_refuse(r, CW_CODE_TRUNCATED, CW_NO_OFFSET, "there is no such file");
	*ret = cw_span(part_bytes, (size_t)p.filesz + !!(w->how & LONG_PARTS));
	return 0;
}

/* What is signed is as long as its parts together, and ends with the table itself. */
static void check_message(const struct cw_mbn_hash *h, const struct cw_mbn_message *message)
{
	size_t len = 0, wanted = h->header_size;

	for (unsigned i = 0; i < message->n; i++)
		len += message->parts[i].len;
	for (unsigned i = 0; i <= CW_MBN_TABLE; i++)
		wanted += h->part[i].len;
	fuzz_check(len == wanted);
	fuzz_check(message->parts[message->n - 1].ptr == h->part[CW_MBN_TABLE].ptr);
}

static int verify(void *ctx, const struct cw_mbn *m, enum cw_mbn_authority who,
		  const struct cw_mbn_message *message, struct cw_mbn_binding *binding,
		  struct cw_refusal *r)
{
	uint8_t sum = 0;

	fuzz_check(cw_mbn_signed_by(&m->hash, who));
	fuzz_check(message->n <= sizeof(message->parts) / sizeof(message->parts[0]));
	check_message(&m->hash, message);
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

	if (!m->split)
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
			fuzz_check(bytes.len == ph.filesz);
		if (rc == 0 && !m->split)
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
	struct world w = {.file = file, .how = how};
	struct cw_mbn_files files = {.ctx = &w, .part = how & PARTS ? part : NULL};
	struct cw_mbn m, was;
	int rc;

	cw_mbn_elf(file, 0, &w.elf, NULL);
	memset(&m, 0x77, sizeof(m));
	was = m;
	rc = cw_mbn_open(file, 0, &files, &m, &why);
	fuzz_refusal(rc, &why, file.len);
	if (rc < 0) {
		fuzz_check(!memcmp(&m, &was, sizeof(m)));
		return;
	}
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
	if (size < OPTIONS)
		return 0;
	judge(cw_span(data + OPTIONS, size - OPTIONS), cw_get_le16(data));
	walk(cw_span(data + OPTIONS, size - OPTIONS));
	return 0;
}

/* ---- the mutator ---- */

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* ELF32; program header 0 stands for the headers, number @hash for the hash segment right behind them. */
static void repair_headers(uint8_t *f, size_t size, unsigned n, unsigned hash)
{
	static const uint8_t magic[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
	uint8_t *p = f + 52, *h = f + 52 + 32 * (size_t)hash;
	uint32_t end = 52 + 32 * n;

	memcpy(f, magic, sizeof(magic));
	cw_put_le32(f + 28, 52);
	cw_put_le16(f + 42, 32);
	cw_put_le16(f + 44, (uint16_t)n);
	memset(p, 0, 32);
	cw_put_le32(p + 16, end);
	cw_put_le32(p + 24, 0x07000000);
	cw_put_le32(h, 0);
	cw_put_le32(h + 4, end);
	cw_put_le32(h + 16, (uint32_t)size - end);
	cw_put_le32(h + 24, 0x02000000);
}

static uint32_t right_size(unsigned part_no, uint32_t version, unsigned n, bool both)
{
	bool qti = part_no == CW_MBN_QTI_META || part_no == CW_MBN_QTI_SIGNATURE ||
		   part_no == CW_MBN_QTI_CHAIN;

	if (qti && !both)
		return 0;
	if (part_no == CW_MBN_COMMON)
		return 24;
	if (part_no == CW_MBN_TABLE)
		return (version < 6 ? 32 : 48) * n;
	if (part_no < CW_MBN_TABLE)
		return version == 7 ? 224 : 120;
	return 8;
}

static void repair_words(uint8_t *h, size_t room, unsigned n, uint32_t version, bool both)
{
	cw_put_le32(h + 4, version);
	for (unsigned i = 0; i < CW_MBN_PARTS; i++) {
		int word = cw_mbn_part_word(version, i);
		uint32_t len = right_size(i, version, n, both);

		if (word < 0)
			continue;
		if (len > room)
			return;
		room -= len;
		cw_put_le32(h + 4 * word, len);
	}
	if (version == 7)
		cw_put_le32(h + 40 + 16, CW_MBN_SHA384);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static const uint32_t versions[] = {3, 5, 6, 7};
	uint8_t *f = data + OPTIONS;
	unsigned n, hash;
	size_t end;

	size = LLVMFuzzerMutate(data, size, max_size);
	n = 2 + next(&seed) % 6;
	hash = next(&seed) % 2 ? 1 : n - 1;
	end = 52 + 32 * (size_t)n;
	if (next(&seed) % 4 == 0 || size < OPTIONS + end + 80)
		return size;
	repair_headers(f, size - OPTIONS, n, hash);
	if (next(&seed) % 8)
		repair_words(f + end, size - OPTIONS - end - 48, n, versions[next(&seed) % 4],
			     next(&seed) % 2);
	return size;
}
