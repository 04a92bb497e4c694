// SPDX-License-Identifier: BSD-2-Clause
/* cli/unpack_load.c - libraries that decompress */
#include "cli/unpack_load.h"

#include <dlfcn.h>
#include <errno.h>

int cli_load(const char *library, const struct cli_call *calls)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return -ENODEV;
	for (; calls->name; calls++) {
		*calls->place = dlsym(handle, calls->name);
		if (!*calls->place)
			return -ENODEV;
	}
	return 0;
}
