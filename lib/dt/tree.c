/* SPDX-License-Identifier: BSD-2-Clause */
#include "dt/tree.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"

int cw_dt_fail(struct cw_dt *dt, int node, int code, const char *fmt, ...)
{
	char path[160];
	char text[400];
	va_list ap;

	if (fdt_get_path(dt->fdt, node, path, sizeof(path)) < 0)
		snprintf(path, sizeof(path), "a node of the device tree");
	for (char *p = path; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return cw_error_set(dt->err, code, "device tree: %s: %s", path, text);
}

static int check_nodes(struct cw_dt *dt)
{
	unsigned nodes = 0;
	int depth = 0;
	int node = 0;

	/* fdt_next_node() leaves the loop with depth -1 after the root's end. */
	for (node = 0; node >= 0 && depth >= 0; node = fdt_next_node(dt->fdt, node, &depth)) {
		if (depth >= CW_DT_DEPTH_MAX)
			return cw_dt_fail(dt, node, -EBADMSG, "nested deeper than %d nodes",
					  CW_DT_DEPTH_MAX);
		if (++nodes > CW_DT_NODES_MAX)
			return cw_error_set(dt->err, -EBADMSG, "device tree: more than %d nodes",
					    CW_DT_NODES_MAX);
	}
	if (node < 0 && node != -FDT_ERR_NOTFOUND)
		return cw_error_set(dt->err, -EBADMSG, "device tree: %s", fdt_strerror(node));
	return 0;
}

int cw_dt_check(struct cw_dt *dt, const void *dtb, size_t size)
{
	int r;

	dt->fdt = dtb;
	if (size > CW_DTB_MAX)
		return cw_error_set(dt->err, -EBADMSG, "device tree: %zu bytes, more than %u", size,
				    CW_DTB_MAX);
	if (size < sizeof(struct fdt_header))
		return cw_error_set(dt->err, -EBADMSG,
				    "not a device tree: %zu bytes, shorter than its header", size);
	r = fdt_check_header(dtb);
	if (r == -FDT_ERR_BADMAGIC)
		return cw_error_set(dt->err, -EBADMSG,
				    "not a device tree: magic 0x%08x instead of 0xd00dfeed",
				    fdt_magic(dtb));
	if (!r && fdt_totalsize(dtb) > size)
		return cw_error_set(dt->err, -EBADMSG,
				    "device tree: truncated, %zu of %u bytes are there", size,
				    fdt_totalsize(dtb));
	if (!r)
		r = fdt_check_full(dtb, size);
	if (r < 0)
		return cw_error_set(dt->err, -EBADMSG, "device tree: malformed: %s", fdt_strerror(r));
	return check_nodes(dt);
}

static bool printable(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < ' ' || s[i] > '~')
			return false;
	return true;
}

int cw_dt_name(struct cw_dt *dt, int node, char *buf, size_t size)
{
	int len = 0;
	const char *name = fdt_get_name(dt->fdt, node, &len);
	const char *at;

	if (!name)
		return cw_dt_fail(dt, node, -EBADMSG, "no name: %s", fdt_strerror(len));
	at = memchr(name, '@', (size_t)len);
	if (at)
		len = (int)(at - name);
	if (!len || (size_t)len >= size || !printable(name, (size_t)len))
		return cw_dt_fail(dt, node, -EBADMSG,
				  "its name is empty, longer than %zu characters, or not ASCII",
				  size - 1);
	memcpy(buf, name, (size_t)len);
	buf[len] = '\0';
	return 0;
}

int cw_dt_string(struct cw_dt *dt, int node, const char *prop, int index, char *buf, size_t size)
{
	int left = 0;
	const char *s = fdt_getprop(dt->fdt, node, prop, &left);
	size_t len;

	buf[0] = '\0';
	if (!s)
		return 0;
	for (;; index--) {
		if (left <= 0)
			return 0;
		len = strnlen(s, (size_t)left);
		if (len == (size_t)left)
			return cw_dt_fail(dt, node, -EBADMSG, "%s: string without end", prop);
		if (!index)
			break;
		s += len + 1;
		left -= (int)len + 1;
	}
	if (len >= size || !printable(s, len))
		return cw_dt_fail(dt, node, -EBADMSG, "%s: longer than %zu characters, or not ASCII",
				  prop, size - 1);
	memcpy(buf, s, len + 1);
	return 1;
}

int cw_dt_cells(struct cw_dt *dt, int node, const char *prop, const uint32_t **ret_cells)
{
	int len = 0;
	const void *p = fdt_getprop(dt->fdt, node, prop, &len);

	*ret_cells = NULL;
	if (!p)
		return 0;
	if (len % 4)
		return cw_dt_fail(dt, node, -EBADMSG, "%s: %d bytes are not whole cells", prop, len);
	*ret_cells = p;
	return len / 4;
}

uint32_t cw_dt_cell(const uint32_t *cells, int i)
{
	uint32_t v;

	/* Properties are only as aligned as the caller's buffer. */
	memcpy(&v, (const uint8_t *)cells + (size_t)i * 4, sizeof(v));
	return fdt32_to_cpu(v);
}

uint64_t cw_dt_number(const uint32_t *cells, unsigned n)
{
	uint64_t v = cw_dt_cell(cells, 0);

	return n == 1 ? v : v << 32 | cw_dt_cell(cells, 1);
}

int cw_dt_u32(struct cw_dt *dt, int node, const char *prop, uint32_t missing, uint32_t *ret)
{
	const uint32_t *cells;
	int n = cw_dt_cells(dt, node, prop, &cells);

	if (n < 0)
		return n;
	if (cells && n != 1)
		return cw_dt_fail(dt, node, -EBADMSG, "%s: %d cells instead of one", prop, n);
	*ret = cells ? cw_dt_cell(cells, 0) : missing;
	return 0;
}

int cw_dt_phandle(struct cw_dt *dt, int node, const char *prop, uint32_t phandle, int *ret_node)
{
	int target = fdt_node_offset_by_phandle(dt->fdt, phandle);

	if (target < 0)
		return cw_dt_fail(dt, node, -EBADMSG, "%s: no node has the phandle 0x%x", prop,
				  phandle);
	*ret_node = target;
	return 0;
}

int cw_dt_enabled(struct cw_dt *dt, int node)
{
	char status[32];
	int r;

	for (int n = node; n >= 0; n = fdt_parent_offset(dt->fdt, n)) {
		r = cw_dt_string(dt, n, "status", 0, status, sizeof(status));
		if (r < 0)
			return r;
		if (r && strcmp(status, "okay") && strcmp(status, "ok"))
			return 0;
	}
	return 1;
}

int cw_dt_bus_cells(struct cw_dt *dt, int bus, unsigned *ret_address, unsigned *ret_size)
{
	uint32_t a = 0, s = 0;
	int r;

	r = cw_dt_u32(dt, bus, "#address-cells", 2, &a);
	if (!r)
		r = cw_dt_u32(dt, bus, "#size-cells", 1, &s);
	if (r < 0)
		return r;
	if (a < 1 || a > 2 || s < 1 || s > 2)
		return cw_dt_fail(dt, bus, -EBADMSG,
				  "#address-cells %u and #size-cells %u: only 1 and 2 are understood", a,
				  s);
	*ret_address = a;
	*ret_size = s;
	return 0;
}

/* Move [*pa, *pa+size) from @bus's addresses to those of its parent by the property "ranges". */
static int translate_up(struct cw_dt *dt, int bus, int parent, uint64_t *pa, uint64_t size)
{
	unsigned ca, cs, pca, pcs, step;
	const uint32_t *cells;
	uint64_t child, up, len;
	int n, r;

	if (!fdt_getprop(dt->fdt, bus, "ranges", NULL))
		return cw_dt_fail(dt, bus, -EBADMSG, "no ranges: its addresses lead nowhere");
	n = cw_dt_cells(dt, bus, "ranges", &cells);
	if (n <= 0)
		return n; /* an empty property: the same addresses */
	r = cw_dt_bus_cells(dt, bus, &ca, &cs);
	if (!r)
		r = cw_dt_bus_cells(dt, parent, &pca, &pcs);
	if (r < 0)
		return r;
	step = ca + pca + cs;
	if ((unsigned)n % step)
		return cw_dt_fail(dt, bus, -EBADMSG, "ranges: %d cells are not whole entries of %u", n,
				  step);
	for (unsigned i = 0; i < (unsigned)n; i += step) {
		child = cw_dt_number(cells + i, ca);
		up = cw_dt_number(cells + i + ca, pca);
		len = cw_dt_number(cells + i + ca + pca, cs);
		if (*pa < child || !cw_range_inside(*pa - child, size, len))
			continue;
		if (__builtin_add_overflow(up, *pa - child, pa))
			break;
		return 0;
	}
	return cw_dt_fail(dt, bus, -EBADMSG, "ranges: 0x%llx is in none", (unsigned long long)*pa);
}

int cw_dt_reg(struct cw_dt *dt, int node, uint64_t *ret_pa, uint64_t *ret_size)
{
	int bus = fdt_parent_offset(dt->fdt, node);
	const uint32_t *cells;
	unsigned ca, cs;
	uint64_t pa, size, end;
	int n, parent, r;

	if (bus < 0)
		return cw_dt_fail(dt, node, -EBADMSG, "has no parent");
	r = cw_dt_bus_cells(dt, bus, &ca, &cs);
	if (r < 0)
		return r;
	n = cw_dt_cells(dt, node, "reg", &cells);
	if (n < 0)
		return n;
	if ((unsigned)n < ca + cs || (unsigned)n % (ca + cs))
		return cw_dt_fail(dt, node, -EBADMSG, "reg: %d cells are not whole entries of %u", n,
				  ca + cs);
	pa = cw_dt_number(cells, ca);
	size = cw_dt_number(cells + ca, cs);
	for (; (parent = fdt_parent_offset(dt->fdt, bus)) >= 0; bus = parent) {
		r = translate_up(dt, bus, parent, &pa, size);
		if (r < 0)
			return r;
	}
	if (__builtin_add_overflow(pa, size, &end))
		return cw_dt_fail(dt, node, -EBADMSG, "reg: 0x%llx + 0x%llx wraps",
				  (unsigned long long)pa, (unsigned long long)size);
	*ret_pa = pa;
	*ret_size = size;
	return 0;
}
