// SPDX-License-Identifier: BSD-2-Clause
/* teec/names.c - results and origins as words */
#include "teec/teec_ext.h"

#include <stddef.h>

#define N(name)                                                                                    \
	{                                                                                          \
		TEEC_##name, "TEEC_" #name                                                         \
	}

static const struct {
	uint32_t value;
	const char *name;
} results[] = {
	N(SUCCESS),
	N(ERROR_STORAGE_NOT_AVAILABLE),
	N(ERROR_GENERIC),
	N(ERROR_ACCESS_DENIED),
	N(ERROR_CANCEL),
	N(ERROR_ACCESS_CONFLICT),
	N(ERROR_EXCESS_DATA),
	N(ERROR_BAD_FORMAT),
	N(ERROR_BAD_PARAMETERS),
	N(ERROR_BAD_STATE),
	N(ERROR_ITEM_NOT_FOUND),
	N(ERROR_NOT_IMPLEMENTED),
	N(ERROR_NOT_SUPPORTED),
	N(ERROR_NO_DATA),
	N(ERROR_OUT_OF_MEMORY),
	N(ERROR_BUSY),
	N(ERROR_COMMUNICATION),
	N(ERROR_SECURITY),
	N(ERROR_SHORT_BUFFER),
	N(ERROR_EXTERNAL_CANCEL),
	N(ERROR_TARGET_DEAD),
	N(ERROR_STORAGE_NO_SPACE),
	{0xF0100001, "TEE_ERROR_CORRUPT_OBJECT"},
	{0xF0100002, "TEE_ERROR_CORRUPT_OBJECT_2"},
	{0xF0100004, "TEE_ERROR_STORAGE_NOT_AVAILABLE_2"},
	{0xF0100005, "TEE_ERROR_UNSUPPORTED_VERSION"},
	{0xF0100006, "TEE_ERROR_CIPHERTEXT_INVALID"},
	{0xFFFF3001, "TEE_ERROR_TIMEOUT"},
	{TEE_ERROR_OVERFLOW, "TEE_ERROR_OVERFLOW"},
	{TEE_ERROR_MAC_INVALID, "TEE_ERROR_MAC_INVALID"},
	{TEE_ERROR_SIGNATURE_INVALID, "TEE_ERROR_SIGNATURE_INVALID"},
	{TEE_ERROR_TIME_NOT_SET, "TEE_ERROR_TIME_NOT_SET"},
	{TEE_ERROR_TIME_NEEDS_RESET, "TEE_ERROR_TIME_NEEDS_RESET"},
};

__attribute__((visibility("default"))) const char *cw_teec_result_name(uint32_t result)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (results[i].value == result)
			return results[i].name;
	return "TEE error";
}

__attribute__((visibility("default"))) const char *cw_teec_origin_name(uint32_t origin)
{
	static const char *const names[] = {"unknown origin", "TEEC_ORIGIN_API",
					    "TEEC_ORIGIN_COMMS", "TEEC_ORIGIN_TEE",
					    "TEEC_ORIGIN_TRUSTED_APP"};

	return names[origin < sizeof(names) / sizeof(names[0]) ? origin : 0];
}
