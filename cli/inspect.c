// SPDX-License-Identifier: BSD-2-Clause
/* cli/inspect.c - corewarden inspect: what kind of file it is, and the summary */
#include "cli/cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/mbn.h"
#include "host/cleanup.h"
#include "image/rproc.h"
#include "image/ta_header.h"

static const char help[] =
	"usage: corewarden inspect FILE [--json]\n\n"
	"Shows everything in a file: a signed container, an ELF file, the signed file of a trusted application, or the\n"
	"dump of a resource table. Of a broken file it shows what there is, and marks with !! what is wrong. Nothing is\n"
	"checked against a key: 'corewarden verify' does that.\n";

enum { OPT_JSON = 256 };

static const struct option longs[] = {
	{"json", no_argument, NULL, OPT_JSON},
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

	tell_format(i, "unknown", "neither container, ELF, TA nor resource table");
	report_text(i->r, "first_bytes", "begins with", "%s",
		    cli_printable(head, text, sizeof(text)));
	cw_refuse(&r, i->file.len ? CW_CODE_MAGIC : CW_CODE_TRUNCATED, 0,
		  i->file.len ? "no known format begins like this" : "the file is empty");
	inspect_mark(i, &r);
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
	} else if (i->file.len >= 4 && !memcmp(i->file.ptr, "\177ELF", 4)) {
		tell_format(i, "elf", "ELF file, not signed");
		report_open(i->r, "elf", "ELF file");
		inspect_elf(i, i->file, 0, "the file");
		report_close(i->r);
	} else if (magic == CW_TA_MAGIC) {
		tell_format(i, "ta", "signed trusted application");
		inspect_ta(i);
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
		report_num(i->r, "offset", "at byte", i->first.offset, "%llu (0x%llx)",
			   (unsigned long long)i->first.offset,
			   (unsigned long long)i->first.offset);
	else
		report_null(i->r, "offset");
	report_text(i->r, "sentence", "what", "%s", i->first.text);
	report_close(i->r);
}

int cmd_inspect(int argc, char **argv)
{
	cleanup_free uint8_t *bytes = NULL;
	struct inspect i = {0};
	struct cw_error err;
	bool json = false;
	size_t len;
	int c;

	while ((c = cli_getopt(argc, argv, ":h", longs)) != -1) {
		if (c == '?')
			return CLI_USAGE;
		if (c == 'h')
			return cli_help(help);
		json = true;
	}
	if (argc - optind != 1)
		return cli_usage("inspect", "%s",
				 optind < argc ? "one file at a time" : "no file given");
	if (cli_read_file(argv[optind], &bytes, &len, &err) < 0) {
		cw_error_wrap(&err, err.code, "inspect");
		return cli_fail(json, &err);
	}
	i.file = cw_span(bytes, len);
	i.r = report_new(json);
	if (!i.r)
		return CLI_REFUSED;
	report_line(i.r, false, "%s: %zu bytes", argv[optind], len);
	report_bool(i.r, "ok", NULL, true);
	report_text(i.r, "file", NULL, "%s", argv[optind]);
	report_num(i.r, "size", NULL, len, NULL);
	show(&i, argv[optind]);
	summary(&i);
	return report_end(i.r) ? CLI_REFUSED : CLI_DONE;
}
