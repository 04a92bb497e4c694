// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/pta/rproc_windows.c - what the normal world may see of locked memory
 *
 * From the authenticated resource table, byte for byte (design: two grants):
 *
 *   announced   the whole table, to read
 *   running     also trace buffers to read, and of the table the vdev fields that the host owns to write
 *   stopped     table and trace buffers to read, so that a crashed firmware's last words can be read
 *   released    nothing
 */
#include "secure/pta/remoteproc.h"

#include <stdlib.h>
#include <string.h>

#include "host/point.h"
#include "image/rsc_table.h"

#define STATUS_DRIVER_OK 4u

void rproc_table_forget(struct rproc *p)
{
	free(p->table);
	p->table = NULL;
	p->table_da = p->table_size = 0;
	p->was_started = false;
}

TEE_Result rproc_table_announce(struct rproc *p, uint64_t da, uint32_t size)
{
	struct cw_refusal why;
	uint8_t *table;
	TEE_Result res;

	if (!size || size > CW_RSC_TABLE_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	table = malloc(size);
	if (!table)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = rproc_memory_read(p, da, table, size);
	if (res == TEE_SUCCESS && cw_rsc_check(cw_span(table, size), 0, &why) < 0) {
		p->env->log("remoteproc: %s", why.text);
		res = TEE_ERROR_BAD_FORMAT;
	}
	if (res != TEE_SUCCESS) {
		free(table);
		return res;
	}
	rproc_table_forget(p);
	p->table = table;
	p->table_da = da;
	p->table_size = size;
	CW_POINT(pta_table, da, size);
	return TEE_SUCCESS;
}

/* Before the table is announced the TA puts the authenticated one there; after it only the host's
 * fields change. */
TEE_Result rproc_table_write(struct rproc *p, uint64_t da, const uint8_t *table, size_t size)
{
	struct cw_refusal why;

	if (!size || size > CW_RSC_TABLE_MAX)
		return TEE_ERROR_BAD_PARAMETERS;
	if (p->table &&
	    (da != p->table_da || cw_rsc_only_host_fields_differ(cw_span(p->table, p->table_size),
								 cw_span(table, size), &why) < 0))
		return TEE_ERROR_ACCESS_DENIED;
	return rproc_memory_write(p, da, table, size);
}

bool rproc_table_driver_ok(struct rproc *p)
{
	struct cw_span table = cw_span(p->table, p->table_size);
	struct cw_rsc_entry e;
	uint8_t status;

	for (unsigned i = 0; p->table && i < cw_rsc_count(table); i++) {
		cw_rsc_entry(table, i, &e);
		if (e.type == CW_RSC_VDEV &&
		    rproc_memory_read(p, p->table_da + e.offset + 24, &status, 1) == TEE_SUCCESS &&
		    (status & STATUS_DRIVER_OK))
			return true;
	}
	return false;
}

static int grant(struct rproc *p, uint64_t da, uint32_t len, uint32_t flags)
{
	uint64_t pa;

	/* Exchange memory is open anyway, and there is nothing to see elsewhere. */
	if (rproc_memory_pa(p, da, len, &pa) != TEE_SUCCESS)
		return 0;
	return cw_bus_window(p->env->bus, CW_PA(pa), len, flags);
}

static int grant_field(void *arg, uint32_t offset, uint32_t len)
{
	struct rproc *p = arg;

	return grant(p, p->table_da + offset, len, CW_BUS_WINDOW_WRITE);
}

static int grant_traces(struct rproc *p, struct cw_span table)
{
	struct cw_rsc_entry e;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < cw_rsc_count(table); i++) {
		cw_rsc_entry(table, i, &e);
		if (e.type == CW_RSC_TRACE && e.trace.len)
			r = grant(p, e.trace.da, e.trace.len, 0);
	}
	return r;
}

static int grant_all(struct rproc *p)
{
	struct cw_span table = cw_span(p->table, p->table_size);
	int r;

	if (!p->table || p->phase == RPROC_IDLE)
		return 0;
	r = grant(p, p->table_da, p->table_size, 0);
	if (r == 0 && p->was_started)
		r = grant_traces(p, table);
	if (r == 0 && p->phase == RPROC_RUNNING)
		r = cw_rsc_live_fields(table, grant_field, p);
	else if (r == 0 && p->stock && !p->was_started)
		r = cw_rsc_host_fields(table, grant_field, p); /* nobody has WRITE_TABLE for it */
	return r;
}

/* Windows can only be cleared all at once, so those of every processor are granted again. */
TEE_Result rproc_windows_apply(struct rproc *procs, unsigned n)
{
	struct cw_pta_env *env = procs[0].env;
	int r = cw_bus_windows_clear(env->bus);

	for (unsigned i = 0; r == 0 && i < n; i++)
		r = grant_all(&procs[i]);
	if (r < 0) {
		env->log("remoteproc: windows could not be granted: %s", strerror(-r));
		cw_bus_windows_clear(env->bus);
	}
	return rproc_result(r);
}
