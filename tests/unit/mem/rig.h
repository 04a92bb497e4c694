/* SPDX-License-Identifier: BSD-2-Clause */
/* mem/rig.h - a small SoC and board for the memory tests */
#ifndef TESTS_UNIT_MEM_RIG_H
#define TESTS_UNIT_MEM_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "silicon/mem/mem.h"

#define NS CW_BUS_NONSECURE
#define S  CW_BUS_SECURE

/*
 *	block sram	0x10000000 + 0x8000, alias 0x30000000
 *	block ret	0x38000000 + 0x2000, and right behind it
 *	block next	0x38002000 + 0x1000
 *	block vault	0x20000000 + 0x2000, always secure
 *
 *	region code	0x30000000 + 0x4000 (the alias; named first)
 *	region code2	0x10000000 + 0x4000 (canonical)
 *	region vring	0x10004000 + 0x1000, exchange
 *	region half	0x30006000 + 0x1000
 *	region ret	0x38000000 + 0x2000
 */
extern const struct cw_soc_block rig_blocks[4];

struct cw_board rig_board(void);
void rig_add(struct cw_board *b, const char *name, uint64_t pa, uint64_t size, bool exchange);

/* For cmocka's setup and teardown: *state is the struct cw_mem. */
int rig_setup(void **state);
int rig_teardown(void **state);

struct cw_bus_region rig_region(struct cw_mem *mem, uint64_t pa);
struct cw_bus_stats rig_stats(struct cw_mem *mem);
uint32_t rig_read32(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa); /* fails the test on a refusal */
void rig_write32(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa, uint32_t v);

#endif
