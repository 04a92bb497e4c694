/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host/point.h - numbered points at every state change and every crossing between worlds
 *
 *	CW_POINT(name, ...)	one point of host/points.def, with up to ten numbers or pointers
 *
 * A point is a USDT probe (provider "corewarden", the point's name; first argument its number), which costs a nop as long
 * as nobody listens: `bpftrace -p PID -e 'usdt:*:corewarden:rproc_state { ... }'`. In builds with faults it is also
 * the place where a process can be made to die, see host/fault.h. docs/points.md lists them.
 */
#ifndef CW_HOST_POINT_H
#define CW_HOST_POINT_H

#define SDT_USE_VARIADIC
#include <sys/sdt.h>

#include "host/fault.h"

enum cw_point {
#define CW_POINT_DEF(number, name, party, marks) CW_POINT_##name = (number),
#include "host/points.def"
#undef CW_POINT_DEF
};

#define CW_POINT(name, ...)                                                                      \
	do {                                                                                     \
		STAP_PROBEV(corewarden, name, (int)CW_POINT_##name, ##__VA_ARGS__);              \
		cw_fault_point(CW_POINT_##name);                                                 \
	} while (0)

#endif
