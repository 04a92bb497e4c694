/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/map.h - the memory map of a board, as the off-line judge needs it
 *
 * Regions come from the device tree. That two addresses name one memory is a fact of the SoC that
 * no device tree tells; the few that are known are in map.c, as a mirror of silicon/soc. An unknown
 * SoC has no aliases here.
 */
#ifndef CW_CLI_MAP_H
#define CW_CLI_MAP_H

#include <corewarden/board.h>

#include "base/refusal.h"
#include "base/span.h"

struct cli_map {
	struct cw_board board;
	const struct cw_board_rproc *rproc; /* inside @board: do not copy this struct */
};

/* Load board @name and pick processor @rproc (NULL: the only one). @ret stays where it is. */
int cli_map_load(const char *name, const char *rproc, struct cli_map *ret, struct cw_error *err);

/* check_range and canonical of struct cw_offline; @map is a struct cli_map. Regions that stay open
 * for exchange take no segments, because they cannot be locked while a segment is verified. */
int cli_map_check_range(void *map, uint32_t da, uint32_t size, const char *what,
			struct cw_refusal *r);
uint64_t cli_map_canonical(void *map, uint32_t da);

/* The region that wholly holds [da, da+size), and its physical address; NULL when there is none. */
const struct cw_board_region *cli_map_region(const struct cli_map *map, uint32_t da, uint32_t size,
					     uint64_t *ret_pa);

/* What stock firmware leaves open on the real part: one sentence, or NULL when nothing is known of
 * this SoC. */
const char *cli_map_exposed(const struct cli_map *map);

/* Is [da, da+size) among it? */
bool cli_map_is_exposed(const struct cli_map *map, uint64_t da, uint64_t size);

#endif
