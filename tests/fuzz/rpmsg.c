// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/rpmsg.c - the host's side of an rpmsg device against firmware that writes what and when it likes
 *
 * The input is the firmware's program: honest messages, and any change of rings and buffers. Changes also happen in the
 * middle of a call: lib/rpmsg is compiled so that each of its loads is told beforehand (trace-loads), and what it is about
 * to read of the shared memory may be changed at that very moment.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdbool.h>

#include <corewarden/rpmsg.h>

#define DA	   0x10042000u
#define EPTS	   8
#define STEPS_MAX  600
#define GUARD	   64

struct memory {
	uint8_t *base; /* with guards */
	uint8_t *p;
	size_t size;
};

/* Everything of one run. */
static struct {
	struct fuzz_in in;
	unsigned num, align;
	struct memory ring[2], buffers;
	struct cw_rpmsg *bus;
	struct cw_rpmsg_ept *ept[EPTS];
	uint16_t seen[2], used[2];
	unsigned spoil; /* loads until one finds its word changed; 0 = never */
	bool inside;	/* lib/rpmsg runs */
	bool quiet;	/* the bus is broken: it may touch nothing any more */
	unsigned depth, announced, withdrawn, brokens;
} s;

static struct memory *memory_of(uintptr_t at, size_t len)
{
	struct memory *all[] = {&s.ring[0], &s.ring[1], &s.buffers};

	for (size_t i = 0; i < 3; i++)
		if (all[i]->p && at >= (uintptr_t)all[i]->p &&
		    cw_range_inside(at - (uintptr_t)all[i]->p, len, all[i]->size))
			return all[i];
	return NULL;
}

static void loads(uintptr_t at, size_t len)
{
	if (!s.inside || !memory_of(at, len))
		return;
	fuzz_check(!s.quiet);
	if (s.spoil && --s.spoil == 0) {
		fuzz_fill(&s.in, (void *)at, len);
		s.spoil = fuzz_u8(&s.in);
	}
}

void __sanitizer_cov_load1(uint8_t *at);
void __sanitizer_cov_load2(uint16_t *at);
void __sanitizer_cov_load4(uint32_t *at);
void __sanitizer_cov_load8(uint64_t *at);
void __sanitizer_cov_load16(__int128 *at);

void __sanitizer_cov_load1(uint8_t *at)
{
	loads((uintptr_t)at, 1);
}

void __sanitizer_cov_load2(uint16_t *at)
{
	loads((uintptr_t)at, 2);
}

void __sanitizer_cov_load4(uint32_t *at)
{
	loads((uintptr_t)at, 4);
}

void __sanitizer_cov_load8(uint64_t *at)
{
	loads((uintptr_t)at, 8);
}

void __sanitizer_cov_load16(__int128 *at)
{
	loads((uintptr_t)at, 16);
}

/* ---- the firmware ---- */

static uint16_t *half(unsigned vq, size_t off)
{
	return (uint16_t *)(void *)(s.ring[vq].p + off);
}

static size_t avail_at(void)
{
	return (size_t)s.num * 16;
}

static size_t used_at(void)
{
	return (avail_at() + 6 + (size_t)s.num * 2 + s.align - 1) & ~(size_t)(s.align - 1);
}

static void give(unsigned vq, uint32_t id, uint32_t len)
{
	uint8_t *e = s.ring[vq].p + used_at() + 4 + (size_t)(s.used[vq] % s.num) * 8;

	cw_put_le32(e, id);
	cw_put_le32(e + 4, len);
	*half(vq, used_at() + 2) = ++s.used[vq];
}

static int take(unsigned vq)
{
	if (s.seen[vq] == *half(vq, avail_at() + 2))
		return -1;
	return *half(vq, avail_at() + 4 + (size_t)(s.seen[vq]++ % s.num) * 2) % (int)s.num;
}

/* A message in the next buffer; the numbers of it come from the input, and mostly make sense. */
static void send(uint32_t dst, const uint8_t *data, size_t len)
{
	uint8_t *b, how = fuzz_u8(&s.in);
	int id = take(0);

	if (id < 0)
		return;
	b = s.buffers.p + (size_t)id * CW_RPMSG_BUFFER_SIZE;
	memset(b, 0, CW_RPMSG_HEADER_SIZE);
	cw_put_le32(b, 1024 + how % 4u);
	cw_put_le32(b + 4, dst);
	cw_put_le16(b + 12, (uint16_t)(how & 0x40 ? fuzz_u16(&s.in) : len));
	if (len)
		memcpy(b + CW_RPMSG_HEADER_SIZE, data, len);
	give(0, (uint32_t)id, how & 0x80 ? fuzz_u16(&s.in) : (uint32_t)len + CW_RPMSG_HEADER_SIZE);
}

static void send_message(void)
{
	const uint8_t *data;
	uint32_t dst = 1024u + fuzz_u8(&s.in) % 8;
	size_t len = fuzz_take(&s.in, fuzz_u16(&s.in) % (CW_RPMSG_MTU + 1), &data);

	send(dst, data, len);
}

static void send_announcement(void)
{
	uint8_t ns[40] = "rpmsg-", n = fuzz_u8(&s.in);

	ns[6] = (uint8_t)('a' + n % 80);
	if (n == 255)
		fuzz_fill(&s.in, ns, 32);
	cw_put_le32(ns + 32, n & 0x10 ? fuzz_u32(&s.in) : n);
	cw_put_le32(ns + 36, n >> 7);
	send(CW_RPMSG_ADDR_NS, ns, n == 254 ? 39 : 40);
}

static void scribble(void)
{
	struct memory *all[] = {&s.ring[0], &s.ring[1], &s.buffers};
	struct memory *m = all[fuzz_u8(&s.in) % 3];
	size_t at = (fuzz_u16(&s.in) * 4u) % m->size, len = 1 + fuzz_u8(&s.in) % 16u;

	fuzz_fill(&s.in, m->p + at, len < m->size - at ? len : m->size - at);
}

static void firmware(void)
{
	unsigned vq, n;
	int id;

	switch (fuzz_u8(&s.in) % 10) {
	case 0:
		scribble();
		break;
	case 1:
		vq = fuzz_u8(&s.in) & 1;
		s.used[vq] = fuzz_u16(&s.in);
		*half(vq, used_at() + 2) = s.used[vq];
		break;
	case 2:
		vq = fuzz_u8(&s.in) & 1;
		n = fuzz_u8(&s.in);
		give(vq, n, fuzz_u16(&s.in));
		break;
	case 3:
		*half(fuzz_u8(&s.in) & 1, used_at()) = fuzz_u8(&s.in);
		break;
	case 4:
		for (n = fuzz_u8(&s.in) % 8u; n && (id = take(1)) >= 0; n--)
			give(1, (uint32_t)id, 0);
		break;
	case 5:
		s.spoil = fuzz_u8(&s.in);
		break;
	case 6:
	case 7:
		send_announcement();
		break;
	default:
		send_message();
	}
}

/* ---- the host ---- */

static int host(void);

/* The owner's code in a callback: firmware runs meanwhile, and the owner calls back in. */
static void meanwhile(void)
{
	bool inside = s.inside;

	s.inside = false;
	if (s.depth < 3 && s.in.left && fuzz_u8(&s.in) & 1) {
		s.depth++;
		firmware();
		host();
		s.depth--;
	}
	s.inside = inside;
}

static int on_kick(void *ctx, unsigned vq)
{
	fuzz_check(vq < 2);
	meanwhile();
	return 0;
}

static void check_channel(const struct cw_rpmsg_channel *c)
{
	fuzz_check(memchr(c->name, 0, sizeof(c->name)) != NULL);
	fuzz_check(c->addr != CW_RPMSG_ADDR_ANY);
}

static void on_announced(void *ctx, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *c)
{
	check_channel(c);
	s.announced++;
	meanwhile();
}

static void on_withdrawn(void *ctx, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *c)
{
	check_channel(c);
	s.withdrawn++;
	if (s.bus)
		meanwhile();
}

static void on_writable(void *ctx, struct cw_rpmsg *bus)
{
	meanwhile();
}

static void on_broken(void *ctx, struct cw_rpmsg *bus, const char *why)
{
	fuzz_check(strlen(why) > 10);
	s.brokens++;
	s.quiet = true;
}

static void on_receive(void *ctx, struct cw_rpmsg_ept *ept, uint32_t src, const void *data, size_t len)
{
	uint8_t copy[CW_RPMSG_MTU];

	fuzz_check(len <= CW_RPMSG_MTU && !memory_of((uintptr_t)data, 1));
	memcpy(copy, data, len);
	meanwhile();
	/* Private: nobody changed it. */
	fuzz_check(memcmp(copy, data, len) == 0);
}

static void on_gone(void *ctx, struct cw_rpmsg_ept *ept)
{
	*(struct cw_rpmsg_ept **)ctx = NULL;
}

static const struct cw_rpmsg_ops ops = {
	.kick = on_kick,
	.announced = on_announced,
	.withdrawn = on_withdrawn,
	.writable = on_writable,
	.broken = on_broken,
};

static const struct cw_rpmsg_ept_ops ept_ops = {.receive = on_receive, .gone = on_gone};

static void toggle_ept(void)
{
	unsigned i = fuzz_u8(&s.in) % EPTS;
	uint32_t src = fuzz_u8(&s.in);

	if (s.ept[i])
		s.ept[i] = cw_rpmsg_ept_free(s.ept[i]);
	else
		cw_rpmsg_ept_new(s.bus, src & 1 ? CW_RPMSG_ADDR_ANY : 1024 + src / 2, 1024, &ept_ops,
				 &s.ept[i], &s.ept[i], NULL);
}

static int send_from_ept(void)
{
	struct cw_rpmsg_ept *ept = s.ept[fuzz_u8(&s.in) % EPTS];
	const uint8_t *data;
	size_t len = fuzz_take(&s.in, fuzz_u16(&s.in) % (CW_RPMSG_MTU + 2), &data);

	return ept ? cw_rpmsg_sendto(ept, len & 1 ? 1024 : 1025, data, len) : 0;
}

static int host(void)
{
	struct cw_rpmsg_ept *ept;
	int r = 0;

	s.inside = true;
	switch (fuzz_u8(&s.in) % 6) {
	case 0:
		toggle_ept();
		break;
	case 1:
		r = send_from_ept();
		break;
	case 2:
		ept = s.ept[fuzz_u8(&s.in) % EPTS];
		r = ept ? cw_rpmsg_announce(ept, "fuzz", fuzz_u8(&s.in) & 1) : 0;
		break;
	default:
		r = cw_rpmsg_interrupt(s.bus, s.in.left & 1);
		fuzz_check(r == 0 || r == 1 || r == -EIO);
	}
	s.inside = false;
	if (s.quiet && s.depth == 0)
		fuzz_check(cw_rpmsg_broken(s.bus) && s.brokens == 1);
	return r;
}

static void memory_on(struct memory *m, size_t size)
{
	fuzz_check(posix_memalign((void **)&m->base, 64, size + 2 * GUARD) == 0);
	memset(m->base, 0xA5, size + 2 * GUARD);
	m->p = m->base + GUARD;
	m->size = size;
}

static void memory_off(struct memory *m)
{
	for (size_t i = 0; i < GUARD; i++)
		fuzz_check(m->base[i] == 0xA5 && m->p[m->size + i] == 0xA5);
	free(m->base);
}

static void board_on(void)
{
	struct cw_rpmsg_config config = {.ops = &ops, .buffers_da = DA, .name_service = true};

	s.num = config.num = 2u << fuzz_u8(&s.in) % 5;
	s.align = config.align = 4u << fuzz_u8(&s.in) % 5;
	for (int i = 0; i < 2; i++) {
		memory_on(&s.ring[i], cw_rpmsg_vring_size(s.num, s.align));
		config.vring[i].mem = s.ring[i].p;
		config.vring[i].size = s.ring[i].size;
	}
	memory_on(&s.buffers, cw_rpmsg_buffers_size(s.num));
	config.buffers = s.buffers.p;
	config.buffers_size = s.buffers.size;
	fuzz_check(cw_rpmsg_new(&config, &s.bus, NULL) == 0);
	s.inside = true;
	cw_rpmsg_ready(s.bus);
	s.inside = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cw_rpmsg *bus;

	memset(&s, 0, sizeof(s));
	s.in = fuzz_in(data, size);
	board_on();
	for (unsigned i = 0; i < STEPS_MAX && s.in.left; i++) {
		firmware();
		host();
	}
	fuzz_check(s.brokens <= 1);
	bus = s.bus;
	s.bus = NULL;
	s.in.left = 0;
	cw_rpmsg_free(bus);
	fuzz_check(s.announced == s.withdrawn);
	for (unsigned i = 0; i < EPTS; i++)
		fuzz_check(!s.ept[i]);
	for (int i = 0; i < 2; i++)
		memory_off(&s.ring[i]);
	memory_off(&s.buffers);
	return 0;
}
