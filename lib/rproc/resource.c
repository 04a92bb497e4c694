/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc/resource.c - what the firmware's resource table asks for
 *
 * Works on the cached copy, which was checked whole before. Names, limits and codes are those of Linux's
 * rproc_handle_{carveout,devmem,trace,vdev}; there is no allocator here, so what Linux would allocate is refused.
 */
#include "rproc/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define PAGE 4096u
#define VIRTIO_ID_RPMSG 7

int cw_rproc_cache_table(struct cw_rproc *rproc, const void *table, size_t size,
			 struct cw_error *err)
{
	struct cw_refusal why;
	uint8_t *copy;
	int r;

	if (size > CW_RSC_TABLE_MAX)
		return cw_error_set(err, -E2BIG, "resource table: %zu bytes, more than %d", size,
				    CW_RSC_TABLE_MAX);
	copy = malloc(size);
	if (!copy)
		return cw_error_set(err, -ENOMEM, "resource table: no memory for %zu bytes", size);
	memcpy(copy, table, size);
	r = cw_rsc_check(cw_span(copy, size), 0, &why);
	if (r < 0) {
		free(copy);
		return cw_error_set(err, -EINVAL, "%s", why.text);
	}
	free(rproc->table);
	rproc->table = copy;
	rproc->table_size = size;
	return 0;
}

static const struct cw_board_region *find_region(const struct cw_rproc *rproc, const char *name,
						 unsigned *ret_index)
{
	for (unsigned i = 0; i < rproc->board.n_regions; i++)
		if (!strcmp(rproc->board.regions[i].name, name)) {
			*ret_index = i;
			return &rproc->board.regions[i];
		}
	return NULL;
}

/* Does [da, da+len), da possibly "any", fit into the region? */
static int check_fit(const struct cw_board_region *region, const char *what, uint32_t da,
		     uint64_t len, struct cw_error *err)
{
	uint64_t at = da == CW_RSC_ADDR_ANY ? region->da : da;

	if (at >= region->da && cw_range_inside(at - region->da, len, region->size))
		return 0;
	return cw_error_set(err, -ENOMEM,
			    "resource table: %s [0x%llx, 0x%llx) does not fit region %s "
			    "[0x%llx, 0x%llx)",
			    what, (unsigned long long)at, (unsigned long long)(at + len),
			    region->name, (unsigned long long)region->da,
			    (unsigned long long)(region->da + region->size));
}

static int handle_carveout(struct cw_rproc *rproc, const struct cw_rsc_entry *e,
			   struct cw_error *err)
{
	const struct cw_board_region *region;
	unsigned i = 0;
	int r;

	region = find_region(rproc, e->carveout.name, &i);
	if (!region)
		return cw_error_set(err, -ENOMEM,
				    "resource table: carveout '%s' (%u bytes at 0x%x): the board has no "
				    "region of that name",
				    e->carveout.name, e->carveout.len, e->carveout.da);
	if (rproc->carveouts_bound & 1u << i)
		return cw_error_set(err, -ENOMEM, "resource table: two carveouts are named '%s'",
				    e->carveout.name);
	r = check_fit(region, e->carveout.name, e->carveout.da, e->carveout.len, err);
	if (r < 0)
		return r;
	rproc->carveouts_bound |= 1u << i;
	rproc->n_carveouts++;
	/* type, then da, pa */
	cw_put_le32(rproc->table + e->offset + 4, (uint32_t)region->da);
	cw_put_le32(rproc->table + e->offset + 8, (uint32_t)region->pa);
	return 0;
}

static int handle_trace(struct cw_rproc *rproc, const struct cw_rsc_entry *e, struct cw_error *err)
{
	struct cw_rproc_trace *t = &rproc->traces[rproc->n_traces];

	if (rproc->n_traces == CW_RPROC_TRACES_MAX)
		return cw_error_set(err, -E2BIG, "resource table: more than %d trace buffers",
				    CW_RPROC_TRACES_MAX);
	snprintf(t->name, sizeof(t->name), "%s", e->trace.name);
	t->len = e->trace.len < CW_RPROC_TRACE_MAX ? e->trace.len : CW_RPROC_TRACE_MAX;
	/* A buffer elsewhere is no reason not to boot: it just cannot be read. */
	t->pa = 0;
	if (cw_board_da_to_pa(&rproc->board, e->trace.da, e->trace.len, &t->pa) < 0)
		t->pa = 0;
	rproc->n_traces++;
	return 0;
}

static int map_part(struct cw_rproc *rproc, const struct cw_rproc_vdev *v, const char *part,
		    uint32_t da, uint64_t len, struct cw_rproc_mapping *ret, struct cw_error *err)
{
	const struct cw_board_region *region;
	char name[CW_BOARD_NAME_MAX];
	unsigned i;
	int r;

	snprintf(name, sizeof(name), "vdev%u%s", v->index, part);
	region = find_region(rproc, name, &i);
	if (!region)
		return cw_error_set(err, -ENOMEM,
				    "resource table: vdev%u needs a region named %s, the board has none",
				    v->index, name);
	r = check_fit(region, name, da, len, err);
	return r < 0 ? r : cw_rproc_map(rproc, region, ret, err);
}

static int handle_vring(struct cw_rproc *rproc, struct cw_rproc_vdev *v, unsigned n,
			const struct cw_rsc_vring *vring, struct cw_error *err)
{
	size_t size = cw_rpmsg_vring_size(vring->num, vring->align);
	char part[16];
	int r;

	if (!size)
		return cw_error_set(err, -EINVAL,
				    "resource table: vdev%uvring%u: %u descriptors aligned to %u", v->index,
				    n, vring->num, vring->align);
	snprintf(part, sizeof(part), "vring%u", n);
	r = map_part(rproc, v, part, vring->da, (size + PAGE - 1) & ~(uint64_t)(PAGE - 1),
		     &v->vring[n].map, err);
	if (r < 0)
		return r;
	v->vring[n].offset = vring->offset;
	v->vring[n].num = vring->num;
	v->vring[n].align = vring->align;
	v->vring[n].notifyid = rproc->notifyids++;
	/* da, align, num, notifyid, pa */
	cw_put_le32(rproc->table + vring->offset + 12, v->vring[n].notifyid);
	return 0;
}

static int handle_vdev(struct cw_rproc *rproc, const struct cw_rsc_entry *e, struct cw_error *err)
{
	struct cw_rproc_vdev *v = &rproc->vdevs[rproc->n_vdevs];
	int r = 0;

	if (rproc->n_vdevs == CW_RPROC_VDEVS_MAX)
		return cw_error_set(err, -E2BIG, "resource table: more than %d virtio devices",
				    CW_RPROC_VDEVS_MAX);
	*v = (struct cw_rproc_vdev){.rproc = rproc, .index = rproc->n_vdevs, .offset = e->offset};
	v->id = e->vdev.id;
	v->dfeatures = e->vdev.dfeatures;
	rproc->n_vdevs++; /* from here on cleaned up with the others */
	if (v->id == VIRTIO_ID_RPMSG && e->vdev.num_of_vrings != 2)
		return cw_error_set(err, -EINVAL, "resource table: vdev%u: rpmsg with %u vrings",
				    v->index, e->vdev.num_of_vrings);
	for (unsigned n = 0; !r && n < e->vdev.num_of_vrings; n++) {
		r = handle_vring(rproc, v, n, &e->vdev.vring[n], err);
		if (!r)
			v->n_vrings++;
	}
	if (r < 0 || v->id != VIRTIO_ID_RPMSG)
		return r;
	if (v->vring[0].num != v->vring[1].num || v->vring[0].align != v->vring[1].align)
		return cw_error_set(err, -EINVAL, "resource table: vdev%u: its two vrings differ",
				    v->index);
	return map_part(rproc, v, "buffer", CW_RSC_ADDR_ANY,
			cw_rpmsg_buffers_size(v->vring[0].num), &v->buffers, err);
}

static int handle_entry(struct cw_rproc *rproc, const struct cw_rsc_entry *e, unsigned *skipped,
			struct cw_error *err)
{
	switch (e->type) {
	case CW_RSC_CARVEOUT:
		return handle_carveout(rproc, e, err);
	case CW_RSC_DEVMEM:
		return cw_error_set(err, -EINVAL,
				    "resource table: devmem '%s' at 0x%x: this processor is behind no "
				    "IOMMU that could map it",
				    e->carveout.name, e->carveout.da);
	case CW_RSC_TRACE:
		return handle_trace(rproc, e, err);
	case CW_RSC_VDEV:
		return handle_vdev(rproc, e, err);
	default:
		(*skipped)++; /* as Linux: a warning, for vendors' too */
		return 0;
	}
}

static void report_mappings(struct cw_rproc *rproc, uint64_t since)
{
	struct cw_rproc_step step = {.id = CW_STEP_VRINGS};
	char buffers[48] = "";

	for (unsigned i = 0; i < rproc->n_vdevs; i++) {
		struct cw_rproc_vdev *v = &rproc->vdevs[i];

		for (unsigned n = 0; n < v->n_vrings; n++) {
			step.count++;
			step.bytes += cw_rpmsg_vring_size(v->vring[n].num, v->vring[n].align);
		}
		if (v->buffers.base) {
			step.bytes += cw_rpmsg_buffers_size(v->vring[0].num);
			snprintf(buffers, sizeof(buffers), "%zu buffers of %d bytes",
				 cw_rpmsg_buffers_size(v->vring[0].num) / CW_RPMSG_BUFFER_SIZE,
				 CW_RPMSG_BUFFER_SIZE);
		}
	}
	snprintf(step.text, sizeof(step.text), "%s", buffers);
	cw_rproc_report(rproc, &step, since);
}

static void report_carveouts(struct cw_rproc *rproc, unsigned skipped, uint64_t since)
{
	struct cw_rproc_step step = {.id = CW_STEP_CARVEOUTS, .count = rproc->board.n_regions};

	for (unsigned i = 0; i < rproc->board.n_regions; i++)
		step.bytes += rproc->board.regions[i].size;
	if (skipped)
		snprintf(step.text, sizeof(step.text), "%u table entries of unknown type skipped",
			 skipped);
	cw_rproc_report(rproc, &step, since);
}

/* The firmware's names reach terminals and logs. A region's name has no such bytes, so none is taken for another. */
static void clean_name(struct cw_rsc_entry *e)
{
	char *name = e->type == CW_RSC_TRACE ? e->trace.name : e->carveout.name;

	if (e->type != CW_RSC_TRACE && e->type != CW_RSC_CARVEOUT && e->type != CW_RSC_DEVMEM)
		return;
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			*name = '?';
}

int cw_rproc_handle_resources(struct cw_rproc *rproc, struct cw_error *err)
{
	struct cw_span table = cw_span(rproc->table, rproc->table_size);
	unsigned n = rproc->table ? cw_rsc_count(table) : 0;
	uint64_t since = cw_rproc_now();
	struct cw_rsc_entry e;
	unsigned skipped = 0;
	int r;

	for (unsigned i = 0; i < n; i++) {
		cw_rsc_entry(table, i, &e);
		clean_name(&e);
		r = handle_entry(rproc, &e, &skipped, err);
		if (r < 0)
			return r;
	}
	report_carveouts(rproc, skipped, since);
	report_mappings(rproc, since);
	return 0;
}

void cw_rproc_cleanup_resources(struct cw_rproc *rproc)
{
	for (unsigned i = 0; i < rproc->n_vdevs; i++) {
		for (unsigned n = 0; n < CW_RSC_VRINGS_MAX; n++)
			cw_rproc_unmap(&rproc->vdevs[i].vring[n].map);
		cw_rproc_unmap(&rproc->vdevs[i].buffers);
	}
	rproc->n_vdevs = 0;
	rproc->notifyids = 0;
	rproc->n_traces = 0;
	rproc->n_carveouts = 0;
	rproc->carveouts_bound = 0;
	free(rproc->table);
	rproc->table = NULL;
	rproc->table_size = 0;
	rproc->table_pa = 0;
}
