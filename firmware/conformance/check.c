/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <string.h>

#include "fault.h"
#include "trace.h"

#define VECTORS (16 + IRQ_COUNT)

static uint32_t passed, failed, limits, skipped;

volatile uint32_t taken[VECTORS];
volatile struct caught caught;

static void (*volatile hooks[VECTORS])(void);
static void (*table[256])(void) __attribute__((aligned(1024)));
static char note_text[32];
static unsigned note_count;

static enum { NOT_ARMED, RESUME, RETRY } armed;
static uint32_t armed_value;

/* ---- results ---- */

static void count(bool ok)
{
	if (ok)
		passed++;
	else
		failed++;
}

void check(const char *row, uint32_t got, uint32_t want)
{
	if (got == want)
		trace("PASS %s\n", row);
	else
		trace("FAIL %s got 0x%lx want 0x%lx\n", row, got, want);
	count(got == want);
}

void check_text(const char *row, const char *got, const char *want)
{
	bool ok = strcmp(got, want) == 0;

	if (ok)
		trace("PASS %s\n", row);
	else
		trace("FAIL %s got \"%s\" want \"%s\"\n", row, got, want);
	count(ok);
}

void check_limit(const char *row, uint32_t got, uint32_t want)
{
	if (got == want) {
		check(row, got, want);
		return;
	}
	trace("LIMIT %s: not modelled\n", row);
	limits++;
}

void skip(const char *row, const char *why)
{
	trace("SKIP %s: %s\n", row, why);
	skipped++;
}

/* ---- exceptions ---- */

static void dispatch(void)
{
	uint32_t exc = SPECIAL_READ(ipsr);

	taken[exc]++;
	if (hooks[exc])
		hooks[exc]();
}

static uint32_t instruction_size(uint32_t pc)
{
	return *(volatile uint16_t *)pc >> 11 >= 0x1D ? 4 : 2;
}

static int on_fault(struct exc_frame *f, uint32_t exc_return)
{
	if (armed == NOT_ARMED)
		return 0;
	caught.exception = SPECIAL_READ(ipsr);
	caught.cfsr = SCB->CFSR;
	caught.hfsr = SCB->HFSR;
	caught.bfar = SCB->BFAR;
	caught.exc_return = exc_return;
	caught.frame = *f;
	SCB->CFSR = caught.cfsr;
	SCB->HFSR = caught.hfsr;
	if (armed == RETRY) {
		f->r2 = armed_value;
	} else {
		f->pc = armed_value ? armed_value & ~1u : f->pc + instruction_size(f->pc);
		f->xpsr = (f->xpsr & ~0x0600FC00u) | 1u << 24; /* out of any IT block, in Thumb */
	}
	armed = NOT_ARMED;
	return 1;
}

void exceptions_start(void)
{
	void (**reset_table)(void) = (void (**)(void))SCB->VTOR;

	for (unsigned i = 0; i < VECTORS; i++)
		table[i] = i < 7 ? reset_table[i] : dispatch;
	SCB->VTOR = (uint32_t)table;
	dsb();
	fault_hook = on_fault;
}

void on_exception(unsigned exc, void (*hook)(void))
{
	hooks[exc] = hook;
}

void set_vector(unsigned exc, void (*handler)(void))
{
	table[exc] = handler ? handler : dispatch;
	dsb();
}

void note(char c)
{
	if (note_count < sizeof(note_text) - 1)
		note_text[note_count++] = c;
}

const char *notes(void)
{
	note_text[note_count] = '\0';
	note_count = 0;
	return note_text;
}

void catch_fault(uint32_t resume)
{
	caught = (struct caught){0};
	armed_value = resume;
	armed = RESUME;
	dmb();
}

void catch_and_retry(uint32_t fix_r2)
{
	caught = (struct caught){0};
	armed_value = fix_r2;
	armed = RETRY;
	dmb();
}

void catch_nothing(void)
{
	armed = NOT_ARMED;
	dmb();
}

/* Global labels: these must exist once. */
#define ONCE __attribute__((noinline, noclone))

ONCE bool faults_reading(uint32_t addr, unsigned width)
{
	catch_fault(0);
	if (width == 1)
		__asm__ volatile("ldrb r3, [%0]" ::"r"(addr) : "r3", "memory");
	else if (width == 2)
		__asm__ volatile("ldrh r3, [%0]" ::"r"(addr) : "r3", "memory");
	else
		__asm__ volatile(".global reading_word\n"
				 "reading_word: ldr r3, [%0]" ::"r"(addr)
				 : "r3", "memory");
	dsb();
	armed = NOT_ARMED;
	return caught.exception;
}

ONCE bool faults_writing(uint32_t addr, uint32_t v)
{
	catch_fault(0);
	__asm__ volatile(".global writing_word\n"
			 "writing_word: str %1, [%0]\n\t"
			 "dsb" ::"r"(addr),
			 "r"(v)
			 : "memory");
	armed = NOT_ARMED;
	return caught.exception;
}

/* ---- timers and lines ---- */

static struct tim *const timers[TIMERS] = {TIM2, TIM6};
static const uint8_t timer_irq[TIMERS] = {IRQ_TIM2, IRQ_TIM6};

unsigned timer_exc(unsigned timer)
{
	return EXC_IRQ(timer_irq[timer]);
}

void timer_stop(unsigned timer)
{
	timers[timer]->CR1 = 0;
	timers[timer]->DIER = 0;
	timers[timer]->SR = 0;
	nvic_disable(timer_irq[timer]);
	NVIC->ICPR[timer_irq[timer] / 32] = 1u << timer_irq[timer] % 32;
}

static void timer2_hook(void)
{
	timers[TIMER2]->CR1 = 0;
	timers[TIMER2]->SR = 0;
	dsb();
	note('2');
}

static void timer6_hook(void)
{
	timers[TIMER6]->CR1 = 0;
	timers[TIMER6]->SR = 0;
	dsb();
	note('6');
}

void timer_start(unsigned timer, uint32_t ms, uint8_t prio, bool enable)
{
	struct tim *t = timers[timer];

	RCC(RCC_MC_APB1ENSETR) = 1u << 0 | 1u << 4;
	timer_stop(timer);
	taken[timer_exc(timer)] = 0;
	on_exception(timer_exc(timer), timer == TIMER2 ? timer2_hook : timer6_hook);
	nvic_priority(timer_irq[timer], prio);
	t->PSC = CORE_HZ / 1000000 * 10 - 1; /* counts of 10 us */
	t->ARR = ms * 100 - 1;
	t->EGR = 1;
	t->SR = 0;
	t->DIER = 1;
	if (enable)
		nvic_enable(timer_irq[timer]);
	t->CR1 = 1;
	dsb();
}

#define STOPWATCH_MAX 0xFFFFFFu

void stopwatch_start(void)
{
	SYSTICK->CSR = 0;
	SYSTICK->RVR = STOPWATCH_MAX;
	SYSTICK->CVR = 0;
	SYSTICK->CSR = SYSTICK_ENABLE | SYSTICK_CORE_CLK;
}

uint32_t stopwatch_us(void)
{
	return ((STOPWATCH_MAX + 1 - SYSTICK->CVR) & STOPWATCH_MAX) / (CORE_HZ / 1000000);
}

void line_setup(unsigned line, uint8_t prio, void (*hook)(void))
{
	on_exception(EXC_IRQ(line), hook);
	nvic_priority(line, prio);
	nvic_enable(line);
	taken[EXC_IRQ(line)] = 0;
}

void line_pend(unsigned line)
{
	NVIC->ISPR[line / 32] = 1u << line % 32;
	dsb();
	isb();
}

/* ---- */

int main(void);

int main(void)
{
	trace("conformance of the Cortex-M4 and the STM32MP15\n");
	check("scs.vtor-resets-to-0", SCB->VTOR, 0);
	exceptions_start();
	SCB->SHCSR = SHCSR_MEMFAULTENA | SHCSR_BUSFAULTENA | SHCSR_USGFAULTENA;
	run_rows();
	SYSTICK->CSR = 0;
	if (limits || skipped)
		trace("conformance: %lu rows beyond the model, %lu skipped\n", limits, skipped);
	trace("conformance: %lu passed, %lu failed\n", passed, failed);
	return 0;
}
