/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure/api/internal.h - inside the process of a TA instance
 *
 * The process is one instance and one thread, so its state is one static object. Client memory is mapped when a call
 * brings it and stays mapped until the TEE says to forget it.
 */
#ifndef CW_SECURE_API_INTERNAL_H
#define CW_SECURE_API_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>
#include <user_ta_header.h>

#include "base/span.h"
#include "secure/api/link.h"

#define TA_MEMS_MAX 80 /* more than the TEE ever lets an instance have */

/* The TA has no other way to be heard than these functions, which the loader resolves here. */
#define TA_API __attribute__((visibility("default")))

struct ta_mem {
	uint32_t number; /* 0: free */
	uint8_t *ptr;	 /* NULL: there was no room for it */
	int fd;		 /* -1 when it is mapped */
	uint64_t size;
};

/* What for memory of the client is wanted; both together, or neither. */
enum ta_use {
	TA_READS = 1,
	TA_WRITES = 2,
};

struct ta_session {
	struct ta_session *next;
	uint32_t id;
	TEE_Identity client;
	void *ctx;
};

struct ta_runtime {
	int link;
	uint32_t log_level;
	TEE_UUID uuid;
	uint8_t *bounce;
	/* the loaded TA */
	const struct ta_head *head;
	size_t heap_size;
	const struct user_ta_property *props;
	size_t n_props;
	TEE_Result (*create)(void);
	void (*destroy)(void);
	TEE_Result (*open_session)(uint32_t, TEE_Param[TEE_NUM_PARAMS], void **);
	void (*close_session)(void *);
	TEE_Result (*invoke_command)(void *, uint32_t, uint32_t, TEE_Param[TEE_NUM_PARAMS]);
	/* the call under way */
	uint64_t call_id; /* 0: none */
	uint32_t call_types;
	TEE_Param call_params[TEE_NUM_PARAMS];	     /* as the TA got them */
	struct cw_ta_param call_where[TEE_NUM_PARAMS];
	const TEE_Identity *client;
	bool cancelled, cancel_masked;
	struct ta_mem mems[TA_MEMS_MAX];
	struct ta_session *sessions;
	uint64_t last_request;
};

extern struct ta_runtime ta_rt;

/* main.c: nothing more to say to this TEE, or nothing more to hear from it. */
void ta_leave(int status) __attribute__((noreturn));

/* calls.c */
void ta_serve(void) __attribute__((noreturn));
void ta_take_event(const struct cw_msg *m); /* CANCEL or FORGET */
/* Take events that have come; wait at most @ms for one (-1: for ever, 0: not at all). True when one was taken. */
bool ta_poll_events(int ms);
/* A parameter of the call that @buf of @size bytes lies in and that may be used like that (enum ta_use), or -1. */
int ta_find_shared(const void *buf, size_t size, unsigned use);

/* load.c: 0, or a TEE_Result with the reason in words. */
TEE_Result ta_load(int image_fd, char reason[CW_TA_REASON_MAX]);

/* memory.c */
void ta_memory_init(void);

/* crypto.c: fetch all algorithms while files may still be opened */
void ta_crypto_init(void);

#endif
