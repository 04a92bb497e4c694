// SPDX-License-Identifier: BSD-2-Clause
/* fake_kernel.c - /dev/teeN without a kernel */
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/memfd.h"
#include "teec/internal.h"

#define SHMS_MAX 256
#define SESSION	 0x77

struct fake_shm {
	ino_t ino; /* of its descriptor: an id lives as long as that can be found open or mapped */
	uint8_t *ptr;
	uint64_t size;
};

struct fake_kernel fake_kernel;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cancelled = PTHREAD_COND_INITIALIZER;
static struct fake_shm shms[SHMS_MAX];
static unsigned n_shms;
static uint32_t cancelled_id[64];
static unsigned n_cancelled;

static ino_t ino_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_ino;
}

static int fake_open(const char *path, int flags)
{
	unsigned n;
	char end;

	if (sscanf(path, "/dev/tee%u%c", &n, &end) != 1 || n >= FAKE_DEVICES ||
	    !fake_kernel.device[n].there) {
		errno = ENOENT;
		return -1;
	}
	if (fake_kernel.device[n].open_errno || !(flags & O_CLOEXEC) || (flags & O_ACCMODE) != O_RDWR) {
		errno = fake_kernel.device[n].open_errno ? fake_kernel.device[n].open_errno : EINVAL;
		return -1;
	}
	/* Its size says which device it is. */
	return cw_memfd_new("fake-tee", n + 1);
}

static struct fake_device *device_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size < 1 || st.st_size > FAKE_DEVICES)
		return NULL;
	return &fake_kernel.device[st.st_size - 1];
}

static int shm_new(int fd, uint8_t *ptr, uint64_t size)
{
	shms[n_shms] = (struct fake_shm){.ino = ino_of(fd), .ptr = ptr, .size = size};
	return (int)n_shms++;
}

static int shm_alloc(struct tee_ioctl_shm_alloc_data *d)
{
	int fd;

	fake_kernel.allocs++;
	if (d->flags || !d->size || n_shms == SHMS_MAX)
		return -EINVAL;
	d->size = (d->size + 4095) & ~4095ull;
	fd = cw_memfd_new("fake-shm", d->size);
	d->id = shm_new(fd, mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), d->size);
	d->flags = 3;
	return fd;
}

static int shm_register(const struct fake_device *dev, struct tee_ioctl_shm_register_data *d)
{
	int fd;

	fake_kernel.registers++;
	if (!(dev->version.gen_caps & TEE_GEN_CAP_REG_MEM))
		return -EINVAL;
	if (d->flags || !d->addr || !d->length || n_shms == SHMS_MAX)
		return -EINVAL;
	fake_kernel.last_register_addr = d->addr;
	fake_kernel.last_register_len = d->length;
	fd = cw_memfd_new("fake-registered", 4096);
	d->id = shm_new(fd, (uint8_t *)(uintptr_t)d->addr, d->length);
	return fd;
}

static int shm_register_fd(struct tee_ioctl_shm_register_fd_data *d)
{
	struct stat st;
	void *p;
	int fd;

	fake_kernel.register_fds++;
	if (d->flags || n_shms == SHMS_MAX)
		return -EINVAL;
	if (fstat((int)d->fd, &st) < 0)
		return -EBADF;
	d->size = (uint64_t)st.st_size;
	p = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)d->fd, 0);
	if (p == MAP_FAILED)
		return -EINVAL;
	fd = cw_memfd_new("fake-dmabuf", 4096);
	d->id = shm_new(fd, p, d->size);
	return fd;
}

static bool is_memref(uint64_t attr)
{
	return attr >= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT &&
	       attr <= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
}

/* As params_from_user(). */
static int check_params(const struct fake_device *dev, const struct tee_ioctl_param *p)
{
	for (unsigned i = 0; i < 4; i++) {
		if (!is_memref(p[i].attr))
			continue;
		if (p[i].c == TEE_MEMREF_NULL) {
			if (!(dev->version.gen_caps & TEE_GEN_CAP_MEMREF_NULL))
				return -EINVAL;
			continue;
		}
		if (p[i].c >= n_shms || p[i].a > shms[p[i].c].size ||
		    p[i].b > shms[p[i].c].size - p[i].a)
			return -EINVAL;
	}
	return 0;
}

static bool is_cancelled(uint32_t id)
{
	for (unsigned i = 0; i < n_cancelled; i++)
		if (cancelled_id[i] == id)
			return true;
	return false;
}

static void xor_params(struct tee_ioctl_param *p)
{
	for (unsigned i = 0; i < 4; i++) {
		if (p[i].attr == TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT ||
		    p[i].attr == TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT) {
			p[i].a++;
			p[i].b++;
		} else if (is_memref(p[i].attr) && p[i].c != TEE_MEMREF_NULL) {
			for (uint64_t k = 0; k < p[i].b; k++)
				shms[p[i].c].ptr[p[i].a + k] ^= 0x5A;
		}
	}
}

static uint32_t run(uint32_t cmd, uint32_t cancel_id, struct tee_ioctl_param *p)
{
	switch (cmd) {
	case FAKE_XOR:
		xor_params(p);
		return TEEC_SUCCESS;
	case FAKE_WAIT:
		while (!is_cancelled(cancel_id))
			pthread_cond_wait(&cancelled, &lock);
		return TEEC_ERROR_CANCEL;
	case FAKE_SIZES:
		for (unsigned i = 0; i < 4; i++)
			if (is_memref(p[i].attr))
				p[i].b = 1000;
		return TEEC_ERROR_SHORT_BUFFER;
	case FAKE_CUT:
		xor_params(p);
		for (unsigned i = 0; i < 4; i++)
			if (is_memref(p[i].attr))
				p[i].b = 1000;
		return TEEC_SUCCESS;
	}
	return TEEC_ERROR_NOT_SUPPORTED;
}

static int open_session(const struct fake_device *dev, const struct tee_ioctl_buf_data *buf)
{
	struct tee_ioctl_open_session_arg *arg = (void *)(uintptr_t)buf->buf_ptr;

	if (buf->buf_len != sizeof(*arg) + 4 * sizeof(struct tee_ioctl_param) || arg->num_params != 4)
		return -EINVAL;
	fake_kernel.opens++;
	fake_kernel.login = arg->clnt_login;
	memcpy(fake_kernel.client, arg->clnt_uuid, 16);
	memcpy(fake_kernel.uuid, arg->uuid, 16);
	memcpy(fake_kernel.params, arg->params, sizeof(fake_kernel.params));
	arg->session = SESSION;
	arg->ret = TEEC_SUCCESS;
	arg->ret_origin = TEEC_ORIGIN_TRUSTED_APP;
	return check_params(dev, arg->params);
}

static int invoke(const struct fake_device *dev, const struct tee_ioctl_buf_data *buf)
{
	struct tee_ioctl_invoke_arg *arg = (void *)(uintptr_t)buf->buf_ptr;
	int r;

	if (buf->buf_len != sizeof(*arg) + 4 * sizeof(struct tee_ioctl_param) || arg->num_params != 4 ||
	    arg->session != SESSION)
		return -EINVAL;
	fake_kernel.invokes++;
	memcpy(fake_kernel.params, arg->params, sizeof(fake_kernel.params));
	r = check_params(dev, arg->params);
	if (r)
		return r;
	arg->ret = run(arg->func, arg->cancel_id, arg->params);
	arg->ret_origin = TEEC_ORIGIN_TRUSTED_APP;
	return 0;
}

static int cancel(const struct tee_ioctl_cancel_arg *arg)
{
	fake_kernel.cancels++;
	/* Asked again and again, until the call has ended. */
	if (arg->session != SESSION || n_cancelled == sizeof(cancelled_id) / sizeof(cancelled_id[0]))
		return -EINVAL;
	if (!is_cancelled(arg->cancel_id))
		cancelled_id[n_cancelled++] = arg->cancel_id;
	pthread_cond_broadcast(&cancelled);
	return 0;
}

static int dispatch(struct fake_device *dev, unsigned long nr, void *arg)
{
	if (fake_kernel.fail_errno && nr == fake_kernel.fail_nr) {
		int e = fake_kernel.fail_errno;

		fake_kernel.fail_errno = 0;
		return -e;
	}
	switch (nr) {
	case TEE_IOC_VERSION:
		memcpy(arg, &dev->version, sizeof(dev->version));
		return 0;
	case TEE_IOC_SHM_ALLOC:
		return shm_alloc(arg);
	case TEE_IOC_SHM_REGISTER:
		return shm_register(dev, arg);
	case TEE_IOC_SHM_REGISTER_FD:
		return shm_register_fd(arg);
	case TEE_IOC_OPEN_SESSION:
		return open_session(dev, arg);
	case TEE_IOC_INVOKE:
		return invoke(dev, arg);
	case TEE_IOC_CANCEL:
		return cancel(arg);
	case TEE_IOC_CLOSE_SESSION:
		fake_kernel.closes++;
		return 0;
	}
	return -ENOTTY;
}

static int fake_ioctl(int fd, unsigned long nr, void *arg)
{
	struct fake_device *dev = device_of(fd);
	int r;

	pthread_mutex_lock(&lock);
	r = dev ? dispatch(dev, nr, arg) : -EBADF;
	pthread_mutex_unlock(&lock);
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

void fake_kernel_reset(void)
{
	static const struct teec_calls calls = {.open = fake_open, .ioctl = fake_ioctl};

	/* Mappings that the fake made of allocated memory go with the process. */
	fake_kernel = (struct fake_kernel){0};
	n_shms = 0;
	n_cancelled = 0;
	teec_calls = &calls;
}

void fake_kernel_device(unsigned n, uint32_t impl_id, uint32_t gen_caps)
{
	fake_kernel.device[n] = (struct fake_device){
		.there = true,
		.version = {.impl_id = impl_id,
			    .impl_caps = impl_id == TEE_IMPL_ID_OPTEE ? TEE_OPTEE_CAP_TZ : 0,
			    .gen_caps = gen_caps},
	};
}
