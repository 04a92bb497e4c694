/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usart.c - serial ports that send at once and never receive
 *
 * What was sent is kept in a ring of USART_LOG_MAX bytes.
 */
#include "stm32mp15.h"

enum {
	CR1 = 0x00,
	RQR = 0x18,
	ISR = 0x1C,
	ICR = 0x20,
	RDR = 0x24,
	TDR = 0x28,
};

#define CR1_UE	  (1u << 0)
#define CR1_RE	  (1u << 2)
#define CR1_TE	  (1u << 3)
#define CR1_TCIE  (1u << 6)
#define CR1_TXEIE (1u << 7)
#define ISR_TC	  (1u << 6)
#define ISR_TXE	  (1u << 7)
#define ISR_TEACK (1u << 21)
#define ISR_REACK (1u << 22)

struct usart {
	char log[USART_LOG_MAX];
	size_t sent; /* since reset */
};

static void usart_reset(struct cw_soc *soc, struct periph *p)
{
	p->reg[ISR / 4] = ISR_TXE | ISR_TC;
}

static void update_acks(struct periph *p)
{
	uint32_t cr1 = p->reg[CR1 / 4], *isr = &p->reg[ISR / 4];

	*isr &= ~(ISR_TEACK | ISR_REACK);
	if ((cr1 & CR1_UE) && (cr1 & CR1_TE))
		*isr |= ISR_TEACK;
	if ((cr1 & CR1_UE) && (cr1 & CR1_RE))
		*isr |= ISR_REACK;
}

static void transmit(struct periph *p, uint32_t v)
{
	struct usart *u = p->state;

	if (!(p->reg[ISR / 4] & ISR_TEACK))
		return;
	u->log[u->sent++ % USART_LOG_MAX] = (char)v;
	p->reg[ISR / 4] |= ISR_TC;
}

static int usart_write(struct cw_soc *soc, struct periph *p, enum cw_master who, uint32_t off,
		       uint32_t v, uint32_t lanes)
{
	switch (off) {
	case CR1:
		lanes_store(&p->reg[CR1 / 4], v, lanes);
		update_acks(p);
		break;
	case ICR:
		p->reg[ISR / 4] &= ~(v & ISR_TC);
		break;
	case TDR:
		transmit(p, v & 0xFF);
		break;
	case RQR: /* flushes: nothing is ever waiting */
	case ISR:
	case RDR:
		break;
	default:
		lanes_store(&p->reg[off / 4], v, lanes);
		break;
	}
	return 0;
}

static void usart_lines(struct cw_soc *soc, struct periph *p)
{
	uint32_t cr1 = p->reg[CR1 / 4], isr = p->reg[ISR / 4];

	soc_core_line(soc, p->desc->irq,
		      ((cr1 & CR1_TXEIE) && (isr & ISR_TXE)) ||
			      ((cr1 & CR1_TCIE) && (isr & ISR_TC)));
}

size_t cw_stm32mp15_usart_log(struct cw_soc *soc, uint32_t base, char *buf, size_t size)
{
	struct periph *p = soc_periph(soc, base);
	struct usart *u;
	size_t n, start;

	if (!p || p->desc->ops != &usart_ops)
		return 0;
	pthread_mutex_lock(&soc->lock);
	u = p->state;
	n = u->sent < USART_LOG_MAX ? u->sent : USART_LOG_MAX;
	if (n > size)
		n = size;
	start = u->sent - n;
	for (size_t i = 0; i < n; i++)
		buf[i] = u->log[(start + i) % USART_LOG_MAX];
	pthread_mutex_unlock(&soc->lock);
	return n;
}

const struct periph_ops usart_ops = {
	.state_size = sizeof(struct usart),
	.reset = usart_reset,
	.write = usart_write,
	.lines = usart_lines,
};
