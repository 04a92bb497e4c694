// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/unpack.c - compressed firmware
 *
 * The decoders are libzstd's and liblzma's; what is ours is to drive them in steps, to keep what came before a break, to stop
 * at the limits, and to read the headers.
 */
#include "fuzz.h"

#include "cli/unpack.h"

#define MAX (1u << 20) /* small, so that an input can reach it in no time */

static void check_same(struct cw_span file, const struct cli_unpacked *u)
{
	struct cli_unpacked again;

	fuzz_check(cli_unpack(file, MAX, &again, NULL) == 0);
	fuzz_check(again.len == u->len && again.broken == u->broken &&
		   again.n_reasons == u->n_reasons);
	fuzz_check(!memcmp(again.bytes, u->bytes, u->len));
	cli_unpack_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = fuzz_copy(data, size);
	struct cw_span file = cw_span(copy, size);
	struct cli_unpacked u;

	if (cli_packing(file) == CLI_PLAIN) {
		free(copy);
		return 0;
	}
	fuzz_check(cli_unpack(file, MAX, &u, NULL) == 0);
	fuzz_check(u.bytes && u.len <= MAX && u.parts > 0);
	fuzz_check(u.n_reasons <= CLI_UNPACK_REASONS && u.packed == size);
	if (u.broken) {
		fuzz_refusal(-(int)u.why.code, &u.why, size);
		fuzz_check(u.why.offset <= size);
	}
	check_same(file, &u);
	cli_unpack_done(&u);
	free(copy);
	return 0;
}
