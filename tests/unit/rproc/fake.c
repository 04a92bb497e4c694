/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/span.h"
#include "host/memfd.h"

#define IPCC 0x4c001000u
#define GCR  0x5000010cu
#define RST  0x50000404u
#define PDDS 0x50001014u

struct fake *fakes[FAKES]; /* a context is an index */

/* ---- counting ---- */

unsigned count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

unsigned count_maps(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned n = 0;

	while (fgets(line, sizeof(line), f))
		n += strstr(line, "memfd:exchange") != NULL;
	fclose(f);
	return n;
}

void fake_log(struct fake *f, const char *word)
{
	size_t used = strlen(f->log);

	if (used + strlen(word) + 2 < sizeof(f->log))
		sprintf(f->log + used, "%s%s", used ? " " : "", word);
}

bool fake_cross(struct fake *f, const char *word)
{
	uint64_t count;

	if (word)
		fake_log(f, word);
	/* Waiting for the answer reads what came before it: events are in the queue, and the descriptor is silent. */
	if (read(f->event_fd, &count, sizeof(count)) < 0)
		assert_int_equal(errno, EAGAIN);
	if (++f->crossings != f->fail_at)
		return false;
	f->broke = true;
	return true;
}

/* ---- memory ---- */

uint8_t *fake_at(struct fake *f, uint64_t pa, size_t len)
{
	if (pa >= 0x30000000 && pa < 0x30060000)
		pa -= 0x20000000;
	if (pa >= 0x38000000 && cw_range_inside(pa - 0x38000000, len, sizeof(f->retram)))
		return f->retram + (pa - 0x38000000);
	for (int i = 0; i < 3; i++)
		if (pa >= f->exchange[i].pa &&
		    cw_range_inside(pa - f->exchange[i].pa, len, f->exchange[i].size))
			return f->exchange[i].va + (pa - f->exchange[i].pa);
	if (pa >= 0x10000000 && cw_range_inside(pa - 0x10000000, len, sizeof(f->sram)))
		return f->sram + (pa - 0x10000000);
	return NULL;
}

static bool is_exchange(struct fake *f, uint64_t pa)
{
	return pa >= f->exchange[0].pa && pa < f->exchange[2].pa + f->exchange[2].size;
}

/* The windows of a started image: the table and the traces may be read, host fields written. */
static bool window(struct fake *f, uint64_t pa, size_t len, bool write)
{
	if (!f->protected || is_exchange(f, pa))
		return true;
	if (f->ta_state != 2)
		return false;
	if (!write)
		return true;
	return pa >= FAKE_TABLE_DA && cw_range_inside(pa - FAKE_TABLE_DA, len, f->table_size) &&
	       len <= 4;
}

/* ---- firmware ---- */

static uint16_t *ring16(struct fake *f, int vq, size_t off)
{
	return (uint16_t *)(void *)(f->exchange[vq].va + off);
}

static void raise_host(struct fake *f, unsigned channel);

static bool firmware_send(struct fake *f, uint32_t src, uint32_t dst, const void *data, uint16_t len)
{
	uint16_t id;
	uint64_t da;
	uint8_t *b;

	if (f->seen[0] == *ring16(f, 0, 0x102))
		return false;
	id = *ring16(f, 0, 0x104 + (f->seen[0]++ % 16) * 2);
	memcpy(&da, f->exchange[0].va + id * 16, 8);
	b = fake_at(f, da, 512);
	assert_non_null(b);
	memset(b, 0, 16);
	memcpy(b, &src, 4);
	memcpy(b + 4, &dst, 4);
	memcpy(b + 12, &len, 2);
	memcpy(b + 16, data, len);
	b = f->exchange[0].va + 0x134 + (f->used[0] % 16) * 8;
	memcpy(b, &(uint32_t){id}, 4);
	memcpy(b + 4, &(uint32_t){512}, 4);
	*ring16(f, 0, 0x132) = ++f->used[0];
	return true;
}

static void firmware_announce(struct fake *f)
{
	uint8_t ns[40] = "rpmsg-tty";

	cw_put_le32(ns + 32, 0x400);
	f->seen[0] = f->seen[1] = f->used[0] = f->used[1] = 0;
	*ring16(f, 0, 0x130) = 1; /* no kicks for returned buffers, please */
	firmware_send(f, 0x400, 53, ns, sizeof(ns));
	raise_host(f, 0);
}

static void firmware_echo(struct fake *f)
{
	while (f->seen[1] != *ring16(f, 1, 0x102)) {
		uint16_t id = *ring16(f, 1, 0x104 + (f->seen[1]++ % 16) * 2);
		uint8_t m[512], *e;
		uint64_t da;

		memcpy(&da, f->exchange[1].va + id * 16, 8);
		memcpy(m, fake_at(f, da, 512), 512);
		e = f->exchange[1].va + 0x134 + (f->used[1] % 16) * 8;
		memcpy(e, &(uint32_t){id}, 4);
		*ring16(f, 1, 0x132) = ++f->used[1];
		firmware_send(f, cw_get_le32(m + 4), cw_get_le32(m), m + 16, cw_get_le16(m + 12));
	}
	raise_host(f, 0);
}

/* ---- mailbox ---- */

static void push_event(struct fake *f, const struct cw_bus_event *e)
{
	uint64_t one = 1;

	assert_true(f->n_events < 64);
	f->events[f->n_events++] = *e;
	if (!f->in_call)
		assert_int_equal(write(f->event_fd, &one, 8), 8);
}

static void lines(struct fake *f)
{
	bool rx = f->cr & 1 && (f->to_host & ~f->mr & 0x3f);
	bool tx = f->cr & 0x10000 && (~f->to_core & ~(f->mr >> 16) & 0x3f);

	if (rx != f->rx_level)
		push_event(f, &(struct cw_bus_event){
				      .type = CW_EVENT_IRQ, .line = CW_LINE_IPCC_RX, .level = rx});
	f->rx_level = rx;
	if (tx != f->tx_level)
		push_event(f, &(struct cw_bus_event){
				      .type = CW_EVENT_IRQ, .line = CW_LINE_IPCC_TX, .level = tx});
	f->tx_level = tx;
}

static void raise_host(struct fake *f, unsigned channel)
{
	f->to_host |= 1u << channel;
	lines(f);
}

static void core_signalled(struct fake *f, unsigned channel)
{
	f->kicks[channel]++;
	if (channel == 2)
		f->shutdowns++;
	if (!f->running || f->no_reply || (channel == 2 && f->no_ack))
		return;
	f->to_core &= ~(1u << channel);
	if (channel == 1)
		firmware_echo(f);
}

void fake_take(struct fake *f, unsigned channel)
{
	f->to_core &= ~(1u << channel);
	lines(f);
}

static int reg_write(struct fake *f, uint64_t pa, uint32_t v)
{
	switch (pa) {
	case IPCC + 0x00:
		f->cr = v;
		break;
	case IPCC + 0x04:
		f->mr = v;
		break;
	case IPCC + 0x08:
		f->looks += !v;
		f->to_host &= ~(v & 0x3f);
		f->to_core |= v >> 16 & 0x3f;
		lines(f);
		for (unsigned n = 0; n < 6; n++)
			if (v & 0x10000u << n) {
				if (n == 2)
					fake_log(f, "SHUTDOWN");
				core_signalled(f, n);
			}
		break;
	case GCR:
		f->running |= v & 1;
		f->gcr = v;
		break;
	case RST:
		f->resets++;
		f->running = false;
		break;
	case PDDS:
		f->pdds = v;
		break;
	case 0x5000d04c:
	case 0x5c00a148:
		break;
	default:
		return -EFAULT;
	}
	lines(f);
	return 0;
}

/* ---- bus/bus.h ---- */

static struct fake *of(const struct cw_bus *bus)
{
	return (struct fake *)(uintptr_t)bus;
}

int cw_bus_fd(const struct cw_bus *bus)
{
	return of(bus)->event_fd;
}

int cw_bus_event(struct cw_bus *bus, uint32_t *ret_op, struct cw_bus_event *ret, int *ret_fd)
{
	struct fake *f = of(bus);
	uint64_t count;

	if (!f->n_events)
		return 0;
	*ret_op = CW_BUS_EVENT;
	*ret = f->events[0];
	*ret_fd = -1;
	memmove(f->events, f->events + 1, --f->n_events * sizeof(f->events[0]));
	if (!f->n_events && read(f->event_fd, &count, 8) < 0)
		assert_int_equal(errno, EAGAIN);
	return 1;
}

void fake_share(struct fake *f)
{
	f->shared_fd = cw_memfd_new("mailbox", CW_BUS_MAILBOX_SIZE);
	f->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(f->shared_fd >= 0 && f->bell >= 0);
	f->shared = mmap(NULL, CW_BUS_MAILBOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 f->shared_fd, 0);
	assert_true(f->shared != MAP_FAILED);
}

int cw_bus_mailbox(struct cw_bus *bus, enum cw_mailbox_part part, int *ret_fd)
{
	struct fake *f = of(bus);

	if (fake_cross(f, NULL))
		return -EIO;
	if (!f->shared)
		return -ENOENT;
	*ret_fd = fcntl(part == CW_MAILBOX_BELL ? f->bell : f->shared_fd, F_DUPFD_CLOEXEC, 0);
	return *ret_fd < 0 ? -errno : 0;
}

int cw_bus_read32(struct cw_bus *bus, cw_pa pa, uint32_t *ret)
{
	struct fake *f = of(bus);

	if (fake_cross(f, NULL))
		return -EIO;
	if (pa.v == IPCC + 0x08)
		f->scr_reads++;
	*ret = pa.v == IPCC + 0x0c   ? f->to_core
	       : pa.v == IPCC + 0x1c ? f->to_host
	       : pa.v == GCR	     ? f->gcr
	       : pa.v == PDDS	     ? f->pdds
				     : 0;
	if (f->late_acks && pa.v == IPCC + 0x0c && !f->late_acks_skip--) {
		f->in_call = true;
		f->to_core &= ~f->late_acks;
		f->late_acks = f->late_acks_skip = 0;
		lines(f);
		f->in_call = false;
	}
	return 0;
}

int cw_bus_write32(struct cw_bus *bus, cw_pa pa, uint32_t v)
{
	return fake_cross(of(bus), NULL) ? -EIO : reg_write(of(bus), pa.v, v);
}

int cw_bus_post32(struct cw_bus *bus, cw_pa pa, uint32_t v)
{
	reg_write(of(bus), pa.v, v); /* nobody hears of a failure */
	return 0;
}

int cw_bus_read(struct cw_bus *bus, cw_pa pa, void *buf, size_t len)
{
	struct fake *f = of(bus);
	uint8_t *p = fake_at(f, pa.v, len);

	f->last_read_pa = pa.v;
	if (fake_cross(f, NULL))
		return -EIO;
	if (!p)
		return -EFAULT;
	if (!window(f, pa.v, len, false))
		return -EACCES;
	memcpy(buf, p, len);
	return 0;
}

int cw_bus_write(struct cw_bus *bus, cw_pa pa, const void *buf, size_t len)
{
	struct fake *f = of(bus);
	uint8_t *p = fake_at(f, pa.v, len);

	f->last_write_pa = pa.v;
	if (fake_cross(f, NULL))
		return -EIO;
	if (!p)
		return -EFAULT;
	if (!window(f, pa.v, len, true))
		return -EACCES;
	memcpy(p, buf, len);
	/* the vdev of table_usual() lies first in the table: status is at 0x30 when one offset word precedes */
	if (len == 1 && ((const uint8_t *)buf)[0] == 7 && f->running)
		firmware_announce(f);
	return 0;
}

int cw_bus_map(struct cw_bus *bus, cw_pa pa, struct cw_bus_region *ret_region, int *ret_fd)
{
	struct fake *f = of(bus);

	if (fake_cross(f, NULL))
		return -EIO;
	for (int i = 0; i < 3; i++)
		if (pa.v == f->exchange[i].pa) {
			*ret_region = (struct cw_bus_region){.pa = pa.v, .size = f->exchange[i].size};
			*ret_fd = dup(f->exchange[i].fd);
			return 0;
		}
	return -EACCES;
}

/* ---- life ---- */

static void fake_board(struct cw_board *board)
{
	struct cw_board_rproc *m = &board->rprocs[0];
	static const struct cw_board_region regions[] = {
		{.name = "retram", .pa = 0x38000000, .size = 0x10000, .da = 0},
		{.name = "mcuram", .pa = 0x30000000, .size = 0x40000, .da = 0x30000000},
		{.name = "mcuram2", .pa = 0x10000000, .size = 0x40000, .da = 0x10000000},
		{.name = "vdev0vring0", .pa = 0x10040000, .size = 0x1000, .da = 0x10040000,
		 .exchange = true},
		{.name = "vdev0vring1", .pa = 0x10041000, .size = 0x1000, .da = 0x10041000,
		 .exchange = true},
		{.name = "vdev0buffer", .pa = 0x10042000, .size = 0x4000, .da = 0x10042000,
		 .exchange = true, .buffer = true},
	};

	strcpy(board->model, "fake board");
	board->n_rprocs = 1;
	strcpy(m->name, "m4");
	memcpy(m->regions, regions, sizeof(regions));
	m->n_regions = 6;
	m->holdboot = (struct cw_board_field){GCR, 1};
	m->reset = (struct cw_board_field){RST, 2};
	m->pdds = (struct cw_board_field){PDDS, 1};
	m->m4_state = (struct cw_board_field){0x5c00a148, 0xffffffff};
	m->watchdog = (struct cw_board_field){0x5000d04c, 1u << 4};
	m->mailbox_pa = IPCC;
	m->mbox_vq1 = 1;
	m->mbox_shutdown = 2;
	m->mbox_detach = 3;
}

void fake_open(struct fake *f)
{
	static const uint32_t where[3][2] = {
		{0x10040000, 0x1000}, {0x10041000, 0x1000}, {0x10042000, 0x4000}};
	unsigned slot = 0;

	memset(f, 0, sizeof(*f));
	while (slot < FAKES && fakes[slot])
		slot++;
	assert_true(slot < FAKES);
	fakes[slot] = f;
	f->bus = (struct cw_bus *)f;
	f->platform.bus = f->bus;
	f->platform.has_tee = true;
	f->platform.tee.imp.fd = (int)slot;
	fake_board(&f->platform.board);
	f->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	f->protected = true;
	f->mr = 0xffffffff;
	for (int i = 0; i < 3; i++) {
		f->exchange[i].pa = where[i][0];
		f->exchange[i].size = where[i][1];
		f->exchange[i].fd = memfd_create("exchange", MFD_CLOEXEC);
		assert_int_equal(ftruncate(f->exchange[i].fd, where[i][1]), 0);
		f->exchange[i].va = mmap(NULL, where[i][1], PROT_READ | PROT_WRITE, MAP_SHARED,
					 f->exchange[i].fd, 0);
		assert_ptr_not_equal(f->exchange[i].va, MAP_FAILED);
	}
	table_usual(f);
}

void fake_close(struct fake *f)
{
	for (unsigned i = 0; i < FAKES; i++)
		if (fakes[i] == f)
			fakes[i] = NULL;
	for (int i = 0; i < 3; i++) {
		munmap(f->exchange[i].va, f->exchange[i].size);
		close(f->exchange[i].fd);
	}
	close(f->event_fd);
	assert_int_equal(f->sessions, 0);
	assert_int_equal(f->shms, 0);
	assert_int_equal(f->scr_reads, 0);
	assert_false(f->released_running);
	assert_null(f->platform.owner);
}

void fake_crash(struct fake *f, uint32_t cause)
{
	f->running = false;
	push_event(f, &(struct cw_bus_event){
			      .type = CW_EVENT_CRASH, .cause = cause, .pc = 0x10000abc, .fault_addr = 0x12345678});
}
