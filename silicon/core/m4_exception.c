/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/core/m4_exception.c - entering and leaving exceptions, and faults (Armv7-M B1.5)
 *
 * All of it happens while the engine stands at a block boundary, so an entry or a return is one
 * step. Late arrival is there because the exception is chosen after the frame was pushed;
 * tail-chaining because a return looks for the next exception before it pops. Floating-point state
 * is always saved at once: a frame of 0x68 bytes, never lazily.
 */
#include "silicon/core/m4.h"

#include <errno.h>
#include <string.h>

#define FRAME	 0x20u
#define FRAME_FP 0x68u

/* EXC_RETURN */
#define RET_BASE    0xffffffe0u
#define RET_NO_FP   (1u << 4)
#define RET_THREAD  (1u << 3)
#define RET_PSP	    (1u << 2)
#define RET_HANDLER 0x1u

void m4_reset(struct cw_core *c)
{
	uint32_t sp, pc;

	m4_scs_reset(c);
	m4_nvic_reset(c);
	m4_time_reset(c);
	c->asleep = c->wfe = c->event_flag = c->locked_up = false;
	c->refused = (struct m4_refused){0};
	if (!m4_load32(c, 0, &sp) || !m4_load32(c, 4, &pc)) {
		m4_lockup(c);
		return;
	}
	m4_reg_write(c, UC_ARM_REG_SP, sp & ~3u);
	m4_reg_write(c, UC_ARM_REG_LR, 0xffffffff);
	m4_reg_write(c, UC_ARM_REG_XPSR, pc & 1 ? M4_XPSR_T : 0);
	m4_reg_write(c, UC_ARM_REG_PC, pc);
}

/* What the engine's FPCA must be for ours to be @fpca. */
static uint32_t engine_fpca(struct cw_core *c, bool fpca)
{
	c->fpca = fpca;
	return fpca || !(c->fpccr & M4_ASPEN) ? M4_FPCA_WRITE : 0;
}

uint32_t m4_control(struct cw_core *c)
{
	uint32_t v = m4_reg(c, UC_ARM_REG_CONTROL) & (M4_NPRIV | M4_SPSEL | M4_FPCA);

	if (c->fpccr & M4_ASPEN)
		return v;
	return (v & ~M4_FPCA) | (c->fpca ? M4_FPCA : 0);
}

/* FPCA goes from the engine to us, or back. */
void m4_set_aspen(struct cw_core *c, bool aspen)
{
	uint32_t v = m4_control(c);

	if (aspen == !!(c->fpccr & M4_ASPEN))
		return;
	c->fpccr ^= M4_ASPEN;
	m4_reg_write(c, UC_ARM_REG_CONTROL, (v & ~M4_FPCA) | engine_fpca(c, v & M4_FPCA));
}

static void event_fill(struct cw_core *c, enum cw_core_event_type type, struct cw_core_event *ret)
{
	*ret = (struct cw_core_event){
		.type = type,
		.pc = m4_reg(c, UC_ARM_REG_PC) & ~1u,
		.lr = m4_reg(c, UC_ARM_REG_LR),
		.sp = m4_reg(c, UC_ARM_REG_SP),
		.xpsr = m4_reg(c, UC_ARM_REG_XPSR),
		.cfsr = c->cfsr,
		.hfsr = c->hfsr,
		.bfar = c->bfar,
		.mmfar = c->mmfar,
		.fault_addr = c->refused.addr,
		.access = c->refused.access,
	};
}

void m4_lockup(struct cw_core *c)
{
	struct cw_core_event event;

	if (c->locked_up)
		return;
	c->locked_up = true;
	event_fill(c, CW_CORE_EVENT_LOCKUP, &event);
	atomic_store(&c->out_locked_up, true);
	atomic_store(&c->out_running, false);
	c->env.event(c->env.ctx, &event);
}

/* A fault, or SVC: pend it when its handler can be entered now, else make it a HardFault. */
void m4_fault(struct cw_core *c, unsigned exc, uint32_t cfsr)
{
	c->cfsr |= cfsr;
	if (m4_exc_enabled(c, exc) && m4_group_prio(c, exc) < m4_exec_prio(c, true))
		m4_pend(c, exc);
	else
		m4_hard_fault(c, M4_FORCED);
}

void m4_hard_fault(struct cw_core *c, uint32_t hfsr)
{
	c->hfsr |= hfsr;
	if (m4_exec_prio(c, true) <= M4_PRIO_HARD)
		m4_lockup(c);
	else
		m4_pend(c, M4_EXC_HARD);
}

/* --- entry --- */

/* The stacked context: the engine's registers in the order of the frame. */
static void frame_basic(struct cw_core *c, uint32_t w[8], bool aligned)
{
	for (int i = 0; i < 4; i++)
		w[i] = m4_reg(c, UC_ARM_REG_R0 + i);
	w[4] = m4_reg(c, UC_ARM_REG_R12);
	w[5] = m4_reg(c, UC_ARM_REG_LR);
	w[6] = m4_reg(c, UC_ARM_REG_PC) & ~1u;
	w[7] = (m4_reg(c, UC_ARM_REG_XPSR) & ~M4_XPSR_ALIGN) | (aligned ? M4_XPSR_ALIGN : 0);
}

/* S0-S15, FPSCR and a reserved word behind the basic frame. */
static void frame_fp(struct cw_core *c, uint8_t *p)
{
	uint32_t fpscr = m4_reg(c, UC_ARM_REG_FPSCR);

	for (int i = 0; i < 8; i++) {
		uint64_t d = 0;

		uc_reg_read(c->uc, UC_ARM_REG_D0 + i, &d);
		memcpy(p + 8 * i, &d, 8);
	}
	memcpy(p + 64, &fpscr, 4);
	memset(p + 68, 0, 4);
}

/* Push the frame on the active stack. True, and SP moved even if not: the architecture does so,
 * too. */
static bool push_frame(struct cw_core *c, bool fp)
{
	uint32_t sp = m4_reg(c, UC_ARM_REG_SP);
	uint32_t size = fp ? FRAME_FP : FRAME;
	bool force = fp || (c->ccr & M4_STKALIGN);
	bool aligned = force && (sp & 4);
	uint32_t at = (sp - size) & ~(force ? 7u : 3u);
	uint8_t *p = m4_host(c, at, size);
	uint32_t w[8];

	frame_basic(c, w, aligned);
	if (p) {
		memcpy(p, w, sizeof(w));
		if (fp) {
			c->fpcar = at + FRAME;
			frame_fp(c, p + FRAME);
		}
	}
	m4_reg_write(c, UC_ARM_REG_SP, at);
	return p;
}

/* Handler mode of @exc, on the main stack, with CONTROL.SPSEL and FPCA clear. The engine lets SPSEL
 * be written in privileged thread mode only, so an unprivileged thread is lifted through handler
 * mode first. */
static void enter_handler_mode(struct cw_core *c, unsigned exc, uint32_t control)
{
	uint32_t npriv = control & M4_NPRIV;

	if (!c->exception) {
		if (npriv) {
			m4_reg_write(c, UC_ARM_REG_XPSR, M4_XPSR_T | M4_EXC_NMI);
			m4_reg_write(c, UC_ARM_REG_CONTROL, control & ~M4_NPRIV);
			m4_reg_write(c, UC_ARM_REG_XPSR, M4_XPSR_T);
		}
		m4_reg_write(c, UC_ARM_REG_CONTROL, 0);
	}
	m4_reg_write(c, UC_ARM_REG_XPSR, M4_XPSR_T | exc);
	m4_reg_write(c, UC_ARM_REG_CONTROL, npriv | engine_fpca(c, false));
	c->exception = exc;
}

static void report_fault(struct cw_core *c, const struct cw_core_event *event)
{
	struct cw_core_event e = *event;

	e.cfsr = c->cfsr;
	e.hfsr = c->hfsr;
	e.bfar = c->bfar;
	e.mmfar = c->mmfar;
	c->env.event(c->env.ctx, &e);
}

/* Fetch the vector of @exc and go there. With an unreadable vector HardFault is entered in its
 * place. */
static void go_to_handler(struct cw_core *c, unsigned exc, uint32_t control, uint32_t exc_return)
{
	uint32_t vector;

	if (!m4_load32(c, c->vtor + 4 * exc, &vector)) {
		c->hfsr |= M4_VECTTBL;
		if (exc == M4_EXC_HARD || exc == M4_EXC_NMI ||
		    !m4_load32(c, c->vtor + 4 * M4_EXC_HARD, &vector)) {
			m4_lockup(c);
			return;
		}
		exc = M4_EXC_HARD;
	}
	m4_clear(c->pending, exc);
	m4_set(c->active, exc);
	enter_handler_mode(c, exc, control);
	m4_reg_write(c, UC_ARM_REG_LR, exc_return);
	m4_reg_write(c, UC_ARM_REG_XPSR, exc | (vector & 1 ? M4_XPSR_T : 0));
	m4_reg_write(c, UC_ARM_REG_PC, vector);
	c->event_flag = true;
}

static uint32_t exc_return_of(struct cw_core *c, uint32_t control, bool fp)
{
	uint32_t v = RET_BASE | RET_HANDLER | (fp ? 0 : RET_NO_FP);

	if (!c->exception)
		v |= RET_THREAD | (control & M4_SPSEL ? RET_PSP : 0);
	return v;
}

/* The frame of @exc could not be written or read: a BusFault of its own, which goes first when it
 * is more urgent. */
static void stacking_fault(struct cw_core *c, unsigned exc, uint32_t cfsr)
{
	c->cfsr |= cfsr;
	if (m4_exc_enabled(c, M4_EXC_BUS)) {
		m4_pend(c, M4_EXC_BUS);
	} else if (exc != M4_EXC_HARD) {
		c->hfsr |= M4_FORCED;
		m4_pend(c, M4_EXC_HARD);
	}
}

static void enter(struct cw_core *c, unsigned exc)
{
	uint32_t control = m4_control(c);
	bool fp = control & M4_FPCA;
	uint32_t exc_return = exc_return_of(c, control, fp);
	struct cw_core_event event;

	event_fill(c, CW_CORE_EVENT_FAULT, &event);
	if (!push_frame(c, fp))
		stacking_fault(c, exc, M4_STKERR);
	m4_nvic_collect(c);
	m4_takeable(c, &exc);
	go_to_handler(c, exc, control, exc_return);
	if (c->exception == M4_EXC_HARD && !c->locked_up)
		report_fault(c, &event);
}

void m4_take_pending(struct cw_core *c)
{
	unsigned exc;

	while (!c->locked_up && m4_takeable(c, &exc))
		enter(c, exc);
}

/* --- return --- */

/* Take the next exception on the frame that is on the stack already, when there is one. */
static bool tail_chain(struct cw_core *c, uint32_t exc_return)
{
	struct cw_core_event event;
	unsigned exc;

	m4_nvic_collect(c);
	if (!m4_takeable(c, &exc))
		return false;
	event_fill(c, CW_CORE_EVENT_FAULT, &event);
	go_to_handler(c, exc, m4_reg(c, UC_ARM_REG_CONTROL), exc_return);
	if (c->exception == M4_EXC_HARD && !c->locked_up)
		report_fault(c, &event);
	return true;
}

static void leave_active(struct cw_core *c)
{
	if (c->exception != M4_EXC_NMI)
		m4_reg_write(c, UC_ARM_REG_FAULTMASK, 0);
	m4_deactivate(c, c->exception);
	c->event_flag = true;
}

static bool return_valid(struct cw_core *c, uint32_t exc_return)
{
	unsigned nested = m4_active_count(c);

	if (!m4_bit(c->active, c->exception) ||
	    (exc_return & RET_BASE & ~RET_NO_FP) != (RET_BASE & ~RET_NO_FP))
		return false;
	switch (exc_return & 0xf) {
	case RET_HANDLER:
		return nested > 1;
	case RET_THREAD | RET_HANDLER:
	case RET_THREAD | RET_PSP | RET_HANDLER:
		return nested == 1 || (c->ccr & M4_NONBASETHRDENA);
	default:
		return false;
	}
}

/* Mode, stack and CONTROL of the context returned to. Leaves the engine able to take the rest of
 * the registers. */
static void leave_handler_mode(struct cw_core *c, uint32_t exc_return, uint32_t sp, uint32_t xpsr)
{
	uint32_t npriv = m4_reg(c, UC_ARM_REG_CONTROL) & M4_NPRIV;
	uint32_t fpca = engine_fpca(c, !(exc_return & RET_NO_FP));

	c->exception = xpsr & M4_XPSR_IPSR;
	if (c->exception) {
		m4_reg_write(c, UC_ARM_REG_CONTROL, npriv | fpca);
	} else {
		m4_reg_write(c, UC_ARM_REG_CONTROL, 0);
		m4_reg_write(c, UC_ARM_REG_XPSR, M4_XPSR_T);
		m4_reg_write(c, UC_ARM_REG_CONTROL,
			     npriv | fpca | (exc_return & RET_PSP ? M4_SPSEL : 0));
	}
	m4_reg_write(c, UC_ARM_REG_SP, sp);
	m4_reg_write(c, UC_ARM_REG_XPSR, xpsr & ~M4_XPSR_ALIGN);
	m4_reg_write(c, UC_ARM_REG_XPSR_NZCVQG, xpsr);
}

static void pop_fp(struct cw_core *c, const uint8_t *p)
{
	uint32_t fpscr;

	for (int i = 0; i < 8; i++) {
		uint64_t d;

		memcpy(&d, p + 8 * i, 8);
		uc_reg_write(c->uc, UC_ARM_REG_D0 + i, &d);
	}
	memcpy(&fpscr, p + 64, 4);
	m4_reg_write(c, UC_ARM_REG_FPSCR, fpscr);
}

/* Pop the frame and go on there. False with the reason in CFSR when it cannot be read or does not
 * fit the mode. */
static bool pop_frame(struct cw_core *c, uint32_t exc_return)
{
	bool fp = !(exc_return & RET_NO_FP);
	bool force = fp || (c->ccr & M4_STKALIGN);
	uint32_t at = m4_reg(c, exc_return & RET_PSP ? UC_ARM_REG_PSP : UC_ARM_REG_MSP);
	uint32_t size = fp ? FRAME_FP : FRAME;
	const uint8_t *p = m4_host(c, at, size);
	uint32_t w[8], sp;

	if (!p) {
		m4_fault(c, M4_EXC_BUS, M4_UNSTKERR);
		return false;
	}
	memcpy(w, p, sizeof(w));
	if (!(w[7] & M4_XPSR_IPSR) != !!(exc_return & RET_THREAD) ||
	    (w[7] & M4_XPSR_IPSR) >= M4_EXC_IRQ0 + c->config.irqs) {
		m4_fault(c, M4_EXC_USAGE, M4_INVPC);
		return false;
	}
	sp = (at + size) | (force && (w[7] & M4_XPSR_ALIGN) ? 4 : 0);
	if (fp)
		pop_fp(c, p + FRAME);
	leave_handler_mode(c, exc_return, sp, w[7]);
	for (int i = 0; i < 4; i++)
		m4_reg_write(c, UC_ARM_REG_R0 + i, w[i]);
	m4_reg_write(c, UC_ARM_REG_R12, w[4]);
	m4_reg_write(c, UC_ARM_REG_LR, w[5]);
	m4_reg_write(c, UC_ARM_REG_PC, w[6] | (w[7] & M4_XPSR_T ? 1 : 0));
	return true;
}

void m4_exception_return(struct cw_core *c, uint32_t exc_return)
{
	if (!c->exception) { /* in thread mode it is an address like another, and execute-never */
		m4_fault(c, M4_EXC_MEM, M4_IACCVIOL);
		return;
	}
	if (!return_valid(c, exc_return)) {
		leave_active(c);
		m4_fault(c, M4_EXC_USAGE, M4_INVPC);
		tail_chain(c, exc_return | 0xf0000000u);
		return;
	}
	leave_active(c);
	if (tail_chain(c, exc_return))
		return;
	if (!pop_frame(c, exc_return)) {
		tail_chain(c, exc_return);
		return;
	}
	if (!c->exception && (c->scr & M4_SLEEPONEXIT)) {
		c->asleep = true;
		c->wfe = false;
	}
}
