// SPDX-License-Identifier: BSD-2-Clause
/*
 * cli/verify_tee.c - corewarden verify --tee: ask a TEE to judge
 *
 * The remoteproc trusted application judges without loading (command 0x43570001), and what is said is what it says:
 * verdict, code and sentence are those of the off-line judge, because it is the same one.
 */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <corewarden/rproc.h>

#include "cli/report.h"
#include "cli/unpack.h"
#include "crypto/key.h"
#include "host/cleanup.h"
#include "rproc/platform.h"
#include "secure/api/remoteproc_ta.h"
#include "teec/teec_ext.h"

static const char help[] =
	"usage: corewarden verify FILE --tee[=NAME] [options]\n\n"
	"Asks the trusted application of a TEE to judge an image, without loading it. The keys, the memory map and the\n"
	"firmware versions are those of that TEE's machine. Exit status 0: it would boot there; 1: it is refused, and one\n"
	"sentence says what, where and why.\n\n"
	"      --tee[=NAME]    the TEE: \"optee-tz\", a device like /dev/tee0, \"corewarden:SOCKET\"; without a name the one\n"
	"                      of this machine, or of the virtual board that --state or --board power on\n"
	"      --state DIR     power a virtual board on, with these fuses\n"
	"  -b, --board BOARD   power this virtual board on: a name, or the path of a .dtb\n"
	"      --ta-dir DIR    its trusted applications\n"
	"      --rproc-id N    number of the processor (default 0)\n"
	"  -k, --key PUB       for a TEE that has the trusted application, but no platform service that knows a key:\n"
	"                      judge as if this one were trusted\n"
	"      --json          result as JSON\n";

struct ask {
	const char *file, *name, *state, *board, *ta_dir, *key_name;
	uint64_t id;
	bool json;

	uint8_t *image;
	size_t size;
	struct ta_cw_key *key; /* of key_size bytes; NULL: none given */
	size_t key_size;
	struct cw_platform *platform;
	TEEC_Context own, *tee; /* own: when no board was powered on */
	bool has_own;

	bool accepted;
	uint32_t result;
	struct cw_refusal refusal;
	char unchecked[CW_REFUSAL_TEXT_MAX];
	char application[128], system[128]; /* who judged, with version; "" when it does not say */
};

static void ask_done(struct ask *a)
{
	if (a->has_own)
		TEEC_FinalizeContext(&a->own);
	cw_platform_off(a->platform, NULL);
	free(a->image);
	free(a->key);
}

/* ---- options ---- */

enum { OPT_TEE = 256, OPT_STATE, OPT_TA_DIR, OPT_RPROC_ID, OPT_JSON };

static const struct option longs[] = {
	{"tee", optional_argument, NULL, OPT_TEE},
	{"state", required_argument, NULL, OPT_STATE},
	{"board", required_argument, NULL, 'b'},
	{"ta-dir", required_argument, NULL, OPT_TA_DIR},
	{"rproc-id", required_argument, NULL, OPT_RPROC_ID},
	{"key", required_argument, NULL, 'k'},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{},
};

static int take_option(struct ask *a, int c)
{
	switch (c) {
	case OPT_TEE:
		a->name = optarg;
		break;
	case OPT_STATE:
		a->state = optarg;
		break;
	case 'b':
		a->board = optarg;
		break;
	case OPT_TA_DIR:
		a->ta_dir = optarg;
		break;
	case OPT_RPROC_ID:
		if (!cli_number(optarg, UINT32_MAX, &a->id))
			return cli_usage("verify", "processor '%s' is no 32-bit number", optarg);
		break;
	case 'k':
		a->key_name = optarg;
		break;
	case OPT_JSON:
		a->json = true;
		break;
	}
	return CLI_DONE;
}

static int parse(struct ask *a, int argc, char **argv)
{
	int c, status;

	while ((c = cli_getopt(argc, argv, ":b:k:h", longs)) != -1) {
		if (c == '?')
			return CLI_USAGE;
		if (c == 'h')
			return -1;
		status = take_option(a, c);
		if (status)
			return status;
	}
	if (argc - optind != 1)
		return cli_usage("verify", "%s", optind < argc ? "one file at a time" : "no file given");
	a->file = argv[optind];
	if (a->name && (a->state || a->board))
		return cli_usage("verify", "--tee=%s is a TEE that is there; --state and --board power one on",
				 a->name);
	return CLI_DONE;
}

/* ---- the TEE ---- */

static int no_tee(const struct ask *a, TEEC_Result res, struct cw_error *err)
{
	const char *why = res == TEEC_ERROR_ITEM_NOT_FOUND  ? "there is no such TEE on this machine"
			  : res == TEEC_ERROR_ACCESS_DENIED ? "its device may not be opened by this user"
							    : "it does not answer";

	cw_error_set(err, res == TEEC_ERROR_ITEM_NOT_FOUND ? -ENOENT : -EIO, "TEE %s: %s [%s 0x%08x]",
		     a->name ? a->name : "of this machine", why, cw_teec_result_name(res), res);
	err->tee_result = res;
	return err->code;
}

static int connect_tee(struct ask *a, struct cw_error *err)
{
	cleanup_free char *state = NULL;
	struct cw_platform_config config = {.board = a->board ? a->board : CLI_BOARD_DEFAULT, .ta_dir = a->ta_dir};
	TEEC_Result res;
	int r;

	if (!a->state && !a->board) {
		res = TEEC_InitializeContext(a->name, &a->own);
		if (res != TEEC_SUCCESS)
			return no_tee(a, res, err);
		a->has_own = true;
		a->tee = &a->own;
		return 0;
	}
	r = cli_state_path(a->state, a->board, &state, err);
	if (r < 0)
		return r;
	config.state = state;
	r = cw_platform_on(&config, &a->platform, err);
	if (!r)
		a->tee = &a->platform->tee;
	return r;
}

static int load_key(struct ask *a, struct cw_error *err)
{
	struct cw_key *key = NULL;
	uint32_t exponent = 0;
	size_t len = 0;
	int r = a->key_name ? cw_key_load_public(a->key_name, &key, err) : 0;

	if (r < 0 || !key)
		return r;
	a->key = calloc(1, sizeof(*a->key) + CW_KEY_RAW_MAX);
	r = a->key ? cw_key_raw(key, a->key->bytes, &len, &exponent) : -ENOMEM;
	if (r == 0) {
		cw_put_le32((uint8_t *)&a->key->type, cw_key_signtype(key));
		cw_put_le32((uint8_t *)&a->key->exponent, exponent);
		a->key_size = sizeof(*a->key) + len;
	}
	cw_key_free(key);
	return r < 0 ? cw_error_set(err, r, "key '%s': %s", a->key_name, strerror(-r)) : 0;
}

static void fetch_reason(struct ask *a, TEEC_Session *session)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_VALUE_OUTPUT,
					       TEEC_VALUE_OUTPUT),
	};
	char text[CW_REFUSAL_TEXT_MAX] = "";

	op.params[0].value.a = (uint32_t)a->id;
	op.params[1].tmpref.buffer = text;
	op.params[1].tmpref.size = sizeof(text) - 1;
	a->refusal.code = CW_CODE_PLATFORM;
	a->refusal.offset = CW_NO_OFFSET;
	if (TEEC_InvokeCommand(session, TA_CW_CMD_REASON, &op, NULL) == TEEC_SUCCESS &&
	    op.params[2].value.a != CW_OK) {
		a->refusal.code = (enum cw_code)op.params[2].value.a;
		a->refusal.offset = (uint64_t)op.params[3].value.b << 32 | op.params[3].value.a;
	}
	if (!text[0])
		snprintf(text, sizeof(text), "the TEE gives no reason: %s 0x%08x",
			 cw_teec_result_name(a->result), a->result);
	cli_printable(cw_span(text, strlen(text)), a->refusal.text, sizeof(a->refusal.text));
}

static void fetch_version(struct ask *a, TEEC_Session *session)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_MEMREF_TEMP_OUTPUT,
					       TEEC_NONE),
	};
	char application[sizeof(a->application)] = "", system[sizeof(a->system)] = "";

	op.params[0].value.a = (uint32_t)a->id;
	op.params[1].tmpref.buffer = application;
	op.params[1].tmpref.size = sizeof(application) - 1;
	op.params[2].tmpref.buffer = system;
	op.params[2].tmpref.size = sizeof(system) - 1;
	if (TEEC_InvokeCommand(session, TA_CW_CMD_VERSION, &op, NULL) != TEEC_SUCCESS)
		return; /* an older one */
	cli_printable(cw_span(application, strlen(application)), a->application, sizeof(a->application));
	cli_printable(cw_span(system, strlen(system)), a->system, sizeof(a->system));
}

/* Anything that is no verdict of this TA's judge is a failure. */
static int judge(struct ask *a, TEEC_Session *session, struct cw_error *err)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT,
					       a->key ? TEEC_MEMREF_TEMP_INPUT : TEEC_NONE),
	};
	char text[CW_REFUSAL_TEXT_MAX] = "";
	uint32_t origin = 0;

	op.params[0].value.a = (uint32_t)a->id;
	op.params[1].tmpref.buffer = a->image;
	op.params[1].tmpref.size = a->size;
	op.params[2].tmpref.buffer = text;
	op.params[2].tmpref.size = sizeof(text) - 1;
	op.params[3].tmpref.buffer = a->key;
	op.params[3].tmpref.size = a->key_size;
	a->result = TEEC_InvokeCommand(session, TA_CW_CMD_VERIFY, &op, &origin);
	if (origin != TEEC_ORIGIN_TRUSTED_APP) {
		cw_error_set(err, -EIO, "the TEE did not judge: %s 0x%08x from %s", cw_teec_result_name(a->result),
			     a->result, cw_teec_origin_name(origin));
		err->tee_result = a->result;
		return -EIO;
	}
	a->accepted = a->result == TEEC_SUCCESS;
	if (a->accepted)
		cli_printable(cw_span(text, strlen(text)), a->unchecked, sizeof(a->unchecked));
	else
		fetch_reason(a, session);
	/* OP-TEE's own TA knows no such command, and no reasons. */
	if (!a->accepted && a->refusal.code == CW_CODE_PLATFORM && a->result == TEEC_ERROR_BAD_PARAMETERS)
		return cw_error_set(err, -EOPNOTSUPP,
				    "this TEE's remoteproc trusted application cannot judge: it is not Corewarden's");
	return 0;
}

static int ask(struct ask *a, struct cw_error *err)
{
	static const TEEC_UUID uuid = TA_RPROC_UUID;
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE)};
	TEEC_Session session;
	uint32_t origin = 0;
	TEEC_Result res;
	int r;

	op.params[0].value.a = (uint32_t)a->id;
	res = TEEC_OpenSession(a->tee, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, &op, &origin);
	if (res != TEEC_SUCCESS) {
		cw_error_set(err, -EIO, "no session with the remoteproc trusted application: %s 0x%08x from %s%s",
			     cw_teec_result_name(res), res, cw_teec_origin_name(origin),
			     res == TEEC_ERROR_ITEM_NOT_FOUND ? "; is it installed?" : "");
		err->tee_result = res;
		return -EIO;
	}
	r = judge(a, &session, err);
	if (!r)
		fetch_version(a, &session);
	TEEC_CloseSession(&session);
	return r;
}

static int prepare(struct ask *a, struct cw_error *err)
{
	int r = load_key(a, err);

	if (!r)
		r = cli_read_file(a->file, &a->image, &a->size, err);
	if (!r)
		r = cli_unpack_file(a->file, &a->image, &a->size, err);
	if (!r)
		r = connect_tee(a, err);
	return r ? r : ask(a, err);
}

/* ---- the answer ---- */

static int tell(const struct ask *a)
{
	struct report *r = report_new(a->json);

	if (!r)
		return CLI_REFUSED;
	report_line(r, !a->accepted, "%s: %s", a->file, a->accepted ? "would boot" : "refused");
	report_bool(r, "ok", NULL, a->accepted);
	cli_report_verdict(r, a->accepted ? 0 : -(int)a->refusal.code, &a->refusal);
	report_open(r, "tee", NULL);
	report_text(r, "name", "judged by", "%s",
		    a->platform ? "the TEE of a virtual board"
		    : a->name	? a->name
				: "the TEE of this machine");
	if (a->application[0])
		report_text(r, "application", "application", "%s", a->application);
	if (a->system[0])
		report_text(r, "system", "system", "%s", a->system);
	report_num(r, "result", NULL, a->result, NULL);
	if (a->unchecked[0])
		report_text(r, "unchecked", "not checked", "%s", a->unchecked);
	report_close(r);
	return report_end(r) || !a->accepted ? CLI_REFUSED : CLI_DONE;
}

int cmd_verify_tee(int argc, char **argv)
{
	cw_cleanup(ask_done) struct ask a = {0};
	struct cw_error err;
	int status = parse(&a, argc, argv);

	if (status)
		return status < 0 ? cli_help(help) : status;
	if (prepare(&a, &err) < 0) {
		cw_error_wrap(&err, err.code, "verify");
		return cli_fail(a.json, &err);
	}
	status = tell(&a);
	if (!a.accepted)
		cli_tell_refusal(a.file, -(int)a.refusal.code, &a.refusal);
	return status;
}
