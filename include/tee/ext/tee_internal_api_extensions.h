/* SPDX-License-Identifier: BSD-2-Clause */
/* tee_internal_api_extensions.h - what OP-TEE offers its TAs beyond the specification, as far as it is here */
#ifndef CW_TEE_INTERNAL_API_EXTENSIONS_H
#define CW_TEE_INTERNAL_API_EXTENSIONS_H

#include <stdio.h>

#include <tee_api_types.h>
#include <trace.h>
#include <util.h>

/* Old name of "do not clear" in TEE_Malloc()'s hint. */
#define TEE_USER_MEM_HINT_NO_FILL_ZERO 0x80000000

/* Parse "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx". TEE_ERROR_BAD_FORMAT. */
TEE_Result tee_uuid_from_str(TEE_UUID *uuid, const char *s);

/* Memory of zeros; @flags 0, or TEE_MEMORY_ACCESS_ANY_OWNER for what a platform service may be handed as it is. NULL:
 * there is none, or other flags. Here it comes out of TA_DATA_SIZE, and services are handed it as any other. */
void *tee_map_zi(size_t len, uint32_t flags);
/* All of what tee_map_zi() gave. */
TEE_Result tee_unmap(void *buf, size_t len);

/* Caches of this TEE are coherent: these check their arguments and return TEE_SUCCESS. */
TEE_Result TEE_CacheClean(char *buf, size_t len);
TEE_Result TEE_CacheFlush(char *buf, size_t len);
TEE_Result TEE_CacheInvalidate(char *buf, size_t len);

#endif
