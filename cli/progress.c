// SPDX-License-Identifier: BSD-2-Clause
/* cli/progress.c - a bar on the terminal */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 32

static struct {
	const char *what;
	uint64_t began, drawn; /* ms; drawn 0: not yet */
	bool terminal;
} bar;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void draw(uint64_t done, uint64_t total)
{
	static const char full[] = "################################";
	int n = (int)(done * WIDTH / total);

	fprintf(stderr, "\r%s [%.*s%*s] %3u %%, %llu of %llu MiB", bar.what, n, full, WIDTH - n, "",
		(unsigned)(done * 100 / total), (unsigned long long)(done >> 20),
		(unsigned long long)(total >> 20));
}

static void step(void *ctx, uint64_t done, uint64_t total)
{
	uint64_t now;

	if (!bar.terminal || !total)
		return;
	if (done >= total) {
		if (bar.drawn)
			fputs("\r\033[K", stderr);
		bar.drawn = 0;
		return;
	}
	now = now_ms();
	if (now - bar.began < CLI_PROGRESS_AFTER_MS ||
	    (bar.drawn && now - bar.drawn < CLI_PROGRESS_EVERY_MS))
		return;
	draw(done, total);
	bar.drawn = now;
}

struct cw_progress cli_progress(const char *what)
{
	bar.what = what;
	bar.began = now_ms();
	bar.drawn = 0;
	bar.terminal = isatty(STDERR_FILENO);
	return (struct cw_progress){.fn = step};
}
