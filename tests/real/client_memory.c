// SPDX-License-Identifier: BSD-2-Clause
/* client_memory.c - read physical memory as root on Linux can, and say what happens */
#include "tests/real/client.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host/cleanup.h"

static sigjmp_buf out;

static void on_bus_error(int sig)
{
	siglongjmp(out, sig);
}

/* MEMORY pa value|SIGBUS|not mapped */
static void read_word(int fd, unsigned long pa)
{
	volatile uint32_t *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, (off_t)(pa & ~4095ul));
	uint32_t value;
	int sig;

	if (p == MAP_FAILED) {
		printf("MEMORY 0x%08lx not mapped: %s\n", pa, strerror(errno));
		return;
	}
	sig = sigsetjmp(out, 1);
	if (sig) {
		printf("MEMORY 0x%08lx SIG%s\n", pa, sigabbrev_np(sig));
	} else {
		value = p[pa % 4096 / 4];
		printf("MEMORY 0x%08lx read 0x%08x\n", pa, value);
	}
	munmap((void *)(uintptr_t)p, 4096);
}

int client_memory(int argc, char **argv)
{
	cleanup_fd int fd = open("/dev/mem", O_RDONLY | O_SYNC | O_CLOEXEC);
	struct sigaction sa = {.sa_handler = on_bus_error};

	if (fd < 0)
		client_die("/dev/mem: %s", strerror(errno));
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	for (int i = 1; i < argc; i++)
		read_word(fd, strtoul(argv[i], NULL, 16));
	return 0;
}
