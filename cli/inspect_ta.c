// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect_ta.c - the signed file of a trusted application */
#include "cli/inspect.h"

#include <string.h>

#include "cli/cli.h"
#include "crypto/verify.h"
#include "image/ta_header.h"

static const char *algorithm(uint32_t algo)
{
	switch (algo) {
	case CW_TA_ALG_RSA_PSS:
		return "RSASSA-PSS, SHA-256";
	case CW_TA_ALG_RSA_PKCS1:
		return "RSASSA-PKCS1-v1_5, SHA-256";
	}
	return "unknown";
}

/* The 20 bytes as they stand. */
static void show_words(struct inspect *i)
{
	const uint8_t *p = i->file.ptr;

	if (i->file.len < CW_TA_HEADER_SIZE)
		return;
	report_num(i->r, "type", "type", cw_get_le32(p + 4), "%u%s", cw_get_le32(p + 4),
		   cw_get_le32(p + 4) == CW_TA_TYPE_BOOTSTRAP ? " (bootstrap)" : "");
	report_num(i->r, "elf_size", "ELF", cw_get_le32(p + 8), "%u bytes", cw_get_le32(p + 8));
	report_num(i->r, "algorithm", "algorithm", cw_get_le32(p + 12), "0x%08x (%s)",
		   cw_get_le32(p + 12), algorithm(cw_get_le32(p + 12)));
	report_num(i->r, "hash_size", "hash", cw_get_le16(p + 16), "%u bytes", cw_get_le16(p + 16));
	report_num(i->r, "signature_size", "signature", cw_get_le16(p + 18), "%u bytes",
		   cw_get_le16(p + 18));
}

/* Is the hash in the file the hash of the file? */
static bool hash_is_right(const struct cw_ta_file *ta)
{
	const struct cw_span parts[] = {ta->header, ta->bootstrap, ta->image};
	uint8_t digest[CW_SHA256_SIZE];

	return !cw_crypto_sha256_parts(parts, 3, digest) &&
	       !memcmp(digest, ta->hash.ptr, sizeof(digest));
}

/* UUID and version lie behind hash and signature; they can be told although the rest is cut. */
static void show_bootstrap(struct inspect *i)
{
	uint64_t at = CW_TA_HEADER_SIZE;
	struct cw_span b;
	char uuid[37];

	if (i->file.len < CW_TA_HEADER_SIZE)
		return;
	at += cw_get_le16(i->file.ptr + 16) + cw_get_le16(i->file.ptr + 18);
	if (!cw_span_cut(i->file, at, CW_TA_BOOTSTRAP_SIZE, &b))
		return;
	cw_ta_uuid_text(b.ptr, uuid);
	report_text(i->r, "uuid", "uuid", "%s", uuid);
	report_num(i->r, "version", "version", cw_get_le32(b.ptr + 16), NULL);
}

/* The ELF file, or what there is of it. */
static void show_elf(struct inspect *i)
{
	uint64_t at = CW_TA_HEADER_SIZE + CW_TA_BOOTSTRAP_SIZE;
	struct cw_span elf;

	if (i->file.len < CW_TA_HEADER_SIZE)
		return;
	at += cw_get_le16(i->file.ptr + 16) + cw_get_le16(i->file.ptr + 18);
	if (at + 5 > i->file.len || memcmp(i->file.ptr + at, "\177ELF", 4))
		return;
	elf = cw_span(i->file.ptr + at, i->file.len - (size_t)at);
	report_open(i->r, "elf", "ELF file");
	if (elf.ptr[4] == 2)
		inspect_elf64(i, elf, at);
	else
		inspect_elf(i, elf, at, "the ELF file");
	report_close(i->r);
}

void inspect_ta(struct inspect *i)
{
	struct cw_ta_file ta;
	struct cw_refusal r;

	report_open(i->r, "ta", "trusted application");
	show_words(i);
	show_bootstrap(i);
	if (cw_ta_file_parse(i->file, &ta, &r)) {
		inspect_mark(i, &r);
	} else {
		if (!hash_is_right(&ta)) {
			cw_refuse(&r, CW_CODE_HASH, CW_TA_HEADER_SIZE,
				  "the hash in the file is not that of its header, UUID and ELF");
			inspect_mark(i, &r);
		}
		report_text(i->r, NULL, "signature", "not checked: no key given");
		inspect_part(i, ta.hash, CW_TA_HEADER_SIZE, "hash");
		inspect_part(i, ta.signature, CW_TA_HEADER_SIZE + CW_TA_HASH_SIZE, "signature");
	}
	show_elf(i);
	report_close(i->r);
}
