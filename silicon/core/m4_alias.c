/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_alias.c - code that is changed through another address of the same memory
 *
 * The engine keeps translations by address. It notices a store to the address it has translated,
 * but not one through an alias. So memory from which code was translated is remembered by its host
 * address, in a filter that may say yes too often, never no too often; stores through aliases are
 * hooked; and what they hit is translated anew from the next block on. The block in which the store
 * is goes on with the old code, as a pipeline may: ISB ends a block.
 *
 * The first of several aliases is hooked only once code has run at another: firmware that runs at
 * one address pays nothing for its own stores.
 */
#include "silicon/core/m4.h"

#include <errno.h>
#include <string.h>

#define GRANULE_BITS 8 /* 256 bytes */

static uint32_t granule(const uint8_t *host)
{
	return (uint32_t)((uintptr_t)host >> GRANULE_BITS) & (M4_CODE_GRANULES - 1);
}

static bool has_code(const struct cw_core *c, const uint8_t *host)
{
	return m4_bit(c->code_granules, granule(host));
}

static bool overlap(const struct m4_map *a, const struct m4_map *b)
{
	return a->host < b->host + b->size && b->host < a->host + a->size;
}

/* Is @m another address of memory that an earlier map has? */
static bool is_alias(const struct cw_core *c, const struct m4_map *m)
{
	for (const struct m4_map *e = c->maps; e < m; e++)
		if (overlap(e, m))
			return true;
	return false;
}

static bool has_alias(const struct cw_core *c, const struct m4_map *m)
{
	for (const struct m4_map *o = c->maps; o < c->maps + c->map_count; o++)
		if (o != m && overlap(o, m))
			return true;
	return false;
}

static void on_store(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		     void *user)
{
	struct cw_core *c = user;
	const uint8_t *p = m4_host(c, (uint32_t)address, (uint32_t)size);

	if (!p || (!has_code(c, p) && !has_code(c, p + size - 1)))
		return;
	if (c->stale_count < M4_STALE_MAX)
		c->stale[c->stale_count] = (struct m4_stale){p, (uint32_t)size};
	c->stale_count++;
	c->deadline = 0;
}

static int hook_stores(struct cw_core *c, bool aliases)
{
	for (struct m4_map *m = c->maps; m < c->maps + c->map_count; m++) {
		uc_hook h;

		if (!has_alias(c, m) || is_alias(c, m) != aliases)
			continue;
		if (uc_hook_add(c->uc, &h, UC_HOOK_MEM_WRITE, (void *)on_store, c, m->addr,
				(uint64_t)m->addr + m->size - 1) != UC_ERR_OK)
			return -ENOMEM;
	}
	return 0;
}

int m4_alias_open(struct cw_core *c)
{
	memset(c->code_granules, 0, sizeof(c->code_granules));
	c->stale_count = 0;
	c->alias_runs = c->all_hooked = false;
	return hook_stores(c, true);
}

void m4_alias_new_block(struct cw_core *c, uint32_t pc, uint32_t size)
{
	const uint8_t *p = m4_host(c, pc, size);

	for (uint32_t off = 0; p && off < size; off += 1u << GRANULE_BITS)
		m4_set(c->code_granules, granule(p + off));
	if (p && size)
		m4_set(c->code_granules, granule(p + size - 1));
	if (c->all_hooked || c->alias_runs)
		return;
	for (const struct m4_map *m = c->maps; m < c->maps + c->map_count; m++)
		if (pc >= m->addr && pc - m->addr < m->size && is_alias(c, m))
			c->alias_runs = true;
	if (c->alias_runs)
		c->deadline = 0;
}

static void forget(struct cw_core *c, const struct m4_stale *s)
{
	for (const struct m4_map *m = c->maps; m < c->maps + c->map_count; m++) {
		uint32_t addr;

		if (s->host < m->host || s->host >= m->host + m->size)
			continue;
		addr = m->addr + (uint32_t)(s->host - m->host);
		uc_ctl_remove_cache(c->uc, addr, addr + s->size);
	}
}

/* uc_ctl_flush_tlb() would do, but it clears the engine's code buffer by writing all of it: a
 * gigabyte of pages. */
void m4_forget_all(struct cw_core *c)
{
	for (const struct m4_map *m = c->maps; m < c->maps + c->map_count; m++)
		uc_ctl_remove_cache(c->uc, m->addr, (uint64_t)m->addr + m->size);
}

void m4_alias_prepare(struct cw_core *c)
{
	if (!m4_alias_pending(c))
		return;
	if (c->alias_runs && !c->all_hooked) {
		c->all_hooked = true;
		if (hook_stores(c, false) < 0)
			c->stale_count = M4_STALE_MAX + 1;
		m4_forget_all(c); /* so that stores already translated call the hook */
	}
	if (c->stale_count > M4_STALE_MAX)
		m4_forget_all(c);
	else
		for (unsigned i = 0; i < c->stale_count; i++)
			forget(c, &c->stale[i]);
	c->stale_count = 0;
	c->fresh = true; /* the block to run next may be a new one */
}
