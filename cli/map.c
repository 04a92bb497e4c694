// SPDX-License-Identifier: BSD-2-Clause
/* cli/map.c - regions from the device tree, aliases from the SoC */
#include "cli/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/cleanup.h"

struct alias {
	uint32_t da, size, same_as;
};

static const struct soc {
	const char *prefix; /* of the board's soc string */
	struct alias aliases[2];
	const char *exposed;
	struct alias open[2]; /* what that sentence is about; same_as is not used */
} socs[] = {
	{
		.prefix = "st,stm32mp15",
		.aliases = {{0x30000000, 0x60000, 0x10000000}},
		.exposed =
			"on the real STM32MP15 with stock OP-TEE no firewall covers RETRAM and the MCU "
			"SRAM: the normal world can read and change every loaded byte after it was "
			"verified, the vector table first",
		.open = {{0x00000000, 0x10000, 0}, {0x10000000, 0x60000, 0}},
	},
};

static const struct soc *soc_of(const struct cli_map *map)
{
	for (size_t i = 0; i < sizeof(socs) / sizeof(socs[0]); i++)
		if (!strncmp(map->board.soc, socs[i].prefix, strlen(socs[i].prefix)))
			return &socs[i];
	return NULL;
}

int cli_map_load(const char *name, const char *rproc, struct cli_map *ret, struct cw_error *err)
{
	cleanup_free void *dtb = NULL;
	size_t size;
	int r;

	r = cw_board_load(name, &dtb, &size, err);
	if (r < 0)
		return r;
	r = cw_board_parse(dtb, size, &ret->board, err);
	if (r < 0)
		return cw_error_wrap(err, r, "board '%s'", name);
	ret->rproc = cw_board_rproc(&ret->board, rproc);
	if (!ret->rproc && rproc)
		return cw_error_set(err, -ENODEV,
				    "board '%s' has no remote processor '%s' (its first "
				    "is '%s')",
				    name, rproc, ret->board.rprocs[0].name);
	if (!ret->rproc)
		return cw_error_set(err, -EINVAL,
				    "board '%s' has %u remote processors; choose one with --rproc",
				    name, ret->board.n_rprocs);
	return 0;
}

static bool holds(const struct cw_board_region *region, uint32_t da, uint32_t size)
{
	return da >= region->da && cw_range_inside(da - region->da, size, region->size);
}

const struct cw_board_region *cli_map_region(const struct cli_map *map, uint32_t da, uint32_t size,
					     uint64_t *ret_pa)
{
	for (unsigned i = 0; i < map->rproc->n_regions; i++) {
		const struct cw_board_region *region = &map->rproc->regions[i];

		if (!holds(region, da, size))
			continue;
		*ret_pa = region->pa + (da - region->da);
		return region;
	}
	return NULL;
}

/* "retram 0x00000000-0x0000ffff, ..." of the regions that take segments. */
static void list_regions(const struct cw_board_rproc *rproc, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < rproc->n_regions && used + 1 < size; i++) {
		const struct cw_board_region *region = &rproc->regions[i];

		if (!region->exchange)
			used += cw_format(buf + used, size - used, "%s%s 0x%08llx-0x%08llx",
					  used ? ", " : "", region->name,
					  (unsigned long long)region->da,
					  (unsigned long long)(region->da + region->size - 1));
	}
}

int cli_map_check_range(void *ctx, uint32_t da, uint32_t size, const char *what,
			struct cw_refusal *r)
{
	const struct cli_map *map = ctx;
	char regions[160];
	uint64_t pa;
	const struct cw_board_region *region = cli_map_region(map, da, size, &pa);

	if (region && !region->exchange)
		return 0;
	list_regions(map->rproc, regions, sizeof(regions));
	return cw_refuse(r, CW_CODE_ADDRESS, CW_NO_OFFSET,
			 "%s (0x%08x, %u bytes) lies %s%s; %s has %s", what, da, size,
			 region ? "in the exchange region " : "in no region",
			 region ? region->name : "", map->rproc->name, regions);
}

uint64_t cli_map_canonical(void *ctx, uint32_t da)
{
	const struct soc *soc = soc_of(ctx);

	for (size_t i = 0; soc && i < 2; i++)
		if (da >= soc->aliases[i].da && da - soc->aliases[i].da < soc->aliases[i].size)
			return da - soc->aliases[i].da + soc->aliases[i].same_as;
	return da;
}

const char *cli_map_exposed(const struct cli_map *map)
{
	const struct soc *soc = soc_of(map);

	return soc ? soc->exposed : NULL;
}

bool cli_map_is_exposed(const struct cli_map *map, uint64_t da, uint64_t size)
{
	const struct soc *soc = soc_of(map);

	for (size_t i = 0; soc && i < 2; i++)
		if (da >= soc->open[i].da &&
		    cw_range_inside(da - soc->open[i].da, size, soc->open[i].size))
			return true;
	return false;
}
