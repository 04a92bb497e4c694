/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault - starts like any firmware, then reads where this core has nothing
 *
 * It does so at the first message, or 100 ms after it announced itself, or after two seconds
 * without a host driver.
 */
#include "clock.h"
#include "mailbox.h"
#include "resource_table.h"
#include "rpmsg.h"
#include "stm32mp15.h"
#include "trace.h"

static volatile struct {
	struct rsc_header header;
	uint32_t offset[2];
	struct rsc_vdev vdev;
	struct rsc_trace log;
} table RSC_SECTION = {
	.header = {.ver = 1, .num = 2},
	.offset = {24, 24 + sizeof(struct rsc_vdev)},
	.vdev = RPMSG_VDEV,
	.log = {.type = RSC_TRACE,
		.da = (uint32_t)trace_buffer,
		.len = TRACE_SIZE,
		.name = "cm4_log"},
};

#define FORBIDDEN     ((volatile uint32_t *)0x2FFC0000) /* secure memory */
#define NO_MESSAGE_MS 100
#define NO_HOST_MS    2000

static void fail(const struct rpmsg_endpoint *ept, uint32_t src, const volatile uint8_t *data,
		 uint16_t len)
{
	trace("[%lu ms] message from %lx: reading %08lx\n", clock_ms(), src, (uint32_t)FORBIDDEN);
	trace("read %08lx\n", *FORBIDDEN);
}

static const struct rpmsg_endpoint endpoints[] = {
	{.name = "rpmsg-tty", .addr = 0x400, .receive = fail},
};

int main(void)
{
	uint32_t deadline = NO_HOST_MS;

	trace("corewarden fault: will read forbidden memory\n");
	clock_start(1);
	mailbox_start();
	while (!rpmsg_driver_ok(&table.vdev) && clock_ms() < deadline)
		mailbox_wait();
	if (rpmsg_driver_ok(&table.vdev) && rpmsg_start(&table.vdev, endpoints, 1)) {
		rpmsg_announce();
		trace("[%lu ms] announced rpmsg-tty\n", clock_ms());
		deadline = clock_ms() + NO_MESSAGE_MS;
		while (clock_ms() < deadline)
			if (!rpmsg_poll())
				mailbox_wait();
	}
	trace("[%lu ms] no message: reading %08lx\n", clock_ms(), (uint32_t)FORBIDDEN);
	trace("read %08lx\n", *FORBIDDEN);
	return 0;
}
