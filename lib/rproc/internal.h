/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc/internal.h - a processor inside: life cycle, resources, back ends
 *
 *	core.c		start, stop, recover: the sequences, and what undoes them
 *	state.c		the table of allowed moves
 *	resource.c	the resource table's entries become mappings
 *	vdev.c		virtio devices: status, features, vrings in the live table
 *	process.c	events from the bus
 *	tee.c elf.c	back ends: through the TEE, or plain and unauthenticated
 */
#ifndef CW_RPROC_INTERNAL_H
#define CW_RPROC_INTERNAL_H

#include <corewarden/rproc.h>

#include "bus/bus.h"
#include "image/rsc_table.h"
#include "rproc/ipcc.h"
#include "rproc/platform.h"

#define CW_RPROC_SHUTDOWN_MS 500

/* A firmware file in memory: starts as all zero, cw_firmware_free() frees it. */
struct cw_firmware {
	uint8_t *data;
	size_t size;
	TEEC_SharedMemory shm; /* @data is this memory, which the TEE sees too; no buffer: @data is our own */
};

/* Hooks, named as Linux's struct rproc_ops. Each 0 or negative errno with a sentence, but where said otherwise. */
struct cw_rproc_ops {
	const char *format; /* of the file, for people */

	/* At registration: session. Close gives nothing back but the session. */
	int (*open)(struct cw_rproc *rproc, struct cw_error *err);
	void (*close)(struct cw_rproc *rproc);

	/* Memory for a file of @size bytes, in @fw->shm. NULL: malloc() will do. */
	int (*alloc_fw)(struct cw_rproc *rproc, size_t size, struct cw_firmware *fw,
			struct cw_error *err);
	/* Only what can be said before anything is authenticated. */
	int (*sanity_check)(struct cw_rproc *rproc, const struct cw_firmware *fw,
			    struct cw_error *err);
	/* Load (where authenticating is loading), then hand the resource table to cw_rproc_cache_table(). Gives back what
	 * it loaded when it fails. */
	int (*parse_fw)(struct cw_rproc *rproc, const struct cw_firmware *fw, struct cw_error *err);
	/* 0 loaded; 1 this very image was loaded already, nothing was done. */
	int (*load)(struct cw_rproc *rproc, const struct cw_firmware *fw, struct cw_error *err);
	/* Where the loaded table is: address and size, 0 and 0 without. */
	int (*find_loaded_rsc_table)(struct cw_rproc *rproc, const struct cw_firmware *fw,
				     uint64_t *ret_pa, uint64_t *ret_size, struct cw_error *err);
	/* Copy rproc->table over the loaded one. */
	int (*write_rsc_table)(struct cw_rproc *rproc, struct cw_error *err);
	int (*start)(struct cw_rproc *rproc, struct cw_error *err);
	int (*stop)(struct cw_rproc *rproc, struct cw_error *err);
	/* Scrub and give memory back; never while the core runs. */
	int (*release_fw)(struct cw_rproc *rproc, struct cw_error *err);
};

extern const struct cw_rproc_ops cw_rproc_tee_ops;
extern const struct cw_rproc_ops cw_rproc_elf_ops;

/* Exchange memory in our address space. */
struct cw_rproc_mapping {
	uint8_t *base; /* of the whole region, to unmap */
	size_t length;
	uint8_t *va; /* of the part that is ours */
	size_t size;
	uint64_t da;
};

struct cw_rproc_vdev {
	struct cw_rproc *rproc;
	unsigned index;	 /* of the vdev in the table: names its regions */
	uint32_t offset; /* of the entry's type word in the table */
	uint32_t id, dfeatures;
	unsigned n_vrings;
	struct {
		uint32_t offset; /* in the table */
		uint32_t num, align, notifyid;
		struct cw_rproc_mapping map;
	} vring[CW_RSC_VRINGS_MAX];
	struct cw_rproc_mapping buffers;
	struct cw_rpmsg *rpmsg; /* while running */
	bool started;
};

struct cw_rproc_trace {
	char name[33];
	uint64_t pa; /* 0: not inside any region */
	uint32_t len;
};

struct cw_rproc {
	struct cw_platform *platform;
	struct cw_bus *bus;
	struct cw_board_rproc board;
	uint32_t id;
	bool unauthenticated, recovery_off;
	const struct cw_rproc_events *events;
	void *ctx;

	const struct cw_rproc_ops *ops;
	TEEC_Session session; /* tee.c */
	bool session_open;

	enum cw_rproc_state state;
	bool core_off; /* crashed, and a recovery has stopped and released it already */
	unsigned crashes;
	char *firmware; /* path */

	uint8_t *table; /* cached copy, NULL without */
	size_t table_size;
	uint64_t table_pa; /* of the loaded one, while it is in use; 0 = cached copy only */

	unsigned n_carveouts;
	uint32_t carveouts_bound; /* bit i: board.regions[i] belongs to a table entry */
	struct cw_rproc_vdev vdevs[CW_RPROC_VDEVS_MAX];
	unsigned n_vdevs;
	uint32_t notifyids; /* handed out so far */
	struct cw_rproc_trace traces[CW_RPROC_TRACES_MAX];
	unsigned n_traces;

	struct cw_ipcc ipcc;
	int epoll_fd, wake_fd;
	bool rx_line, tx_line;	      /* mailbox wants service */
	uint32_t more;		      /* virtqueues that have more than one call handled: bit vdev * 2 + vq */
	bool crash_pending, watchdog_line;
	struct cw_rproc_crash crash;
};

/* state.c */
enum cw_rproc_action {
	CW_ACT_START,
	CW_ACT_STOP,
	CW_ACT_CRASH,
	CW_ACT_RECOVER,
	CW_ACTIONS,
};
/* Is @action allowed now? 0, or the errno Linux answers, with a sentence. */
int cw_rproc_may(const struct cw_rproc *rproc, enum cw_rproc_action action, struct cw_error *err);
/* Make the move; the table names the new state. */
void cw_rproc_move(struct cw_rproc *rproc, enum cw_rproc_action action);

/* firmware.c. Read the file that the processor is to run, as many bytes as it has when it is opened: one that grows is cut.
 * -EINVAL not a file, or empty; -EFBIG; -EIO it shrank; -ENOMEM; other errno of open or read; what alloc_fw() says. @fw is to be
 * freed after an error, too. */
int cw_firmware_request(struct cw_rproc *rproc, struct cw_firmware *fw, struct cw_error *err);
void cw_firmware_free(struct cw_firmware *fw);

/* core.c. Time of a step in ns since @since, reported with @step's other fields. */
uint64_t cw_rproc_now(void);
void cw_rproc_report(struct cw_rproc *rproc, struct cw_rproc_step *step, uint64_t since);
/* RELEASE_FW; nothing in state detached, where the processor runs on without us. */
int cw_rproc_release(struct cw_rproc *rproc, struct cw_error *err);

/* resource.c */
/* Check @size bytes of @table, and keep a copy as the cached table. */
int cw_rproc_cache_table(struct cw_rproc *rproc, const void *table, size_t size,
			 struct cw_error *err);
int cw_rproc_handle_resources(struct cw_rproc *rproc, struct cw_error *err);
void cw_rproc_cleanup_resources(struct cw_rproc *rproc); /* the cached table too; idempotent */

/* vdev.c. Stop is idempotent and never fails: what cannot be written any more is gone anyway. */
int cw_rproc_start_vdevs(struct cw_rproc *rproc, struct cw_error *err);
void cw_rproc_stop_vdevs(struct cw_rproc *rproc);
/* The other side signalled mailbox channels (bit n). */
void cw_rproc_vq_interrupt(struct cw_rproc *rproc, uint32_t channels);
void cw_rproc_vq_more(struct cw_rproc *rproc);

/* map.c */
int cw_rproc_map(struct cw_rproc *rproc, const struct cw_board_region *region,
		 struct cw_rproc_mapping *ret, struct cw_error *err);
void cw_rproc_unmap(struct cw_rproc_mapping *map);

/* process.c */
int cw_rproc_open_events(struct cw_rproc *rproc, struct cw_error *err);
void cw_rproc_close_events(struct cw_rproc *rproc);
/* After every public call: take what the bus queued meanwhile, and make the descriptor readable if there is work. */
void cw_rproc_settle(struct cw_rproc *rproc);
/* Shutdown channel: send and wait until it is taken. 0, -ETIMEDOUT, -EOPNOTSUPP there is none, -EPIPE. */
int cw_rproc_ask_shutdown(struct cw_rproc *rproc);
void cw_rproc_forget_events(struct cw_rproc *rproc);

#endif
