// SPDX-License-Identifier: BSD-2-Clause
/* bus/fake.c - a server on a thread of its own, with a SoC and a core that the test plays */
#include "fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/memfd.h"

const struct cw_soc_env *fake_soc;
const struct cw_core_env *fake_core;

static struct cw_soc_env soc_env;
static struct cw_core_env core_env;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fake_seen seen;
static bool held, running, locked_up;
static uint32_t reg;
static pthread_t bus_thread;

struct fake_seen fake_seen(void)
{
	struct fake_seen s;

	pthread_mutex_lock(&lock);
	s = seen;
	pthread_mutex_unlock(&lock);
	return s;
}

void fake_hold(bool v)
{
	pthread_mutex_lock(&lock);
	held = v;
	pthread_mutex_unlock(&lock);
}

static void count(unsigned *what)
{
	pthread_mutex_lock(&lock);
	(*what)++;
	seen.wrong_thread |= !pthread_equal(pthread_self(), bus_thread);
	pthread_mutex_unlock(&lock);
}

void fake_line(enum cw_bus_line line, bool level)
{
	soc_env.irq_host(soc_env.ctx, line, level);
	soc_env.settled(soc_env.ctx);
}

static int soc_create(const struct cw_soc_env *env, struct cw_soc **ret)
{
	soc_env = *env;
	fake_soc = &soc_env;
	*ret = (struct cw_soc *)&reg;
	return 0;
}

static void soc_nothing(struct cw_soc *soc)
{
	(void)soc;
}

static int soc_read(struct cw_soc *soc, enum cw_master master, uint32_t pa, unsigned width,
		    uint32_t *ret)
{
	(void)soc;
	(void)width;
	if (pa == LOCKED && master == CW_MASTER_HOST_NONSECURE)
		return -EACCES;
	if (pa != REG && pa != LOCKED)
		return -EFAULT;
	*ret = reg;
	return 0;
}

static int soc_write(struct cw_soc *soc, enum cw_master master, uint32_t pa, unsigned width,
		     uint32_t v)
{
	uint32_t old;

	if (pa == TICKLE) {
		fake_line(CW_LINE_IPCC_TX, v & 1);
		return 0;
	}
	if (soc_read(soc, master, pa, width, &old) < 0)
		return pa == LOCKED ? -EACCES : -EFAULT;
	reg = v;
	return 0;
}

static void soc_tick(struct cw_soc *soc, uint64_t ns)
{
	(void)soc;
	(void)ns;
}

static void soc_core_reset(struct cw_soc *soc, bool by_itself)
{
	(void)soc;
	(void)by_itself;
	count(&seen.core_resets);
	soc_env.core_ctl(soc_env.ctx, CW_SOC_CORE_RESET);
	fake_line(CW_LINE_WDG, true);
	if (!held)
		soc_env.core_ctl(soc_env.ctx, CW_SOC_CORE_RELEASE);
}

static bool soc_held(struct cw_soc *soc)
{
	bool v;

	(void)soc;
	pthread_mutex_lock(&lock);
	v = held;
	pthread_mutex_unlock(&lock);
	return v;
}

static const struct cw_soc_block block = {
	.name = "ram", .size = 0x4000, .pa = {RAM}, .core = {RAM}, .n_pa = 1, .n_core = 1};

static const struct cw_soc_ops soc_ops = {
	.compatible = "test,soc",
	.blocks = &block,
	.n_blocks = 1,
	.create = soc_create,
	.destroy = soc_nothing,
	.reset = soc_nothing,
	.read = soc_read,
	.write = soc_write,
	.tick = soc_tick,
	.core_reset = soc_core_reset,
	.held = soc_held,
};

static int core_create(const struct cw_core_config *config, const struct cw_core_env *env,
		       struct cw_core **ret)
{
	(void)config;
	core_env = *env;
	fake_core = &core_env;
	*ret = (struct cw_core *)&running;
	return 0;
}

static void core_destroy(struct cw_core *core)
{
	(void)core;
}

static int core_map(struct cw_core *core, uint32_t addr, uint32_t size, void *host)
{
	(void)core;
	return addr == RAM && size == 0x4000 && host ? 0 : -EINVAL;
}

static int core_start(struct cw_core *core)
{
	(void)core;
	count(&seen.started);
	running = true;
	return 0;
}

static void core_stop(struct cw_core *core)
{
	(void)core;
	count(&seen.stopped);
	running = false;
}

static void core_pause(struct cw_core *core)
{
	(void)core;
	count(&seen.paused);
}

static void core_resume(struct cw_core *core)
{
	(void)core;
	count(&seen.resumed);
}

static void core_irq(struct cw_core *core, unsigned n, bool level)
{
	(void)core;
	(void)n;
	(void)level;
}

static void core_kick(struct cw_core *core)
{
	(void)core;
}

static bool core_running(const struct cw_core *core)
{
	(void)core;
	return running;
}

static bool core_no(const struct cw_core *core)
{
	(void)core;
	return locked_up;
}

static uint64_t core_insns(const struct cw_core *core)
{
	(void)core;
	return 1234;
}

static const struct cw_core_ops core_ops = {
	.name = "played",
	.create = core_create,
	.destroy = core_destroy,
	.map = core_map,
	.start = core_start,
	.stop = core_stop,
	.pause = core_pause,
	.resume = core_resume,
	.irq = core_irq,
	.line = core_irq,
	.kick = core_kick,
	.running = core_running,
	.sleeping = core_no,
	.locked_up = core_no,
	.insns = core_insns,
};

static int make(struct fake *f)
{
	struct cw_board board = {.n_rprocs = 1};
	struct cw_machine_config config = {
		.soc = &soc_ops,
		.core = &core_ops,
		.board = &board,
		.listener = {&f->server, cw_server_irq, cw_server_crash},
	};

	board.rprocs[0].n_regions = 2;
	board.rprocs[0].regions[0] =
		(struct cw_board_region){.name = "ram", .pa = RAM, .size = 0x2000};
	board.rprocs[0].regions[1] = (struct cw_board_region){
		.name = "vdev0vring0", .pa = VDEV, .size = 0x1000, .exchange = true};
	return cw_machine_new(&config, &f->server.machine, &f->err);
}

static void *serve(void *arg)
{
	struct fake *f = arg;

	bus_thread = pthread_self();
	f->result = make(f);
	if (write(f->ready[1], "x", 1) != 1)
		f->result = -EIO;
	if (f->result == 0)
		f->result = cw_server_run(&f->server, f->ns_theirs, f->s_theirs, &f->err);
	(void)__atomic_load_n(&f->leaving, __ATOMIC_ACQUIRE);
	f->server.machine = cw_machine_free(f->server.machine);
	return NULL;
}

void fake_on(struct fake *f, bool tee)
{
	int ns[2], s[2] = {-1, -1};
	char c;

	memset(f, 0, sizeof(*f));
	seen = (struct fake_seen){0};
	held = true;
	running = false;
	assert_int_equal(cw_msg_pair(ns), 0);
	assert_int_equal(tee ? cw_msg_pair(s) : 0, 0);
	f->ns = ns[0];
	f->ns_theirs = ns[1];
	f->s = s[0];
	f->s_theirs = s[1];
	f->fuses.key[2][7] = 0x77;
	f->server.fuses = &f->fuses;
	f->server.dtb_fd = cw_memfd_sealed("dtb", "tree", 4);
	f->server.dtb_size = 4;
	assert_int_equal(pipe(f->ready), 0);
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
	assert_int_equal(read(f->ready[0], &c, 1), 1);
}

int fake_off(struct fake *f)
{
	__atomic_store_n(&f->leaving, true, __ATOMIC_RELEASE);
	cw_close_fd(&f->ns);
	assert_int_equal(pthread_join(f->thread, NULL), 0);
	cw_close_fd(&f->s);
	cw_close_fd(&f->ready[0]);
	cw_close_fd(&f->ready[1]);
	cw_close_fd(&f->server.dtb_fd);
	assert_false(seen.wrong_thread);
	return f->result;
}

int fake_ask(int sock, uint32_t op, const void *payload, size_t len, struct cw_msg *reply)
{
	static uint64_t id = 100;
	struct cw_msg m;

	id++;
	assert_int_equal(cw_msg_send(sock, op, id, 0, payload, len, NULL, 0), 0);
	do
		assert_int_equal(cw_msg_recv(sock, &m, 0), 1);
	while (m.hdr.id == 0);
	assert_int_equal(m.hdr.id, id);
	assert_int_equal(m.hdr.op, op);
	if (reply)
		*reply = m;
	else
		cw_msg_close_fds(&m);
	return m.hdr.ret;
}

int fake_hello(int sock)
{
	struct cw_bus_hello hello = {.version = CW_BUS_VERSION};
	int32_t ready = 0;
	struct cw_msg m;
	int r = fake_ask(sock, CW_BUS_HELLO, &hello, sizeof(hello), &m);

	memcpy(&hello, m.payload, sizeof(hello));
	if (r == 0 && hello.side == CW_BUS_SECURE)
		r = fake_ask(sock, CW_BUS_TEE_READY, &ready, sizeof(ready), NULL);
	return r;
}

uint32_t fake_read32(int sock, uint64_t pa)
{
	struct cw_bus_access a = {.pa = pa, .len = 4};
	struct cw_msg m;
	uint32_t v;

	assert_int_equal(fake_ask(sock, CW_BUS_READ, &a, sizeof(a), &m), 0);
	memcpy(&v, m.payload, sizeof(v));
	return v;
}
