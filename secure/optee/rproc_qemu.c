// SPDX-License-Identifier: BSD-2-Clause
/*
 * rproc_qemu.c - what OP-TEE's remoteproc platform service (core/pta/stm32mp) asks of a platform, for QEMU's Arm machine
 *
 * The functions and their contract are those of <drivers/stm32_remoteproc.h>.
 */
#include "rproc_qemu.h"

#include <drivers/stm32_remoteproc.h>
#include <mm/core_memprot.h>
#include <mm/core_mmu.h>
#include <string.h>
#include <trace.h>
#include <util.h>

/* Behind CFG_TZDRAM_START + CFG_TZDRAM_SIZE, see scripts/real/build.sh. */
#define MEMORY_BASE 0x0e700000
#define MEMORY_SIZE 0x00550000

#define DDR	    MEMORY_BASE
#define DDR_SIZE    0x00500000
#define RETRAM	    0x0ec00000
#define RETRAM_SIZE 0x00010000
#define SRAM	    0x0ec10000
#define SRAM_SIZE   0x00040000

register_phys_mem(MEM_AREA_RAM_SEC, MEMORY_BASE, MEMORY_SIZE);

static const struct cw_rproc_region m4_regions[] = {
	{ "retram", 0x00000000, RETRAM, RETRAM_SIZE },
	{ "mcuram", 0x30000000, SRAM, SRAM_SIZE },
	{ "mcuram2", 0x10000000, SRAM, SRAM_SIZE, true },
};

static const struct cw_rproc_region big_regions[] = {
	{ "ddr", 0x80000000, DDR, DDR_SIZE },
};

static struct cw_rproc rprocs[] = {
	{ "st,stm32mp1-m4", m4_regions, ARRAY_SIZE(m4_regions) },
	{ "corewarden,big", big_regions, ARRAY_SIZE(big_regions) },
};

struct cw_rproc *cw_rproc_find(uint32_t id)
{
	return id < ARRAY_SIZE(rprocs) ? &rprocs[id] : NULL;
}

/* Is [@addr, +@size) inside [@base, +@len)? Nothing wraps. */
static bool inside(paddr_t addr, size_t size, paddr_t base, size_t len)
{
	return size && addr >= base && addr - base < len && size <= len - (addr - base);
}

void *cw_rproc_at(const struct cw_rproc *p, paddr_t da, size_t size, paddr_t *ret_pa)
{
	for (size_t i = 0; p && i < p->n_regions; i++) {
		const struct cw_rproc_region *r = &p->regions[i];

		if (!inside(da, size, r->da, r->size))
			continue;
		*ret_pa = r->pa + (da - r->da);
		return phys_to_virt(*ret_pa, MEM_AREA_RAM_SEC, size);
	}
	return NULL;
}

void *stm32_rproc_get(uint32_t id)
{
	return cw_rproc_find(id);
}

TEE_Result stm32_rproc_da_to_pa(uint32_t id, paddr_t da, size_t size, paddr_t *pa)
{
	struct cw_rproc *p = cw_rproc_find(id);

	if (!p)
		return TEE_ERROR_NOT_SUPPORTED;
	return cw_rproc_at(p, da, size, pa) ? TEE_SUCCESS : TEE_ERROR_ACCESS_DENIED;
}

TEE_Result stm32_rproc_map(uint32_t id, paddr_t pa, size_t size, void **va)
{
	struct cw_rproc *p = cw_rproc_find(id);

	for (size_t i = 0; p && i < p->n_regions; i++) {
		if (!inside(pa, size, p->regions[i].pa, p->regions[i].size))
			continue;
		*va = phys_to_virt(pa, MEM_AREA_RAM_SEC, size);
		p->locked = true;
		p->clean = false;
		return *va ? TEE_SUCCESS : TEE_ERROR_GENERIC;
	}
	return p ? TEE_ERROR_ACCESS_DENIED : TEE_ERROR_NOT_SUPPORTED;
}

/* Mapped for good, and no other master reads it: there is nothing to clean out of a cache. */
TEE_Result stm32_rproc_unmap(uint32_t id, void *va __unused, size_t size __unused)
{
	return cw_rproc_find(id) ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED;
}

TEE_Result stm32_rproc_start(uint32_t id)
{
	IMSG("remoteproc: processor %" PRIu32 ": no core is wired to this memory yet", id);
	return TEE_ERROR_NOT_SUPPORTED;
}

TEE_Result stm32_rproc_stop(uint32_t id)
{
	return cw_rproc_find(id) ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED;
}

bool cw_rproc_wipe(struct cw_rproc *p)
{
	for (size_t i = 0; i < p->n_regions; i++) {
		const struct cw_rproc_region *r = &p->regions[i];
		void *va = phys_to_virt(r->pa, MEM_AREA_RAM_SEC, r->size);

		if (!va)
			return false;
		if (!r->alias)
			memset(va, 0, r->size);
	}
	p->clean = true;
	return true;
}

/* What the last image left goes before the next one comes, whichever trusted application it was that left it. The memory is
 * closed anyhow. */
bool cw_rproc_begin(struct cw_rproc *p)
{
	p->locked = true;
	return p->clean || cw_rproc_wipe(p);
}

TEE_Result stm32_rproc_clean_up_memories(uint32_t id)
{
	struct cw_rproc *p = cw_rproc_find(id);

	if (!p)
		return TEE_ERROR_NOT_SUPPORTED;
	if (!cw_rproc_wipe(p))
		return TEE_ERROR_GENERIC;
	p->locked = false;
	p->version = 0;
	IMSG("remoteproc: processor %" PRIu32 ": memory scrubbed", id);
	return TEE_SUCCESS;
}
