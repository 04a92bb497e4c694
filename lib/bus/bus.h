/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus/bus.h - client side of both buses
 *
 * One struct cw_bus per link. A call sends one request and waits for its reply; events that arrive meanwhile are queued
 * (up to CW_BUS_EVENTS_MAX; a line's levels coalesce so that neither its last level nor its only rise is lost). Not
 * thread-safe: one owner, or a lock of the caller's. Every call may also return -EPIPE (silicon is gone, also ever after
 * a nonsense reply or a reply that did not come), -EPROTO (nonsense reply), -ETIMEDOUT (none came within CW_BUS_REPLY_MS;
 * who makes the socket sets that limit with cw_msg_limit()), -EINVAL. A read or write of several frames that fails may have moved the
 * frames before the one that failed.
 */
#ifndef CW_BUS_BUS_H
#define CW_BUS_BUS_H

#include <stddef.h>
#include <stdint.h>

#include <corewarden/error.h>

#include "base/addr.h"
#include "bus/wire.h"

struct cw_bus;

#define CW_BUS_EVENTS_MAX 64

/* Say hello on @sock, which the bus owns from here on, also on failure. @ret_bus is untouched on failure.
 * 0, -EPROTO (other version), -ENOMEM, -EPIPE. */
int cw_bus_new(int sock, struct cw_bus **ret_bus);
/* The same, and when silicon refuses: its errno, and its sentence in @err (no sentence: @err untouched). */
int cw_bus_hello(int sock, struct cw_bus **ret_bus, struct cw_error *err);
struct cw_bus *cw_bus_free(struct cw_bus *bus); /* accepts NULL, returns NULL */

/* The socket, to poll for POLLIN; still the bus's. */
int cw_bus_fd(const struct cw_bus *bus);
const struct cw_bus_hello *cw_bus_info(const struct cw_bus *bus);

/* Bytes of any length; cut into frames. -EACCES firewall, -EFAULT nothing there. */
int cw_bus_read(struct cw_bus *bus, cw_pa pa, void *buf, size_t len);
int cw_bus_write(struct cw_bus *bus, cw_pa pa, const void *buf, size_t len);

/* One 32-bit register. -EACCES, -EFAULT as above. A posted write does not wait and reports no error. */
int cw_bus_read32(struct cw_bus *bus, cw_pa pa, uint32_t *ret);
int cw_bus_write32(struct cw_bus *bus, cw_pa pa, uint32_t v);
int cw_bus_post32(struct cw_bus *bus, cw_pa pa, uint32_t v);

/* Region @index; -ENOENT past the last. */
int cw_bus_region(struct cw_bus *bus, uint32_t index, struct cw_bus_region *ret);

/* Descriptor of the whole region that holds @pa; the caller closes it. -EACCES when it is protected (non-secure). */
int cw_bus_map(struct cw_bus *bus, cw_pa pa, struct cw_bus_region *ret_region, int *ret_fd);

/* The board's device tree: a sealed memfd the caller closes. */
int cw_bus_dtb(struct cw_bus *bus, int *ret_fd, size_t *ret_size);
int cw_bus_stats(struct cw_bus *bus, struct cw_bus_stats *ret);

/* Non-secure: hand one end of a socket pair to the TEE. @fd stays the caller's. -ENOTCONN when there is no TEE. */
int cw_bus_connect_tee(struct cw_bus *bus, int fd);

/* Non-secure: a part of the mailbox that is shared, see struct cw_bus_mailbox. The caller closes it. -ENOENT none. */
int cw_bus_mailbox(struct cw_bus *bus, enum cw_mailbox_part part, int *ret_fd);

/* Secure: see the operations in wire.h. -EPERM on the non-secure bus. */
int cw_bus_protect(struct cw_bus *bus, cw_pa pa, uint64_t size);
int cw_bus_open(struct cw_bus *bus, cw_pa pa, uint64_t size);
int cw_bus_fill(struct cw_bus *bus, cw_pa pa, uint64_t size, uint8_t byte);
int cw_bus_window(struct cw_bus *bus, cw_pa pa, uint32_t len, uint32_t flags);
int cw_bus_windows_clear(struct cw_bus *bus);
int cw_bus_fuses(struct cw_bus *bus, struct cw_bus_fuses *ret);
int cw_bus_core(struct cw_bus *bus, struct cw_bus_core *ret);

/* The TEE's first word after hello, once: @why NULL, clients may come; else it will not serve this board. -EPERM. */
int cw_bus_tee_ready(struct cw_bus *bus, const struct cw_error *why);

/* Take the oldest queued event; reads the socket without blocking first.
 * 1 event; 0 none; -EPIPE. A CW_BUS_TEE_CLIENT event comes with its fd in *@ret_fd (-1 for the others): take it. */
int cw_bus_event(struct cw_bus *bus, uint32_t *ret_op, struct cw_bus_event *ret, int *ret_fd);

#endif
