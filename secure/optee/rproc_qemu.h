/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc_qemu.h - remote processors' memory on QEMU's Arm machine, inside OP-TEE
 *
 * The machine (virt, secure=on) has 16 MiB of RAM that only the secure world reaches. What OP-TEE leaves of it is
 * processor memory, so no bus firewall has to be set up: it is out of the normal world's reach from power-on on. No core
 * is wired to it.
 *
 *	processor	region		device address	bytes		physical
 *	0 (m4)		retram		0x00000000	0x10000		0x0ec00000
 *			mcuram		0x30000000	0x40000		0x0ec10000
 *			mcuram2		0x10000000	0x40000		0x0ec10000 (the same bytes)
 *	1 (big)		ddr		0x80000000	0x500000	0x0e700000
 *
 * Processor 0 has the map of an STM32MP15's Cortex-M4, so that one image has one verdict on all boards. Processor 1 is
 * there for images of several MiB.
 */
#ifndef CW_RPROC_QEMU_H
#define CW_RPROC_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tee_api_types.h>
#include <types_ext.h>

struct cw_rproc {
	const char *compatible;
	const struct cw_rproc_region *regions;
	size_t n_regions;
	bool locked; /* something may have been loaded since the last scrub */
	bool clean;  /* nothing but zeros in all of it */
	uint64_t version;
};

struct cw_rproc_region {
	const char *name;
	paddr_t da, pa;
	size_t size;
	bool alias; /* of bytes that another region names */
};

/* NULL: there is none of this number. */
struct cw_rproc *cw_rproc_find(uint32_t id);

/* Where [@da, +@size) is mapped in OP-TEE; NULL unless it lies wholly inside one region. */
void *cw_rproc_at(const struct cw_rproc *p, paddr_t da, size_t size, paddr_t *ret_pa);

/* Zeros everywhere; false when memory cannot be reached. */
bool cw_rproc_wipe(struct cw_rproc *p);

/* Take the processor's memory for an image: locked, zeros everywhere. False as above. */
bool cw_rproc_begin(struct cw_rproc *p);

/* PTA_CW_LOAD_SEGMENTS for processor @p, whose number is @id. */
TEE_Result cw_rproc_load(struct cw_rproc *p, uint32_t id, TEE_Param params[TEE_NUM_PARAMS]);

#endif
