// SPDX-License-Identifier: BSD-2-Clause
/* silicon/bus/mailbox.c - the mailbox's flags as memory that the normal world shares, and its bell */
#include "silicon/bus/mailbox.h"

#include <errno.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "host/cleanup.h"
#include "host/memfd.h"

int cw_mailbox_new(struct cw_mailbox *mailbox)
{
	cleanup_fd int memory = cw_memfd_new("corewarden-mailbox", CW_BUS_MAILBOX_SIZE);
	cleanup_fd int bell = -1;
	void *page;

	if (memory < 0)
		return memory;
	bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (bell < 0)
		return -errno;
	page = mmap(NULL, CW_BUS_MAILBOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (page == MAP_FAILED)
		return -errno;
	mailbox->page = page;
	mailbox->memory = cw_steal_fd(&memory);
	mailbox->bell = cw_steal_fd(&bell);
	return 0;
}

void cw_mailbox_free(struct cw_mailbox *mailbox)
{
	if (mailbox->page)
		munmap(mailbox->page, CW_BUS_MAILBOX_SIZE);
	mailbox->page = NULL;
	cw_close_fd(&mailbox->memory);
	cw_close_fd(&mailbox->bell);
}
