/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host/msg.h - framed messages with file descriptors
 *
 * One frame for every link between the worlds: struct cw_msg_hdr, then @len - sizeof(hdr) bytes of payload. On a
 * SOCK_SEQPACKET socket one datagram is one frame. Replies carry the request's id and may come in any order. A frame
 * that is short, over-long, or carries more fds than it says closes the link: the peer is broken or hostile.
 */
#ifndef CW_HOST_MSG_H
#define CW_HOST_MSG_H

#include <stddef.h>
#include <stdint.h>

#define CW_MSG_MAX     4096 /* bytes of a frame, header included */
#define CW_MSG_FDS_MAX 4

struct cw_msg_hdr {
	uint32_t len;  /* bytes of the whole frame */
	uint32_t op;   /* operation; ioctl number on the TEE socket */
	uint64_t id;   /* request id, copied into the reply; 0 = unasked event */
	int32_t ret;   /* reply: 0 or positive, or negative errno; request: 0 */
	uint32_t nfds; /* descriptors that travel with the frame */
};

#define CW_MSG_PAYLOAD_MAX (CW_MSG_MAX - sizeof(struct cw_msg_hdr))

struct cw_msg {
	struct cw_msg_hdr hdr;
	uint8_t payload[CW_MSG_PAYLOAD_MAX];
	int fds[CW_MSG_FDS_MAX]; /* received: owned by the receiver until taken; -1 = none */
};

static inline size_t cw_msg_payload_len(const struct cw_msg *m)
{
	return m->hdr.len - sizeof(m->hdr);
}

/* Make a pair of connected SEQPACKET sockets, close-on-exec. 0 or -errno. */
int cw_msg_pair(int ret_fds[2]);

/* Let no blocking send or receive on @sock take longer than @ms (0: as long as it takes, which is how it begins); the
 * peer lives then, but does not do its part. The limit stays with the socket, also in another process. 0 or -errno. */
int cw_msg_limit(int sock, unsigned ms);

/* Send one frame: header from the arguments, payload of @len bytes, @nfds descriptors (still the caller's). Blocks.
 * 0, -EMSGSIZE, -EPIPE (peer gone), -ETIMEDOUT (cw_msg_limit()), or another -errno. Never raises SIGPIPE. */
int cw_msg_send(int sock, uint32_t op, uint64_t id, int32_t ret, const void *payload, size_t len,
		const int *fds, unsigned nfds);

/* As cw_msg_send, but -EAGAIN instead of blocking on a full socket. */
int cw_msg_try_send(int sock, uint32_t op, uint64_t id, int32_t ret, const void *payload,
		    size_t len, const int *fds, unsigned nfds);

/* Receive one frame into @m (all of m->fds is set). @flags: 0 or MSG_DONTWAIT. Descriptors arrive close-on-exec.
 * 1 frame received; 0 the peer closed; -EAGAIN; -ETIMEDOUT (cw_msg_limit()); -EBADMSG malformed frame (descriptors closed); or another -errno. */
int cw_msg_recv(int sock, struct cw_msg *m, int flags);

/* Take descriptor @i out of the frame: the caller owns it now. -1 when there is none. */
int cw_msg_take_fd(struct cw_msg *m, unsigned i);

/* Close what was not taken. Safe on a frame whose fds are all -1. Usable as cw_cleanup(cw_msg_close_fds). */
void cw_msg_close_fds(struct cw_msg *m);

#endif
