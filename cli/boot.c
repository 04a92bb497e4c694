// SPDX-License-Identifier: BSD-2-Clause
/* cli/boot.c - corewarden boot: power a virtual board on, boot firmware on its processor, tell the story, end in order */
#include "cli/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/unpack.h"
#include "host/cleanup.h"

#define TRACE_EVERY_MS	 50
#define LAST_WORDS_MS	 5 /* between two looks at the trace of a core that crashed */
#define LAST_WORDS_LOOKS 10
#define ECHO_TIMEOUT_S	 30 /* without --timeout: for the endpoint to appear and all messages */
#define CRASHES_MAX	 3
#define TIMEOUT_MAX_S	 (30 * 24 * 3600)

static const char help[] =
	"usage: corewarden boot FILE [options]\n\n"
	"Powers a virtual board on, boots FILE on its remote processor, and shows every step, the firmware's trace and\n"
	"the rpmsg endpoints it announces. Ends in order: shutdown handshake, stop, release, memory scrubbed.\n\n"
	"  -b, --board BOARD      a name, or the path of a .dtb (default " CLI_BOARD_DEFAULT ")\n"
	"      --rproc NAME       the processor, when the board has several\n"
	"      --state DIR        the board's fuses, keys and counters; else chosen by the board's name\n"
	"  -t, --timeout SECONDS  end after this time; else at Ctrl-C, or when --echo is done\n"
	"      --echo N           send N messages to the first endpoint, show their round-trip times, end\n"
	"      --unauthenticated  load a plain ELF without any check; only a board with blank fuses lets it\n"
	"      --mips N           pace of the core in million instructions a second; 0 = as fast as it goes\n"
	"      --ta-dir DIR       trusted applications from there; the TEE still judges their signatures\n"
	"      --log LEVEL        of the helper processes, on stderr: error, warn, info, debug\n"
	"      --json             one event a line\n";

struct boot {
	const char *file, *board, *rproc_name, *state, *ta_dir, *log;
	uint64_t timeout_s, echo_n, mips;
	bool has_timeout, has_mips, unauthenticated;

	struct boot_show show;
	struct cw_platform *platform;
	struct cw_rproc *rproc;
	struct boot_trace traces[CW_RPROC_TRACES_MAX];
	struct boot_echo echo;
	unsigned crashes;
	uint64_t deadline; /* ns, 0 = none */
	int signals;
	char broken[256];
};

/* ---- options ---- */

enum { OPT_RPROC = 256, OPT_STATE, OPT_ECHO, OPT_UNAUTHENTICATED, OPT_MIPS, OPT_TA_DIR, OPT_LOG, OPT_JSON };

static const struct option longs[] = {
	{"board", required_argument, NULL, 'b'},
	{"timeout", required_argument, NULL, 't'},
	{"rproc", required_argument, NULL, OPT_RPROC},
	{"state", required_argument, NULL, OPT_STATE},
	{"echo", required_argument, NULL, OPT_ECHO},
	{"unauthenticated", no_argument, NULL, OPT_UNAUTHENTICATED},
	{"mips", required_argument, NULL, OPT_MIPS},
	{"ta-dir", required_argument, NULL, OPT_TA_DIR},
	{"log", required_argument, NULL, OPT_LOG},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, 'h'},
	{},
};

static int take_number(const char *name, uint64_t max, uint64_t *ret)
{
	if (cli_number(optarg, max, ret))
		return CLI_DONE;
	return cli_usage("boot", "%s '%s' is not a number up to %llu", name, optarg,
			 (unsigned long long)max);
}

static int take_log(struct boot *b)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (!strcmp(optarg, levels[i])) {
			b->log = levels[i];
			return CLI_DONE;
		}
	return cli_usage("boot", "--log knows error, warn, info and debug, not '%s'", optarg);
}

static int take_option(struct boot *b, int c)
{
	switch (c) {
	case 'b':
		b->board = optarg;
		break;
	case 't':
		b->has_timeout = true;
		return take_number("--timeout", TIMEOUT_MAX_S, &b->timeout_s);
	case OPT_RPROC:
		b->rproc_name = optarg;
		break;
	case OPT_STATE:
		b->state = optarg;
		break;
	case OPT_ECHO:
		return take_number("--echo", ECHO_MAX, &b->echo_n);
	case OPT_UNAUTHENTICATED:
		b->unauthenticated = true;
		break;
	case OPT_MIPS:
		b->has_mips = true;
		return take_number("--mips", 100000, &b->mips);
	case OPT_TA_DIR:
		b->ta_dir = optarg;
		break;
	case OPT_LOG:
		return take_log(b);
	case OPT_JSON:
		b->show.json = true;
		break;
	}
	return CLI_DONE;
}

static int parse(struct boot *b, int argc, char **argv)
{
	int c, status;

	while ((c = cli_getopt(argc, argv, ":b:t:h", longs)) != -1) {
		if (c == '?')
			return CLI_USAGE;
		if (c == 'h')
			return -1;
		status = take_option(b, c);
		if (status)
			return status;
	}
	if (optind == argc)
		return cli_usage("boot", "which firmware? give its FILE");
	b->file = argv[optind++];
	if (optind < argc)
		return cli_usage("boot", "'%s' is not expected", argv[optind]);
	return CLI_DONE;
}

/* ---- events ---- */

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void look_at_traces(struct boot *b, bool last)
{
	for (unsigned i = 0; i < cw_rproc_traces(b->rproc); i++)
		trace_look(&b->traces[i], &b->show, b->rproc, i, last);
}

/* A core that took a fault goes on in its handler, which may be writing what happened: look until nothing comes. */
static void take_last_words(struct boot *b)
{
	size_t before, after = 0;

	for (unsigned i = 0; i < LAST_WORDS_LOOKS; i++) {
		before = after;
		look_at_traces(b, false);
		after = 0;
		for (unsigned k = 0; k < CW_RPROC_TRACES_MAX; k++)
			after += b->traces[k].len;
		if (i && after == before)
			break;
		poll(NULL, 0, LAST_WORDS_MS);
	}
	look_at_traces(b, true);
}

static void on_step(void *ctx, struct cw_rproc *rproc, const struct cw_rproc_step *step)
{
	static const char *const nouns[CW_STEPS][2] = {
		[CW_STEP_LOAD] = {"segment", "segments"},
		[CW_STEP_RSC_TABLE] = {"entry", "entries"},
		[CW_STEP_CARVEOUTS] = {"region", "regions"},
		[CW_STEP_VRINGS] = {"vring", "vrings"},
		[CW_STEP_VIRTIO] = {"device", "devices"},
	};
	const char *noun = nouns[step->id][step->count != 1];
	struct boot *b = ctx;

	show_step(&b->show, cw_rproc_step_name(step->id), step->ns, step->bytes, step->count,
		  noun ? noun : "", step->text);
}

static void on_state(void *ctx, struct cw_rproc *rproc, enum cw_rproc_state from,
		     enum cw_rproc_state to)
{
	struct boot *b = ctx;

	show_state(&b->show, cw_rproc_name(rproc), cw_rproc_state_name(from),
		   cw_rproc_state_name(to));
}

static void on_crash(void *ctx, struct cw_rproc *rproc, const struct cw_rproc_crash *crash)
{
	struct boot *b = ctx;

	b->crashes++;
	show_crash(&b->show, cw_rproc_name(rproc), crash);
	take_last_words(b);
	if (b->crashes >= CRASHES_MAX)
		cw_rproc_set_recovery(rproc, false);
}

static void on_announced(void *ctx, struct cw_rproc *rproc, struct cw_rpmsg *bus,
			 const struct cw_rpmsg_channel *channel)
{
	struct boot *b = ctx;

	show_endpoint(&b->show, channel, false);
	echo_begin(&b->echo, bus, channel);
}

static void on_withdrawn(void *ctx, struct cw_rproc *rproc, struct cw_rpmsg *bus,
			 const struct cw_rpmsg_channel *channel)
{
	struct boot *b = ctx;

	show_endpoint(&b->show, channel, true);
}

static void on_broken(void *ctx, struct cw_rproc *rproc, struct cw_rpmsg *bus, const char *why)
{
	struct boot *b = ctx;

	snprintf(b->broken, sizeof(b->broken), "%s", why);
}

static const struct cw_rproc_events events = {
	.step = on_step,
	.state = on_state,
	.crash = on_crash,
	.announced = on_announced,
	.withdrawn = on_withdrawn,
	.broken = on_broken,
};

/* ---- the loop ---- */

/* Why the loop ends: 1 it is done, 0 go on, or a failure. */
static int judge(struct boot *b, struct cw_error *err)
{
	if (b->show.failed_output)
		return cw_error_set(err, -EPIPE, "standard output is gone");
	if (b->broken[0])
		return cw_error_set(err, -EIO, "%s broke the rpmsg rings: %s", cw_rproc_name(b->rproc),
				    b->broken);
	if (b->echo.err.code) {
		*err = b->echo.err;
		return err->code;
	}
	if (cw_rproc_state(b->rproc) == CW_RPROC_CRASHED)
		return cw_error_set(err, -EIO, "%s crashed %u times; it is not started again",
				    cw_rproc_name(b->rproc), b->crashes);
	if (b->echo_n && echo_finished(&b->echo))
		return 1;
	if (!b->deadline || now() < b->deadline)
		return 0;
	if (!b->echo_n)
		return 1;
	return b->echo.ept ? cw_error_set(err, -ETIMEDOUT, "only %u of %u messages were echoed in time",
					  b->echo.done, b->echo.wanted)
			   : cw_error_set(err, -ETIMEDOUT, "no rpmsg endpoint was announced in time");
}

static int wait_ms(const struct boot *b)
{
	uint64_t t = now(), left;

	if (!b->deadline)
		return TRACE_EVERY_MS;
	left = t < b->deadline ? (b->deadline - t + 999999) / 1000000 : 0;
	return left < TRACE_EVERY_MS ? (int)left : TRACE_EVERY_MS;
}

/* Until done, time-out, signal or failure. */
static int run(struct boot *b, struct cw_error *err)
{
	struct pollfd p[2] = {{.fd = cw_rproc_fd(b->rproc), .events = POLLIN},
			      {.fd = b->signals, .events = POLLIN}};
	uint64_t looked = 0;
	int r;

	for (;;) {
		r = judge(b, err);
		if (r)
			return r < 0 ? r : 0;
		if (poll(p, 2, wait_ms(b)) < 0 && errno != EINTR)
			return cw_error_errno(err, "waiting");
		if (p[1].revents & POLLIN) {
			show_remark(&b->show, "asked to end");
			return 0;
		}
		r = cw_rproc_process(b->rproc, 0, err);
		if (r < 0)
			return r;
		echo_go_on(&b->echo);
		if (now() - looked >= TRACE_EVERY_MS * 1000000ull) {
			look_at_traces(b, false);
			looked = now();
		}
	}
}

/* ---- from power on to power off ---- */

static int power_on(struct boot *b, struct cw_error *err)
{
	cleanup_free char *state = NULL;
	struct cw_platform_config config = {
		.board = b->board ? b->board : CLI_BOARD_DEFAULT,
		.ta_dir = b->ta_dir,
		.log = b->log,
		.mips = !b->has_mips ? 0 : b->mips ? (int)b->mips : -1,
	};
	uint64_t since = now();
	char text[160];
	int r = cli_state_path(b->state, b->board, &state, err);

	if (r < 0)
		return r;
	config.state = state;
	r = cw_platform_on(&config, &b->platform, err);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%s%s", cw_platform_board(b->platform)->model,
		 cw_platform_protected(b->platform) ? "" : ", NOT PROTECTED (debug)");
	show_step(&b->show, "power on", now() - since, 0, 0, "", text);
	return 0;
}

/* From here on Ctrl-C is an event. Helpers were started before: they do not inherit the mask. */
static int take_signals(struct boot *b, struct cw_error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	b->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return b->signals < 0 ? cw_error_errno(err, "signals") : 0;
}

/* Linux's firmware loader decompresses before the TEE sees anything; here nobody does. What cannot be read is told later. */
static int check_packing(const char *path, struct cw_error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint8_t head[8];
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));

	if (n < 0 || cli_packing(cw_span(head, (size_t)n)) == CLI_PLAIN)
		return 0;
	return cw_error_set(err, -EOPNOTSUPP,
			    "'%s' is compressed: decompress it first, with zstd -d or xz -d", path);
}

static int boot(struct boot *b, struct cw_error *err)
{
	struct cw_rproc_config config = {
		.unauthenticated = b->unauthenticated, .events = &events, .ctx = b};
	uint64_t timeout_s = b->has_timeout ? b->timeout_s : b->echo_n ? ECHO_TIMEOUT_S : 0;
	int r = check_packing(b->file, err);

	if (!r)
		r = power_on(b, err);
	if (!r)
		r = take_signals(b, err);
	if (!r)
		r = cw_rproc_new(b->platform, b->rproc_name, &config, &b->rproc, err);
	if (!r)
		r = cw_rproc_set_firmware(b->rproc, b->file, err);
	if (!r)
		r = cw_rproc_start(b->rproc, err);
	if (r < 0)
		return r;
	if (b->has_timeout || b->echo_n)
		b->deadline = now() + timeout_s * 1000000000ull;
	r = run(b, err);
	look_at_traces(b, false);
	echo_show(&b->echo, &b->show);
	return r;
}

/* Stop in order, whatever happened. The first error is the one that is told. */
static int end(struct boot *b, int r, struct cw_error *err)
{
	struct cw_error also;
	uint64_t since;
	int x;

	if (b->rproc && cw_rproc_state(b->rproc) != CW_RPROC_OFFLINE) {
		look_at_traces(b, true);
		x = cw_rproc_stop(b->rproc, r < 0 ? &also : err);
		r = r < 0 ? r : x;
	}
	b->rproc = cw_rproc_free(b->rproc);
	if (b->platform) {
		since = now();
		b->platform = cw_platform_off(b->platform, &also);
		show_step(&b->show, "power off", now() - since, 0, 0, "",
			  also.code ? "not in order" : "everything of the board is gone");
		if (!r && also.code) {
			*err = also;
			r = also.code;
		}
	}
	return r;
}

static void boot_done(struct boot *b)
{
	for (unsigned i = 0; i < CW_RPROC_TRACES_MAX; i++)
		trace_free(&b->traces[i]);
	echo_free(&b->echo);
	if (b->signals >= 0)
		close(b->signals);
}

int cmd_boot(int argc, char **argv)
{
	struct boot b = {.signals = -1};
	struct cw_error err = {0};
	int r = parse(&b, argc, argv);

	if (r)
		return r < 0 ? cli_help(help) : r;
	r = echo_init(&b.echo, (unsigned)b.echo_n, &err);
	if (!r)
		r = boot(&b, &err);
	r = end(&b, r, &err);
	if (!r && b.crashes)
		r = cw_error_set(&err, -EIO, "the firmware crashed (%u times) and was recovered", b.crashes);
	if (r < 0)
		show_failure(&b.show, &err);
	show_end(&b.show, !r);
	boot_done(&b);
	return r < 0 ? CLI_REFUSED : CLI_DONE;
}
