// SPDX-License-Identifier: BSD-2-Clause
/*
 * silicon/bus/main.c - corewarden-silicon: the power-on order, which is the root of trust
 *
 *	harden self -> state: lock, fuses -> secure socket pair, TEE -> sandbox -> device tree ->
 *memory, core, SoC -> serve
 *
 * The TEE starts before the device tree is even looked at: from then on nothing may be started or
 *opened any more, and what comes from the normal world is parsed inside the sandbox. The TEE waits
 *in its hello meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <corewarden/board.h>

#include "host/cleanup.h"
#include "host/memfd.h"
#include "host/msg.h"
#include "host/point.h"
#include "host/sandbox.h"
#include "host/spawn.h"
#include "host/state.h"
#include "silicon/bus/log.h"
#include "silicon/bus/options.h"
#include "silicon/bus/server.h"

#define DTB_MAX	     (1u << 20)
#define TEE_GRACE_MS 2000
#define TEE_ARGS_MAX 12

/* Every SoC there is; the first that fits. */
static const struct cw_soc_ops *const socs[] = {&cw_soc_stm32mp15_ddr, &cw_soc_stm32mp15};

struct power {
	struct cw_options options;
	struct cw_bus_fuses fuses;
	int state, state_lock, state_tee; /* -1: no state */
	int tee_sock, tee_pidfd;	  /* -1: no TEE */
	bool landlock;
	bool served; /* errors until then are told to the normal world in its first answer */
	struct cw_server server;
	struct cw_board board;
};

static int open_state(struct power *p, struct cw_error *err)
{
	int r;

	if (!*p->options.state)
		return 0;
	r = cw_state_open(p->options.state, 1, &p->state, err);
	if (r == 0)
		r = cw_state_lock(p->state, &p->state_lock, err);
	if (r == 0)
		r = cw_state_open_tee(p->state, &p->state_tee, err);
	if (r == 0)
		r = cw_state_fuses_read(p->state, &p->fuses, err);
	CW_POINT(silicon_state, r);
	return r;
}

/* The TEE's descriptors: 3 secure bus, then the state's tee folder when there is state, then the TA
 * loader. */
static int start_tee(struct power *p, struct cw_error *err)
{
	const struct cw_options *o = &p->options;
	cleanup_fd int theirs = -1;
	char state_arg[16], ta_arg[16], *argv[TEE_ARGS_MAX];
	int pair[2], keep[3], n_keep = 0, n = 0, r;

	if (o->tee_fd < 0)
		return 0;
	r = cw_msg_pair(pair);
	if (r < 0)
		return cw_error_set(err, r, "secure bus: %s", strerror(-r));
	p->tee_sock = pair[0];
	theirs = keep[n_keep++] = pair[1];
	/* The TEE itself may not set options any more when it first asks. */
	r = cw_msg_limit(theirs, cw_patience(CW_BUS_REPLY_MS));
	if (r < 0)
		return cw_error_set(err, r, "secure bus: %s", strerror(-r));
	argv[n++] = (char *)"corewarden-tee";
	if (cw_spawn_debug())
		argv[n++] = (char *)"--debug";
	if (p->state_tee >= 0) {
		snprintf(state_arg, sizeof(state_arg), "%d", 3 + n_keep);
		keep[n_keep++] = p->state_tee;
		argv[n++] = (char *)"--state-fd";
		argv[n++] = state_arg;
	}
	snprintf(ta_arg, sizeof(ta_arg), "%d", 3 + n_keep);
	keep[n_keep++] = o->ta_fd;
	argv[n++] = (char *)"--ta-fd";
	argv[n++] = ta_arg;
	if (o->ta_dir) {
		argv[n++] = (char *)"--ta-dir";
		argv[n++] = (char *)o->ta_dir;
	}
	argv[n++] = (char *)"--log";
	argv[n++] = (char *)o->log_word;
	argv[n] = NULL;
	return cw_spawn(o->tee_fd, argv, keep, (unsigned)n_keep, NULL, &p->tee_pidfd, err);
}

/* Nothing of these is of use once the TEE runs, and nothing may be started or opened any more. */
static int shut_in(struct power *p, struct cw_error *err)
{
	int r;

	cw_close_fd(&p->options.tee_fd);
	cw_close_fd(&p->options.ta_fd);
	cw_close_fd(&p->state_tee);
	cw_close_fd(&p->state); /* the lock stays */
	r = cw_sandbox_paths(NULL, err);
	if (r < 0)
		return r;
	p->landlock = r == 1;
	return cw_sandbox_seccomp(CW_SANDBOX_BASE | CW_SANDBOX_MSG | CW_SANDBOX_MEMORY |
					  CW_SANDBOX_MEMFD | CW_SANDBOX_JIT | CW_SANDBOX_THREADS |
					  CW_SANDBOX_REAP,
				  err);
}

static void report_protection(const struct power *p)
{
	if (p->server.not_protected)
		cw_log(CW_LOG_WARN,
		       "NOT PROTECTED: debug mode, processes can be inspected and have no "
		       "system call filter");
	else
		cw_log(CW_LOG_INFO,
		       "protected: unreadable program, undumpable, system call filter%s",
		       p->landlock ? ", Landlock" : "; this kernel or container has no Landlock");
}

/* A private, sealed copy: what was handed in may still be written by whoever handed it in. */
static int copy_dtb(struct power *p, struct cw_error *err)
{
	cleanup_free uint8_t *bytes = NULL;
	struct stat st;
	ssize_t n;

	if (fstat(p->options.dtb_fd, &st) < 0)
		return cw_error_errno(err, "device tree");
	if (st.st_size <= 0 || st.st_size > DTB_MAX)
		return cw_error_set(err, -EFBIG, "device tree: %lld bytes, expected 1 to %u",
				    (long long)st.st_size, DTB_MAX);
	bytes = malloc((size_t)st.st_size);
	if (!bytes)
		return cw_error_set(err, -ENOMEM, "out of memory");
	n = pread(p->options.dtb_fd, bytes, (size_t)st.st_size, 0);
	if (n != st.st_size)
		return cw_error_set(err, -EIO, "device tree: cannot be read");
	cw_close_fd(&p->options.dtb_fd);
	p->server.dtb_size = (size_t)n;
	p->server.dtb_fd = cw_memfd_sealed("corewarden-dtb", bytes, (size_t)n);
	if (p->server.dtb_fd < 0)
		return cw_error_set(err, p->server.dtb_fd, "device tree: copy: %s",
				    strerror(-p->server.dtb_fd));
	return cw_board_parse(bytes, (size_t)n, &p->board, err);
}

static const struct cw_soc_ops *find_soc(const struct cw_board *board)
{
	for (unsigned i = 0; i < sizeof(socs) / sizeof(*socs); i++) {
		const char *prefix = socs[i]->compatible;

		if (strncmp(board->soc, prefix, strlen(prefix)) == 0 ||
		    strncmp(board->compatible, prefix, strlen(prefix)) == 0)
			return socs[i];
	}
	return NULL;
}

static int make_machine(struct power *p, struct cw_error *err)
{
	struct cw_machine_config config = {
		.soc = find_soc(&p->board),
		.core = &cw_cortex_m4,
		.board = &p->board,
		.mips = p->options.mips,
		.weak_generations = p->options.weak_generations,
		.listener = {&p->server, cw_server_irq, cw_server_crash},
	};

	if (!config.soc)
		return cw_error_set(err, -ENODEV, "board %s has SoC %s, which is not known",
				    p->board.compatible, p->board.soc);
	return cw_machine_new(&config, &p->server.machine, err);
}

static int power_on(struct power *p, struct cw_error *err)
{
	int r = open_state(p, err);

	if (r == 0)
		r = start_tee(p, err);
	CW_POINT(silicon_tee, r);
	if (r == 0)
		r = shut_in(p, err);
	if (r < 0)
		return r;
	CW_POINT(silicon_confined);
	p->server.not_protected = cw_spawn_debug();
	p->server.fuses = &p->fuses;
	report_protection(p);
	r = copy_dtb(p, err);
	if (r == 0)
		r = make_machine(p, err);
	CW_POINT(silicon_machine, r);
	return r;
}

/* Its link is closed: the TEE ends by itself, or is ended. */
static void end_tee(struct power *p)
{
	struct pollfd gone = {.fd = p->tee_pidfd, .events = POLLIN};
	siginfo_t info;

	cw_close_fd(&p->tee_sock);
	if (p->tee_pidfd < 0)
		return;
	if (poll(&gone, 1, TEE_GRACE_MS) != 1) {
		cw_log(CW_LOG_WARN, "the TEE did not end within %u ms: killed", TEE_GRACE_MS);
		syscall(SYS_pidfd_send_signal, p->tee_pidfd, SIGKILL, NULL, 0);
	}
	waitid(P_PIDFD, (id_t)p->tee_pidfd, &info, WEXITED);
	cw_close_fd(&p->tee_pidfd);
}

static int serve(struct power *p, struct cw_error *err)
{
	int r = power_on(p, err);

	if (r < 0) {
		cw_log(CW_LOG_INFO, "%s", err->text);
		cw_server_refuse(CW_SILICON_BUS_FD, err);
		return r;
	}
	p->served = true;
	return cw_server_run(&p->server, CW_SILICON_BUS_FD, cw_steal_fd(&p->tee_sock), err);
}

int main(int argc, char **argv)
{
	static struct power p = {.state = -1,
				 .state_lock = -1,
				 .state_tee = -1,
				 .tee_sock = -1,
				 .tee_pidfd = -1,
				 .server = {.dtb_fd = -1}};
	struct cw_error err;
	int r = cw_spawn_harden_self(argv, &err);

	CW_POINT(silicon_hardened, r);
	if (r == 0)
		r = cw_options_parse(argc, argv, &p.options, &err);
	if (r < 0) {
		cw_log(CW_LOG_ERROR, "%s", err.text);
		cw_server_refuse(CW_SILICON_BUS_FD, &err);
		return 2;
	}
	cw_log_set(p.options.log);
	r = serve(&p, &err);
	if (r < 0 && p.served && !p.server.tee_refused)
		cw_log(CW_LOG_ERROR, "%s", err.text);
	CW_POINT(silicon_power_off, r);
	cw_machine_free(p.server.machine);
	end_tee(&p);
	CW_POINT(silicon_tee_gone);
	return r < 0 ? 1 : 0;
}
