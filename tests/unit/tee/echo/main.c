// SPDX-License-Identifier: BSD-2-Clause
/* main.c - the echo TA; echo.h says what each command does */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>
#include <unistd.h>
#include <utee_defines.h>

#include "echo.h"

/* Of secure/api/link.h, which TAs have no business to include. */
#define LINK_FD	      3
#define LINK_PTA_CALL 16
#define HEADER_SIZE   24
#define RESULT_AT     16

static uint32_t sessions, calls;

TEE_Result TA_CreateEntryPoint(void)
{
	DMSG("created");
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
	DMSG("destroyed");
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **sess)
{
	/* A first value of 0xBAD asks for a refusal. */
	if (TEE_PARAM_TYPE_GET(types, 0) == TEE_PARAM_TYPE_VALUE_INPUT &&
	    params[0].value.a == 0xBAD)
		return TEE_ERROR_ACCESS_DENIED;
	sessions++;
	*sess = &sessions;
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *sess)
{
	sessions--;
}

static TEE_Result give(TEE_Param *to, const void *data, size_t len)
{
	size_t room = to->memref.size;

	to->memref.size = len;
	if (room < len)
		return TEE_ERROR_SHORT_BUFFER;
	TEE_MemMove(to->memref.buffer, data, len);
	return TEE_SUCCESS;
}

static TEE_Result values(TEE_Param p[TEE_NUM_PARAMS])
{
	uint32_t a = p[0].value.a;

	p[0].value.a = p[0].value.b;
	p[0].value.b = a;
	p[2].value = p[1].value;
	return TEE_SUCCESS;
}

static TEE_Result xor
	(TEE_Param p[TEE_NUM_PARAMS]) {
		uint8_t *b = p[0].memref.buffer;

		for (size_t i = 0; i < p[0].memref.size; i++)
			b[i] ^= (uint8_t)p[1].value.a;
		return TEE_SUCCESS;
	}

	static TEE_Result wait_for(TEE_Param p[TEE_NUM_PARAMS])
{
	DMSG("waits %u ms", p[0].value.a);
	if (p[0].value.b)
		TEE_UnmaskCancellation();
	return TEE_Wait(p[0].value.a);
}

static TEE_Result mark_outputs(uint32_t types, TEE_Param p[TEE_NUM_PARAMS])
{
	for (unsigned i = 0; i < TEE_NUM_PARAMS; i++) {
		switch (TEE_PARAM_TYPE_GET(types, i)) {
		case TEE_PARAM_TYPE_VALUE_OUTPUT:
		case TEE_PARAM_TYPE_VALUE_INOUT:
			p[i].value.a += i + 1;
			break;
		case TEE_PARAM_TYPE_MEMREF_OUTPUT:
		case TEE_PARAM_TYPE_MEMREF_INOUT:
			if (p[i].memref.size)
				((uint8_t *)p[i].memref.buffer)[0] = (uint8_t)(i + 1);
			break;
		}
	}
	return TEE_SUCCESS;
}

static TEE_Result heap(TEE_Param p[TEE_NUM_PARAMS])
{
	static void *blocks[1024];
	uint32_t n = 0;

	while (n < 1024 && (blocks[n] = TEE_Malloc(256, 0)))
		n++;
	p[0].value.a = n * 256;
	p[0].value.b = TEE_Malloc(SIZE_MAX, 0) || TEE_Malloc(SIZE_MAX - 40, 0);
	while (n)
		TEE_Free(blocks[--n]);
	return TEE_SUCCESS;
}

static TEE_Result client_identity(TEE_Param p[TEE_NUM_PARAMS])
{
	TEE_Identity id;
	TEE_Result res =
		TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT, "gpd.client.identity", &id);

	p[0].value.a = id.login;
	return res ? res : give(&p[1], &id.uuid, sizeof(id.uuid));
}

static TEE_Result digest(TEE_Param p[TEE_NUM_PARAMS])
{
	TEE_OperationHandle op;
	size_t len = p[1].memref.size, half = len / 2;
	const uint8_t *data = p[1].memref.buffer;
	TEE_Result res = TEE_AllocateOperation(&op, p[0].value.a, TEE_MODE_DIGEST, 0);

	if (res)
		return res;
	TEE_DigestUpdate(op, data, half);
	res = TEE_DigestDoFinal(op, data + half, len - half, p[2].memref.buffer, &p[2].memref.size);
	TEE_FreeOperation(op);
	return res;
}

static TEE_Result make_key(uint32_t alg, const TEE_Param *p, TEE_ObjectHandle *ret, uint32_t *bits)
{
	const uint8_t *b = p->memref.buffer;
	TEE_Attribute attr[3];
	TEE_Result res;
	uint32_t n;

	if (TEE_ALG_GET_MAIN_ALG(alg) == 0x30) {
		memcpy(&n, b, sizeof(n));
		*bits = n * 8;
		TEE_InitRefAttribute(&attr[0], TEE_ATTR_RSA_MODULUS, b + 4, n);
		TEE_InitRefAttribute(&attr[1], TEE_ATTR_RSA_PUBLIC_EXPONENT, b + 4 + n,
				     p->memref.size - 4 - n);
		n = 2;
	} else {
		size_t half = p->memref.size / 2;

		*bits = 256;
		TEE_InitRefAttribute(&attr[0], TEE_ATTR_ECC_PUBLIC_VALUE_X, b, half);
		TEE_InitRefAttribute(&attr[1], TEE_ATTR_ECC_PUBLIC_VALUE_Y, b + half, half);
		TEE_InitValueAttribute(&attr[2], TEE_ATTR_ECC_CURVE, TEE_ECC_CURVE_NIST_P256, 0);
		n = 3;
	}
	res = TEE_AllocateTransientObject(
		n == 2 ? TEE_TYPE_RSA_PUBLIC_KEY : TEE_TYPE_ECDSA_PUBLIC_KEY, *bits, ret);
	return res ? res : TEE_PopulateTransientObject(*ret, attr, n);
}

static TEE_Result verify(TEE_Param p[TEE_NUM_PARAMS])
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	uint32_t bits = 0;
	TEE_Result res = make_key(p[0].value.a, &p[1], &key, &bits);

	if (!res)
		res = TEE_AllocateOperation(&op, p[0].value.a, TEE_MODE_VERIFY, bits);
	if (!res)
		res = TEE_SetOperationKey(op, key);
	if (!res)
		res = TEE_AsymmetricVerifyDigest(op, NULL, 0, p[2].memref.buffer, p[2].memref.size,
						 p[3].memref.buffer, p[3].memref.size);
	TEE_FreeTransientObject(key);
	TEE_FreeOperation(op);
	return res;
}

static const TEE_UUID pta_uuid = ECHO_PTA_UUID;

/* p[0].a = command; p[1] = memory, in and out; p[2].a = what the service says about it. */
static TEE_Result through_pta(uint32_t types, TEE_Param p[TEE_NUM_PARAMS], bool private)
{
	TEE_Param q[TEE_NUM_PARAMS] = {0};
	TEE_TASessionHandle s;
	size_t len = p[1].memref.size;
	TEE_Result res = TEE_OpenTASession(&pta_uuid, TEE_TIMEOUT_INFINITE, 0, q, &s, NULL);

	if (res)
		return res;
	q[0].memref.buffer = p[1].memref.buffer;
	q[0].memref.size = len;
	/* On purpose not from the TA's small heap. */
	if (private)
		q[0].memref.buffer = memcpy(malloc(len), p[1].memref.buffer, len);
	res = TEE_InvokeTACommand(
		s, TEE_TIMEOUT_INFINITE, p[0].value.a,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_GET(types, 1), TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0), q,
		NULL);
	if (private) {
		if (!res)
			memcpy(p[1].memref.buffer, q[0].memref.buffer, len);
		free(q[0].memref.buffer);
	}
	p[1].memref.size = q[0].memref.size;
	p[2].value.a = q[1].value.a;
	if (p[0].value.b)
		return res; /* leave the session open: the TEE must clean up */
	TEE_CloseTASession(s);
	return res;
}

static uint32_t forbidden(uint32_t what)
{
	int r = 0;

	errno = 0;
	switch (what) {
	case 1:
		r = open("/etc/passwd", O_RDONLY);
		break;
	case 2:
		r = socket(AF_UNIX, SOCK_STREAM, 0);
		break;
	case 3:
		r = (int)ptrace(PTRACE_TRACEME, 0, 0, 0);
		break;
	case 4:
		r = fork();
		break;
	case 5:
		r = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		    MAP_FAILED;
		break;
	case 6:
		r = kill(getppid(), 0);
		break;
	}
	return r < 0 || errno ? (uint32_t)errno : 0;
}

/* Returns the line of the first check that fails; 0: all hold. */
#define CHECK(x)                                                                                   \
	do {                                                                                       \
		if (!(x))                                                                          \
			return __LINE__;                                                           \
	} while (0)

static uint32_t check_memory(void)
{
	static const char constant[] = "text";
	uint8_t a[4] = {1, 2, 3, 4}, b[4] = {1, 2, 9, 0};
	uint8_t *p = TEE_Malloc(10, TEE_MALLOC_FILL_ZERO), *q;

	CHECK(p && !p[9]);
	p[0] = 7;
	q = TEE_Realloc(p, 100);
	CHECK(q && q[0] == 7 && !q[99]);
	TEE_MemFill(q, 0x1FF, 3);
	CHECK(q[2] == 0xFF && q[3] == 0);
	TEE_Free(q);
	TEE_Free(NULL);
	CHECK(TEE_MemCompare(a, b, 2) == 0 && TEE_MemCompare(a, b, 4) < 0 &&
	      TEE_MemCompare(b, a, 4) > 0);
	CHECK(!TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE, a, 4));
	CHECK(!TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, (void *)constant, 4));
	CHECK(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_WRITE, (void *)constant, 4));
	CHECK(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, (void *)16, 4));
	CHECK(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, a, SIZE_MAX));
	TEE_SetInstanceData(constant);
	CHECK(TEE_GetInstanceData() == constant);
	return 0;
}

static uint32_t check_properties(void)
{
	static const TEE_UUID uuids[] = {ECHO_UUID, ECHO_MULTI_UUID, ECHO_SINGLE_UUID};
	TEE_PropSetHandle e;
	TEE_UUID uuid;
	char text[64];
	size_t len = sizeof(text);
	uint32_t v, n = 0;
	bool flag;

	CHECK(!TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "org.corewarden.echo.answer", &v));
	CHECK(v == 42);
	CHECK(!TEE_GetPropertyAsBool(TEE_PROPSET_CURRENT_TA, "gpd.ta.multiSession", &flag));
	CHECK(!TEE_GetPropertyAsString(TEE_PROPSET_CURRENT_TA, "gpd.ta.version", text, &len));
	CHECK(len == 4 && !strcmp(text, "1.2"));
	len = 2;
	CHECK(TEE_GetPropertyAsString(TEE_PROPSET_CURRENT_TA, "gpd.ta.version", text, &len) ==
	      TEE_ERROR_SHORT_BUFFER);
	CHECK(len == 4);
	CHECK(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "gpd.ta.version", &v) ==
	      TEE_ERROR_BAD_FORMAT);
	CHECK(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "no.such", &v) ==
	      TEE_ERROR_ITEM_NOT_FOUND);
	CHECK(!TEE_GetPropertyAsUUID(TEE_PROPSET_CURRENT_TA, "gpd.ta.appID", &uuid));
	for (unsigned i = 0; i < 3; i++)
		n += !TEE_MemCompare(&uuid, &uuids[i], sizeof(uuid));
	CHECK(n == 1);
	len = sizeof(text);
	CHECK(!TEE_GetPropertyAsString(TEE_PROPSET_CURRENT_TA, "gpd.ta.appID", text, &len));
	CHECK(len == 37 && !tee_uuid_from_str(&uuid, text));
	CHECK(tee_uuid_from_str(&uuid, "5d1c7a10-9c3e") == TEE_ERROR_BAD_FORMAT);
	CHECK(!TEE_GetPropertyAsU32(TEE_PROPSET_TEE_IMPLEMENTATION, "gpd.tee.internalCore.version",
				    &v));
	CHECK(v == TEE_CORE_API_VERSION);
	CHECK(!TEE_AllocatePropertyEnumerator(&e));
	TEE_StartPropertyEnumerator(e, TEE_PROPSET_CURRENT_TA);
	for (n = 1; !TEE_GetNextProperty(e); n++)
		;
	CHECK(n == 9);
	CHECK(TEE_GetPropertyAsU32(e, NULL, &v) == TEE_ERROR_ITEM_NOT_FOUND);
	TEE_FreePropertyEnumerator(e);
	return 0;
}

static uint32_t check_operations(void)
{
	TEE_OperationHandle op, copy;
	uint8_t one[32], two[32];
	TEE_OperationInfo info;
	size_t len = 16;

	CHECK(TEE_AllocateOperation(&op, TEE_ALG_AES_GCM, TEE_MODE_ENCRYPT, 256) ==
	      TEE_ERROR_NOT_SUPPORTED);
	CHECK(TEE_IsAlgorithmSupported(TEE_ALG_ECDSA_P256, TEE_ECC_CURVE_NIST_P256) == TEE_SUCCESS);
	CHECK(TEE_IsAlgorithmSupported(TEE_ALG_MD5, 0) == TEE_ERROR_NOT_SUPPORTED);
	CHECK(!TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0));
	CHECK(!TEE_AllocateOperation(&copy, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0));
	TEE_GetOperationInfo(op, &info);
	CHECK(info.digestLength == 32 && info.operationClass == TEE_OPERATION_DIGEST);
	TEE_DigestUpdate(op, "abc", 3);
	TEE_CopyOperation(copy, op);
	CHECK(TEE_DigestDoFinal(op, NULL, 0, one, &len) == TEE_ERROR_SHORT_BUFFER && len == 32);
	CHECK(!TEE_DigestDoFinal(op, NULL, 0, one, &len));
	len = 20;
	CHECK(!TEE_DigestExtract(copy, two, &len) && len == 20);
	len = 32;
	CHECK(!TEE_DigestExtract(copy, two + 20, &len) && len == 12);
	CHECK(!TEE_MemCompare(one, two, 32));
	TEE_ResetOperation(copy);
	len = 32;
	CHECK(!TEE_DigestDoFinal(copy, "abc", 3, two, &len) && !TEE_MemCompare(one, two, 32));
	TEE_FreeOperation(op);
	TEE_FreeOperation(copy);
	return 0;
}

static uint32_t check_others(void)
{
	uint8_t one[32] = {0}, two[32] = {0};
	TEE_Time before, after;

	TEE_GenerateRandom(one, sizeof(one));
	TEE_GenerateRandom(two, sizeof(two));
	CHECK(TEE_MemCompare(one, two, 32));
	TEE_GetSystemTime(&before);
	CHECK(!TEE_Wait(5));
	TEE_GetSystemTime(&after);
	CHECK((after.seconds - before.seconds) * 1000 + after.millis - before.millis >= 5);
	TEE_GetREETime(&after);
	CHECK(after.seconds > 1000000000);
	CHECK(TEE_UnmaskCancellation() && !TEE_MaskCancellation() && !TEE_GetCancellationFlag());
	CHECK(TEE_CacheClean((char *)one, 4) == TEE_ERROR_ACCESS_DENIED);
	DHEXDUMP(one, sizeof(one));
	return 0;
}

static TEE_Result check_api(TEE_Param p[TEE_NUM_PARAMS])
{
	uint32_t (*const checks[])(void) = {check_memory, check_properties, check_operations,
					    check_others};

	for (unsigned i = 0; i < 4; i++) {
		p[0].value.a = checks[i]();
		if (p[0].value.a)
			return TEE_ERROR_GENERIC;
	}
	return TEE_SUCCESS;
}

/* Say to the TEE what the API would never say. */
static TEE_Result raw(TEE_Param p[TEE_NUM_PARAMS])
{
	const uint8_t *frame = p[0].memref.buffer;
	uint8_t answer[4096];
	uint32_t op;

	p[1].value.a = 0;
	if (send(LINK_FD, frame, p[0].memref.size, MSG_NOSIGNAL) != (ssize_t)p[0].memref.size)
		return TEE_ERROR_COMMUNICATION;
	memcpy(&op, frame + 4, sizeof(op));
	if (op != LINK_PTA_CALL)
		return TEE_SUCCESS;
	if (recv(LINK_FD, answer, sizeof(answer), 0) < HEADER_SIZE + RESULT_AT + 4)
		return TEE_ERROR_COMMUNICATION;
	memcpy(&p[1].value.a, answer + HEADER_SIZE + RESULT_AT, 4);
	return TEE_SUCCESS;
}

static TEE_Result misbehave(uint32_t cmd, TEE_Param p[TEE_NUM_PARAMS])
{
	switch (cmd) {
	case ECHO_PANIC:
		TEE_Panic(0xDEAD);
	case ECHO_CRASH:
		raise(SIGSEGV);
		return TEE_SUCCESS;
	case ECHO_LOOP:
		for (;;)
			__asm__ volatile("");
	case ECHO_EXIT:
		_exit(0);
	default:
		p[0].value.a = forbidden(p[0].value.a);
		return TEE_SUCCESS;
	}
}

TEE_Result TA_InvokeCommandEntryPoint(void *sess, uint32_t cmd, uint32_t types,
				      TEE_Param p[TEE_NUM_PARAMS])
{
	calls++;
	switch (cmd) {
	case ECHO_VALUES:
		return values(p);
	case ECHO_COPY:
		return give(&p[1], p[0].memref.buffer, p[0].memref.size);
	case ECHO_XOR:
		return xor(p);
	case ECHO_WAIT:
		return wait_for(p);
	case ECHO_COUNT:
		p[0].value.a = sessions;
		p[0].value.b = calls;
		return TEE_SUCCESS;
	case ECHO_TYPES:
		return mark_outputs(types, p);
	case ECHO_PTA:
		return through_pta(types, p, false);
	case ECHO_PTA_PRIVATE:
		return through_pta(types, p, true);
	case ECHO_HEAP:
		return heap(p);
	case ECHO_NULL:
		return p[0].memref.buffer ? TEE_ERROR_GENERIC : give(&p[0], NULL, 77);
	case ECHO_CLIENT:
		return client_identity(p);
	case ECHO_DIGEST:
		return digest(p);
	case ECHO_VERIFY:
		return verify(p);
	case ECHO_API:
		return check_api(p);
	case ECHO_RAW:
		return raw(p);
	case ECHO_RIGHTS:
		return TEE_CheckMemoryAccessRights(p[2].value.a, p[1].memref.buffer, p[1].memref.size);
	case ECHO_PANIC:
	case ECHO_CRASH:
	case ECHO_LOOP:
	case ECHO_EXIT:
	case ECHO_SYSCALL:
		return misbehave(cmd, p);
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}
