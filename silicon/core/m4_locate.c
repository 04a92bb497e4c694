/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_locate.c - which instruction of a block made a refused access
 *
 * The engine knows only where the block began; so far that is the answer.
 */
#include "silicon/core/m4.h"

bool m4_locate(struct cw_core *c, const struct m4_refused *refused, uint32_t *ret_pc,
	       uint32_t *ret_it)
{
	return false;
}
