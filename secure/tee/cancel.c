// SPDX-License-Identifier: BSD-2-Clause
/* secure/tee/cancel.c - calls that nobody wants any more: cancelled, or their client is gone */
#include "secure/tee/internal.h"

static struct call *find_in(struct call_queue *queue, const struct client *c, uint32_t cancel_id)
{
	struct call *call;

	TAILQ_FOREACH(call, queue, link)
	if (call->client == c && call->cancel_id == cancel_id && call->kind != CW_TA_CLOSE_SESSION)
		return call;
	return NULL;
}

static void cancel_waiting(struct instance *inst, struct call_queue *queue, struct call *call)
{
	TAILQ_REMOVE(queue, call, link);
	if (call->kind == CW_TA_OPEN_SESSION)
		call_refuse_open(inst->tee, call, TEE_ERROR_CANCEL, TEE_ORIGIN_TEE, NULL);
	else
		call_finish(call, TEE_ERROR_CANCEL, TEE_ORIGIN_TEE, NULL);
}

bool instance_cancel(struct instance *inst, struct client *c, uint32_t cancel_id, uint32_t session)
{
	struct call *call = inst->current;
	struct call_queue *queues[] = {&inst->queue, &inst->parked};

	if (call && call->client == c && call->cancel_id == cancel_id &&
	    (!session || call->session->id == session)) {
		instance_send_cancel(inst);
		return true;
	}
	for (unsigned i = 0; i < 2; i++) {
		call = find_in(queues[i], c, cancel_id);
		if (call && (!session || call->session->id == session)) {
			cancel_waiting(inst, queues[i], call);
			return true;
		}
	}
	return false;
}

bool instance_abandon(struct instance *inst, struct session *s)
{
	struct call_queue *queues[] = {&inst->queue, &inst->parked};
	struct call *call, *next;

	if (inst->current && inst->current->session == s) {
		inst->current->client = NULL;
		if (inst->current->kind != CW_TA_CLOSE_SESSION)
			instance_send_cancel(inst);
		/* It died of not reading that, and its abandoned sessions with it. */
		if (inst->state == INSTANCE_DEAD)
			return true;
	}
	for (unsigned i = 0; i < 2; i++) {
		for (call = TAILQ_FIRST(queues[i]); call; call = next) {
			next = TAILQ_NEXT(call, link);
			if (call->session != s)
				continue;
			call->client = NULL;
			if (call->kind == CW_TA_CLOSE_SESSION)
				continue;
			TAILQ_REMOVE(queues[i], call, link);
			if (call->kind == CW_TA_OPEN_SESSION) {
				call_refuse_open(inst->tee, call, TEE_ERROR_CANCEL, TEE_ORIGIN_TEE,
						 NULL);
				return true;
			}
			call_free(call);
		}
	}
	return false;
}
