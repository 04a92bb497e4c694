// SPDX-License-Identifier: BSD-2-Clause
/*
 * encrypted/encrypted.c - the generator's encrypted images on whole boards
 *
 * For each row of the table: a board with the row's device key, or none (scenario/verdict.h). What loads is in the clear where
 * the processor reads it.
 *
 * Usage: encrypted BUILD TABLE FOLDER
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cleanup.h"
#include "host/state.h"
#include "secure/api/remoteproc_ta.h"
#include "tests/scenario/verdict.h"

static const char *build;
static struct verdicts given;

enum { DEVICE };

static unsigned cells(struct verdict *r, const char **ret[])
{
	static const char *offline; /* the other judge's code */
	const char **order[] = {&r->file, &r->key,     &r->wants[DEVICE], &offline,
				&r->code, &r->keyword, &r->reason};

	memcpy(ret, order, sizeof(order));
	return sizeof(order) / sizeof(order[0]);
}

/* As the factory does; "-" for none, "broken" for what is no key. */
static void give_device_key(const char *state, const char *device)
{
	cleanup_free void *der = NULL;
	cleanup_fd int dir = -1, tee = -1;
	struct cw_error err;
	size_t len = 6;

	if (!strcmp(device, "-"))
		return;
	der = strcmp(device, "broken") ? bench_table_image(&given.table, device, &len)
				       : strdup("broken");
	if (cw_state_open(state, 0, &dir, &err) < 0 || cw_state_open_tee(dir, &tee, &err) < 0 ||
	    cw_state_file_write(tee, "device.key", der, len, &err) < 0)
		fail_msg("%s", err.text);
}

static void board_with(struct bench *b, struct bench_board *board, const struct verdict *row, const char *device,
		       unsigned index)
{
	char key[800], state[600];

	snprintf(key, sizeof(key), "%s/%s", given.table.folder, row->key);
	snprintf(state, sizeof(state), "%s", bench_path(b, "state%u", index));
	bench_provision(b, state, key, NULL);
	give_device_key(state, device);
	bench_board_on(b, board, state, BENCH_PROTECTED);
	bench_board_session(board);
}

static void board_on(struct bench *b, struct bench_board *board, const struct verdict *row, unsigned index)
{
	board_with(b, board, row, row->wants[DEVICE], index);
}

static void tee_01_every_encrypted_image(void **state)
{
	verdicts_all(&given, *state, board_on);
	assert_true(given.accepted >= 8 && given.refused >= 30);
}

/* What storage holds is anybody's of that uid: it is refused in words, and unencrypted images load all the same. */
static void a_broken_device_key(void **state)
{
	const struct verdict *r = verdicts_row(&given, "sealed-rsa2048.rproc");
	struct verdict refused = *r;
	struct bench_board board;

	refused.code = "device-key";
	refused.keyword = "what this board holds as its device key is none";
	board_with(*state, &board, r, "broken", 900);
	verdict_load_refused(&given, &board, &refused);
	verdict_load_and_release(&given, &board, verdicts_row(&given, "plain-good.rproc"));
	bench_board_off(&board);
}

/* Load, start, stop, load: the key is used anew each time, and a running firmware's memory is scrubbed when it ends. */
static void a_firmware_runs_twice(void **state)
{
	const struct verdict *r = verdicts_row(&given, "sealed-firmware.rproc");
	cleanup_free void *image = NULL;
	struct bench_board board;
	size_t len;

	image = bench_table_image(&given.table, r->file, &len);
	board_on(*state, &board, r, 901);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bench_load(&board, image, len), TEEC_SUCCESS);
		assert_int_equal(bench_command(&board, TA_RPROC_CMD_START_FW), TEEC_SUCCESS);
		assert_int_equal(bench_command(&board, TA_RPROC_CMD_STOP_FW), TEEC_SUCCESS);
		assert_int_equal(bench_command(&board, TA_RPROC_CMD_RELEASE_FW), TEEC_SUCCESS);
		verdict_clean(&board, r->file);
	}
	bench_board_off(&board);
}

/* The whole way, by the tool: decrypted firmware announces itself and answers. */
static void an_encrypted_firmware_talks(void **state)
{
	const struct verdict *r = verdicts_row(&given, "sealed-firmware.rproc");
	cleanup_free char *output = NULL;
	char key[800], file[800], dir[600];

	snprintf(key, sizeof(key), "%s/%s", given.table.folder, r->key);
	snprintf(file, sizeof(file), "%s/%s", given.table.folder, r->file);
	snprintf(dir, sizeof(dir), "%s", bench_path(*state, "state902"));
	bench_provision(*state, dir, key, NULL);
	give_device_key(dir, r->wants[DEVICE]);
	if (bench_run(*state, &output, "corewarden", "boot", file, "--state", dir, "--echo", "3",
		      NULL) ||
	    !strstr(output, "3 messages of 64 bytes echoed"))
		fail_msg("%s", output);
}

static int open_bench(void **state)
{
	static struct bench b;

	bench_open(&b, build, false);
	*state = &b;
	return 0;
}

static int close_bench(void **state)
{
	bench_close(*state);
	verdicts_close(&given);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tee_01_every_encrypted_image),
		cmocka_unit_test(a_broken_device_key),
		cmocka_unit_test(a_firmware_runs_twice),
		cmocka_unit_test(an_encrypted_firmware_talks),
	};

	if (argc != 4)
		return 2;
	build = argv[1];
	verdicts_read(&given, argv[2], argv[3], cells);
	return cmocka_run_group_tests(tests, open_bench, close_bench);
}
