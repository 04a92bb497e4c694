// SPDX-License-Identifier: BSD-2-Clause
/*
 * user_ta_header.c - compiled into every TA, together with the TA's own user_ta_header_defines.h
 *
 * It turns that file's macros into the objects that the loader finds by name.
 */
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>
#include <user_ta_header.h>
#include <user_ta_header_defines.h>

#ifndef TA_VERSION
#define TA_VERSION "undefined"
#endif

#ifndef TA_DESCRIPTION
#define TA_DESCRIPTION "undefined"
#endif

#define TA_HAS(flag) (&(const bool){((TA_FLAGS) & (flag)) != 0})

extern const struct ta_head ta_head;
extern const size_t ta_heap_size;
extern const struct user_ta_property ta_props[];
extern const size_t ta_num_props;

TA_EXPORT const struct ta_head ta_head __section(".ta_head") = {
	.uuid = TA_UUID,
	.stack_size = TA_STACK_SIZE,
	.flags = TA_FLAGS,
	.depr_entry = UINT64_MAX,
};

TA_EXPORT const size_t ta_heap_size = TA_DATA_SIZE;

TA_EXPORT const struct user_ta_property ta_props[] = {
	{TA_PROP_STR_SINGLE_INSTANCE, USER_TA_PROP_TYPE_BOOL, TA_HAS(TA_FLAG_SINGLE_INSTANCE)},
	{TA_PROP_STR_MULTI_SESSION, USER_TA_PROP_TYPE_BOOL, TA_HAS(TA_FLAG_MULTI_SESSION)},
	{TA_PROP_STR_KEEP_ALIVE, USER_TA_PROP_TYPE_BOOL, TA_HAS(TA_FLAG_INSTANCE_KEEP_ALIVE)},
	{TA_PROP_STR_DATA_SIZE, USER_TA_PROP_TYPE_U32, &(const uint32_t){TA_DATA_SIZE}},
	{TA_PROP_STR_STACK_SIZE, USER_TA_PROP_TYPE_U32, &(const uint32_t){TA_STACK_SIZE}},
	{TA_PROP_STR_VERSION, USER_TA_PROP_TYPE_STRING, TA_VERSION},
	{TA_PROP_STR_DESCRIPTION, USER_TA_PROP_TYPE_STRING, TA_DESCRIPTION},
#ifdef TA_CURRENT_TA_EXT_PROPERTIES
	TA_CURRENT_TA_EXT_PROPERTIES
#endif
};

TA_EXPORT const size_t ta_num_props = sizeof(ta_props) / sizeof(ta_props[0]);
