// SPDX-License-Identifier: BSD-2-Clause
/* bus/power.c - power a virtual board on and off */
#include "bus/power.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cleanup.h"
#include "host/container.h"
#include "host/memfd.h"
#include "host/msg.h"
#include "host/point.h"
#include "host/spawn.h"

#define ARGS_MAX 20

/* Silicon's argument list and descriptors, growing together. */
struct launch {
	char *argv[ARGS_MAX];
	int n_args;
	int keep[4]; /* 3 bus, 4 device tree, 5 TEE, 6 TA loader */
	unsigned n_keep;
	char mips[12];
};

static void add(struct launch *l, const char *name, const char *value)
{
	l->argv[l->n_args++] = (char *)name;
	if (value)
		l->argv[l->n_args++] = (char *)value;
}

/* The TEE has another working directory: an absolute path, which the caller frees. NULL without
 * memory. */
static char *ta_dir(const char *dir)
{
	cleanup_free char *here = NULL;
	char *path;

	if (!dir)
		return cw_spawn_ta_dir();
	if (dir[0] == '/')
		return strdup(dir);
	here = getcwd(NULL, 0);
	return here && asprintf(&path, "%s/%s", here, dir) >= 0 ? path : NULL;
}

static void describe(struct launch *l, const struct cw_power_on *config, const char *tas)
{
	add(l, "corewarden-silicon", NULL);
	if (config->debug || cw_spawn_debug())
		add(l, "--debug", NULL);
	add(l, "--dtb-fd", "4");
	snprintf(l->mips, sizeof(l->mips), "%u", config->mips);
	add(l, "--mips", l->mips);
	if (config->state && *config->state)
		add(l, "--state", config->state);
	if (!config->no_tee) {
		add(l, "--tee-fd", "5");
		add(l, "--ta-fd", "6");
	}
	add(l, "--ta-dir", tas);
	add(l, "--log", config->log ? config->log : "warn");
	if (config->weak_generations)
		add(l, "--weaken", "generations");
}

/* Wait for silicon's end and reap it. 0 exit status 0, -EIO another end, -ETIMEDOUT it is still
 * there. */
static int await_end(int pidfd, int timeout_ms, siginfo_t *ret_info)
{
	struct pollfd gone = {.fd = pidfd, .events = POLLIN};
	int r;

	do
		r = poll(&gone, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return -ETIMEDOUT;
	memset(ret_info, 0, sizeof(*ret_info));
	/* A host that ignores SIGCHLD has it reaped already, and no status. */
	if (r < 0 || waitid(P_PIDFD, (id_t)pidfd, ret_info, WEXITED) < 0)
		return errno == ECHILD ? 0 : -EIO;
	return ret_info->si_code == CLD_EXITED && ret_info->si_status == 0 ? 0 : -EIO;
}

static int describe_end(int r, const siginfo_t *info, struct cw_error *err)
{
	if (r == -EIO && info->si_code == CLD_EXITED)
		return cw_error_set(err, r, "corewarden-silicon ended with status %d",
				    info->si_status);
	if (r == -EIO && !info->si_code)
		return cw_error_set(err, r, "how corewarden-silicon ended could not be seen");
	if (r == -EIO)
		return cw_error_set(err, r, "corewarden-silicon was killed by signal %d (%s)",
				    info->si_status, strsignal(info->si_status));
	return r;
}

static int end_silicon(int pidfd, unsigned timeout_ms, struct cw_error *err)
{
	siginfo_t info;
	int r = await_end(pidfd, (int)cw_patience(timeout_ms), &info);

	if (r != -ETIMEDOUT)
		return describe_end(r, &info, err);
	syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	(void)await_end(pidfd, -1, &info);
	return cw_error_set(err, -ETIMEDOUT,
			    "corewarden-silicon did not end within %u ms and was killed",
			    timeout_ms);
}

/* Say hello; takes @sock. When silicon ends without having told why, its exit status has to do. */
static int greet(int sock, int pidfd, struct cw_bus **ret_bus, struct cw_error *err)
{
	struct cw_error why = {0}, end = {0};
	int r = cw_bus_hello(sock, ret_bus, &why);

	if (r == 0) {
		/* If not, the limit of hello stays. */
		(void)cw_msg_limit(cw_bus_fd(*ret_bus), cw_patience(CW_BUS_REPLY_MS));
		return 0;
	}
	(void)end_silicon(pidfd, CW_POWER_OFF_MS, &end);
	if (why.text[0])
		return cw_error_set(err, r, "%s", why.text);
	if (r == -ETIMEDOUT)
		return cw_error_set(err, r, "the board did not come up within %u s",
				    CW_BUS_HELLO_MS / 1000);
	return cw_error_set(err, r, "the board did not come up: %s%s%s", strerror(-r),
			    end.text[0] ? "; " : "", end.text);
}

static int power_on(const struct cw_power_on *config, struct cw_bus **ret_bus, int *ret_silicon_pidfd,
		    struct cw_error *err)
{
	cleanup_fd int silicon = -1, tee = -1, ta = -1, dtb = -1, ours = -1, theirs = -1,
		       pidfd = -1;
	cleanup_free char *tas = NULL;
	struct launch l = {.n_args = 0};
	int pair[2], r;

	CW_POINT(power_on);
	r = cw_spawn_find("corewarden-silicon", &silicon, err);

	if (r == 0 && !config->no_tee)
		r = cw_spawn_find("corewarden-tee", &tee, err);
	if (r == 0 && !config->no_tee)
		r = cw_spawn_find("corewarden-ta", &ta, err);
	if (r < 0)
		return r;
	dtb = cw_memfd_sealed("corewarden-dtb", config->dtb, config->dtb_size);
	if (dtb < 0)
		return cw_error_set(err, dtb, "device tree: %s", strerror(-dtb));
	r = cw_msg_pair(pair);
	if (r < 0)
		return cw_error_set(err, r, "non-secure bus: %s", strerror(-r));
	ours = pair[0];
	theirs = pair[1];
	r = cw_msg_limit(ours, cw_patience(CW_BUS_HELLO_MS));
	if (r < 0)
		return cw_error_set(err, r, "non-secure bus: %s", strerror(-r));
	tas = ta_dir(config->ta_dir);
	if (!tas)
		return cw_error_set(err, -ENOMEM, "out of memory");
	describe(&l, config, tas);
	l.keep[l.n_keep++] = theirs;
	l.keep[l.n_keep++] = dtb;
	if (!config->no_tee) {
		l.keep[l.n_keep++] = tee;
		l.keep[l.n_keep++] = ta;
	}
	CW_POINT(power_spawn);
	r = cw_spawn_session(silicon, l.argv, l.keep, l.n_keep, NULL, &pidfd, err);
	if (r < 0)
		return r;
	cw_close_fd(&theirs);
	CW_POINT(power_greet);
	r = greet(cw_steal_fd(&ours), pidfd, ret_bus, err);
	if (r < 0)
		return r;
	CW_POINT(power_up);
	*ret_silicon_pidfd = cw_steal_fd(&pidfd);
	return 0;
}

int cw_bus_power_on(const struct cw_power_on *config, struct cw_bus **ret_bus,
		    int *ret_silicon_pidfd, struct cw_error *err)
{
	int r = power_on(config, ret_bus, ret_silicon_pidfd, err);

	return r < 0 ? cw_container_explain(r, err) : 0;
}

int cw_bus_power_off(struct cw_bus *bus, int silicon_pidfd, unsigned timeout_ms,
		     struct cw_error *err)
{
	cleanup_fd int pidfd = silicon_pidfd;
	int r;

	CW_POINT(power_off);
	cw_bus_free(bus);
	r = end_silicon(pidfd, timeout_ms, err);
	CW_POINT(power_gone, r);
	return r;
}
