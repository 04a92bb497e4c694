/* SPDX-License-Identifier: BSD-2-Clause */
/* silicon/bus/ops.h - the operations of bus/wire.h, one table for each side */
#ifndef CW_SILICON_BUS_OPS_H
#define CW_SILICON_BUS_OPS_H

#include "host/msg.h"
#include "silicon/bus/front.h"

/* A reply in the making. */
struct cw_reply {
	uint8_t payload[CW_MSG_PAYLOAD_MAX];
	size_t len;
	int fd;	     /* borrowed descriptor to send along, -1 = none */
	bool silent; /* a posted write: no reply at all */
};

/* Perform one request of @f's world. Returns what hdr.ret of the reply says: 0 or -errno; a refusal has no payload but
 * for a hello of another version. Takes descriptors out of @req that it keeps; the caller closes the rest. */
int cw_ops_perform(struct cw_front *f, struct cw_msg *req, struct cw_reply *rep);

#endif
