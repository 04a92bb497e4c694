// SPDX-License-Identifier: BSD-2-Clause
/* host/msg.c - framed messages with file descriptors over SOCK_SEQPACKET */
#include "host/msg.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/fault.h"

/* Room for more descriptors than allowed, so that an over-full frame is seen and refused instead of cut silently. */
union fd_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * (CW_MSG_FDS_MAX + 1))];
};

int cw_msg_pair(int ret_fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0 ? -errno : 0;
}

int cw_msg_limit(int sock, unsigned ms)
{
	const struct timeval t = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};

	if (setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) < 0 ||
	    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) < 0)
		return -errno;
	return 0;
}

/* A blocking call that would block has come to its limit. */
static int error_of(int code, int flags)
{
	return code == EAGAIN && !(flags & MSG_DONTWAIT) ? -ETIMEDOUT : -code;
}

static int msg_send(int sock, const struct cw_msg_hdr *hdr, const void *payload, const int *fds,
		    int flags)
{
	struct iovec iov[2] = {
		{.iov_base = (void *)hdr, .iov_len = sizeof(*hdr)},
		{.iov_base = (void *)payload, .iov_len = hdr->len - sizeof(*hdr)},
	};
	union fd_room room;
	struct msghdr mh = {.msg_iov = iov, .msg_iovlen = payload ? 2 : 1};
	ssize_t n;

	if (hdr->nfds) {
		memset(&room, 0, sizeof(room));
		room.align.cmsg_level = SOL_SOCKET;
		room.align.cmsg_type = SCM_RIGHTS;
		room.align.cmsg_len = CMSG_LEN(sizeof(int) * hdr->nfds);
		memcpy(CMSG_DATA(&room.align), fds, sizeof(int) * hdr->nfds);
		mh.msg_control = &room;
		mh.msg_controllen = CMSG_SPACE(sizeof(int) * hdr->nfds);
	}
	do
		n = cw_fault_transmit(sock, &mh, MSG_NOSIGNAL | flags);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : error_of(errno, flags);
	return (size_t)n == hdr->len ? 0 : -EIO;
}

static int send_flags(int sock, uint32_t op, uint64_t id, int32_t ret, const void *payload,
		      size_t len, const int *fds, unsigned nfds, int flags)
{
	struct cw_msg_hdr hdr = {.op = op, .id = id, .ret = ret, .nfds = nfds};

	if (len > CW_MSG_PAYLOAD_MAX || nfds > CW_MSG_FDS_MAX)
		return -EMSGSIZE;
	hdr.len = (uint32_t)(sizeof(hdr) + len);
	return msg_send(sock, &hdr, len ? payload : NULL, fds, flags);
}

int cw_msg_send(int sock, uint32_t op, uint64_t id, int32_t ret, const void *payload, size_t len,
		const int *fds, unsigned nfds)
{
	return send_flags(sock, op, id, ret, payload, len, fds, nfds, 0);
}

int cw_msg_try_send(int sock, uint32_t op, uint64_t id, int32_t ret, const void *payload,
		    size_t len, const int *fds, unsigned nfds)
{
	return send_flags(sock, op, id, ret, payload, len, fds, nfds, MSG_DONTWAIT);
}

/* Move received descriptors into @m; what does not fit is closed. Returns how many came. */
static unsigned collect_fds(struct msghdr *mh, struct cw_msg *m)
{
	unsigned total = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		unsigned n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		for (unsigned i = 0; i < n; i++, total++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (total < CW_MSG_FDS_MAX)
				m->fds[total] = fd;
			else
				close(fd);
		}
	}
	return total;
}

int cw_msg_recv(int sock, struct cw_msg *m, int flags)
{
	struct iovec iov[2] = {
		{.iov_base = &m->hdr, .iov_len = sizeof(m->hdr)},
		{.iov_base = m->payload, .iov_len = sizeof(m->payload)},
	};
	union fd_room room;
	struct msghdr mh = {
		.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = &room,
		.msg_controllen = sizeof(room),
	};
	unsigned came;
	ssize_t n;

	for (unsigned i = 0; i < CW_MSG_FDS_MAX; i++)
		m->fds[i] = -1;
	/* A peer that closed without reading everything leaves one ECONNRESET in front of what it sent before. */
	do
		n = recvmsg(sock, &mh, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return error_of(errno, flags);
	came = collect_fds(&mh, m);
	if (n == 0)
		return 0;
	if ((mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || (size_t)n < sizeof(m->hdr) ||
	    m->hdr.len != (size_t)n || m->hdr.nfds != came || came > CW_MSG_FDS_MAX) {
		cw_msg_close_fds(m);
		return -EBADMSG;
	}
	return 1;
}

int cw_msg_take_fd(struct cw_msg *m, unsigned i)
{
	int fd;

	if (i >= CW_MSG_FDS_MAX)
		return -1;
	fd = m->fds[i];
	m->fds[i] = -1;
	return fd;
}

void cw_msg_close_fds(struct cw_msg *m)
{
	for (unsigned i = 0; i < CW_MSG_FDS_MAX; i++) {
		if (m->fds[i] >= 0)
			close(m->fds[i]);
		m->fds[i] = -1;
	}
}
