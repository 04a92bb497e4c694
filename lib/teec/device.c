// SPDX-License-Identifier: BSD-2-Clause
/*
 * teec/device.c - the device transport: a TEE behind Linux's TEE subsystem, /dev/teeN
 *
 * One request is one ioctl. Shared memory is a descriptor of the kernel's: it is freed when the last of descriptor and
 * mappings is gone, so there is no message for that. The kernel's own limits and rules apply (drivers/tee/tee_core.c).
 */
#include "teec/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/cleanup.h"

/* OP-TEE's libteec looks at so many. */
#define DEVICES_MAX 10

/* The one capability word that libteec knows, and what it asks of the device. */
#define NAME_OPTEE "optee-tz"

static int real_open(const char *path, int flags)
{
	return open(path, flags);
}

static int real_ioctl(int fd, unsigned long nr, void *arg)
{
	return ioctl(fd, nr, arg);
}

static const struct teec_calls real_calls = {.open = real_open, .ioctl = real_ioctl};
const struct teec_calls *teec_calls = &real_calls;

static int device_request(struct teec_transport *t, uint32_t nr, void *arg, size_t len, int *ret_fd)
{
	struct tee_ioctl_buf_data buf = {.buf_ptr = (uintptr_t)arg, .buf_len = len};
	int r;

	if (ret_fd)
		*ret_fd = -1;
	switch (nr) {
	case CW_TEE_SHM_FREE:
		return 0;
	case CW_TEE_STATS:
		return -ENOTTY;
	case TEE_IOC_OPEN_SESSION:
	case TEE_IOC_INVOKE:
		/* Not repeated at EINTR: the command may have run. The kernel itself restarts what has not begun. */
		r = teec_calls->ioctl(t->fd, nr, &buf);
		break;
	default:
		r = teec_calls->ioctl(t->fd, nr, arg);
	}
	if (r < 0)
		return -errno;
	if (ret_fd) {
		fcntl(r, F_SETFD, FD_CLOEXEC);
		*ret_fd = r;
	}
	return 0;
}

static void device_close(struct teec_transport *t)
{
	close(t->fd);
	free(t);
}

static const struct teec_transport_ops device_ops = {
	.request = device_request,
	.close = device_close,
};

/* Is it a TEE that this library can talk to, and the one that is asked for? */
static bool suits(const struct tee_ioctl_version_data *v, bool optee)
{
	if (!(v->gen_caps & TEE_GEN_CAP_GP))
		return false;
	return !optee || (v->impl_id == TEE_IMPL_ID_OPTEE && (v->impl_caps & TEE_OPTEE_CAP_TZ));
}

static int open_device(const char *path, bool optee, struct teec_transport **ret)
{
	struct tee_ioctl_version_data version = {0};
	cleanup_fd int fd = teec_calls->open(path, O_RDWR | O_CLOEXEC);
	struct teec_transport *t;

	if (fd < 0)
		return -errno;
	if (teec_calls->ioctl(fd, TEE_IOC_VERSION, &version) < 0)
		return -errno;
	if (!suits(&version, optee))
		return -ENODEV;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->ops = &device_ops;
	t->fd = cw_steal_fd(&fd);
	t->kernel = true;
	t->reg_mem = version.gen_caps & TEE_GEN_CAP_REG_MEM;
	t->memref_null = version.gen_caps & TEE_GEN_CAP_MEMREF_NULL;
	*ret = t;
	return 0;
}

/* The first that suits. A device that may not be opened is told from none at all. */
static int search(bool optee, struct teec_transport **ret)
{
	int why = -ENOENT;

	for (unsigned i = 0; i < DEVICES_MAX; i++) {
		char path[32];
		int r;

		snprintf(path, sizeof(path), "/dev/tee%u", i);
		r = open_device(path, optee, ret);
		if (r == 0 || r == -ENOMEM)
			return r;
		if (r == -EACCES || r == -EPERM)
			why = r;
	}
	return why;
}

int teec_device_transport(const char *name, struct teec_transport **ret)
{
	if (name && name[0] == '/')
		return open_device(name, false, ret);
	if (name && strcmp(name, NAME_OPTEE))
		return -ENOENT;
	return search(name != NULL, ret);
}
