/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our firmware on core and SoC, with the host's side of virtio played by hand: what is checked
 * here owes nothing to lib/rpmsg.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "board.h"

#define IPCC   0x4C001000u
#define C1CR   (IPCC + 0x00)
#define C1MR   (IPCC + 0x04)
#define C1SCR  (IPCC + 0x08)
#define C1TOC2 (IPCC + 0x0C)
#define C2MR   (IPCC + 0x14)
#define C2TOC1 (IPCC + 0x1C)

#define VRING(n)     (0x10040000u + 0x1000 * (n))
#define BUFFERS	     0x10042000u
#define BUF_SIZE     512u
#define NUM	     16u
#define LIMIT_S	     20u
#define TTY	     0x400u
#define SAMPLE	     0x401u
#define MY_ADDR	     0x402u
#define NO_INTERRUPT 1u
#define NO_NOTIFY    1u

struct ring {
	volatile uint64_t *desc;
	volatile uint16_t *avail; /* flags, idx, ring */
	volatile uint16_t *used;  /* flags, idx, then pairs of u32 */
	uint16_t seen;
};

struct host {
	struct board board;
	struct ring rx, tx;
	uint8_t *table;
};

struct message {
	uint32_t src, dst, reserved;
	uint16_t len, flags;
	char data[BUF_SIZE - 16];
};

static void *at(struct host *h, uint32_t da, uint32_t size)
{
	void *p = board_at(&h->board, da, size);

	assert_non_null(p);
	return p;
}

static void open_ring(struct host *h, struct ring *r, unsigned n, uint32_t first_buffer,
		      uint16_t flags)
{
	uint8_t *base = at(h, VRING(n), 0x1000);

	memset(base, 0, 0x1000);
	r->desc = (void *)base;
	r->avail = (void *)(base + 0x100);
	r->used = (void *)(base + 0x130);
	r->seen = 0;
	for (unsigned i = 0; i < NUM; i++) {
		r->desc[2 * i] = first_buffer + i * BUF_SIZE;
		r->desc[2 * i + 1] = BUF_SIZE | (uint64_t)flags << 32;
	}
}

/* Make descriptor @id available. */
static void offer(struct ring *r, uint16_t id)
{
	r->avail[2 + r->avail[1] % NUM] = id;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	r->avail[1]++;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void kick(struct host *h, unsigned channel)
{
	board_write(&h->board, C1SCR, 1u << (16 + channel));
}

/* Status of the virtio device: the byte in the live table. */
static void set_status(struct host *h, uint8_t status)
{
	*(volatile uint8_t *)(h->table + 0x30) = status;
}

static void start_driver(struct host *h)
{
	open_ring(h, &h->rx, 0, BUFFERS, 2);
	open_ring(h, &h->tx, 1, BUFFERS + NUM * BUF_SIZE, 0);
	for (uint16_t i = 0; i < NUM; i++)
		offer(&h->rx, i);
	*(volatile uint32_t *)(h->table + 0x34) = VRING(0);
	*(volatile uint32_t *)(h->table + 0x48) = VRING(1);
	set_status(h, 7);
	kick(h, 0);
}

static bool rx_used(struct board *b, void *arg)
{
	struct host *h = arg;

	/* As an interrupt handler would: acknowledge, then look. */
	board_write(b, C1SCR, board_read(b, C2TOC1) & 3);
	return h->rx.used[1] != h->rx.seen;
}

/* Take the next message; its buffer stays out until given_back(). */
static struct message *receive(struct host *h, uint16_t *ret_id)
{
	volatile uint32_t *e;
	struct message *m;

	assert_true(board_wait(&h->board, rx_used, h, LIMIT_S));
	e = (volatile uint32_t *)(h->rx.used + 2) + 2 * (h->rx.seen++ % NUM);
	assert_true(e[0] < NUM);
	m = at(h, BUFFERS + e[0] * BUF_SIZE, BUF_SIZE);
	assert_true(m->len <= sizeof(m->data));
	assert_true(e[1] >= 16u + m->len);
	*ret_id = (uint16_t)e[0];
	return m;
}

static void send(struct host *h, uint16_t id, uint32_t dst, const void *data, uint16_t len)
{
	struct message *m = at(h, BUFFERS + (NUM + id) * BUF_SIZE, BUF_SIZE);

	*m = (struct message){.src = MY_ADDR, .dst = dst, .len = len};
	memcpy(m->data, data, len);
	offer(&h->tx, id);
	if (!(h->tx.used[0] & NO_NOTIFY))
		kick(h, 1);
}

static bool asleep(struct board *b, void *arg)
{
	return b->core_ops->sleeping(b->core);
}

static bool tx_used(struct board *b, void *arg)
{
	struct host *h = arg;

	/* It was awake when it returned the buffer: asleep afterwards, it has rung for it, too. */
	return h->tx.used[1] == h->tx.avail[1] && b->core_ops->sleeping(b->core);
}

/* Everything is answered and acknowledged. A doorbell that finds its channel occupied is owed until it is free; the firmware
 * rings first and masks the channel then. */
static bool silent(struct board *b, void *arg)
{
	struct host *h = arg;

	if (!tx_used(b, h))
		return false;
	board_write(b, C1SCR, board_read(b, C2TOC1) & 3);
	return (board_read(b, C2MR) >> 16 & 3) == 3 && !board_read(b, C2TOC1);
}

static int setup_elf(void **state, const char *path)
{
	static struct host h;

	memset(&h, 0, sizeof(h));
	*state = &h;
	if (board_open(&h.board) < 0 || board_load(&h.board, path) < 0) {
		board_close(&h.board);
		return -1;
	}
	if (h.board.table_size)
		h.table = board_at(&h.board, h.board.table, h.board.table_size);
	board_write(&h.board, C1MR, 0xFFFFFFF0);
	board_write(&h.board, C1CR, 1);
	board_release(&h.board);
	return 0;
}

static int setup_echo(void **state)
{
	return setup_elf(state, ECHO_ELF);
}

static int setup_fault(void **state)
{
	return setup_elf(state, FAULT_ELF);
}

static int setup_bare(void **state)
{
	return setup_elf(state, BARE_ELF);
}

static int teardown(void **state)
{
	struct host *h = *state;

	board_close(&h->board);
	return 0;
}

static void expect_announcement(struct host *h, const char *name, uint32_t addr)
{
	struct message *m;
	uint32_t v[2];
	uint16_t id;

	m = receive(h, &id);
	assert_int_equal(m->src, addr);
	assert_int_equal(m->dst, 53);
	assert_int_equal(m->len, 40);
	assert_string_equal(m->data, name);
	memcpy(v, m->data + 32, sizeof(v));
	assert_int_equal(v[0], addr);
	assert_int_equal(v[1], 0);
	offer(&h->rx, id);
}

static void start_and_meet(struct host *h)
{
	start_driver(h);
	expect_announcement(h, "rpmsg-tty", TTY);
	expect_announcement(h, "rpmsg-client-sample", SAMPLE);
}

static void expect_echo(struct host *h, uint16_t id, const char *text, uint16_t len)
{
	struct message *m;
	uint16_t got;

	send(h, id, TTY, text, len);
	m = receive(h, &got);
	assert_int_equal(m->src, TTY);
	assert_int_equal(m->dst, MY_ADDR);
	assert_int_equal(m->len, len);
	assert_memory_equal(m->data, text, len);
	offer(&h->rx, got);
}

static void echoes_messages(void **state)
{
	struct host *h = *state;
	char text[sizeof(((struct message *)0)->data)];

	assert_int_equal(h->board.table_size, 0x8C);
	start_and_meet(h);
	assert_true(h->rx.used[0] & NO_NOTIFY);
	for (unsigned i = 0; i < 20; i++) {
		int n = snprintf(text, sizeof(text), "message %u", i);

		expect_echo(h, (uint16_t)(i % NUM), text, (uint16_t)n);
	}
	memset(text, 0xA5, sizeof(text));
	expect_echo(h, 0, text, sizeof(text));
	expect_echo(h, 1, text, 0);
	assert_true(board_wait(&h->board, tx_used, h, LIMIT_S));
	assert_int_equal(h->tx.used[1], 22);
	assert_non_null(strstr(board_trace(&h->board), "announced rpmsg-tty"));
	assert_false(h->board.faulted);
}

static void answers_hello(void **state)
{
	struct host *h = *state;

	start_and_meet(h);
	for (uint16_t i = 1; i <= 12; i++) {
		struct message *m;
		char want[32];
		uint16_t id;

		send(h, i % NUM, SAMPLE, "hello world!", 12);
		m = receive(h, &id);
		snprintf(want, sizeof(want), "hello world! %u", i);
		assert_int_equal(m->len, strlen(want));
		assert_memory_equal(m->data, want, strlen(want));
		offer(&h->rx, id);
	}
}

static bool wants_buffers(struct board *b, void *arg)
{
	struct host *h = arg;

	return !(h->rx.used[0] & NO_NOTIFY) && b->core_ops->sleeping(b->core);
}

/* Without receive buffers it leaves our messages alone, asks to be told, and goes on when it is. */
static void waits_for_buffers(void **state)
{
	struct host *h = *state;
	uint16_t id, held[NUM];

	start_and_meet(h);
	for (uint16_t i = 0; i < NUM; i++) {
		send(h, i, TTY, "full", 4);
		receive(h, &held[i]);
	}
	send(h, 0, TTY, "one more", 8);
	assert_true(board_wait(&h->board, wants_buffers, h, LIMIT_S));
	assert_int_equal(h->tx.used[1], NUM);
	offer(&h->rx, held[0]);
	kick(h, 0);
	assert_memory_equal(receive(h, &id)->data, "one more", 8);
	assert_true(h->rx.used[0] & NO_NOTIFY);
}

static void obeys_no_interrupt(void **state)
{
	struct host *h = *state;
	uint16_t id;

	start_and_meet(h);
	expect_echo(h, 0, "loud", 4);
	assert_true(board_wait(&h->board, silent, h, LIMIT_S));
	h->rx.avail[0] = NO_INTERRUPT;
	h->tx.avail[0] = NO_INTERRUPT;
	send(h, 1, TTY, "quiet", 5);
	assert_true(board_wait(&h->board, tx_used, h, LIMIT_S));
	assert_int_equal(board_read(&h->board, C2TOC1), 0);
	assert_memory_equal(receive(h, &id)->data, "quiet", 5);
}

/* Descriptors, lengths and indices no correct host would write: ignored, and the firmware lives. */
static void survives_nonsense(void **state)
{
	struct host *h = *state;
	struct message *m;

	start_and_meet(h);
	h->tx.desc[2 * 3] = 0x2FFC0000; /* not shared */
	offer(&h->tx, 3);
	h->tx.desc[2 * 4] = 0x10047FF8; /* runs out of it */
	offer(&h->tx, 4);
	h->tx.desc[2 * 5 + 1] = 8; /* no room for a header */
	offer(&h->tx, 5);
	offer(&h->tx, 0xFFF6); /* no such descriptor */
	m = at(h, BUFFERS + (NUM + 7) * BUF_SIZE, BUF_SIZE);
	*m = (struct message){.src = MY_ADDR, .dst = TTY, .len = 0xFFFF};
	offer(&h->tx, 7);
	send(h, 8, 0x777, "nobody", 6);
	expect_echo(h, 9, "still here", 10);
	assert_true(board_wait(&h->board, tx_used, h, LIMIT_S));
	assert_int_equal(h->tx.used[1], 7);
	assert_false(h->board.faulted);
}

static bool driver_left(struct board *b, void *arg)
{
	return strstr(board_trace(b), "has left") && b->core_ops->sleeping(b->core);
}

static void driver_leaves_and_returns(void **state)
{
	struct host *h = *state;

	start_and_meet(h);
	expect_echo(h, 0, "first", 5);
	set_status(h, 0);
	kick(h, 0);
	assert_true(board_wait(&h->board, driver_left, NULL, LIMIT_S));
	board_write(&h->board, C1SCR, 3);
	start_and_meet(h);
	expect_echo(h, 0, "second", 6);
}

static bool shut_down(struct board *b, void *arg)
{
	return !(board_read(b, C1TOC2) & 1u << 2) && b->core_ops->sleeping(b->core);
}

static void acknowledges_shutdown(void **state)
{
	struct host *h = *state;

	start_and_meet(h);
	set_status(h, 0);
	kick(h, 2);
	assert_true(board_wait(&h->board, shut_down, NULL, LIMIT_S));
	assert_non_null(strstr(board_trace(&h->board), "goodbye"));
	kick(h, 1); /* wakes nobody */
	assert_true(h->board.core_ops->sleeping(h->board.core));
	assert_int_equal(board_read(&h->board, C1TOC2), 2);
}

static bool faulted(struct board *b, void *arg)
{
	return b->faulted && b->core_ops->sleeping(b->core);
}

static void expect_fault(struct host *h)
{
	struct board *b = &h->board;

	assert_true(board_wait(b, faulted, NULL, LIMIT_S));
	assert_false(b->locked_up);
	assert_int_equal(b->fault.fault_addr, 0x2FFC0000);
	assert_int_equal(b->fault.access, CW_CORE_READ);
	assert_int_equal(b->fault.bfar, 0x2FFC0000);
	assert_int_equal(b->fault.cfsr, 0x8200);
	assert_int_equal(b->fault.hfsr, 0x40000000);
	assert_non_null(strstr(board_trace(b), "HardFault"));
	assert_non_null(strstr(board_trace(b), "bus address 2ffc0000"));
}

static void faults_at_the_first_message(void **state)
{
	struct host *h = *state;

	start_driver(h);
	expect_announcement(h, "rpmsg-tty", TTY);
	send(h, 0, TTY, "go", 2);
	expect_fault(h);
	assert_non_null(strstr(board_trace(&h->board), "message from 402"));
}

static void faults_without_a_message(void **state)
{
	struct host *h = *state;

	start_driver(h);
	expect_announcement(h, "rpmsg-tty", TTY);
	expect_fault(h);
	assert_non_null(strstr(board_trace(&h->board), "no message"));
}

static bool beating(struct board *b, void *arg)
{
	const volatile uint32_t *heartbeat = board_at(b, 0x10020000, 4);

	return *heartbeat >= 5;
}

static void bare_blinks(void **state)
{
	struct host *h = *state;

	assert_int_equal(h->board.table, 0);
	assert_true(board_wait(&h->board, beating, NULL, LIMIT_S));
	assert_true(board_wait(&h->board, asleep, NULL, LIMIT_S));
	assert_int_equal(board_read(&h->board, 0x50009014), 1u << 7);
}

#define TEST(f, from) cmocka_unit_test_setup_teardown(f, setup_##from, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(echoes_messages, echo),	       TEST(answers_hello, echo),
		TEST(waits_for_buffers, echo),	       TEST(obeys_no_interrupt, echo),
		TEST(survives_nonsense, echo),	       TEST(driver_leaves_and_returns, echo),
		TEST(acknowledges_shutdown, echo),     TEST(faults_at_the_first_message, fault),
		TEST(faults_without_a_message, fault), TEST(bare_blinks, bare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
