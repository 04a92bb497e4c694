// SPDX-License-Identifier: BSD-2-Clause
/* sign/encrypt.c - encrypt the segments of ELF files to a board's device key */
#include "sign/encrypt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/seal.h"
#include "image/elf32.h"

#define KEPT_MAX 4 /* ELF header, program headers, section headers, their names */

struct file {
	const struct cw_sign_elf *elf;
	struct cw_elf32_ehdr header;
	struct cw_span phdrs;
	struct cw_span kept[KEPT_MAX]; /* what stays readable */
	unsigned n_kept;
	uint8_t *copy;
};

/* ---- what stays readable ---- */

static void keep(struct file *f, uint64_t at, uint64_t len)
{
	struct cw_span bytes;

	if (len && cw_span_cut(f->elf->bytes, at, len, &bytes))
		f->kept[f->n_kept++] = bytes;
}

static bool open_file(struct file *f)
{
	const struct cw_elf32_ehdr *h = &f->header;
	struct cw_span sections;
	struct cw_elf32_shdr names;

	if (cw_elf32_header(f->elf->bytes, f->elf->bytes.len, "the file", 0, &f->header, NULL) ||
	    !cw_span_cut(f->elf->bytes, h->phoff, (uint64_t)h->phnum * CW_ELF32_PHDR_SIZE,
			 &f->phdrs))
		return false;
	keep(f, 0, CW_ELF32_EHDR_SIZE);
	keep(f, h->phoff, f->phdrs.len);
	keep(f, h->shoff, (uint64_t)h->shnum * CW_ELF32_SHDR_SIZE);
	if (h->shstrndx >= h->shnum ||
	    !cw_span_cut(f->elf->bytes, h->shoff, (uint64_t)h->shnum * CW_ELF32_SHDR_SIZE,
			 &sections))
		return true;
	cw_elf32_shdr(sections, h->shstrndx, &names);
	keep(f, names.offset, names.size);
	return true;
}

/* ---- segments ---- */

static bool get_load(const struct file *f, unsigned i, struct cw_elf32_phdr *ret)
{
	cw_elf32_phdr(f->phdrs, i, ret);
	return ret->type == CW_PT_LOAD;
}

static int check_apart(const struct file *f, unsigned i, const struct cw_elf32_phdr *p,
		       struct cw_error *err)
{
	struct cw_elf32_phdr other;
	const uint8_t *start = f->elf->bytes.ptr;

	if (!cw_range_inside(p->offset, p->filesz, f->elf->bytes.len))
		return cw_error_set(err, -EBADMSG, "'%s': segment %u runs past the end of the file",
				    f->elf->name, i);
	for (unsigned k = 0; k < f->n_kept; k++)
		if (cw_range_overlap(p->offset, p->filesz, (uint64_t)(f->kept[k].ptr - start),
				     f->kept[k].len))
			return cw_error_set(
				err, -EBADMSG,
				"'%s': segment %u holds headers of the ELF file, which must "
				"stay readable; link it without them (no SIZEOF_HEADERS, no "
				"FILEHDR and PHDRS in the linker script)",
				f->elf->name, i);
	for (unsigned k = 0; k < i; k++)
		if (get_load(f, k, &other) &&
		    cw_range_overlap(p->offset, p->filesz, other.offset, other.filesz))
			return cw_error_set(
				err, -EBADMSG,
				"'%s': segments %u and %u share bytes of the file, which can "
				"be encrypted once only",
				f->elf->name, k, i);
	return 0;
}

static int encrypt_segment(struct file *f, unsigned i, const struct cw_elf32_phdr *p,
			   const uint8_t key[CW_SEAL_KEY_SIZE], struct cw_bytes *record)
{
	struct cw_span header =
		cw_span(f->phdrs.ptr + (size_t)CW_ELF32_PHDR_SIZE * i, CW_ELF32_PHDR_SIZE);
	uint8_t seal[CW_RPROC_SEAL_SIZE] = {0};
	struct cw_seal *s = NULL;
	int rc = 0;

	if (p->filesz) {
		memcpy(f->copy + p->offset, f->elf->bytes.ptr + p->offset, p->filesz);
		rc = cw_seal_random(seal, CW_SEAL_IV_SIZE);
		s = rc ? NULL : cw_seal_new(true, key, seal, header);
		if (!s || cw_seal_update(s, f->copy + p->offset, p->filesz) ||
		    cw_seal_finish(s, seal + CW_SEAL_IV_SIZE))
			rc = -ENOMEM;
		cw_seal_free(s);
	}
	cw_bytes_add(record, seal, sizeof(seal));
	return rc;
}

static int encrypt_file(struct file *f, const uint8_t key[CW_SEAL_KEY_SIZE],
			struct cw_bytes *record, struct cw_error *err)
{
	struct cw_elf32_phdr p;
	int r = 0;

	for (unsigned k = 0; k < f->n_kept; k++)
		memcpy(f->copy + (f->kept[k].ptr - f->elf->bytes.ptr), f->kept[k].ptr,
		       f->kept[k].len);
	for (unsigned i = 0; r == 0 && i < f->header.phnum; i++) {
		if (!get_load(f, i, &p))
			continue;
		r = check_apart(f, i, &p, err);
		if (r == 0 && encrypt_segment(f, i, &p, key, record))
			r = cw_error_set(err, -ENOMEM, "no memory to encrypt '%s'", f->elf->name);
	}
	return r;
}

/* ---- the whole ---- */

static int encrypt_all(const struct cw_sign_request *q, const uint8_t key[CW_SEAL_KEY_SIZE],
		       struct cw_encrypted *e, struct cw_error *err)
{
	for (unsigned i = 0; i < q->n_elfs; i++) {
		struct file f = {.elf = &q->elfs[i]};
		int r;

		e->copies[i] = f.copy = calloc(1, f.elf->bytes.len + 1);
		if (!f.copy || !open_file(&f))
			return cw_error_set(err, -ENOMEM, "no memory to encrypt '%s'", f.elf->name);
		r = encrypt_file(&f, key, &e->record, err);
		if (r < 0)
			return r;
		e->elfs[i] = (struct cw_sign_elf){f.elf->name, cw_span(f.copy, f.elf->bytes.len)};
	}
	return 0;
}

int cw_sign_encrypt(const struct cw_sign_request *q, struct cw_encrypted *ret, struct cw_error *err)
{
	uint8_t key[CW_SEAL_KEY_SIZE], wrapped[CW_SEAL_WRAPPED_SIZE], signer[CW_SHA256_SIZE];
	int rc = cw_seal_random(key, sizeof(key)), r = 0;

	if (!rc && !cw_hex_decode(cw_key_fingerprint(q->key), signer, sizeof(signer)))
		rc = -ENOMEM;
	if (!rc)
		rc = cw_seal_wrap(cw_key_spki(q->encrypt_to), signer, key, wrapped);
	if (rc == -CW_CODE_DEVICE_KEY)
		r = cw_error_set(err, -EINVAL,
				 "a board's device key is on P-256; the one to encrypt to is %s",
				 cw_key_kind(q->encrypt_to));
	else if (rc)
		r = cw_error_set(err, -ENOMEM, "no random bytes or memory to encrypt with");
	if (!r)
		r = encrypt_all(q, key, ret, err);
	explicit_bzero(key, sizeof(key));
	if (r < 0)
		return r;
	cw_bytes_add(&ret->record, wrapped, sizeof(wrapped));
	return cw_bytes_ok(&ret->record)
		       ? 0
		       : cw_error_set(err, -ENOMEM, "no memory for the record of the encryption");
}

void cw_encrypted_done(struct cw_encrypted *e)
{
	for (unsigned i = 0; i < CW_RPROC_IMAGES_MAX; i++)
		free(e->copies[i]);
	cw_bytes_done(&e->record);
}
