/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * teec/internal.h - inside libteec: contexts, their transport, the pool of temporary memory
 *
 * TEEC_Context has eight bytes that belong to us, so it holds only a key; the context itself is ours. A transport moves
 * one ioctl; the socket is one, a device node another.
 */
#ifndef CW_TEEC_INTERNAL_H
#define CW_TEEC_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tee_client_api.h>

#include "teec/wire.h"

#define TEEC_EXPORT __attribute__((visibility("default")))

struct teec_transport;

struct teec_transport_ops {
	/* One ioctl: @arg of @len bytes goes in and comes back changed. *@ret_fd, when not NULL, receives the descriptor that
	 * comes with the answer, or -1. Any number of threads. 0 or -errno; -EPIPE: the TEE is gone. */
	int (*request)(struct teec_transport *t, uint32_t nr, void *arg, size_t len, int *ret_fd);
	void (*close)(struct teec_transport *t);
};

struct teec_transport {
	const struct teec_transport_ops *ops;
	int fd;		  /* the context's key while the transport lives */
	bool kernel;	  /* a device: descriptors of shared memory may be kept, and free it when closed */
	bool reg_mem;	  /* memory of ours may be registered as it is */
	bool memref_null; /* TEE_MEMREF_NULL is known: a null reference stays one */
};

/* How long a caller waits for a TEE that lives but says nothing at all. The TEE gives each call a minute, and calls of
 * others may come first. */
#define TEEC_SILENCE_MS 300000

/* Takes @sock, also on failure. 0, -ENOMEM, -EPROTO, -EPIPE, -errno. */
int teec_socket_transport(int sock, struct teec_transport **ret);

/* @name: NULL the first device that suits; "optee-tz" the first of OP-TEE; a path that device. 0; -ENOENT none; -ENODEV
 * not a GlobalPlatform TEE; -EACCES; -ENOMEM; -errno. */
int teec_device_transport(const char *name, struct teec_transport **ret);

/* What the device transport asks of the kernel: as open(2) and ioctl(2). A test puts its own in place. */
struct teec_calls {
	int (*open)(const char *path, int flags);
	int (*ioctl)(int fd, unsigned long nr, void *arg);
};
extern const struct teec_calls *teec_calls;

/* Linux 6.18's, which older headers lack. */
#ifndef TEE_IOC_SHM_REGISTER_FD
struct tee_ioctl_shm_register_fd_data {
	int64_t fd;
	uint64_t size;
	uint32_t flags;
	int32_t id;
};
#define TEE_IOC_SHM_REGISTER_FD                                                                    \
	_IOWR(TEE_IOC_MAGIC, TEE_IOC_BASE + 8, struct tee_ioctl_shm_register_fd_data)
#endif

/* A piece of shared memory, mapped. */
struct teec_mem {
	int fd; /* that keeps it registered, where it is memory of ours; -1 */
	int id;
	uint8_t *ptr;
	size_t size;
};

#define TEEC_POOL_MAX	    4
#define TEEC_POOL_BYTES_MAX (32u << 20)
#define TEEC_POOL_UNIT	    4096

struct teec_ctx {
	struct teec_transport *t;
	uint32_t generation;
	pthread_mutex_t lock; /* of what follows */
	struct teec_mem pool[TEEC_POOL_MAX];
	unsigned n_pool;
	size_t pool_bytes;
	uint32_t last_cancel_id;
};

/* The context behind a key; NULL when there is none. It lives until its TEEC_FinalizeContext(). */
struct teec_ctx *teec_ctx_find(int fd);
uint32_t teec_ctx_cancel_id(struct teec_ctx *c);

TEEC_Result teec_result_of_errno(int negative_errno);

/* Allocate and map; *@ret is untouched on failure. */
TEEC_Result teec_mem_alloc(struct teec_ctx *c, size_t size, struct teec_mem *ret);
void teec_mem_free(struct teec_ctx *c, struct teec_mem *m);

/* Is @shm shared with this context's TEE? */
bool teec_shm_of(const struct teec_ctx *c, const TEEC_SharedMemory *shm);

/* Temporary memory of at least @size bytes, cached between calls. */
TEEC_Result teec_tmp_take(struct teec_ctx *c, size_t size, struct teec_mem *ret);
void teec_tmp_give(struct teec_ctx *c, struct teec_mem *m);

/* The parameters of one call, on their way to the TEE and back. */
struct teec_call {
	struct teec_ctx *ctx;
	TEEC_Operation *op; /* may be NULL */
	struct teec_mem tmp; /* .ptr NULL: no temporary references */
	size_t tmp_at[TEEC_CONFIG_PAYLOAD_REF_COUNT];
};

TEEC_Result teec_call_begin(struct teec_call *call, struct tee_ioctl_param *params);
/* @answered: @params and @result are the TEE's. */
void teec_call_end(struct teec_call *call, const struct tee_ioctl_param *params, bool answered,
		   TEEC_Result result);

#endif
