/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resource_table.h - Linux's firmware resource table, the two kinds of entries we use
 */
#ifndef FW_RESOURCE_TABLE_H
#define FW_RESOURCE_TABLE_H

#include <stdint.h>

#define RSC_TRACE	2u
#define RSC_VDEV	3u
#define VIRTIO_ID_RPMSG 7u
#define RPMSG_F_NS	1u
#define ANY_ADDRESS	0xFFFFFFFFu

struct rsc_header {
	uint32_t ver, num, reserved[2];
};

struct rsc_vring {
	uint32_t da, align, num, notifyid, pa;
};

struct rsc_vdev {
	uint32_t type, id, notifyid, dfeatures, gfeatures, config_len;
	uint8_t status, num_of_vrings, reserved[2];
	struct rsc_vring vring[2];
};

struct rsc_trace {
	uint32_t type, da, len, reserved;
	char name[32];
};

#define RSC_SECTION __attribute__((section(".resource_table"), used))

#endif
