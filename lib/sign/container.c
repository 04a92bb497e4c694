// SPDX-License-Identifier: BSD-2-Clause
/*
 * sign/container.c - the remoteproc container
 *
 * Records in the order of OP-TEE's script: SIGNTYPE, NUM_IMG, IMGTYPE, IMGSIZE, HASHTYPE,
 * HASHTABLE, PKEYINFO, platform records; then ours, which its loader skips.
 */
#include "sign/container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/cleanup.h"
#include "image/elf32.h"
#include "sign/bytes.h"
#include "sign/encrypt.h"
#include "sign/offline.h"
#include "sign/rsc_record.h"

#define HASHTYPE_SHA256 1
#define IMGTYPE_ELF	1

/* One input with its headers found and checked. */
struct input {
	const struct cw_sign_elf *elf;
	struct cw_elf32_ehdr header;
	struct cw_span phdrs;
	unsigned first_digest; /* of its program headers in struct digests */
};

/* Of every program header's bytes, of all inputs in their order. */
struct digests {
	uint8_t digest[CW_RPROC_SEGMENTS_MAX][CW_SHA256_SIZE];
	struct cw_span bytes[CW_RPROC_SEGMENTS_MAX];
	struct cw_hash_job jobs[CW_RPROC_SEGMENTS_MAX];
	struct cw_known_digest known[CW_RPROC_SEGMENTS_MAX];
	unsigned n;
};

/* ---- the inputs ---- */

static int refused(struct cw_error *err, int code, const char *name, const struct cw_refusal *r)
{
	cw_error_set(err, code, "'%s': %s", name, r->text);
	if (err)
		err->reason = r->code;
	return code;
}

static int open_input(const struct cw_sign_elf *elf, struct input *ret, struct cw_error *err)
{
	struct cw_refusal r;

	if (elf->bytes.len > UINT32_MAX - 8)
		return cw_error_set(err, -E2BIG, "'%s' has %zu bytes, an image has 4 GiB at most",
				    elf->name, elf->bytes.len);
	if (cw_elf32_header(elf->bytes, elf->bytes.len, "the file", 0, &ret->header, &r))
		return refused(err, -EBADMSG, elf->name, &r);
	if (ret->header.machine != CW_EM_ARM)
		return cw_error_set(
			err, -EBADMSG,
			"'%s' was built for machine %u; remoteproc containers carry ARM "
			"(40) only",
			elf->name, ret->header.machine);
	if (!cw_span_cut(elf->bytes, ret->header.phoff,
			 (uint64_t)ret->header.phnum * CW_ELF32_PHDR_SIZE, &ret->phdrs))
		return cw_error_set(err, -EBADMSG, "'%s' ends inside its program headers",
				    elf->name);
	ret->elf = elf;
	return 0;
}

static int open_inputs(const struct cw_sign_request *q, struct input *inputs, struct cw_error *err)
{
	unsigned total = 0;
	int r;

	if (!q->n_elfs || q->n_elfs > CW_RPROC_IMAGES_MAX)
		return cw_error_set(err, -E2BIG, "%u ELF files; a container holds 1 to %d",
				    q->n_elfs, CW_RPROC_IMAGES_MAX);
	for (unsigned i = 0; i < q->n_elfs; i++) {
		r = open_input(&q->elfs[i], &inputs[i], err);
		if (r < 0)
			return r;
		total += inputs[i].header.phnum;
		if (total > CW_RPROC_SEGMENTS_MAX)
			return cw_error_set(err, -E2BIG,
					    "%u program headers up to '%s'; a container holds %d",
					    total, q->elfs[i].name, CW_RPROC_SEGMENTS_MAX);
	}
	return 0;
}

static int check_request(const struct cw_sign_request *q, struct cw_error *err)
{
	if (q->plain && (q->has_version || q->debuggable || q->target || q->encrypt_to))
		return cw_error_set(
			err, -EINVAL,
			"a plain container has no place for a version, a target, flags or encryption");
	if (q->n_platform > CW_SIGN_PLATFORM_MAX)
		return cw_error_set(err, -E2BIG, "%u platform records; the limit is %d",
				    q->n_platform, CW_SIGN_PLATFORM_MAX);
	for (unsigned i = 0; i < q->n_platform; i++) {
		uint32_t type = q->platform[i].type;

		if (type < CW_TLV_PLATFORM_FIRST || type > CW_TLV_PLATFORM_LAST)
			return cw_error_set(err, -EINVAL,
					    "platform record 0x%x is outside of 0x%x to 0x%x", type,
					    CW_TLV_PLATFORM_FIRST, CW_TLV_PLATFORM_LAST);
		if (type >= CW_TLV_CW_FIRST && type <= CW_TLV_CW_LAST)
			return cw_error_set(
				err, -EINVAL,
				"platform record 0x%x is one that the signer writes itself", type);
	}
	return 0;
}

/* ---- records ---- */

static void add_record(struct cw_bytes *area, uint32_t type, const void *value, size_t len)
{
	size_t start = area->len;

	cw_bytes_u32(area, type);
	cw_bytes_u32(area, (uint32_t)len);
	cw_bytes_add(area, value, len);
	cw_bytes_pad8(area, start);
}

static void add_byte_record(struct cw_bytes *area, uint32_t type, uint8_t value)
{
	add_record(area, type, &value, 1);
}

static int find_bytes(struct digests *d, struct input *in, struct cw_error *err)
{
	in->first_digest = d->n;
	for (unsigned i = 0; i < in->header.phnum; i++, d->n++) {
		struct cw_elf32_phdr p;

		cw_elf32_phdr(in->phdrs, i, &p);
		if (!cw_span_cut(in->elf->bytes, p.offset, p.filesz, &d->bytes[d->n]))
			return cw_error_set(
				err, -EBADMSG,
				"'%s': the %u bytes of segment %u at 0x%x run past the end "
				"of the file",
				in->elf->name, p.filesz, i, p.offset);
		d->jobs[d->n] = (struct cw_hash_job){d->bytes[d->n], d->digest[d->n]};
	}
	return 0;
}

static int hash_inputs(struct digests *d, const struct cw_sign_request *q, struct input *inputs,
		       struct cw_error *err)
{
	for (unsigned i = 0; i < q->n_elfs; i++) {
		int r = find_bytes(d, &inputs[i], err);

		if (r < 0)
			return r;
	}
	if (!cw_hash_all(d->jobs, d->n, CW_SHA256_SIZE, &q->progress))
		return cw_error_set(err, -ENOMEM, "no memory to hash the segments");
	return 0;
}

/* The header words and the digest of each program header's bytes. */
static void add_hash_table(struct cw_bytes *area, const struct digests *d,
			   const struct input *inputs, unsigned n)
{
	struct cw_bytes table = {0};

	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < inputs[i].header.phnum; k++) {
			cw_bytes_add(&table, inputs[i].phdrs.ptr + CW_ELF32_PHDR_SIZE * k,
				     CW_ELF32_PHDR_SIZE);
			cw_bytes_add(&table, d->digest[inputs[i].first_digest + k],
				     CW_SHA256_SIZE);
		}
	add_record(area, CW_TLV_HASHTABLE, table.ptr, table.len);
	area->failed |= table.failed;
	cw_bytes_done(&table);
}

/* A type said twice keeps the place of the first and the value of the last, as in OP-TEE's script.
 */
static void add_platform(struct cw_bytes *area, const struct cw_sign_record *records, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct cw_span value = records[i].value;
		bool seen = false;

		for (unsigned k = 0; k < i; k++)
			seen |= records[k].type == records[i].type;
		for (unsigned k = i + 1; k < n; k++)
			if (records[k].type == records[i].type)
				value = records[k].value;
		if (!seen)
			add_record(area, records[i].type, value.ptr, value.len);
	}
}

static int add_headers_record(struct cw_bytes *area, const struct input *inputs, unsigned n,
			      struct cw_error *err)
{
	uint8_t digests[CW_RPROC_IMAGES_MAX * CW_SHA256_SIZE];

	for (unsigned i = 0; i < n; i++) {
		const struct cw_span headers[] = {
			cw_span(inputs[i].elf->bytes.ptr, CW_ELF32_EHDR_SIZE),
			inputs[i].phdrs,
		};

		if (cw_crypto_sha256_parts(headers, 2, digests + CW_SHA256_SIZE * i))
			return cw_error_set(err, -ENOMEM, "no memory to hash the ELF headers");
	}
	add_record(area, CW_TLV_CW_HEADERS, digests, (size_t)CW_SHA256_SIZE * n);
	return 0;
}

/* Of several tables the first: the judge refuses the second. */
static void add_table_record(struct cw_bytes *area, const struct input *inputs, unsigned n)
{
	uint8_t value[CW_RPROC_TABLE_RECORD_SIZE];

	for (unsigned i = 0; i < n; i++)
		if (cw_sign_rsc_record(inputs[i].elf->bytes, &inputs[i].header, i, value))
			break;
	add_record(area, CW_TLV_CW_TABLE, value, sizeof(value));
}

static int add_ours(struct cw_bytes *area, const struct cw_sign_request *q,
		    const struct input *inputs, const struct cw_encrypted *encrypted,
		    struct cw_error *err)
{
	uint8_t le[8];
	int r = add_headers_record(area, inputs, q->n_elfs, err);

	if (r < 0)
		return r;
	if (q->has_version) {
		cw_put_le64(le, q->version);
		add_record(area, CW_TLV_CW_VERSION, le, 8);
	}
	if (q->target)
		add_record(area, CW_TLV_CW_TARGET, q->target, strlen(q->target));
	if (encrypted)
		add_record(area, CW_TLV_CW_ENCRYPTION, encrypted->record.ptr, encrypted->record.len);
	if (q->debuggable) {
		cw_put_le32(le, CW_RPROC_FLAG_DEBUGGABLE);
		add_record(area, CW_TLV_CW_FLAGS, le, 4);
	}
	add_table_record(area, inputs, q->n_elfs);
	return 0;
}

static size_t padded(size_t len)
{
	return len + (8 - len % 8) % 8;
}

static int add_records(struct cw_bytes *area, const struct cw_sign_request *q,
		       const struct input *inputs, const struct digests *d,
		       const struct cw_encrypted *encrypted, struct cw_error *err)
{
	uint8_t types[CW_RPROC_IMAGES_MAX], sizes[4 * CW_RPROC_IMAGES_MAX];

	for (unsigned i = 0; i < q->n_elfs; i++) {
		types[i] = IMGTYPE_ELF;
		cw_put_le32(sizes + 4 * i, (uint32_t)padded(inputs[i].elf->bytes.len));
	}
	add_byte_record(area, CW_TLV_SIGNTYPE, (uint8_t)cw_key_signtype(q->key));
	add_byte_record(area, CW_TLV_NUM_IMG, (uint8_t)q->n_elfs);
	add_record(area, CW_TLV_IMGTYPE, types, q->n_elfs);
	add_record(area, CW_TLV_IMGSIZE, sizes, 4 * (size_t)q->n_elfs);
	add_byte_record(area, CW_TLV_HASHTYPE, HASHTYPE_SHA256);
	add_hash_table(area, d, inputs, q->n_elfs);
	if (q->has_pkeyinfo)
		add_record(area, CW_TLV_PKEYINFO, q->pkeyinfo.ptr, q->pkeyinfo.len);
	add_platform(area, q->platform, q->n_platform);
	return q->plain ? 0 : add_ours(area, q, inputs, encrypted, err);
}

/* ---- the file ---- */

static int sum_images(const struct input *inputs, unsigned n, size_t *ret, struct cw_error *err)
{
	size_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += padded(inputs[i].elf->bytes.len);
	if (sum > UINT32_MAX)
		return cw_error_set(err, -E2BIG, "the images have %zu bytes; 4 GiB is the limit",
				    sum);
	*ret = sum;
	return 0;
}

/* Header and records: what is signed. */
static int build_message(struct cw_bytes *out, const struct cw_sign_request *q,
			 const struct input *inputs, const struct digests *d,
			 const struct cw_encrypted *encrypted, struct cw_error *err)
{
	struct cw_bytes area = {0};
	size_t images = 0;
	int r = sum_images(inputs, q->n_elfs, &images, err);

	if (r < 0)
		return r;
	r = add_records(&area, q, inputs, d, encrypted, err);
	cw_bytes_u32(out, CW_RPROC_MAGIC);
	cw_bytes_u32(out, CW_RPROC_VERSION);
	cw_bytes_u32(out, (uint32_t)area.len);
	cw_bytes_u32(out, (uint32_t)cw_key_signature_size(q->key));
	cw_bytes_u32(out, (uint32_t)images);
	cw_bytes_add(out, area.ptr, area.len);
	out->failed |= area.failed;
	cw_bytes_done(&area);
	return r;
}

/* Header, records, signature. */
static int build_head(struct cw_bytes *out, const struct cw_sign_request *q,
		      const struct input *inputs, const struct digests *d, struct cw_signed *made,
		      struct cw_error *err)
{
	uint8_t signature[CW_SIGNATURE_MAX];
	int r = build_message(out, q, inputs, d, made->encrypted, err);

	if (r < 0)
		return r;
	if (out->failed || cw_crypto_sha256(NULL, cw_span(out->ptr, out->len), made->digest))
		return cw_error_set(err, -ENOMEM, "no memory for the container");
	made->signed_len = out->len;
	r = cw_key_sign(q->key, made->digest, signature, err);
	if (r < 0)
		return r;
	cw_bytes_add(out, signature, cw_key_signature_size(q->key));
	cw_bytes_pad8(out, made->signed_len);
	return out->failed ? cw_error_set(err, -ENOMEM, "no memory for the container") : 0;
}

/* The images follow as they are. Says where in the file the digests belong. */
static int add_images(struct cw_signed *made, const struct cw_sign_request *q,
		      const struct input *inputs, struct digests *d, struct cw_error *err)
{
	for (unsigned i = 0; i < q->n_elfs; i++) {
		struct cw_span elf = inputs[i].elf->bytes;
		uint64_t at = made->file.len;

		for (unsigned k = 0; k < inputs[i].header.phnum; k++) {
			unsigned n = inputs[i].first_digest + k;

			d->known[n] = (struct cw_known_digest){
				at + (uint64_t)(d->bytes[n].ptr - elf.ptr),
				(uint32_t)d->bytes[n].len, d->digest[n]};
		}
		cw_pieces_add(&made->file, elf);
		cw_pieces_zeros(&made->file, padded(elf.len) - elf.len);
	}
	made->len = (size_t)made->file.len;
	return made->file.failed ? cw_error_set(err, -ENOMEM, "no memory for the container") : 0;
}

static int build_file(const struct cw_sign_request *q, struct input *inputs, struct digests *d,
		      struct cw_signed *made, struct cw_error *err)
{
	struct cw_bytes head = {0};
	int r = hash_inputs(d, q, inputs, err);

	if (!r)
		r = build_head(&head, q, inputs, d, made, err);
	made->head = head.ptr;
	cw_pieces_add(&made->file, cw_span(head.ptr, head.len));
	return r < 0 ? r : add_images(made, q, inputs, d, err);
}

/* The judge has the last word over what we made: that each digest stands where it belongs, too. */
static int judge_own(const struct digests *d, const struct cw_sign_request *q,
		     struct cw_signed *made, struct cw_error *err)
{
	struct cw_offline_result result = {0};
	struct cw_offline offline = {
		.pieces = &made->file,
		.known = d->known,
		.n_known = d->n,
		.key = q->key,
		.any_pkeyinfo = q->plain,
		.policy = {.compatible = q->target},
	};
	struct cw_refusal r;
	int code;

	if (made->encrypted) {
		offline.plain = q->elfs;
		offline.n_plain = q->n_elfs;
	}
	code = cw_offline_judge(&offline, &result, &r);
	if (code) {
		cw_error_set(err, code == -CW_CODE_LIMIT ? -E2BIG : -EBADMSG,
			     "this would be refused at boot: %s", r.text);
		if (err)
			err->reason = r.code;
		return code == -CW_CODE_LIMIT ? -E2BIG : -EBADMSG;
	}
	made->n_segments = result.image.n_segments;
	cw_offline_done(&result);
	return 0;
}

void cw_signed_done(struct cw_signed *made)
{
	cw_pieces_done(&made->file);
	if (made->encrypted)
		cw_encrypted_done(made->encrypted);
	free(made->encrypted);
	made->encrypted = NULL;
	free(made->head);
	made->head = NULL;
}

/* From here on the encrypted files are the inputs. */
static int encrypt_inputs(const struct cw_sign_request *q, struct input *inputs,
			  struct cw_signed *made, struct cw_error *err)
{
	struct cw_sign_request encrypted = *q;
	int r;

	if (!q->encrypt_to)
		return 0;
	made->encrypted = calloc(1, sizeof(*made->encrypted));
	if (!made->encrypted)
		return cw_error_set(err, -ENOMEM, "no memory to encrypt");
	r = cw_sign_encrypt(q, made->encrypted, err);
	encrypted.elfs = made->encrypted->elfs;
	return r < 0 ? r : open_inputs(&encrypted, inputs, err);
}

int cw_sign_rproc(const struct cw_sign_request *request, struct cw_signed *ret,
		  struct cw_error *err)
{
	struct input inputs[CW_RPROC_IMAGES_MAX];
	cleanup_free struct digests *d = calloc(1, sizeof(*d));
	struct cw_signed made = {0};
	int r = d ? check_request(request, err) : cw_error_set(err, -ENOMEM, "no memory to sign");

	if (!r)
		r = open_inputs(request, inputs, err);
	if (!r)
		r = encrypt_inputs(request, inputs, &made, err);
	if (!r)
		r = build_file(request, inputs, d, &made, err);
	if (!r)
		r = judge_own(d, request, &made, err);
	if (r < 0)
		cw_signed_done(&made);
	else
		*ret = made;
	return r;
}
