/* SPDX-License-Identifier: BSD-2-Clause */
/* The other peripherals, and the rules of the bus. */
#include "probe.h"

#define RCC(off) (0x50000000u + (off))

static void map_is_sorted(void **state)
{
	for (unsigned i = 0; i < n_periph_map; i++) {
		assert_int_equal(periph_map[i].base % 4, 0);
		if (i)
			assert_true(periph_map[i - 1].base + periph_map[i - 1].size <=
				    periph_map[i].base);
	}
}

static void blocks_are_the_parts(void **state)
{
	assert_int_equal(ops->n_blocks, 3);
	for (unsigned i = 0; i < ops->n_blocks; i++) {
		const struct cw_soc_block *b = &ops->blocks[i];

		assert_int_equal(b->size % 4096, 0);
		assert_true(b->secure == (b->n_core == 0));
	}
	assert_int_equal(ops->core_irqs, 150);
	assert_int_equal(ops->core_prio_bits, 4);
}

static void nothing_there(void **state)
{
	static const uint32_t holes[] = {0,	     0x3FFFFFFC, 0x40000400, 0x5C005000,
					 0x60000000, 0xC0000000, 0xE000E100, 0xFFFFFFFC};
	struct probe *p = *state;
	uint32_t v = 0x55;

	for (unsigned i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		assert_int_equal(ops->read(p->soc, SEC, holes[i], 4, &v), -EFAULT);
		assert_int_equal(ops->write(p->soc, SEC, holes[i], 4, 0), -EFAULT);
	}
	assert_int_equal(ops->read(p->soc, SEC, RCC(2), 4, &v), -EFAULT);
	assert_int_equal(ops->read(p->soc, SEC, RCC(1), 2, &v), -EFAULT);
	assert_int_equal(ops->read(p->soc, SEC, RCC(0), 3, &v), -EFAULT);
	assert_int_equal(ops->read(p->soc, SEC, RCC(0), 8, &v), -EFAULT);
	assert_int_equal(v, 0x55);
}

static void every_word_answers(void **state)
{
	struct probe *p = *state;

	for (unsigned i = 0; i < n_periph_map; i++) {
		const struct periph_desc *d = &periph_map[i];

		for (uint32_t off = 0; off < d->size; off += 4) {
			uint32_t v;

			assert_int_equal(ops->read(p->soc, SEC, d->base + off, 4, &v), 0);
			assert_int_equal(ops->write(p->soc, SEC, d->base + off, 4, UINT32_MAX), 0);
			assert_int_equal(ops->write(p->soc, SEC, d->base + off, 4, 0), 0);
		}
		p->n_ctl = 0;
	}
	ops->tick(p->soc, 1000000);
	ops->next(p->soc);
}

static void narrow_accesses(void **state)
{
	struct probe *p = *state;
	const uint32_t tamp = 0x5C00A144;
	uint32_t v;

	wr(p, NS, tamp, 0x11223344);
	assert_int_equal(ops->write(p->soc, M4, tamp + 1, 1, 0xAB), 0);
	assert_int_equal(ops->write(p->soc, M4, tamp + 2, 2, 0xCDEF), 0);
	assert_int_equal(rd(p, NS, tamp), 0xCDEFAB44);
	assert_int_equal(ops->read(p->soc, M4, tamp + 3, 1, &v), 0);
	assert_int_equal(v, 0xCD);
	assert_int_equal(ops->read(p->soc, M4, tamp, 2, &v), 0);
	assert_int_equal(v, 0xAB44);
	/* a byte of a write-1 register acts on that byte alone */
	wr(p, M4, RCC(0xAA0), 0x1800);
	assert_int_equal(ops->write(p->soc, M4, RCC(0xAA5), 1, 0x08), 0);
	assert_int_equal(rd(p, M4, RCC(0xAA0)), 0x1000);
}

static void rcc_pairs(void **state)
{
	static const uint16_t sets[] = {0x180, 0x1A0, 0x200, 0x220, 0x280, 0x298, 0x980, 0x9A8,
					0xA00, 0xA28, 0xA38, 0xA80, 0xAA0, 0xAA8, 0xAB8, 0xB80};
	struct probe *p = *state;

	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		uint32_t set = RCC(sets[i]), clear = set + 4;

		wr(p, M4, set, 0x0F);
		wr(p, M4, set, 0x30);
		assert_int_equal(rd(p, M4, set), 0x3F);
		assert_int_equal(rd(p, M4, clear), 0x3F);
		wr(p, M4, clear, 0x21);
		assert_int_equal(rd(p, M4, set), 0x1E);
		wr(p, M4, clear, 0);
		assert_int_equal(rd(p, M4, clear), 0x1E);
	}
}

static void rcc_ready_follows_both_ways(void **state)
{
	static const struct {
		uint16_t off;
		uint32_t on, rdy;
	} rows[] = {{0x080, 1, 2}, {0x094, 1, 2}, {0x880, 1, 2},
		    {0x894, 1, 2}, {0x140, 1, 4}, {0x144, 1, 2}};
	struct probe *p = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t pa = RCC(rows[i].off), before = rd(p, SEC, pa);

		assert_false(before & rows[i].rdy);
		wr(p, SEC, pa, before | rows[i].on);
		assert_true(rd(p, SEC, pa) & rows[i].rdy);
		wr(p, SEC, pa, (before & ~rows[i].on) | rows[i].rdy);
		assert_false(rd(p, SEC, pa) & rows[i].rdy);
	}
	assert_int_equal(rd(p, SEC, RCC(0x808)), 0x005); /* HSI and its divider */
	wr(p, SEC, RCC(0x00C), 0x110);
	assert_int_equal(rd(p, SEC, RCC(0x808)), 0x115);
	assert_int_equal(rd(p, SEC, RCC(0x010)), 0x111);
	wr(p, SEC, RCC(0x010), 0x100);
	assert_int_equal(rd(p, SEC, RCC(0x808)), 0x015);
}

static void rcc_reset_values(void **state)
{
	static const struct {
		uint16_t off;
		uint32_t v;
	} rows[] = {{0x00C, 1},		 {0x020, 0x80000000}, {0x02C, 0x80000001},
		    {0x048, 0x80000000}, {0x830, 0x80000000}, {0x834, 0x80000000},
		    {0x140, 0x20},	 {0x884, 0x00010031}, {0x888, 0x00010101},
		    {0x10C, 0},		 {0x018, 0}};
	struct probe *p = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(rd(p, SEC, RCC(rows[i].off)), rows[i].v);
	wr(p, SEC, RCC(0x048), 3);
	assert_int_equal(rd(p, SEC, RCC(0x048)), 0x80000003);
}

#define TIM2 0x40000000u
#define TIM6 0x40004000u

static void start_timer(struct probe *p, uint32_t tim, uint32_t psc, uint32_t arr)
{
	wr(p, M4, tim + 0x28, psc);
	wr(p, M4, tim + 0x2C, arr);
	wr(p, M4, tim + 0x14, 1); /* UG: load the prescaler */
	assert_int_equal(rd(p, M4, tim + 0x10), 1);
	wr(p, M4, tim + 0x10, 0);
	wr(p, M4, tim + 0x0C, 1);
	wr(p, M4, tim + 0x00, 1);
}

static void timer_interrupts_each_period(void **state)
{
	struct probe *p = *state;

	start_timer(p, TIM2, 63, 999); /* 1 ms */
	assert_int_equal(ops->next(p->soc), 1000000);
	ops->tick(p->soc, 999999);
	assert_false(p->core_line[28]);
	assert_int_equal(rd(p, M4, TIM2 + 0x24), 999);
	ops->tick(p->soc, 1);
	assert_true(p->core_line[28]);
	assert_int_equal(rd(p, M4, TIM2 + 0x24), 0);
	wr(p, M4, TIM2 + 0x10, 0);
	assert_false(p->core_line[28]);
	/* a late tick owes what the handler has not seen */
	ops->tick(p->soc, 3000000);
	for (int i = 0; i < 3; i++) {
		assert_true(p->core_line[28]);
		wr(p, M4, TIM2 + 0x10, ~1u);
	}
	assert_false(p->core_line[28]);
	wr(p, M4, TIM2 + 0x00, 0);
	assert_int_equal(ops->next(p->soc), UINT64_MAX);
}

static void timer_one_pulse_and_mask(void **state)
{
	struct probe *p = *state;

	start_timer(p, TIM6, 0, 63999);
	wr(p, M4, TIM6, 1 | 1u << 3);
	wr(p, M4, TIM6 + 0x0C, 0);
	ops->tick(p->soc, 5000000);
	assert_int_equal(rd(p, M4, TIM6 + 0x10), 1);
	assert_false(p->core_line[54]);
	assert_int_equal(rd(p, M4, TIM6) & 1, 0);
	wr(p, M4, TIM6 + 0x0C, 1);
	assert_true(p->core_line[54]);
	wr(p, M4, TIM6 + 0x2C, 0x12345678);
	assert_int_equal(rd(p, M4, TIM6 + 0x2C), 0x5678);
}

static void timer_follows_the_clock_tree(void **state)
{
	struct probe *p = *state;

	wr(p, SEC, RCC(0x834), 1); /* APB1 / 2: timers keep the core's clock */
	start_timer(p, TIM2, 63, 999);
	assert_int_equal(ops->next(p->soc), 1000000);
	wr(p, SEC, RCC(0x834), 2); /* APB1 / 4: timers at half of it */
	assert_int_equal(ops->next(p->soc), 2000000);
	wr(p, SEC, RCC(0x834), 0);
	wr(p, SEC, RCC(0x018), 3); /* HSI / 8 */
	assert_int_equal(ops->next(p->soc), 8000000);
	wr(p, SEC, RCC(0x018), 0);
	/* PLL3 from HSE as the vendor's engineering boot sets it: 24 / 2 * (33 + frac) / 2 */
	wr(p, SEC, RCC(0x824), 0);
	wr(p, SEC, RCC(0x820), 1);
	wr(p, SEC, RCC(0x884), 1u << 16 | 33);
	wr(p, SEC, RCC(0x888), 1);
	wr(p, SEC, RCC(0x880), 1);
	wr(p, SEC, RCC(0x048), 3);
	assert_in_range(ops->next(p->soc), 313725, 313726); /* 204 MHz */
}

static void timer_reset_line(void **state)
{
	struct probe *p = *state;

	start_timer(p, TIM2, 63, 999);
	wr(p, M4, RCC(0x980), 1);
	assert_int_equal(rd(p, M4, TIM2), 0);
	assert_int_equal(rd(p, M4, TIM2 + 0x2C), 0xFFFFFFFF);
	wr(p, M4, RCC(0x984), 1);
	assert_int_equal(rd(p, M4, RCC(0x980)), 0);
}

#define GPIOH 0x50009000u

static void gpio_set_and_reset(void **state)
{
	struct probe *p = *state;

	assert_int_equal(rd(p, M4, GPIOH), 0xFFFFFFFF);
	wr(p, M4, GPIOH, 0xFFFF7FFF); /* pin 7 output */
	wr(p, M4, GPIOH + 0x18, 0x00000081);
	assert_int_equal(rd(p, M4, GPIOH + 0x14), 0x81);
	assert_int_equal(rd(p, M4, GPIOH + 0x10), 0x80);
	assert_int_equal(rd(p, M4, GPIOH + 0x18), 0);
	wr(p, M4, GPIOH + 0x18, 0x00810080); /* set wins */
	assert_int_equal(rd(p, M4, GPIOH + 0x14), 0x80);
	wr(p, M4, GPIOH + 0x28, 0x80);
	assert_int_equal(rd(p, M4, GPIOH + 0x14), 0);
	assert_int_equal(rd(p, M4, GPIOH + 0x28), 0);
	wr(p, M4, GPIOH + 0x0C, 1); /* pin 0 input, pulled up */
	wr(p, M4, GPIOH, 0xFFFF7FFC);
	assert_int_equal(rd(p, M4, GPIOH + 0x10), 1);
	wr(p, M4, GPIOH + 0x10, 0xFF);
	assert_int_equal(rd(p, M4, GPIOH + 0x10), 1);
}

#define EXTI 0x5000D000u

static void exti_edges_and_software(void **state)
{
	static const uint8_t irq[] = {6,  7,  8,  9,  10, 23,  64,  65, 66,
				      67, 40, 42, 76, 77, 121, 127, 1};
	struct probe *p = *state;

	wr(p, M4, EXTI + 0xC0, 0x1FFFF);
	for (unsigned n = 0; n < sizeof(irq); n++) {
		wr(p, M4, EXTI + 0x08, 1u << n);
		assert_true(p->core_line[irq[n]]);
		assert_int_equal(rd(p, M4, EXTI + 0x0C), 1u << n);
		assert_int_equal(rd(p, M4, EXTI + 0x08), 0);
		wr(p, M4, EXTI + 0x0C, 1u << n);
		assert_false(p->core_line[irq[n]]);
	}
	/* pin 7 of port H drives line 7, falling edges only */
	wr(p, M4, EXTI + 0x64, 7u << 24);
	wr(p, M4, EXTI + 0x04, 1u << 7);
	wr(p, M4, GPIOH, 0xFFFF7FFF);
	wr(p, M4, GPIOH + 0x18, 0x80);
	assert_false(p->core_line[65]);
	wr(p, M4, GPIOH + 0x28, 0x80);
	assert_true(p->core_line[65]);
	assert_int_equal(rd(p, M4, EXTI + 0x10), 1u << 7);
	wr(p, M4, EXTI + 0xC0, 0);
	assert_false(p->core_line[65]);
	assert_int_equal(ops->write(p->soc, M4, EXTI + 0x14, 4, 1), -EACCES);
}

#define USART3 0x4000F000u

static void usart_sends(void **state)
{
	struct probe *p = *state;
	char log[8] = "";

	assert_int_equal(rd(p, M4, USART3 + 0x1C), 0xC0);
	wr(p, M4, USART3 + 0x28, 'x'); /* not enabled */
	wr(p, M4, USART3, 0x0D);
	assert_int_equal(rd(p, M4, USART3 + 0x1C), 0x006000C0);
	wr(p, M4, USART3 + 0x20, 1u << 6);
	assert_int_equal(rd(p, M4, USART3 + 0x1C) & 0x40, 0);
	wr(p, M4, USART3, 0x4D);
	assert_false(p->core_line[39]);
	assert_int_equal(ops->write(p->soc, M4, USART3 + 0x28, 1, 'h'), 0);
	wr(p, M4, USART3 + 0x28, 'i');
	assert_true(p->core_line[39]);
	wr(p, M4, USART3, 0x0);
	assert_false(p->core_line[39]);
	assert_int_equal(rd(p, M4, USART3 + 0x1C), 0xC0);
	assert_int_equal(cw_stm32mp15_usart_log(p->soc, USART3, log, sizeof(log)), 2);
	assert_string_equal(log, "hi");
	assert_int_equal(cw_stm32mp15_usart_log(p->soc, TIM2, log, sizeof(log)), 0);
}

static void usart_log_keeps_the_last(void **state)
{
	struct probe *p = *state;
	char log[USART_LOG_MAX];

	wr(p, M4, USART3, 0x0D);
	for (unsigned i = 0; i < USART_LOG_MAX + 3; i++)
		wr(p, M4, USART3 + 0x28, i & 0x7F);
	assert_int_equal(cw_stm32mp15_usart_log(p->soc, USART3, log, 2), 2);
	assert_int_equal(log[1], (USART_LOG_MAX + 2) & 0x7F);
	assert_int_equal(cw_stm32mp15_usart_log(p->soc, USART3, log, sizeof(log)), USART_LOG_MAX);
	assert_int_equal(log[0], 3);
}

static void small_ones(void **state)
{
	const uint32_t adc2 = 0x48003100, pwr = 0x50001000, syscfg = 0x50020000;
	struct probe *p = *state;

	wr(p, M4, adc2 + 8, 1u << 31 | 1u << 28);
	assert_int_equal(rd(p, M4, adc2 + 8), 1u << 28);
	wr(p, M4, adc2 + 8, 1u << 28 | 1);
	assert_true(rd(p, M4, adc2) & 1);
	wr(p, M4, adc2 + 8, 1u << 28 | 1 | 4);
	assert_int_equal(rd(p, M4, adc2 + 8), 1u << 28 | 1);
	assert_int_equal(rd(p, M4, adc2) & 0xC, 0xC);
	wr(p, M4, adc2, 0xC);
	assert_int_equal(rd(p, M4, adc2) & 0xC, 0);
	wr(p, M4, adc2 + 8, 1u << 28 | 1 | 2);
	assert_int_equal(rd(p, M4, adc2 + 8), 1u << 28);

	wr(p, M4, pwr, 1u << 8);
	assert_int_equal(rd(p, M4, pwr), 1u << 8);
	wr(p, NS, pwr + 0x14, 1 | 1u << 9 | 1u << 15);
	assert_int_equal(rd(p, NS, pwr + 0x14), 1 | 1u << 15);
	wr(p, NS, pwr + 4, 3);
	assert_int_equal(rd(p, NS, pwr + 4), 3 | 3u << 16);
	wr(p, NS, pwr + 4, 0);
	assert_int_equal(rd(p, NS, pwr + 4), 0);

	wr(p, M4, syscfg, 0x75);
	assert_int_equal(rd(p, M4, syscfg), 0x72);
	wr(p, M4, syscfg + 4, 6);
	wr(p, M4, syscfg + 0x44, 4);
	assert_int_equal(rd(p, M4, syscfg + 4), 2);

	assert_int_equal(rd(p, M4, 0x50081000) & 0xFFF, 0x500);
	wr(p, NS, 0x5C00A148, 2);
	assert_int_equal(rd(p, M4, 0x5C00A148), 2);
	ops->reset(p->soc);
	assert_int_equal(rd(p, M4, 0x5C00A148), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_is_sorted),
		cmocka_unit_test(blocks_are_the_parts),
		PROBE_TEST(nothing_there),
		PROBE_TEST(every_word_answers),
		PROBE_TEST(narrow_accesses),
		PROBE_TEST(rcc_pairs),
		PROBE_TEST(rcc_ready_follows_both_ways),
		PROBE_TEST(rcc_reset_values),
		PROBE_TEST(timer_interrupts_each_period),
		PROBE_TEST(timer_one_pulse_and_mask),
		PROBE_TEST(timer_follows_the_clock_tree),
		PROBE_TEST(timer_reset_line),
		PROBE_TEST(gpio_set_and_reset),
		PROBE_TEST(exti_edges_and_software),
		PROBE_TEST(usart_sends),
		PROBE_TEST(usart_log_keeps_the_last),
		PROBE_TEST(small_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
