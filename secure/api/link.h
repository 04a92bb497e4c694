/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure/api/link.h - what travels between the TEE and the process of a TA instance
 *
 * Frames are those of host/msg.h on a SEQPACKET pair. The TEE asks START first, then one CALL at a time; the TA answers
 * each with the same operation and id. While it works on a CALL the TA may ask in turn (PTA_*), one at a time, and the TEE
 * answers. CANCEL and FORGET are events of the TEE, LOG and PANIC of the TA: id 0, no answer. A frame that breaks these
 * rules ends the instance.
 *
 *	operation	from	payload				descriptors
 *	START		TEE	struct cw_ta_start		the ELF, write-sealed; the bounce memory
 *	  answer	TA	struct cw_ta_started		-
 *	CALL		TEE	struct cw_ta_call		memory that this instance sees for the first time, in the order of
 *								the parameters whose `fresh` is set
 *	  answer	TA	struct cw_ta_answer		-
 *	CANCEL		TEE	u64 id of the CALL		-
 *	FORGET		TEE	u32 memory			-
 *	PTA_CALL	TA	struct cw_ta_pta + bytes	-
 *	  answer	TEE	struct cw_ta_pta + bytes	-
 *	LOG		TA	u32 level + text		-
 *	PANIC		TA	u32 code			-
 */
#ifndef CW_SECURE_API_LINK_H
#define CW_SECURE_API_LINK_H

#include <stdint.h>

#include <tee_api_types.h>

#include "host/msg.h"

#define CW_TA_LINK_VERSION 1u
#define CW_TA_LINK_FD	   3		 /* the link, in the process of a TA */
#define CW_TA_BOUNCE_SIZE  (1u << 20)	 /* bytes of private memory a PTA call may carry beyond the inline ones */
#define CW_TA_INLINE_MAX   2048		 /* bytes of private memory that travel inside the frame */
#define CW_TA_REASON_MAX   192
#define CW_TA_LOG_MAX	   1024

enum cw_ta_op {
	CW_TA_START = 1,
	CW_TA_CALL = 2,
	CW_TA_CANCEL = 3,
	CW_TA_FORGET = 4,
	CW_TA_PTA_CALL = 16,
	CW_TA_LOG = 17,
	CW_TA_PANIC = 18,
};

struct cw_ta_start {
	uint32_t version;
	uint32_t log_level; /* TRACE_* that the TEE's log shows */
	TEE_UUID uuid;	    /* what the file was signed as: ta_head must say the same */
};

struct cw_ta_started {
	uint32_t result;
	uint32_t origin;
	uint32_t flags; /* TA_FLAG_* */
	char reason[CW_TA_REASON_MAX]; /* why not, ended by NUL */
};

enum cw_ta_kind {
	CW_TA_OPEN_SESSION = 1,
	CW_TA_INVOKE_COMMAND = 2,
	CW_TA_CLOSE_SESSION = 3,
	CW_TA_DESTROY = 4, /* the answer is the last frame of the instance */
};

enum cw_ta_where {
	CW_TA_NOWHERE = 0, /* none, or a value in a and b */
	CW_TA_NULL = 1,	   /* a null reference of size b */
	CW_TA_SHM = 2,	   /* memory @mem of the client, offset a, size b */
	CW_TA_INLINE = 3,  /* after the struct, offset a, size b; only in PTA_CALL */
	CW_TA_BOUNCE = 4,  /* in the bounce memory, offset a, size b; only in PTA_CALL */
};

/* In an answer, a and b are the new value, or b is the new size. */
struct cw_ta_param {
	uint64_t a, b;
	uint32_t where; /* enum cw_ta_where */
	uint32_t mem;	/* number of the memory, for all instances the same */
	uint64_t fresh; /* CALL: size of the whole memory when its descriptor comes along, else 0 */
};

struct cw_ta_call {
	uint32_t kind; /* enum cw_ta_kind */
	uint32_t session;
	uint32_t command;
	uint32_t types;
	TEE_Identity client; /* of the session, at OPEN_SESSION */
	uint32_t pad;
	struct cw_ta_param params[TEE_NUM_PARAMS];
};

struct cw_ta_answer {
	uint32_t result;
	uint32_t pad;
	struct cw_ta_param params[TEE_NUM_PARAMS]; /* where and mem are not read */
};

struct cw_ta_pta {
	uint32_t kind;	  /* enum cw_ta_kind, but DESTROY */
	uint32_t session; /* INVOKE, CLOSE: in; OPEN: out */
	uint32_t command;
	uint32_t types;
	uint32_t result; /* answer */
	uint32_t origin; /* answer */
	TEE_UUID uuid;	 /* OPEN */
	uint32_t inline_len;
	uint32_t pad;
	struct cw_ta_param params[TEE_NUM_PARAMS];
};

_Static_assert(sizeof(struct cw_ta_pta) + CW_TA_INLINE_MAX <= CW_MSG_PAYLOAD_MAX,
	       "a PTA call must fit a frame");

#endif
