// SPDX-License-Identifier: BSD-2-Clause
/*
 * client.c - the program of the real stack's tests
 *
 *	real-client fuses PEM|none [REQUIRE [MINIMUM]]	write what this machine trusts
 *	real-client steps PEM IMAGE			authenticate and load, step by step, for people to read
 *	real-client table TABLE FOLDER TA...		every image of the generator's table through every TA:
 *							VERDICT image TA result code left sentence, tab-separated
 *	real-client memory PA...			read physical memory as Linux can
 *	real-client hold PEM IMAGE PA...		the same while IMAGE is loaded
 *	real-client limits PEM IMAGE			how much a trusted application and this TEE bear
 *	real-client largest TA...			the largest image that reaches it
 *	real-client wide IMAGE...			load large files with small segments, with every TA
 *	real-client behave				a trusted application, or the TEE's memory, fails
 *	real-client measure IMAGE... -- TA...		how long session, verify and load take
 */
#include "tests/real/client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "base/refusal.h"
#include "host/cleanup.h"
#include "secure/api/remoteproc_ta.h"
#include "secure/optee/fuses.h"
#include "tests/real/behave.h"

TEEC_Context client_context;

_Noreturn void client_die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "real-client: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

void *client_file(const char *path, size_t *ret_size)
{
	cleanup_file FILE *f = fopen(path, "rb");
	long size;
	void *data;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0)
		client_die("'%s' cannot be read: %s", path, strerror(errno));
	rewind(f);
	data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		client_die("'%s' cannot be read", path);
	((char *)data)[size] = '\0';
	*ret_size = (size_t)size;
	return data;
}

/* ---- trusted applications ---- */

TEEC_UUID client_uuid(const char *name)
{
	TEEC_UUID uuid = TA_RPROC_UUID;

	if (!strcmp(name, "ours32")) {
		uuid.clockSeqAndNode[6] = 0x00;
		uuid.clockSeqAndNode[7] = 0x32;
	} else if (!strcmp(name, "optee")) {
		uuid.clockSeqAndNode[6] = 0x04;
		uuid.clockSeqAndNode[7] = 0x10;
	} else if (strcmp(name, "ours")) {
		client_die("no TA is called '%s'", name);
	}
	return uuid;
}

TEEC_Result client_open(TEEC_Session *session, const char *ta, uint32_t rproc)
{
	TEEC_UUID uuid = client_uuid(ta);
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, 0, 0, 0)};

	op.params[0].value.a = rproc;
	return TEEC_OpenSession(&client_context, session, &uuid, TEEC_LOGIN_PUBLIC, NULL, &op, NULL);
}

TEEC_Result client_load(TEEC_Session *session, uint32_t rproc, const void *image, size_t size)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INPUT, 0, 0),
	};

	op.params[0].value.a = rproc;
	op.params[1].tmpref.buffer = (void *)(uintptr_t)image;
	op.params[1].tmpref.size = size;
	return TEEC_InvokeCommand(session, TA_RPROC_CMD_LOAD_FW, &op, NULL);
}

TEEC_Result client_simple(TEEC_Session *session, uint32_t command, uint32_t rproc)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, 0, 0, 0)};

	op.params[0].value.a = rproc;
	return TEEC_InvokeCommand(session, command, &op, NULL);
}

uint32_t client_reason(TEEC_Session *session, uint32_t rproc, char *text, size_t size)
{
	TEEC_Operation op = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_OUTPUT, TEEC_VALUE_OUTPUT,
					       TEEC_VALUE_OUTPUT),
	};

	text[0] = '\0';
	op.params[0].value.a = rproc;
	op.params[1].tmpref.buffer = text;
	op.params[1].tmpref.size = size;
	if (TEEC_InvokeCommand(session, TA_CW_CMD_REASON, &op, NULL) != TEEC_SUCCESS)
		text[0] = '\0';
	return op.params[2].value.a;
}

/* ---- the bench's fuses ---- */

static TEEC_Session *fuses_session(void)
{
	static const TEEC_UUID uuid = CW_FUSES_PTA_UUID;
	static TEEC_Session session;
	static bool open;

	if (!open) {
		TEEC_Result res = TEEC_OpenSession(&client_context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL,
						   NULL, NULL);

		if (res != TEEC_SUCCESS)
			client_die("this TEE has no bench fuses: 0x%08x", res);
		open = true;
	}
	return &session;
}

static void describe_rsa(EVP_PKEY *key, struct cw_fuses *f)
{
	BIGNUM *n = NULL, *e = NULL;

	if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) ||
	    !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e))
		client_die("the key has no modulus");
	f->kind = CW_FUSES_KEY_RSA;
	f->exponent = (uint32_t)BN_get_word(e);
	f->size = (uint32_t)BN_num_bytes(n);
	if (f->size > sizeof(f->key))
		client_die("the key is too long");
	BN_bn2bin(n, f->key);
	BN_free(n);
	BN_free(e);
}

static void describe_p256(EVP_PKEY *key, struct cw_fuses *f)
{
	BIGNUM *x = NULL, *y = NULL;

	if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) ||
	    !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) ||
	    BN_bn2binpad(x, f->key, 32) != 32 || BN_bn2binpad(y, f->key + 32, 32) != 32)
		client_die("the key is neither RSA nor of P-256");
	f->kind = CW_FUSES_KEY_P256;
	f->size = 64;
	BN_free(x);
	BN_free(y);
}

static void describe_key(const char *pem, struct cw_fuses *f)
{
	cleanup_file FILE *file = fopen(pem, "r");
	EVP_PKEY *key = file ? PEM_read_PUBKEY(file, NULL, NULL, NULL) : NULL;
	uint8_t *der = NULL;
	int len;

	if (!key)
		client_die("'%s' holds no public key", pem);
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		describe_rsa(key, f);
	else
		describe_p256(key, f);
	len = i2d_PUBKEY(key, &der);
	if (len <= 0)
		client_die("'%s' cannot be encoded", pem);
	SHA256(der, (size_t)len, f->fingerprint);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

void client_fuses(const char *pem, uint32_t require, uint64_t minimum)
{
	struct cw_fuses f = {
		.require = require,
		.minimum_low = (uint32_t)minimum,
		.minimum_high = (uint32_t)(minimum >> 32),
	};
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, 0, 0, 0)};
	TEEC_Result res;

	if (pem)
		describe_key(pem, &f);
	op.params[0].tmpref.buffer = &f;
	op.params[0].tmpref.size = sizeof(f);
	res = TEEC_InvokeCommand(fuses_session(), CW_FUSES_WRITE, &op, NULL);
	if (res != TEEC_SUCCESS)
		client_die("the fuses could not be written: 0x%08x", res);
}

size_t client_left(uint32_t rproc)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT, 0, 0)};
	TEEC_Result res;

	op.params[0].value.a = rproc;
	res = TEEC_InvokeCommand(fuses_session(), CW_FUSES_LEFT, &op, NULL);
	if (res != TEEC_SUCCESS)
		client_die("the processor's memory could not be looked at: 0x%08x", res);
	return op.params[1].value.a;
}

static int cmd_fuses(int argc, char **argv)
{
	if (argc < 2)
		client_die("fuses PEM|none [REQUIRE [MINIMUM]]");
	client_fuses(strcmp(argv[1], "none") ? argv[1] : NULL,
		     argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) : 0,
		     argc > 3 ? strtoull(argv[3], NULL, 0) : 0);
	return 0;
}

/* ---- every image, every TA ---- */

static uint32_t require_bits(const char *words)
{
	return (strstr(words, "version") ? 1u : 0) | (strstr(words, "target") ? 2u : 0) |
	       (strstr(words, "headers") ? 4u : 0);
}

/* OP-TEE's TA releases only what it was asked to load, be it in vain. */
static TEEC_Result release_unknown(TEEC_Session *session, const char *ta)
{
	static const uint8_t nothing[64];

	if (!strcmp(ta, "optee"))
		client_load(session, 0, nothing, sizeof(nothing));
	return client_simple(session, TA_RPROC_CMD_RELEASE_FW, 0);
}

static void judge(const char *ta, const char *file, const void *image, size_t size)
{
	char text[CW_REFUSAL_TEXT_MAX] = "";
	TEEC_Session session;
	uint32_t code = 0;
	size_t left;
	TEEC_Result res = client_open(&session, ta, 0);

	if (res != TEEC_SUCCESS)
		client_die("%s: no session: 0x%08x", ta, res);
	res = client_load(&session, 0, image, size);
	if (res != TEEC_SUCCESS && strcmp(ta, "optee"))
		code = client_reason(&session, 0, text, sizeof(text));
	left = client_left(0);
	printf("VERDICT\t%s\t%s\t%08x\t%s\t%zu\t%s\n", file, ta, res, cw_code_name((int)code), left, text);
	res = client_simple(&session, TA_RPROC_CMD_RELEASE_FW, 0);
	if (res == TEEC_ERROR_TARGET_DEAD) {
		/* It has crashed over this image: another instance of it releases. */
		TEEC_CloseSession(&session);
		res = client_open(&session, ta, 0);
		if (res == TEEC_SUCCESS)
			res = release_unknown(&session, ta);
	}
	if (res != TEEC_SUCCESS)
		client_die("%s: %s: RELEASE answers 0x%08x", ta, file, res);
	if (client_left(0))
		client_die("%s: %s: RELEASE left something", ta, file);
	TEEC_CloseSession(&session);
}

static int cmd_table(int argc, char **argv)
{
	size_t size;
	cleanup_free char *table = client_file(argv[1], &size);
	char *lines = table, *line;

	strsep(&lines, "\n");
	while ((line = strsep(&lines, "\n")) && *line) {
		const char *file = strsep(&line, "\t"), *key = strsep(&line, "\t"), *require = strsep(&line, "\t");
		const char *minimum = strsep(&line, "\t");
		cleanup_free void *image = NULL;
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", argv[2], key);
		client_fuses(path, require_bits(require), strtoull(minimum, NULL, 10));
		snprintf(path, sizeof(path), "%s/%s", argv[2], file);
		image = client_file(path, &size);
		for (int i = 3; i < argc; i++)
			judge(argv[i], file, image, size);
	}
	return 0;
}

/* ---- for people ---- */

/* All that was said before this is on the consoles before what is said after it: Linux's own is slower than OP-TEE's. The
 * answer comes from scripts/real/consoles.py. */
static void settle(void)
{
	char answer;

	if (!getenv("CLIENT_CONSOLE"))
		return;
	fputc('\x05', stdout);
	fflush(stdout);
	if (read(STDIN_FILENO, &answer, 1) != 1)
		client_die("nobody answers on the console");
}

static void announce(const char *what)
{
	printf("  %s ...\n", what);
	settle();
}

static TEEC_Result answered(TEEC_Result res)
{
	settle();
	printf("  ... %s (0x%08x)\n", res == TEEC_SUCCESS ? "done" : "refused", res);
	return res;
}

static void tell_reason(TEEC_Session *session)
{
	char text[CW_REFUSAL_TEXT_MAX];

	client_reason(session, 0, text, sizeof(text));
	printf("  it says: %s\n", text);
}

static void tell_memory(void)
{
	printf("  in the processor's memory: %zu bytes that are not zero\n", client_left(0));
}

static int cmd_steps(int argc, char **argv)
{
	TEEC_Session session;
	size_t size;
	cleanup_free void *image = client_file(argv[2], &size);
	TEEC_Result loaded;

	client_fuses(argv[1], 0, 0);
	puts("  the key that this machine trusts is written");
	announce("session with the trusted application");
	if (answered(client_open(&session, "ours", 0)) != TEEC_SUCCESS)
		return 1;
	announce("authenticate and load");
	loaded = answered(client_load(&session, 0, image, size));
	if (loaded != TEEC_SUCCESS) {
		tell_reason(&session);
	} else {
		tell_memory();
		announce("start");
		answered(client_simple(&session, TA_RPROC_CMD_START_FW, 0));
		tell_reason(&session);
	}
	announce("release");
	answered(client_simple(&session, TA_RPROC_CMD_RELEASE_FW, 0));
	tell_memory();
	TEEC_CloseSession(&session);
	return loaded != TEEC_SUCCESS;
}

/* Loaded, and then looked at as Linux can. */
static int cmd_hold(int argc, char **argv)
{
	TEEC_Session session;
	size_t size;
	cleanup_free void *image = client_file(argv[2], &size);
	int status;

	client_fuses(argv[1], 0, 0);
	if (client_open(&session, "ours", 0) || client_load(&session, 0, image, size))
		client_die("'%s' is not loaded", argv[2]);
	printf("HELD %zu bytes that are not zero\n", client_left(0));
	status = client_memory(argc - 2, argv + 2);
	if (client_simple(&session, TA_RPROC_CMD_RELEASE_FW, 0))
		client_die("RELEASE is refused");
	TEEC_CloseSession(&session);
	return status;
}

static int client_behave(int argc, char **argv)
{
	bool good = behave_all(&client_context, BEHAVE_OPTEE);

	puts(good ? "BEHAVE done" : "BEHAVE otherwise");
	return !good;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(int argc, char **argv);
	} commands[] = {
		{"fuses", 2, cmd_fuses},	 {"steps", 3, cmd_steps},	{"table", 4, cmd_table},
		{"memory", 2, client_memory},	 {"measure", 4, client_measure}, {"hold", 4, cmd_hold},
		{"limits", 3, client_limits},	 {"largest", 2, client_largest}, {"behave", 1, client_behave},
		{"wide", 2, client_wide},
	};
	TEEC_Result res = TEEC_InitializeContext(NULL, &client_context);
	int status = 2;

	if (res != TEEC_SUCCESS)
		client_die("no TEE: 0x%08x", res);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name) && argc > commands[i].args)
			status = commands[i].run(argc - 1, argv + 1);
	TEEC_FinalizeContext(&client_context);
	return status;
}
