// SPDX-License-Identifier: BSD-2-Clause
/* sign/image_mbn.c - Qualcomm's images behind corewarden/image.h */
#include "sign/image.h"

#include <stdlib.h>
#include <string.h>

bool cw_image_is_mbn(struct cw_span file)
{
	struct cw_mbn_elf elf;
	struct cw_mbn_phdr p;

	if (cw_mbn_elf(file, 0, &elf, NULL))
		return false;
	cw_mbn_phdr(file, &elf, 0, &p);
	return cw_mbn_find_hash(file, &elf) != -1 ||
	       cw_mbn_segment(p.flags) == CW_MBN_SEGMENT_HEADERS;
}

/* A callback of C programs has no spans and says no sentences. */
static int part(void *ctx, unsigned index, struct cw_span *ret, struct cw_refusal *r)
{
	const struct cw_image_mbn_check *check = ctx;
	const void *bytes = NULL;
	size_t size = 0;

	if (check->part(check->ctx, index, &bytes, &size) < 0)
		return cw_refuse(r, CW_CODE_TRUNCATED, CW_NO_OFFSET,
				 "segment %u lies behind the end of the file, and in no file of its "
				 "own",
				 index);
	*ret = cw_span(bytes, size);
	return 0;
}

/* Nobody vouches for what lies behind the image, unless it is padding. */
static int check_rest(const struct cw_image *image, struct cw_refusal *r)
{
	const struct cw_mbn *m = &image->verdict.mbn;
	size_t end = cw_mbn_extent(image->file, &m->elf), next;

	if (m->split)
		return 0;
	next = cw_mbn_next_elf(image->file, end);
	if (next < image->file.len)
		return cw_refuse(r, CW_CODE_UNSUPPORTED, next,
				 "another ELF file begins here: several in one file are judged one "
				 "by one");
	for (size_t i = end; i < image->file.len; i++)
		if (image->file.ptr[i] && image->file.ptr[i] != 0xFF)
			return cw_refuse(r, CW_CODE_MAGIC, i,
					 "the bytes from %zu on belong to no ELF file, and are no "
					 "padding",
					 end);
	return 0;
}

static int take_segments(struct cw_image *image, const struct cw_image_mbn_check *check,
			 struct cw_refusal *r)
{
	const struct cw_mbn *m = &image->verdict.mbn;
	const uint8_t *table = m->hash.part[CW_MBN_TABLE].ptr;
	int code = 0;

	image->segments = calloc(m->elf.phnum, sizeof(*image->segments));
	if (!image->segments)
		return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for the image");
	for (unsigned i = 0; !code && i < m->elf.phnum; i++) {
		const uint8_t *digest = table + (size_t)i * m->digest_size;
		struct cw_mbn_phdr p;
		char what[32];

		cw_mbn_phdr(m->file, &m->elf, i, &p);
		if (!cw_mbn_loadable(&p))
			continue;
		cw_format(what, sizeof(what), "segment %u", i);
		if (check->regions)
			code = cw_image_in_regions(check->regions, check->n_regions, p.paddr,
						   p.memsz, what, r);
		if (!p.filesz)
			digest = NULL;
		image->segments[image->n_segments++] = (struct cw_image_segment){
			.index = i, .da = p.paddr, .va = p.vaddr, .file_offset = p.offset,
			.filesz = p.filesz, .memsz = p.memsz, .flags = p.flags & 7,
			.sha256 = m->digest_size == CW_SHA256_SIZE ? digest : NULL,
			.digest = digest, .digest_size = digest ? m->digest_size : 0};
	}
	return code;
}

static void take_signer(struct cw_image *image, enum cw_mbn_authority who)
{
	const struct cw_mbn_signer *s = &image->verdict.signer[who];
	struct cw_image_signer *ret = &image->signers[image->n_signers];
	struct cw_cert_info *root = &image->roots[image->n_signers];
	uint32_t *socs = image->socs[image->n_signers];

	if (!s->good)
		return;
	cw_chain_cert(s->chain, 2 + s->binding.root_index, root);
	*ret = (struct cw_image_signer){
		.authority = cw_mbn_authority_name(who),
		.scheme = cw_scheme_name(s->scheme),
		.root_sha256 = root->sha256,
		.root_sha384 = root->sha384,
		.software = cw_mbn_software_name(s->binding.software_id),
		.software_id = s->binding.software_id,
		.rollback = s->binding.rollback,
		.oem = s->binding.oem_id,
		.model = s->binding.model_id,
		.oem_bound = s->binding.oem_bound,
		.model_bound = s->binding.model_bound,
		.soc_bound = s->binding.soc_bound,
		.debuggable = s->binding.debug,
		.soc = socs,
	};
	for (unsigned i = 0; i < CW_MBN_SOCS; i++)
		if (s->binding.soc_bound && s->binding.soc[i])
			socs[ret->n_soc++] = s->binding.soc[i];
	image->n_signers++;
}

static int take(struct cw_image *image, const struct cw_image_mbn_check *check, struct cw_refusal *r)
{
	const struct cw_mbn_hash *h = &image->verdict.mbn.hash;
	struct cw_span table = h->part[CW_MBN_TABLE];

	image->roots = calloc(CW_MBN_AUTHORITIES, sizeof(*image->roots));
	if (!image->roots ||
	    cw_crypto_sha256(NULL,
			     cw_span(h->segment.ptr,
				     (size_t)(table.ptr + table.len - h->segment.ptr)),
			     image->digest))
		return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET, "no memory for the image");
	image->has_digest = true;
	take_signer(image, CW_MBN_OEM);
	take_signer(image, CW_MBN_QTI);
	image->has_version = true;
	image->version = image->verdict.signer[CW_MBN_OEM].binding.rollback;
	image->n_elfs = 1;
	image->entries[0] = image->verdict.mbn.elf.entry;
	image->authentic = check->oem_root;
	return take_segments(image, check, r);
}

int cw_image_judge_mbn_by(struct cw_image *image, const struct cw_image_mbn_check *check,
			  const struct cw_mbn_policy *policy, struct cw_refusal *r)
{
	static const struct cw_root self = {.self = true};
	struct cw_mbn_files files = {.ctx = (void *)check, .part = check->part ? part : NULL};
	struct cw_mbn_offline offline = {
		.policy = *policy,
		.root = check->oem_root ? &check->oem_root->root : &self,
		.qti_root = check->qti_root ? &check->qti_root->root : NULL,
		.when = (time_t)check->valid_at,
	};
	int code = cw_mbn_offline_judge(image->file, 0, &files, &offline, &image->verdict, r);

	if (!code)
		code = check_rest(image, r);
	return code ? code : take(image, check, r);
}

int cw_image_judge_mbn(struct cw_image *image, const struct cw_image_check *check, struct cw_refusal *r)
{
	struct cw_image_mbn_check mbn = {.regions = check->regions, .n_regions = check->n_regions};
	struct cw_mbn_policy policy = {0};

	if (check->key || check->require || check->minimum_version || check->compatible)
		return cw_refuse(r, CW_CODE_UNSUPPORTED, CW_NO_OFFSET,
				 "this is a Qualcomm image: it is held to a root, not to a key or to "
				 "records of a container");
	return cw_image_judge_mbn_by(image, &mbn, &policy, r);
}
