/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_insn.h - what a Thumb instruction does to memory, and which registers it writes
 *
 * Enough of a decoder to tell which instruction of a block made a given access; Armv7-M A5 and A7.
 * It does not execute.
 */
#ifndef CW_SILICON_CORE_M4_INSN_H
#define CW_SILICON_CORE_M4_INSN_H

#include <stdbool.h>
#include <stdint.h>

enum m4_kind {
	M4_KIND_OTHER,
	M4_KIND_SEV,
	M4_KIND_DIV, /* @divisor */
	M4_KIND_FP,
	M4_KIND_MRS_CONTROL, /* to @reg */
	M4_KIND_MSR_CONTROL, /* from @reg */
};

struct m4_insn {
	enum m4_kind kind;
	uint8_t len;   /* 2 or 4 */
	uint8_t it;    /* of an IT instruction: the new state, else 0 */
	bool load;     /* makes read accesses */
	bool store;    /* makes write accesses; a store-exclusive does both */
	bool literal;  /* the address is @offset alone */
	uint8_t width; /* of one access, bytes */
	uint8_t count; /* accesses, one behind the other */
	int8_t base;   /* register, or -1 */
	int8_t index;  /* register added << @shift, or -1 */
	uint8_t shift;
	int32_t offset;	 /* of the first access */
	uint8_t divisor; /* register */
	uint8_t reg;
	int8_t value;	 /* register stored by a single store, or -1 */
	uint32_t writes; /* bit n: may write register n */
	/* It writes (old & @keep) | @constant, to one register; @literal and a single word: what
	 * memory has there. */
	bool is_constant;
	uint32_t keep, constant;
};

/* The instruction at @pc, whose halfwords are @h1 and, when it is a long one, @h2. */
void m4_insn_decode(uint32_t pc, uint32_t h1, uint32_t h2, struct m4_insn *ret);

static inline bool m4_insn_is_long(uint32_t h1)
{
	return h1 >= 0xe800;
}

/* The first address it accesses, with registers @r. */
uint32_t m4_insn_address(const struct m4_insn *insn, const uint32_t r[16]);

#endif
