/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * corewarden/rpmsg.h - messages between the host and firmware on a remote processor
 *
 * One struct cw_rpmsg is the host's (driver's) side of one virtio rpmsg device: two split virtqueues and a pool of
 * buffers in memory both sides share, endpoints with addresses, and the name service by which firmware announces its
 * own endpoints. Layout, numbers and order are Linux's (drivers/rpmsg/virtio_rpmsg_bus.c, virtio 1.1 section 2.6).
 *
 * The other side may be hostile. What it can write is read once and compared with what this side remembers; the first
 * contradiction marks the bus broken, with one sentence saying which, and nothing more is read or written. No value of
 * the other side's makes this code touch a byte outside the three mappings.
 *
 * Not thread-safe: one owner. Callbacks run inside cw_rpmsg_interrupt() and may call everything here but
 * cw_rpmsg_free() and cw_rpmsg_interrupt(). Everything a callback is given is private memory, valid until it returns.
 */
#ifndef COREWARDEN_RPMSG_H
#define COREWARDEN_RPMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <corewarden/error.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* what a library exports */

#define CW_RPMSG_BUFFER_SIZE 512 /* bytes of a buffer, header included */
#define CW_RPMSG_HEADER_SIZE 16
#define CW_RPMSG_MTU	     (CW_RPMSG_BUFFER_SIZE - CW_RPMSG_HEADER_SIZE)
#define CW_RPMSG_BUFFERS_MAX 512 /* both directions together */
#define CW_RPMSG_VRING_MAX   1024 /* descriptors of one vring */
#define CW_RPMSG_NAME_MAX    32	 /* bytes of a service name with its NUL */
#define CW_RPMSG_ADDR_ANY    0xFFFFFFFFu
#define CW_RPMSG_ADDR_NS     53	  /* the name service */
#define CW_RPMSG_ADDR_FIRST  1024 /* local addresses are handed out from here */
#define CW_RPMSG_CHANNELS_MAX 64  /* services the other side may announce */
#define CW_RPMSG_EPTS_MAX    256  /* local endpoints */

struct cw_rpmsg;
struct cw_rpmsg_ept;

/* A service the other side announced. */
struct cw_rpmsg_channel {
	char name[CW_RPMSG_NAME_MAX];
	uint32_t addr; /* of the remote endpoint */
};

struct cw_rpmsg_ops {
	/* Tell the other side to look at virtqueue @vq (0 host receives, 1 host sends). 0 or negative errno: counted. */
	int (*kick)(void *ctx, unsigned vq);
	/* The rest may be NULL. */
	void (*announced)(void *ctx, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *channel);
	void (*withdrawn)(void *ctx, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *channel);
	/* A buffer became free after a send answered -EAGAIN. */
	void (*writable)(void *ctx, struct cw_rpmsg *bus);
	/* The bus broke; @why is a sentence. Called once. */
	void (*broken)(void *ctx, struct cw_rpmsg *bus, const char *why);
};

struct cw_rpmsg_config {
	const struct cw_rpmsg_ops *ops; /* must outlive the bus */
	void *ctx;
	unsigned num;	/* descriptors of each vring: power of two, 2 to CW_RPMSG_VRING_MAX */
	unsigned align; /* of the used ring: power of two, 4 to 4096 */
	struct {
		void *mem; /* borrowed, 16-byte aligned; zeroed by cw_rpmsg_new() */
		size_t size;
	} vring[2];
	void *buffers; /* borrowed */
	size_t buffers_size;
	uint64_t buffers_da; /* where the other side sees @buffers */
	bool name_service;   /* feature VIRTIO_RPMSG_F_NS was agreed */
};

struct cw_rpmsg_stats {
	uint64_t rx, tx;	  /* messages */
	uint64_t dropped;	  /* for an address nobody listens on */
	uint64_t kicks, unkicked; /* sent; left out because the other side asked for none */
	uint64_t kick_errors;
	uint64_t no_buffer; /* sends answered -EAGAIN */
};

/* Bytes of a vring, 0 when @num or @align is not as above; and of all buffers for it: 2 * @num, at most
 * CW_RPMSG_BUFFERS_MAX, of CW_RPMSG_BUFFER_SIZE. The first half receives. */
size_t cw_rpmsg_vring_size(unsigned num, unsigned align);
size_t cw_rpmsg_buffers_size(unsigned num);

/* Zero the vrings, hand every receive buffer to the other side, open the name service. Nothing is kicked yet.
 * 0; -EINVAL bad numbers or alignment; -ENOMEM a mapping is too small, or no memory. */
int cw_rpmsg_new(const struct cw_rpmsg_config *config, struct cw_rpmsg **ret_bus,
		 struct cw_error *err);

/* Call when DRIVER_OK is set: the first kick of virtqueue 0. */
void cw_rpmsg_ready(struct cw_rpmsg *bus);

/* Every channel is withdrawn, every endpoint's `gone` called and freed, then the bus. Accepts NULL, returns NULL. The
 * shared memory is left as it is. */
struct cw_rpmsg *cw_rpmsg_free(struct cw_rpmsg *bus);

/* The other side signalled virtqueue @vq. Handles what is there, at most twice the number of descriptors per call.
 * 0 done; 1 there is more, call again; -EIO broken. */
int cw_rpmsg_interrupt(struct cw_rpmsg *bus, unsigned vq);

/* NULL, or the sentence that says why the bus is broken. */
const char *cw_rpmsg_broken(const struct cw_rpmsg *bus);
void cw_rpmsg_stats(const struct cw_rpmsg *bus, struct cw_rpmsg_stats *ret);

/* Announced service @index (0 to CW_RPMSG_CHANNELS_MAX - 1), NULL past the last. Valid until the next interrupt. */
const struct cw_rpmsg_channel *cw_rpmsg_channel(const struct cw_rpmsg *bus, unsigned index);

struct cw_rpmsg_ept_ops {
	void (*receive)(void *ctx, struct cw_rpmsg_ept *ept, uint32_t src, const void *data, size_t len);
	void (*gone)(void *ctx, struct cw_rpmsg_ept *ept); /* the bus is being freed; may be NULL */
};

/* A local endpoint at address @src (CW_RPMSG_ADDR_ANY: the lowest free one) that sends to @dst by default.
 * 0; -EADDRINUSE; -ENOSPC more than CW_RPMSG_EPTS_MAX; -ENOMEM; -EIO the bus is broken. */
int cw_rpmsg_ept_new(struct cw_rpmsg *bus, uint32_t src, uint32_t dst,
		     const struct cw_rpmsg_ept_ops *ops, void *ctx, struct cw_rpmsg_ept **ret_ept,
		     struct cw_error *err);
/* Also from its own callback. Accepts NULL, returns NULL. */
struct cw_rpmsg_ept *cw_rpmsg_ept_free(struct cw_rpmsg_ept *ept);
uint32_t cw_rpmsg_ept_addr(const struct cw_rpmsg_ept *ept);

/* Send @len bytes to @dst, or to the endpoint's default.
 * 0; -EAGAIN every buffer is with the other side: `writable` will be called; -EMSGSIZE over CW_RPMSG_MTU;
 * -EDESTADDRREQ no destination; -EIO broken. */
int cw_rpmsg_send(struct cw_rpmsg_ept *ept, const void *data, size_t len);
int cw_rpmsg_sendto(struct cw_rpmsg_ept *ept, uint32_t dst, const void *data, size_t len);

/* Announce (or with @gone withdraw) @ept to the other side under @name. As cw_rpmsg_send(), and -EINVAL for a name that
 * is empty or does not fit, -EOPNOTSUPP without name service. */
int cw_rpmsg_announce(struct cw_rpmsg_ept *ept, const char *name, bool gone);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
