/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure/pta/remoteproc.h - the remoteproc platform service, inside
 *
 *	remoteproc.c	the table: who may open it, which command may come when, start and stop
 *	rproc_memory.c	regions: lock, load, fill, read, scrub and open
 *	rproc_batch.c	all segments of an image at once
 *	rproc_copy.c	one stretch of bytes, copied and hashed; on any thread
 *	rproc_warm.c	mapped pages for the next load
 *	rproc_keys.c	fused keys and signatures
 *	rproc_decrypt.c	the device key, and segments that only it opens
 *	rproc_windows.c	what the normal world may see of locked memory
 *	rproc_stock.c	the same for a TA that knows none of our commands
 *	rproc_rollback.c the lowest firmware version that may still run
 *	stm32mp15.c	the registers that release, hold and reset the core
 *
 * State of one processor. All functions run on the TEE's thread, but for rproc_copy_run().
 *
 *	phase	memory		the core	leaves by
 *	IDLE	open		held		LOAD_BEGIN, or the first LOAD_SEGMENT or SET_MEMORY
 *	LOCKED	locked		held		FIRMWARE_START, RELEASE
 *	RUNNING	locked		released	FIRMWARE_STOP (to LOCKED)
 *
 * Invariant: windows exist only on locked memory. A RELEASE that fails leaves the processor
 * quarantined in LOCKED: its memory stays locked, and nothing starts until a RELEASE succeeded.
 */
#ifndef CW_PTA_REMOTEPROC_H
#define CW_PTA_REMOTEPROC_H

#include <corewarden/board.h>

#include "base/span.h"
#include "bus/bus.h"
#include "secure/pta/rproc_copy.h"
#include "secure/tee/pta.h"

#define RPROC_PIECES_MAX   16
#define RPROC_WINDOWS_MAX  48
#define RPROC_LIFE_MS	   500 /* a firmware that lives so long after START counts as having run */
#define RPROC_LIFE_STEP_MS 50  /* how often its driver is looked for until then */

enum rproc_phase {
	RPROC_IDLE = 0,
	RPROC_LOCKED = 1,
	RPROC_RUNNING = 2,
};

/* Memory of the processor: its file, while it is locked. */
struct rproc_piece {
	uint64_t pa, size; /* canonical */
	int fd;
	uint8_t *map;  /* NULL, or all of it ... */
	uint64_t warm; /* ... with the pages that there were up to here */
	uint64_t there, there_end; /* the last stretch of them without a gap */
};

struct rproc {
	struct cw_pta_env *env;
	const struct cw_board_rproc *board;
	unsigned index;
	enum rproc_phase phase;
	bool quarantined;
	bool unwiped;	/* LOAD_BEGIN was called, and what lay in memory before it, or of an image refused since, still does */
	bool stock;	/* what is loaded comes from a TA that knows none of our commands ... */
	bool new_image; /* verified since the last LOAD_BEGIN, or that did not get to its end: lock and zero before a segment */
	uint64_t canonical[CW_BOARD_REGIONS_MAX]; /* of each region's first byte */
	struct rproc_piece pieces[RPROC_PIECES_MAX];
	unsigned n_pieces;
	char warm; /* its address names a timer */

	/* The resource table as authenticated; size 0: none was announced. */
	uint64_t table_da;
	uint32_t table_size;
	uint8_t *table;
	bool was_started; /* since the table was announced: its trace buffers may be read */

	bool key_known;	      /* a signature was found good ... */
	uint8_t key[32];      /* ... under the key with this fingerprint */
	uint8_t load_key[32]; /* the key of what is being loaded */
	bool has_version;
	uint64_t version;    /* of what is loaded */
	uint32_t crashes;    /* of the core before START */
	unsigned life_steps; /* since START */
	bool crashed;	     /* since START */
};

/* stm32mp15.c */
int rproc_core_init(struct rproc *p);
int rproc_core_release(struct rproc *p);
int rproc_core_hold(struct rproc *p);

/* rproc_memory.c. @da ranges must lie in one region where firmware may load. */
int rproc_memory_init(struct rproc *p);
TEE_Result rproc_memory_lock(struct rproc *p);
TEE_Result rproc_memory_wipe(struct rproc *p);
TEE_Result rproc_memory_release(struct rproc *p);
TEE_Result rproc_memory_range(const struct rproc *p, uint64_t da, uint64_t size,
			      uint64_t *ret); /* canonical */
/* Prepare copying to canonical @pa; @ret->fd -1: on the TEE's thread only. */
void rproc_memory_copy(struct rproc *p, uint64_t pa, const uint8_t *data, size_t len,
		       struct rproc_copy *ret);
bool rproc_takes_firmware(const struct cw_board_region *r);
TEE_Result rproc_memory_load(struct rproc *p, uint64_t da, const uint8_t *data, size_t len,
			     const uint8_t hash[32]);
TEE_Result rproc_memory_fill(struct rproc *p, uint64_t da, uint64_t size, uint8_t byte);
TEE_Result rproc_memory_read(struct rproc *p, uint64_t da, void *buf, size_t len);
TEE_Result rproc_memory_search(struct rproc *p, uint64_t da, uint32_t len, uint32_t *ret_skip);
/* The same, of many bytes; not checked twice, but written to the piece's file. */
TEE_Result rproc_memory_store(struct rproc *p, uint64_t da, uint8_t *data, size_t len);
TEE_Result rproc_memory_write(struct rproc *p, uint64_t da, const void *buf, size_t len);
TEE_Result rproc_memory_pa(const struct rproc *p, uint64_t da, uint64_t size, uint64_t *ret_pa);
TEE_Result rproc_memory_canonical(const struct rproc *p, uint64_t da, uint64_t *ret);
void rproc_memory_drop(struct rproc *p);
size_t rproc_memory_text(const struct rproc *p, char *buf, size_t size); /* bytes with the NUL */

/* rproc_batch.c. Zeros wherever no segment lies. *@ret_bad: the first segment that is refused. */
TEE_Result rproc_batch_load(struct rproc *p, struct cw_span image, struct cw_span table,
			    uint32_t *ret_bad);

/* rproc_warm.c */
void rproc_warm_start(struct rproc *p); /* after START */
void rproc_warm_stop(struct rproc *p);
void rproc_warm_forget(struct rproc_piece *piece);
/* Where byte @at of the file is mapped with @len bytes that are there; NULL. */
uint8_t *rproc_warm_at(const struct rproc_piece *piece, uint64_t at, uint64_t len);

/* rproc_keys.c */
TEE_Result rproc_keys_verify(struct rproc *p, uint32_t algo, struct cw_span pkeyinfo,
			     const uint8_t digest[32], struct cw_span signature);
size_t rproc_keys_text(struct rproc *p, char *buf, size_t size); /* 0 when the fuses are blank */

/* rproc_decrypt.c. @record, @headers: copies. *@ret_bad: the segment whose tag is wrong. */
TEE_Result rproc_decrypt(struct rproc *p, struct cw_span record, struct cw_span headers,
			 uint32_t *ret_bad);

/* rproc_windows.c */
TEE_Result rproc_table_announce(struct rproc *p, uint64_t da, uint32_t size);
TEE_Result rproc_table_write(struct rproc *p, uint64_t da, const uint8_t *table, size_t size);
void rproc_table_forget(struct rproc *p);
bool rproc_table_driver_ok(struct rproc *p); /* a vdev's status byte has DRIVER_OK */
/* Grant what the processors' phases allow, and nothing else. */
TEE_Result rproc_windows_apply(struct rproc *procs, unsigned n);

/* rproc_stock.c */
TEE_Result rproc_stock_allowed(struct rproc *p);
bool rproc_stock_overlaps_table(const struct rproc *p, uint64_t da, uint64_t size);
/* Announce [@da, +@size) if it is the resource table. True when it is now. */
bool rproc_stock_table(struct rproc *p, uint64_t da, uint32_t size);

/* rproc_rollback.c */
TEE_Result rproc_rollback_minimum(struct rproc *p, const struct cw_bus_fuses *fuses, uint64_t *ret);
void rproc_rollback_watch(struct rproc *p); /* after START */
void rproc_rollback_stop(struct rproc *p);  /* before STOP */
void rproc_rollback_crashed(struct rproc *p);

/* enum of bus errors to what a TA may know. */
TEE_Result rproc_result(int r);

#endif
