// SPDX-License-Identifier: BSD-2-Clause
/* cli/verify.c - corewarden verify: the judge, off-line */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/map.h"
#include "cli/mbn.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/unpack.h"
#include "host/cleanup.h"
#include "image/rsc_table.h"
#include "sign/offline.h"

static const char help[] =
	"usage: corewarden verify FILE --key PUB [options]\n"
	"       corewarden verify FILE --root CERT|DIGEST|self [options]     Qualcomm images; see --root self --help\n"
	"       corewarden verify FILE --tee[=NAME] [options]                ask a TEE to judge; see --tee --help\n\n"
	"Judges an image exactly as the trusted loader of a board does, without loading it. Exit status 0: it would\n"
	"boot; 1: it is refused, and one sentence says what, where and why.\n\n"
	"  -k, --key PUB             the trusted key: public key or certificate, PEM or DER\n"
	"  -b, --board BOARD         check the memory map of this board too: a name, or the path of a .dtb\n"
	"      --rproc NAME          its processor, when it has several\n"
	"      --require WORDS       what the board insists on: version,target,headers\n"
	"      --minimum-version N   the firmware version that the board has run\n"
	"      --json                result as JSON\n";

struct verify {
	const char *file, *key_name, *board, *rproc;
	struct cw_offline offline;
	struct cw_offline_result result;
	struct cw_refusal refusal;
	struct cli_map map;
	struct cw_key *key;
	uint8_t *bytes;
	bool json;
};

static void verify_done(struct verify *v)
{
	cw_offline_done(&v->result);
	cw_key_free(v->key);
	free(v->bytes);
}

/* ---- options ---- */

enum { OPT_RPROC = 256, OPT_REQUIRE, OPT_MINIMUM, OPT_JSON };

static const struct option longs[] = {
	{"key", required_argument, NULL, 'k'},
	{"board", required_argument, NULL, 'b'},
	{"rproc", required_argument, NULL, OPT_RPROC},
	{"require", required_argument, NULL, OPT_REQUIRE},
	{"minimum-version", required_argument, NULL, OPT_MINIMUM},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{},
};

static int take_option(struct verify *v, int c)
{
	switch (c) {
	case 'k':
		v->key_name = optarg;
		break;
	case 'b':
		v->board = optarg;
		break;
	case OPT_RPROC:
		v->rproc = optarg;
		break;
	case OPT_REQUIRE:
		return cli_require("verify", optarg, &v->offline.policy.require);
	case OPT_MINIMUM:
		if (!cli_number(optarg, UINT64_MAX, &v->offline.policy.minimum_version))
			return cli_usage("verify", "minimum version '%s' is no 64-bit number",
					 optarg);
		break;
	case OPT_JSON:
		v->json = true;
		break;
	}
	return CLI_DONE;
}

static int parse(struct verify *v, int argc, char **argv)
{
	int c, status;

	while ((c = cli_getopt(argc, argv, ":k:b:h", longs)) != -1) {
		if (c == '?')
			return CLI_USAGE;
		if (c == 'h')
			return -1;
		status = take_option(v, c);
		if (status)
			return status;
	}
	if (argc - optind != 1)
		return cli_usage("verify", "%s",
				 optind < argc ? "one file at a time" : "no file given");
	v->file = argv[optind];
	if (!v->key_name)
		return cli_usage("verify", "which key is trusted? give --key PUB, or --root for a "
					   "Qualcomm image");
	if (v->rproc && !v->board)
		return cli_usage("verify", "--rproc needs --board");
	return CLI_DONE;
}

/* ---- work ---- */

/* Everything up to the judgement. */
static int prepare(struct verify *v, struct cw_error *err)
{
	size_t len;
	int r = cw_key_load_public(v->key_name, &v->key, err);

	if (!r)
		r = cli_read_file(v->file, &v->bytes, &len, err);
	if (!r)
		r = cli_unpack_file(v->file, &v->bytes, &len, err);
	if (r < 0)
		return r;
	v->offline.file = cw_span(v->bytes, len);
	v->offline.progress = cli_progress("verify");
	v->offline.key = v->key;
	if (!v->board)
		return 0;
	r = cli_map_load(v->board, v->rproc, &v->map, err);
	if (r < 0)
		return r;
	v->offline.map = &v->map;
	v->offline.check_range = cli_map_check_range;
	v->offline.canonical = cli_map_canonical;
	v->offline.policy.compatible = v->map.rproc->compatible;
	return 0;
}

/* A Qualcomm image is an ELF file, too, but who has one does not want to hear of a signature that is missing. */
static int judge(struct verify *v)
{
	int code = cw_offline_judge(&v->offline, &v->result, &v->refusal);
	struct cw_mbn_elf elf;

	if (code != -CW_CODE_PLAIN_ELF || cw_mbn_elf(v->offline.file, 0, &elf, NULL) ||
	    cw_mbn_find_hash(v->offline.file, &elf) == -1)
		return code;
	return cw_refuse(&v->refusal, CW_CODE_UNSUPPORTED, 0,
			 "this is a Qualcomm image, which is held to the root of its certificates "
			 "and not to a key: give --root instead of --key");
}

/* ---- the answer ---- */

static void tell_key(struct report *r, const struct verify *v)
{
	report_open(r, "key", NULL);
	report_text(r, "kind", "trusted key", "%s", cw_key_kind(v->key));
	report_text(r, "fingerprint", "fingerprint", "%s", cw_key_fingerprint(v->key));
	report_close(r);
}

static void tell_board(struct report *r, const struct verify *v)
{
	if (!v->board) {
		report_null(r, "board");
		report_line(r, false, "  memory map        not checked: no --board given");
		return;
	}
	report_open(r, "board", NULL);
	report_text(r, "name", NULL, "%s", v->board);
	report_text(r, "model", "board", "%s", v->map.board.model);
	report_text(r, "rproc", "processor", "%s (%s)", v->map.rproc->name,
		    v->map.rproc->compatible);
	report_close(r);
}

static void tell_records(struct report *r, const struct cw_rproc_container *image)
{
	char text[128];

	report_text(r, "digest", NULL, "%s", (cw_hex_encode(image->digest, 32, text), text));
	if (image->has_version)
		report_num(r, "version", "version", image->version, NULL);
	else
		report_text(r, NULL, "version",
			    "none: an older image cannot be told from this one");
	if (image->target.len)
		report_text(r, "target", "made for", "%s",
			    cli_printable(image->target, text, sizeof(text)));
	else
		report_text(r, NULL, "made for", "any processor (no target record)");
	report_bool(r, "headers_signed", NULL, image->headers.len);
	if (image->flags & CW_RPROC_FLAG_DEBUGGABLE)
		report_text(r, NULL, "debuggable", "yes");
	report_bool(r, "encrypted", NULL, image->encryption.len);
	if (image->encryption.len)
		report_text(r, NULL, "encrypted",
			    "yes: checked here are signature, headers and the ciphertext's hashes; tags, "
			    "contents and resource table only by the board that has the key");
	report_bool(r, "debuggable", NULL, image->flags & CW_RPROC_FLAG_DEBUGGABLE);
}

static void tell_segment(struct report *r, const struct verify *v, const struct cw_rproc_segment *s)
{
	const struct cw_board_region *region = NULL;
	uint64_t pa = 0;

	if (v->board)
		region = cli_map_region(&v->map, s->paddr, s->memsz, &pa);
	report_cell_num(r, s->image, "%u", s->image);
	report_cell_num(r, s->index, "%u", s->index);
	report_cell_num(r, s->paddr, "0x%08x-0x%08x", s->paddr, s->paddr + s->memsz - 1);
	report_cell_num(r, s->filesz, "%u", s->filesz);
	report_cell_num(r, s->memsz - s->filesz, "%u", s->memsz - s->filesz);
	report_cell_text(r, "%s%s%s", s->flags & 4 ? "r" : "-", s->flags & 2 ? "w" : "-",
			 s->flags & 1 ? "x" : "-");
	report_cell_text(r, "%s", region ? region->name : "");
	report_cell_num(r, pa, "0x%08llx", (unsigned long long)pa);
}

static void tell_segments(struct report *r, const struct verify *v)
{
	const struct report_column columns[] = {
		{"image", "image", true},
		{"segment", "segment", true},
		{"da", "device address", false},
		{"bytes", "bytes", true},
		{"zeroed", "zeroed", true},
		{"flags", "flags", false},
		{"region", v->board ? "region" : NULL, false},
		{"pa", v->board ? "physical" : NULL, false},
	};

	report_open(r, "load", "would load");
	report_table_open(r, "segments", columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; i < v->result.image.n_segments; i++)
		tell_segment(r, v, &v->result.image.segments[i]);
	report_table_close(r);
	report_close(r);
}

static void tell_table(struct report *r, const struct cw_rproc_container *image)
{
	unsigned entries;

	if (!image->rsc_size) {
		report_null(r, "resource_table");
		report_line(r, false, "  no resource table: no rpmsg, no trace");
		return;
	}
	if (!image->rsc_table.len) {
		report_open(r, "resource_table", NULL);
		report_num(r, "da", "resource table", image->rsc_addr, "0x%08x, %u bytes, encrypted",
			   image->rsc_addr, image->rsc_size);
		report_num(r, "size", NULL, image->rsc_size, NULL);
		report_null(r, "entries");
		report_close(r);
		return;
	}
	entries = cw_rsc_count(image->rsc_table);
	report_open(r, "resource_table", NULL);
	report_num(r, "da", "resource table", image->rsc_addr, "0x%08x, %u bytes, %u entr%s",
		   image->rsc_addr, image->rsc_size, entries, entries == 1 ? "y" : "ies");
	report_num(r, "size", NULL, image->rsc_size, NULL);
	report_num(r, "entries", NULL, entries, NULL);
	report_close(r);
}

static void tell_exposed(struct report *r, const struct verify *v)
{
	const struct cw_rproc_container *image = &v->result.image;
	const char *soc = v->board ? cli_map_exposed(&v->map) : NULL;

	report_line(r, false, "%s", "");
	if (soc)
		report_remark(r, "exposed", "%s", soc);
	if (!image->headers.len)
		report_remark(
			r, "exposed",
			"the ELF header is not signed (no record 0x1c001): its entry point can be "
			"changed unnoticed");
	if (!image->has_version)
		report_remark(
			r, "exposed",
			"no version is signed (no record 0x1c002): any older image of this key "
			"can replace this one");
}

static int tell(const struct verify *v, int code)
{
	struct report *r = report_new(v->json);

	if (!r)
		return CLI_REFUSED;
	if (code)
		report_line(r, true, "%s: refused", v->file);
	else
		report_line(r, false, "%s: would boot%s", v->file,
			    v->result.image.encryption.len ? " on the board that has its key" : "");
	report_bool(r, "ok", NULL, !code);
	cli_report_verdict(r, code, &v->refusal);
	tell_key(r, v);
	tell_board(r, v);
	if (!code) {
		report_open(r, "image", NULL);
		tell_records(r, &v->result.image);
		report_close(r);
		tell_segments(r, v);
		tell_table(r, &v->result.image);
		tell_exposed(r, v);
	}
	return report_end(r) || code ? CLI_REFUSED : CLI_DONE;
}

/* --root is the other judge's option. */
static bool wants_mbn(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--root") || !strncmp(argv[i], "--root=", 7))
			return true;
	return false;
}

/* --tee is the option of those who ask another judge. */
static bool wants_tee(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--tee") || !strncmp(argv[i], "--tee=", 6))
			return true;
	return false;
}

int cmd_verify(int argc, char **argv)
{
	cw_cleanup(verify_done) struct verify v = {0};
	struct cw_error err;
	int code, status;

	if (wants_mbn(argc, argv))
		return cmd_verify_mbn(argc, argv);
	if (wants_tee(argc, argv))
		return cmd_verify_tee(argc, argv);
	status = parse(&v, argc, argv);
	if (status)
		return status < 0 ? cli_help(help) : status;
	if (prepare(&v, &err) < 0) {
		cw_error_wrap(&err, err.code, "verify");
		return cli_fail(v.json, &err);
	}
	code = judge(&v);
	status = tell(&v, code);
	if (code)
		cli_tell_refusal(v.file, code, &v.refusal);
	return status;
}
