/* SPDX-License-Identifier: BSD-2-Clause */
/* A firmware's side of the rings, in the test's own memory: honest functions, and the raw memory for the others. */
#ifndef TEST_REMOTE_H
#define TEST_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/rpmsg.h>

#define DA_BASE 0x10042000u
#define GUARD	64

struct remote {
	unsigned num, align;
	bool wild; /* its own rings may be damaged: do not trust them either */
	uint8_t *ring[2];
	size_t ring_size, buffers_size;
	uint8_t *buffers;
	uint16_t seen[2]; /* avail index up to which buffers were taken */
	uint16_t used[2];
	unsigned kicks[2];
	struct cw_rpmsg *bus;

	void (*during)(struct remote *r); /* called when a service is announced; may be NULL */

	/* what the callbacks saw */
	unsigned announced, withdrawn, writable, brokens, received;
	struct cw_rpmsg_channel last;
	char why[256];
	uint8_t data[CW_RPMSG_BUFFER_SIZE];
	size_t len;
	uint32_t src;
};

void remote_open(struct remote *r, unsigned num, unsigned align);
void remote_close(struct remote *r); /* frees the bus too; fails when a guard byte changed */

uint16_t *remote_avail_flags(struct remote *r, int vq);
uint16_t *remote_used_flags(struct remote *r, int vq);
uint16_t *remote_used_idx(struct remote *r, int vq);
uint32_t *remote_used_entry(struct remote *r, int vq, uint16_t index); /* id, len */

/* Take the next buffer the host offered: its descriptor number, or -1. */
int remote_take(struct remote *r, int vq);
uint8_t *remote_buffer(struct remote *r, int vq, int id);
uint32_t remote_desc_len(struct remote *r, int vq, int id);
/* Return it. */
void remote_give(struct remote *r, int vq, uint32_t id, uint32_t len);

/* A whole message to the host; 0, or -1 without a buffer. */
int remote_send(struct remote *r, uint32_t src, uint32_t dst, const void *data, uint16_t len);
int remote_announce(struct remote *r, const char *name, uint32_t addr, uint32_t flags);
/* Echo everything the host sent; number of messages. */
unsigned remote_echo(struct remote *r);

extern const struct cw_rpmsg_ept_ops remote_ept_ops; /* ctx = the struct remote; stores data, len, src */

#endif
