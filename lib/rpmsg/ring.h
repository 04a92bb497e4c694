/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rpmsg/ring.h - the driver's side of a split virtqueue (virtio 1.1 section 2.6, no EVENT_IDX, no chains)
 *
 *	0		num * 16	descriptors: u64 addr, u32 len, u16 flags, u16 next
 *	num * 16	6 + num * 2	avail: u16 flags, u16 idx, u16 ring[num], u16 used_event
 *	aligned		6 + num * 8	used: u16 flags, u16 idx, {u32 id, u32 len} ring[num], u16 avail_event
 *
 * Descriptor i always carries buffer i. Only the used ring is ever read; the rest is written from what this side
 * remembers, so that scribbling over it harms nobody but the scribbler.
 */
#ifndef CW_RPMSG_RING_H
#define CW_RPMSG_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CW_VRING_BUFFERS_MAX 256
#define CW_VRING_DESC_WRITE  2u /* the other side writes into the buffer */

struct cw_vring {
	uint8_t *mem;
	size_t used; /* offset of the used ring */
	unsigned num;
	uint16_t avail_idx, last_used;
	unsigned out; /* buffers the other side holds */
	bool held[CW_VRING_BUFFERS_MAX];
	char broken[160]; /* why, or "" */
};

/* Bytes, or 0 for a number that is no power of two from 2 to CW_RPMSG_VRING_MAX, or an alignment outside 4..4096. */
size_t cw_vring_size(unsigned num, unsigned align);

/* @mem has cw_vring_size() bytes and is zeroed. */
void cw_vring_init(struct cw_vring *vr, void *mem, unsigned num, unsigned align);

/* Hand buffer @id, which the other side does not hold, to it. */
void cw_vring_add(struct cw_vring *vr, unsigned id, uint64_t da, uint32_t len, uint16_t flags);

/* After adding: does the other side want to be told? */
bool cw_vring_wants_kick(const struct cw_vring *vr);

/* Take back one buffer: 1; 0 there is none; -EIO the ring contradicts itself, vr->broken says how. */
int cw_vring_get(struct cw_vring *vr, unsigned *ret_id, uint32_t *ret_len);
bool cw_vring_more(const struct cw_vring *vr);

/* Ask the other side (not) to tell when it returns buffers. */
void cw_vring_want_interrupts(struct cw_vring *vr, bool on);

#endif
