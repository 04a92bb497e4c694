// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/bus_server.c - silicon's side of both buses, with the SoC's registers and memory, against hostile worlds
 *
 * The input is a list of messages of the normal world and of the TEE, and of what firmware on the core does to registers.
 * One step at a time, so that every answer can be judged; or, when the first byte is odd, all messages wait in the sockets
 * before the server's own loop begins.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/memfd.h"
#include "host/msg.h"
#include "silicon/bus/log.h"
#include "silicon/bus/server.h"
#include "silicon/core/core.h"
#include "silicon/mem/mem.h"

#define STEPS_MAX 200

static const uint32_t bases[] = {
	0x38000000, 0x10000000, 0x10004000, 0x10005000, 0x10006000, 0x30000000, 0x30004000, 0x2FFC0000,
	0x50000000, 0x50000000, 0x50001000, 0x5000D000, 0x50020000, 0x4C000000, 0x4C001000, 0x4C001000,
	0x40000000, 0x40001000, 0x4000A000, 0x4000E000, 0x44003000, 0x48003000, 0x50002000, 0x54004000,
	0x50081000, 0x5C00A000, 0x5A002000, 0xE000E000, 0x0,	    0x60000000, 0x10003F00, 0x38001F00,
};

/* The SoC with less memory, for speed. */
static const struct cw_soc_block blocks[] = {
	{.name = "retram", .size = 0x2000, .pa = {0x38000000}, .core = {0}, .n_pa = 1, .n_core = 1},
	{.name = "mcusram",
	 .size = 0x9000,
	 .pa = {0x10000000, 0x30000000},
	 .core = {0x10000000, 0x30000000},
	 .n_pa = 2,
	 .n_core = 2},
	{.name = "sysram", .size = 0x1000, .secure = true, .pa = {0x2FFC0000}, .n_pa = 1},
};

static struct {
	struct fuzz_in in;
	struct cw_server server;
	struct cw_bus_fuses fuses;
	const struct cw_core_env *core_env;
	struct cw_core_env env_copy;
	bool running, paused, mapped;
	int ours[2];
	int fd, spare[2]; /* a file and a socket, to send along */
	uint64_t last_id;
	bool in_loop; /* the server's own loop serves */
} s;

void __wrap_cw_log(enum cw_log_level level, const char *fmt, ...);
void __wrap_cw_log(enum cw_log_level level, const char *fmt, ...)
{
}

/* ---- a core that executes nothing ---- */

static int core_create(const struct cw_core_config *config, const struct cw_core_env *env,
		       struct cw_core **ret)
{
	s.env_copy = *env;
	s.core_env = &s.env_copy;
	*ret = (struct cw_core *)&s;
	return 0;
}

static void core_nothing(struct cw_core *core)
{
}

static int core_map(struct cw_core *core, uint32_t addr, uint32_t size, void *host)
{
	fuzz_check(host && !s.running);
	return 0;
}

static int core_unmap(struct cw_core *core, uint32_t addr, uint32_t size)
{
	return 0;
}

static int core_start(struct cw_core *core)
{
	fuzz_check(!s.running);
	s.running = true;
	return 0;
}

static void core_stop(struct cw_core *core)
{
	s.running = false;
}

static void core_pause(struct cw_core *core)
{
	fuzz_check(s.running && !s.paused);
	s.paused = true;
}

static void core_resume(struct cw_core *core)
{
	fuzz_check(s.paused);
	s.paused = false;
}

static void core_irq(struct cw_core *core, unsigned n, bool level)
{
	fuzz_check(n < cw_soc_stm32mp15.core_irqs);
}

static bool core_running(const struct cw_core *core)
{
	return s.running;
}

static bool core_no(const struct cw_core *core)
{
	return false;
}

static uint64_t core_insns(const struct cw_core *core)
{
	return 1;
}

static const struct cw_core_ops core_ops = {
	.name = "none",
	.create = core_create,
	.destroy = core_nothing,
	.map = core_map,
	.unmap = core_unmap,
	.start = core_start,
	.stop = core_stop,
	.pause = core_pause,
	.resume = core_resume,
	.irq = core_irq,
	.line = core_irq,
	.kick = core_nothing,
	.sev = core_nothing,
	.running = core_running,
	.sleeping = core_no,
	.locked_up = core_no,
	.insns = core_insns,
};

/* ---- numbers of the input ---- */

static uint32_t address(void)
{
	uint32_t base = bases[fuzz_u8(&s.in) % (sizeof(bases) / sizeof(bases[0]))];
	uint32_t off = fuzz_u16(&s.in);

	return base + (base >= 0x40000000 ? off % 0x600 & ~3u : off * 4u % 0x9000) +
	       (off % 61 == 0 ? off / 61 : 0);
}

static uint64_t pages(void)
{
	static const uint32_t sizes[] = {0x1000, 0x2000, 0x4000, 0x3000, 0x9000, 0x6000, 0, 1};

	return sizes[fuzz_u8(&s.in) % 8];
}

/* What firmware does while the core runs. */
static void firmware(void)
{
	static const unsigned widths[] = {4, 1, 2, 4};
	struct cw_core_event e = {.type = CW_CORE_EVENT_FAULT};
	unsigned how = fuzz_u8(&s.in), width = widths[how & 3];
	uint32_t addr, v;
	int r = 0;

	if (!s.running)
		return;
	addr = address() / width * width;
	switch (how >> 2 & 7) {
	case 0:
		s.core_env->tick(s.core_env->ctx, fuzz_u32(&s.in));
		break;
	case 1:
		e.type = 1 + fuzz_u8(&s.in) % 5u;
		fuzz_fill(&s.in, &e.pc, 16);
		s.core_env->event(s.core_env->ctx, &e);
		break;
	case 2:
	case 3:
		r = s.core_env->read(s.core_env->ctx, addr, width, &v);
		break;
	default:
		r = s.core_env->write(s.core_env->ctx, addr, width, fuzz_u32(&s.in));
	}
	fuzz_check(r == 0 || r == -EFAULT);
	if (s.core_env->next)
		s.core_env->next(s.core_env->ctx);
}

/* ---- messages ---- */

struct message {
	uint32_t op;
	uint64_t id;
	uint8_t payload[CW_MSG_PAYLOAD_MAX];
	size_t len;
	unsigned nfds;
};

static void put(struct message *m, const void *data, size_t len)
{
	memcpy(m->payload, data, len);
	m->len = len;
}

static void access_message(struct message *m)
{
	struct cw_bus_access a = {.pa = address(), .len = 4};
	unsigned how = fuzz_u8(&s.in);

	m->op = how & 1 ? CW_BUS_WRITE : CW_BUS_READ;
	if (how & 2)
		a.len = fuzz_u16(&s.in) % (CW_BUS_DATA_MAX + 2);
	a.flags = (how & 0xC) == 0xC;
	put(m, &a, sizeof(a));
	if (!(how & 1))
		return;
	fuzz_fill(&s.in, m->payload + m->len, a.len < 16 ? a.len : 16);
	m->len += a.len;
}

static void range_message(struct message *m)
{
	struct cw_bus_range range = {.pa = address() & ~0xFFFu, .size = pages()};

	m->op = fuzz_u8(&s.in) & 1 ? CW_BUS_PROTECT : CW_BUS_OPEN;
	if (m->op == CW_BUS_PROTECT && fuzz_u8(&s.in) & 1)
		range = (struct cw_bus_range){0x10000000, 0x4000};
	put(m, &range, sizeof(range));
}

static void other_message(struct message *m)
{
	struct cw_bus_fill fill = {.pa = address(), .size = pages(), .byte = fuzz_u8(&s.in)};
	struct cw_bus_window window = {.pa = address(), .len = fuzz_u16(&s.in), .flags = fuzz_u8(&s.in) & 1};
	uint64_t pa = fill.pa;

	switch (fuzz_u8(&s.in) % 5) {
	case 0:
		m->op = CW_BUS_FILL;
		put(m, &fill, sizeof(fill));
		break;
	case 1:
		m->op = CW_BUS_WINDOW;
		put(m, &window, sizeof(window));
		break;
	case 2:
		m->op = CW_BUS_MAP;
		put(m, &pa, sizeof(pa));
		break;
	case 3:
		m->op = CW_BUS_REGION;
		put(m, &fill.byte, sizeof(fill.byte));
		break;
	default:
		m->op = CW_BUS_CONNECT_TEE;
		m->nfds = 1;
	}
}

/* Any operation, with any bytes. */
static void raw_message(struct message *m)
{
	m->op = fuzz_u8(&s.in) % 72;
	m->len = fuzz_u8(&s.in) % 80;
	fuzz_fill(&s.in, m->payload, m->len);
	m->nfds = fuzz_u8(&s.in);
	m->nfds = m->nfds > 250 ? 2 : m->nfds > 240;
	if (fuzz_u8(&s.in) == 255)
		m->id = 0;
}

static int send_message(unsigned side, const struct message *m)
{
	/* Not a bus itself: whoever holds its end keeps it open. */
	int fds[2] = {m->op == CW_BUS_CONNECT_TEE && m->id % 8 ? s.spare[0] : s.fd, s.fd};

	return cw_msg_try_send(s.ours[side], m->op, m->id, 0, m->len ? m->payload : NULL, m->len, fds,
			       m->nfds);
}

static void make_message(struct message *m, unsigned how)
{
	memset(m, 0, sizeof(*m));
	m->id = ++s.last_id;
	switch (how % 8) {
	case 0:
		raw_message(m);
		break;
	case 1:
	case 2:
		range_message(m);
		break;
	case 3:
	case 4:
		other_message(m);
		break;
	default:
		access_message(m);
	}
}

/* ---- what must hold ---- */

/* The normal world reaches protected bytes through windows only. */
static void check_access(const struct message *m, int ret)
{
	struct cw_mem *mem = cw_machine_mem(s.server.machine);
	struct cw_bus_stats stats;
	struct cw_bus_region region;
	struct cw_bus_access a;
	uint64_t pa;

	memcpy(&a, m->payload, sizeof(a));
	cw_mem_stats(mem, &stats);
	if (ret < 0 || (stats.windows && m->op != CW_BUS_MAP))
		return;
	pa = a.pa >= 0x30000000 && a.pa < 0x30009000 ? a.pa - 0x20000000 : a.pa;
	for (uint32_t i = 0; cw_mem_region(mem, i, &region) == 0; i++)
		if (region.flags & (CW_BUS_REGION_PROTECTED | CW_BUS_REGION_SECURE))
			fuzz_check(!cw_range_overlap(pa, m->op == CW_BUS_MAP ? 1 : a.len, region.pa,
						     region.size));
}

static void check_reply(unsigned side, const struct message *m, const struct cw_msg *reply)
{
	fuzz_check(reply->hdr.id == m->id && reply->hdr.op == m->op && reply->hdr.ret <= 0);
	fuzz_check(reply->hdr.ret == 0 || (!cw_msg_payload_len(reply) && !reply->hdr.nfds));
	if (side == CW_BUS_NONSECURE &&
	    (m->op == CW_BUS_READ || m->op == CW_BUS_WRITE || m->op == CW_BUS_MAP))
		check_access(m, reply->hdr.ret);
}

/* Read what silicon sent: events, and one answer if one is due. */
static void read_answers(unsigned side, const struct message *m, bool posted)
{
	struct cw_msg reply;
	unsigned answers = 0;

	while (cw_msg_recv(s.ours[side], &reply, MSG_DONTWAIT) == 1) {
		if (reply.hdr.id) {
			answers++;
			check_reply(side, m, &reply);
		} else {
			fuzz_check(reply.hdr.op == CW_BUS_EVENT || reply.hdr.op == CW_BUS_TEE_CLIENT);
		}
		cw_msg_close_fds(&reply);
	}
	fuzz_check(answers == (posted ? 0u : 1u));
}

static bool is_posted(const struct message *m)
{
	struct cw_bus_access a;

	memcpy(&a, m->payload, sizeof(a));
	/* A malformed one is answered. */
	return m->op == CW_BUS_WRITE && m->nfds == 0 && m->len > sizeof(a) && a.len &&
	       a.len == m->len - sizeof(a) && a.len <= CW_BUS_DATA_MAX && a.flags == CW_BUS_POSTED;
}

static void drain(unsigned side)
{
	struct cw_msg m;

	while (s.ours[side] >= 0 && cw_msg_recv(s.ours[side], &m, MSG_DONTWAIT) == 1)
		cw_msg_close_fds(&m);
}

static void step(void)
{
	unsigned how = fuzz_u8(&s.in), side = how & 1;
	struct cw_front *front = side ? s.server.secure : s.server.nonsecure;
	struct message m;
	int r;

	if ((how >> 1) % 4 == 0) {
		firmware();
		cw_machine_service(s.server.machine);
		drain(0);
		drain(1);
		return;
	}
	make_message(&m, how >> 3);
	if (send_message(side, &m) < 0)
		return;
	r = front->ops->ready(front, EPOLLIN);
	fuzz_check(r == 0 || (r == -EPROTO && m.id == 0));
	if (r == 0)
		read_answers(side, &m, is_posted(&m));
	drain(!side);
}

static void hello(unsigned side)
{
	struct cw_bus_hello h = {.version = CW_BUS_VERSION};
	struct message m = {.op = CW_BUS_HELLO, .id = ++s.last_id};
	int32_t ready = 0;

	put(&m, &h, sizeof(h));
	send_message(side, &m);
	if (!side)
		return;
	m = (struct message){.op = CW_BUS_TEE_READY, .id = ++s.last_id};
	put(&m, &ready, sizeof(ready));
	send_message(side, &m);
}

static void step_by_step(int theirs[2])
{
	struct cw_front *f;

	s.server.nonsecure = cw_front_socket(&s.server, CW_BUS_NONSECURE, theirs[0]);
	s.server.secure = cw_front_socket(&s.server, CW_BUS_SECURE, theirs[1]);
	fuzz_check(s.server.nonsecure && s.server.secure);
	for (unsigned side = 2; side-- > 0;) {
		hello(side);
		f = side ? s.server.secure : s.server.nonsecure;
		fuzz_check(f->ops->ready(f, EPOLLIN) == 0);
		drain(side);
	}
	fuzz_check(s.server.tee_ready);
	for (unsigned i = 0; i < STEPS_MAX && s.in.left; i++)
		step();
	s.server.nonsecure->ops->free(s.server.nonsecure);
	s.server.secure->ops->free(s.server.secure);
}

static void all_at_once(int theirs[2])
{
	struct cw_error err = {0};
	unsigned how = fuzz_u8(&s.in);
	struct message m;
	int r;

	hello(1);
	if (how & 1)
		hello(0);
	for (unsigned i = 0; i < 20 && s.in.left; i++) {
		unsigned b = fuzz_u8(&s.in);

		make_message(&m, b >> 1);
		send_message(b & 1, &m);
	}
	/* The TEE may be gone before. */
	if (how & 2)
		cw_msg_try_send(s.ours[1], 999, 0, 0, NULL, 0, NULL, 0);
	close(s.ours[0]);
	s.ours[0] = -1;
	r = cw_server_run(&s.server, theirs[0], theirs[1], &err);
	fuzz_check(r <= 0 && (r == 0 || err.code == r));
}

static void machine_on(void)
{
	static const struct cw_board board = {
		.n_rprocs = 1,
		.rprocs[0].n_regions = 6,
		.rprocs[0].regions = {
			{.name = "retram", .pa = 0x38000000, .size = 0x2000},
			{.name = "mcuram", .pa = 0x30000000, .size = 0x4000},
			{.name = "mcuram2", .pa = 0x10000000, .size = 0x4000},
			{.name = "vdev0vring0", .pa = 0x10004000, .size = 0x1000, .exchange = true},
			{.name = "vdev0vring1", .pa = 0x10005000, .size = 0x1000, .exchange = true},
			{.name = "vdev0buffer", .pa = 0x10006000, .size = 0x2000, .exchange = true},
		},
	};
	static struct cw_soc_ops soc;
	struct cw_machine_config config = {
		.soc = &soc,
		.core = &core_ops,
		.board = &board,
		.listener = {&s.server, cw_server_irq, cw_server_crash},
	};
	struct cw_error err;

	soc = cw_soc_stm32mp15;
	soc.blocks = blocks;
	soc.n_blocks = sizeof(blocks) / sizeof(blocks[0]);
	s.server.fuses = &s.fuses;
	s.server.dtb_fd = s.fd;
	s.server.dtb_size = 4;
	fuzz_check(cw_machine_new(&config, &s.server.machine, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2], theirs[2];

	memset(&s, 0, sizeof(s));
	s.in = fuzz_in(data, size);
	s.fd = cw_memfd_sealed("fuzz", "tree", 4);
	fuzz_check(s.fd >= 0 && cw_msg_pair(s.spare) == 0);
	for (unsigned side = 0; side < 2; side++) {
		fuzz_check(cw_msg_pair(pair) == 0);
		s.ours[side] = pair[0];
		theirs[side] = pair[1];
	}
	machine_on();
	if (fuzz_u8(&s.in) & 1)
		all_at_once(theirs);
	else
		step_by_step(theirs);
	fuzz_check(cw_machine_free(s.server.machine) == NULL);
	fuzz_check(!s.running && !s.paused);
	for (unsigned side = 0; side < 2; side++)
		if (s.ours[side] >= 0)
			close(s.ours[side]);
	close(s.fd);
	close(s.spare[0]);
	close(s.spare[1]);
	return 0;
}
