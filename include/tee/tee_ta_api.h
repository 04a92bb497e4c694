/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tee_ta_api.h - the five functions that every trusted application has
 *
 * The TEE calls them one at a time, never two at once in one instance. Memory behind a memref parameter may belong to
 * the client, who can change it at any moment: copy once, judge the copy.
 */
#ifndef TEE_TA_API_H
#define TEE_TA_API_H

#include <tee_api_defines.h>
#include <tee_api_types.h>

/* The loader finds the functions by name, whatever visibility the TA is compiled with. */
#define TA_EXPORT __attribute__((visibility("default")))

/* A new instance. Anything but TEE_SUCCESS ends it; the client that opened the session gets the code. */
TA_EXPORT TEE_Result TA_CreateEntryPoint(void);

/* The instance goes; no session is open any more. */
TA_EXPORT void TA_DestroyEntryPoint(void);

/* A client opens a session. *@sessionContext is the TA's own and comes back in the other calls. */
TA_EXPORT TEE_Result TA_OpenSessionEntryPoint(uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
					      void **sessionContext);

/* The session ends: closed, or its client is gone. */
TA_EXPORT void TA_CloseSessionEntryPoint(void *sessionContext);

/* A command in a session. Output memrefs: set size to the bytes produced, or to those needed with
 * TEE_ERROR_SHORT_BUFFER. */
TA_EXPORT TEE_Result TA_InvokeCommandEntryPoint(void *sessionContext, uint32_t commandID,
						uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS]);

#endif
