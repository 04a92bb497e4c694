/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rproc/vdev.c - virtio devices of a running processor
 *
 * Status, features and the vrings' addresses are written into the live table: that is what the firmware polls. Order
 * and values are Linux's (register_virtio_device, rpmsg_probe, rpmsg_remove):
 *
 *	status 0, 1 ACKNOWLEDGE, 3 DRIVER, gfeatures, vring da, receive buffers, status 7 DRIVER_OK, kick of vq 0
 *	status 0, everything of rpmsg gone, 1 ACKNOWLEDGE
 */
#include "rproc/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "host/point.h"

#define VIRTIO_ID_RPMSG	  7
#define VIRTIO_RPMSG_F_NS 1u

#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER	   2u
#define STATUS_DRIVER_OK   4u

/* Offsets from the entry's type word. */
#define VDEV_GFEATURES 16u
#define VDEV_STATUS    24u

static int write_live(struct cw_rproc *rproc, uint32_t offset, const void *buf, size_t len,
		      struct cw_error *err)
{
	int r = cw_bus_write(rproc->bus, CW_PA(rproc->table_pa + offset), buf, len);

	if (r < 0)
		return cw_error_set(err, r,
				    "write %zu bytes at offset 0x%x of the live resource table "
				    "(0x%llx): errno %d",
				    len, offset, (unsigned long long)(rproc->table_pa + offset), r);
	return 0;
}

static int write_live32(struct cw_rproc *rproc, uint32_t offset, uint32_t v, struct cw_error *err)
{
	uint8_t le[4];

	cw_put_le32(le, v);
	return write_live(rproc, offset, le, sizeof(le), err);
}

static int set_status(struct cw_rproc_vdev *v, uint8_t status, struct cw_error *err)
{
	CW_POINT(vdev_status, status);
	return write_live(v->rproc, v->offset + VDEV_STATUS, &status, 1, err);
}

static int on_kick(void *ctx, unsigned vq)
{
	struct cw_rproc_vdev *v = ctx;
	const struct cw_board_rproc *b = &v->rproc->board;
	uint32_t id = v->vring[vq].notifyid;
	int channel = id == 0 ? b->mbox_vq0 : id == 1 ? b->mbox_vq1 : -1;

	return channel < 0 ? -ENODEV : cw_ipcc_send(&v->rproc->ipcc, (unsigned)channel);
}

static void on_announced(void *ctx, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *c)
{
	struct cw_rproc *rproc = ((struct cw_rproc_vdev *)ctx)->rproc;

	if (rproc->events && rproc->events->announced)
		rproc->events->announced(rproc->ctx, rproc, bus, c);
}

static void on_withdrawn(void *ctx, struct cw_rpmsg *bus, const struct cw_rpmsg_channel *c)
{
	struct cw_rproc *rproc = ((struct cw_rproc_vdev *)ctx)->rproc;

	if (rproc->events && rproc->events->withdrawn)
		rproc->events->withdrawn(rproc->ctx, rproc, bus, c);
}

static void on_writable(void *ctx, struct cw_rpmsg *bus)
{
	struct cw_rproc *rproc = ((struct cw_rproc_vdev *)ctx)->rproc;

	if (rproc->events && rproc->events->writable)
		rproc->events->writable(rproc->ctx, rproc, bus);
}

static void on_broken(void *ctx, struct cw_rpmsg *bus, const char *why)
{
	struct cw_rproc *rproc = ((struct cw_rproc_vdev *)ctx)->rproc;

	if (rproc->events && rproc->events->broken)
		rproc->events->broken(rproc->ctx, rproc, bus, why);
}

static const struct cw_rpmsg_ops rpmsg_ops = {
	.kick = on_kick,
	.announced = on_announced,
	.withdrawn = on_withdrawn,
	.writable = on_writable,
	.broken = on_broken,
};

static int start_rpmsg(struct cw_rproc_vdev *v, struct cw_error *err)
{
	uint32_t features = v->dfeatures & VIRTIO_RPMSG_F_NS;
	struct cw_rpmsg_config config = {
		.ops = &rpmsg_ops,
		.ctx = v,
		.num = v->vring[0].num,
		.align = v->vring[0].align,
		.buffers = v->buffers.va,
		.buffers_size = v->buffers.size,
		.buffers_da = v->buffers.da,
		.name_service = features & VIRTIO_RPMSG_F_NS,
	};
	int r;

	r = set_status(v, STATUS_ACKNOWLEDGE | STATUS_DRIVER, err);
	if (!r)
		r = write_live32(v->rproc, v->offset + VDEV_GFEATURES, features, err);
	for (unsigned n = 0; !r && n < 2; n++) {
		config.vring[n].mem = v->vring[n].map.va;
		config.vring[n].size = v->vring[n].map.size;
		r = write_live32(v->rproc, v->vring[n].offset, (uint32_t)v->vring[n].map.da, err);
	}
	if (!r)
		r = cw_rpmsg_new(&config, &v->rpmsg, err);
	if (!r)
		r = set_status(v, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK, err);
	if (!r)
		cw_rpmsg_ready(v->rpmsg);
	return r;
}

static int start_vdev(struct cw_rproc_vdev *v, struct cw_error *err)
{
	int r;

	v->started = true;
	r = set_status(v, 0, err);
	if (!r)
		r = set_status(v, STATUS_ACKNOWLEDGE, err);
	/* Other devices stay acknowledged, waiting for a driver that nobody has. */
	if (!r && v->id == VIRTIO_ID_RPMSG)
		r = start_rpmsg(v, err);
	return r;
}

int cw_rproc_start_vdevs(struct cw_rproc *rproc, struct cw_error *err)
{
	struct cw_rproc_step step = {.id = CW_STEP_VIRTIO, .count = rproc->n_vdevs};
	uint64_t since = cw_rproc_now();
	unsigned drivers = 0;
	int r;

	for (unsigned i = 0; i < rproc->n_vdevs; i++) {
		r = start_vdev(&rproc->vdevs[i], err);
		if (r < 0)
			return cw_error_wrap(err, r, "vdev%u", i);
		drivers += rproc->vdevs[i].rpmsg != NULL;
	}
	if (!rproc->n_vdevs)
		return 0;
	snprintf(step.text, sizeof(step.text),
		 drivers == rproc->n_vdevs ? "rpmsg, DRIVER_OK" : "%u of them rpmsg", drivers);
	cw_rproc_report(rproc, &step, since);
	return 0;
}

static void stop_vdev(struct cw_rproc_vdev *v)
{
	if (!v->started)
		return;
	v->started = false;
	set_status(v, 0, NULL);
	v->rpmsg = cw_rpmsg_free(v->rpmsg);
	set_status(v, STATUS_ACKNOWLEDGE, NULL);
}

void cw_rproc_stop_vdevs(struct cw_rproc *rproc)
{
	for (unsigned i = rproc->n_vdevs; i-- > 0;)
		stop_vdev(&rproc->vdevs[i]);
	rproc->more = 0;
}

static void interrupt(struct cw_rproc *rproc, unsigned vdev, unsigned vq)
{
	uint32_t bit = 1u << (vdev * 2 + vq);

	rproc->more &= ~bit;
	if (rproc->vdevs[vdev].rpmsg && cw_rpmsg_interrupt(rproc->vdevs[vdev].rpmsg, vq) > 0)
		rproc->more |= bit;
}

void cw_rproc_vq_interrupt(struct cw_rproc *rproc, uint32_t channels)
{
	int vq0 = rproc->board.mbox_vq0, vq1 = rproc->board.mbox_vq1;

	for (unsigned i = 0; i < rproc->n_vdevs; i++)
		for (unsigned vq = 0; vq < rproc->vdevs[i].n_vrings && vq < 2; vq++) {
			uint32_t id = rproc->vdevs[i].vring[vq].notifyid;

			if ((id == 0 && vq0 >= 0 && channels & 1u << vq0) ||
			    (id == 1 && vq1 >= 0 && channels & 1u << vq1))
				interrupt(rproc, i, vq);
		}
}

void cw_rproc_vq_more(struct cw_rproc *rproc)
{
	uint32_t more = rproc->more;

	for (unsigned i = 0; i < rproc->n_vdevs; i++)
		for (unsigned vq = 0; vq < 2; vq++)
			if (more & 1u << (i * 2 + vq))
				interrupt(rproc, i, vq);
}

struct cw_rpmsg *cw_rproc_rpmsg(struct cw_rproc *rproc, unsigned index)
{
	for (unsigned i = 0; i < rproc->n_vdevs; i++)
		if (rproc->vdevs[i].rpmsg && !index--)
			return rproc->vdevs[i].rpmsg;
	return NULL;
}
