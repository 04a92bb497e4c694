/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * base/addr.h - addresses that must not be mixed up
 *
 * A device address is what the remote processor puts on its bus, a physical address is what the application cores put
 * on theirs. They are structs so that the compiler refuses one where the other belongs.
 */
#ifndef CW_BASE_ADDR_H
#define CW_BASE_ADDR_H

#include <stdint.h>

typedef struct {
	uint64_t v;
} cw_da; /* device address, as in ELF p_paddr and resource tables */

typedef struct {
	uint64_t v;
} cw_pa; /* physical (bus) address of the application cores */

#define CW_DA(x) ((cw_da){(x)})
#define CW_PA(x) ((cw_pa){(x)})

#endif
