// SPDX-License-Identifier: BSD-2-Clause
/* cli/provision.c - corewarden provision: what a factory does once to a board, done to a virtual
 * one */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cli/report.h"
#include "crypto/key.h"
#include "crypto/seal.h"
#include "host/cleanup.h"
#include "host/state.h"
#include "sign/container.h"

static const char help[] =
	"usage: corewarden provision --key PUB [options]\n"
	"       corewarden provision --device-key-out FILE [options]\n"
	"       corewarden provision --reset [options]\n\n"
	"Burns the fuses of a virtual board: the fingerprint of the key whose images it may boot, and what it insists\n"
	"on. Fuses burn once: another key in the same slot is refused, and requirements are only added to.\n\n"
	"  -k, --key PUB         the key to trust: public key or certificate, PEM or DER\n"
	"      --slot N          the fuse to burn, 0 to 3 (default 0)\n"
	"      --device-key-out FILE  give the board a device key, unless it has one, and write its public half as\n"
	"                        PEM: 'corewarden sign' encrypts images to it\n"
	"      --require WORDS   what images must have, signed: version,target,headers\n"
	"  -b, --board BOARD     the board (default " CLI_BOARD_DEFAULT ")\n"
	"      --state DIR       where its state lives; else chosen by the board's name\n"
	"      --reset           first wipe it: fuses, keys, rollback counters\n"
	"      --json            result as JSON\n";

struct provision {
	const char *key_name, *board, *state, *device_out;
	uint64_t slot;
	uint32_t require;
	bool has_slot, reset, json;
	char *path;
	struct cw_key *key;
	struct cw_bus_fuses fuses;
	bool was_burnt; /* the slot had this key already */
	bool had_device_key;
	uint8_t device_spki[CW_SPKI_MAX];
	size_t device_len;
};

static void provision_done(struct provision *p)
{
	cw_key_free(p->key);
	free(p->path);
}

/* ---- options ---- */

enum { OPT_SLOT = 256, OPT_DEVICE_OUT, OPT_REQUIRE, OPT_STATE, OPT_RESET, OPT_JSON };

static const struct option longs[] = {
	{"key", required_argument, NULL, 'k'},
	{"board", required_argument, NULL, 'b'},
	{"device-key-out", required_argument, NULL, OPT_DEVICE_OUT},
	{"slot", required_argument, NULL, OPT_SLOT},
	{"require", required_argument, NULL, OPT_REQUIRE},
	{"state", required_argument, NULL, OPT_STATE},
	{"reset", no_argument, NULL, OPT_RESET},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{},
};

static int take_option(struct provision *p, int c)
{
	switch (c) {
	case 'k':
		p->key_name = optarg;
		break;
	case OPT_DEVICE_OUT:
		p->device_out = optarg;
		break;
	case 'b':
		p->board = optarg;
		break;
	case OPT_SLOT:
		p->has_slot = true;
		if (!cli_number(optarg, CW_FUSE_KEYS - 1, &p->slot))
			return cli_usage("provision", "slot '%s' is not 0 to %d", optarg,
					 CW_FUSE_KEYS - 1);
		break;
	case OPT_REQUIRE:
		return cli_require("provision", optarg, &p->require);
	case OPT_STATE:
		p->state = optarg;
		break;
	case OPT_RESET:
		p->reset = true;
		break;
	case OPT_JSON:
		p->json = true;
		break;
	}
	return CLI_DONE;
}

static int parse(struct provision *p, int argc, char **argv)
{
	int c, status;

	while ((c = cli_getopt(argc, argv, ":k:b:h", longs)) != -1) {
		if (c == '?')
			return CLI_USAGE;
		if (c == 'h')
			return -1;
		status = take_option(p, c);
		if (status)
			return status;
	}
	if (optind < argc)
		return cli_usage("provision", "'%s' is not expected", argv[optind]);
	if (!p->key_name && !p->reset && !p->device_out)
		return cli_usage("provision", "which key? give --key PUB");
	if (!p->key_name && (p->require || p->has_slot))
		return cli_usage("provision", "%s needs --key", p->require ? "--require" : "--slot");
	return CLI_DONE;
}

/* ---- work ---- */

static bool blank(const uint8_t fuse[32])
{
	return cw_span_zero(cw_span(fuse, 32));
}

static int refuse_slot(const struct provision *p, const uint8_t *fuse, struct cw_error *err)
{
	char burnt[CW_FINGERPRINT_HEX];

	cw_hex_encode(fuse, 32, burnt);
	return cw_error_set(
		err, -EEXIST,
		"fuse %llu of '%s' is burnt with another key, %s, and burns only once; trust "
		"both with --slot %llu, or wipe the virtual board with --reset",
		(unsigned long long)p->slot, p->path, burnt,
		(unsigned long long)(p->slot + 1) % CW_FUSE_KEYS);
}

/* The key before the fuse: a fuse without its key would trust nobody, and the other order is merely
 * wasteful. */
static int store_key(const struct provision *p, int dir, struct cw_error *err)
{
	struct cw_span spki = cw_key_spki(p->key);
	cleanup_fd int tee = -1;
	char name[CW_FINGERPRINT_HEX + 16];
	int r = cw_state_open_tee(dir, &tee, err);

	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "keys/%s.der", cw_key_fingerprint(p->key));
	return cw_state_file_write(tee, name, spki.ptr, spki.len, err);
}

static int burn(struct provision *p, int dir, struct cw_error *err)
{
	uint8_t *fuse = p->fuses.key[p->slot], fp[32];
	int r;

	if (!cw_hex_decode(cw_key_fingerprint(p->key), fp, sizeof(fp)))
		return cw_error_set(err, -EINVAL, "the key has no fingerprint");
	p->was_burnt = !memcmp(fuse, fp, sizeof(fp));
	if (!p->was_burnt && !blank(fuse))
		return refuse_slot(p, fuse, err);
	if (blank(p->fuses.state_id) && getrandom(p->fuses.state_id, sizeof(p->fuses.state_id),
						  0) != (ssize_t)sizeof(p->fuses.state_id))
		return cw_error_errno(err, "random bytes for the board's name");
	r = store_key(p, dir, err);
	if (r < 0)
		return r;
	memcpy(fuse, fp, sizeof(fp));
	p->fuses.require |= p->require;
	return cw_state_fuses_write(dir, &p->fuses, err);
}

/* ---- the device key ---- */

/* What the TEE's storage has, or a new one: its public half. The private half stays there. */
static int take_device_key(struct provision *p, int tee, struct cw_error *err)
{
	uint8_t der[CW_DEVICE_KEY_SIZE];
	size_t len = 0;
	int r = cw_state_file_read(tee, "device.key", der, sizeof(der), err);

	p->had_device_key = r >= 0;
	if (r == -ENOENT) {
		if (cw_device_key_new(der, &len))
			return cw_error_set(err, -ENOMEM, "a device key could not be made");
		r = cw_state_file_write(tee, "device.key", der, len, err);
	} else if (r >= 0) {
		len = (size_t)r;
	}
	if (r >= 0 && cw_device_key_public(cw_span(der, len), p->device_spki, &p->device_len))
		r = cw_error_set(err, -EBADMSG,
				 "what '%s' holds as its device key is none; wipe the virtual board with "
				 "--reset",
				 p->path);
	explicit_bzero(der, sizeof(der));
	return r < 0 ? r : 0;
}

static int device_key(struct provision *p, int dir, struct cw_error *err)
{
	cleanup_fd int tee = -1;
	cleanup_free char *pem = NULL;
	int r = cw_state_open_tee(dir, &tee, err);

	if (!r)
		r = take_device_key(p, tee, err);
	if (!r)
		r = cw_spki_pem(cw_span(p->device_spki, p->device_len), &pem, err);
	return r < 0 ? r : cw_sign_write_file(p->device_out, pem, strlen(pem), err);
}

static int provision(struct provision *p, struct cw_error *err)
{
	cleanup_fd int dir = -1, lock = -1;
	int r = 0;

	if (p->key_name)
		r = cw_key_load_public(p->key_name, &p->key, err);
	if (!r)
		r = cli_state_path(p->state, p->board, &p->path, err);
	if (!r)
		r = cw_state_open(p->path, 1, &dir, err);
	if (!r)
		r = cw_state_lock(dir, &lock, err);
	if (!r && p->reset)
		r = cw_state_reset(dir, err);
	if (!r)
		r = cw_state_fuses_read(dir, &p->fuses, err);
	if (!r && p->key)
		r = burn(p, dir, err);
	if (!r && p->device_out)
		r = device_key(p, dir, err);
	return r;
}

/* ---- the answer ---- */

static void tell_require(struct report *r, uint32_t bits)
{
	char words[64];

	snprintf(words, sizeof(words), "%s%s%s", bits & CW_FUSE_REQUIRE_VERSION ? "version," : "",
		 bits & CW_FUSE_REQUIRE_TARGET ? "target," : "",
		 bits & CW_FUSE_REQUIRE_HEADERS ? "headers," : "");
	if (words[0])
		words[strlen(words) - 1] = '\0';
	report_text(r, "require", "  insists on", "%s", words[0] ? words : "nothing more");
}

static void tell_fuses(struct report *r, const struct provision *p)
{
	const struct report_column columns[] = {
		{"slot", "fuse", true},
		{"fingerprint", "trusted key (SHA-256 of its SubjectPublicKeyInfo)", false},
	};
	char hex[CW_FINGERPRINT_HEX];

	report_table_open(r, "fuses", columns, 2);
	for (unsigned i = 0; i < CW_FUSE_KEYS; i++) {
		if (blank(p->fuses.key[i]))
			continue;
		cw_hex_encode(p->fuses.key[i], 32, hex);
		report_cell_num(r, i, "%u", i);
		report_cell_text(r, "%s", hex);
	}
	report_table_close(r);
}

static void tell_device_key(struct report *r, const struct provision *p)
{
	char hex[CW_FINGERPRINT_HEX];
	uint8_t fp[32];

	if (!p->device_out || cw_crypto_fingerprint(cw_span(p->device_spki, p->device_len), fp))
		return;
	cw_hex_encode(fp, sizeof(fp), hex);
	report_line(r, false, "wrote %s: the public half of the %sdevice key", p->device_out,
		    p->had_device_key ? "" : "new ");
	report_text(r, "device_key", "  device key", "%s", hex);
	report_text(r, "device_key_out", NULL, "%s", p->device_out);
}

static int tell(const struct provision *p)
{
	struct report *r = report_new(p->json);

	if (!r)
		return CLI_REFUSED;
	if (p->reset)
		report_line(r, false, "wiped: the board is blank again");
	report_bool(r, "ok", NULL, true);
	report_bool(r, "reset", NULL, p->reset);
	report_text(r, "state", NULL, "%s", p->path);
	if (p->key) {
		report_line(r, false, "fuse %llu %s: this board boots images signed by",
			    (unsigned long long)p->slot,
			    p->was_burnt ? "was burnt already" : "burnt");
		report_text(r, "key_kind", "  key", "%s", cw_key_kind(p->key));
		report_text(r, "fingerprint", "  fingerprint", "%s", cw_key_fingerprint(p->key));
		report_bool(r, "was_burnt", NULL, p->was_burnt);
		tell_require(r, p->fuses.require);
	}
	tell_device_key(r, p);
	report_text(r, NULL, "  state", "%s", p->path);
	report_line(r, false, "%s", "");
	tell_fuses(r, p);
	return report_end(r) ? CLI_REFUSED : CLI_DONE;
}

int cmd_provision(int argc, char **argv)
{
	cw_cleanup(provision_done) struct provision p = {0};
	struct cw_error err;
	int status = parse(&p, argc, argv);

	if (status)
		return status < 0 ? cli_help(help) : status;
	if (provision(&p, &err) < 0) {
		cw_error_wrap(&err, err.code, "provision");
		return cli_fail(p.json, &err);
	}
	return tell(&p);
}
