/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz/container_world.h - the surroundings of the judge of containers, for two targets
 *
 * Cheap: every digest and signature is taken, so that the rules behind them are reached by any mutation. Real: digests
 * count, bytes are loaded into played memory and read back; the mutator repairs what it breaks.
 */
#ifndef CW_TESTS_FUZZ_CONTAINER_WORLD_H
#define CW_TESTS_FUZZ_CONTAINER_WORLD_H

#include <stdbool.h>

#include "fuzz.h"

/* Judge the container; aborts when the judge breaks its contract. */
void container_judge(const uint8_t *data, size_t size, bool real);

/* Make sizes, hash table, headers record and (played) signature of a damaged container right again, as far as its parts
 * can still be found. Returns the new size, at most @max_size. */
size_t container_repair(uint8_t *data, size_t size, size_t max_size, bool real);

/* A mutation that keeps to one part of the container: header, records, an ELF's headers, anything. */
size_t container_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
