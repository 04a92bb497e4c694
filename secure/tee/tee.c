// SPDX-License-Identifier: BSD-2-Clause
/* secure/tee/tee.c - the TEE as a whole: set up, its bus, its platform services, torn down */
#include "secure/tee/tee.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bus/bus.h"
#include "host/fault.h"
#include "secure/tee/internal.h"
#include "secure/tee/workers.h"

static int env_timer(struct cw_pta_env *env, unsigned ms, void (*fn)(void *arg), void *arg)
{
	return timer_set(source_owner(env, struct cw_tee, env), ms, fn, arg);
}

static void env_timer_cancel(struct cw_pta_env *env, void *arg)
{
	timer_cancel(source_owner(env, struct cw_tee, env), arg);
}

static void crashed(struct cw_tee *tee, const struct cw_bus_event *ev)
{
	for (unsigned i = 0; i < tee->n_ptas; i++)
		if (tee->config.ptas[i]->crash)
			tee->config.ptas[i]->crash(&tee->env, ev);
}

static void bus_ready(struct source *src)
{
	struct cw_tee *tee = source_owner(src, struct cw_tee, bus);
	struct cw_bus_event ev;
	uint32_t op;
	int fd, r;

	tee->bus_touched = false;
	while ((r = cw_bus_event(tee->config.bus, &op, &ev, &fd)) == 1) {
		if (op == CW_BUS_TEE_CLIENT && fd >= 0)
			cw_tee_add_client(tee, fd);
		else if (op == CW_BUS_EVENT && ev.type == CW_EVENT_CRASH)
			crashed(tee, &ev);
	}
	if (r < 0) {
		log_line(CW_TEE_LOG_DEBUG, "the bus is gone: %s", strerror(-r));
		tee->running = false;
		tee->result = r == -EPIPE ? 0 : r;
	}
}

static void stop_ready(struct source *src)
{
	eventfd_t n;

	eventfd_read(src->fd, &n);
	source_owner(src, struct cw_tee, stop)->running = false;
}

void cw_tee_stop(struct cw_tee *tee)
{
	/* The counter cannot overflow in a few calls, so this cannot fail. */
	eventfd_write(tee->stop.fd, 1);
}

static int init_loop(struct cw_tee *tee, struct cw_error *err)
{
	int fd, r;

	tee->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (tee->epoll < 0)
		return cw_error_errno(err, "epoll");
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = fd < 0 ? -errno : source_add(tee, &tee->stop, fd, stop_ready);
	if (r == 0 && tee->config.bus) {
		r = source_add(tee, &tee->bus, cw_bus_fd(tee->config.bus), bus_ready);
		/* The welcome may have brought events along. */
		tee->bus_touched = true;
	}
	return r < 0 ? cw_error_set(err, r, "event loop: %s", strerror(-r)) : 0;
}

static int init_ptas(struct cw_tee *tee, struct cw_error *err)
{
	const struct cw_pta *const *p = tee->config.ptas;

	for (; p && p[tee->n_ptas]; tee->n_ptas++) {
		const struct cw_pta *pta = p[tee->n_ptas];
		int r = pta->init ? pta->init(&tee->env) : 0;

		if (r < 0)
			return cw_error_set(err, r, "platform service %s: %s", pta->name,
					    strerror(-r));
	}
	return 0;
}

int cw_tee_new(const struct cw_tee_config *config, struct cw_tee **ret_tee, struct cw_error *err)
{
	struct cw_tee *tee = calloc(1, sizeof(*tee));
	int r;

	if (!tee)
		return cw_error_set(err, -ENOMEM, "out of memory");
	tee->config = *config;
	if (!tee->config.call_ms)
		tee->config.call_ms = cw_patience(CW_TEE_CALL_MS);
	tee->env = (struct cw_pta_env){
		.bus = config->bus,
		.board = config->board,
		.state_fd = config->state_fd,
		.timer = env_timer,
		.timer_cancel = env_timer_cancel,
		.parallel = cw_workers_run,
		.log = log_pta,
	};
	tee->epoll = tee->stop.fd = tee->bus.fd = -1;
	log_setup(config);
	r = init_loop(tee, err);
	if (r == 0)
		r = init_ptas(tee, err);
	if (r < 0) {
		cw_tee_free(tee);
		return r;
	}
	*ret_tee = tee;
	return 0;
}

struct cw_tee *cw_tee_free(struct cw_tee *tee)
{
	struct instance *inst;
	struct client *c;

	if (!tee)
		return NULL;
	/* Clients first: an ending instance would start another one for those who wait for it. */
	while ((c = LIST_FIRST(&tee->clients)))
		client_free(c);
	while ((inst = LIST_FIRST(&tee->instances)))
		instance_end_now(inst);
	while (tee->n_ptas) {
		const struct cw_pta *pta = tee->config.ptas[--tee->n_ptas];

		if (pta->exit)
			pta->exit(&tee->env);
	}
	cw_workers_end();
	timers_free(tee);
	source_remove(tee, &tee->stop);
	if (tee->epoll >= 0)
		close(tee->epoll);
	free(tee);
	return NULL;
}

void cw_tee_stats(const struct cw_tee *tee, struct cw_tee_stats *ret)
{
	*ret = (struct cw_tee_stats){
		.all_clients = tee->n_clients,
		.all_sessions = tee->n_sessions,
		.all_shms = tee->n_shms,
		.instances = tee->n_instances,
		.all_shm_bytes = tee->shm_bytes,
	};
}
