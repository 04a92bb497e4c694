// SPDX-License-Identifier: BSD-2-Clause
/* scenario/verdict.c - a generator's images before the judge in the TEE */
#include "tests/scenario/verdict.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/refusal.h"
#include "host/cleanup.h"
#include "secure/api/remoteproc_ta.h"

#define CELLS_MAX 8

void verdicts_read(struct verdicts *v, const char *path, const char *folder,
		   unsigned (*cells)(struct verdict *row, const char **ret[]))
{
	const char **places[CELLS_MAX];

	bench_table_open(&v->table, path, folder);
	for (;; v->n++) {
		struct verdict row = {.wants = {"", ""}};

		if (!bench_table_row(&v->table, cells(&row, places), places))
			return;
		assert_true(v->n < VERDICTS_MAX);
		v->rows[v->n] = row;
	}
}

void verdicts_close(struct verdicts *v)
{
	bench_table_close(&v->table);
}

const struct verdict *verdicts_row(const struct verdicts *v, const char *file)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->rows[i].file, file))
			return &v->rows[i];
	fail_msg("the table has no %s", file);
	return NULL;
}

void verdict_clean(struct bench_board *board, const char *file)
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

void verdict_load_and_release(struct verdicts *v, struct bench_board *board, const struct verdict *row)
{
	cleanup_free void *image = NULL;
	char text[CW_REFUSAL_TEXT_MAX];
	uint32_t code;
	size_t len;
	TEEC_Result res;

	image = bench_table_image(&v->table, row->file, &len);
	res = bench_load(board, image, len);
	if (res != TEEC_SUCCESS) {
		bench_reason(board, text, sizeof(text), &code);
		fail_msg("%s should load (%s): 0x%08x: %s", row->file, row->reason, res, text);
	}
	/* The same image again is harmless, also when it is encrypted. */
	assert_int_equal(bench_load(board, image, len), TEEC_SUCCESS);
	assert_int_equal(bench_command(board, TA_RPROC_CMD_RELEASE_FW), TEEC_SUCCESS);
	verdict_clean(board, row->file);
}

void verdict_load_refused(struct verdicts *v, struct bench_board *board, const struct verdict *row)
{
	cleanup_free void *image = NULL;
	char text[CW_REFUSAL_TEXT_MAX];
	uint32_t code;
	size_t len;

	image = bench_table_image(&v->table, row->file, &len);
	if (bench_load(board, image, len) == TEEC_SUCCESS)
		fail_msg("%s was accepted: %s", row->file, row->reason);
	bench_reason(board, text, sizeof(text), &code);
	if (strcmp(cw_code_name((int)code), row->code) || !strstr(text, row->keyword))
		fail_msg("%s: %s, \"%s\"; the table says %s, \"%s\"", row->file, cw_code_name((int)code), text,
			 row->code, row->keyword);
	/* The state before stands: nothing is loaded, so nothing can be started. */
	assert_int_not_equal(bench_command(board, TA_RPROC_CMD_START_FW), TEEC_SUCCESS);
	verdict_clean(board, row->file);
}

static bool is_good(const struct verdict *row)
{
	return !strcmp(row->code, "ok");
}

static bool same_board(const struct verdict *a, const struct verdict *b)
{
	return !strcmp(a->key, b->key) && !strcmp(a->wants[0], b->wants[0]) && !strcmp(a->wants[1], b->wants[1]);
}

/* An image that the board of row @first takes, or NULL. */
static const struct verdict *good_one(const struct verdicts *v, const struct verdict *first)
{
	for (size_t i = 0; i < v->n; i++)
		if (same_board(&v->rows[i], first) && is_good(&v->rows[i]))
			return &v->rows[i];
	return NULL;
}

/* All rows that want the board of row @first. */
static void one_board(struct verdicts *v, struct bench_board *board, const struct verdict *first)
{
	const struct verdict *good = good_one(v, first);

	for (struct verdict *row = v->rows; row < v->rows + v->n; row++) {
		if (row->done || !same_board(row, first))
			continue;
		row->done = true;
		if (is_good(row)) {
			verdict_load_and_release(v, board, row);
			v->accepted++;
			continue;
		}
		verdict_load_refused(v, board, row);
		v->refused++;
		if (good)
			verdict_load_and_release(v, board, good);
	}
}

void verdicts_all(struct verdicts *v, struct bench *b, verdict_board_fn *board_on)
{
	struct bench_board board;

	for (size_t i = 0; i < v->n; i++) {
		if (v->rows[i].done)
			continue;
		board_on(b, &board, &v->rows[i], v->boards++);
		one_board(v, &board, &v->rows[i]);
		bench_board_off(&board);
	}
	print_message("%zu images on %u boards: %u accepted, %u refused\n", v->n, v->boards, v->accepted, v->refused);
	assert_int_equal(v->accepted + v->refused, v->n);
}
