/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc/probes.h - USDT points of the life cycle (provider "corewarden")
 *
 *	rproc_state(name, from, to)		a state change
 *	rproc_step(name, step, ns, bytes)	a step of a sequence ended well
 *	tee_invoke(command, result)		the TEE was called and came back
 *	mbox_send(channel) mbox_receive(channel)
 *	rproc_crash(name, type, pc)
 */
#ifndef CW_RPROC_PROBES_H
#define CW_RPROC_PROBES_H

#include <sys/sdt.h>

#define CW_PROBE1(point, a)	     DTRACE_PROBE1(corewarden, point, a)
#define CW_PROBE2(point, a, b)	     DTRACE_PROBE2(corewarden, point, a, b)
#define CW_PROBE3(point, a, b, c)    DTRACE_PROBE3(corewarden, point, a, b, c)
#define CW_PROBE4(point, a, b, c, d) DTRACE_PROBE4(corewarden, point, a, b, c, d)

#endif
