/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remoteproc.h - the remoteproc trusted application, inside
 *
 *	main.c		entry points, sessions, which command may be called when
 *	load.c		LOAD_FW and VERIFY: the judge of image/rproc.h with the platform service
 *behind its callbacks service.c	the platform service, one function for each of its commands
 *	result.c	enum cw_code to TEE_Result, in one table
 *
 * What is known of a processor lives as long as the instance; a session has the processor it was
 *opened for and the reason of its last refusal. Nothing here runs twice at once.
 */
#ifndef REMOTEPROC_H
#define REMOTEPROC_H

#include <tee_internal_api.h>

#include "base/refusal.h"
#include "image/rproc.h"

enum proc_state {
	PROC_OFF = 0,
	PROC_LOADED = 1,
	PROC_STARTED = 2,
};

/*		LOAD		START		STOP		RELEASE		GET_RSC_TABLE
 * OFF		LOADED		BAD_STATE	OFF		OFF		BAD_STATE
 * LOADED	same image: ok	STARTED		BAD_STATE	OFF		ok
 * STARTED	BAD_STATE	STARTED		OFF		BAD_STATE	ok
 *
 * STOP keeps memory locked and as it is; RELEASE scrubs and opens it. Invariant: table and the
 * fields below it are valid exactly when state is not OFF.
 */
struct proc {
	struct proc *next;
	uint32_t id;
	enum proc_state state;
	bool known;    /* a LOAD was tried: before that, stock TAs know no context */
	bool open;     /* there is a session with the platform service, which told what it found */
	bool capable;  /* it has told that it can load what we judge */
	bool extended; /* the platform service has our commands */
	bool absent;   /* this TEE has no platform service: images can be judged, not loaded */
	TEE_TASessionHandle service;

	char compatible[64]; /* "" before the service was asked: a board does not change */
	uint8_t digest[32];
	uint64_t version; /* 0 without */
	uint32_t entry, images;
	uint32_t rsc_addr, rsc_size; /* size 0: no table */
	uint8_t *table;		     /* authenticated copy */
};

struct session {
	struct proc *proc;
	struct cw_refusal last;
};

struct board_info {
	uint32_t require;
	uint64_t minimum_version;
};

/* Refuse for the session: keeps the sentence, gives the code for the client. */
TEE_Result session_refuse(struct session *s, enum cw_code code, const char *fmt, ...)
	CW_PRINTF(3, 4);

/* The same for a platform service that failed: @res goes to the client. */
TEE_Result session_refuse_service(struct session *s, TEE_Result res, const char *doing);

TEE_Result result_of(int rc);		 /* @rc: 0 or -enum cw_code */
const char *result_name(TEE_Result res); /* "SECURITY"; "?" for others */

/* load.c. @text may be NULL. */
TEE_Result proc_load(struct session *s, const void *image, size_t size);
/* @key: for a TEE without platform service; empty when the client named none. @text as TA_CW_CMD_VERIFY has it. */
TEE_Result proc_verify(struct session *s, const void *image, size_t size, struct cw_span key,
		       const char **ret_text);
void proc_forget(struct proc *p); /* to OFF */

/* key.c. @key is a struct ta_cw_key. */
bool key_is_good(struct cw_span key);
TEE_Result key_verify(struct cw_span key, enum cw_rproc_signtype type, const uint8_t digest[32],
		      struct cw_span signature);

/* service.c. TEE_ERROR_NOT_SUPPORTED without asking when the service lacks our commands. Out
 * parameters are written on success only. */
void service_init(void); /* once, before any other; what it cannot have is done without */
void service_exit(void);
TEE_Result service_open(struct proc *p); /* harmless when it is open */
TEE_Result service_status(struct proc *p, uint32_t *ret_status);
void service_close(struct proc *p);
TEE_Result service_capabilities(struct proc *p, uint32_t *ret_format, uint32_t *ret_protection);
TEE_Result service_load_segment(struct proc *p, uint32_t da, const void *data, size_t len,
				const uint8_t hash[32]);
/* @table: as PTA_CW_LOAD_SEGMENTS takes it; @begin: LOAD_BEGIN first. *@ret_bad is written on failure, too. */
TEE_Result service_load_segments(struct proc *p, const void *image, size_t image_size,
				 const void *table, size_t table_size, bool begin, uint32_t *ret_bad);
TEE_Result service_set_memory(struct proc *p, uint32_t da, uint32_t len, uint8_t byte);
TEE_Result service_simple(struct proc *p,
			  uint32_t cmd); /* a command whose only parameter is the id */
TEE_Result service_da_to_pa(struct proc *p, uint32_t da, uint32_t len, uint64_t *ret_pa);
/* Name of @da's byte when firmware may load to all of [@da, +@len); TEE_ERROR_ACCESS_DENIED otherwise. */
TEE_Result service_place(struct proc *p, uint32_t da, uint32_t len, uint64_t *ret);
TEE_Result service_verify(struct proc *p, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
			  const uint8_t digest[32], struct cw_span signature);
/* And what the board is, to p->compatible. */
TEE_Result service_board_info(struct proc *p, struct board_info *ret);
TEE_Result service_set_version(struct proc *p, uint64_t version);
TEE_Result service_windows(struct proc *p, uint32_t da, uint32_t len);
TEE_Result service_write_table(struct proc *p, uint32_t da, const void *table, uint32_t len);
TEE_Result service_read_memory(struct proc *p, uint32_t da, void *buf, uint32_t len);
TEE_Result service_search(struct proc *p, uint32_t da, uint32_t len, uint32_t *ret_skip);
TEE_Result service_canonical(struct proc *p, uint32_t da, uint64_t *ret);
/* Decrypt what was loaded: PTA_CW_DECRYPT. *@ret_bad also after a failure. */
TEE_Result service_decrypt(struct proc *p, struct cw_span record, struct cw_span headers,
			   unsigned *ret_bad);
/* PTA_CW_KEY_TEXT or PTA_CW_REGIONS: a string, "" when there is none. */
void service_text(struct proc *p, uint32_t cmd, char *buf, size_t size);

#endif
