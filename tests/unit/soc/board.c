/* SPDX-License-Identifier: BSD-2-Clause */
#include "board.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"

#define MP_GCR	  0x5000010Cu
#define RSC_TRACE 2

/* --- what the SoC and the core say --- */

static void changed(struct board *b)
{
	b->changes++;
	pthread_cond_broadcast(&b->changed);
}

static void on_irq_core(void *ctx, unsigned line, bool level)
{
	struct board *b = ctx;

	b->core_ops->irq(b->core, line, level);
}

static void on_irq_host(void *ctx, enum cw_bus_line line, bool level)
{
	struct board *b = ctx;

	pthread_mutex_lock(&b->lock);
	b->host_line[line] = level;
	changed(b);
	pthread_mutex_unlock(&b->lock);
}

static void on_core_ctl(void *ctx, enum cw_soc_core_ctl what)
{
	struct board *b = ctx;

	pthread_mutex_lock(&b->lock);
	if (b->n_ctl < sizeof(b->ctl) / sizeof(b->ctl[0]))
		b->ctl[b->n_ctl++] = what;
	changed(b);
	pthread_mutex_unlock(&b->lock);
}

static void on_watchdog(void *ctx)
{
	struct board *b = ctx;

	pthread_mutex_lock(&b->lock);
	b->watchdogs++;
	changed(b);
	pthread_mutex_unlock(&b->lock);
}

static int on_read(void *ctx, uint32_t addr, unsigned width, uint32_t *ret)
{
	struct board *b = ctx;

	return b->soc_ops->read(b->soc, CW_MASTER_CORE, addr, width, ret);
}

static int on_write(void *ctx, uint32_t addr, unsigned width, uint32_t v)
{
	struct board *b = ctx;

	return b->soc_ops->write(b->soc, CW_MASTER_CORE, addr, width, v);
}

static void on_tick(void *ctx, uint64_t ns)
{
	struct board *b = ctx;

	b->soc_ops->tick(b->soc, ns);
}

static uint64_t on_next(void *ctx)
{
	struct board *b = ctx;

	return b->soc_ops->next(b->soc);
}

static void on_event(void *ctx, const struct cw_core_event *event)
{
	struct board *b = ctx;

	if (event->type == CW_CORE_EVENT_RESET) {
		b->soc_ops->core_reset(b->soc, true);
		return;
	}
	pthread_mutex_lock(&b->lock);
	if (event->type == CW_CORE_EVENT_FAULT || event->type == CW_CORE_EVENT_LOCKUP) {
		b->fault = *event;
		b->faulted = true;
		b->locked_up = event->type == CW_CORE_EVENT_LOCKUP;
	}
	changed(b);
	pthread_mutex_unlock(&b->lock);
}

/* --- opening --- */

static int map_block(struct board *b, unsigned i)
{
	const struct cw_soc_block *block = &b->soc_ops->blocks[i];
	void *p;
	int r;

	p = mmap(NULL, block->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	b->block[i] = p;
	for (unsigned a = 0; a < block->n_core; a++) {
		r = b->core_ops->map(b->core, block->core[a], (uint32_t)block->size, p);
		if (r < 0)
			return r;
	}
	return 0;
}

int board_open(struct board *b)
{
	const struct cw_soc_env soc_env = {
		.ctx = b,
		.irq_core = on_irq_core,
		.irq_host = on_irq_host,
		.core_ctl = on_core_ctl,
		.watchdog = on_watchdog,
	};
	const struct cw_core_env core_env = {
		.ctx = b,
		.read = on_read,
		.write = on_write,
		.event = on_event,
		.tick = on_tick,
		.next = on_next,
	};
	struct cw_core_config config;
	pthread_condattr_t attr;
	int r;

	memset(b, 0, sizeof(*b));
	b->soc_ops = &cw_soc_stm32mp15;
	b->core_ops = &cw_cortex_m4;
	pthread_mutex_init(&b->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->changed, &attr);
	pthread_condattr_destroy(&attr);

	config = (struct cw_core_config){
		.irqs = b->soc_ops->core_irqs,
		.prio_bits = b->soc_ops->core_prio_bits,
		.hz = b->soc_ops->core_hz,
	};
	r = b->core_ops->create(&config, &core_env, &b->core);
	if (r < 0)
		return r;
	r = b->soc_ops->create(&soc_env, &b->soc);
	for (unsigned i = 0; r == 0 && i < b->soc_ops->n_blocks; i++)
		r = map_block(b, i);
	return r;
}

void board_close(struct board *b)
{
	b->core_ops->destroy(b->core);
	b->soc_ops->destroy(b->soc);
	for (unsigned i = 0; i < b->soc_ops->n_blocks; i++)
		if (b->block[i])
			munmap(b->block[i], b->soc_ops->blocks[i].size);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
}

/* --- loading --- */

void *board_at(struct board *b, uint32_t da, uint32_t size)
{
	for (unsigned i = 0; i < b->soc_ops->n_blocks; i++) {
		const struct cw_soc_block *block = &b->soc_ops->blocks[i];

		for (unsigned a = 0; a < block->n_core; a++)
			if (da >= block->core[a] &&
			    cw_range_inside(da - block->core[a], size, block->size))
				return b->block[i] + (da - block->core[a]);
	}
	return NULL;
}

static int load_segments(struct board *b, const uint8_t *elf, size_t size)
{
	const Elf32_Ehdr *eh = (const Elf32_Ehdr *)elf;

	if (!cw_range_inside(eh->e_phoff, (uint64_t)eh->e_phnum * sizeof(Elf32_Phdr), size))
		return -ENOEXEC;
	for (unsigned i = 0; i < eh->e_phnum; i++) {
		const Elf32_Phdr *ph = (const Elf32_Phdr *)(elf + eh->e_phoff) + i;
		uint8_t *to;

		if (ph->p_type != PT_LOAD || !ph->p_memsz)
			continue;
		if (!cw_range_inside(ph->p_offset, ph->p_filesz, size) ||
		    ph->p_filesz > ph->p_memsz)
			return -ENOEXEC;
		to = board_at(b, ph->p_paddr, ph->p_memsz);
		if (!to)
			return -EFAULT;
		memcpy(to, elf + ph->p_offset, ph->p_filesz);
		memset(to + ph->p_filesz, 0, ph->p_memsz - ph->p_filesz);
	}
	return 0;
}

/* As Linux: by section name, copied to the section's address. */
static int load_table(struct board *b, const uint8_t *elf, size_t size)
{
	const Elf32_Ehdr *eh = (const Elf32_Ehdr *)elf;
	const Elf32_Shdr *sh = (const Elf32_Shdr *)(elf + eh->e_shoff);

	if (!cw_range_inside(eh->e_shoff, (uint64_t)eh->e_shnum * sizeof(*sh), size) ||
	    eh->e_shstrndx >= eh->e_shnum ||
	    !cw_range_inside(sh[eh->e_shstrndx].sh_offset, sh[eh->e_shstrndx].sh_size, size))
		return -ENOEXEC;
	for (unsigned i = 0; i < eh->e_shnum; i++) {
		const char *name = (const char *)elf + sh[eh->e_shstrndx].sh_offset + sh[i].sh_name;
		void *to;

		if (sh[i].sh_name >= sh[eh->e_shstrndx].sh_size || !sh[i].sh_size ||
		    strcmp(name, ".resource_table") != 0)
			continue;
		to = board_at(b, sh[i].sh_addr, sh[i].sh_size);
		if (!to || !cw_range_inside(sh[i].sh_offset, sh[i].sh_size, size))
			return -EFAULT;
		memcpy(to, elf + sh[i].sh_offset, sh[i].sh_size);
		b->table = sh[i].sh_addr;
		b->table_size = sh[i].sh_size;
	}
	return 0;
}

int board_load(struct board *b, const char *path)
{
	struct stat st;
	uint8_t *elf;
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof(Elf32_Ehdr)) {
		close(fd);
		return -ENOEXEC;
	}
	elf = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (elf == MAP_FAILED)
		return -errno;
	r = memcmp(elf, ELFMAG, SELFMAG) ? -ENOEXEC : load_segments(b, elf, (size_t)st.st_size);
	if (r == 0)
		r = load_table(b, elf, (size_t)st.st_size);
	munmap(elf, (size_t)st.st_size);
	return r;
}

const char *board_trace(struct board *b)
{
	const uint8_t *t = b->table ? board_at(b, b->table, b->table_size) : NULL;

	for (uint32_t i = 0; t && i < cw_get_le32(t + 4); i++) {
		uint32_t off = cw_get_le32(t + 16 + 4 * i);

		if (cw_get_le32(t + off) == RSC_TRACE)
			return board_at(b, cw_get_le32(t + off + 4), cw_get_le32(t + off + 8));
	}
	return NULL;
}

/* --- running --- */

uint32_t board_read(struct board *b, uint32_t pa)
{
	uint32_t v = 0;

	if (b->soc_ops->read(b->soc, CW_MASTER_HOST_SECURE, pa, 4, &v) < 0)
		abort();
	return v;
}

void board_write(struct board *b, uint32_t pa, uint32_t v)
{
	if (b->soc_ops->write(b->soc, CW_MASTER_HOST_SECURE, pa, 4, v) < 0)
		abort();
}

void board_release(struct board *b)
{
	board_write(b, MP_GCR, 1);
	board_write(b, MP_GCR, 0);
}

/* Do what was queued; returns with the lock held as it was entered. */
static void obey(struct board *b)
{
	while (b->n_ctl) {
		enum cw_soc_core_ctl what = b->ctl[0];

		memmove(b->ctl, b->ctl + 1, --b->n_ctl * sizeof(b->ctl[0]));
		pthread_mutex_unlock(&b->lock);
		if (what == CW_SOC_CORE_RESET)
			b->core_ops->stop(b->core);
		else if (!b->soc_ops->held(b->soc))
			b->core_ops->start(b->core);
		pthread_mutex_lock(&b->lock);
	}
}

bool board_wait(struct board *b, bool (*done)(struct board *b, void *arg), void *arg,
		unsigned seconds)
{
	struct timespec until;
	bool yes = false;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&b->lock);
	for (;;) {
		unsigned seen;

		obey(b);
		seen = b->changes;
		pthread_mutex_unlock(&b->lock);
		yes = done(b, arg);
		pthread_mutex_lock(&b->lock);
		if (yes || r == ETIMEDOUT)
			break;
		while (b->changes == seen && r != ETIMEDOUT)
			r = pthread_cond_timedwait(&b->changed, &b->lock, &until);
	}
	pthread_mutex_unlock(&b->lock);
	return yes;
}
