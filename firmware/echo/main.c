/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo - answers every message with itself on "rpmsg-tty", and counts on "rpmsg-client-sample"
 */
#include <string.h>

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

#define LED_PIN	     7 /* of port H */
#define SEM_GPIO     0 /* hardware semaphore of the GPIO ports, by the vendor's convention */
#define IDLE_TICK_MS 100
#define REPORT_EVERY 100

static uint32_t echoed, greeted;

static void led_init(void)
{
	RCC(RCC_MC_AHB3ENSETR) = 1u << 11;
	RCC(RCC_MC_AHB4ENSETR) = 1u << 7;
	while (HSEM->RLR[SEM_GPIO] != (HSEM_LOCKED | HSEM_CORE_M4))
		mailbox_wait(); /* the host holds it; our own tick wakes us */
	GPIOH->MODER = (GPIOH->MODER & ~(3u << 2 * LED_PIN)) | 1u << 2 * LED_PIN;
	HSEM->R[SEM_GPIO] = HSEM_CORE_M4;
}

static void led_toggle(void)
{
	GPIOH->BSRR = GPIOH->ODR & 1u << LED_PIN ? 1u << (LED_PIN + 16) : 1u << LED_PIN;
}

static void echo(const struct rpmsg_endpoint *ept, uint32_t src, const volatile uint8_t *data,
		 uint16_t len)
{
	if (!rpmsg_send(ept->addr, src, data, len))
		return;
	led_toggle();
	if (++echoed == 1 || echoed % REPORT_EVERY == 0)
		trace("[%lu ms] message %lu echoed, %lu bytes\n", clock_ms(), echoed,
		      (uint32_t)len);
}

static void greet(const struct rpmsg_endpoint *ept, uint32_t src, const volatile uint8_t *data,
		  uint16_t len)
{
	char text[32] = "hello world! ", digits[10];
	size_t n = strlen(text);
	uint32_t v = ++greeted;
	unsigned i = 0;

	for (; v; v /= 10)
		digits[i++] = (char)('0' + v % 10);
	while (i)
		text[n++] = digits[--i];
	rpmsg_send(ept->addr, src, text, (uint16_t)n);
}

static const struct rpmsg_endpoint endpoints[] = {
	{.name = "rpmsg-tty", .addr = 0x400, .receive = echo},
	{.name = "rpmsg-client-sample", .addr = 0x401, .receive = greet},
};

static void serve(void)
{
	if (!rpmsg_start(&table.vdev, endpoints, 2)) {
		trace("the host's rings are outside of the shared memory\n");
		while (rpmsg_driver_ok(&table.vdev))
			mailbox_wait();
		return;
	}
	rpmsg_announce();
	trace("[%lu ms] announced rpmsg-tty and rpmsg-client-sample\n", clock_ms());
	clock_pace(IDLE_TICK_MS);
	while (rpmsg_driver_ok(&table.vdev))
		if (!rpmsg_poll())
			mailbox_wait();
}

int main(void)
{
	trace("corewarden echo: Cortex-M4 at %lu MHz, cpuid %08lx\n", (uint32_t)CORE_HZ / 1000000,
	      SCB->CPUID);
	clock_start(1);
	mailbox_start();
	led_init();
	for (;;) {
		trace("[%lu ms] waiting for the host's driver\n", clock_ms());
		while (!rpmsg_driver_ok(&table.vdev))
			mailbox_wait();
		serve();
		trace("[%lu ms] the host's driver has left\n", clock_ms());
		clock_pace(1);
	}
}
