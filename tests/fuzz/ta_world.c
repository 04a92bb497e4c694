// SPDX-License-Identifier: BSD-2-Clause
/* fuzz/ta_world.c - a trusted application whose every move is the input's */
#include "ta_world.h"

#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#include "secure/api/internal.h"

#define ACTS_MAX    8
#define PRIVATE_MAX (CW_TA_BOUNCE_SIZE + 4096)

static struct fuzz_in *in;
static TEE_TASessionHandle service; /* a session with a platform service */
static void *block;
static uint8_t private[PRIVATE_MAX];

static const uint32_t some_number = 7;
static const struct user_ta_property props[] = {
	{"fuzz.number", USER_TA_PROP_TYPE_U32, &some_number}};
static const struct ta_head head = {.stack_size = 4096,
				    .flags = TA_FLAG_MULTI_SESSION | TA_FLAG_CACHE_MAINTENANCE};

/* ---- parameters ---- */

static bool is_memref(uint32_t types, unsigned i)
{
	return TEE_PARAM_TYPE_GET(types, i) >= TEE_PARAM_TYPE_MEMREF_INPUT &&
	       TEE_PARAM_TYPE_GET(types, i) <= TEE_PARAM_TYPE_MEMREF_INOUT;
}

/* Every byte that the application was given is there, and may be used as was said. */
static void use_memory(unsigned i, TEE_Param *p)
{
	const TEE_Param *given = &ta_rt.call_params[i];
	uint32_t type = TEE_PARAM_TYPE_GET(ta_rt.call_types, i),
		 rights = TEE_MEMORY_ACCESS_ANY_OWNER;
	uint8_t *bytes = given->memref.buffer, sum = 0;

	if (!bytes || !given->memref.size)
		return;
	rights |= type != TEE_PARAM_TYPE_MEMREF_OUTPUT ? TEE_MEMORY_ACCESS_READ : 0;
	rights |= type != TEE_PARAM_TYPE_MEMREF_INPUT ? TEE_MEMORY_ACCESS_WRITE : 0;
	fuzz_check(TEE_CheckMemoryAccessRights(rights, bytes, given->memref.size) == TEE_SUCCESS);
	fuzz_check(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, bytes, given->memref.size) !=
		   TEE_SUCCESS);
	for (size_t k = 0; k < given->memref.size; k += 509)
		sum ^= bytes[k];
	if (rights & TEE_MEMORY_ACCESS_WRITE) {
		memset(bytes, sum, given->memref.size < 64 ? given->memref.size : 64);
		p->memref.size = fuzz_u16(in);
	}
}

/* A parameter for a platform service: a piece of the call's own memory, private memory small and large, nothing. */
static void make_param(uint32_t type, TEE_Param *ret, const TEE_Param params[TEE_NUM_PARAMS])
{
	unsigned how = fuzz_u8(in), from = how & 3;

	ret->value.a = ret->value.b = how;
	if (type < TEE_PARAM_TYPE_MEMREF_INPUT)
		return;
	ret->memref.size = fuzz_u16(in);
	ret->memref.buffer = private;
	if (how & 0x10)
		ret->memref.size =
			how & 0x20 ? CW_TA_BOUNCE_SIZE - ret->memref.size : ret->memref.size % 300;
	if ((how & 0xC0) == 0xC0) {
		ret->memref.buffer = NULL;
		ret->memref.size = how == 0xFF;
	} else if (how & 0x80 && is_memref(ta_rt.call_types, from) && params[from].memref.buffer) {
		const TEE_Param *given = &ta_rt.call_params[from];
		size_t at = given->memref.size ? fuzz_u8(in) % given->memref.size : 0;

		ret->memref.buffer = (uint8_t *)given->memref.buffer + at;
		ret->memref.size = given->memref.size - at;
	}
}

static void ask_service(const TEE_Param params[TEE_NUM_PARAMS])
{
	static const TEE_UUID uuid = {1, 2, 3, {4}};
	unsigned how = fuzz_u8(in);
	TEE_Param own[TEE_NUM_PARAMS] = {0};
	uint32_t types = 0, origin = 0;

	for (unsigned i = 0; how & 0x10 && i < TEE_NUM_PARAMS; i++) {
		uint32_t type = fuzz_u8(in) % 8;

		types |= (type == 4 ? 0u : type) << (4 * i);
		make_param(TEE_PARAM_TYPE_GET(types, i), &own[i], params);
	}
	if (!service) {
		TEE_OpenTASession(&uuid, TEE_TIMEOUT_INFINITE, types, own, &service, &origin);
	} else if ((how & 3) == 3) {
		TEE_CloseTASession(service);
		service = TEE_HANDLE_NULL;
	} else {
		TEE_InvokeTACommand(service, TEE_TIMEOUT_INFINITE, how, types, own, &origin);
	}
}

/* ---- what it does ---- */

static void look_around(void)
{
	char text[64];
	size_t size = fuzz_u8(in) % sizeof(text);
	TEE_Identity who;
	uint32_t number;

	TEE_GetPropertyAsString(TEE_PROPSET_CURRENT_TA, "fuzz.number", text, &size);
	TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "fuzz.number", &number);
	TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT, "gpd.client.identity", &who);
}

static void one_act(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	unsigned how = fuzz_u8(in), i = how >> 4 & 3;

	switch (how % 9) {
	case 0:
		if (is_memref(types, i))
			use_memory(i, &params[i]);
		break;
	case 1:
		TEE_GetCancellationFlag();
		break;
	case 2:
		(how & 0x40 ? TEE_UnmaskCancellation : TEE_MaskCancellation)();
		break;
	case 3:
		block = TEE_Realloc(block, fuzz_u16(in));
		break;
	case 4:
		TEE_Free(block);
		block = NULL;
		break;
	case 5:
		trace_printf(__func__, __LINE__, TRACE_ERROR, true, "%*d\n", fuzz_u16(in) % 2000,
			     (int)how);
		break;
	case 6:
		look_around();
		break;
	default:
		ask_service(params);
	}
}

static TEE_Result act(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	unsigned how = fuzz_u8(in);

	for (unsigned i = 0; i < how % ACTS_MAX; i++)
		one_act(types, params);
	if (how == 0xFF)
		TEE_Panic(how);
	return how & 0x80 ? fuzz_u32(in) : TEE_SUCCESS;
}

static TEE_Result create(void)
{
	TEE_Param none[TEE_NUM_PARAMS] = {0};

	return act(0, none);
}

static void destroy(void)
{
}

static TEE_Result open_session(uint32_t types, TEE_Param params[TEE_NUM_PARAMS], void **ret_ctx)
{
	*ret_ctx = &service;
	return act(types, params);
}

static void close_session(void *ctx)
{
	TEE_Param none[TEE_NUM_PARAMS] = {0};

	fuzz_check(ctx == &service);
	act(0, none);
}

static TEE_Result invoke_command(void *ctx, uint32_t command, uint32_t types,
				 TEE_Param params[TEE_NUM_PARAMS])
{
	fuzz_check(ctx == &service);
	return act(types, params);
}

void played_ta_load(struct fuzz_in *supply)
{
	in = supply;
	ta_rt.head = &head;
	ta_rt.heap_size = 65536;
	ta_rt.props = props;
	ta_rt.n_props = 1;
	ta_rt.create = create;
	ta_rt.destroy = destroy;
	ta_rt.open_session = open_session;
	ta_rt.close_session = close_session;
	ta_rt.invoke_command = invoke_command;
}

void played_ta_forget(void)
{
	TEE_Free(block);
	block = NULL;
	service = TEE_HANDLE_NULL;
}
