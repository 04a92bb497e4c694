/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * corewarden/board.h - a board as its device tree tells it
 *
 * Linux's bindings, read into fixed-size structs: st,stm32-rproc.yaml for the processor, reserved-memory for the
 * regions, dma-ranges of the processor's parent bus for device addresses. Nothing here is trusted with security:
 * that comes from fuses.
 */
#ifndef COREWARDEN_BOARD_H
#define COREWARDEN_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/error.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* what a library exports */

#define CW_BOARD_RPROCS_MAX  4
#define CW_BOARD_REGIONS_MAX 16
#define CW_BOARD_NAME_MAX    32

struct cw_board_region {
	char name[CW_BOARD_NAME_MAX]; /* node name without unit address, as Linux cuts it */
	uint64_t pa;
	uint64_t size;
	uint64_t da;	 /* as the processor sees @pa: first matching dma-ranges entry */
	bool exchange;	 /* named vdev*: shared with the processor by design */
	bool buffer;	 /* named vdevNbuffer: a DMA pool, no segment may load there */
	bool no_map;
};

/* A register field: @pa of the register and the mask of the bits; mask 0 = not described. */
struct cw_board_field {
	uint64_t pa;
	uint32_t mask;
};

struct cw_board_dma_range {
	uint64_t da, pa, size;
};

struct cw_board_rproc {
	char name[CW_BOARD_NAME_MAX]; /* "m4" */
	char compatible[64];	      /* first entry: "st,stm32mp1-m4" */
	char firmware_name[64];	      /* property firmware-name, "" without */
	struct cw_board_region regions[CW_BOARD_REGIONS_MAX]; /* in the order of memory-region */
	unsigned n_regions;
	struct cw_board_dma_range ranges[4];
	unsigned n_ranges;
	struct cw_board_field holdboot; /* st,syscfg-holdboot: 1 = released */
	struct cw_board_field reset;	/* set register of the core's reset line, write 1 acts */
	struct cw_board_field pdds;	/* st,syscfg-pdds */
	struct cw_board_field rsc_tbl;	/* st,syscfg-rsc-tbl */
	struct cw_board_field m4_state; /* st,syscfg-m4-state */
	struct cw_board_field watchdog; /* pending register of the watchdog's interrupt (EXTI), write 1 acknowledges */
	uint64_t mailbox_pa;		/* reg of the node behind mboxes; 0 = none */
	int mbox_vq0, mbox_vq1, mbox_shutdown, mbox_detach; /* channel numbers, -1 = absent */
};

struct cw_board {
	char model[64];
	char compatible[64]; /* first entry of the root */
	char soc[64];	     /* last entry of the root's list: "st,stm32mp157" */
	struct cw_board_rproc rprocs[CW_BOARD_RPROCS_MAX];
	unsigned n_rprocs;
};

/* Read a device tree. 0; -EBADMSG not a device tree, or malformed (node and property named); -ENODEV no enabled remote
 * processor (a disabled one is named); -EINVAL a processor lacks regions, or a region lies outside its dma-ranges, or
 * regions overlap; -E2BIG more than the limits above. @ret_board is untouched on failure. */
int cw_board_parse(const void *dtb, size_t size, struct cw_board *ret_board, struct cw_error *err);

/* By name; NULL @name = the only one. NULL when there is none, or several and no name. */
const struct cw_board_rproc *cw_board_rproc(const struct cw_board *board, const char *name);

/* Translate [da, da+size), which must lie wholly inside one region: index of the region and *@ret_pa, or -1. */
int cw_board_da_to_pa(const struct cw_board_rproc *rproc, uint64_t da, uint64_t size, uint64_t *ret_pa);

/* Load the tree of a board: a name ("stm32mp15": found in the build tree or the installation that our program or library
 * lies in), or a path with '/' or ending in ".dtb". Caller frees *@ret_dtb. -ENOENT with the places tried. */
int cw_board_load(const char *name_or_path, void **ret_dtb, size_t *ret_size, struct cw_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
