// SPDX-License-Identifier: BSD-2-Clause
/*
 * encrypted/encrypted.c - the generator's encrypted images on whole boards
 *
 * For each row of the table: a board with the row's device key, or none. A refused image is refused with the table's code and
 * a sentence with its keyword; afterwards not one byte of it is in any memory, nothing is locked, nothing starts, and the
 * next good image loads. An accepted one loads, is in the clear where the processor reads it, and RELEASE leaves nothing of it.
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

#include "base/refusal.h"
#include "host/cleanup.h"
#include "host/state.h"
#include "secure/api/remoteproc_ta.h"
#include "tests/scenario/bench.h"

#define ROWS_MAX 256

struct row {
	const char *file, *key, *device, *offline, *code, *keyword, *reason;
	bool done;
};

static struct {
	const char *build;
	struct bench_table table;
	struct row rows[ROWS_MAX];
	size_t n_rows;
} given;

static bool next_row(struct row *r)
{
	const char **cells[] = {&r->file, &r->key,     &r->device, &r->offline,
				&r->code, &r->keyword, &r->reason};

	return bench_table_row(&given.table, sizeof(cells) / sizeof(cells[0]), cells);
}

static void read_table(const char *path, const char *folder)
{
	bench_table_open(&given.table, path, folder);
	while (given.n_rows < ROWS_MAX && next_row(&given.rows[given.n_rows]))
		given.n_rows++;
}

static bool is_good(const struct row *r)
{
	return !strcmp(r->code, "ok");
}

static void expect_clean(struct bench_board *board, const char *file)
{
	struct cw_bus_stats stats;
	uint64_t pa = 0;

	assert_int_equal(cw_bus_stats(board->bus, &stats), 0);
	if (stats.protected_regions || stats.windows)
		fail_msg("%s: %u regions still locked, %u windows still open", file,
			 stats.protected_regions, stats.windows);
	if (!bench_memory_clean(board, &pa))
		fail_msg("%s: a byte is left at 0x%llx", file, (unsigned long long)pa);
}

static void load_and_release(struct bench_board *board, const struct row *r)
{
	cleanup_free void *image = NULL;
	char text[CW_REFUSAL_TEXT_MAX];
	uint32_t code;
	size_t len;

	image = bench_table_image(&given.table, r->file, &len);
	if (bench_load(board, image, len) != TEEC_SUCCESS) {
		bench_reason(board, text, sizeof(text), &code);
		fail_msg("%s should load (%s): %s", r->file, r->reason, text);
	}
	/* The same image again is harmless, also when it is encrypted. */
	assert_int_equal(bench_load(board, image, len), TEEC_SUCCESS);
	assert_int_equal(bench_command(board, TA_RPROC_CMD_RELEASE_FW), TEEC_SUCCESS);
	expect_clean(board, r->file);
}

static void load_refused(struct bench_board *board, const struct row *r)
{
	cleanup_free void *image = NULL;
	char text[CW_REFUSAL_TEXT_MAX];
	uint32_t code;
	size_t len;

	image = bench_table_image(&given.table, r->file, &len);
	if (bench_load(board, image, len) == TEEC_SUCCESS)
		fail_msg("%s was accepted: %s", r->file, r->reason);
	bench_reason(board, text, sizeof(text), &code);
	if (strcmp(cw_code_name((int)code), r->code) || !strstr(text, r->keyword))
		fail_msg("%s: %s, \"%s\"; the table says %s, \"%s\"", r->file,
			 cw_code_name((int)code), text, r->code, r->keyword);
	assert_int_not_equal(bench_command(board, TA_RPROC_CMD_START_FW), TEEC_SUCCESS);
	expect_clean(board, r->file);
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

static void board_on(struct bench *b, struct bench_board *board, const struct row *r,
		     const char *device, unsigned index)
{
	char key[800], state[600];

	snprintf(key, sizeof(key), "%s/%s", given.table.folder, r->key);
	snprintf(state, sizeof(state), "%s", bench_path(b, "state%u", index));
	bench_provision(b, state, key, NULL);
	give_device_key(state, device);
	bench_board_on(b, board, state, BENCH_PROTECTED);
	bench_board_session(board);
}

static bool same_board(const struct row *a, const struct row *b)
{
	return !strcmp(a->key, b->key) && !strcmp(a->device, b->device);
}

/* All rows that want the board of row @first. */
static void one_board(struct bench *b, struct row *first, unsigned index, unsigned *accepted,
		      unsigned *refused)
{
	const struct row *good = NULL;
	struct bench_board board;

	board_on(b, &board, first, first->device, index);
	for (struct row *r = first; r < given.rows + given.n_rows; r++)
		if (!good && same_board(r, first) && is_good(r))
			good = r;
	for (struct row *r = first; r < given.rows + given.n_rows; r++) {
		if (r->done || !same_board(r, first))
			continue;
		r->done = true;
		if (is_good(r)) {
			load_and_release(&board, r);
			++*accepted;
			continue;
		}
		load_refused(&board, r);
		++*refused;
		if (good)
			load_and_release(&board, good);
	}
	bench_board_off(&board);
}

static void tee_01_every_encrypted_image(void **state)
{
	unsigned accepted = 0, refused = 0, boards = 0;

	for (size_t i = 0; i < given.n_rows; i++)
		if (!given.rows[i].done)
			one_board(*state, &given.rows[i], boards++, &accepted, &refused);
	print_message("%zu images on %u boards: %u accepted, %u refused\n", given.n_rows, boards,
		      accepted, refused);
	assert_true(accepted >= 8 && refused >= 30);
}

static struct row *row_of(const char *file)
{
	for (size_t i = 0; i < given.n_rows; i++)
		if (!strcmp(given.rows[i].file, file))
			return &given.rows[i];
	fail_msg("the table has no %s", file);
	return NULL;
}

/* What storage holds is anybody's of that uid: it is refused in words, and unencrypted images load all the same. */
static void a_broken_device_key(void **state)
{
	struct row *r = row_of("sealed-rsa2048.rproc"), refused = *r;
	struct bench_board board;

	refused.code = "device-key";
	refused.keyword = "what this board holds as its device key is none";
	board_on(*state, &board, r, "broken", 900);
	load_refused(&board, &refused);
	load_and_release(&board, row_of("plain-good.rproc"));
	bench_board_off(&board);
}

/* Load, start, stop, load: the key is used anew each time, and a running firmware's memory is scrubbed when it ends. */
static void a_firmware_runs_twice(void **state)
{
	struct row *r = row_of("sealed-firmware.rproc");
	cleanup_free void *image = NULL;
	struct bench_board board;
	size_t len;

	image = bench_table_image(&given.table, r->file, &len);
	board_on(*state, &board, r, r->device, 901);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bench_load(&board, image, len), TEEC_SUCCESS);
		assert_int_equal(bench_command(&board, TA_RPROC_CMD_START_FW), TEEC_SUCCESS);
		assert_int_equal(bench_command(&board, TA_RPROC_CMD_STOP_FW), TEEC_SUCCESS);
		assert_int_equal(bench_command(&board, TA_RPROC_CMD_RELEASE_FW), TEEC_SUCCESS);
		expect_clean(&board, r->file);
	}
	bench_board_off(&board);
}

/* The whole way, by the tool: decrypted firmware announces itself and answers. */
static void an_encrypted_firmware_talks(void **state)
{
	struct row *r = row_of("sealed-firmware.rproc");
	cleanup_free char *output = NULL;
	char key[800], file[800], dir[600];

	snprintf(key, sizeof(key), "%s/%s", given.table.folder, r->key);
	snprintf(file, sizeof(file), "%s/%s", given.table.folder, r->file);
	snprintf(dir, sizeof(dir), "%s", bench_path(*state, "state902"));
	bench_provision(*state, dir, key, NULL);
	give_device_key(dir, r->device);
	if (bench_run(*state, &output, "corewarden", "boot", file, "--state", dir, "--echo", "3",
		      NULL) ||
	    !strstr(output, "3 messages of 64 bytes echoed"))
		fail_msg("%s", output);
}

static int open_bench(void **state)
{
	static struct bench b;

	bench_open(&b, given.build, false);
	*state = &b;
	return 0;
}

static int close_bench(void **state)
{
	bench_close(*state);
	bench_table_close(&given.table);
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
	given.build = argv[1];
	read_table(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, open_bench, close_bench);
}
