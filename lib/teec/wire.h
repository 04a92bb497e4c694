/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * teec/wire.h - what travels on a socket between a client and the TEE
 *
 * Frames are those of host/msg.h. The operation is the ioctl number of <linux/tee.h>, the payload is that ioctl's struct,
 * inline: where the ioctl takes a struct tee_ioctl_buf_data, its buffer travels instead. A reply has the request's
 * operation and id, the ioctl's result in `ret` (0 or negative errno) and, when that is 0, the struct as the ioctl leaves
 * it. Replies come in any order. A frame that breaks these rules ends the connection.
 *
 *	operation		request			reply			descriptor
 *	TEE_IOC_VERSION		u32 CW_TEE_VERSION	struct cw_tee_hello	-
 *	TEE_IOC_SHM_ALLOC	tee_ioctl_shm_alloc_data  the same		reply: the memory, sealed SHRINK|GROW|SEAL
 *	CW_TEE_SHM_FREE		struct cw_tee_shm_free	-			-
 *	TEE_IOC_OPEN_SESSION	open_session_arg + params  the same		-
 *	TEE_IOC_INVOKE		invoke_arg + params	the same		-
 *	TEE_IOC_CANCEL		tee_ioctl_cancel_arg	-			-
 *	TEE_IOC_CLOSE_SESSION	close_session_arg	-			-
 *	CW_TEE_STATS		-			struct cw_tee_stats	-
 *
 * VERSION comes first and once. There is always num_params = 4. Memory references name shared memory by its id in `c`,
 * TEE_MEMREF_NULL there is a null reference, of size 0; ids belong to the connection and die with it. -EPROTO answers
 * another version, -EINVAL an unknown session or memory id or a range outside of it, -ENOMEM and -EMFILE the limits of
 * docs/limits.md, -EPERM a group login of a group that the client is not in, -EOPNOTSUPP a login by program.
 */
#ifndef CW_TEEC_WIRE_H
#define CW_TEEC_WIRE_H

#include <linux/tee.h>
#include <stdint.h>

#include "teec/tee_stats.h"

#define CW_TEE_VERSION 1u
#define CW_TEE_IMPL_ID 0x4357u
#define CW_TEE_PARAMS  4

#define CW_TEE_SHM_FREE _IOW(TEE_IOC_MAGIC, TEE_IOC_BASE + 0x40, struct cw_tee_shm_free)
#define CW_TEE_STATS	_IOR(TEE_IOC_MAGIC, TEE_IOC_BASE + 0x41, struct cw_tee_stats)

struct cw_tee_hello {
	uint32_t version; /* the TEE's */
	struct tee_ioctl_version_data data;
};

struct cw_tee_shm_free {
	int32_t id;
	uint32_t pad;
};

#endif
