/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * silicon/bus/mailbox.h - the mailbox's flags as memory that the normal world shares, and its bell
 *
 * What the page means, who writes which word, and what is never believed of it: struct cw_bus_mailbox in bus/wire.h.
 */
#ifndef CW_SILICON_BUS_MAILBOX_H
#define CW_SILICON_BUS_MAILBOX_H

#include "bus/wire.h"

struct cw_mailbox {
	int memory; /* memfd of one page; the normal world may have it, too */
	int bell;   /* eventfd; likewise. Nobody here ever reads or writes it: who else holds it may have made that block */
	struct cw_bus_mailbox *page;
};

#define CW_MAILBOX_NONE {.memory = -1, .bell = -1}

/* 0; -ENOMEM, -EMFILE or another -errno: then nothing is left. */
int cw_mailbox_new(struct cw_mailbox *mailbox);
/* Of a mailbox that is there, or of CW_MAILBOX_NONE. */
void cw_mailbox_free(struct cw_mailbox *mailbox);

#endif
