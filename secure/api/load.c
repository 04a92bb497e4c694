// SPDX-License-Identifier: BSD-2-Clause
/* secure/api/load.c - bring a TA's ELF into this process and find what it must have */
#include "secure/api/internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* What this TEE does something about, or may ignore. */
#define FLAGS_HERE                                                                                 \
	(TA_FLAGS_MASK & ~(TA_FLAG_DONT_CLOSE_HANDLE_ON_CORRUPT_OBJECT |                           \
			   TA_FLAG_DEVICE_ENUM_TEE_STORAGE_PRIVATE | TA_FLAG_INSTANCE_KEEP_CRASHED))

static TEE_Result missing(const char *name, char reason[CW_TA_REASON_MAX])
{
	snprintf(reason, CW_TA_REASON_MAX, "it has no symbol %s", name);
	return TEE_ERROR_BAD_FORMAT;
}

struct wanted {
	const char *name;
	void *to; /* a pointer to a pointer, of whatever kind */
};

static TEE_Result find_symbols(void *so, char reason[CW_TA_REASON_MAX])
{
	const size_t *heap_size, *n_props;
	const struct wanted wanted[] = {
		{"ta_head", &ta_rt.head},
		{"ta_heap_size", &heap_size},
		{"ta_props", &ta_rt.props},
		{"ta_num_props", &n_props},
		{"TA_CreateEntryPoint", &ta_rt.create},
		{"TA_DestroyEntryPoint", &ta_rt.destroy},
		{"TA_OpenSessionEntryPoint", &ta_rt.open_session},
		{"TA_CloseSessionEntryPoint", &ta_rt.close_session},
		{"TA_InvokeCommandEntryPoint", &ta_rt.invoke_command},
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		void *p = dlsym(so, wanted[i].name);

		if (!p)
			return missing(wanted[i].name, reason);
		memcpy(wanted[i].to, &p, sizeof(p));
	}
	ta_rt.heap_size = *heap_size;
	ta_rt.n_props = *n_props;
	return TEE_SUCCESS;
}

TEE_Result ta_load(int image_fd, char reason[CW_TA_REASON_MAX])
{
	char path[32];
	TEE_Result res;
	void *so;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", image_fd);
	/* Bound at once: afterwards the loader may not open anything any more. */
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!so) {
		snprintf(reason, CW_TA_REASON_MAX, "%.180s", dlerror());
		return TEE_ERROR_BAD_FORMAT;
	}
	res = find_symbols(so, reason);
	if (res)
		return res;
	if (memcmp(&ta_rt.head->uuid, &ta_rt.uuid, sizeof(ta_rt.uuid))) {
		snprintf(reason, CW_TA_REASON_MAX, "its ta_head names another UUID");
		return TEE_ERROR_SECURITY;
	}
	if (ta_rt.head->flags & ~FLAGS_HERE) {
		snprintf(reason, CW_TA_REASON_MAX, "its ta_head has flags that are not possible here: 0x%x",
			 ta_rt.head->flags);
		return TEE_ERROR_NOT_SUPPORTED;
	}
	return TEE_SUCCESS;
}
