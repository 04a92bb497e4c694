/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rpmsg.h - rpmsg over virtio, the remote processor's side
 *
 * The host owns the rings' memory and the device status; we consume what it makes available: vring
 * 0 holds its receive buffers, vring 1 its messages. Everything it says (ring addresses, descriptor
 * addresses, indices, lengths) is checked against the shared memory before it is used. Not
 * reentrant: the main loop's only.
 */
#ifndef FW_RPMSG_H
#define FW_RPMSG_H

#include <stdbool.h>
#include <stdint.h>

#include "resource_table.h"

/* The memory the host may place rings and buffers in. */
#define SHARED_BASE 0x10040000u
#define SHARED_SIZE 0x8000u

#define VRING_NUM   16u
#define VRING_ALIGN 16u

struct rpmsg_endpoint {
	const char *name;
	uint32_t addr;
	/* A message from @src; the data is the host's, still in its buffer. */
	void (*receive)(const struct rpmsg_endpoint *ept, uint32_t src,
			const volatile uint8_t *data, uint16_t len);
};

/* A vdev entry with two vrings the host places where it likes; to be put into the resource table.
 */
#define RPMSG_VDEV                                                                                 \
	{                                                                                          \
		.type = RSC_VDEV, .id = VIRTIO_ID_RPMSG, .dfeatures = RPMSG_F_NS,                  \
		.num_of_vrings = 2,                                                                \
		.vring = {                                                                         \
			{.da = ANY_ADDRESS,                                                        \
			 .align = VRING_ALIGN,                                                     \
			 .num = VRING_NUM,                                                         \
			 .notifyid = 0},                                                           \
			{.da = ANY_ADDRESS,                                                        \
			 .align = VRING_ALIGN,                                                     \
			 .num = VRING_NUM,                                                         \
			 .notifyid = 1},                                                           \
		},                                                                                 \
	}

/* Has the host's driver set up the device (and not taken it down again)? */
bool rpmsg_driver_ok(const volatile struct rsc_vdev *vdev);

/* Start on the rings the host has made. False when they do not lie in the shared memory. */
bool rpmsg_start(const volatile struct rsc_vdev *vdev, const struct rpmsg_endpoint *epts,
		 unsigned n_epts);

/* Announce every endpoint. */
void rpmsg_announce(void);

/* Deliver the host's messages while there is room for an answer. Returns how many. */
unsigned rpmsg_poll(void);

/* Answer into a receive buffer of the host's; false when there is none, or @len does not fit. */
bool rpmsg_send(uint32_t src, uint32_t dst, const volatile void *data, uint16_t len);

#endif
