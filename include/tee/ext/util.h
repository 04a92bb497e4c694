/* SPDX-License-Identifier: BSD-2-Clause */
/* util.h - small helpers that TAs written for OP-TEE use */
#ifndef CW_TEE_UTIL_H
#define CW_TEE_UTIL_H

#include <stddef.h>
#include <stdint.h>

#include <compiler.h>

#define U(v)	v##U
#define UL(v)	v##UL
#define ULL(v)	v##ULL

#define BIT32(n) (UINT32_C(1) << (n))
#define BIT64(n) (UINT64_C(1) << (n))
#define BIT(n)	 BIT32(n)

#ifndef MIN
#define MIN(a, b)                                         \
	__extension__({                                   \
		__typeof__(a) min_a_ = (a);               \
		__typeof__(b) min_b_ = (b);               \
		min_a_ < min_b_ ? min_a_ : min_b_;        \
	})
#endif
#ifndef MAX
#define MAX(a, b)                                         \
	__extension__({                                   \
		__typeof__(a) max_a_ = (a);               \
		__typeof__(b) max_b_ = (b);               \
		max_a_ > max_b_ ? max_a_ : max_b_;        \
	})
#endif

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#endif

/* Sizes are powers of two. Rounding up wraps at the type's end, as in OP-TEE; ROUNDUP_OVERFLOW says so. */
#define ROUNDUP(v, size)   (((v) + ((__typeof__(v))(size) - 1)) & ~((__typeof__(v))(size) - 1))
#define ROUNDDOWN(v, size) ((v) & ~((__typeof__(v))(size) - 1))

#define ROUNDUP_OVERFLOW(v, size, res)                                                             \
	__extension__({                                                                            \
		__typeof__(*(res)) round_sum_ = 0;                                                 \
		int round_wrapped_ =                                                               \
			__builtin_add_overflow((v), (size) - 1, &round_sum_);                      \
		*(res) = round_sum_ & ~((__typeof__(*(res)))(size) - 1);                           \
		round_wrapped_;                                                                    \
	})

#define ADD_OVERFLOW(a, b, res) __builtin_add_overflow((a), (b), (res))
#define SUB_OVERFLOW(a, b, res) __builtin_sub_overflow((a), (b), (res))
#define MUL_OVERFLOW(a, b, res) __builtin_mul_overflow((a), (b), (res))

#define IS_POWER_OF_TWO(x)	      ((x) != 0 && ((x) & ((x) - 1)) == 0)
#define IS_ALIGNED(x, a)	      (((x) & ((a) - 1)) == 0)
#define IS_ALIGNED_WITH_TYPE(x, type) (((uintptr_t)(x) % __alignof__(type)) == 0)

static inline uint64_t reg_pair_to_64(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

static inline uint32_t high32_from_64(uint64_t v)
{
	return (uint32_t)(v >> 32);
}

static inline uint32_t low32_from_64(uint64_t v)
{
	return (uint32_t)v;
}

static inline void reg_pair_from_64(uint64_t v, uint32_t *high, uint32_t *low)
{
	*high = high32_from_64(v);
	*low = low32_from_64(v);
}

#endif
