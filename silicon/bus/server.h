/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/bus/server.h - the bus thread's loop: two fronts, one machine, one TEE
 *
 * Order: the secure front is served first; the normal world is not read before the TEE is ready (CW_BUS_TEE_READY). When the normal
 * world hangs up or sends a malformed frame, that is power-off. When the TEE goes away after that, the core is put
 * into reset for good, windows close, protected memory stays shut and CONNECT_TEE answers -ENOTCONN, until power-off:
 * nobody is left who could vouch for what the core runs or open what is protected, but the crash can still be looked at.
 */
#ifndef CW_SILICON_BUS_SERVER_H
#define CW_SILICON_BUS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/error.h>

#include "silicon/bus/front.h"
#include "silicon/bus/machine.h"

/* Set up by main() or a test: machine, dtb and fuses are borrowed. */
struct cw_server {
	struct cw_machine *machine;
	int dtb_fd; /* sealed copy */
	size_t dtb_size;
	const struct cw_bus_fuses *fuses;
	bool not_protected;
	/* the loop's */
	struct cw_front *nonsecure, *secure;
	uint32_t tee_clients;
	bool tee_ready;		   /* CW_BUS_TEE_READY came: the normal world is served */
	bool tee_refused;	   /* the TEE ended before that */
	struct cw_error tee_error; /* its reason; code 0 = it gave none */
};

/* What the machine's listener should call, with the server as context. */
void cw_server_irq(void *server, enum cw_bus_line line, bool level);
void cw_server_crash(void *server, const struct cw_bus_event *event);

/* Serve until power-off. @nonsecure_sock and @secure_sock (-1: a board without TEE) belong to the server from here on.
 * 0 after the normal world hung up; -EPROTO it sent nonsense; -EPIPE, or what the TEE said, with a sentence: the TEE ended before it was ready;
 * or another -errno. Both links are closed on return. */
int cw_server_run(struct cw_server *server, int nonsecure_sock, int secure_sock, struct cw_error *err);

/* Answer the first hello on @sock with the error @err, so that the client can say it in words; waits a second at most. */
void cw_server_refuse(int sock, const struct cw_error *err);

#endif
