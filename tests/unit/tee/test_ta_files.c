// SPDX-License-Identifier: BSD-2-Clause
/* test_ta_files.c - files that are not the TA they claim to be: refused, and the log says why */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/ta_header.h"

#define NAME	 "5d1c7a10-9c3e-4b58-8f11-2a6e0c435701.ta"
#define FILE_MAX (1 << 20)

struct ctx {
	struct fixture *f;
	TEEC_Context teec;
	char dir[128];
};

static const char *built(const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", getenv("TA_DIR"), name);
	return path;
}

static size_t read_built(const char *name, uint8_t *buf)
{
	char path[256];
	FILE *f = fopen(built(name, path), "r");
	size_t n;

	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	n = fread(buf, 1, FILE_MAX, f);
	fclose(f);
	assert_true(n > 0 && n < FILE_MAX);
	return n;
}

static const char *in_dir(struct ctx *c, char path[256])
{
	snprintf(path, 256, "%s/" NAME, c->dir);
	return path;
}

static void write_ta(struct ctx *c, const uint8_t *data, size_t len)
{
	char path[256];
	FILE *f = fopen(in_dir(c, path), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

static int setup_with(void **state, bool second)
{
	const char *tmp = getenv("TMPDIR");
	struct ctx *c = calloc(1, sizeof(*c));
	struct fixture_options o = {0};

	snprintf(c->dir, sizeof(c->dir), "%s/tee-ta-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(c->dir));
	o.ta_dir = c->dir;
	o.ta_dir2 = second ? getenv("TA_DIR") : NULL;
	c->f = fixture_start(&o);
	fixture_client(c->f, &c->teec);
	*state = c;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, false);
}

static int setup_two(void **state)
{
	return setup_with(state, true);
}

static int teardown(void **state)
{
	struct ctx *c = *state;
	char path[256];

	fixture_wait_idle(&c->teec, 0, 0);
	TEEC_FinalizeContext(&c->teec);
	fixture_stop(c->f);
	remove(in_dir(c, path));
	assert_int_equal(rmdir(c->dir), 0);
	free(c);
	return 0;
}

static void refused(struct ctx *c, TEEC_Result want, const char *why)
{
	TEEC_Session s;
	uint32_t origin;
	TEEC_Result res =
		TEEC_OpenSession(&c->teec, &s, &echo_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);

	if (res != want || !fixture_log_has(c->f, why))
		fail_msg("0x%08x instead of 0x%08x; '%s' is looked for in:\n%s", res, want, why,
			 c->f->log);
	assert_int_equal(origin, TEEC_ORIGIN_TEE);
	fixture_log_clear(c->f);
}

static void test_none(void **state)
{
	refused(*state, TEEC_ERROR_ITEM_NOT_FOUND, "there is no file " NAME);
}

static void test_other_key(void **state)
{
	struct ctx *c = *state;
	uint8_t buf[FILE_MAX];

	write_ta(c, buf, read_built("other-key.ta", buf));
	refused(c, TEEC_ERROR_SECURITY, "not that of the key this TEE trusts");
}

static void test_pkcs1(void **state)
{
	struct ctx *c = *state;
	uint8_t buf[FILE_MAX];
	TEEC_Session s;

	write_ta(c, buf, read_built("pkcs1.ta", buf));
	echo_open(&c->teec, &echo_uuid, &s);
	TEEC_CloseSession(&s);
}

static void test_other_uuid(void **state)
{
	struct ctx *c = *state;
	uint8_t buf[FILE_MAX];

	write_ta(c, buf, read_built("5d1c7a10-9c3e-4b58-8f11-2a6e0c435702.ta", buf));
	refused(c, TEEC_ERROR_SECURITY, "was signed for TA 5d1c7a10-9c3e-4b58-8f11-2a6e0c435702");
	/* signed for this one, but the code inside is another's */
	write_ta(c, buf, read_built("other-code.ta", buf));
	refused(c, TEEC_ERROR_SECURITY, "its ta_head names another UUID");
}

static void test_no_elf(void **state)
{
	struct ctx *c = *state;
	uint8_t buf[FILE_MAX];

	write_ta(c, buf, read_built("no-elf.ta", buf));
	refused(c, TEEC_ERROR_BAD_FORMAT, "refused (0xffff0005): /proc/self/fd/");
	write_ta(c, buf, read_built("no-ta.ta", buf));
	refused(c, TEEC_ERROR_BAD_FORMAT, "it has no symbol ta_head");
}

/* Every part of the file, one bit of it changed. */
static void test_changed(void **state)
{
	static const struct {
		size_t at;
		TEEC_Result res;
		const char *why;
	} cases[] = {
		{0, TEEC_ERROR_BAD_FORMAT, "not a signed TA: magic"},
		{4, TEEC_ERROR_BAD_FORMAT, "TA image type 0 is not supported"},
		{8, TEEC_ERROR_BAD_FORMAT, "the TA's ELF should have"},
		{13, TEEC_ERROR_BAD_FORMAT, "signature algorithm 0x70414830 is not supported"},
		{16, TEEC_ERROR_BAD_FORMAT, "the TA's hash has 33 bytes"},
		{18, TEEC_ERROR_BAD_FORMAT, "the TA's ELF should have"},
		{20, TEEC_ERROR_SECURITY, "not that of the key"},
		{60, TEEC_ERROR_SECURITY, "not that of the key"},
		{20 + 32 + 384, TEEC_ERROR_SECURITY, "do not have the signed hash"},
		{20 + 32 + 384 + 16, TEEC_ERROR_SECURITY, "do not have the signed hash"},
		{20 + 32 + 384 + 20, TEEC_ERROR_SECURITY, "do not have the signed hash"},
		{8000, TEEC_ERROR_SECURITY, "do not have the signed hash"},
	};
	struct ctx *c = *state;
	uint8_t buf[FILE_MAX];
	size_t len = read_built(NAME, buf);

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf[cases[i].at] ^= 1;
		write_ta(c, buf, len);
		refused(c, cases[i].res, cases[i].why);
		buf[cases[i].at] ^= 1;
	}
}

static void test_cut(void **state)
{
	static const size_t lengths[] = {0, 1, 19, 20, 51, 52, 435, 436, 455, 456, 500, 9000};
	struct ctx *c = *state;
	uint8_t buf[FILE_MAX];
	size_t len = read_built(NAME, buf);

	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		write_ta(c, buf, lengths[i]);
		refused(c, TEEC_ERROR_BAD_FORMAT, "the ");
	}
	buf[len] = 0;
	write_ta(c, buf, len + 1);
	refused(c, TEEC_ERROR_BAD_FORMAT, "the file holds");
}

static void test_no_plain_file(void **state)
{
	struct ctx *c = *state;
	char path[256], target[256];

	assert_int_equal(mkdir(in_dir(c, path), 0700), 0);
	refused(c, TEEC_ERROR_BAD_FORMAT, "cannot read its file");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink(built(NAME, target), path), 0);
	refused(c, TEEC_ERROR_BAD_FORMAT, "cannot read its file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(c, TEEC_ERROR_BAD_FORMAT, "cannot read its file");
}

/* A bad file in the first folder does not hide the good one in the second. */
static void test_second_folder(void **state)
{
	struct ctx *c = *state;
	TEEC_Session s;

	write_ta(c, (const uint8_t *)"nonsense", 8);
	echo_open(&c->teec, &echo_uuid, &s);
	assert_true(fixture_log_has(c->f, "refused: the TA file ends inside its header"));
	TEEC_CloseSession(&s);
}

/* One written in OP-TEE's manner runs as it is. */
static void test_optee_style(void **state)
{
	static const TEEC_UUID style = {
		0x5d1c7a10, 0x9c3e, 0x4b58, {0x8f, 0x11, 0x2a, 0x6e, 0x0c, 0x43, 0x57, 0x04}};
	struct fixture *f = fixture_start(NULL);
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_VALUE_OUTPUT,
							    TEEC_MEMREF_TEMP_INPUT, 0)};
	TEEC_Context ctx;
	TEEC_Session s;

	fixture_client(f, &ctx);
	echo_open(&ctx, &style, &s);
	op.params[0].value = (TEEC_Value){2, 3};
	assert_int_equal(echo_call(&s, 1, &op), TEEC_SUCCESS);
	assert_int_equal(op.params[1].value.a, 5);
	assert_int_equal(op.params[1].value.b, 6 + 8 + 5 + 3 + 8);
	assert_true(fixture_log_has(f, "no remoteproc service, release would be 9"));
	assert_true(fixture_log_has(f, "entry 0x53545945 at 0"));
	TEEC_CloseSession(&s);
	TEEC_FinalizeContext(&ctx);
	fixture_stop(f);
}

static void test_uuid_text(void **state)
{
	static const char *const bad[] = {"",
					  "5d1c7a10-9c3e-4b58-8f11-2a6e0c43570",
					  "5d1c7a10-9c3e-4b58-8f11-2a6e0c4357011",
					  "5d1c7a1009c3e-4b58-8f11-2a6e0c435701",
					  "5d1c7a10-9c3e-4b58-8f11-2a6e0c43570g",
					  "5d1c7a10-9c3e-4b58-8f11_2a6e0c435701"};
	uint8_t uuid[16] = {0}, before[16] = {0};
	char text[37];

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(cw_ta_uuid_parse(bad[i], uuid));
		assert_memory_equal(uuid, before, 16);
	}
	assert_true(cw_ta_uuid_parse("5D1C7A10-9c3e-4b58-8f11-2a6e0c435701", uuid));
	cw_ta_uuid_text(uuid, text);
	assert_string_equal(text, "5d1c7a10-9c3e-4b58-8f11-2a6e0c435701");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_none),
		T(test_other_key),
		T(test_pkcs1),
		T(test_other_uuid),
		T(test_no_elf),
		T(test_changed),
		T(test_cut),
		T(test_no_plain_file),
		cmocka_unit_test_setup_teardown(test_second_folder, setup_two, teardown),
		cmocka_unit_test(test_optee_style),
		cmocka_unit_test(test_uuid_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
