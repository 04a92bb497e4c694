/* SPDX-License-Identifier: BSD-2-Clause */
/* rproc/trace.c - the firmware's log buffers, read through their windows */
#include "rproc/internal.h"

#include <errno.h>
#include <string.h>

unsigned cw_rproc_traces(const struct cw_rproc *rproc)
{
	return rproc->n_traces;
}

const char *cw_rproc_trace_name(const struct cw_rproc *rproc, unsigned index)
{
	return index < rproc->n_traces ? rproc->traces[index].name : NULL;
}

int cw_rproc_trace_read(struct cw_rproc *rproc, unsigned index, char *buf, size_t size)
{
	const struct cw_rproc_trace *t;
	size_t len;
	int r;

	if (index >= rproc->n_traces || !size)
		return -ENOENT;
	buf[0] = '\0';
	t = &rproc->traces[index];
	if (!t->pa)
		return -EFAULT;
	len = t->len < size - 1 ? t->len : size - 1;
	r = cw_bus_read(rproc->bus, CW_PA(t->pa), buf, len);
	if (r < 0) {
		buf[0] = '\0';
		return r;
	}
	buf[len] = '\0';
	cw_rproc_settle(rproc);
	return (int)strnlen(buf, len);
}
