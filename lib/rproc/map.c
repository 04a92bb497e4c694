/* SPDX-License-Identifier: BSD-2-Clause */
/* rproc/map.c - a region meant for exchange, mapped into our address space */
#include "rproc/internal.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/span.h"
#include "host/cleanup.h"
#include "host/point.h"

int cw_rproc_map(struct cw_rproc *rproc, const struct cw_board_region *region,
		 struct cw_rproc_mapping *ret, struct cw_error *err)
{
	cleanup_fd int fd = -1;
	struct cw_bus_region whole;
	void *base;
	int r;

	r = cw_bus_map(rproc->bus, CW_PA(region->pa), &whole, &fd);
	if (r < 0)
		return cw_error_set(err, r, "map region %s: %s", region->name,
				    r == -EACCES ? "it is protected" : "the bus refused");
	if (region->pa < whole.pa ||
	    !cw_range_inside(region->pa - whole.pa, region->size, whole.size))
		return cw_error_set(err, -EPROTO,
				    "map region %s: the bus gave [0x%llx, 0x%llx), not all of it",
				    region->name, (unsigned long long)whole.pa,
				    (unsigned long long)(whole.pa + whole.size));
	base = mmap(NULL, whole.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return cw_error_errno(err, "map region %s", region->name);
	CW_POINT(rproc_mapped, region->pa, whole.size);
	*ret = (struct cw_rproc_mapping){
		.base = base,
		.length = whole.size,
		.va = (uint8_t *)base + (region->pa - whole.pa),
		.size = region->size,
		.da = region->da,
	};
	return 0;
}

void cw_rproc_unmap(struct cw_rproc_mapping *map)
{
	if (map->base)
		munmap(map->base, map->length);
	*map = (struct cw_rproc_mapping){0};
}
