// SPDX-License-Identifier: BSD-2-Clause
/* cli/passphrase.c - passphrases and PINs, from where openssl's -passin takes them, or from a terminal */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "host/cleanup.h"

/* ---- sources ---- */

static bool is_source(const char *text)
{
	static const char *const heads[] = {"pass:", "file:", "env:"};
	uint64_t fd;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (!strncmp(text, heads[i], strlen(heads[i])))
			return true;
	return !strcmp(text, "stdin") ||
	       (!strncmp(text, "fd:", 3) && cli_number(text + 3, INT32_MAX, &fd));
}

int cli_passin_take(struct cli_passin *p, const char *command, char *text)
{
	if (!is_source(text)) /* not repeated: it may be the passphrase itself */
		return cli_usage(command,
				 "--passin takes pass:TEXT, file:PATH, env:NAME, fd:NUMBER or "
				 "stdin");
	p->source = text;
	return CLI_DONE;
}

/* Byte by byte: what follows the line is for others. */
static int first_line(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 0;

	while (len < size && ((n = read(fd, buf + len, 1)) == 1 || (n < 0 && errno == EINTR))) {
		if (n == 1 && buf[len] == '\n')
			break;
		len += n == 1;
	}
	if (n < 0)
		return -errno;
	return len < size ? (int)len : -E2BIG;
}

static int take_text(const char *text, char *buf, size_t size)
{
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return -ENOKEY; /* no such variable: nothing was given */
	if (len >= size)
		return -E2BIG;
	memcpy(buf, text, len);
	return (int)len;
}

static int read_source(const char *source, char *buf, size_t size)
{
	cleanup_fd int file = -1;

	if (!strncmp(source, "pass:", 5))
		return take_text(source + 5, buf, size);
	if (!strncmp(source, "env:", 4))
		return take_text(getenv(source + 4), buf, size);
	if (!strcmp(source, "stdin"))
		return first_line(STDIN_FILENO, buf, size);
	if (!strncmp(source, "fd:", 3))
		return first_line((int)strtol(source + 3, NULL, 0), buf, size);
	file = open(source + 5, O_RDONLY | O_CLOEXEC);
	return file < 0 ? -errno : first_line(file, buf, size);
}

/* ---- the terminal ---- */

/* What would end us, or stop us, waits until the terminal echoes again. */
static void hold_signals(sigset_t *held, sigset_t *old)
{
	static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP};

	sigemptyset(held);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(held, signals[i]);
	sigprocmask(SIG_BLOCK, held, old);
}

/* The line; or -EINTR because a held signal came, which stays pending. The terminal shows whole lines only. */
static int line_or_signal(int tty, const sigset_t *held, char *buf, size_t size)
{
	cleanup_fd int came = signalfd(-1, held, SFD_CLOEXEC);
	struct pollfd fds[] = {{.fd = tty, .events = POLLIN}, {.fd = came, .events = POLLIN}};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			break;
	return fds[1].revents ? -EINTR : first_line(tty, buf, size);
}

static int ask_terminal(const char *name, char *buf, size_t size)
{
	cleanup_fd int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios before, silent;
	sigset_t held, old;
	int len;

	if (tty < 0 || tcgetattr(tty, &before) < 0)
		return -ENOKEY;
	hold_signals(&held, &old);
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH,
		  &silent); /* before the question: what answers it must not be flushed */
	dprintf(tty, "passphrase or PIN of '%s': ", name);
	len = line_or_signal(tty, &held, buf, size);
	tcsetattr(tty, TCSAFLUSH, &before);
	dprintf(tty, "\n");
	sigprocmask(SIG_SETMASK, &old, NULL);
	return len;
}

int cli_passphrase(void *arg, const char *name, char *buf, size_t size)
{
	struct cli_passin *p = arg;

	if (!p->source)
		return ask_terminal(name, buf, size);
	if (!p->read)
		p->len = read_source(p->source, p->phrase, sizeof(p->phrase));
	p->read = true;
	if (p->len < 0)
		return p->len;
	if ((size_t)p->len > size)
		return -E2BIG;
	memcpy(buf, p->phrase, (size_t)p->len);
	return p->len;
}

void cli_passin_done(struct cli_passin *p)
{
	char *text = NULL;

	if (p->source && !strncmp(p->source, "pass:", 5))
		text = p->source + 5;
	else if (p->source && !strncmp(p->source, "env:", 4))
		text = getenv(p->source + 4);
	if (text)
		explicit_bzero(text, strlen(text));
	explicit_bzero(p->phrase, sizeof(p->phrase));
}
