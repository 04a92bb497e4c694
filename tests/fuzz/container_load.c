// SPDX-License-Identifier: BSD-2-Clause
/* fuzz/container_load.c - the same judge when digests count: what was signed is loaded and read back */
#include "container_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	container_judge(data, size, true);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size = container_mutate(data, size, max_size, seed / 8);
	return seed % 8 ? container_repair(data, size, max_size, true) : size;
}
