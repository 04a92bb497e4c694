// SPDX-License-Identifier: BSD-2-Clause
/* teec/context.c - contexts: connect, look up, give up */
#include "teec/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "teec/teec_ext.h"

#define NAME_PREFIX "corewarden:"

static struct {
	pthread_mutex_t lock;
	struct teec_ctx **by_fd;
	size_t size;
	uint32_t generation;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct teec_ctx *teec_ctx_find(int fd)
{
	struct teec_ctx *c = NULL;

	pthread_mutex_lock(&table.lock);
	if (fd >= 0 && (size_t)fd < table.size)
		c = table.by_fd[fd];
	pthread_mutex_unlock(&table.lock);
	return c;
}

static bool table_grow(size_t fd)
{
	size_t size = (fd | 63) + 1;
	struct teec_ctx **p;

	if (fd < table.size)
		return true;
	p = realloc(table.by_fd, size * sizeof(*p));
	if (!p)
		return false;
	memset(p + table.size, 0, (size - table.size) * sizeof(*p));
	table.by_fd = p;
	table.size = size;
	return true;
}

static bool table_add(struct teec_ctx *c)
{
	bool ok;

	pthread_mutex_lock(&table.lock);
	ok = table_grow((size_t)c->t->fd);
	if (ok) {
		/* Memory of an older context on the same descriptor number is told apart by this; 0 is nobody's. */
		table.generation = (table.generation + 1) & 0xFFFFFF;
		table.generation += !table.generation;
		c->generation = table.generation;
		table.by_fd[c->t->fd] = c;
	}
	pthread_mutex_unlock(&table.lock);
	return ok;
}

static struct teec_ctx *table_remove(int fd)
{
	struct teec_ctx *c = NULL;

	pthread_mutex_lock(&table.lock);
	if (fd >= 0 && (size_t)fd < table.size) {
		c = table.by_fd[fd];
		table.by_fd[fd] = NULL;
	}
	pthread_mutex_unlock(&table.lock);
	return c;
}

uint32_t teec_ctx_cancel_id(struct teec_ctx *c)
{
	uint32_t id;

	pthread_mutex_lock(&c->lock);
	if (!++c->last_cancel_id)
		c->last_cancel_id = 1;
	id = c->last_cancel_id;
	pthread_mutex_unlock(&c->lock);
	return id;
}

TEEC_Result teec_result_of_errno(int negative_errno)
{
	switch (-negative_errno) {
	case 0:
		return TEEC_SUCCESS;
	case ENOMEM:
	case EMFILE:
		return TEEC_ERROR_OUT_OF_MEMORY;
	case EINVAL:
		return TEEC_ERROR_BAD_PARAMETERS;
	case EPERM:
	case EACCES:
		return TEEC_ERROR_ACCESS_DENIED;
	case EPROTO:
	case ENOTTY:
	case EOPNOTSUPP:
		return TEEC_ERROR_NOT_SUPPORTED;
	case ENOENT:
	case ENODEV:
	case ENXIO:
	case ENOTDIR:
		return TEEC_ERROR_ITEM_NOT_FOUND;
	case EPIPE:
	case ECONNRESET:
	case EBADF:
	case ENOTSOCK:
		return TEEC_ERROR_COMMUNICATION;
	default:
		return TEEC_ERROR_GENERIC;
	}
}

static TEEC_Result context_new(struct teec_transport *t, TEEC_Context *ctx)
{
	struct teec_ctx *c = calloc(1, sizeof(*c));

	if (c) {
		c->t = t;
		pthread_mutex_init(&c->lock, NULL);
	}
	if (!c || !table_add(c)) {
		t->ops->close(t);
		free(c);
		return TEEC_ERROR_OUT_OF_MEMORY;
	}
	memset(ctx, 0, sizeof(*ctx));
	ctx->imp.fd = t->fd;
	ctx->imp.reg_mem = t->reg_mem;
	ctx->imp.memref_null = t->memref_null;
	return TEEC_SUCCESS;
}

TEEC_EXPORT TEEC_Result cw_teec_init_from_socket(int sock, TEEC_Context *ctx)
{
	struct teec_transport *t;
	int r;

	if (!ctx) {
		close(sock);
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	r = teec_socket_transport(sock, &t);
	return r < 0 ? teec_result_of_errno(r) : context_new(t, ctx);
}

static TEEC_Result connect_path(const char *path, int *ret_sock)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	cleanup_fd int sock = -1;

	if (strlen(path) >= sizeof(addr.sun_path))
		return TEEC_ERROR_BAD_PARAMETERS;
	strcpy(addr.sun_path, path);
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return TEEC_ERROR_OUT_OF_MEMORY;
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return TEEC_ERROR_ITEM_NOT_FOUND;
	*ret_sock = cw_steal_fd(&sock);
	return TEEC_SUCCESS;
}

static TEEC_Result init_socket(const char *path, TEEC_Context *context)
{
	TEEC_Result res;
	int sock;

	res = connect_path(path, &sock);
	return res ? res : cw_teec_init_from_socket(sock, context);
}

static TEEC_Result init_device(const char *name, TEEC_Context *context)
{
	struct teec_transport *t;
	int r = teec_device_transport(name, &t);

	return r < 0 ? teec_result_of_errno(r) : context_new(t, context);
}

TEEC_EXPORT TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context)
{
	bool ours = name && !strncmp(name, NAME_PREFIX, strlen(NAME_PREFIX));
	const char *path = ours ? name + strlen(NAME_PREFIX) : NULL;

	if (!context)
		return TEEC_ERROR_BAD_PARAMETERS;
	if (!name || (ours && !*path))
		path = getenv("COREWARDEN_TEE");
	if (path && *path)
		return init_socket(path, context);
	return ours ? TEEC_ERROR_ITEM_NOT_FOUND : init_device(name, context);
}

TEEC_EXPORT void TEEC_FinalizeContext(TEEC_Context *context)
{
	struct teec_ctx *c = context ? table_remove(context->imp.fd) : NULL;

	if (!c)
		return;
	while (c->n_pool)
		teec_mem_free(c, &c->pool[--c->n_pool]);
	c->t->ops->close(c->t);
	pthread_mutex_destroy(&c->lock);
	free(c);
	context->imp.fd = -1;
}

TEEC_EXPORT TEEC_Result cw_teec_stats(TEEC_Context *ctx, struct cw_tee_stats *ret)
{
	struct teec_ctx *c = ctx ? teec_ctx_find(ctx->imp.fd) : NULL;

	if (!c || !ret)
		return TEEC_ERROR_BAD_PARAMETERS;
	return teec_result_of_errno(
		c->t->ops->request(c->t, CW_TEE_STATS, ret, sizeof(*ret), NULL));
}
