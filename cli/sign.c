// SPDX-License-Identifier: BSD-2-Clause
/* cli/sign.c - corewarden sign */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/mbn.h"
#include "cli/outside.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "host/cleanup.h"
#include "image/ta_header.h"
#include "sign/container.h"

static const char help[] =
	"usage: corewarden sign ELF... -o OUT --key KEY [options]\n\n"
	"Signs one to eight ELF files into one image. The algorithm follows the key: RSA of 2048, 3072 or 4096\n"
	"bits, or ECDSA P-256. The image is judged as a board would judge it before anything is written.\n\n"
	"  -o, --output OUT          the image to write\n"
	"  -k, --key KEY             private key: PEM or DER file, or pkcs11: URI of one in a token\n"
	CLI_OUTSIDE_HELP
	"      --format FORMAT       rproc (default), or ta: the signed file of a trusted application;\n"
	"                            mbn: a Qualcomm image, see 'corewarden sign --format mbn --help'\n"
	"      --fw-version N        firmware version, against rollback; version of a TA\n"
	"      --target COMPATIBLE   only for this processor, as in its device tree: st,stm32mp1-m4\n"
	"      --debuggable          mark as debuggable\n"
	"      --key-info FILE       contents of the PKEYINFO record\n"
	"      --plat-tlv ID VALUE   a platform record; a VALUE with 0x in front is a 32-bit number\n"
	"      --encrypt-to PUB      encrypt it to a board: the public half of its device key, as 'corewarden\n"
	"                            provision' writes it; stock OP-TEE cannot load such images\n"
	"      --plain               exactly the upstream container, none of our records\n"
	"      --uuid UUID           of a TA\n"
	"      --json                result as JSON\n";

struct sign {
	struct cw_sign_request request;
	struct cw_sign_elf elfs[CW_RPROC_IMAGES_MAX];
	struct cw_sign_record platform[CW_SIGN_PLATFORM_MAX];
	uint8_t numbers[CW_SIGN_PLATFORM_MAX][4];
	uint8_t *files[CW_RPROC_IMAGES_MAX + 1]; /* to free; the last is the PKEYINFO */
	struct cw_key *key, *device;
	const char *device_name;
	struct cw_signed made;
	const char *output, *key_name, *key_info, *format, *uuid_text;
	struct cli_passin passin;
	struct cli_outside outside;
	uint8_t uuid[16];
	bool json;
};

static void sign_done(struct sign *s)
{
	for (size_t i = 0; i < sizeof(s->files) / sizeof(s->files[0]); i++)
		free(s->files[i]);
	cw_signed_done(&s->made);
	cw_key_free(s->key);
	cw_key_free(s->device);
	cli_passin_done(&s->passin);
}

/* ---- options ---- */

enum {
	OPT_FORMAT = 256,
	OPT_FW_VERSION,
	OPT_TARGET,
	OPT_DEBUGGABLE,
	OPT_KEY_INFO,
	OPT_PLAT_TLV,
	OPT_PLAIN,
	OPT_ENCRYPT_TO,
	OPT_UUID,
	OPT_PASSIN,
	OPT_DIGEST_OUT,
	OPT_SIGNATURE_IN,
	OPT_JSON,
};

static const struct option longs[] = {
	{"output", required_argument, NULL, 'o'},
	{"key", required_argument, NULL, 'k'},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"fw-version", required_argument, NULL, OPT_FW_VERSION},
	{"target", required_argument, NULL, OPT_TARGET},
	{"debuggable", no_argument, NULL, OPT_DEBUGGABLE},
	{"key-info", required_argument, NULL, OPT_KEY_INFO},
	{"plat-tlv", required_argument, NULL, OPT_PLAT_TLV},
	{"plain", no_argument, NULL, OPT_PLAIN},
	{"encrypt-to", required_argument, NULL, OPT_ENCRYPT_TO},
	{"uuid", required_argument, NULL, OPT_UUID},
	{"passin", required_argument, NULL, OPT_PASSIN},
	{"digest-out", required_argument, NULL, OPT_DIGEST_OUT},
	{"signature-in", required_argument, NULL, OPT_SIGNATURE_IN},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{},
};

/* The value follows the id as an argument of its own. */
static int take_plat_tlv(struct sign *s, int argc, char **argv)
{
	unsigned n = s->request.n_platform;
	uint64_t id, number;
	const char *value;

	if (n == CW_SIGN_PLATFORM_MAX)
		return cli_usage("sign", "more than %d platform records", CW_SIGN_PLATFORM_MAX);
	if (!cli_number(optarg, UINT32_MAX, &id))
		return cli_usage("sign", "platform record id '%s' is no number", optarg);
	if (optind >= argc)
		return cli_usage("sign", "option '--plat-tlv' needs an id and a value");
	value = argv[optind++];
	s->platform[n] = (struct cw_sign_record){(uint32_t)id, cw_span(value, strlen(value))};
	if (!strncmp(value, "0x", 2)) {
		if (!cli_number(value, UINT32_MAX, &number))
			return cli_usage("sign", "platform value '%s' is no 32-bit number", value);
		cw_put_le32(s->numbers[n], (uint32_t)number);
		s->platform[n].value = cw_span(s->numbers[n], 4);
	}
	s->request.n_platform++;
	return CLI_DONE;
}

static int take_option(struct sign *s, int c, int argc, char **argv)
{
	switch (c) {
	case 'o':
		s->output = optarg;
		break;
	case 'k':
		s->key_name = optarg;
		break;
	case OPT_FORMAT:
		s->format = optarg;
		break;
	case OPT_FW_VERSION:
		s->request.has_version = true;
		if (!cli_number(optarg, UINT64_MAX, &s->request.version))
			return cli_usage("sign", "firmware version '%s' is no 64-bit number",
					 optarg);
		break;
	case OPT_TARGET:
		s->request.target = optarg;
		break;
	case OPT_DEBUGGABLE:
		s->request.debuggable = true;
		break;
	case OPT_KEY_INFO:
		s->key_info = optarg;
		break;
	case OPT_PLAT_TLV:
		return take_plat_tlv(s, argc, argv);
	case OPT_PLAIN:
		s->request.plain = true;
		break;
	case OPT_ENCRYPT_TO:
		s->device_name = optarg;
		break;
	case OPT_UUID:
		s->uuid_text = optarg;
		break;
	case OPT_PASSIN:
		return cli_passin_take(&s->passin, "sign", optarg);
	case OPT_DIGEST_OUT:
		s->outside.digest_out = optarg;
		break;
	case OPT_SIGNATURE_IN:
		s->outside.signature_in = optarg;
		break;
	case OPT_JSON:
		s->json = true;
		break;
	}
	return CLI_DONE;
}

static bool is_ta(const struct sign *s)
{
	return !strcmp(s->format, "ta");
}

static int check_ta_options(struct sign *s)
{
	if (!s->uuid_text)
		return cli_usage("sign", "a TA needs its --uuid");
	if (!cw_ta_uuid_parse(s->uuid_text, s->uuid))
		return cli_usage("sign", "'%s' is no UUID", s->uuid_text);
	if (s->request.n_elfs != 1)
		return cli_usage("sign", "a TA is one ELF file");
	if (s->request.plain || s->request.debuggable || s->request.target || s->key_info || s->device_name ||
	    s->request.n_platform)
		return cli_usage("sign", "a TA takes --uuid and --fw-version only");
	if (s->request.version > UINT32_MAX)
		return cli_usage("sign", "the version of a TA has 32 bits");
	return CLI_DONE;
}

static int check_options(struct sign *s)
{
	const struct cw_sign_request *q = &s->request;

	if (!q->n_elfs)
		return cli_usage("sign", "no ELF file given");
	if (!s->output && !s->outside.digest_out)
		return cli_usage("sign", "where to? give -o OUT");
	if (!s->key_name)
		return cli_usage("sign", "no key given: --key KEY");
	if (cli_outside_check(&s->outside))
		return CLI_USAGE;
	if (is_ta(s))
		return check_ta_options(s);
	if (s->uuid_text)
		return cli_usage("sign", "--uuid belongs to --format ta");
	if (strcmp(s->format, "rproc"))
		return cli_usage("sign", "unknown format '%s': rproc, ta, mbn", s->format);
	if (q->plain && (q->has_version || q->debuggable || q->target || s->device_name))
		return cli_usage("sign", "--plain writes none of our records, so it excludes "
					 "--fw-version, --target, --debuggable and --encrypt-to");
	if (s->device_name && (s->outside.digest_out || s->outside.signature_in))
		return cli_usage("sign", "each encryption is another, so --encrypt-to cannot be signed in "
					 "two passes; the key must be at hand");
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
		status = take_option(s, c, argc, argv);
		if (status)
			return status;
	}
	if (argc - optind > CW_RPROC_IMAGES_MAX)
		return cli_usage("sign", "%d ELF files; a container holds %d", argc - optind,
				 CW_RPROC_IMAGES_MAX);
	for (; optind < argc; optind++)
		s->elfs[s->request.n_elfs++].name = argv[optind];
	return check_options(s);
}

/* ---- work ---- */

static int read_inputs(struct sign *s, struct cw_error *err)
{
	struct cw_sign_request *q = &s->request;
	size_t len;
	int r;

	for (unsigned i = 0; i < q->n_elfs; i++) {
		r = cli_read_file(s->elfs[i].name, &s->files[i], &len, err);
		if (r < 0)
			return r;
		s->elfs[i].bytes = cw_span(s->files[i], len);
	}
	if (!s->key_info)
		return 0;
	r = cli_read_file(s->key_info, &s->files[CW_RPROC_IMAGES_MAX], &len, err);
	if (r < 0)
		return r;
	q->has_pkeyinfo = true;
	q->pkeyinfo = cw_span(s->files[CW_RPROC_IMAGES_MAX], len);
	return len <= CW_RPROC_META_MAX
		       ? 0
		       : cw_error_set(err, -E2BIG, "'%s' has %zu bytes, too many for a record",
				      s->key_info, len);
}

static int sign(struct sign *s, struct cw_error *err)
{
	struct cw_sign_request *q = &s->request;
	int r;

	r = read_inputs(s, err);
	if (!r)
		r = cli_outside_load(&s->outside, &s->passin, s->key_name, false, &s->key, err);
	if (!r && s->device_name)
		r = cw_key_load_public(s->device_name, &s->device, err);
	if (r < 0)
		return r;
	q->key = s->key;
	q->encrypt_to = s->device;
	q->elfs = s->elfs;
	q->progress = cli_progress("sign");
	q->platform = s->platform;
	r = is_ta(s) ? cw_sign_ta(s->key, s->elfs, s->uuid, (uint32_t)q->version, &s->made, err)
		     : cw_sign_rproc(q, &s->made, err);
	if (s->outside.digest_out)
		return cli_outside_digest(&s->outside, s->key, r, err);
	if (r < 0)
		return r;
	return cw_sign_write_pieces(s->output, &s->made.file, err);
}

static int tell(const struct sign *s)
{
	struct report *r = report_new(s->json);
	const struct cw_sign_request *q = &s->request;
	char digest[CW_FINGERPRINT_HEX];

	if (!r)
		return CLI_REFUSED;
	cw_hex_encode(s->made.digest, sizeof(s->made.digest), digest);
	report_line(r, false, "wrote %s: %zu bytes, %zu of them under the signature", s->output,
		    s->made.len, s->made.signed_len);
	report_bool(r, "ok", NULL, true);
	report_text(r, "output", NULL, "%s", s->output);
	report_num(r, "size", NULL, s->made.len, NULL);
	report_num(r, "signed_size", NULL, s->made.signed_len, NULL);
	if (!is_ta(s)) {
		report_num(r, "images", "  images", q->n_elfs, NULL);
		report_num(r, "segments", "  segments", s->made.n_segments, NULL);
	}
	if (q->has_version)
		report_num(r, "version", "  version", q->version, NULL);
	if (q->target)
		report_text(r, "target", "  target", "%s", q->target);
	if (s->device) {
		report_text(r, "encrypted_to", "  encrypted to", "%s", cw_key_fingerprint(s->device));
		report_line(r, false, "  only that board loads it, and only with our TA and platform "
				      "service: stock OP-TEE cannot");
	}
	if (is_ta(s))
		report_text(r, "uuid", "  uuid", "%s", s->uuid_text);
	report_text(r, "key_kind", "  key", "%s", cw_key_kind(s->key));
	report_text(r, "fingerprint", "  fingerprint", "%s", cw_key_fingerprint(s->key));
	report_text(r, "digest", "  digest", "%s", digest);
	return report_end(r) ? CLI_REFUSED : CLI_DONE;
}

/* --format mbn has options of its own. */
static bool wants_mbn(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--format=mbn") ||
		    (!strcmp(argv[i], "--format") && i + 1 < argc && !strcmp(argv[i + 1], "mbn")))
			return true;
	return false;
}

int cmd_sign(int argc, char **argv)
{
	cw_cleanup(sign_done) struct sign s = {.format = "rproc"};
	struct cw_error err;
	int status;

	if (wants_mbn(argc, argv))
		return cmd_sign_mbn(argc, argv);
	status = parse(&s, argc, argv);
	if (status)
		return status < 0 ? cli_help(help) : status;
	if (sign(&s, &err) < 0) {
		cw_error_wrap(&err, err.code, "sign");
		return cli_fail(s.json, &err);
	}
	return s.outside.digest_out ? cli_outside_tell(&s.outside, s.key, s.json) : tell(&s);
}
