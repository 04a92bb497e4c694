/* SPDX-License-Identifier: BSD-2-Clause */
/* hostile - attacks in the way that its ELF names (hostile.h) */
#include "hostile.h"

#include <string.h>

#include "fault.h"
#include "mailbox.h"
#include "stm32mp15.h"
#include "trace.h"

#define STATUS_DRIVER_OK 4u

#define MARK "corewarden hostile attack="

/* What to do. Patched in the file: to be read so that the compiler does not know it. */
static const char attack[64] __attribute__((used)) = MARK "none";

volatile struct hostile_table table RSC_SECTION = {
	.header = {.ver = 1, .num = 2},
	.offset = {24, 24 + sizeof(struct rsc_vdev)},
	.vdev = RPMSG_VDEV,
	.log = {.type = RSC_TRACE,
		.da = (uint32_t)trace_buffer,
		.len = TRACE_SIZE,
		.name = "cm4_log"},
};

void (*on_systick)(void);
void (*on_pendsv)(void);
void (*on_svc)(void);

void systick_handler(void);
void pendsv_handler(void);
void svc_handler(void);

static void take(void (*handler)(void), uint32_t exception)
{
	if (!handler)
		fault_unexpected(exception);
	handler();
}

void systick_handler(void)
{
	take(on_systick, EXC_SYSTICK);
}

void pendsv_handler(void)
{
	take(on_pendsv, EXC_PENDSV);
}

void svc_handler(void)
{
	take(on_svc, EXC_SVCALL);
}

void wait_driver(void)
{
	while (!(table.vdev.status & STATUS_DRIVER_OK))
		;
}

void ring(unsigned channel)
{
	while (IPCC->C2.TOSR & IPCC_OCCUPIED(channel) && !shutdown_asked())
		;
	IPCC->C2.SCR = IPCC_SET(channel);
}

bool shutdown_asked(void)
{
	return IPCC->C1.TOSR & IPCC_OCCUPIED(CHANNEL_SHUTDOWN);
}

void behave(void)
{
	irq_disable();
	while (!shutdown_asked())
		;
	IPCC->C2.SCR = IPCC_CLEAR(CHANNEL_SHUTDOWN);
	for (;;)
		wfi();
}

static const struct attack *find(const struct attack *a, const char *name)
{
	while (a->name && strcmp(a->name, name))
		a++;
	return a->name ? a : NULL;
}

int main(void)
{
	const volatile char *mark = attack;
	char name[sizeof(attack)] = "";
	const struct attack *a;

	for (unsigned i = 0; i < sizeof(name) - sizeof(MARK) + 1; i++)
		name[i] = mark[sizeof(MARK) - 1 + i];
	RCC(RCC_MC_AHB3ENSETR) = 1u << 12 | 1u << 11; /* IPCC, HSEM */
	a = find(attacks_rings, name);
	if (!a)
		a = find(attacks_core, name);
	if (!a)
		a = find(attacks_system, name);
	trace("corewarden hostile: %s\n", a ? name : "no such attack");
	if (a)
		a->run();
	behave();
}
