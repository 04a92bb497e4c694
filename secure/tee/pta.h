/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure/tee/pta.h - platform services (PTAs): code of the TEE that trusted applications may call
 *
 * A PTA is a table. The TEE calls it on its own thread, with parameters already resolved to memory of its own or to
 * mapped shared memory. A memory reference that is `shared` can change while it is read: copy once, judge the copy.
 * Copying to its destination and judging the destination, when that is locked, is the same rule.
 */
#ifndef CW_SECURE_TEE_PTA_H
#define CW_SECURE_TEE_PTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tee_api_types.h> /* TEE_UUID, TEE_Result, TEE_PARAM_TYPE_* */

struct cw_bus;
struct cw_board;

union cw_pta_param {
	struct {
		uint8_t *buf;
		size_t size; /* in: bytes there; out: bytes produced, or needed with TEE_ERROR_SHORT_BUFFER */
		bool shared; /* another world can change it at any moment */
	} mem;
	struct {
		uint32_t a, b;
	} val;
};

/* Services of the TEE to its PTAs. */
struct cw_pta_env {
	struct cw_bus *bus;	     /* the secure bus */
	const struct cw_board *board;
	int state_fd;		     /* the state directory's tee/ folder; -1 without state */
	/* Call @fn(@arg) on the TEE's thread in @ms milliseconds. One per @arg; setting it again moves it. */
	int (*timer)(struct cw_pta_env *env, unsigned ms, void (*fn)(void *arg), void *arg);
	void (*timer_cancel)(struct cw_pta_env *env, void *arg);
	/* cw_workers_run() of secure/tee/workers.h; NULL: this TEE has one thread. */
	void (*parallel)(unsigned n, void (*fn)(void *arg, unsigned i), void *arg);
	void (*log)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
};

struct cw_pta {
	TEE_UUID uuid;
	const char *name;
	int (*init)(struct cw_pta_env *env);   /* once, at power-on; negative errno stops the TEE */
	void (*exit)(struct cw_pta_env *env);
	/* @caller: UUID of the calling TA. *@ret_ctx goes to the other calls. */
	TEE_Result (*open)(struct cw_pta_env *env, const TEE_UUID *caller, uint32_t types,
			   union cw_pta_param params[4], void **ret_ctx);
	void (*close)(struct cw_pta_env *env, void *ctx);
	TEE_Result (*invoke)(struct cw_pta_env *env, void *ctx, uint32_t cmd, uint32_t types,
			     union cw_pta_param params[4]);
	/* A crash event of the core arrived on the secure bus. */
	void (*crash)(struct cw_pta_env *env, const void *bus_event);
};

/* Every PTA of this TEE, ended by NULL; defined in secure/pta/table.c. */
extern const struct cw_pta *const cw_ptas[];

#endif
