/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dt/tree.h - checked look-ups in a flattened device tree (private to lib/dt)
 *
 * A thin layer over libfdt for trees of unknown origin: every length is compared, every address translation is bounded,
 * every failure names node and property. The bytes must not change while they are read; who got them from another party
 * hands in a sealed or private copy. Errors are -EBADMSG unless said otherwise.
 */
#ifndef CW_DT_TREE_H
#define CW_DT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/error.h>

#define CW_DTB_MAX	(1u << 20) /* bytes; real trees are 50 to 150 KiB */
#define CW_DT_DEPTH_MAX 16	   /* nodes from the root; the deepest of Linux's Arm trees is 9 */
#define CW_DT_NODES_MAX 16384

struct cw_dt {
	const void *fdt;
	struct cw_error *err; /* may be NULL */
};

/* Judge the whole structure once: header, every tag inside the blocks, depth and number of nodes. */
int cw_dt_check(struct cw_dt *dt, const void *dtb, size_t size);

/* Fill the error with "PATH: sentence" and return @code. */
int cw_dt_fail(struct cw_dt *dt, int node, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), cold));

/* Copy the node's name without unit address. */
int cw_dt_name(struct cw_dt *dt, int node, char *buf, size_t size);

/* Copy string @index of property @prop; printable ASCII only. 1 copied; 0 no such property or index ("" is stored). */
int cw_dt_string(struct cw_dt *dt, int node, const char *prop, int index, char *buf, size_t size);

/* Cells of @prop as big-endian words. Number of cells, or 0 without the property. */
int cw_dt_cells(struct cw_dt *dt, int node, const char *prop, const uint32_t **ret_cells);
uint32_t cw_dt_cell(const uint32_t *cells, int i);

/* A one-cell property, @missing when it is not there. */
int cw_dt_u32(struct cw_dt *dt, int node, const char *prop, uint32_t missing, uint32_t *ret);

/* Node behind a phandle that @node's @prop holds. */
int cw_dt_phandle(struct cw_dt *dt, int node, const char *prop, uint32_t phandle, int *ret_node);

/* Is the node, and everything above it, enabled (no status, "okay" or "ok")? 1, 0 or negative. */
int cw_dt_enabled(struct cw_dt *dt, int node);

/* First entry of "reg", translated to the root's addresses. */
int cw_dt_reg(struct cw_dt *dt, int node, uint64_t *ret_pa, uint64_t *ret_size);

/* #address-cells and #size-cells of a bus, each 1 or 2 (defaults 2 and 1). */
int cw_dt_bus_cells(struct cw_dt *dt, int bus, unsigned *ret_address, unsigned *ret_size);

/* A number of @n (1 or 2) cells at @cells. */
uint64_t cw_dt_number(const uint32_t *cells, unsigned n);

#endif
