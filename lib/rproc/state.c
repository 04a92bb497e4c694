/* SPDX-License-Identifier: BSD-2-Clause */
/* rproc/state.c - which move is allowed in which state, and its words */
#include "rproc/internal.h"

#include <errno.h>

#include "host/point.h"

const char *cw_rproc_state_name(enum cw_rproc_state state)
{
	static const char *const names[] = {
		[CW_RPROC_OFFLINE] = "offline",	  [CW_RPROC_SUSPENDED] = "suspended",
		[CW_RPROC_RUNNING] = "running",	  [CW_RPROC_CRASHED] = "crashed",
		[CW_RPROC_ATTACHED] = "attached", [CW_RPROC_DETACHED] = "detached",
	};

	return (unsigned)state < sizeof(names) / sizeof(names[0]) ? names[state] : "invalid";
}

const char *cw_rproc_crash_name(enum cw_rproc_crash_type type)
{
	static const char *const names[] = {"mmufault", "watchdog", "fatal error"};

	return (unsigned)type < 3 ? names[type] : "unknown";
}

#define NO(e) (-(e))

/* New state, or the negative errno of the refusal. Attached and detached are entered by nobody yet. */
static const int moves[][CW_ACTIONS] = {
	/*			START			STOP			CRASH			RECOVER */
	[CW_RPROC_OFFLINE] =   {CW_RPROC_RUNNING,	NO(EINVAL),		NO(EINVAL),		NO(EINVAL)},
	[CW_RPROC_SUSPENDED] = {NO(EBUSY),		NO(EINVAL),		NO(EINVAL),		NO(EINVAL)},
	[CW_RPROC_RUNNING] =   {NO(EBUSY),		CW_RPROC_OFFLINE,	CW_RPROC_CRASHED,	NO(EINVAL)},
	[CW_RPROC_CRASHED] =   {NO(EBUSY),		CW_RPROC_OFFLINE,	NO(EINVAL),		CW_RPROC_RUNNING},
	[CW_RPROC_ATTACHED] =  {NO(EBUSY),		CW_RPROC_OFFLINE,	CW_RPROC_CRASHED,	NO(EINVAL)},
	[CW_RPROC_DETACHED] =  {NO(EBUSY),		NO(EINVAL),		NO(EINVAL),		NO(EINVAL)},
};

int cw_rproc_may(const struct cw_rproc *rproc, enum cw_rproc_action action, struct cw_error *err)
{
	static const char *const words[] = {"start", "stop", "report a crash", "recover"};
	int next = moves[rproc->state][action];

	if (next >= 0)
		return 0;
	return cw_error_set(err, next, "%s: cannot %s: it is %s", rproc->board.name, words[action],
			    cw_rproc_state_name(rproc->state));
}

void cw_rproc_move(struct cw_rproc *rproc, enum cw_rproc_action action)
{
	enum cw_rproc_state from = rproc->state;
	int next = moves[from][action];

	if (next < 0)
		return;
	rproc->state = (enum cw_rproc_state)next;
	CW_POINT(rproc_state, rproc->board.name, from, next);
	if (rproc->events && rproc->events->state)
		rproc->events->state(rproc->ctx, rproc, from, rproc->state);
}
