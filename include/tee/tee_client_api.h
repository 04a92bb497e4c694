/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tee_client_api.h - GlobalPlatform TEE Client API 1.0, as a program of the normal world calls it
 *
 * The layouts are those of libteec.so.2 as OP-TEE ships it, so that a program built against either header runs with
 * either library. Members called `imp` belong to the library: never read or write them.
 *
 * Threads: any number may use one context or session at once. One TEEC_Operation serves one call at a time.
 * Memory: a TEEC_SharedMemory must outlive every operation that names it, and its context must outlive it.
 */
#ifndef TEE_CLIENT_API_H
#define TEE_CLIENT_API_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TEEC_CONFIG_PAYLOAD_REF_COUNT  4
#define TEEC_CONFIG_SHAREDMEM_MAX_SIZE ULONG_MAX /* the TEE's own limit is lower and answers OUT_OF_MEMORY */

/* Parameter types: four bits each in TEEC_Operation.paramTypes. */
#define TEEC_NONE		   0x00000000
#define TEEC_VALUE_INPUT	   0x00000001
#define TEEC_VALUE_OUTPUT	   0x00000002
#define TEEC_VALUE_INOUT	   0x00000003
#define TEEC_MEMREF_TEMP_INPUT	   0x00000005 /* params[i].tmpref: memory known to the TEE for this call only */
#define TEEC_MEMREF_TEMP_OUTPUT	   0x00000006
#define TEEC_MEMREF_TEMP_INOUT	   0x00000007
#define TEEC_MEMREF_WHOLE	   0x0000000C /* params[i].memref.parent, all of it, direction from its flags */
#define TEEC_MEMREF_PARTIAL_INPUT  0x0000000D /* params[i].memref: [offset, offset+size) of the parent */
#define TEEC_MEMREF_PARTIAL_OUTPUT 0x0000000E
#define TEEC_MEMREF_PARTIAL_INOUT  0x0000000F

#define TEEC_PARAM_TYPES(p0, p1, p2, p3) ((p0) | ((p1) << 4) | ((p2) << 8) | ((p3) << 12))
#define TEEC_PARAM_TYPE_GET(p, i)	 (((p) >> ((i) * 4)) & 0xF)

/* TEEC_SharedMemory.flags: who writes it. */
#define TEEC_MEM_INPUT	0x00000001 /* the client, for the TA */
#define TEEC_MEM_OUTPUT 0x00000002 /* the TA, for the client */

/* Results. A trusted application may return any other 32-bit value. */
#define TEEC_SUCCESS		       0x00000000
#define TEEC_ERROR_STORAGE_NOT_AVAILABLE 0xF0100003
#define TEEC_ERROR_GENERIC	       0xFFFF0000
#define TEEC_ERROR_ACCESS_DENIED       0xFFFF0001
#define TEEC_ERROR_CANCEL	       0xFFFF0002
#define TEEC_ERROR_ACCESS_CONFLICT     0xFFFF0003
#define TEEC_ERROR_EXCESS_DATA	       0xFFFF0004
#define TEEC_ERROR_BAD_FORMAT	       0xFFFF0005
#define TEEC_ERROR_BAD_PARAMETERS      0xFFFF0006
#define TEEC_ERROR_BAD_STATE	       0xFFFF0007
#define TEEC_ERROR_ITEM_NOT_FOUND      0xFFFF0008
#define TEEC_ERROR_NOT_IMPLEMENTED     0xFFFF0009
#define TEEC_ERROR_NOT_SUPPORTED       0xFFFF000A
#define TEEC_ERROR_NO_DATA	       0xFFFF000B
#define TEEC_ERROR_OUT_OF_MEMORY       0xFFFF000C
#define TEEC_ERROR_BUSY		       0xFFFF000D
#define TEEC_ERROR_COMMUNICATION       0xFFFF000E
#define TEEC_ERROR_SECURITY	       0xFFFF000F
#define TEEC_ERROR_SHORT_BUFFER	       0xFFFF0010
#define TEEC_ERROR_EXTERNAL_CANCEL     0xFFFF0011
#define TEEC_ERROR_TARGET_DEAD	       0xFFFF3024
#define TEEC_ERROR_STORAGE_NO_SPACE    0xFFFF3041

/* The same numbers under the names of the Internal Core API, for clients that name what a TA returned. */
#ifndef TEE_ERROR_EXTERNAL_CANCEL
#define TEE_ERROR_EXTERNAL_CANCEL   0xFFFF0011
#define TEE_ERROR_OVERFLOW	    0xFFFF300F
#define TEE_ERROR_TARGET_DEAD	    0xFFFF3024
#define TEE_ERROR_STORAGE_NO_SPACE  0xFFFF3041
#define TEE_ERROR_MAC_INVALID	    0xFFFF3071
#define TEE_ERROR_SIGNATURE_INVALID 0xFFFF3072
#define TEE_ERROR_TIME_NOT_SET	    0xFFFF5000
#define TEE_ERROR_TIME_NEEDS_RESET  0xFFFF5001
#endif

/* Which layer a result comes from. */
#define TEEC_ORIGIN_API		0x00000001 /* this library */
#define TEEC_ORIGIN_COMMS	0x00000002 /* the way to the TEE */
#define TEEC_ORIGIN_TEE		0x00000003 /* the TEE itself */
#define TEEC_ORIGIN_TRUSTED_APP 0x00000004

/* How a session identifies its client. */
#define TEEC_LOGIN_PUBLIC	     0x00000000 /* not at all */
#define TEEC_LOGIN_USER		     0x00000001 /* the effective uid */
#define TEEC_LOGIN_GROUP	     0x00000002 /* a group the process is in: connectionData points to a uint32_t gid */
/* By the program's file: TEEC_ERROR_NOT_SUPPORTED from our TEE, an error from Linux too: nobody vouches for that. */
#define TEEC_LOGIN_APPLICATION	     0x00000004
#define TEEC_LOGIN_USER_APPLICATION  0x00000005
#define TEEC_LOGIN_GROUP_APPLICATION 0x00000006 /* connectionData as for a group */

typedef uint32_t TEEC_Result;

typedef struct {
	uint32_t timeLow;
	uint16_t timeMid;
	uint16_t timeHiAndVersion;
	uint8_t clockSeqAndNode[8];
} TEEC_UUID;

/* A connection to a TEE. */
typedef struct {
	struct {
		int fd;
		bool reg_mem;
		bool memref_null;
	} imp;
} TEEC_Context;

/* Memory that both worlds see. The client fills in size and flags, and buffer too when it registers its own. */
typedef struct {
	void *buffer;
	size_t size; /* bytes; may be 0 */
	uint32_t flags;
	struct {
		int id;
		size_t alloced_size;
		void *shadow_buffer;
		int registered_fd;
		uint32_t flags;
	} imp;
} TEEC_SharedMemory;

typedef struct {
	void *buffer; /* NULL with an output type asks how large the answer is */
	size_t size;  /* output: bytes produced, or needed with TEEC_ERROR_SHORT_BUFFER */
} TEEC_TempMemoryReference;

typedef struct {
	TEEC_SharedMemory *parent;
	size_t size; /* as above; not read for TEEC_MEMREF_WHOLE */
	size_t offset;
} TEEC_RegisteredMemoryReference;

typedef struct {
	uint32_t a;
	uint32_t b;
} TEEC_Value;

typedef union {
	TEEC_TempMemoryReference tmpref;
	TEEC_RegisteredMemoryReference memref;
	TEEC_Value value;
} TEEC_Parameter;

typedef struct {
	struct {
		TEEC_Context *ctx;
		uint32_t session_id;
	} imp;
} TEEC_Session;

typedef struct {
	uint32_t started; /* 0 before the call when another thread may want to cancel it */
	uint32_t paramTypes;
	TEEC_Parameter params[TEEC_CONFIG_PAYLOAD_REF_COUNT];
	struct {
		TEEC_Session *session;
	} imp;
} TEEC_Operation;

/*
 * Connect to the TEE @name:
 *	NULL			the socket that the environment variable COREWARDEN_TEE names; without it, the first of
 *				/dev/tee0 to /dev/tee9 that is a GlobalPlatform TEE
 *	"optee-tz"		the first of these that is OP-TEE in TrustZone
 *	"/dev/tee1"		that device
 *	"corewarden:PATH"	the socket PATH; "corewarden:" alone the one of COREWARDEN_TEE
 * TEEC_ERROR_BAD_PARAMETERS; TEEC_ERROR_ITEM_NOT_FOUND no such TEE; TEEC_ERROR_ACCESS_DENIED a device that may not be
 * opened; TEEC_ERROR_COMMUNICATION; TEEC_ERROR_NOT_SUPPORTED it speaks another version; TEEC_ERROR_OUT_OF_MEMORY.
 */
TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context);

/* Every session closed and every shared memory released before. NULL does nothing. */
void TEEC_FinalizeContext(TEEC_Context *context);

/* Make existing memory (buffer, size, flags) usable as a registered reference. Where the TEE cannot see it in place (a
 * socket, a kernel without TEE_GEN_CAP_REG_MEM, read-only memory) it is copied at call and return: only then is it
 * certain that what the client writes during a call is not seen. TEEC_ERROR_BAD_PARAMETERS; TEEC_ERROR_OUT_OF_MEMORY. */
TEEC_Result TEEC_RegisterSharedMemory(TEEC_Context *context, TEEC_SharedMemory *sharedMem);

/* The same for the memory behind a descriptor, a DMA buffer or a memfd (flags; size is filled in): an extension of
 * OP-TEE's. The descriptor may be closed afterwards. A kernel leaves buffer NULL, as the memory may be protected and is
 * the TEE's to look at (Linux 6.18; TEEC_ERROR_NOT_SUPPORTED before); over a socket it is mapped at buffer, and copied as
 * above. TEEC_ERROR_BAD_PARAMETERS no such descriptor, nothing behind it, or not in the direction that flags want. */
TEEC_Result TEEC_RegisterSharedMemoryFileDescriptor(TEEC_Context *context,
						    TEEC_SharedMemory *sharedMem, int fd);

/* Allocate memory (size, flags) that both worlds see without copies; buffer is filled in and starts as zeros. */
TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *sharedMem);

/* Undo any of the three. NULL does nothing. */
void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *sharedMemory);

/*
 * Open a session with a trusted application. @operation (may be NULL) carries parameters; @returnOrigin (may be NULL)
 * is always written. TEEC_ERROR_ITEM_NOT_FOUND no such TA; TEEC_ERROR_SECURITY it is not signed by the right key;
 * TEEC_ERROR_BUSY it serves one session and has one; TEEC_ERROR_OUT_OF_MEMORY; TEEC_ERROR_COMMUNICATION; anything the TA
 * answers.
 */
TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
			     const TEEC_UUID *destination, uint32_t connectionMethod,
			     const void *connectionData, TEEC_Operation *operation,
			     uint32_t *returnOrigin);

/* No call may be under way on the session. NULL does nothing. */
void TEEC_CloseSession(TEEC_Session *session);

/* Run a command. TEEC_ERROR_TARGET_DEAD: the TA has died, close the session. */
TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t commandID, TEEC_Operation *operation,
			       uint32_t *returnOrigin);

/* Ask, from another thread, that a call under way with @operation ends early. The call still returns by itself. */
void TEEC_RequestCancellation(TEEC_Operation *operation);

#ifdef __cplusplus
}
#endif

#endif
