// SPDX-License-Identifier: BSD-2-Clause
/* cli/ca.c - corewarden ca: certificates for development */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/report.h"
#include "crypto/ca.h"
#include "host/cleanup.h"
#include "image/mbn.h"
#include "sign/container.h"
#include "sign/mbn.h"

static const char help[] =
	"usage: corewarden ca init DIR [--kind KIND] [--name NAME]\n"
	"       corewarden ca issue DIR -o PREFIX [--key KEY] [--name NAME] [fields]\n\n"
	"Keys and certificates to sign Qualcomm images with, for development: 'init' makes a root and an authority in DIR,\n"
	"'issue' a key (PREFIX.key) and its chain of three certificates (PREFIX.crt). The keys are plain PEM files.\n\n"
	"      --kind KIND       p384 (default; ECDSA), p256 (ECDSA), rsa-pss, or rsa: old parts, ids mixed into the digest\n"
	"      --name NAME       common name of the certificates\n"
	"      --days N          how long they are valid (default 7300)\n"
	"  -o, --output PREFIX   where 'issue' writes\n"
	"  -k, --key KEY         certify this key instead of making one: public key, PEM or DER, or the pkcs11: URI\n"
	"                        of one in a token\n"
	"      --passin SOURCE   passphrase of the authority's key, PIN of the token: pass:TEXT, file:PATH,\n"
	"                        env:NAME, fd:NUMBER or stdin; else it is asked for\n\n"
	"Fields of the leaf, for header versions 3 and 5 (later versions have metadata instead):\n\n"
	"      --pas NAME        what it is for: adsp, modem, ...; or --sw-id N\n"
	"      --rollback N      rollback version\n"
	"      --hw-id N         HW_ID, 64 bits (default 0)\n"
	"      --oem N           OEM id; --model N: model id\n"
	"      --soc N[,N...]    SoC hardware versions\n"
	"      --for ELF         an image of this ELF file only: its size of header and hash table (SW_SIZE)\n"
	"      --debuggable      debugging enabled\n";

#define DAYS_DEFAULT 7300u
#define DAYS_MAX     36500u

struct ca {
	const char *verb, *folder, *output, *name, *for_elf, *key_name;
	struct cli_passin passin;
	enum cw_ca_kind kind;
	uint64_t days;
	bool has_kind, has_fields;
	struct cw_cert_ids ids;
};

enum {
	OPT_KIND = 256,
	OPT_NAME,
	OPT_DAYS,
	OPT_PASSIN,
	OPT_PAS,
	OPT_SW_ID,
	OPT_ROLLBACK,
	OPT_HW_ID,
	OPT_OEM,
	OPT_MODEL,
	OPT_SOC,
	OPT_FOR,
	OPT_DEBUGGABLE,
};

static const struct option longs[] = {
	{"kind", required_argument, NULL, OPT_KIND},
	{"name", required_argument, NULL, OPT_NAME},
	{"days", required_argument, NULL, OPT_DAYS},
	{"output", required_argument, NULL, 'o'},
	{"key", required_argument, NULL, 'k'},
	{"passin", required_argument, NULL, OPT_PASSIN},
	{"pas", required_argument, NULL, OPT_PAS},
	{"sw-id", required_argument, NULL, OPT_SW_ID},
	{"rollback", required_argument, NULL, OPT_ROLLBACK},
	{"hw-id", required_argument, NULL, OPT_HW_ID},
	{"oem", required_argument, NULL, OPT_OEM},
	{"model", required_argument, NULL, OPT_MODEL},
	{"soc", required_argument, NULL, OPT_SOC},
	{"for", required_argument, NULL, OPT_FOR},
	{"debuggable", no_argument, NULL, OPT_DEBUGGABLE},
	{"help", no_argument, NULL, 'h'},
	{},
};

/* ---- options ---- */

static int take_number(const char *what, uint64_t max, uint64_t *ret)
{
	return cli_number(optarg, max, ret) ? CLI_DONE
					    : cli_usage("ca", "%s '%s' is no number up to 0x%llx",
							what, optarg, (unsigned long long)max);
}

static int take_short(const char *what, bool *has, uint32_t *ret)
{
	uint64_t v;

	if (take_number(what, UINT16_MAX, &v))
		return CLI_USAGE;
	*has = true;
	*ret = (uint32_t)v;
	return CLI_DONE;
}

static int take_software(struct ca *c, uint64_t id)
{
	c->ids.has_sw_id = true;
	c->ids.sw_id = (c->ids.sw_id & ~(uint64_t)UINT32_MAX) | id;
	return CLI_DONE;
}

static int take_pas(struct ca *c)
{
	const struct cw_mbn_pas *pas = cw_mbn_pas_by_name(optarg);

	return pas ? take_software(c, pas->software_id)
		   : cli_usage("ca", "'%s' is no peripheral; use --sw-id N for others", optarg);
}

static int take_socs(struct ca *c)
{
	cleanup_free char *list = strdup(optarg);
	char *save = NULL;
	unsigned n = 0;
	uint64_t v;

	for (char *word = list ? strtok_r(list, ",", &save) : NULL; word;
	     word = strtok_r(NULL, ",", &save)) {
		if (n == CW_CERT_SOCS || !cli_number(word, UINT16_MAX, &v))
			return cli_usage("ca", "--soc takes up to %d numbers of 16 bits",
					 CW_CERT_SOCS);
		c->ids.soc[n++] = (uint32_t)v;
	}
	c->ids.has_soc = n;
	return n ? CLI_DONE : cli_usage("ca", "--soc needs a version");
}

static int take_field(struct ca *c, int option)
{
	uint64_t v;

	c->has_fields = true;
	switch (option) {
	case OPT_PAS:
		return take_pas(c);
	case OPT_SW_ID:
		return take_number("image type", UINT32_MAX, &v) ? CLI_USAGE : take_software(c, v);
	case OPT_ROLLBACK:
		if (take_number("rollback version", UINT32_MAX, &v))
			return CLI_USAGE;
		c->ids.sw_id = (uint32_t)c->ids.sw_id | v << 32;
		return CLI_DONE;
	case OPT_HW_ID:
		return take_number("HW_ID", UINT64_MAX, &c->ids.hw_id);
	case OPT_OEM:
		return take_short("OEM id", &c->ids.has_oem_id, &c->ids.oem_id);
	case OPT_MODEL:
		return take_short("model id", &c->ids.has_model_id, &c->ids.model_id);
	case OPT_SOC:
		return take_socs(c);
	case OPT_FOR:
		c->for_elf = optarg;
		return CLI_DONE;
	}
	c->ids.debug = 3;
	return CLI_DONE;
}

static int take_option(struct ca *c, int option)
{
	switch (option) {
	case OPT_KIND:
		c->has_kind = true;
		return cw_ca_kind_by_name(optarg, &c->kind)
			       ? CLI_DONE
			       : cli_usage("ca", "kinds are p384, p256, rsa-pss and rsa");
	case OPT_NAME:
		c->name = optarg;
		return CLI_DONE;
	case OPT_DAYS:
		if (take_number("days", DAYS_MAX, &c->days))
			return CLI_USAGE;
		return c->days ? CLI_DONE : cli_usage("ca", "certificates live a day at least");
	case OPT_PASSIN:
		return cli_passin_take(&c->passin, "ca", optarg);
	case 'o':
		c->output = optarg;
		return CLI_DONE;
	case 'k':
		c->key_name = optarg;
		return CLI_DONE;
	}
	return take_field(c, option);
}

static int check_options(const struct ca *c)
{
	bool issue = !strcmp(c->verb, "issue");

	if (!issue && strcmp(c->verb, "init"))
		return cli_usage("ca", "'%s' is neither init nor issue", c->verb);
	if (issue && !c->output)
		return cli_usage("ca", "where to? give -o PREFIX");
	if (!issue && (c->has_fields || c->output || c->key_name))
		return cli_usage("ca", "those options belong to 'ca issue'");
	if (issue && c->has_kind)
		return cli_usage("ca", "a leaf is of the kind of its authority");
	if (c->has_fields && !c->ids.has_sw_id)
		return cli_usage("ca", "fields need --pas or --sw-id");
	return CLI_DONE;
}

static int parse(struct ca *c, int argc, char **argv)
{
	int option, status;

	while ((option = cli_getopt(argc, argv, ":o:k:h", longs)) != -1) {
		if (option == '?')
			return CLI_USAGE;
		if (option == 'h')
			return -1;
		status = take_option(c, option);
		if (status)
			return status;
	}
	if (argc - optind != 2)
		return cli_usage("ca", "say 'init DIR' or 'issue DIR'");
	c->verb = argv[optind];
	c->folder = argv[optind + 1];
	return check_options(c);
}

/* ---- files ---- */

static int write_all(int fd, const char *text)
{
	for (size_t len = strlen(text), done = 0; done < len;) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* A new file of @mode, or none; never over an old one. */
static int write_new(const char *path, const char *text, mode_t mode, struct cw_error *err)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int r;

	if (fd < 0 && errno == EEXIST)
		return cw_error_set(err, -EEXIST,
				    "'%s' exists, and no key or certificate is written over: choose "
				    "another name, or remove it",
				    path);
	if (fd < 0)
		return cw_error_errno(err, "create '%s'", path);
	r = write_all(fd, text);
	if (!r)
		return 0;
	unlink(path);
	return cw_error_set(err, r, "write '%s': %s", path, strerror(-r));
}

static int write_identity(const struct cw_identity *id, const char *prefix, const char *more,
			  bool with_key, struct cw_error *err)
{
	cleanup_free char *key_path = NULL, *cert_path = NULL, *cert = NULL, *all = NULL;
	char *key = NULL;
	int r = cw_identity_cert_pem(id, &cert, err);

	if (!r && with_key)
		r = cw_identity_key_pem(id, &key, err);
	if (!r &&
	    (asprintf(&key_path, "%s.key", prefix) < 0 ||
	     asprintf(&cert_path, "%s.crt", prefix) < 0 || asprintf(&all, "%s%s", cert, more) < 0))
		r = cw_error_set(err, -ENOMEM, "no memory for '%s'", prefix);
	if (!r && with_key)
		r = write_new(key_path, key, 0600, err);
	if (!r) {
		r = write_new(cert_path, all, 0666, err);
		/* A key without its certificate would only be in the way of the next try. */
		if (r < 0 && with_key)
			unlink(key_path);
	}
	cw_ca_text_free(key);
	return r;
}

static int path_in(const struct ca *c, const char *name, char **ret, struct cw_error *err)
{
	if (asprintf(ret, "%s/%s", c->folder, name) < 0) {
		*ret = NULL;
		return cw_error_set(err, -ENOMEM, "no memory for a path");
	}
	return 0;
}

/* ---- init ---- */

static int make(const struct ca *c, enum cw_ca_role role, const char *what,
		const struct cw_identity *issuer, const struct cw_key *key,
		struct cw_identity **ret, struct cw_error *err)
{
	char name[65];
	struct cw_ca_request q = {.kind = c->kind,
				  .role = role,
				  .name = name,
				  .days = (unsigned)c->days,
				  .ids = c->has_fields ? &c->ids : NULL,
				  .issuer = issuer,
				  .key = key};

	if (snprintf(name, sizeof(name), "%s %s", c->name, what) >= (int)sizeof(name))
		return cw_error_set(err, -EINVAL, "the name '%s' is too long", c->name);
	return cw_identity_new(&q, ret, err);
}

static int init(struct ca *c, struct cw_error *err)
{
	cw_cleanup(cw_identity_freep) struct cw_identity *root = NULL, *authority = NULL;
	cleanup_free char *root_path = NULL, *authority_path = NULL;
	int r;

	c->name = c->name ? c->name : "Development (not for products)";
	if (mkdir(c->folder, 0700) < 0 && errno != EEXIST)
		return cw_error_errno(err, "make the folder '%s'", c->folder);
	r = path_in(c, "root", &root_path, err);
	if (!r)
		r = path_in(c, "authority", &authority_path, err);
	if (!r)
		r = make(c, CW_CA_ROOT, "root", NULL, NULL, &root, err);
	if (!r)
		r = make(c, CW_CA_AUTHORITY, "authority", root, NULL, &authority, err);
	if (!r)
		r = write_identity(root, root_path, "", true, err);
	if (!r)
		r = write_identity(authority, authority_path, "", true, err);
	if (!r)
		printf("wrote %s.crt and %s.crt, and their keys\n", root_path, authority_path);
	return r;
}

/* ---- issue ---- */

static int settle_fields(struct ca *c, struct cw_error *err)
{
	cleanup_free uint8_t *bytes = NULL;
	size_t len;
	int r;

	c->ids.has_hw_id = c->ids.has_debug = c->ids.has_oem_id = c->ids.has_model_id = true;
	c->ids.debug = c->ids.debug ? c->ids.debug : 2;
	if (!c->for_elf)
		return 0;
	r = cli_read_file(c->for_elf, &bytes, &len, err);
	if (r < 0)
		return r;
	c->ids.has_sw_size = true;
	c->ids.sw_size = (uint32_t)cw_mbn_table_size(cw_span(bytes, len), 5);
	return c->ids.sw_size ? 0 : cw_error_set(err, -EBADMSG, "'%s' is no ELF file", c->for_elf);
}

/* Only its public half is wanted, but a token tells that together with the key. */
static int load_leaf_key(struct ca *c, struct cw_key **ret, struct cw_error *err)
{
	if (!c->key_name)
		return 0;
	return strncasecmp(c->key_name, "pkcs11:", 7)
		       ? cw_key_load_verifier(c->key_name, ret, err)
		       : cw_key_load_signer(c->key_name, cli_passphrase, &c->passin, ret, err);
}

static int issue(struct ca *c, struct cw_error *err)
{
	cw_cleanup(cw_key_freep) struct cw_key *leaf_key = NULL;
	cw_cleanup(cw_identity_freep) struct cw_identity *authority = NULL, *root = NULL,
							 *leaf = NULL;
	cleanup_free char *cert = NULL, *key = NULL, *root_cert = NULL, *root_key = NULL;
	cleanup_free char *pem = NULL, *root_pem = NULL, *more = NULL;
	enum cw_ca_kind ignored;
	int r = path_in(c, "authority.crt", &cert, err);

	c->name = c->name ? c->name : "Development (not for products)";
	r = r ? r : path_in(c, "authority.key", &key, err);
	r = r ? r : path_in(c, "root.crt", &root_cert, err);
	r = r ? r : path_in(c, "root.key", &root_key, err);
	r = r ? r : cw_identity_load(cert, key, cli_passphrase, &c->passin, &authority, &c->kind, err);
	r = r ? r
	      : cw_identity_load(root_cert, root_key, cli_passphrase, &c->passin, &root, &ignored, err);
	r = r ? r : load_leaf_key(c, &leaf_key, err);
	r = r ? r : (c->has_fields ? settle_fields(c, err) : 0);
	r = r ? r : make(c, CW_CA_LEAF, "leaf", authority, leaf_key, &leaf, err);
	r = r ? r : cw_identity_cert_pem(authority, &pem, err);
	r = r ? r : cw_identity_cert_pem(root, &root_pem, err);
	if (!r && asprintf(&more, "%s%s", pem, root_pem) < 0)
		r = cw_error_set(err, -ENOMEM, "no memory for certificates");
	r = r ? r : write_identity(leaf, c->output, more, !leaf_key, err);
	if (!r && leaf_key)
		printf("wrote %s.crt: the chain of three certificates of the %s key %s\n", c->output,
		       cw_key_kind(leaf_key), cw_key_fingerprint(leaf_key));
	else if (!r)
		printf("wrote %s.key, and %s.crt with its chain of three certificates\n", c->output,
		       c->output);
	return r;
}

int cmd_ca(int argc, char **argv)
{
	struct ca c = {.days = DAYS_DEFAULT};
	struct cw_error err;
	int r, status = parse(&c, argc, argv);

	if (status)
		return status < 0 ? cli_help(help) : status;
	r = !strcmp(c.verb, "init") ? init(&c, &err) : issue(&c, &err);
	cli_passin_done(&c.passin);
	if (r < 0) {
		cw_error_wrap(&err, err.code, "ca %s", c.verb);
		return cli_fail(false, &err);
	}
	return cli_flush();
}
