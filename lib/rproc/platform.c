/* SPDX-License-Identifier: BSD-2-Clause */
/* rproc/platform.c - power a virtual board on and connect to its TEE */
#include "rproc/platform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus.h"
#include "bus/power.h"
#include "host/cleanup.h"
#include "host/msg.h"
#include "host/point.h"
#include "teec/teec_ext.h"

static int power_on(struct cw_platform *p, const struct cw_platform_config *config,
		    struct cw_error *err)
{
	cleanup_free void *dtb = NULL;
	struct cw_power_on on = {
		.state = config->state,
		.ta_dir = config->ta_dir,
		.log = config->log,
		.debug = config->debug,
		.mips = config->mips < 0   ? 0
			: config->mips > 0 ? (uint32_t)config->mips
					   : CW_POWER_MIPS_DEFAULT,
	};
	int r;

	r = cw_board_load(config->board, &dtb, &on.dtb_size, err);
	if (r < 0)
		return r;
	/* Refused here in words, before anything is started. */
	r = cw_board_parse(dtb, on.dtb_size, &p->board, err);
	if (r < 0)
		return cw_error_wrap(err, r, "board '%s'", config->board);
	on.dtb = dtb;
	r = cw_bus_power_on(&on, &p->bus, &p->silicon_pidfd, err);
	return r < 0 ? cw_error_wrap(err, r, "board '%s'", config->board) : 0;
}

/* A socket pair: one end travels through silicon to the TEE, the other is libteec's. */
static int connect_tee(struct cw_platform *p, struct cw_error *err)
{
	int pair[2];
	TEEC_Result res;
	int r = cw_msg_pair(pair);

	if (r < 0)
		return cw_error_set(err, r, "socket to the TEE: %s", strerror(-r));
	r = cw_bus_connect_tee(p->bus, pair[1]);
	close(pair[1]);
	if (r < 0) {
		close(pair[0]);
		return r == -ENOTCONN
			       ? cw_error_set(err, -EAGAIN, "there is no TEE (yet) on this board")
			       : cw_error_set(err, r, "the TEE cannot be reached: %s", strerror(-r));
	}
	CW_POINT(tee_link);
	res = cw_teec_init_from_socket(pair[0], &p->tee);
	if (res == TEEC_SUCCESS) {
		CW_POINT(tee_context);
		p->has_tee = true;
		return 0;
	}
	cw_error_set(err, -EPIPE, "the TEE does not answer: %s 0x%08x", cw_teec_result_name(res), res);
	if (err)
		err->tee_result = res;
	return -EPIPE;
}

int cw_platform_on(const struct cw_platform_config *config, struct cw_platform **ret_platform,
		   struct cw_error *err)
{
	struct cw_platform *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return cw_error_set(err, -ENOMEM, "no memory for a platform");
	p->silicon_pidfd = -1;
	r = power_on(p, config, err);
	if (!r)
		r = connect_tee(p, err);
	if (r < 0) {
		cw_platform_off(p, NULL);
		return r;
	}
	*ret_platform = p;
	return 0;
}

struct cw_platform *cw_platform_off(struct cw_platform *platform, struct cw_error *err)
{
	if (err)
		err->code = 0;
	if (!platform)
		return NULL;
	if (platform->has_tee)
		TEEC_FinalizeContext(&platform->tee);
	if (platform->bus)
		cw_bus_power_off(platform->bus, platform->silicon_pidfd, CW_POWER_OFF_MS, err);
	free(platform);
	return NULL;
}

const struct cw_board *cw_platform_board(const struct cw_platform *platform)
{
	return &platform->board;
}

bool cw_platform_protected(const struct cw_platform *platform)
{
	return !(cw_bus_info(platform->bus)->flags & CW_BUS_NOT_PROTECTED);
}
