/* SPDX-License-Identifier: BSD-2-Clause */
/* strain.h - the trusted application that fails on demand, built for our TEE and for OP-TEE from one source */
#ifndef REAL_STRAIN_H
#define REAL_STRAIN_H

/* One instance for all sessions; and, with CFG_STRAIN_MANY, an instance for each. */
#define STRAIN_UUID	 {0x43570f05, 0x2c1b, 0x4e0a, {0x8d, 0x4f, 0x5e, 0x1c, 0x0b, 0x93, 0x57, 0x02}}
#define STRAIN_MANY_UUID {0x43570f05, 0x2c1b, 0x4e0a, {0x8d, 0x4f, 0x5e, 0x1c, 0x0b, 0x93, 0x57, 0x03}}

#define STRAIN_NOTHING 0
#define STRAIN_PANIC   1
#define STRAIN_CRASH   2 /* reads through NULL */
#define STRAIN_FILL    3 /* VO a = KiB that the heap gave; kept */
#define STRAIN_HASH    4 /* needs some heap: answers what TEE_AllocateOperation() does */
#define STRAIN_EMPTY   5 /* gives them back */

#endif
