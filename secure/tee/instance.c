// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/tee/instance.c - instances of TAs: found or started, one call at a time, ended
 *
 *	STARTING --started--> READY --nobody needs it--> ENDING --answer--> DEAD --reaped--> (freed)
 *	     \--refused, dead, too slow---------\----------------------------^
 */
#include "secure/tee/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/memfd.h"
#include "host/point.h"
#include "host/spawn.h"

#include <user_ta_header.h>

/* Time an ended TA has to leave, before it is killed. */
#define LEAVE_MS 5000

static void instance_run(struct instance *inst);

static void set_deadline(struct instance *inst, unsigned ms);

static void signal_process(struct instance *inst)
{
	if (inst->process.fd >= 0)
		syscall(SYS_pidfd_send_signal, inst->process.fd, SIGKILL, NULL, 0);
}

/* Calls that can never be answered by the TA any more. */
static void fail_calls(struct instance *inst, struct call_queue *queue)
{
	struct call *call;

	while ((call = TAILQ_FIRST(queue))) {
		struct session *s = call->session;
		uint32_t kind = call->kind;

		TAILQ_REMOVE(queue, call, link);
		call_finish(call, kind == CW_TA_CLOSE_SESSION ? TEE_SUCCESS : TEE_ERROR_TARGET_DEAD,
			    TEE_ORIGIN_TEE, NULL);
		if (kind != CW_TA_INVOKE_COMMAND)
			session_free(inst->tee, s);
	}
}

/* Sessions live on without an instance while they have a client who must close them. */
static void orphan_sessions(struct instance *inst)
{
	struct session *s;

	while ((s = LIST_FIRST(&inst->sessions))) {
		session_leave_instance(s);
		if (!s->client)
			session_free(inst->tee, s);
	}
}

static void become_dead(struct instance *inst)
{
	enum instance_state before = inst->state;
	struct call_queue calls = TAILQ_HEAD_INITIALIZER(calls);
	struct call_queue parked = TAILQ_HEAD_INITIALIZER(parked);
	struct call *call;

	if (before == INSTANCE_DEAD)
		return;
	CW_POINT(tee_ta_dead, inst->pid);
	inst->state = INSTANCE_DEAD;
	source_remove(inst->tee, &inst->socket);
	set_deadline(inst, cw_patience(LEAVE_MS));
	if (inst->current)
		TAILQ_INSERT_TAIL(&calls, inst->current, link);
	inst->current = NULL;
	TAILQ_CONCAT(&calls, &inst->queue, link);
	TAILQ_CONCAT(&parked, &inst->parked, link);
	pta_sessions_close(inst);
	fail_calls(inst, &calls);
	orphan_sessions(inst);
	if (before == INSTANCE_STARTING)
		fail_calls(inst, &parked);
	while ((call = TAILQ_FIRST(&parked))) {
		TAILQ_REMOVE(&parked, call, link);
		instance_open(inst->tee, call);
	}
}

void instance_kill(struct instance *inst, const char *why)
{
	if (inst->state == INSTANCE_DEAD)
		return;
	log_line(CW_TEE_LOG_ERROR, "TA %s: %s; ended", inst->name, why);
	signal_process(inst);
	become_dead(inst);
}

static void deadline_passed(void *arg)
{
	struct instance *inst = arg;

	if (inst->state == INSTANCE_DEAD)
		signal_process(inst);
	else
		instance_kill(inst, inst->state == INSTANCE_STARTING ? "does not start in time"
								     : "call takes too long");
}

static void set_deadline(struct instance *inst, unsigned ms)
{
	inst->deadline_ms = now_ms() + ms;
	if (timer_set(inst->tee, ms, deadline_passed, inst) == 0)
		return;
	if (inst->state == INSTANCE_DEAD)
		signal_process(inst);
	else
		instance_kill(inst, "no memory for its deadline");
}

void instance_extend(struct instance *inst, int64_t ms)
{
	int64_t left = inst->deadline_ms + ms - now_ms();

	if (ms > 0 && inst->state != INSTANCE_DEAD)
		set_deadline(inst, left > 0 ? (unsigned)left : 0);
}

/* Collect the process; what it died of, in words. */
static void reap(struct instance *inst, char *ret_how, size_t size)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)inst->pid, &info, WEXITED | WNOHANG) < 0 || !info.si_pid)
		cw_format(ret_how, size, "its process is gone");
	else if (info.si_code == CLD_EXITED)
		cw_format(ret_how, size, "its process exited with %d", info.si_status);
	else
		cw_format(ret_how, size, "its process died of signal %d%s", info.si_status,
			  info.si_status == SIGSYS ? " (forbidden system call)" : "");
}

static void process_ready(struct source *src)
{
	struct instance *inst = source_owner(src, struct instance, process);
	char how[80];

	/* What it said before it died still counts. */
	while (inst->state != INSTANCE_DEAD && inst->socket.fd >= 0 && instance_link_read(inst))
		;
	reap(inst, how, sizeof(how));
	CW_POINT(tee_ta_reaped, inst->pid);
	log_line(inst->state == INSTANCE_DEAD ? CW_TEE_LOG_DEBUG : CW_TEE_LOG_ERROR, "TA %s: %s",
		 inst->name, how);
	become_dead(inst);
	instance_free(inst);
}

void instance_hung_up(struct instance *inst)
{
	/* Most often it is dying already; the descriptor of the process will tell how it died. */
	source_remove(inst->tee, &inst->socket);
	signal_process(inst);
}

void instance_free(struct instance *inst)
{
	struct cw_tee *tee = inst->tee;

	timer_cancel(tee, inst);
	source_remove(tee, &inst->socket);
	source_remove(tee, &inst->process);
	if (inst->bounce)
		munmap(inst->bounce, CW_TA_BOUNCE_SIZE);
	if (inst->bounce_fd >= 0)
		close(inst->bounce_fd);
	LIST_REMOVE(inst, link);
	tee->n_instances--;
	free(inst);
}

void instance_end_now(struct instance *inst)
{
	signal_process(inst);
	become_dead(inst);
	if (inst->pid > 0)
		waitpid(inst->pid, NULL, 0);
	instance_free(inst);
}

static struct instance *instance_new(struct cw_tee *tee, const TEE_UUID *uuid)
{
	struct instance *inst = calloc(1, sizeof(*inst));
	void *p;

	if (!inst)
		return NULL;
	inst->tee = tee;
	inst->uuid = *uuid;
	uuid_text(uuid, inst->name);
	inst->state = INSTANCE_STARTING;
	inst->socket.fd = inst->process.fd = -1;
	TAILQ_INIT(&inst->queue);
	TAILQ_INIT(&inst->parked);
	LIST_INSERT_HEAD(&tee->instances, inst, link);
	tee->n_instances++;
	inst->bounce_fd = cw_memfd_new("tee-bounce", CW_TA_BOUNCE_SIZE);
	p = inst->bounce_fd < 0 ? MAP_FAILED
				: mmap(NULL, CW_TA_BOUNCE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
				       inst->bounce_fd, 0);
	if (p == MAP_FAILED) {
		instance_free(inst);
		return NULL;
	}
	inst->bounce = p;
	return inst;
}

/* Start the process and connect both its descriptors to the loop. */
static int spawn(struct instance *inst)
{
	char *plain[] = {"corewarden-ta", inst->name, NULL};
	char *debug[] = {"corewarden-ta", "--debug", inst->name, NULL};
	cleanup_fd int ours = -1, theirs = -1, pidfd = -1;
	struct cw_error err;
	int pair[2], r;

	r = cw_msg_pair(pair);
	if (r < 0)
		return r;
	ours = pair[0];
	theirs = pair[1];
	r = cw_spawn(inst->tee->config.ta_exe_fd, cw_spawn_debug() ? debug : plain, &theirs, 1, &inst->pid, &pidfd, &err);
	if (r < 0) {
		log_line(CW_TEE_LOG_ERROR, "TA %s: %s", inst->name, err.text);
		return r;
	}
	r = source_add(inst->tee, &inst->process, pidfd, process_ready);
	if (r < 0) {
		kill(inst->pid, SIGKILL);
		waitpid(inst->pid, NULL, 0);
		return r;
	}
	cw_steal_fd(&pidfd);
	r = source_add(inst->tee, &inst->socket, ours, instance_link_ready);
	if (r == 0)
		cw_steal_fd(&ours);
	return r;
}

static TEE_Result start(struct cw_tee *tee, const TEE_UUID *uuid, struct instance **ret)
{
	cleanup_fd int image = -1;
	struct instance *inst;
	TEE_Result res;
	int r;

	if (tee->n_instances >= CW_TEE_INSTANCES_MAX)
		return TEE_ERROR_OUT_OF_MEMORY;
	res = ta_file_load(tee, uuid, &image);
	CW_POINT(tee_ta_file, res);
	if (res)
		return res;
	inst = instance_new(tee, uuid);
	if (!inst)
		return TEE_ERROR_OUT_OF_MEMORY;
	r = spawn(inst);
	CW_POINT(tee_ta_spawned, inst->pid, r);
	if (r == 0)
		r = instance_send_start(inst, image);
	if (r < 0) {
		if (inst->process.fd >= 0)
			instance_kill(inst, "cannot be started");
		else
			instance_free(inst);
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	set_deadline(inst, cw_patience(CW_TEE_START_MS));
	if (inst->state == INSTANCE_DEAD)
		return TEE_ERROR_OUT_OF_MEMORY;
	*ret = inst;
	return TEE_SUCCESS;
}

static void adopt(struct instance *inst, struct call *call)
{
	struct session *s = call->session;

	inst->used = true;
	s->inst = inst;
	LIST_INSERT_HEAD(&inst->sessions, s, inst_link);
	inst->n_sessions++;
	instance_queue(inst, call);
}

/* What an existing instance means for a new session with its TA. */
enum verdict { USE, PARK, BUSY, OTHER };

static enum verdict judge(const struct instance *inst)
{
	switch (inst->state) {
	case INSTANCE_STARTING:
		return PARK;
	case INSTANCE_READY:
		if (!(inst->flags & TA_FLAG_SINGLE_INSTANCE))
			return inst->used ? OTHER : USE;
		return (inst->flags & TA_FLAG_MULTI_SESSION) || !inst->n_sessions ? USE : BUSY;
	case INSTANCE_ENDING:
		return inst->flags & TA_FLAG_SINGLE_INSTANCE ? PARK : OTHER;
	case INSTANCE_DEAD:
		return OTHER;
	}
	return OTHER;
}

void instance_open(struct cw_tee *tee, struct call *call)
{
	struct instance *inst;
	enum verdict v = OTHER;
	TEE_Result res = TEE_SUCCESS;

	LIST_FOREACH(inst, &tee->instances, link)
	{
		v = uuid_equal(&inst->uuid, &call->uuid) ? judge(inst) : OTHER;
		if (v != OTHER)
			break;
	}
	if (v == OTHER) {
		res = start(tee, &call->uuid, &inst);
		v = PARK;
	}
	if (res || v == BUSY)
		call_refuse_open(tee, call, res ? res : TEE_ERROR_BUSY, TEE_ORIGIN_TEE, NULL);
	else if (v == USE)
		adopt(inst, call);
	else
		TAILQ_INSERT_TAIL(&inst->parked, call, link);
}

void instance_queue(struct instance *inst, struct call *call)
{
	TAILQ_INSERT_TAIL(&inst->queue, call, link);
	instance_run(inst);
}

static void instance_run(struct instance *inst)
{
	struct call *call = TAILQ_FIRST(&inst->queue);

	if (inst->state != INSTANCE_READY || inst->current || !call)
		return;
	TAILQ_REMOVE(&inst->queue, call, link);
	inst->current = call;
	set_deadline(inst, inst->tee->config.call_ms);
	/* The deadline may have failed, and with it instance and call. */
	if (inst->state != INSTANCE_READY)
		return;
	if (instance_send_call(inst, call) < 0)
		instance_kill(inst, "does not read its calls");
	else
		CW_POINT(tee_ta_called, call->kind);
}

void instance_settle(struct instance *inst)
{
	bool stays = (inst->flags & TA_FLAG_SINGLE_INSTANCE) &&
		     (inst->flags & TA_FLAG_INSTANCE_KEEP_ALIVE);

	if (inst->state != INSTANCE_READY || inst->current || !TAILQ_EMPTY(&inst->queue) ||
	    inst->n_sessions)
		return;
	if (stays && inst->used)
		return;
	CW_POINT(tee_ta_ending, inst->pid);
	inst->state = INSTANCE_ENDING;
	set_deadline(inst, cw_patience(CW_TEE_START_MS));
	if (inst->state == INSTANCE_ENDING && instance_send_destroy(inst) < 0)
		instance_kill(inst, "does not read its calls");
}

static void log_refusal(const struct instance *inst, const struct cw_ta_started *started)
{
	char who[80];

	cw_format(who, sizeof(who), "TA %s: refused (0x%08x)", inst->name, started->result);
	log_foreign(CW_TEE_LOG_ERROR, who, started->reason,
		    strnlen(started->reason, sizeof(started->reason)));
}

void instance_started(struct instance *inst, const struct cw_ta_started *started)
{
	struct call_queue parked = TAILQ_HEAD_INITIALIZER(parked);
	struct call *call;

	CW_POINT(tee_ta_started, inst->pid, started->result);
	timer_cancel(inst->tee, inst);
	TAILQ_CONCAT(&parked, &inst->parked, link);
	if (started->result) {
		log_refusal(inst, started);
	} else {
		inst->flags = started->flags;
		inst->state = INSTANCE_READY;
	}
	while ((call = TAILQ_FIRST(&parked))) {
		TAILQ_REMOVE(&parked, call, link);
		if (started->result)
			call_refuse_open(inst->tee, call, started->result, started->origin, NULL);
		else
			instance_open(inst->tee, call);
	}
	if (started->result) {
		signal_process(inst);
		become_dead(inst);
	} else {
		instance_settle(inst);
	}
}

static void answered_call(struct instance *inst, struct call *call,
			  const struct cw_ta_answer *answer)
{
	struct session *s = call->session;

	switch (call->kind) {
	case CW_TA_OPEN_SESSION:
		if (answer->result) {
			call_refuse_open(inst->tee, call, answer->result, TEE_ORIGIN_TRUSTED_APP,
					 answer->params);
			break;
		}
		call_finish(call, TEE_SUCCESS, TEE_ORIGIN_TRUSTED_APP, answer->params);
		session_opened(inst->tee, s);
		break;
	case CW_TA_CLOSE_SESSION:
		session_free(inst->tee, s);
		call_finish(call, TEE_SUCCESS, TEE_ORIGIN_TEE, NULL);
		break;
	default:
		call_finish(call, answer->result, TEE_ORIGIN_TRUSTED_APP, answer->params);
	}
}

void instance_answered(struct instance *inst, const struct cw_ta_answer *answer)
{
	struct call *call = inst->current;

	CW_POINT(tee_ta_answered, call ? call->kind : 0, answer->result);
	timer_cancel(inst->tee, inst);
	if (inst->state == INSTANCE_ENDING) {
		become_dead(inst);
		return;
	}
	inst->current = NULL;
	answered_call(inst, call, answer);
	instance_run(inst);
	instance_settle(inst);
}
