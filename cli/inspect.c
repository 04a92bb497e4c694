// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect.c - corewarden inspect: what kind of file it is, and the summary */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/mbn.h"
#include "host/cleanup.h"
#include "image/csffw.h"
#include "image/rproc.h"
#include "image/ta_header.h"

static const char help[] =
	"usage: corewarden inspect FILE [options]\n\n"
	"Shows everything in a file: a signed container, an ELF file, a Qualcomm image, the signed file of a trusted\n"
	"application, firmware of a Mali GPU, or the dump of a resource table; also when it is compressed (.zst, .xz). Of a\n"
	"broken file it shows what there is, and marks with !! what is wrong. Nothing is checked against a key:\n"
	"'corewarden verify' does that.\n\n"
	"  --json            for programs\n"
	"  --svg OUT         draw the memory map instead, as a picture\n"
	"  -b, --board B     with --svg: on this board, with what the normal world may see\n"
	"      --rproc NAME  with --svg: the processor, when the board has several\n";

enum { OPT_JSON = 256, OPT_SVG, OPT_RPROC };

struct options {
	bool json;
	struct inspect_picture picture;
};

static const struct option longs[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"svg", required_argument, NULL, OPT_SVG},
	{"board", required_argument, NULL, 'b'},
	{"rproc", required_argument, NULL, OPT_RPROC},
	{"help", no_argument, NULL, 'h'},
	{},
};

void inspect_mark(struct inspect *i, const struct cw_refusal *refusal)
{
	if (!i->broken)
		i->first = *refusal;
	i->broken = true;
	if (report_is_json(i->r))
		report_remark(i->r, "broken", "%s", refusal->text);
	else if (refusal->offset == CW_NO_OFFSET)
		report_line(i->r, true, "!! %s", refusal->text);
	else
		report_line(i->r, true, "!! at byte %llu: %s", (unsigned long long)refusal->offset,
			    refusal->text);
}

/* Room for one more of a list's @n items of @item bytes; NULL: there is none, and @i->failed. */
static void *grow(struct inspect *i, void *list, size_t n, size_t *size, size_t item)
{
	void *more;

	if (i->failed || n < *size)
		return i->failed ? NULL : list;
	more = reallocarray(list, *size ? 2 * *size : 32, item);
	if (more)
		*size = *size ? 2 * *size : 32;
	i->failed = !more;
	return more;
}

void inspect_part(struct inspect *i, struct cw_span bytes, uint64_t at, const char *fmt, ...)
{
	struct inspect_part *list, *p;
	va_list ap;

	if (!i->keep_parts)
		return;
	list = grow(i, i->parts, i->n_parts, &i->parts_size, sizeof(*p));
	if (!list)
		return;
	i->parts = list;
	p = &i->parts[i->n_parts++];
	*p = (struct inspect_part){.bytes = bytes, .at = at};
	va_start(ap, fmt);
	vsnprintf(p->name, sizeof(p->name), fmt, ap);
	va_end(ap);
}

void inspect_place(struct inspect *i, const struct inspect_place *place, const char *fmt, ...)
{
	struct inspect_place *list, *p;
	va_list ap;

	if (!i->keep_places || !place->size)
		return;
	list = grow(i, i->places, i->n_places, &i->places_size, sizeof(*p));
	if (!list)
		return;
	i->places = list;
	p = &i->places[i->n_places++];
	*p = *place;
	va_start(ap, fmt);
	vsnprintf(p->name, sizeof(p->name), fmt, ap);
	va_end(ap);
}

void inspect_place_segment(struct inspect *i, const struct inspect_place *whole, uint64_t bytes,
			   const char *prefix, unsigned n)
{
	struct inspect_place at = *whole;

	at.kind = INSPECT_SEGMENT;
	at.size = bytes < whole->size ? bytes : whole->size;
	inspect_place(i, &at, "%ssegment %u", prefix, n);
	at.kind = INSPECT_ZERO;
	at.at += at.size;
	at.size = whole->size - at.size;
	inspect_place(i, &at, "%ssegment %u, zeroed", prefix, n);
}

static void tell_format(struct inspect *i, const char *word, const char *text)
{
	report_text(i->r, "format", "format", "%s", word);
	report_text(i->r, NULL, "", "%s", text);
}

static void show_unknown(struct inspect *i)
{
	struct cw_span head = cw_span(i->file.ptr, i->file.len < 16 ? i->file.len : 16);
	struct cw_refusal r;
	char text[80];

	tell_format(i, "unknown", "no format that is known here");
	report_text(i->r, "first_bytes", "begins with", "%s",
		    cli_printable(head, text, sizeof(text)));
	cw_refuse(&r, i->file.len ? CW_CODE_MAGIC : CW_CODE_TRUNCATED, 0,
		  i->file.len ? "no known format begins like this" : "the file is empty");
	inspect_mark(i, &r);
	inspect_part(i, i->file, 0, "file");
}

static bool is_elf(struct cw_span file)
{
	return file.len >= 4 && !memcmp(file.ptr, "\177ELF", 4);
}

static void show_elf(struct inspect *i)
{
	bool wide = i->file.len > 4 && i->file.ptr[4] == 2;

	tell_format(i, wide ? "elf64" : "elf",
		    wide ? "ELF file of 64 bits, not signed" : "ELF file, not signed");
	report_open(i->r, "elf", "ELF file");
	if (wide)
		inspect_elf64(i, i->file, 0);
	else
		inspect_elf(i, i->file, 0, "the file");
	report_close(i->r);
}

static void show(struct inspect *i, const char *path)
{
	uint32_t magic = 0;

	cw_span_u32(i->file, 0, &magic);
	if (magic == CW_RPROC_MAGIC) {
		if (inspect_old_layout(i))
			return;
		tell_format(i, "rproc", "signed remoteproc container");
		inspect_container(i);
	} else if (cli_is_mbn(i->file)) {
		tell_format(i, "mbn", "Qualcomm image (MBN)");
		inspect_mbn(i, path);
	} else if (is_elf(i->file)) {
		show_elf(i);
	} else if (magic == CW_TA_MAGIC) {
		tell_format(i, "ta", "signed trusted application");
		inspect_ta(i);
	} else if (magic == CW_CSF_MAGIC) {
		tell_format(i, "mali-csffw", "firmware of a Mali GPU (CSF)");
		inspect_csffw(i);
	} else if (inspect_is_table(i->file)) {
		tell_format(i, "resource-table", "resource table, as in memory");
		inspect_table(i, i->file, 0);
	} else {
		show_unknown(i);
	}
}

static void summary(struct inspect *i)
{
	if (!i->broken) {
		report_null(i->r, "first_broken");
		return;
	}
	report_open(i->r, "first_broken", "first broken thing");
	report_text(i->r, "code", "kind", "%s", cw_code_name(i->first.code));
	if (i->first.offset != CW_NO_OFFSET)
		report_num(i->r, "offset", "at byte", i->first.offset, "%llu (0x%llx)%s",
			   (unsigned long long)i->first.offset,
			   (unsigned long long)i->first.offset,
			   i->in_packed ? " of the compressed file" : "");
	else
		report_null(i->r, "offset");
	if (i->content.packing != CLI_PLAIN)
		report_text(i->r, "of", NULL, "%s", i->in_packed ? "compressed" : "contents");
	report_text(i->r, "sentence", "what", "%s", i->first.text);
	report_close(i->r);
}

/* What a compressed file holds takes its place. */
static int unpack(struct inspect *i, struct cw_error *err)
{
	int r;

	if (cli_packing(i->file) == CLI_PLAIN)
		return 0;
	r = cli_unpack(i->file, CLI_UNPACKED_MAX, &i->content, err);
	if (r < 0)
		return r;
	i->file = cw_span(i->content.bytes, i->content.len);
	return 0;
}

int inspect_path(struct inspect *i, const char *path, struct cw_error *err)
{
	size_t len;
	int r = cli_read_file(path, &i->bytes, &len, err);

	if (r < 0)
		return r;
	i->file = cw_span(i->bytes, len);
	r = unpack(i, err);
	if (r < 0)
		return r;
	report_line(i->r, false, "%s: %zu bytes", path, len);
	report_bool(i->r, "ok", NULL, true);
	report_text(i->r, "file", NULL, "%s", path);
	report_num(i->r, "size", NULL, len, NULL);
	if (i->content.packing != CLI_PLAIN)
		cli_unpack_tell(i->r, &i->content);
	if (i->content.broken) {
		inspect_mark(i, &i->content.why);
		i->in_packed = true;
	}
	show(i, path);
	summary(i);
	return 0;
}

void inspect_done(struct inspect *i)
{
	if (i->files)
		cli_mbn_files_done(i->files);
	free(i->files);
	free(i->parts);
	free(i->places);
	free(i->bytes);
	cli_unpack_done(&i->content);
}

static int parse(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = cli_getopt(argc, argv, ":hb:", longs)) != -1) {
		switch (c) {
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_SVG:
			o->picture.out = optarg;
			break;
		case OPT_RPROC:
			o->picture.rproc = optarg;
			break;
		case 'b':
			o->picture.board = optarg;
			break;
		case 'h':
			return -1;
		default:
			return CLI_USAGE;
		}
	}
	if (argc - optind != 1)
		return cli_usage("inspect", "%s",
				 optind < argc ? "one file at a time" : "no file given");
	o->picture.file = argv[optind];
	if (!o->picture.out && (o->picture.board || o->picture.rproc))
		return cli_usage("inspect", "--board and --rproc belong to --svg");
	if (o->picture.out && o->json)
		return cli_usage("inspect", "--svg draws, --json tells: one of them");
	if (o->picture.rproc && !o->picture.board)
		return cli_usage("inspect", "--rproc needs --board");
	return CLI_DONE;
}

int cmd_inspect(int argc, char **argv)
{
	struct options o = {0};
	struct inspect i = {0};
	struct cw_error err;
	int r = parse(&o, argc, argv);

	if (r)
		return r < 0 ? cli_help(help) : r;
	if (o.picture.out)
		return inspect_draw(&o.picture);
	i.r = report_new(o.json);
	if (!i.r)
		return CLI_REFUSED;
	r = inspect_path(&i, o.picture.file, &err);
	inspect_done(&i);
	if (r < 0) {
		report_drop(i.r);
		cw_error_wrap(&err, r, "inspect");
		return cli_fail(o.json, &err);
	}
	return report_end(i.r) ? CLI_REFUSED : CLI_DONE;
}
