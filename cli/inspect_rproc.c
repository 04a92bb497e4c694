// SPDX-License-Identifier: BSD-2-Clause
/*
 * cli/inspect_rproc.c - the signed remoteproc container, part by part
 *
 * The judge says what is wrong first (with no key, so everything but the signature); the parts are
 * then shown by walking the bytes again, tolerantly, because the judge stops where the showing has
 * to go on.
 */
#include "cli/inspect.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "image/elf32.h"
#include "sign/offline.h"

/* What is shown of a file that goes far beyond the format's limits. */
#define IMAGES_SHOWN  255			  /* NUM_IMG is a byte */
#define RECORDS_SHOWN (CW_RPROC_META_MAX / 8)	  /* no more fit into a container that boots */
#define HASHES_MADE   (8 * CW_RPROC_SEGMENTS_MAX) /* each may cover a whole image */

/* The container's parts, each cut to what is there. */
struct parts {
	uint32_t tlv_len, sign_len, img_len;
	struct cw_span area, signature, images;
	uint64_t signature_at, images_at;
	struct cw_span sizes, hashes; /* values of IMGSIZE and HASHTABLE */
	struct cw_span encryption;
	bool headers, version, target;
	uint32_t flags;
	struct cw_made_digests made; /* by the judge: what is shown is not hashed again */
};

static uint64_t round8(uint64_t v)
{
	return (v + 7) & ~7ull;
}

static struct cw_span cut_some(struct cw_span file, uint64_t at, uint64_t len)
{
	if (at >= file.len)
		return cw_span(NULL, 0);
	return cw_span(file.ptr + at, len < file.len - at ? (size_t)len : file.len - (size_t)at);
}

static void find_parts(struct cw_span file, struct parts *p)
{
	cw_span_u32(file, 8, &p->tlv_len);
	cw_span_u32(file, 12, &p->sign_len);
	cw_span_u32(file, 16, &p->img_len);
	p->signature_at = CW_RPROC_HEADER_SIZE + round8(p->tlv_len);
	p->images_at = p->signature_at + round8(p->sign_len);
	p->area = cut_some(file, CW_RPROC_HEADER_SIZE, round8(p->tlv_len));
	p->signature = cut_some(file, p->signature_at, p->sign_len);
	p->images = cut_some(file, p->images_at, p->img_len);
}

static void part_row(struct inspect *i, const char *name, uint64_t at, uint64_t len, size_t there)
{
	report_cell_text(i->r, "%s", name);
	report_cell_num(i->r, at, "%llu", (unsigned long long)at);
	report_cell_num(i->r, len, "%llu", (unsigned long long)len);
	report_cell_text(i->r, "%s", there < len ? there ? "!! cut" : "!! not there" : "");
}

static void show_parts(struct inspect *i, const struct parts *p)
{
	static const struct report_column columns[] = {{"part", "part", false},
						       {"offset", "at byte", true},
						       {"size", "bytes", true},
						       {"problem", "", false}};

	report_open(i->r, "layout", "layout");
	report_table_open(i->r, "parts", columns, 4);
	part_row(i, "header", 0, CW_RPROC_HEADER_SIZE,
		 cut_some(i->file, 0, CW_RPROC_HEADER_SIZE).len);
	part_row(i, "records (signed)", CW_RPROC_HEADER_SIZE, p->tlv_len,
		 p->area.len < p->tlv_len ? p->area.len : p->tlv_len);
	part_row(i, "signature", p->signature_at, p->sign_len, p->signature.len);
	part_row(i, "images", p->images_at, p->img_len, p->images.len);
	report_table_close(i->r);
	report_close(i->r);
}

/* ---- records ---- */

static const char *record_name(uint32_t type)
{
	switch (type) {
	case CW_TLV_SIGNTYPE:
		return "SIGNTYPE";
	case CW_TLV_HASHTYPE:
		return "HASHTYPE";
	case CW_TLV_NUM_IMG:
		return "NUM_IMG";
	case CW_TLV_IMGTYPE:
		return "IMGTYPE";
	case CW_TLV_IMGSIZE:
		return "IMGSIZE";
	case CW_TLV_HASHTABLE:
		return "HASHTABLE";
	case CW_TLV_PKEYINFO:
		return "PKEYINFO";
	case CW_TLV_CW_HEADERS:
		return "headers hash";
	case CW_TLV_CW_VERSION:
		return "firmware version";
	case CW_TLV_CW_TARGET:
		return "target";
	case CW_TLV_CW_ENCRYPTION:
		return "encryption";
	case CW_TLV_CW_FLAGS:
		return "flags";
	case CW_TLV_CW_TABLE:
		return "resource table";
	}
	return type >= CW_TLV_PLATFORM_FIRST && type <= CW_TLV_PLATFORM_LAST ? "platform"
									     : "unknown";
}

static void hex_some(struct cw_span v, char *buf, size_t size)
{
	size_t n = v.len < 16 ? v.len : 16;

	cw_hex_encode(v.ptr, n, buf);
	if (n < v.len)
		snprintf(buf + 2 * n, size - 2 * n, "...");
}

static void describe_key(struct cw_span v, char *buf, size_t size)
{
	char fp[CW_FINGERPRINT_HEX];
	uint8_t digest[CW_SHA256_SIZE];

	if (!v.len || cw_crypto_check_spki(v, NULL, NULL) || cw_crypto_fingerprint(v, digest))
		return hex_some(v, buf, size);
	cw_hex_encode(digest, sizeof(digest), fp);
	snprintf(buf, size, "%s key %s", cw_crypto_key_kind(v), fp);
}

static void describe_sizes(struct cw_span v, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t n = 0; 4 * n + 4 <= v.len && used + 16 < size; n++)
		used += (size_t)snprintf(buf + used, size - used, "%s%u", n ? ", " : "",
					 cw_get_le32(v.ptr + 4 * n));
}

static void describe_types(struct cw_span v, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t n = 0; n < v.len && used + 16 < size; n++)
		used += (size_t)snprintf(buf + used, size - used, v.ptr[n] == 1 ? "%sELF" : "%s%u",
					 n ? ", " : "", v.ptr[n]);
}

static void describe_byte(uint32_t type, uint8_t v, char *buf, size_t size)
{
	const char *word = "unknown";

	if (type == CW_TLV_SIGNTYPE && v == CW_SIGN_RSA)
		word = "RSASSA-PKCS1-v1_5, SHA-256";
	else if (type == CW_TLV_SIGNTYPE && v == CW_SIGN_ECDSA_P256)
		word = "ECDSA P-256, SHA-256";
	else if (type == CW_TLV_HASHTYPE && v == 1)
		word = "SHA-256";
	else if (type == CW_TLV_NUM_IMG)
		word = v == 1 ? "image" : "images";
	snprintf(buf, size, type == CW_TLV_NUM_IMG ? "%u %s" : "%u: %s", v, word);
}

static void describe_table(struct cw_span v, char *buf, size_t size)
{
	if (cw_get_le32(v.ptr + 8))
		snprintf(buf, size, "image %u, 0x%08x, %u bytes", cw_get_le32(v.ptr),
			 cw_get_le32(v.ptr + 4), cw_get_le32(v.ptr + 8));
	else
		snprintf(buf, size, "none");
}

static void describe_record(uint32_t type, struct cw_span v, char *buf, size_t size)
{
	if ((type == CW_TLV_SIGNTYPE || type == CW_TLV_HASHTYPE || type == CW_TLV_NUM_IMG) &&
	    v.len == 1)
		describe_byte(type, v.ptr[0], buf, size);
	else if (type == CW_TLV_IMGTYPE)
		describe_types(v, buf, size);
	else if (type == CW_TLV_IMGSIZE)
		describe_sizes(v, buf, size);
	else if (type == CW_TLV_HASHTABLE)
		snprintf(buf, size, "%zu entries, below", v.len / CW_RPROC_HASH_ENTRY_SIZE);
	else if (type == CW_TLV_PKEYINFO)
		describe_key(v, buf, size);
	else if (type == CW_TLV_CW_VERSION && v.len == 8)
		snprintf(buf, size, "%llu", (unsigned long long)cw_get_le64(v.ptr));
	else if (type == CW_TLV_CW_TARGET)
		cli_printable(v, buf, size);
	else if (type == CW_TLV_CW_FLAGS && v.len == 4)
		snprintf(buf, size, "0x%x%s", cw_get_le32(v.ptr),
			 cw_get_le32(v.ptr) & CW_RPROC_FLAG_DEBUGGABLE ? " (debuggable)" : "");
	else if (type == CW_TLV_CW_ENCRYPTION && v.len >= CW_RPROC_SEALED_KEY_SIZE)
		snprintf(buf, size, "%zu segments, and their key for one board; below",
			 (v.len - CW_RPROC_SEALED_KEY_SIZE) / CW_RPROC_SEAL_SIZE);
	else if (type == CW_TLV_CW_TABLE && v.len == CW_RPROC_TABLE_RECORD_SIZE)
		describe_table(v, buf, size);
	else
		hex_some(v, buf, size);
}

static void note_record(struct parts *p, uint32_t type, struct cw_span v)
{
	if (type == CW_TLV_IMGSIZE && !p->sizes.ptr)
		p->sizes = v;
	else if (type == CW_TLV_HASHTABLE && !p->hashes.ptr)
		p->hashes = v;
	p->headers |= type == CW_TLV_CW_HEADERS;
	p->version |= type == CW_TLV_CW_VERSION;
	p->target |= type == CW_TLV_CW_TARGET;
	if (type == CW_TLV_CW_ENCRYPTION && v.len)
		p->encryption = v;
	if (type == CW_TLV_CW_FLAGS && v.len == 4)
		p->flags = cw_get_le32(v.ptr);
}

static void record_row(struct inspect *i, size_t at, uint32_t type, struct cw_span v)
{
	char text[200];

	describe_record(type, v, text, sizeof(text));
	/* Values that are shown whole need no bytes. */
	if (v.len > 16 && type != CW_TLV_HASHTABLE && type != CW_TLV_IMGSIZE &&
	    type != CW_TLV_CW_TARGET)
		inspect_part(i, v, CW_RPROC_HEADER_SIZE + at + 8, "record 0x%05x (%s)", type,
			     record_name(type));
	report_cell_num(i->r, CW_RPROC_HEADER_SIZE + at, "%zu", CW_RPROC_HEADER_SIZE + at);
	report_cell_num(i->r, type, "0x%05x", type);
	report_cell_text(i->r, "%s", record_name(type));
	report_cell_num(i->r, v.len, "%zu", v.len);
	report_cell_text(i->r, "%s", text);
}

static void show_records(struct inspect *i, struct parts *p)
{
	static const struct report_column columns[] = {
		{"offset", "at byte", true}, {"type", "type", false},  {"name", "record", false},
		{"length", "bytes", true},   {"text", "value", false},
	};
	struct cw_refusal r;
	struct cw_span v;
	size_t pos = 0, at;
	uint32_t type;
	unsigned shown = 0;
	int more;

	report_open(i->r, "metadata", "records");
	report_table_open(i->r, "records", columns, 5);
	while ((more = cw_rproc_tlv_next(p->area, &pos, &type, &v, &at, &r)) > 0) {
		if (shown++ < RECORDS_SHOWN)
			record_row(i, at, type, v);
		note_record(p, type, v);
	}
	report_table_close(i->r);
	if (shown > RECORDS_SHOWN)
		report_line(i->r, true, "%u records more", shown - RECORDS_SHOWN);
	if (more < 0)
		inspect_mark(i, &r);
	report_close(i->r);
}

/* ---- hash table ---- */

/* Image @n: where it is in the image area. Empty when it is not there. */
static struct cw_span image(const struct parts *p, size_t n, uint64_t *ret_at)
{
	uint64_t at = 0;

	if (n >= IMAGES_SHOWN || 4 * n + 4 > p->sizes.len)
		return cw_span(NULL, 0);
	for (size_t k = 0; k < n; k++)
		at += cw_get_le32(p->sizes.ptr + 4 * k);
	*ret_at = p->images_at + at;
	return cut_some(p->images, at, cw_get_le32(p->sizes.ptr + 4 * n));
}

static unsigned count_headers(struct cw_span elf)
{
	return elf.len >= CW_ELF32_EHDR_SIZE ? cw_get_le16(elf.ptr + 44) : 0;
}

/* @at: where @elf is in the file. */
static const char *compare(const struct parts *parts, struct cw_span elf, uint64_t at,
			   const struct cw_elf32_phdr *p, const uint8_t *digest)
{
	const uint8_t *made;
	uint8_t have[CW_SHA256_SIZE];
	struct cw_span data;

	if (!elf.ptr)
		return "!! no image for it";
	if (!cw_span_cut(elf, p->offset, p->filesz, &data))
		return "!! bytes not there";
	made = cw_known_digest(parts->made.known, parts->made.n, at + p->offset, p->filesz);
	if (!made && cw_crypto_sha256(NULL, data, have))
		return "?";
	return memcmp(made ? made : have, digest, sizeof(have)) ? "!! bytes differ" : "ok";
}

static void hash_row(struct inspect *i, const struct parts *parts, size_t n, size_t img,
		     struct cw_span elf, uint64_t at, struct cw_span entry)
{
	struct cw_elf32_phdr p;
	char hex[CW_FINGERPRINT_HEX];

	cw_elf32_phdr(entry, 0, &p);
	cw_hex_encode(entry.ptr + 32, 32, hex);
	report_cell_num(i->r, n, "%zu", n);
	report_cell_num(i->r, img, "%zu", img);
	report_cell_text(i->r, "%s", cw_elf32_ptype_name(p.type));
	report_cell_num(i->r, p.offset, "0x%x", p.offset);
	report_cell_num(i->r, p.paddr, "0x%08x", p.paddr);
	report_cell_num(i->r, p.filesz, "%u", p.filesz);
	report_cell_num(i->r, p.memsz, "%u", p.memsz);
	report_cell_text(i->r, "%.12s...", hex);
	report_cell_text(i->r, "%s", hex);
	report_cell_text(i->r, "%s", compare(parts, elf, at, &p, entry.ptr + 32));
}

static void show_hashes(struct inspect *i, const struct parts *p)
{
	static const struct report_column columns[] = {
		{"index", "#", true},	   {"image", "image", true},
		{"type", "type", false},   {"offset", "offset", true},
		{"paddr", "paddr", false}, {"filesz", "bytes", true},
		{"memsz", "memory", true}, {"short", "SHA-256", false},
		{"digest", NULL, false},   {"bytes_match", "bytes", false},
	};
	size_t img = 0, first = 0;
	uint64_t at = 0;

	report_open(i->r, "hash_table", "signed segments");
	report_table_open(i->r, "entries", columns, 10);
	for (size_t n = 0; n < HASHES_MADE && 64 * n + 64 <= p->hashes.len; n++) {
		struct cw_span elf = image(p, img, &at);

		while (elf.ptr && n - first >= count_headers(elf)) {
			first = n;
			elf = image(p, ++img, &at);
		}
		hash_row(i, p, n, img, elf, at, cw_span(p->hashes.ptr + 64 * n, 64));
	}
	report_table_close(i->r);
	if (p->hashes.len / 64 > HASHES_MADE)
		report_line(i->r, true, "%zu entries more", p->hashes.len / 64 - HASHES_MADE);
	report_close(i->r);
}

static void show_signature(struct inspect *i, const struct parts *p)
{
	char text[80];

	hex_some(p->signature, text, sizeof(text));
	report_open(i->r, "signature", "signature");
	report_num(i->r, "offset", "at byte", p->signature_at, NULL);
	report_num(i->r, "size", "bytes", p->sign_len, NULL);
	report_text(i->r, "begins", "begins", "%s", text);
	report_text(i->r, NULL, "checked", "no: that needs a key, see 'corewarden verify'");
	report_close(i->r);
	inspect_part(i, p->signature, p->signature_at, "signature");
}

static void show_images(struct inspect *i, const struct parts *p)
{
	struct cw_span elf;
	char name[32];
	uint64_t at;

	report_list_open(i->r, "images");
	for (size_t n = 0; (elf = image(p, n, &at)).ptr; n++) {
		snprintf(name, sizeof(name), "image %zu", n);
		report_open(i->r, NULL, "%s", name);
		inspect_elf(i, elf, at, name);
		report_close(i->r);
	}
	report_list_close(i->r);
}

static void show_remarks(struct inspect *i, const struct parts *p)
{
	report_open(i->r, "weaknesses", "what the signature does not cover");
	if (!p->headers)
		report_remark(i->r, "remarks",
			      "the ELF header (no record 0x1c001): its entry point can be changed");
	if (!p->version)
		report_remark(
			i->r, "remarks",
			"a firmware version (no record 0x1c002): an older image can replace it");
	if (!p->target)
		report_remark(i->r, "remarks",
			      "the processor it is for (no record 0x1c003): it boots on any that "
			      "trusts the key");
	report_remark(
		i->r, "remarks",
		"section headers and symbols: they only point, and the loader believes them only "
		"where signed bytes agree");
	if (p->flags & CW_RPROC_FLAG_DEBUGGABLE)
		report_remark(i->r, "remarks", "the image is marked debuggable");
	report_close(i->r);
}

/* What the judge objects to, whoever signed it. */
static void judge(struct inspect *i, struct parts *p)
{
	struct cw_offline offline = {
		.file = i->file, .made = &p->made, .progress = cli_progress("inspect")};
	struct cw_offline_result result = {0};
	struct cw_refusal r;

	if (cw_offline_judge(&offline, &result, &r))
		inspect_mark(i, &r);
	else
		report_line(i->r, false,
			    "form              in order (signature and memory map not checked)");
	cw_offline_done(&result);
}

void inspect_container(struct inspect *i)
{
	struct parts p = {0};
	uint32_t version = 0;

	cw_span_u32(i->file, 4, &version);
	find_parts(i->file, &p);
	report_num(i->r, "version", "version", version, NULL);
	judge(i, &p);
	show_parts(i, &p);
	show_records(i, &p);
	show_hashes(i, &p);
	if (p.encryption.ptr) {
		i->sealed = true;
		inspect_encryption(i, p.encryption);
	}
	show_signature(i, &p);
	show_images(i, &p);
	show_remarks(i, &p);
	cw_made_digests_done(&p.made);
}

/* ---- the 2021 layout ---- */

static int read_file(void *ctx, uint64_t off, void *buf, size_t len)
{
	const struct inspect *i = ctx;

	memcpy(buf, i->file.ptr + off, len);
	return 0;
}

/* Sizes are judged before anything else, so the judge need not go on to the segments. */
bool inspect_old_layout(struct inspect *i)
{
	static const char *const words[] = {
		"magic",      "version",      "hdr_length",   "sign_length", "sign_offset",
		"sign_type",  "phhdr_length", "phhdr_offset", "phhdr_type",  "key_length",
		"key_offset", "img_length",   "img_offset",   "img_type"};
	struct cw_source source = {.ctx = i, .size = i->file.len, .read = read_file};
	struct cw_rproc_env env = {.sha256 = cw_crypto_sha256};
	uint8_t workspace[CW_RPROC_WORKSPACE], digest[CW_SHA256_SIZE];
	struct cw_refusal r;
	struct cw_span elf;
	uint32_t v, at = 0, len = 0;

	if (cw_rproc_digest(&source, &env, workspace, sizeof(workspace), digest, &r) !=
	    -CW_CODE_OLD_LAYOUT)
		return false;
	report_text(i->r, "format", "format", "rproc-2021");
	report_text(i->r, NULL, "",
		    "signed container of 2021 vendor trees: no loader of today takes it");
	inspect_mark(i, &r);
	report_open(i->r, "header", "header");
	for (unsigned n = 0; n < sizeof(words) / sizeof(words[0]); n++)
		if (cw_span_u32(i->file, 4 * n, &v))
			report_num(i->r, words[n], words[n], v, "%u (0x%x)", v, v);
	report_close(i->r);
	cw_span_u32(i->file, 44, &len);
	cw_span_u32(i->file, 48, &at);
	elf = cut_some(i->file, at, len);
	if (elf.len) {
		report_open(i->r, "image", "image%s", elf.len < len ? " (cut)" : "");
		inspect_elf(i, elf, at, "the image");
		report_close(i->r);
	}
	cw_span_u32(i->file, 12, &len);
	cw_span_u32(i->file, 16, &at);
	inspect_part(i, cut_some(i->file, at, len), at, "signature");
	return true;
}
