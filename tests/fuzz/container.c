// SPDX-License-Identifier: BSD-2-Clause
/* fuzz/container.c - the judge of signed containers, with every digest and signature taken as good */
#include "container_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	container_judge(data, size, false);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size = container_mutate(data, size, max_size, seed / 4);
	return seed % 4 ? container_repair(data, size, max_size, false) : size;
}
