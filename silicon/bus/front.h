/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/bus/front.h - one world's way into silicon
 *
 * A front turns what arrives on its descriptor into accesses of the machine, and tells its world about interrupt lines
 * and crashes. The socket front serves both buses. Another one (a vfio-user server, so that a kernel in a virtual machine
 * is the normal world) needs only this table. Everything but irq() runs on the bus thread and nothing may block: a world
 * that does not read only makes its own front wait.
 */
#ifndef CW_SILICON_BUS_FRONT_H
#define CW_SILICON_BUS_FRONT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus/wire.h"

struct cw_front;
struct cw_server;

struct cw_front_ops {
	const char *name;
	/* EPOLLIN, EPOLLOUT: what the front waits for now. */
	uint32_t (*wants)(const struct cw_front *f);
	/* The descriptor is ready. 0; or the link is over: -EPIPE the peer closed it, -EPROTO it talked nonsense. */
	int (*ready)(struct cw_front *f, uint32_t events);
	/* Level of a line, on the bus thread or the core's; and a crash: tell the world now, or remember until it reads. */
	void (*irq)(struct cw_front *f, enum cw_bus_line line, bool level);
	void (*crash)(struct cw_front *f, const struct cw_bus_event *event);
	/* A client of the normal world asks for the TEE (secure front). 0, -EAGAIN it does not read. */
	int (*tee_client)(struct cw_front *f, int fd);
	struct cw_front *(*free)(struct cw_front *f); /* closes the descriptor; accepts NULL, returns NULL */
};

struct cw_front {
	const struct cw_front_ops *ops;
	struct cw_server *server;
	enum cw_bus_side side;
	int fd;
	_Atomic bool greeted; /* its world has said hello */
};

/* The frames of bus/wire.h on a socket, which the front owns from here on, also on failure. NULL: out of memory. */
struct cw_front *cw_front_socket(struct cw_server *server, enum cw_bus_side side, int sock);

#endif
