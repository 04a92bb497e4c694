/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus/fake.h - a server on a thread of its own, with a SoC and a core that the test plays
 *
 * The test's thread is the normal world (ns), the TEE (s), and, through fake_soc and fake_core, the core's thread.
 */
#ifndef TESTS_UNIT_BUS_FAKE_H
#define TESTS_UNIT_BUS_FAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/msg.h"
#include "silicon/bus/server.h"

#define RAM   0x10000000u /* region "ram", 0x2000 bytes */
#define VDEV  0x10002000u /* region "vdev0vring0", 0x1000 bytes */
#define REG   0x40000000u /* a plain register */
#define LOCKED 0x40000004u /* -EACCES for the normal world */
#define TICKLE 0x40000008u /* a write moves CW_LINE_IPCC_TX to bit 0 of the value, on the bus thread */

/* What the SoC and the core were asked; read with fake_seen(). */
struct fake_seen {
	unsigned started, stopped, paused, resumed, core_resets;
	bool wrong_thread; /* a call that belongs to the bus thread came on another */
};

struct fake {
	struct cw_server server;
	struct cw_error err;
	struct cw_bus_fuses fuses;
	pthread_t thread;
	int ns, s;     /* our ends; -1 when closed */
	int ns_theirs, s_theirs;
	int result;    /* of cw_server_run */
	int ready[2];  /* pipe: the machine is there */
	bool leaving;  /* what the test did as the core's thread is over; a hang-up says so, too, but not to TSan */
};

/* Power on; without @tee there is no secure bus. Nobody has said hello yet. */
void fake_on(struct fake *f, bool tee);
/* Hang up what is open and wait for the server's end; returns its result. */
int fake_off(struct fake *f);

struct fake_seen fake_seen(void);
void fake_line(enum cw_bus_line line, bool level); /* as the SoC on this thread: the line has that level now */
void fake_hold(bool held); /* what the SoC's held() says */

extern const struct cw_soc_env *fake_soc;  /* call as the SoC would, on this thread */
extern const struct cw_core_env *fake_core; /* call as the core would, on this thread */

/* One request and its reply on @sock; events before it are dropped. Returns hdr.ret; @reply may be NULL. */
int fake_ask(int sock, uint32_t op, const void *payload, size_t len, struct cw_msg *reply);
int fake_hello(int sock);
uint32_t fake_read32(int sock, uint64_t pa);

#endif
