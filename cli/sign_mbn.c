// SPDX-License-Identifier: BSD-2-Clause
/* cli/sign_mbn.c - corewarden sign --format mbn */
#include "cli/mbn.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/outside.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "host/cleanup.h"
#include "sign/container.h"

static const char help[] =
	"usage: corewarden sign ELF --format mbn -o OUT --key KEY --cert-chain CERTS [options]\n\n"
	"Signs an ELF file, 32 or 64 bits wide, as a Qualcomm image. One that was signed before is signed anew: what its\n"
	"metadata said is kept unless an option says otherwise. The way of signing follows the leaf certificate. The\n"
	"image is judged as a device would judge it before anything is written.\n\n"
	"  -o, --output OUT            the image to write\n"
	"  -k, --key KEY               private key of the leaf certificate: PEM or DER file, or pkcs11: URI\n"
	"      --cert-chain CERTS      leaf, authority and root, PEM or DER ('corewarden ca' makes some for development)\n"
	"      --second-key KEY        sign by a second authority too (QTI), versions 5, 6 and 7; this key is at hand\n"
	"      --second-cert-chain CERTS\n"
	CLI_OUTSIDE_HELP
	"      --mbn-version N         3, 5, 6 or 7 (default: that of the input, else 7)\n"
	"      --split                 an .mdt and .bNN files instead of one; OUT must end in .mdt\n"
	"      --pas NAME              what it is for: adsp, modem, ...; or --sw-id N\n"
	"      --rollback N            rollback version\n"
	"      --soc N[,N...]          only for these SoC hardware versions, up to 12; 'any' for all\n"
	"      --oem N, --model N      only for this OEM, this model; 'any' for all\n"
	"      --debuggable            switch debugging on\n"
	"      --json                  result as JSON\n\n"
	"Versions 3 and 5 have no metadata: there the leaf certificate says all this.\n";

struct sign {
	struct cw_mbn_request request;
	struct cw_mbn_made made;
	struct cli_mbn_files parts;
	const char *input, *output;
	const char *key_name[CW_MBN_AUTHORITIES], *chain_name[CW_MBN_AUTHORITIES];
	struct cw_key *key[CW_MBN_AUTHORITIES];
	uint8_t *chain[CW_MBN_AUTHORITIES];
	uint8_t *bytes;
	struct cli_passin passin;
	struct cli_outside outside; /* of the first key */
	/* what options said */
	bool has_software, has_rollback, has_soc, has_oem, has_model, debuggable;
	struct cw_mbn_binding given;
	bool split, json;
};

static void sign_free(struct sign **s)
{
	if (!*s)
		return;
	for (unsigned i = 0; i < CW_MBN_AUTHORITIES; i++) {
		cw_key_free((*s)->key[i]);
		free((*s)->chain[i]);
	}
	cli_passin_done(&(*s)->passin);
	cli_mbn_files_done(&(*s)->parts);
	cw_mbn_made_done(&(*s)->made);
	free((*s)->bytes);
	free(*s);
}

/* ---- options ---- */

enum {
	OPT_FORMAT = 256,
	OPT_CHAIN,
	OPT_SECOND_KEY,
	OPT_SECOND_CHAIN,
	OPT_PASSIN,
	OPT_DIGEST_OUT,
	OPT_SIGNATURE_IN,
	OPT_VERSION,
	OPT_SPLIT,
	OPT_PAS,
	OPT_SW_ID,
	OPT_ROLLBACK,
	OPT_SOC,
	OPT_OEM,
	OPT_MODEL,
	OPT_DEBUGGABLE,
	OPT_JSON,
};

static const struct option longs[] = {
	{"output", required_argument, NULL, 'o'},
	{"key", required_argument, NULL, 'k'},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"cert-chain", required_argument, NULL, OPT_CHAIN},
	{"second-key", required_argument, NULL, OPT_SECOND_KEY},
	{"second-cert-chain", required_argument, NULL, OPT_SECOND_CHAIN},
	{"passin", required_argument, NULL, OPT_PASSIN},
	{"digest-out", required_argument, NULL, OPT_DIGEST_OUT},
	{"signature-in", required_argument, NULL, OPT_SIGNATURE_IN},
	{"mbn-version", required_argument, NULL, OPT_VERSION},
	{"split", no_argument, NULL, OPT_SPLIT},
	{"pas", required_argument, NULL, OPT_PAS},
	{"sw-id", required_argument, NULL, OPT_SW_ID},
	{"rollback", required_argument, NULL, OPT_ROLLBACK},
	{"fw-version", required_argument, NULL, OPT_ROLLBACK},
	{"soc", required_argument, NULL, OPT_SOC},
	{"oem", required_argument, NULL, OPT_OEM},
	{"model", required_argument, NULL, OPT_MODEL},
	{"debuggable", no_argument, NULL, OPT_DEBUGGABLE},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{},
};

static int take_number(const char *what, const char *text, bool *has, uint32_t *ret)
{
	uint64_t v;

	if (!cli_number(text, UINT32_MAX, &v))
		return cli_usage("sign", "%s '%s' is no 32-bit number", what, text);
	*has = true;
	*ret = (uint32_t)v;
	return CLI_DONE;
}

/* A number, or 'any'. */
static int take_bound(const char *what, bool *has, bool *bound, uint32_t *ret)
{
	*bound = strcmp(optarg, "any");
	*has = true;
	return *bound ? take_number(what, optarg, has, ret) : CLI_DONE;
}

static int take_pas(struct sign *s)
{
	const struct cw_mbn_pas *pas = cw_mbn_pas_by_name(optarg);

	if (!pas)
		return cli_usage("sign", "'%s' is no peripheral; use --sw-id N for others", optarg);
	s->has_software = true;
	s->given.software_id = pas->software_id;
	return CLI_DONE;
}

static int take_socs(struct sign *s)
{
	cleanup_free char *list = strdup(optarg);
	char *save = NULL;
	unsigned n = 0;
	bool ignored;

	s->has_soc = true;
	s->given.soc_bound = strcmp(optarg, "any");
	if (!s->given.soc_bound || !list)
		return CLI_DONE;
	for (char *word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		if (n == CW_MBN_SOCS)
			return cli_usage("sign", "more than %d SoC versions", CW_MBN_SOCS);
		if (take_number("SoC version", word, &ignored, &s->given.soc[n++]))
			return CLI_USAGE;
	}
	return n ? CLI_DONE : cli_usage("sign", "--soc needs a version, or 'any'");
}

static int take_binding(struct sign *s, int c)
{
	switch (c) {
	case OPT_PAS:
		return take_pas(s);
	case OPT_SW_ID:
		return take_number("image type", optarg, &s->has_software, &s->given.software_id);
	case OPT_ROLLBACK:
		return take_number("rollback version", optarg, &s->has_rollback,
				   &s->given.rollback);
	case OPT_SOC:
		return take_socs(s);
	case OPT_OEM:
		return take_bound("OEM id", &s->has_oem, &s->given.oem_bound, &s->given.oem_id);
	case OPT_MODEL:
		return take_bound("model id", &s->has_model, &s->given.model_bound,
				  &s->given.model_id);
	}
	s->debuggable = true;
	return CLI_DONE;
}

static int take_option(struct sign *s, int c)
{
	bool ignored;

	switch (c) {
	case 'o':
		s->output = optarg;
		return CLI_DONE;
	case 'k':
		s->key_name[CW_MBN_OEM] = optarg;
		return CLI_DONE;
	case OPT_FORMAT:
		return strcmp(optarg, "mbn") ? cli_usage("sign", "one format at a time") : CLI_DONE;
	case OPT_CHAIN:
		s->chain_name[CW_MBN_OEM] = optarg;
		return CLI_DONE;
	case OPT_SECOND_KEY:
		s->key_name[CW_MBN_QTI] = optarg;
		return CLI_DONE;
	case OPT_SECOND_CHAIN:
		s->chain_name[CW_MBN_QTI] = optarg;
		return CLI_DONE;
	case OPT_PASSIN:
		return cli_passin_take(&s->passin, "sign", optarg);
	case OPT_DIGEST_OUT:
		s->outside.digest_out = optarg;
		return CLI_DONE;
	case OPT_SIGNATURE_IN:
		s->outside.signature_in = optarg;
		return CLI_DONE;
	case OPT_VERSION:
		if (take_number("header version", optarg, &ignored, &s->request.version))
			return CLI_USAGE;
		return cw_mbn_words(s->request.version)
			       ? CLI_DONE
			       : cli_usage("sign", "--mbn-version is 3, 5, 6 or 7");
	case OPT_SPLIT:
		s->split = true;
		return CLI_DONE;
	case OPT_JSON:
		s->json = true;
		return CLI_DONE;
	}
	return take_binding(s, c);
}

static int check_options(struct sign *s)
{
	size_t len;

	if (!s->output && !s->outside.digest_out)
		return cli_usage("sign", "where to? give -o OUT");
	if (cli_outside_check(&s->outside))
		return CLI_USAGE;
	if (!s->key_name[CW_MBN_OEM] || !s->chain_name[CW_MBN_OEM])
		return cli_usage("sign", "an MBN image needs --key and --cert-chain");
	if (!s->key_name[CW_MBN_QTI] != !s->chain_name[CW_MBN_QTI])
		return cli_usage("sign", "--second-key and --second-cert-chain belong together");
	len = s->output ? strlen(s->output) : 0;
	if (s->output && s->split && (len < 5 || strcmp(s->output + len - 4, ".mdt")))
		return cli_usage("sign", "a split image is named after its .mdt, not '%s'",
				 s->output);
	return CLI_DONE;
}

static int parse(struct sign *s, int argc, char **argv)
{
	int c, status;

	while ((c = cli_getopt(argc, argv, ":o:k:h", longs)) != -1) {
		if (c == '?')
			return CLI_USAGE;
		if (c == 'h')
			return -1;
		status = take_option(s, c);
		if (status)
			return status;
	}
	if (argc - optind != 1)
		return cli_usage("sign", "%s",
				 optind < argc ? "an MBN image is one ELF file"
					       : "no ELF file given");
	s->input = argv[optind];
	return check_options(s);
}

/* ---- what the image says ---- */

/* Of an input that was signed before; *@ret is left alone when it was not. */
static void former_binding(struct sign *s, struct cw_mbn_binding *ret)
{
	struct cw_chain *chain = NULL;
	struct cw_mbn m;

	if (cw_mbn_open(s->request.elf, 0, &s->request.files, &m, NULL))
		return;
	if (!s->request.version)
		s->request.version = m.hash.version;
	if (m.hash.version >= 6) {
		cw_mbn_metadata(&m.hash, CW_MBN_OEM, ret, NULL);
	} else if (!cw_chain_read(m.hash.part[CW_MBN_OEM_CHAIN], 0, &chain, NULL)) {
		cw_mbn_leaf_binding(chain, m.hash.header_size + m.hash.part[CW_MBN_TABLE].len, 0,
				    ret, NULL);
		cw_chain_free(chain);
	}
	/* A value that is for a root which is not in the chain, or for the vendor's own. */
	ret->root_index = 0;
	ret->root_bound = false;
	ret->root_algorithm = 0;
	memset(ret->root_hash, 0, sizeof(ret->root_hash));
	s->has_software = true;
}

static int settle_binding(struct sign *s, struct cw_error *err)
{
	struct cw_mbn_binding *b = &s->request.binding;
	bool asked = s->has_software;

	b->model_bound = true;
	b->oem_bound = true;
	former_binding(s, b);
	if (!s->request.version)
		s->request.version = 7;
	if (s->request.version < 6) {
		if (s->has_rollback || s->has_soc || s->has_oem || s->has_model || s->debuggable)
			return cw_error_set(
				err, -EINVAL,
				"in version %u the leaf certificate says what the image "
				"is for: issue it with those options",
				s->request.version);
		b->software_id = s->given.software_id;
		s->request.software_of_leaf = !asked;
		return 0;
	}
	if (!s->has_software)
		return cw_error_set(
			err, -EINVAL,
			"'%s' does not say what it is for: give --pas NAME or --sw-id N", s->input);
	if (asked)
		b->software_id = s->given.software_id;
	if (s->has_rollback)
		b->rollback = s->given.rollback;
	if (s->has_soc) {
		b->soc_bound = s->given.soc_bound;
		memcpy(b->soc, s->given.soc, sizeof(b->soc));
	}
	if (s->has_oem) {
		b->oem_bound = s->given.oem_bound;
		b->oem_id = s->given.oem_id;
	}
	if (s->has_model) {
		b->model_bound = s->given.model_bound;
		b->model_id = s->given.model_id;
	}
	b->debug |= s->debuggable;
	return 0;
}

/* ---- work ---- */

static int load_signer(struct sign *s, enum cw_mbn_authority who, struct cw_error *err)
{
	struct cw_mbn_authority_key *signer = &s->request.signer[who];
	size_t len;
	int r;

	if (!s->key_name[who])
		return 0;
	r = cw_chain_load_file(s->chain_name[who], &s->chain[who], &len, err);
	if (!r)
		r = cli_outside_load(who == CW_MBN_OEM ? &s->outside : &(struct cli_outside){0},
				     &s->passin, s->key_name[who], true, &s->key[who], err);
	if (r < 0)
		return r;
	signer->chain = cw_span(s->chain[who], len);
	signer->key = s->key[who];
	return 0;
}

/* One file of a split image. */
static int put_file(void *ctx, int index, struct cw_span head, struct cw_span tail,
		    struct cw_error *err)
{
	const struct sign *s = ctx;
	struct cw_span both[] = {head, tail};
	struct cw_pieces file = {.piece = both, .n = 2, .len = head.len + tail.len};
	cleanup_free char *name =
		index < 0 ? strdup(s->output) : cli_mbn_part_name(s->output, (unsigned)index);

	if (!name && index > 99)
		return cw_error_set(err, -E2BIG, "a split image has at most 100 segments");
	if (!name)
		return cw_error_set(err, -ENOMEM, "no memory for '%s'", s->output);
	return cw_sign_write_pieces(name, &file, err);
}

static int sign(struct sign *s, struct cw_error *err)
{
	struct cw_mbn_request *q = &s->request;
	size_t len;
	int r = cli_read_file(s->input, &s->bytes, &len, err);

	if (r < 0)
		return r;
	s->parts.path = s->input;
	q->name = s->input;
	q->elf = cw_span(s->bytes, len);
	q->progress = cli_progress("sign");
	q->files = (struct cw_mbn_files){.ctx = &s->parts, .part = cli_mbn_part};
	r = load_signer(s, CW_MBN_OEM, err);
	if (!r)
		r = load_signer(s, CW_MBN_QTI, err);
	if (!r)
		r = settle_binding(s, err);
	if (!r)
		r = cw_sign_mbn(q, &s->made, err);
	if (s->outside.digest_out)
		return cli_outside_digest(&s->outside, s->key[CW_MBN_OEM], r, err);
	if (r < 0)
		return r;
	if (s->split)
		return cw_mbn_split(&s->made, put_file, s, err);
	return cw_sign_write_pieces(s->output, &s->made.file, err);
}

/* ---- the answer ---- */

static void tell_root(struct report *r, const struct sign *s, enum cw_mbn_authority who)
{
	const struct cw_chain *chain = s->made.chain[who];
	struct cw_cert_info info;
	enum cw_scheme scheme;

	if (!chain)
		return;
	cw_chain_cert(chain, 2, &info);
	report_open(r, who == CW_MBN_OEM ? "oem" : "qti", "signed by %s",
		    cw_mbn_authority_name(who));
	report_text(r, "key_kind", "key", "%s", cw_key_kind(s->key[who]));
	if (!cw_chain_scheme(chain, &scheme, NULL))
		report_text(r, "scheme", "signature", "%s", cw_scheme_name(scheme));
	report_text(r, "root_sha256", "root SHA-256", "%s", info.sha256);
	report_text(r, "root_sha384", "root SHA-384", "%s", info.sha384);
	report_close(r);
}

static int tell(const struct sign *s)
{
	struct report *r = report_new(s->json);
	uint32_t software_id = s->made.software_id;

	if (!r)
		return CLI_REFUSED;
	report_line(r, false, "wrote %s: %zu bytes, version %u, %u segments, %s", s->output,
		    s->made.len, s->request.version, s->made.phnum, s->split ? "split" : "merged");
	report_bool(r, "ok", NULL, true);
	report_text(r, "output", NULL, "%s", s->output);
	report_text(r, "format", NULL, "mbn");
	report_num(r, "size", NULL, s->made.len, NULL);
	report_num(r, "signed_size", NULL, s->made.signed_size, NULL);
	report_num(r, "mbn_version", NULL, s->request.version, NULL);
	report_num(r, "segments", NULL, s->made.phnum, NULL);
	report_bool(r, "split", NULL, s->split);
	report_num(r, "software_id", "  SW_ID", software_id, "0x%x (%s)", software_id,
		   cw_mbn_software_name(software_id));
	tell_root(r, s, CW_MBN_OEM);
	tell_root(r, s, CW_MBN_QTI);
	return report_end(r) ? CLI_REFUSED : CLI_DONE;
}

int cmd_sign_mbn(int argc, char **argv)
{
	cw_cleanup(sign_free) struct sign *s = calloc(1, sizeof(*s));
	struct cw_error err;
	int status;

	if (!s)
		return CLI_REFUSED;
	status = parse(s, argc, argv);
	if (status)
		return status < 0 ? cli_help(help) : status;
	if (sign(s, &err) < 0) {
		cw_error_wrap(&err, err.code, "sign");
		return cli_fail(s->json, &err);
	}
	return s->outside.digest_out
		       ? cli_outside_tell(&s->outside, s->key[CW_MBN_OEM], s->json)
		       : tell(s);
}
