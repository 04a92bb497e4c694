// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect_mbn.c - a Qualcomm image: headers, segments, hash segment, every ELF file of several */
#include "cli/mbn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "host/cleanup.h"
#include "image/elf32.h"

#define ELFS_MAX 64 /* in one file */

struct shown {
	struct inspect *i;
	struct cw_span file; /* from the ELF header on */
	uint64_t base;
	struct cw_mbn_elf elf;
	struct cw_mbn mbn;
	bool opened;
	struct cw_refusal why; /* not opened */
	struct cw_mbn_files files;
	uint8_t (*digests)[CW_MBN_DIGEST_MAX]; /* NULL: some segment cannot be read */
};

/* ---- the ELF header and the segments ---- */

static void show_elf(const struct shown *s)
{
	const struct cw_mbn_elf *e = &s->elf;
	struct report *r = s->i->r;

	report_num(r, "class", "class", e->is64 ? 64 : 32, "ELF%u, little-endian",
		   e->is64 ? 64 : 32);
	report_num(r, "machine", "machine", e->machine, "%u (%s)", e->machine,
		   cw_mbn_machine_name(e->machine));
	report_num(r, "entry", "entry", e->entry, "0x%llx", (unsigned long long)e->entry);
	report_num(r, "program_headers", "program headers", e->phnum, "%u at byte %llu", e->phnum,
		   (unsigned long long)(s->base + e->phoff));
	report_bool(r, "relocatable", "relocatable", cw_mbn_relocatable(s->file, e));
	if (s->opened) {
		report_bool(r, "split", NULL, s->mbn.split);
		report_text(r, NULL, "form", "%s",
			    s->mbn.split ? "split: segments in files of their own (.bNN)"
					 : "merged: everything in this file");
	}
}

/* "good", "DIFFERS", ...: a word for the entry of the hash table. */
static const char *hash_word(const struct shown *s, unsigned i, const struct cw_mbn_phdr *p)
{
	struct cw_span entry;
	bool zero;

	if (!s->opened)
		return "?";
	entry = cw_span(s->mbn.hash.part[CW_MBN_TABLE].ptr + (size_t)i * s->mbn.digest_size,
			s->mbn.digest_size);
	zero = cw_span_zero(entry);
	if (i == s->mbn.hash_index || !p->filesz)
		return zero ? "-" : "NOT ZERO";
	if (zero)
		return "MISSING";
	if (!s->digests)
		return "?";
	return memcmp(s->digests[i], entry.ptr, s->mbn.digest_size) ? "DIFFERS" : "good";
}

static void show_segment(const struct shown *s, unsigned i)
{
	struct report *r = s->i->r;
	char digest[2 * CW_MBN_DIGEST_MAX + 1] = "";
	struct cw_mbn_phdr p;
	const char *type;

	cw_mbn_phdr(s->file, &s->elf, i, &p);
	type = cw_elf32_ptype_name(p.type);
	if (s->opened)
		cw_hex_encode(s->mbn.hash.part[CW_MBN_TABLE].ptr + (size_t)i * s->mbn.digest_size,
			      s->mbn.digest_size, digest);
	report_cell_num(r, i, "%u", i);
	if (strcmp(type, "PT_?"))
		report_cell_text(r, "%s", type + 3);
	else
		report_cell_text(r, "0x%x", p.type);
	report_cell_text(r, "%s", cw_mbn_segment_name(cw_mbn_segment(p.flags)));
	report_cell_num(r, p.offset, "0x%llx", (unsigned long long)p.offset);
	report_cell_num(r, p.paddr, "0x%08llx", (unsigned long long)p.paddr);
	report_cell_num(r, p.vaddr, "0x%08llx", (unsigned long long)p.vaddr);
	report_cell_num(r, p.filesz, "%llu", (unsigned long long)p.filesz);
	report_cell_num(r, p.memsz, "%llu", (unsigned long long)p.memsz);
	report_cell_text(r, "%s%s%s %s%s%s", p.flags & 4 ? "r" : "-", p.flags & 2 ? "w" : "-",
			 p.flags & 1 ? "x" : "-", cw_mbn_access_name(p.flags),
			 p.flags & CW_MBN_FLAG_PAGED ? " paged" : "",
			 p.flags & CW_MBN_FLAG_RELOCATABLE ? " relocatable" : "");
	report_cell_num(r, p.flags, "0x%08x", p.flags);
	report_cell_text(r, "%s", hash_word(s, i, &p));
	report_cell_text(r, "%s", digest);
}

/* Of several ELF files, all but the first are told by their offset. */
static void part_prefix(const struct shown *s, char ret[32])
{
	ret[0] = '\0';
	if (s->base)
		snprintf(ret, 32, "ELF at %llu, ", (unsigned long long)s->base);
}

static void place_segment(const struct shown *s, unsigned i)
{
	struct cw_mbn_phdr p;
	char prefix[32];

	cw_mbn_phdr(s->file, &s->elf, i, &p);
	if (!cw_mbn_loadable(&p))
		return;
	part_prefix(s, prefix);
	inspect_place_segment(s->i,
			      &(struct inspect_place){.at = p.paddr,
						      .size = p.memsz,
						      .access = p.flags & 7},
			      p.filesz, prefix, i);
}

/* The hash segment's parts are named by themselves. */
static void name_segment(const struct shown *s, unsigned i)
{
	struct cw_mbn_phdr p;
	struct cw_span bytes;
	char prefix[32];

	cw_mbn_phdr(s->file, &s->elf, i, &p);
	if (!p.filesz || (s->opened && i == s->mbn.hash_index))
		return;
	if (s->opened ? cw_mbn_bytes(&s->mbn, i, &bytes, NULL)
		      : !cw_span_cut(s->file, p.offset, p.filesz, &bytes))
		return;
	part_prefix(s, prefix);
	inspect_part(s->i, bytes, s->opened && s->mbn.split ? CW_NO_OFFSET : s->base + p.offset,
		     "%ssegment 0x%08llx", prefix, (unsigned long long)p.paddr);
}

static void name_parts(const struct shown *s)
{
	const struct cw_mbn_hash *h = &s->mbn.hash;
	char prefix[32];

	part_prefix(s, prefix);
	for (unsigned i = 0; i < CW_MBN_PARTS; i++)
		if (h->part[i].len)
			inspect_part(s->i, h->part[i], cw_mbn_part_at(h, i), "%s%s", prefix,
				     cw_mbn_part_name(i));
}

static void show_segments(const struct shown *s)
{
	static const struct report_column columns[] = {
		{"index", "#", true},
		{"type", "type", false},
		{"segment", "segment", false},
		{"offset", "at byte", true},
		{"paddr", "physical", true},
		{"vaddr", "virtual", true},
		{"filesz", "bytes", true},
		{"memsz", "memory", true},
		{"flags_in_words", "flags", false},
		{"flags", NULL, true},
		{"hash", "hash", false},
		{"digest", NULL, false},
	};

	report_open(s->i->r, "segment_table", "segments");
	report_table_open(s->i->r, "segments", columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; i < s->elf.phnum; i++) {
		show_segment(s, i);
		name_segment(s, i);
		place_segment(s, i);
	}
	report_table_close(s->i->r);
	report_close(s->i->r);
}

/* The first segment that is not what the table says, as the judge words it. */
static int shown_digest(void *ctx, const struct cw_mbn *m, unsigned i, unsigned algorithm,
			uint8_t ret[CW_MBN_DIGEST_MAX], struct cw_refusal *r)
{
	const struct shown *s = ctx;

	memcpy(ret, s->digests[i], CW_MBN_DIGEST_MAX);
	return 0;
}

static void mark_segments(struct shown *s)
{
	struct cw_mbn_env env = {.ctx = s, .digest = shown_digest};
	struct cw_refusal r;

	if (!s->digests)
		return;
	for (unsigned i = 0; i < s->elf.phnum; i++)
		if (cw_mbn_check_segment(&s->mbn, &env, i, &r))
			inspect_mark(s->i, &r);
}

/* ---- the hash segment ---- */

static void show_words(struct report *r, uint32_t version, const uint32_t *word)
{
	report_open(r, "header", "hash segment header, version %u", version);
	for (unsigned i = 0; i < cw_mbn_words(version); i++)
		report_num(r, cw_mbn_word_key(version, i), NULL, word[i], NULL);
	for (unsigned i = 0; i < cw_mbn_words(version) && !report_is_json(r); i++)
		report_line(r, false, "%-30s %10u  0x%08x", cw_mbn_word_name(version, i), word[i],
			    word[i]);
	report_close(r);
}

static void show_parts(struct report *r, const struct cw_mbn_hash *h)
{
	static const struct report_column columns[] = {
		{"part", "part", false},
		{"offset", "at byte of segment", true},
		{"size", "bytes", true},
	};

	report_open(r, "part_table", "parts");
	report_table_open(r, "parts", columns, 3);
	for (unsigned i = 0; i < CW_MBN_PARTS; i++) {
		if (!h->part[i].len)
			continue;
		report_cell_text(r, "%s", cw_mbn_part_name(i));
		report_cell_num(r, (uint64_t)(h->part[i].ptr - h->segment.ptr), "%zu",
				(size_t)(h->part[i].ptr - h->segment.ptr));
		report_cell_num(r, h->part[i].len, "%zu", h->part[i].len);
	}
	if (h->rest) {
		report_cell_text(r, "room behind");
		report_cell_num(r, h->segment.len - h->rest, "%zu", h->segment.len - h->rest);
		report_cell_num(r, h->rest, "%zu", h->rest);
	}
	report_table_close(r);
	report_close(r);
}

static void show_common(struct report *r, const struct cw_mbn_hash *h)
{
	static const char *const measure[] = {"none",
					      "hardware register",
					      "hardware register",
					      "firmware register",
					      "firmware register",
					      "firmware register",
					      "firmware register"};
	struct cw_mbn_common c;

	if (!cw_mbn_common(h, &c))
		return;
	report_open(r, "common", "common metadata");
	report_text(r, "metadata_version", "version", "%u.%u", c.major, c.minor);
	report_num(r, "software_id", "SW_ID", c.software_id, "0x%x (%s)", c.software_id,
		   cw_mbn_software_name(c.software_id));
	report_num(r, "app_id", "app id", c.app_id, "0x%x", c.app_id);
	report_num(r, "hash_algorithm", "hash algorithm", c.hash_algorithm, "%u (%s)",
		   c.hash_algorithm,
		   c.hash_algorithm == CW_MBN_SHA256   ? "SHA-256"
		   : c.hash_algorithm == CW_MBN_SHA384 ? "SHA-384"
						       : "unknown");
	report_num(r, "measurement", "measurement", c.measurement, "%u (%s)", c.measurement,
		   c.measurement < 7 ? measure[c.measurement] : "unknown");
	report_close(r);
}

/* ---- authorities ---- */

/* Chain, signature and binding of one that signed, each as far as it goes. */
static void show_signature(struct shown *s, enum cw_mbn_authority who, uint32_t root_index,
			   const struct cw_chain *chain)
{
	const struct cw_mbn_hash *h = &s->mbn.hash;
	enum cw_mbn_part part = cw_mbn_signature_part(who);
	struct cw_mbn_message message;
	enum cw_scheme scheme;
	struct cw_refusal r;
	bool linked;

	if (!cw_chain_scheme(chain, &scheme, &r))
		report_text(s->i->r, "scheme", "signature", "%s", cw_scheme_name(scheme));
	linked = !cw_chain_check(chain, root_index, NULL, &r);
	report_bool(s->i->r, "chain_good", NULL, linked);
	report_text(s->i->r, NULL, "chain", "%s",
		    linked ? "each certificate is signed by the next" : "BROKEN");
	if (!linked)
		inspect_mark(s->i, &r);
	cw_mbn_message(h, who, &message);
	linked = !cw_chain_verify(chain, message.parts, message.n, h->part[part],
				  cw_mbn_part_at(h, part), &r);
	report_bool(s->i->r, "signature_good", NULL, linked);
	report_text(s->i->r, NULL, "checked", "%s",
		    linked ? "the leaf signed header, metadata and hash table" : "SIGNATURE WRONG");
	if (!linked)
		inspect_mark(s->i, &r);
	report_text(s->i->r, "trust", "trust", "not checked: verify --root compares the root");
}

static void show_authority(struct shown *s, enum cw_mbn_authority who)
{
	const struct cw_mbn_hash *h = &s->mbn.hash;
	uint64_t at = cw_mbn_part_at(h, cw_mbn_chain_part(who));
	cw_cleanup(cw_chain_freep) struct cw_chain *chain = NULL;
	struct cw_mbn_binding b = {0};
	struct cw_refusal r = {0};
	int bound;

	report_open(s->i->r, who == CW_MBN_OEM ? "oem" : "qti", "signed by %s",
		    cw_mbn_authority_name(who));
	if (cw_chain_read(h->part[cw_mbn_chain_part(who)], at, &chain, &r))
		inspect_mark(s->i, &r);
	if (h->version >= 6)
		bound = cw_mbn_metadata(h, who, &b, &r);
	else
		bound = chain ? cw_mbn_leaf_binding(chain,
						    h->header_size + h->part[CW_MBN_TABLE].len, at,
						    &b, &r)
			      : -1;
	if (!bound)
		cli_mbn_tell_binding(s->i->r, h->version, &b);
	else if (chain || h->version >= 6)
		inspect_mark(s->i, &r);
	if (chain) {
		show_signature(s, who, b.root_index, chain);
		cli_mbn_tell_chain(s->i->r, chain);
	}
	report_close(s->i->r);
}

/* A header that could be found although the rest is broken. */
static void show_broken_header(const struct shown *s)
{
	int found = cw_mbn_find_hash(s->file, &s->elf);
	uint32_t word[CW_MBN_WORDS_MAX];
	struct cw_mbn_phdr p;

	if (found < 0)
		return;
	cw_mbn_phdr(s->file, &s->elf, (unsigned)found, &p);
	if (!cw_range_inside(p.offset, 48, s->file.len))
		return;
	for (unsigned i = 0; i < CW_MBN_WORDS_MAX; i++)
		word[i] = cw_get_le32(s->file.ptr + p.offset + 4 * i);
	if (cw_mbn_words(word[1]))
		show_words(s->i->r, word[1], word);
}

static void show_hash(struct shown *s)
{
	struct report *r = s->i->r;

	if (!s->opened) {
		show_broken_header(s);
		inspect_mark(s->i, &s->why);
		return;
	}
	show_words(r, s->mbn.hash.version, s->mbn.hash.word);
	show_parts(r, &s->mbn.hash);
	name_parts(s);
	report_text(r, "digest", NULL, "%s", s->mbn.digest_size == 32 ? "SHA-256" : "SHA-384");
	show_common(r, &s->mbn.hash);
	if (cw_mbn_signed_by(&s->mbn.hash, CW_MBN_OEM))
		show_authority(s, CW_MBN_OEM);
	else
		report_line(r, true, "not signed by the OEM");
	if (cw_mbn_signed_by(&s->mbn.hash, CW_MBN_QTI))
		show_authority(s, CW_MBN_QTI);
}

/* ---- the whole ---- */

static void show_image(struct shown *s)
{
	struct cw_progress progress = cli_progress("inspect");
	struct cw_refusal r;

	s->opened = !cw_mbn_open(s->file, s->base, &s->files, &s->mbn, &s->why);
	if (s->opened) {
		s->digests = calloc(s->elf.phnum, sizeof(*s->digests));
		if (s->digests && cw_mbn_hash_all(&s->mbn, s->digests, &progress, &r)) {
			inspect_mark(s->i, &r);
			free(s->digests);
			s->digests = NULL;
		}
	}
	show_elf(s);
	show_segments(s);
	if (!s->opened && cw_mbn_find_hash(s->file, &s->elf) == -1)
		report_line(s->i->r, false, "no hash segment: not signed");
	else
		show_hash(s);
	mark_segments(s);
	free(s->digests);
	s->digests = NULL;
}

/* Behind the last ELF file may be anything, but not the first bytes of another. */
static void mark_tail(struct inspect *i, size_t end)
{
	struct cw_refusal r;
	size_t len = end < i->file.len ? i->file.len - end : 0;

	if (!len || len >= CW_ELF32_EHDR_SIZE ||
	    memcmp(i->file.ptr + end, "\177ELF", len < 4 ? len : 4))
		return;
	cw_refuse(&r, CW_CODE_TRUNCATED, i->file.len,
		  "an ELF file begins at byte %zu and ends inside its header, after %zu bytes", end, len);
	inspect_mark(i, &r);
}

static void show_all(struct inspect *i, const struct cw_mbn_files *files)
{
	struct shown s = {.i = i};
	struct cw_refusal r;
	size_t pos = 0;

	report_list_open(i->r, "images");
	for (unsigned n = 0; n < ELFS_MAX && cli_mbn_next(i->file, &pos, &s.file, &s.base); n++) {
		s.files = *files;
		report_open(i->r, NULL, "ELF file at byte %llu, %zu bytes",
			    (unsigned long long)s.base, s.file.len);
		report_num(i->r, "offset", NULL, s.base, NULL);
		report_num(i->r, "size", NULL, s.file.len, NULL);
		if (cw_mbn_elf(s.file, s.base, &s.elf, &r))
			inspect_mark(i, &r);
		else
			show_image(&s);
		report_close(i->r);
	}
	report_list_close(i->r);
	mark_tail(i, pos);
}

void inspect_mbn(struct inspect *i, const char *path)
{
	struct cw_mbn_files files = {.part = cli_mbn_part};

	/* Kept until inspect_done(): parts that were named lie in them. */
	i->files = calloc(1, sizeof(*i->files));
	if (i->files) {
		i->files->path = path;
		files.ctx = i->files;
	} else {
		files.part = NULL;
	}
	show_all(i, &files);
}
