/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc/process.c - what the bus tells, and when it is acted upon
 *
 * Events only set flags here; cw_rproc_process() acts on the flags. Any bus call may have queued events meanwhile, so
 * every public call ends in cw_rproc_settle(), which keeps the descriptor readable as long as a flag is set.
 */
#include "rproc/internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/point.h"

static uint32_t mailbox_channels(const struct cw_board_rproc *b)
{
	const int channels[] = {b->mbox_vq0, b->mbox_vq1, b->mbox_shutdown, b->mbox_detach};
	uint32_t bits = 0;

	for (unsigned i = 0; i < 4; i++)
		if (channels[i] >= 0 && channels[i] < CW_IPCC_CHANNELS)
			bits |= 1u << channels[i];
	return bits;
}

static int watch(struct cw_rproc *rproc, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(rproc->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
}

int cw_rproc_open_events(struct cw_rproc *rproc, struct cw_error *err)
{
	struct cw_board_rproc *b = &rproc->board;
	int r;

	rproc->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	rproc->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (rproc->epoll_fd < 0 || rproc->wake_fd < 0 || watch(rproc, rproc->wake_fd) < 0 ||
	    watch(rproc, cw_bus_fd(rproc->bus)) < 0)
		return cw_error_errno(err, "%s: event descriptors", b->name);
	/* Linux only warns about a mailbox that is missing or too large. */
	if (b->mbox_vq0 >= CW_IPCC_CHANNELS)
		b->mbox_vq0 = -1;
	if (b->mbox_vq1 >= CW_IPCC_CHANNELS)
		b->mbox_vq1 = -1;
	if (b->mbox_shutdown >= CW_IPCC_CHANNELS)
		b->mbox_shutdown = -1;
	if (!b->mailbox_pa) {
		b->mbox_vq0 = b->mbox_vq1 = b->mbox_shutdown = -1;
		return 0;
	}
	r = cw_ipcc_open(&rproc->ipcc, rproc->bus, b->mailbox_pa, mailbox_channels(b));
	if (r < 0)
		return cw_error_set(err, r, "%s: the mailbox at 0x%llx does not answer: %s", b->name,
				    (unsigned long long)b->mailbox_pa, strerror(-r));
	return 0;
}

void cw_rproc_close_events(struct cw_rproc *rproc)
{
	cw_ipcc_close(&rproc->ipcc);
	if (rproc->epoll_fd >= 0)
		close(rproc->epoll_fd);
	if (rproc->wake_fd >= 0)
		close(rproc->wake_fd);
	rproc->epoll_fd = rproc->wake_fd = -1;
}

static void take_crash(struct cw_rproc *rproc, const struct cw_bus_event *e)
{
	rproc->crash_pending = true;
	rproc->crash = (struct cw_rproc_crash){
		.type = e->cause == CW_CRASH_WATCHDOG ? CW_CRASH_WATCHDOG_RESET
						      : CW_CRASH_FATAL_ERROR,
		.lockup = e->cause == CW_CRASH_LOCKUP,
		.pc = e->pc,
		.lr = e->lr,
		.sp = e->sp,
		.xpsr = e->xpsr,
		.cfsr = e->cfsr,
		.hfsr = e->hfsr,
		.address = e->fault_addr,
		.access = e->access,
	};
}

/* 0, or -EPIPE. */
static int take_events(struct cw_rproc *rproc)
{
	struct cw_bus_event e;
	uint32_t op;
	int fd, r;

	while ((r = cw_bus_event(rproc->bus, &op, &e, &fd)) > 0) {
		if (fd >= 0)
			close(fd);
		if (op != CW_BUS_EVENT)
			continue;
		if (e.type == CW_EVENT_CRASH)
			take_crash(rproc, &e);
		else if (e.type == CW_EVENT_IRQ && e.line == CW_LINE_IPCC_RX)
			rproc->rx_line = e.level;
		else if (e.type == CW_EVENT_IRQ && e.line == CW_LINE_IPCC_TX)
			rproc->tx_line = e.level;
		else if (e.type == CW_EVENT_IRQ && e.line == CW_LINE_WDG)
			rproc->watchdog_line = e.level;
	}
	return r;
}

static bool has_work(const struct cw_rproc *rproc)
{
	return rproc->rx_line || rproc->tx_line || rproc->watchdog_line || rproc->crash_pending ||
	       rproc->more;
}

void cw_rproc_settle(struct cw_rproc *rproc)
{
	uint64_t one = 1;
	ssize_t n;

	take_events(rproc); /* a broken bus shows at the next process() */
	if (has_work(rproc))
		n = write(rproc->wake_fd, &one, sizeof(one));
	else
		n = read(rproc->wake_fd, &one, sizeof(one));
	(void)n; /* full or empty already: as it should be */
}

void cw_rproc_forget_events(struct cw_rproc *rproc)
{
	take_events(rproc);
	rproc->crash_pending = false;
	rproc->more = 0;
	if (rproc->ipcc.bus)
		cw_ipcc_forget(&rproc->ipcc);
}

/* Signals reach rings only while the processor runs. What can be seen already is delivered before anything is said to
 * the mailbox, which takes its time; what came until it has heard, after that. */
static int serve_rx(struct cw_rproc *rproc, bool deliver)
{
	uint32_t channels = cw_ipcc_rx_channels(&rproc->ipcc);
	int r;

	if (!rproc->rx_line)
		return 0;
	if (deliver)
		cw_rproc_vq_interrupt(rproc, channels);
	rproc->rx_line = false;
	r = cw_ipcc_rx(&rproc->ipcc);
	if (!r && deliver)
		cw_rproc_vq_interrupt(rproc, channels);
	return r;
}

static int serve_tx(struct cw_rproc *rproc, bool sure)
{
	int r;

	if (!rproc->tx_line)
		return 0;
	r = cw_ipcc_tx(&rproc->ipcc, sure);
	rproc->tx_line = r > 0;
	return r < 0 ? r : 0;
}

static int serve_mailbox(struct cw_rproc *rproc, bool running)
{
	int r;

	if (!rproc->ipcc.bus) {
		rproc->rx_line = rproc->tx_line = false;
		return 0;
	}
	r = serve_tx(rproc, !running);
	return r < 0 ? r : serve_rx(rproc, running);
}

static int handle_crash(struct cw_rproc *rproc, struct cw_error *err)
{
	rproc->crash_pending = false;
	if (cw_rproc_may(rproc, CW_ACT_CRASH, NULL) < 0)
		return 0; /* already crashed, or not running at all */
	rproc->crash.count = ++rproc->crashes;
	CW_POINT(rproc_crash, rproc->board.name, rproc->crash.type, rproc->crash.pc);
	cw_rproc_move(rproc, CW_ACT_CRASH);
	if (rproc->events && rproc->events->crash)
		rproc->events->crash(rproc->ctx, rproc, &rproc->crash);
	return rproc->recovery_off ? 0 : cw_rproc_recover(rproc, err);
}

static int handle(struct cw_rproc *rproc, struct cw_error *err)
{
	bool running = rproc->state == CW_RPROC_RUNNING || rproc->state == CW_RPROC_ATTACHED;
	int r;

	if (rproc->watchdog_line) {
		rproc->watchdog_line = false;
		if (rproc->board.watchdog.mask)
			cw_bus_post32(rproc->bus, CW_PA(rproc->board.watchdog.pa),
				      rproc->board.watchdog.mask);
	}
	r = serve_mailbox(rproc, running);
	if (r < 0)
		return cw_error_set(err, r, "%s: the mailbox does not answer: %s", rproc->board.name,
				    strerror(-r));
	if (running)
		cw_rproc_vq_more(rproc);
	return rproc->crash_pending ? handle_crash(rproc, err) : 0;
}

int cw_rproc_fd(const struct cw_rproc *rproc)
{
	return rproc->epoll_fd;
}

int cw_rproc_process(struct cw_rproc *rproc, int timeout_ms, struct cw_error *err)
{
	struct epoll_event ev[2];
	int r = take_events(rproc);

	/* Whoever else asks something of this bus (counters, memory) leaves events in its queue, and no descriptor tells of
	 * those: what is there already is not waited for. */
	if (!r && !has_work(rproc)) {
		int n = epoll_wait(rproc->epoll_fd, ev, 2, timeout_ms);

		if (n < 0)
			return cw_error_errno(err, "%s: waiting for events", rproc->board.name);
		if (!n)
			return 0;
		r = take_events(rproc);
	}
	if (r < 0)
		return cw_error_set(err, r, "%s: the board is gone: %s", rproc->board.name,
				    strerror(-r));
	r = handle(rproc, err);
	cw_rproc_settle(rproc);
	return r < 0 ? r : 1;
}

int cw_rproc_report_crash(struct cw_rproc *rproc, enum cw_rproc_crash_type type,
			  struct cw_error *err)
{
	int r = cw_rproc_may(rproc, CW_ACT_CRASH, err);

	if (r < 0)
		return r;
	rproc->crash = (struct cw_rproc_crash){.type = type};
	rproc->crash_pending = true;
	cw_rproc_settle(rproc);
	return 0;
}

/* Wait for events on the bus until @deadline (ns). 0, -ETIMEDOUT, -EPIPE. */
static int wait_bus(struct cw_rproc *rproc, uint64_t deadline)
{
	struct pollfd p = {.fd = cw_bus_fd(rproc->bus), .events = POLLIN};
	uint64_t now = cw_rproc_now();
	int n;

	if (now >= deadline)
		return -ETIMEDOUT;
	n = poll(&p, 1, (int)((deadline - now + 999999) / 1000000));
	if (n < 0 && errno != EINTR)
		return -errno;
	return 0;
}

int cw_rproc_ask_shutdown(struct cw_rproc *rproc)
{
	uint64_t deadline = cw_rproc_now() + CW_RPROC_SHUTDOWN_MS * 1000000ull;
	unsigned channel = (unsigned)rproc->board.mbox_shutdown;
	int r;

	if (rproc->board.mbox_shutdown < 0)
		return -EOPNOTSUPP;
	r = cw_ipcc_send(&rproc->ipcc, channel);
	if (!r)
		r = cw_ipcc_want_free(&rproc->ipcc, channel);
	while (!r && !cw_ipcc_idle(&rproc->ipcc, channel)) {
		/* Serving reads registers, and events may come with the answers: take them before waiting for more. */
		r = take_events(rproc);
		if (!r && rproc->crash_pending)
			return -ECONNRESET;
		if (!r && !rproc->rx_line && !rproc->tx_line)
			r = wait_bus(rproc, deadline);
		else if (!r && cw_rproc_now() >= deadline)
			r = -ETIMEDOUT;
		/* Signals of the firmware are acknowledged, or it may wait for that and never read ours. */
		if (!r)
			r = serve_mailbox(rproc, false);
	}
	return r;
}
