/* SPDX-License-Identifier: BSD-2-Clause */
/* types_ext.h - address types that TAs written for OP-TEE use */
#ifndef CW_TEE_TYPES_EXT_H
#define CW_TEE_TYPES_EXT_H

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uintptr_t vaddr_t;
typedef uint64_t paddr_t;
typedef uintptr_t uaddr_t;

#define PRIxVA PRIxPTR
#define PRIxPA PRIx64

#endif
