// SPDX-License-Identifier: BSD-2-Clause
/* fuses.c - the development build's service that writes what fuses would hold */
#include "fuses_core.h"

#include <kernel/pseudo_ta.h>
#include <string.h>
#include <tee_api_types.h>
#include <trace.h>

#include "rproc_qemu.h"

static struct cw_fuses fuses;

const struct cw_fuses *cw_fuses_get(void)
{
	return &fuses;
}

#ifdef CFG_CW_BENCH_FUSES
static TEE_Result fuses_write(const TEE_Param *p)
{
	struct cw_fuses f;

	if (p->memref.size != sizeof(f) || !p->memref.buffer)
		return TEE_ERROR_BAD_PARAMETERS;
	memcpy(&f, p->memref.buffer, sizeof(f));
	switch (f.kind) {
	case CW_FUSES_KEY_NONE:
		break;
	case CW_FUSES_KEY_RSA:
		if (f.size < 256 || f.size > sizeof(f.key))
			return TEE_ERROR_BAD_PARAMETERS;
		break;
	case CW_FUSES_KEY_P256:
		if (f.size != 64)
			return TEE_ERROR_BAD_PARAMETERS;
		break;
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
	fuses = f;
	DMSG("bench fuses written: key kind %" PRIu32 ", require %#" PRIx32, f.kind, f.require);
	return TEE_SUCCESS;
}

static uint32_t bytes_left(const struct cw_rproc *p)
{
	uint32_t left = 0;
	paddr_t pa = 0;

	for (size_t i = 0; i < p->n_regions; i++) {
		const struct cw_rproc_region *r = &p->regions[i];
		const uint8_t *bytes = cw_rproc_at(p, r->da, r->size, &pa);

		for (size_t k = 0; bytes && !r->alias && k < r->size; k++)
			left += bytes[k] != 0;
	}
	return left;
}

static TEE_Result fuses_left(TEE_Param params[TEE_NUM_PARAMS])
{
	struct cw_rproc *p = cw_rproc_find(params[0].value.a);

	if (!p)
		return TEE_ERROR_NOT_SUPPORTED;
	params[1].value.a = bytes_left(p);
	params[1].value.b = 0;
	return TEE_SUCCESS;
}

static TEE_Result fuses_invoke(void *session __unused, uint32_t cmd, uint32_t types,
			       TEE_Param params[TEE_NUM_PARAMS])
{
	if (cmd == CW_FUSES_WRITE && types == TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0))
		return fuses_write(&params[0]);
	if (cmd == CW_FUSES_LEFT &&
	    types == TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0))
		return fuses_left(params);
	return TEE_ERROR_BAD_PARAMETERS;
}

pseudo_ta_register(.uuid = CW_FUSES_PTA_UUID, .name = "corewarden-bench-fuses", .flags = PTA_DEFAULT_FLAGS,
		   .invoke_command_entry_point = fuses_invoke);
#endif
