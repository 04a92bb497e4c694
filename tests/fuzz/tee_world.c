// SPDX-License-Identifier: BSD-2-Clause
/* fuzz/tee_world.c - what surrounds the TEE: processes, files, time, sockets, a platform service */
#include "tee_world.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/memfd.h"
#include "secure/api/link.h"
#include "secure/tee/internal.h"

struct fuzz_tee world;

#define FIRST_PID  1000000000 /* no process has such a number */
#define ROUNDS_MAX 20

/* ---- played by --wrap ---- */

int __wrap_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_cw_spawn(int exe_fd, char *const argv[], const int *keep, unsigned n_keep, pid_t *ret_pid,
		    int *ret_pidfd, struct cw_error *err);
TEE_Result __wrap_ta_file_load(struct cw_tee *tee, const TEE_UUID *uuid, int *ret_fd);
long __wrap_syscall(long number, ...);
int __wrap_kill(pid_t pid, int sig);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options);

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	ts->tv_sec = world.clock_ns / 1000000000;
	ts->tv_nsec = world.clock_ns % 1000000000;
	return 0;
}

int __wrap_cw_spawn(int exe_fd, char *const argv[], const int *keep, unsigned n_keep, pid_t *ret_pid,
		    int *ret_pidfd, struct cw_error *err)
{
	struct fuzz_ta *ta = &world.ta[world.n_tas];

	fuzz_check(n_keep == 1);
	if (world.n_tas == TAS)
		return cw_error_set(err, -EAGAIN, "enough processes for one input");
	memset(ta, 0, sizeof(*ta));
	ta->used = true;
	ta->sock = dup(keep[0]);
	ta->process = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*ret_pidfd = dup(ta->process);
	*ret_pid = FIRST_PID + (pid_t)world.n_tas++;
	fuzz_check(ta->sock >= 0 && ta->process >= 0 && *ret_pidfd >= 0);
	return 0;
}

/* Half of the UUIDs there are have a file. */
TEE_Result __wrap_ta_file_load(struct cw_tee *tee, const TEE_UUID *uuid, int *ret_fd)
{
	if (uuid->timeLow & 1)
		return TEE_ERROR_ITEM_NOT_FOUND;
	*ret_fd = cw_memfd_sealed("fuzz-ta", "ELF", 3);
	return *ret_fd < 0 ? TEE_ERROR_OUT_OF_MEMORY : TEE_SUCCESS;
}

static struct fuzz_ta *ta_of_pid(pid_t pid)
{
	unsigned i = (unsigned)(pid - FIRST_PID);

	fuzz_check(pid >= FIRST_PID && i < world.n_tas);
	return &world.ta[i];
}

/* Only pidfd_send_signal comes this way; the descriptor is a duplicate, so all that can be told is that one is meant. */
long __wrap_syscall(long number, ...)
{
	va_list ap;
	int fd;

	fuzz_check(number == SYS_pidfd_send_signal);
	va_start(ap, number);
	fd = va_arg(ap, int);
	va_end(ap);
	/* Killed: the descriptor can be read from now on. */
	eventfd_write(fd, 1);
	return 0;
}

int __wrap_kill(pid_t pid, int sig)
{
	ta_die(ta_of_pid(pid));
	return 0;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	ta_die(ta_of_pid(pid));
	return pid;
}

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	struct fuzz_ta *ta = ta_of_pid((pid_t)id);

	ta_die(ta);
	info->si_pid = (pid_t)id;
	info->si_code = id & 1 ? CLD_EXITED : CLD_KILLED;
	info->si_status = 9;
	return 0;
}

/* ---- a platform service that keeps the contract of pta.h ---- */

#define PTA_UUID                                                                        \
	{                                                                               \
		0xF0F0F0F0, 1, 2, { 3 }                                                 \
	}

static TEE_Result pta_open(struct cw_pta_env *env, const TEE_UUID *caller, uint32_t types,
			   union cw_pta_param params[4], void **ret_ctx)
{
	if (types & 1)
		return TEE_ERROR_BAD_PARAMETERS;
	*ret_ctx = malloc(1);
	world.pta_sessions++;
	return TEE_SUCCESS;
}

static void pta_close(struct cw_pta_env *env, void *ctx)
{
	free(ctx);
	world.pta_sessions--;
}

static void pta_memory(union cw_pta_param *p, uint32_t type, uint32_t cmd)
{
	uint8_t sum = 0;

	if (type == TEE_PARAM_TYPE_MEMREF_INPUT || type == TEE_PARAM_TYPE_MEMREF_INOUT)
		for (size_t i = 0; i < p->mem.size; i++)
			sum ^= p->mem.buf[i];
	if (type <= TEE_PARAM_TYPE_MEMREF_INPUT)
		return;
	if (p->mem.size)
		memset(p->mem.buf, sum, p->mem.size);
	if (cmd & 2)
		p->mem.size = cmd & 4 ? p->mem.size + cmd : p->mem.size / 2;
}

static TEE_Result pta_invoke(struct cw_pta_env *env, void *ctx, uint32_t cmd, uint32_t types,
			     union cw_pta_param params[4])
{
	for (unsigned i = 0; i < 4; i++) {
		uint32_t type = TEE_PARAM_TYPE_GET(types, i);

		if (type >= TEE_PARAM_TYPE_MEMREF_INPUT)
			pta_memory(&params[i], type, cmd);
		else
			params[i].val.a++;
	}
	return cmd & 4 ? TEE_ERROR_SHORT_BUFFER : TEE_SUCCESS;
}

static const struct cw_pta pta = {
	.uuid = PTA_UUID, .name = "fuzz", .open = pta_open, .close = pta_close, .invoke = pta_invoke};

/* ---- on and off ---- */

static void take_log(void *arg, int level, const char *line)
{
	for (; *line; line++)
		fuzz_check((uint8_t)*line >= ' ' && *line != 0x7f);
}

void tee_on(void)
{
	static const struct cw_pta *const ptas[] = {&pta, NULL};
	struct cw_tee_config config = {
		.state_fd = -1,
		.ta_dir_fds = {-1, -1},
		.ta_exe_fd = -1,
		.ptas = ptas,
		.log_level = CW_TEE_LOG_FLOW,
		.log = take_log,
	};
	struct cw_error err;

	for (unsigned i = 0; i < CLIENTS; i++)
		world.client[i].sock = -1;
	fuzz_check(cw_tee_new(&config, &world.tee, &err) == 0);
}

static void close_ta(struct fuzz_ta *ta)
{
	if (ta->sock >= 0)
		close(ta->sock);
	close(ta->process);
	ta->sock = -1;
	ta->used = false;
}

static bool nothing_left(void)
{
	struct cw_tee_stats stats;

	cw_tee_stats(world.tee, &stats);
	return !stats.all_clients && !stats.all_sessions && !stats.all_shms && !stats.instances && !stats.all_shm_bytes;
}

/* Clients first, or the processes; both orders must end in nothing. What clients said last is served before their end is seen,
 * some of it in each round, and may start further processes. */
void tee_off(void)
{
	bool orderly = world.in.left == 0;

	for (unsigned i = 0; i < CLIENTS; i++)
		client_leave(&world.client[i]);
	for (unsigned round = 0; orderly && round < ROUNDS_MAX && !nothing_left(); round++) {
		tee_settle();
		for (unsigned i = 0; i < world.n_tas; i++)
			ta_die(&world.ta[i]);
	}
	if (orderly) {
		tee_settle();
		fuzz_check(nothing_left());
	}
	cw_tee_free(world.tee);
	fuzz_check(world.pta_sessions == 0);
	for (unsigned i = 0; i < world.n_tas; i++)
		close_ta(&world.ta[i]);
}

/* ---- clients ---- */

/* A crowd may come and go before the TEE looks; then, and only then, one may be turned away. */
void client_connect(struct fuzz_client *c)
{
	struct cw_tee_stats stats;
	int pair[2], r;

	if (c->sock >= 0)
		return;
	memset(c, 0, sizeof(*c));
	fuzz_check(cw_msg_pair(pair) == 0);
	c->sock = pair[0];
	r = cw_tee_add_client(world.tee, pair[1]);
	if (r == 0)
		return;
	cw_tee_stats(world.tee, &stats);
	fuzz_check(r == -EMFILE && stats.all_clients == CW_TEE_CLIENTS_MAX);
	client_leave(c);
}

void client_leave(struct fuzz_client *c)
{
	if (c->sock >= 0)
		close(c->sock);
	c->sock = -1;
}

void client_ask(struct fuzz_client *c, uint32_t op, const void *payload, size_t len)
{
	unsigned i = 0;

	while (i < PENDING && c->pending[i].id)
		i++;
	if (i == PENDING || c->sock < 0)
		return;
	if (cw_msg_try_send(c->sock, op, ++c->last_id, 0, payload, len, NULL, 0) < 0)
		return;
	c->pending[i].id = c->last_id;
	c->pending[i].op = op;
}

static void note_result(struct fuzz_client *c, const struct cw_msg *m)
{
	struct tee_ioctl_open_session_arg open;
	struct tee_ioctl_shm_alloc_data shm;

	if (m->hdr.ret < 0)
		return;
	if (m->hdr.op == TEE_IOC_OPEN_SESSION) {
		memcpy(&open, m->payload, sizeof(open));
		if (!open.ret)
			c->sessions[c->n_sessions++ % SESSIONS] = open.session;
	} else if (m->hdr.op == TEE_IOC_SHM_ALLOC) {
		memcpy(&shm, m->payload, sizeof(shm));
		fuzz_check(m->hdr.nfds == 1 && shm.id > 0);
		c->shms[c->n_shms++ % 8] = shm.id;
	}
}

/* Every answer is to a request that has none yet. */
static void read_client(struct fuzz_client *c)
{
	struct cw_msg m;
	int r = 0;

	while (c->sock >= 0 && (r = cw_msg_recv(c->sock, &m, MSG_DONTWAIT)) == 1) {
		unsigned i = 0;

		while (i < PENDING && c->pending[i].id != m.hdr.id)
			i++;
		fuzz_check(i < PENDING && c->pending[i].op == m.hdr.op && m.hdr.ret <= 0);
		c->pending[i].id = 0;
		note_result(c, &m);
		cw_msg_close_fds(&m);
	}
	if (r == 0)
		client_leave(c);
}

/* ---- TAs ---- */

void ta_die(struct fuzz_ta *ta)
{
	if (!ta->used || ta->dead)
		return;
	ta->dead = true;
	eventfd_write(ta->process, 1);
}

void ta_hang_up(struct fuzz_ta *ta)
{
	if (ta->sock >= 0)
		close(ta->sock);
	ta->sock = -1;
}

static void note_call(struct fuzz_ta *ta, const struct cw_msg *m)
{
	struct cw_ta_call call;

	memcpy(&call, m->payload, sizeof(call));
	ta->kind = call.kind;
	for (unsigned i = 0; i < 4; i++) {
		ta->shm[i].mem = call.params[i].where == CW_TA_SHM ? call.params[i].mem : 0;
		ta->shm[i].at = call.params[i].a;
		ta->shm[i].size = call.params[i].b;
	}
}

static void read_ta(struct fuzz_ta *ta)
{
	struct cw_ta_pta answer;
	struct cw_msg m;

	while (ta->sock >= 0 && cw_msg_recv(ta->sock, &m, MSG_DONTWAIT) == 1) {
		if (m.hdr.op == CW_TA_START || m.hdr.op == CW_TA_CALL) {
			ta->last = m.hdr.id;
			ta->last_op = m.hdr.op;
		}
		if (m.hdr.op == CW_TA_CALL)
			note_call(ta, &m);
		if (m.hdr.op == CW_TA_PTA_CALL) {
			memcpy(&answer, m.payload, sizeof(answer));
			ta->pta_session = answer.session;
		}
		cw_msg_close_fds(&m);
	}
}

void tee_settle(void)
{
	/* One turn serves what was ready before; what that set off is served in the next. */
	for (unsigned i = 0; i < 3; i++) {
		cw_tee_stop(world.tee);
		fuzz_check(cw_tee_run(world.tee) == 0);
		for (unsigned k = 0; k < CLIENTS; k++)
			read_client(&world.client[k]);
		for (unsigned k = 0; k < world.n_tas; k++)
			if (world.ta[k].used)
				read_ta(&world.ta[k]);
	}
}
