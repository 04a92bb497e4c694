// SPDX-License-Identifier: BSD-2-Clause
/* cli/verify_mbn.c - corewarden verify --root: the judge of Qualcomm images, off-line */
#include "cli/mbn.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "host/cleanup.h"

static const char help[] =
	"usage: corewarden verify FILE --root CERT|DIGEST|self [options]\n\n"
	"Judges a Qualcomm image (MBN; or the .mdt of a split one) as a secure world does: certificate chain, root,\n"
	"signatures, what they bind, the digest of every segment. Exit status 0: it would be taken; 1: it is refused, and\n"
	"one sentence says what, where and why. What is not given is not compared.\n\n"
	"      --root ROOT           the OEM's trusted root: a certificate, SHA-256 or SHA-384 of one, or 'self': whatever\n"
	"                            root the image brings, which proves integrity only\n"
	"      --qti-root ROOT       QTI's; its signature is then required\n"
	"      --pas NAME            the peripheral that it shall boot, by name or PAS id: adsp, modem, zap, 1\n"
	"      --soc N               the SoC hardware version: 0x6003\n"
	"      --oem N, --model N    what the fuses of the device hold\n"
	"      --min-rollback N      the rollback version that the device has run\n"
	"      --check-validity      certificates must be valid now; devices have no clock and do not ask\n"
	"      --unsigned-container  the first ELF file of several may be unsigned\n"
	"      --json                result as JSON\n";

#define IMAGES_MAX 64

struct verify {
	const char *path, *root_name, *qti_name;
	struct cw_mbn_offline offline;
	struct cw_root root, qti_root;
	struct cli_mbn_files parts;
	struct cw_mbn_verdict images[IMAGES_MAX]; /* signed ones */
	unsigned n_images, n_unsigned;
	bool unsigned_container, json;
	uint8_t *bytes;
	struct cw_span file;
	struct cw_refusal refusal;
};

static void verify_free(struct verify **v)
{
	if (!*v)
		return;
	for (unsigned i = 0; i < (*v)->n_images; i++)
		cw_mbn_verdict_done(&(*v)->images[i]);
	cli_mbn_files_done(&(*v)->parts);
	free((*v)->bytes);
	free(*v);
}

/* ---- options ---- */

enum {
	OPT_ROOT = 256,
	OPT_QTI_ROOT,
	OPT_PAS,
	OPT_SOC,
	OPT_OEM,
	OPT_MODEL,
	OPT_ROLLBACK,
	OPT_VALIDITY,
	OPT_CONTAINER,
	OPT_JSON,
};

static const struct option longs[] = {
	{"root", required_argument, NULL, OPT_ROOT},
	{"qti-root", required_argument, NULL, OPT_QTI_ROOT},
	{"pas", required_argument, NULL, OPT_PAS},
	{"soc", required_argument, NULL, OPT_SOC},
	{"oem", required_argument, NULL, OPT_OEM},
	{"model", required_argument, NULL, OPT_MODEL},
	{"min-rollback", required_argument, NULL, OPT_ROLLBACK},
	{"check-validity", no_argument, NULL, OPT_VALIDITY},
	{"unsigned-container", no_argument, NULL, OPT_CONTAINER},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{},
};

static int take_number(const char *what, bool *has, uint32_t *ret)
{
	uint64_t v;

	if (!cli_number(optarg, UINT32_MAX, &v))
		return cli_usage("verify", "%s '%s' is no 32-bit number", what, optarg);
	if (has)
		*has = true;
	*ret = (uint32_t)v;
	return CLI_DONE;
}

static int take_pas(struct cw_mbn_policy *p)
{
	uint64_t id;

	p->pas = cli_number(optarg, UINT32_MAX, &id) ? cw_mbn_pas_by_id((uint32_t)id)
						     : cw_mbn_pas_by_name(optarg);
	if (p->pas)
		return CLI_DONE;
	fprintf(stderr, "corewarden verify: '%s' is no peripheral; known are:", optarg);
	for (unsigned i = 0; cw_mbn_pas_at(i); i++)
		fprintf(stderr, " %s (%u)", cw_mbn_pas_at(i)->name, cw_mbn_pas_at(i)->id);
	fputc('\n', stderr);
	return CLI_USAGE;
}

static int take_option(struct verify *v, int c)
{
	struct cw_mbn_policy *p = &v->offline.policy;

	switch (c) {
	case OPT_ROOT:
		v->root_name = optarg;
		break;
	case OPT_QTI_ROOT:
		v->qti_name = optarg;
		p->require_qti = true;
		break;
	case OPT_PAS:
		return take_pas(p);
	case OPT_SOC:
		return take_number("SoC version", &p->has_soc, &p->soc);
	case OPT_OEM:
		return take_number("OEM id", &p->has_oem, &p->oem);
	case OPT_MODEL:
		return take_number("model id", &p->has_model, &p->model);
	case OPT_ROLLBACK:
		return take_number("rollback version", NULL, &p->minimum_rollback);
	case OPT_VALIDITY:
		v->offline.when = time(NULL);
		break;
	case OPT_CONTAINER:
		v->unsigned_container = true;
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

	while ((c = cli_getopt(argc, argv, ":h", longs)) != -1) {
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
	v->path = argv[optind];
	v->parts.path = v->path;
	return CLI_DONE;
}

/* ---- work ---- */

static int prepare(struct verify *v, struct cw_error *err)
{
	size_t len;
	int r = cw_root_load(v->root_name, &v->root, err);

	if (!r && v->qti_name)
		r = cw_root_load(v->qti_name, &v->qti_root, err);
	if (!r)
		r = cli_read_file(v->path, &v->bytes, &len, err);
	if (!r)
		r = cli_unpack_file(v->path, &v->bytes, &len, err);
	if (r < 0)
		return r;
	v->file = cw_span(v->bytes, len);
	v->offline.progress = cli_progress("verify");
	v->offline.root = &v->root;
	v->offline.qti_root = v->qti_name ? &v->qti_root : NULL;
	return 0;
}

/* One ELF file of the file. */
static int judge_one(struct verify *v, struct cw_span elf, uint64_t base, bool several)
{
	struct cw_mbn_files files = {.ctx = &v->parts, .part = cli_mbn_part};
	struct cw_mbn_elf e;

	/* Only a file of its own can be split. */
	if (several)
		files.part = NULL;
	if (v->n_images == IMAGES_MAX)
		return cw_refuse(&v->refusal, CW_CODE_LIMIT, base,
				 "more than %d images in one file", IMAGES_MAX);
	if (several && !base && v->unsigned_container && !cw_mbn_elf(elf, 0, &e, NULL) &&
	    cw_mbn_find_hash(elf, &e) == -1) {
		v->n_unsigned++;
		return 0;
	}
	return cw_mbn_offline_judge(elf, base, &files, &v->offline, &v->images[v->n_images++],
				    &v->refusal);
}

/* What no ELF file claims must be padding: else a damaged member of several would go unnoticed. */
static int check_gap(struct verify *v, size_t from, uint64_t to)
{
	for (size_t i = from; i < to && i < v->file.len; i++)
		if (v->file.ptr[i] != 0 && v->file.ptr[i] != 0xFF)
			return cw_refuse(&v->refusal, CW_CODE_MAGIC, i,
					 "the bytes from %zu on belong to no ELF file, and are no "
					 "padding",
					 from);
	return 0;
}

static int judge(struct verify *v)
{
	struct cw_span elf;
	uint64_t base;
	size_t pos = 0, end = 0;
	int code = 0;

	while (!code && cli_mbn_next(v->file, &pos, &elf, &base)) {
		code = judge_one(v, elf, base, base || elf.len < v->file.len);
		if (!code)
			code = check_gap(v, end, base);
		end = pos;
	}
	return code ? code : check_gap(v, end, v->file.len);
}

/* ---- the answer ---- */

static void tell_signer(struct report *r, const struct verify *v, const struct cw_mbn_verdict *d,
			enum cw_mbn_authority who)
{
	const struct cw_mbn_signer *s = &d->signer[who];
	const struct cw_root *root = who == CW_MBN_QTI && v->qti_name ? &v->qti_root : &v->root;
	struct cw_cert_info info;

	if (!s->good)
		return;
	cw_chain_cert(s->chain, 2 + s->binding.root_index, &info);
	report_open(r, who == CW_MBN_OEM ? "oem" : "qti", "signed by %s",
		    cw_mbn_authority_name(who));
	report_text(r, "scheme", "signature", "%s", cw_scheme_name(s->scheme));
	report_text(r, "root", "root", "%s", info.subject);
	report_text(r, "root_sha256", "SHA-256", "%s", info.sha256);
	report_text(r, "root_sha384", "SHA-384", "%s", info.sha384);
	report_bool(r, "trusted", NULL, !root->self);
	report_text(r, NULL, "trust", "%s",
		    root->self ? "none: --root self accepts any root (integrity only)"
			       : "the root is the trusted one");
	cli_mbn_tell_binding(r, d->mbn.hash.version, &s->binding);
	report_close(r);
}

static void tell_image(struct report *r, const struct verify *v, const struct cw_mbn_verdict *d)
{
	if (!d->opened)
		return;
	report_open(r, NULL, "image at byte %llu: header version %u, %u segments, %s",
		    (unsigned long long)d->mbn.base, d->mbn.hash.version, d->mbn.elf.phnum,
		    d->mbn.split ? "split" : "merged");
	report_num(r, "offset", NULL, d->mbn.base, NULL);
	report_num(r, "version", NULL, d->mbn.hash.version, NULL);
	report_num(r, "program_headers", NULL, d->mbn.elf.phnum, NULL);
	report_bool(r, "split", NULL, d->mbn.split);
	report_text(r, "digest", "digests", "%s", d->mbn.digest_size == 32 ? "SHA-256" : "SHA-384");
	tell_signer(r, v, d, CW_MBN_OEM);
	tell_signer(r, v, d, CW_MBN_QTI);
	report_close(r);
}

static void tell_not_compared(struct report *r, const struct cw_mbn_policy *p)
{
	report_line(r, false, "%s", "");
	if (!p->pas)
		report_remark(r, "not_checked", "which peripheral it is for: no --pas given");
	if (!p->has_soc)
		report_remark(r, "not_checked", "which SoC it is for: no --soc given");
	if (!p->has_oem)
		report_remark(r, "not_checked", "which OEM it is for: no --oem given");
}

static int tell(const struct verify *v, int code)
{
	struct report *r = report_new(v->json);

	if (!r)
		return CLI_REFUSED;
	report_line(r, code, "%s: %s", v->path, code ? "refused" : "would be taken");
	report_bool(r, "ok", NULL, !code);
	report_text(r, "format", NULL, "mbn");
	cli_report_verdict(r, code, &v->refusal);
	report_list_open(r, "images");
	for (unsigned i = 0; i < v->n_images; i++)
		tell_image(r, v, &v->images[i]);
	report_list_close(r);
	report_num(r, "unsigned_containers", NULL, v->n_unsigned, NULL);
	if (!code)
		tell_not_compared(r, &v->offline.policy);
	return report_end(r) || code ? CLI_REFUSED : CLI_DONE;
}

int cmd_verify_mbn(int argc, char **argv)
{
	cw_cleanup(verify_free) struct verify *v = calloc(1, sizeof(*v));
	struct cw_error err;
	int code, status;

	if (!v)
		return CLI_REFUSED;
	status = parse(v, argc, argv);
	if (status)
		return status < 0 ? cli_help(help) : status;
	if (prepare(v, &err) < 0) {
		cw_error_wrap(&err, err.code, "verify");
		return cli_fail(v->json, &err);
	}
	code = judge(v);
	status = tell(v, code);
	if (code)
		cli_tell_refusal(v->path, code, &v->refusal);
	return status;
}
