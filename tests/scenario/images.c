// SPDX-License-Identifier: BSD-2-Clause
/*
 * scenario/images.c - every image of the independent generator before the judge in the TEE
 *
 * For each row of the table: a board whose fuses trust the row's key and insist on what the row says. A refused image is
 * refused with the table's code and a sentence with its keyword; afterwards not one byte of it is in any memory, nothing
 * is locked, and the next good image loads. An accepted one loads, and RELEASE leaves nothing of it.
 *
 * Usage: images BUILD TABLE FOLDER
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

#define ROWS_MAX 512

struct row {
	const char *file, *key, *require, *minimum, *verdict, *code, *keyword, *reason;
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
	const char **cells[] = {&r->file,    &r->key,  &r->require, &r->minimum,
				&r->verdict, &r->code, &r->keyword, &r->reason};

	return bench_table_row(&given.table, sizeof(cells) / sizeof(cells[0]), cells);
}

static void read_table(const char *path, const char *folder)
{
	bench_table_open(&given.table, path, folder);
	while (given.n_rows < ROWS_MAX && next_row(&given.rows[given.n_rows]))
		given.n_rows++;
}

/* The TEE's record of what the board has run, as if it had: "m4 FINGERPRINT MINIMUM". */
static void set_minimum(const char *state, const char *minimum)
{
	struct cw_bus_fuses fuses;
	cleanup_fd int dir = -1, tee = -1;
	struct cw_error err;
	char line[160];
	int n;

	if (!strcmp(minimum, "0"))
		return;
	if (cw_state_open(state, 0, &dir, &err) < 0 || cw_state_open_tee(dir, &tee, &err) < 0 ||
	    cw_state_fuses_read(dir, &fuses, &err) < 0)
		fail_msg("%s", err.text);
	n = snprintf(line, sizeof(line), "m4 ");
	for (int i = 0; i < 32; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%02x", fuses.key[0][i]);
	n += snprintf(line + n, sizeof(line) - (size_t)n, " %s\n", minimum);
	if (cw_state_file_write(tee, "rollback", line, (size_t)n, &err) < 0)
		fail_msg("%s", err.text);
}

static void expect_clean(struct bench_board *board, const struct row *r)
{
	struct cw_bus_stats stats;
	uint64_t pa = 0;

	assert_int_equal(cw_bus_stats(board->bus, &stats), 0);
	if (stats.protected_regions || stats.windows)
		fail_msg("%s: %u regions still locked, %u windows still open", r->file,
			 stats.protected_regions, stats.windows);
	if (!bench_memory_clean(board, &pa))
		fail_msg("%s: a byte is left at 0x%llx", r->file, (unsigned long long)pa);
}

static void load_and_release(struct bench_board *board, const struct row *r)
{
	cleanup_free void *image = NULL;
	char text[CW_REFUSAL_TEXT_MAX];
	uint32_t code;
	size_t len;
	TEEC_Result res;

	image = bench_table_image(&given.table, r->file, &len);
	res = bench_load(board, image, len);
	if (res != TEEC_SUCCESS) {
		bench_reason(board, text, sizeof(text), &code);
		fail_msg("%s should load (%s): 0x%08x: %s", r->file, r->reason, res, text);
	}
	assert_int_equal(bench_command(board, TA_RPROC_CMD_RELEASE_FW), TEEC_SUCCESS);
	expect_clean(board, r);
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
	if (strcmp(cw_code_name((int)code), r->code))
		fail_msg("%s: code %s, the table says %s: %s", r->file, cw_code_name((int)code),
			 r->code, text);
	if (!strstr(text, r->keyword))
		fail_msg("%s: \"%s\" does not say \"%s\"", r->file, text, r->keyword);
	/* The state before stands: nothing is loaded, so nothing can be started. */
	assert_int_not_equal(bench_command(board, TA_RPROC_CMD_START_FW), TEEC_SUCCESS);
	expect_clean(board, r);
}

static bool same_board(const struct row *a, const struct row *b)
{
	return !strcmp(a->key, b->key) && !strcmp(a->require, b->require) &&
	       !strcmp(a->minimum, b->minimum);
}

/* All rows that want the board of row @first. */
static void one_board(struct bench *b, struct row *first, unsigned index, unsigned *ret_accepted,
		      unsigned *ret_refused)
{
	const struct row *good = NULL;
	struct bench_board board;
	char key[800], state[600];

	snprintf(key, sizeof(key), "%s/%s", given.table.folder, first->key);
	snprintf(state, sizeof(state), "%s", bench_path(b, "state%u", index));
	bench_provision(b, state, key, first->require);
	set_minimum(state, first->minimum);
	bench_board_on(b, &board, state, BENCH_PROTECTED);
	bench_board_session(&board);
	for (struct row *r = first; r < given.rows + given.n_rows; r++)
		if (!good && same_board(r, first) && !strcmp(r->verdict, "accept"))
			good = r;
	for (struct row *r = first; r < given.rows + given.n_rows; r++) {
		if (r->done || !same_board(r, first))
			continue;
		r->done = true;
		if (!strcmp(r->verdict, "accept")) {
			load_and_release(&board, r);
			++*ret_accepted;
			continue;
		}
		load_refused(&board, r);
		++*ret_refused;
		if (good)
			load_and_release(&board, good);
	}
	bench_board_off(&board);
}

static void every_image(void **unused)
{
	unsigned accepted = 0, refused = 0, boards = 0;
	struct bench b;

	bench_open(&b, given.build, false);
	for (size_t i = 0; i < given.n_rows; i++)
		if (!given.rows[i].done)
			one_board(&b, &given.rows[i], boards++, &accepted, &refused);
	bench_close(&b);
	print_message("%zu images on %u boards: %u accepted, %u refused\n", given.n_rows, boards,
		      accepted, refused);
	assert_true(accepted >= 5 && refused >= 55);
	bench_table_close(&given.table);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_image)};

	if (argc != 4)
		return 2;
	given.build = argv[1];
	read_table(argv[2], argv[3]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
