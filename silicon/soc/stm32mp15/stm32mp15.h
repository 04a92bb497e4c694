/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stm32mp15.h - inside of the STM32MP15 model; only the files of this folder and its tests include
 * it
 *
 * A peripheral is a row of the table in map.c: where it is, how it behaves (struct periph_ops), its
 * interrupt. Every instance has a register file of words; what a behaviour needs beyond that is its
 * own state, allocated with the instance. All functions below run with the SoC's lock held, but for
 * the log reader.
 *
 * Accesses narrower than a word arrive as a word with the lanes that were addressed: bits outside
 * @lanes of a write are zero and must not act.
 */
#ifndef CW_SILICON_STM32MP15_H
#define CW_SILICON_STM32MP15_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "silicon/soc/soc.h"

#define HSI_HZ	      64000000u /* internal oscillator, clock of everything after reset */
#define CSI_HZ	      4000000u
#define HSE_HZ	      24000000u /* crystal of the DK2 board */
#define CORE_IRQS     150
#define NS_PER_S      1000000000ull
#define NO_IRQ	      (-1)
#define USART_LOG_MAX 1024

/* Bus addresses of what one peripheral needs to know of another, and of the tests. */
#define RCC_BASE  0x50000000u
#define EXTI_BASE 0x5000D000u
#define WWDG_BASE 0x4000A000u
#define IPCC_BASE 0x4C001000u

/* RCC_MC_RSTSCLRR */
#define RSTS_MCURST (1u << 5)
#define RSTS_MCSYS  (1u << 7)
#define RSTS_WWDG1  (1u << 10)

struct periph;

struct periph_ops {
	size_t state_size; /* of what struct periph.state points to; zeroed before each reset */
	/* NULL anywhere: a plain store that resets to 0. @off is a multiple of 4 inside the
	 * peripheral. */
	void (*reset)(struct cw_soc *soc, struct periph *p);
	uint32_t (*read)(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off);
	int (*write)(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		     uint32_t v, uint32_t lanes);
	void (*tick)(struct cw_soc *soc, struct periph *p, uint64_t ns);
	/* As cw_soc_ops.next; UINT64_MAX when nothing is to come. */
	uint64_t (*next)(struct cw_soc *soc, struct periph *p);
	/* Tell the levels of the peripheral's lines; called after each access, tick and reset. */
	void (*lines)(struct cw_soc *soc, struct periph *p);
};

/* A row of the map. */
struct periph_desc {
	uint32_t base, size;
	const struct periph_ops *ops; /* NULL: plain store */
	int irq;		      /* line of the core, or NO_IRQ */
	int arg;		      /* meaning is the behaviour's */
};

struct periph {
	const struct periph_desc *desc;
	uint32_t *reg; /* desc->size / 4 words */
	void *state;
};

/* What leaves the lock with the current call. */
struct soc_todo {
	unsigned n;
	enum cw_soc_core_ctl ctl[4];
	bool watchdog;
	bool moved; /* a line changed its level */
};

struct cw_soc {
	pthread_mutex_t lock;
	struct cw_soc_env env;
	struct periph *periph; /* in the order of the map, that is by address */
	bool core_level[CORE_IRQS];
	bool host_level[CW_LINES];
	bool in_reset; /* the core stands, waiting for MP_GCR.BOOT_MCU */
	struct soc_todo todo;
	struct cw_bus_mailbox *mailbox;	   /* the environment's, or ... */
	struct cw_bus_mailbox own_mailbox; /* ... this */
};

/* map.c: sorted by base, no overlap. */
extern const struct periph_desc periph_map[];
extern const unsigned n_periph_map;

/* Find by address, or NULL. */
struct periph *soc_periph(struct cw_soc *soc, uint32_t pa);
void soc_periph_reset(struct cw_soc *soc, struct periph *p);

/* Levels; the environment hears changes only. */
void soc_core_line(struct cw_soc *soc, int line, bool level);
void soc_host_line(struct cw_soc *soc, enum cw_bus_line line, bool level);
/* It fell, and whoever is concerned knows. */
void soc_host_line_fell(struct cw_soc *soc, enum cw_bus_line line);

/* MP_GCR.BOOT_MCU went from 0 to 1. */
void soc_core_release(struct cw_soc *soc);
/* The core is reset for the reason @flags (RSTS_*); it starts again at once when MP_GCR lets it. */
void soc_core_reset(struct cw_soc *soc, uint32_t flags);

/* Store @v into *@reg in the addressed lanes. */
static inline void lanes_store(uint32_t *reg, uint32_t v, uint32_t lanes)
{
	*reg = (*reg & ~lanes) | (v & lanes);
}

/* rcc.c */
bool rcc_boot_mcu(struct cw_soc *soc);
void rcc_reset_flags(struct cw_soc *soc, uint32_t flags);
uint32_t rcc_apb1_hz(struct cw_soc *soc);
uint32_t rcc_apb1_timer_hz(struct cw_soc *soc);

/* ipcc.c */
void ipcc_look(struct cw_soc *soc);

/* exti.c */
void exti_gpio_edge(struct cw_soc *soc, unsigned port, unsigned pin, bool rising);
void exti_wwdg_reset(struct cw_soc *soc);

/* usart.c: copy what was sent last, oldest first; takes the lock. Returns the bytes copied; 0 for
 * what is no USART. */
size_t cw_stm32mp15_usart_log(struct cw_soc *soc, uint32_t base, char *buf, size_t size);

extern const struct periph_ops adc_ops, dbgmcu_ops, exti_ops, gpio_ops, hsem_ops, ipcc_ops, pwr_ops,
	rcc_ops, syscfg_ops, tim_ops, usart_ops, wwdg_ops;

#endif
