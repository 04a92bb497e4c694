// SPDX-License-Identifier: BSD-2-Clause
/* crypto/token_p11.c - find p11-kit */
#include "crypto/token_p11.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

#define LIBRARY "libp11-kit.so.0"

struct cw_p11 cw_p11;
static bool loaded;

/* The library stays: modules that it loaded may have left threads. */
static void load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return;
	loaded = true;
#define X(name)                                                   \
	cw_p11.name = (__typeof__(cw_p11.name))dlsym(library, #name); \
	loaded = loaded && cw_p11.name;
	CW_P11_CALLS(X)
#undef X
}

int cw_p11_load(struct cw_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (loaded)
		return 0;
	return cw_error_set(err, -ENODEV,
			    "keys in tokens need p11-kit, and " LIBRARY " cannot be loaded; install it "
			    "(Debian: libp11-kit0)");
}
