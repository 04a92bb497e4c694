// SPDX-License-Identifier: BSD-2-Clause
/* secure/tee/shm.c - memory that clients share with TAs: sealed memfds, counted */
#include "secure/tee/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/memfd.h"

#define PAGE 4096u

int shm_new(struct client *c, uint64_t size, struct shm **ret)
{
	struct cw_tee *tee = c->tee;
	struct shm *s;

	if (!size)
		return -EINVAL;
	if (size > CW_TEE_CLIENT_BYTES_MAX)
		return -ENOMEM;
	size = (size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	if (c->n_shms >= CW_TEE_CLIENT_SHMS_MAX || tee->n_shms >= CW_TEE_SHMS_MAX)
		return -EMFILE;
	if (c->shm_bytes + size > CW_TEE_CLIENT_BYTES_MAX ||
	    tee->shm_bytes + size > CW_TEE_BYTES_MAX)
		return -ENOMEM;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->fd = cw_memfd_new("tee-shm", size);
	if (s->fd < 0) {
		int r = s->fd;

		free(s);
		return r;
	}
	s->tee = tee;
	s->refs = 1;
	s->size = size;
	s->id = ++c->last_shm;
	s->number = ++tee->last_shm_number;
	LIST_INSERT_HEAD(&c->shms, s, link);
	c->n_shms++;
	c->shm_bytes += size;
	tee->n_shms++;
	tee->shm_bytes += size;
	*ret = s;
	return 0;
}

struct shm *shm_find(struct client *c, uint64_t id)
{
	struct shm *s;

	LIST_FOREACH(s, &c->shms, link)
	if ((uint64_t)s->id == id)
		return s;
	return NULL;
}

struct shm *shm_ref(struct shm *s)
{
	s->refs++;
	return s;
}

void shm_unref(struct shm *s)
{
	struct cw_tee *tee = s->tee;
	struct instance *inst;

	if (--s->refs)
		return;
	LIST_FOREACH(inst, &tee->instances, link)
	instance_forget_shm(inst, s->number);
	if (s->map)
		munmap(s->map, s->size);
	close(s->fd);
	tee->n_shms--;
	tee->shm_bytes -= s->size;
	free(s);
}

void shm_give_up(struct client *c, struct shm *s)
{
	LIST_REMOVE(s, link);
	c->n_shms--;
	c->shm_bytes -= s->size;
	shm_unref(s);
}

uint8_t *shm_map(struct shm *s)
{
	void *p;

	if (s->map)
		return s->map;
	p = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	cw_memfd_advise(p, s->size);
	s->map = p;
	return s->map;
}
