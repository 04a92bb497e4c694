/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scenario/verdict.h - a generator's images before the judge in the TEE
 *
 * A refused image is refused with the table's code and a sentence with its keyword; afterwards not one byte of it is in any
 * memory, nothing is locked, nothing starts, and the next good image loads. An accepted one loads, also once more, and
 * RELEASE leaves nothing of it. Everything here fails the running cmocka test.
 */
#ifndef SCENARIO_VERDICT_H
#define SCENARIO_VERDICT_H

#include "tests/scenario/bench.h"

#define VERDICTS_MAX 512

/* A row of the table. Rows that agree in @key and @wants are for one board. */
struct verdict {
	const char *file, *key, *wants[2]; /* what else than the key its board has; "" for nothing */
	const char *code, *keyword, *reason; /* the code "ok": it is accepted */
	bool done;
};

struct verdicts {
	struct bench_table table;
	struct verdict rows[VERDICTS_MAX];
	size_t n;
	unsigned accepted, refused, boards;
};

/* @cells: where a row's cells belong, by their place in the table. */
void verdicts_read(struct verdicts *v, const char *path, const char *folder,
		   unsigned (*cells)(struct verdict *row, const char **ret[]));
void verdicts_close(struct verdicts *v);
const struct verdict *verdicts_row(const struct verdicts *v, const char *file);

/* A board for a row: powered, with a session. @index: no two of a test have the same. */
typedef void verdict_board_fn(struct bench *b, struct bench_board *board, const struct verdict *row, unsigned index);

/* Every row on its board; says how many there were of what. */
void verdicts_all(struct verdicts *v, struct bench *b, verdict_board_fn *board_on);

void verdict_load_and_release(struct verdicts *v, struct bench_board *board, const struct verdict *row);
void verdict_load_refused(struct verdicts *v, struct bench_board *board, const struct verdict *row);
/* Nothing of @file is there: no byte, no lock, no window. */
void verdict_clean(struct bench_board *board, const char *file);

#endif
