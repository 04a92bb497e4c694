/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user_ta_header.h - what a TA's file says about itself
 *
 * A TA writes user_ta_header_defines.h with TA_UUID, TA_FLAGS, TA_STACK_SIZE, TA_DATA_SIZE and, if it likes,
 * TA_VERSION, TA_DESCRIPTION and TA_CURRENT_TA_EXT_PROPERTIES; secure/api/user_ta_header.c, compiled with it, makes
 * these objects. Names, layout and numbers are OP-TEE's.
 */
#ifndef CW_TEE_USER_TA_HEADER_H
#define CW_TEE_USER_TA_HEADER_H

#include <tee_api_types.h>
#include <util.h>

#define TA_FLAG_USER_MODE	    0 /* of old; no meaning */
#define TA_FLAG_EXEC_DDR	    0
#define TA_FLAG_REMAP_SUPPORT	    0
#define TA_FLAG_SINGLE_INSTANCE	    (1u << 2)
#define TA_FLAG_MULTI_SESSION	    (1u << 3)
#define TA_FLAG_INSTANCE_KEEP_ALIVE (1u << 4) /* stays after its last session */
#define TA_FLAG_SECURE_DATA_PATH    (1u << 5)
#define TA_FLAG_CACHE_MAINTENANCE   (1u << 7)
#define TA_FLAG_CONCURRENT	    (1u << 8) /* platform services only */
#define TA_FLAG_DEVICE_ENUM	    (1u << 9) /* listed for the normal world's drivers */
#define TA_FLAG_DEVICE_ENUM_SUPP    (1u << 10)
/* Known by name; a TA that has one of these is not loaded: there is no storage, and a TA that crashed starts anew. */
#define TA_FLAG_DONT_CLOSE_HANDLE_ON_CORRUPT_OBJECT (1u << 11)
#define TA_FLAG_DEVICE_ENUM_TEE_STORAGE_PRIVATE	    (1u << 12)
#define TA_FLAG_INSTANCE_KEEP_CRASHED		    (1u << 13)
#define TA_FLAGS_MASK				    0x3FFFu

struct ta_head {
	TEE_UUID uuid;
	uint32_t stack_size;
	uint32_t flags;
	uint64_t depr_entry; /* all ones */
};

#define TA_PROP_STR_SINGLE_INSTANCE "gpd.ta.singleInstance"
#define TA_PROP_STR_MULTI_SESSION   "gpd.ta.multiSession"
#define TA_PROP_STR_KEEP_ALIVE	    "gpd.ta.instanceKeepAlive"
#define TA_PROP_STR_DATA_SIZE	    "gpd.ta.dataSize"
#define TA_PROP_STR_STACK_SIZE	    "gpd.ta.stackSize"
#define TA_PROP_STR_VERSION	    "gpd.ta.version"
#define TA_PROP_STR_DESCRIPTION	    "gpd.ta.description"

enum user_ta_prop_type {
	USER_TA_PROP_TYPE_BOOL,		/* bool */
	USER_TA_PROP_TYPE_U32,		/* uint32_t */
	USER_TA_PROP_TYPE_UUID,		/* TEE_UUID */
	USER_TA_PROP_TYPE_IDENTITY,	/* TEE_Identity */
	USER_TA_PROP_TYPE_STRING,	/* char[] ended by NUL */
	USER_TA_PROP_TYPE_BINARY_BLOCK, /* base64 as a string */
	USER_TA_PROP_TYPE_U64,		/* uint64_t */
};

struct user_ta_property {
	const char *name;
	enum user_ta_prop_type type;
	const void *value;
};

#endif
