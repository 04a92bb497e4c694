/* SPDX-License-Identifier: BSD-2-Clause */
#include "rpmsg/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <corewarden/rpmsg.h>

#define AVAIL_NO_INTERRUPT 1u
#define USED_NO_NOTIFY	   1u

#define DESC_SIZE 16u

static bool power_of_two(unsigned v)
{
	return v && !(v & (v - 1));
}

static size_t used_offset(unsigned num, unsigned align)
{
	size_t end = (size_t)num * DESC_SIZE + 6 + (size_t)num * 2;

	return (end + align - 1) & ~(size_t)(align - 1);
}

size_t cw_vring_size(unsigned num, unsigned align)
{
	if (!power_of_two(num) || num < 2 || num > CW_RPMSG_VRING_MAX)
		return 0;
	if (!power_of_two(align) || align < 4 || align > 4096)
		return 0;
	return used_offset(num, align) + 6 + (size_t)num * 8;
}

/* Every word of the shared memory goes through one of these, once. */
static void put16(struct cw_vring *vr, size_t off, uint16_t v, int order)
{
	uint16_t *p = (uint16_t *)(void *)(vr->mem + off);

	if (order == __ATOMIC_RELEASE)
		__atomic_store_n(p, v, __ATOMIC_RELEASE);
	else
		__atomic_store_n(p, v, __ATOMIC_RELAXED);
}

static uint16_t get16(const struct cw_vring *vr, size_t off)
{
	return __atomic_load_n((const uint16_t *)(const void *)(vr->mem + off), __ATOMIC_ACQUIRE);
}

static uint32_t get32(const struct cw_vring *vr, size_t off)
{
	return __atomic_load_n((const uint32_t *)(const void *)(vr->mem + off), __ATOMIC_RELAXED);
}

static size_t avail(const struct cw_vring *vr)
{
	return (size_t)vr->num * DESC_SIZE;
}

void cw_vring_init(struct cw_vring *vr, void *mem, unsigned num, unsigned align)
{
	memset(vr, 0, sizeof(*vr));
	vr->mem = mem;
	vr->num = num;
	vr->used = used_offset(num, align);
	memset(mem, 0, cw_vring_size(num, align));
}

void cw_vring_add(struct cw_vring *vr, unsigned id, uint64_t da, uint32_t len, uint16_t flags)
{
	uint8_t *desc = vr->mem + (size_t)id * DESC_SIZE;

	assert(id < vr->num && id < CW_VRING_BUFFERS_MAX && !vr->held[id]);
	__atomic_store_n((uint64_t *)(void *)desc, da, __ATOMIC_RELAXED);
	__atomic_store_n((uint32_t *)(void *)(desc + 8), len, __ATOMIC_RELAXED);
	put16(vr, (size_t)id * DESC_SIZE + 12, flags, __ATOMIC_RELAXED);
	put16(vr, (size_t)id * DESC_SIZE + 14, 0, __ATOMIC_RELAXED);
	put16(vr, avail(vr) + 4 + (size_t)(vr->avail_idx % vr->num) * 2, (uint16_t)id,
	      __ATOMIC_RELAXED);
	vr->held[id] = true;
	vr->out++;
	vr->avail_idx++;
	/* The buffer and its descriptor must be there before the index says so. */
	put16(vr, avail(vr) + 2, vr->avail_idx, __ATOMIC_RELEASE);
}

bool cw_vring_wants_kick(const struct cw_vring *vr)
{
	/* The index must be out before the flag is read, or both sides may go to sleep. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !(get16(vr, vr->used) & USED_NO_NOTIFY);
}

bool cw_vring_more(const struct cw_vring *vr)
{
	return !vr->broken[0] && get16(vr, vr->used + 2) != vr->last_used;
}

#define BROKEN(vr, ...) (snprintf((vr)->broken, sizeof((vr)->broken), __VA_ARGS__), -EIO)

int cw_vring_get(struct cw_vring *vr, unsigned *ret_id, uint32_t *ret_len)
{
	uint16_t idx, ahead;
	uint32_t id, len;
	size_t entry;

	if (vr->broken[0])
		return -EIO;
	idx = get16(vr, vr->used + 2);
	ahead = (uint16_t)(idx - vr->last_used);
	if (!ahead)
		return 0;
	if (ahead > vr->out)
		return BROKEN(vr, "the used index went from %u to %u, but only %u buffers were out",
			      vr->last_used, idx, vr->out);
	entry = vr->used + 4 + (size_t)(vr->last_used % vr->num) * 8;
	id = get32(vr, entry);
	len = get32(vr, entry + 4);
	if (id >= vr->num || id >= CW_VRING_BUFFERS_MAX)
		return BROKEN(vr, "used entry %u returns descriptor %u of %u", vr->last_used, id,
			      vr->num);
	if (!vr->held[id])
		return BROKEN(vr, "used entry %u returns descriptor %u, which was not out",
			      vr->last_used, id);
	vr->held[id] = false;
	vr->out--;
	vr->last_used++;
	*ret_id = id;
	*ret_len = len;
	return 1;
}

void cw_vring_want_interrupts(struct cw_vring *vr, bool on)
{
	put16(vr, avail(vr), on ? 0 : AVAIL_NO_INTERRUPT, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
