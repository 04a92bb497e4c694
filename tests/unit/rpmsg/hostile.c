// SPDX-License-Identifier: BSD-2-Clause
/*
 * rpmsg with a hostile other side. Every lie is found and named, the bus stops, and no byte outside the mappings is
 * touched: each lies between guard bytes, and at the end of its heap block for the sanitizer's eyes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <cmocka.h>

#include "rpmsg/ring.h"
#include "remote.h"

static struct remote r;
static struct cw_rpmsg_ept *ept;

static int setup(void **state)
{
	(void)state;
	remote_open(&r, 16, 16);
	return cw_rpmsg_ept_new(r.bus, CW_RPMSG_ADDR_ANY, 0x400, &remote_ept_ops, &r, &ept, NULL);
}

static int teardown(void **state)
{
	(void)state;
	remote_close(&r);
	return 0;
}

static void found(int vq, const char *words)
{
	if (vq == 0)
		assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), -EIO);
	assert_int_equal(r.brokens, 1);
	if (!strstr(r.why, words))
		fail_msg("'%s' is not in: %s", words, r.why);
	assert_string_equal(cw_rpmsg_broken(r.bus), r.why);
	/* from here on nothing moves */
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), -EIO);
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 1), -EIO);
	assert_int_equal(cw_rpmsg_send(ept, "x", 1), -EIO);
	assert_int_equal(r.brokens, 1);
}

static void index_jump(void **state)
{
	(void)state;
	*remote_used_idx(&r, 0) = 17;
	found(0, "used index went from 0 to 17, but only 16 buffers were out");
}

static void index_backwards(void **state)
{
	(void)state;
	*remote_used_idx(&r, 0) = 0xffff;
	found(0, "from 0 to 65535");
}

static void id_out_of_range(void **state)
{
	(void)state;
	remote_give(&r, 0, 16, 512);
	found(0, "descriptor 16 of 16");
}

static void id_huge(void **state)
{
	(void)state;
	remote_give(&r, 0, 0xffffffff, 512);
	found(0, "descriptor 4294967295");
}

/* The ring itself: a buffer that is back already cannot come back again. */
static void id_twice(void **state)
{
	struct cw_vring vr;
	uint32_t len;
	unsigned id;

	(void)state;
	cw_vring_init(&vr, r.ring[1], 16, 16);
	for (unsigned i = 0; i < 4; i++)
		cw_vring_add(&vr, i, DA_BASE, 512, 0);
	remote_give(&r, 1, 2, 0);
	remote_give(&r, 1, 2, 0);
	assert_int_equal(cw_vring_get(&vr, &id, &len), 1);
	assert_int_equal(id, 2);
	assert_int_equal(cw_vring_get(&vr, &id, &len), -EIO);
	assert_non_null(strstr(vr.broken, "used entry 1 returns descriptor 2, which was not out"));
	assert_int_equal(cw_vring_get(&vr, &id, &len), -EIO);
	assert_int_equal(vr.out, 3);
}

/* Through rpmsg a repeated number names a buffer that was offered again meanwhile: legal, and harmless. */
static void id_replayed(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++)
		assert_int_equal(cw_rpmsg_send(ept, "x", 1), 0);
	for (int i = 0; i < 5; i++) {
		remote_give(&r, 1, 5, 0);
		assert_int_equal(cw_rpmsg_send(ept, "x", 1), 0);
		assert_int_equal(cw_rpmsg_send(ept, "x", 1), -EAGAIN);
	}
	assert_null(cw_rpmsg_broken(r.bus));
}

static void tx_index_jump(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++)
		assert_int_equal(cw_rpmsg_send(ept, "x", 1), 0);
	*remote_used_idx(&r, 1) = 20;
	assert_int_equal(cw_rpmsg_send(ept, "x", 1), -EIO);
	found(1, "tx: the used index went from 0 to 20, but only 16 buffers were out");
}

static void tx_id_out_of_range(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++)
		assert_int_equal(cw_rpmsg_send(ept, "x", 1), 0);
	remote_give(&r, 1, 0x80000001, 0);
	assert_int_equal(cw_rpmsg_send(ept, "x", 1), -EIO);
	found(1, "tx: used entry 0 returns descriptor 2147483649 of 16");
}

static void used_len_over_buffer(void **state)
{
	(void)state;
	remote_give(&r, 0, 0, 513);
	found(0, "buffer 0 returned with 513 bytes");
}

static void used_len_huge(void **state)
{
	(void)state;
	remote_give(&r, 0, 15, 0xffffffff);
	found(0, "returned with 4294967295 bytes");
}

static void used_len_under_header(void **state)
{
	(void)state;
	remote_give(&r, 0, 0, 15);
	found(0, "returned with 15 bytes");
}

static void message_longer_than_used(void **state)
{
	int id = remote_take(&r, 0);
	uint8_t *b = remote_buffer(&r, 0, id);

	(void)state;
	memset(b, 0, 16);
	b[12] = 33;
	remote_give(&r, 0, (uint32_t)id, 48);
	found(0, "a message of 33 bytes in 32");
}

static void message_of_65535(void **state)
{
	int id = remote_take(&r, 0);
	uint8_t *b = remote_buffer(&r, 0, id);

	(void)state;
	memset(b, 0xff, 512);
	remote_give(&r, 0, (uint32_t)id, 512);
	found(0, "a message of 65535 bytes");
}

static void ns_wrong_size(void **state)
{
	uint8_t ns[41] = "x";

	(void)state;
	remote_send(&r, 1, 53, ns, 39);
	found(0, "39 bytes instead of 40");
}

static void ns_unterminated(void **state)
{
	uint8_t ns[40];

	(void)state;
	memset(ns, 'a', sizeof(ns));
	remote_send(&r, 1, 53, ns, 40);
	found(0, "a name without end");
	assert_int_equal(r.announced, 0);
}

static void ns_escape(void **state)
{
	(void)state;
	remote_announce(&r, "\033[2Jowned", 0x400, 0);
	found(0, "byte 0x1b in a name");
}

static void ns_no_address(void **state)
{
	(void)state;
	remote_announce(&r, "x", 0xffffffff, 0);
	found(0, "without an address");
}

static void ns_flood(void **state)
{
	uint32_t i;
	int x = 0;

	(void)state;
	for (i = 0; i < 100 && !r.brokens; i++) {
		if (!remote_announce(&r, "x", i, 0))
			x = cw_rpmsg_interrupt(r.bus, 0);
	}
	assert_int_equal(i, CW_RPMSG_CHANNELS_MAX + 1);
	assert_int_equal(x, -EIO);
	found(0, "more than 64 services");
	assert_int_equal(r.announced, 64);
}

static unsigned flood_received;

/* Every delivery provokes the next: an endless stream inside one interrupt. */
static void flood_receive(void *ctx, struct cw_rpmsg_ept *e, uint32_t src, const void *data,
			  size_t len)
{
	(void)ctx;
	(void)e;
	(void)src;
	(void)data;
	(void)len;
	flood_received++;
	remote_send(&r, 1, 2000, "again", 5);
}

static void send_one(struct remote *remote)
{
	assert_int_equal(cw_rpmsg_send(ept, "x", 1), -EIO);
}

/* Found by fuzzing: what a callback's own call breaks stops the reading around it, too. */
static void broken_while_announced(void **state)
{
	uint16_t offered;

	(void)state;
	for (int i = 0; i < 16; i++)
		assert_int_equal(cw_rpmsg_send(ept, "x", 1), 0);
	*remote_used_idx(&r, 1) = 17;
	r.during = send_one;
	remote_announce(&r, "one", 0x400, 0);
	remote_announce(&r, "two", 0x401, 0);
	offered = remote_avail_flags(&r, 0)[1];
	found(0, "tx: the used index went from 0 to 17");
	assert_int_equal(r.announced, 1);
	assert_int_equal(remote_avail_flags(&r, 0)[1], offered);
}

static void endless_stream(void **state)
{
	static const struct cw_rpmsg_ept_ops flood = {.receive = flood_receive};
	struct cw_rpmsg_ept *e = NULL;

	(void)state;
	assert_int_equal(cw_rpmsg_ept_new(r.bus, 2000, 1, &flood, NULL, &e, NULL), 0);
	remote_send(&r, 1, 2000, "first", 5);
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), 1); /* more: call again */
	assert_int_equal(flood_received, 32);
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), 1);
	assert_int_equal(flood_received, 64);
	assert_null(cw_rpmsg_broken(r.bus));
}

/* Descriptors and the avail ring are written, never read. */
static void scribbled_descriptors(void **state)
{
	(void)state;
	memset(r.ring[0], 0xff, 16 * 16);
	memset(r.ring[1], 0xff, 16 * 16);
	remote_give(&r, 0, 0, 512);
	memset(r.buffers, 0, 512);
	r.buffers[5] = 4; /* dst 0x400 */
	r.buffers[12] = 2;
	assert_int_equal(cw_rpmsg_interrupt(r.bus, 0), 0);
	assert_int_equal(r.received, 1);
	assert_int_equal(remote_desc_len(&r, 0, 0), 512); /* healed by the next offer */
	assert_int_equal(cw_rpmsg_send(ept, "x", 1), 0);
	assert_int_equal(remote_desc_len(&r, 1, 0), 17);
}

static uint64_t rng;

static uint32_t rnd(void)
{
	rng = rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(rng >> 33);
}

/* One act of the other side; a lie in 9 of @honesty. */
static void scribble(unsigned honesty)
{
	int vq = (int)(rnd() & 1);

	switch (rnd() % honesty) {
	case 0:
		r.ring[vq][rnd() % r.ring_size] = (uint8_t)rnd();
		break;
	case 1:
	case 2:
		r.buffers[rnd() % r.buffers_size] = (uint8_t)rnd();
		break;
	case 3:
		*remote_used_idx(&r, vq) = (uint16_t)(r.used[vq] + rnd() % 20);
		break;
	case 4:
	case 5:
		remote_give(&r, vq, rnd() % 17, 16 + rnd() % 500);
		break;
	case 6:
		for (size_t i = 0; i < 16; i++) {
			remote_used_entry(&r, vq, (uint16_t)i)[0] = rnd() % 17;
			remote_used_entry(&r, vq, (uint16_t)i)[1] = rnd() % 600;
		}
		break;
	case 7:
	case 8:
		remote_announce(&r, "service", rnd() % 80, rnd() & 1);
		break;
	default:
		remote_send(&r, rnd() % 2000, 1000 + rnd() % 50, "hello", (uint16_t)(rnd() % 6));
		remote_echo(&r);
	}
}

static void random_rounds(void **state)
{
	const char *env = getenv("COREWARDEN_SEED");
	uint64_t seed = 0;
	unsigned broke = 0, healthy = 0;

	(void)state;
	if (env)
		seed = strtoull(env, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = 1;
	print_message("COREWARDEN_SEED=0x%llx\n", (unsigned long long)seed);
	rng = seed;
	for (int round = 0; round < 2000; round++) {
		unsigned honesty = 16u << rnd() % 8;

		remote_close(&r);
		setup(NULL);
		r.wild = true;
		for (int i = 0; i < 40; i++) {
			if (!r.brokens)
				scribble(honesty);
			cw_rpmsg_interrupt(r.bus, rnd() & 1);
			cw_rpmsg_send(ept, "ping", rnd() % 5);
		}
		broke += r.brokens;
		healthy += !r.brokens && r.received;
		assert_in_range(r.brokens, 0, 1);
	}
	assert_int_not_equal(broke, 0);
	assert_int_not_equal(healthy, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(index_jump),		T(index_backwards),	T(id_out_of_range),
		T(id_huge),		T(id_twice),		T(id_replayed),
		T(tx_index_jump),	T(tx_id_out_of_range),
		T(used_len_over_buffer), T(used_len_huge),
		T(used_len_under_header), T(message_longer_than_used), T(message_of_65535),
		T(ns_wrong_size),	T(ns_unterminated),	T(ns_escape),
		T(ns_no_address),	T(ns_flood),		T(broken_while_announced), T(endless_stream),
		T(scribbled_descriptors), T(random_rounds),
	};

	return cmocka_run_group_tests_name("rpmsg-hostile", tests, NULL, NULL);
}
