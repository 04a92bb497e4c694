/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/pta/rig.h - a bus without silicon, and a board with keys, for the platform service
 *
 * The rig answers the secure bus in this process: memory in generations as memfds, windows, the
 * three registers of the core, fuses. The n-th call can be made to fail. What the normal world
 * would see is asked with rig_ns_*().
 */
#ifndef TEST_PTA_RIG_H
#define TEST_PTA_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/board.h>

#include "builder.h"
#include "bus/bus.h"
#include "secure/tee/pta.h"

extern const struct cw_pta cw_pta_remoteproc;

enum rig_key {
	RIG_RSA,
	RIG_EC,
	RIG_OTHER, /* RSA, never fused by rig_new() */
	RIG_KEYS,
};

struct rig_window {
	uint64_t pa; /* canonical */
	uint32_t len;
	bool write;
};

struct rig {
	struct cw_board board;
	struct cw_pta_env env;
	struct cw_bus_fuses fuses;
	struct cw_bus_core core;
	uint32_t tzcr, gcr;
	unsigned releases, resets;
	struct rig_window windows[64];
	unsigned n_windows;
	unsigned calls, fail_at; /* bus calls so far; the one that fails with -EIO */
	bool fail_on;		 /* and every one after it */
	bool no_maps;		 /* descriptors do not travel */
	char state[64];
	void (*timer_fn)(void *arg);
	void *timer_arg;
	unsigned timer_ms;
	void (*idle_fn)(void *arg); /* what asked for 0 ms: to be done when there is nothing else */
	void *idle_arg;
	bool unlocked_write; /* something was written to memory that was not locked */
	bool running_change; /* memory changed hands while the core ran */
};

extern struct rig rig;

void rig_new(void); /* both good keys fused and stored; the service initialised */
void rig_free(void);
void rig_store_key(enum rig_key key); /* writes keys/FP.der */
void rig_fuse(unsigned slot, enum rig_key key);
void rig_fingerprint(enum rig_key key, char ret_hex[65]);
size_t rig_spki(enum rig_key key, const uint8_t **ret_der);
size_t rig_sign(void *key, const uint8_t digest[32],
		uint8_t sig[512]); /* box_signer; @key: enum rig_key */
void *rig_key(enum rig_key key);
bool rig_timer_fire(void); /* false when none is set */
bool rig_idle(void);	   /* the same for what asked for 0 ms */

int rig_ns_read(uint64_t pa, void *buf, uint32_t len); /* 0 or -EACCES */
int rig_ns_write(uint64_t pa, const void *buf, uint32_t len);
bool rig_memory_zero(void);
unsigned rig_locked(void); /* protected pieces */
void rig_write_file(const char *name, const void *data, size_t len);
long rig_read_file(const char *name, void *buf, size_t size);

#endif
