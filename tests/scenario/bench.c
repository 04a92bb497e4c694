// SPDX-License-Identifier: BSD-2-Clause
/* scenario/bench.c - folder, tools, board */
#include "tests/scenario/bench.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <corewarden/board.h>

#include "bus/power.h"
#include "host/cleanup.h"
#include "host/msg.h"
#include "secure/api/remoteproc_ta.h"
#include "teec/teec_ext.h"

#define PATH_ROOM 600

#define NOBODY 65534

/* ---- folder and tools ---- */

/* What an unprivileged process must be able to run and read, wherever the build tree is. */
static const struct {
	const char *from, *to;
} copied[] = {
	{"corewarden", "corewarden"},
	{"silicon/bus/corewarden-silicon", "libexec/corewarden-silicon"},
	{"secure/tee/corewarden-tee", "libexec/corewarden-tee"},
	{"secure/tee/corewarden-ta", "libexec/corewarden-ta"},
	{"boards/stm32mp15.dtb", "boards/stm32mp15.dtb"},
	{"firmware/echo.elf", "firmware/echo.elf"},
	{"firmware/fault.elf", "firmware/fault.elf"},
	{"secure/ta/80a4c275-0a47-4905-8285-1486a9771a08.ta",
	 "secure/ta/80a4c275-0a47-4905-8285-1486a9771a08.ta"},
};

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

static void copy_file(const char *from, char *to)
{
	cleanup_free void *data = NULL;
	cleanup_fd int fd = -1;
	size_t len;

	data = bench_read_file(from, &len);
	make_parents(to);
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		fail_msg("copy %s to %s: %s", from, to, strerror(errno));
}

static void become_nobody(struct bench *b, const char *build)
{
	char copy[sizeof(b->build)];

	snprintf(copy, sizeof(copy), "%s/programs", b->dir);
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		char from[800], to[800];

		snprintf(from, sizeof(from), "%s/%s", build, copied[i].from);
		snprintf(to, sizeof(to), "%s/%s", copy, copied[i].to);
		copy_file(from, to);
	}
	assert_int_equal(setenv("COREWARDEN_LIBEXEC", bench_path(b, "programs/libexec"), 1), 0);
	snprintf(b->build, sizeof(b->build), "%s", copy);
	assert_int_equal(chown(b->dir, NOBODY, NOBODY), 0);
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setresgid(NOBODY, NOBODY, NOBODY), 0);
	assert_int_equal(setresuid(NOBODY, NOBODY, NOBODY), 0);
	assert_int_equal(setenv("HOME", b->dir, 1), 0);
}

void bench_open(struct bench *b, const char *build, bool drop_root)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(b->dir, sizeof(b->dir), "%s/corewarden-test.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	snprintf(b->build, sizeof(b->build), "%s", build);
	if (!mkdtemp(b->dir))
		fail_msg("mkdtemp %s: %s", b->dir, strerror(errno));
	chmod(b->dir, 0755);
	if (drop_root && geteuid() == 0)
		become_nobody(b, build);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void bench_close(struct bench *b)
{
	/* What another uid left (the folder itself, made by root) stays when it cannot be removed: then it is empty. */
	nftw(b->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *next_path(void)
{
	static char ring[8][PATH_ROOM];
	static unsigned next;

	return ring[next++ % 8];
}

const char *bench_path(struct bench *b, const char *fmt, ...)
{
	char *path = next_path();
	va_list ap;
	int n;

	n = snprintf(path, PATH_ROOM, "%s/", b->dir);
	va_start(ap, fmt);
	vsnprintf(path + n, PATH_ROOM - (size_t)n, fmt, ap);
	va_end(ap);
	return path;
}

const char *bench_firmware(struct bench *b, const char *name)
{
	char *path = next_path();

	snprintf(path, PATH_ROOM, "%s/firmware/%s.elf", b->build, name);
	return path;
}

static char *read_all(int fd)
{
	size_t used = 0, size = 4096;
	char *text = malloc(size);
	ssize_t n;

	while (text && (n = read(fd, text + used, size - used - 1)) > 0) {
		used += (size_t)n;
		if (size - used < 1024) {
			char *more = realloc(text, size *= 2);

			if (!more)
				free(text);
			text = more;
		}
	}
	if (text)
		text[used] = '\0';
	return text;
}

int bench_run(struct bench *b, char **ret_output, const char *program, ...)
{
	char path[700], *argv[32], *output;
	int fds[2], n = 1, status = -1;
	va_list ap;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", b->build, program);
	argv[0] = access(path, X_OK) == 0 ? path : (char *)program;
	va_start(ap, program);
	while (n < 31 && (argv[n] = va_arg(ap, char *)))
		n++;
	va_end(ap);
	argv[n] = NULL;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(fds[1]);
	output = read_all(fds[0]);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (ret_output)
		*ret_output = output;
	else
		free(output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void bench_sign(struct bench *b, const char *elf, const char *out, const char *key, const char *version,
		const char *device)
{
	cleanup_free char *output = NULL;

	if (bench_run(b, &output, "corewarden", "sign", elf, "-o", out, "--key", key,
		      version ? "--fw-version" : NULL, version, device ? "--encrypt-to" : NULL, device, NULL))
		fail_msg("sign %s: %s", elf, output);
}

void bench_key(struct bench *b, const char *name, const char *kind)
{
	bool ec = !strcmp(kind, "p256");
	char option[64], pem[600];
	int status;

	snprintf(pem, sizeof(pem), "%s", bench_path(b, "%s.pem", name));
	if (ec)
		snprintf(option, sizeof(option), "ec_paramgen_curve:P-256");
	else
		snprintf(option, sizeof(option), "rsa_keygen_bits:%s", kind + 3);
	status = bench_run(b, NULL, "openssl", "genpkey", "-quiet", "-algorithm", ec ? "EC" : "RSA",
			   "-pkeyopt", option, "-out", pem, NULL);
	assert_int_equal(status, 0);
	status = bench_run(b, NULL, "openssl", "pkey", "-in", pem, "-pubout", "-out",
			   bench_path(b, "%s.pub", name), NULL);
	assert_int_equal(status, 0);
}

void bench_provision(struct bench *b, const char *state, const char *pub, const char *require)
{
	char *output;
	int status;

	if (require && *require)
		status = bench_run(b, &output, "corewarden", "provision", "--key", pub, "--state",
				   state, "--require", require, NULL);
	else
		status = bench_run(b, &output, "corewarden", "provision", "--key", pub, "--state",
				   state, NULL);
	if (status)
		fail_msg("provision: %s", output);
	free(output);
}

void *bench_read_file(const char *path, size_t *ret_len)
{
	cleanup_file FILE *f = fopen(path, "re");
	struct stat st;
	void *data;

	if (!f || fstat(fileno(f), &st) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	data = malloc((size_t)st.st_size + 1);
	assert_non_null(data);
	if (fread(data, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		fail_msg("%s: short read", path);
	*ret_len = (size_t)st.st_size;
	return data;
}

/* ---- tables ---- */

void bench_table_open(struct bench_table *t, const char *path, const char *folder)
{
	size_t len;

	t->folder = folder;
	t->text = bench_read_file(path, &len);
	t->text[len] = '\0';
	t->next = t->text;
	strsep(&t->next, "\n"); /* heading */
}

bool bench_table_row(struct bench_table *t, unsigned n, const char **cells[])
{
	char *row = strsep(&t->next, "\n");

	if (!row || !*row)
		return false;
	for (unsigned i = 0; i < n; i++) {
		const char *cell = strsep(&row, "\t");

		*cells[i] = cell ? cell : "";
	}
	return true;
}

void bench_table_close(struct bench_table *t)
{
	free(t->text);
}

void *bench_table_image(const struct bench_table *t, const char *file, size_t *ret_len)
{
	char path[800];

	snprintf(path, sizeof(path), "%s/%s", t->folder, file);
	return bench_read_file(path, ret_len);
}

/* ---- board ---- */

pid_t bench_pid(int pidfd)
{
	cleanup_file FILE *f = NULL;
	char path[64], line[128];
	int pid = -1;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	return pid;
}

void bench_board_on(struct bench *b, struct bench_board *board, const char *state,
		    enum bench_mode mode)
{
	cleanup_free void *dtb = NULL;
	char tree[600], ta_dir[600];
	struct cw_power_on config = {.state = state,
				     .debug = mode != BENCH_PROTECTED,
				     .weak_generations = mode == BENCH_WEAK_GENERATIONS,
				     .log = "error"};
	struct cw_error err;
	int pair[2];

	snprintf(tree, sizeof(tree), "%s/boards/stm32mp15.dtb", b->build);
	snprintf(ta_dir, sizeof(ta_dir), "%s/secure/ta", b->build);
	*board = (struct bench_board){.silicon = -1};
	dtb = bench_read_file(tree, &config.dtb_size);
	config.dtb = dtb;
	config.ta_dir = ta_dir;
	if (cw_bus_power_on(&config, &board->bus, &board->silicon, &err) < 0)
		fail_msg("power on: %s", err.text);
	board->pid = bench_pid(board->silicon);
	assert_int_equal(cw_msg_pair(pair), 0);
	assert_int_equal(cw_bus_connect_tee(board->bus, pair[1]), 0);
	close(pair[1]);
	assert_int_equal(cw_teec_init_from_socket(pair[0], &board->tee), TEEC_SUCCESS);
}

void bench_board_session(struct bench_board *board)
{
	static const TEEC_UUID ta = TA_RPROC_UUID;
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE,
							    TEEC_NONE)};
	uint32_t origin = 0;
	TEEC_Result res = TEEC_OpenSession(&board->tee, &board->session, &ta, TEEC_LOGIN_PUBLIC,
					   NULL, &op, &origin);

	if (res != TEEC_SUCCESS)
		fail_msg("open session: 0x%08x, origin %u", res, origin);
	board->has_session = true;
}

void bench_board_off(struct bench_board *board)
{
	struct cw_error err;

	if (board->has_session)
		TEEC_CloseSession(&board->session);
	TEEC_FinalizeContext(&board->tee);
	if (cw_bus_power_off(board->bus, board->silicon, CW_POWER_OFF_MS, &err) < 0)
		fail_msg("power off: %s", err.text);
	*board = (struct bench_board){.silicon = -1};
}

TEEC_Result bench_load(struct bench_board *board, const void *image, size_t len)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_INPUT,
							    TEEC_NONE, TEEC_NONE)};

	op.params[1].tmpref.buffer = (void *)image;
	op.params[1].tmpref.size = len;
	return TEEC_InvokeCommand(&board->session, TA_RPROC_CMD_LOAD_FW, &op, NULL);
}

TEEC_Result bench_command(struct bench_board *board, uint32_t command)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE,
							    TEEC_NONE)};

	return TEEC_InvokeCommand(&board->session, command, &op, NULL);
}

void bench_reason(struct bench_board *board, char *text, size_t size, uint32_t *ret_code)
{
	TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_MEMREF_TEMP_OUTPUT,
							    TEEC_VALUE_OUTPUT, TEEC_VALUE_OUTPUT)};
	TEEC_Result res;

	op.params[1].tmpref.buffer = text;
	op.params[1].tmpref.size = size - 1;
	res = TEEC_InvokeCommand(&board->session, TA_CW_CMD_REASON, &op, NULL);
	if (res != TEEC_SUCCESS)
		fail_msg("the reason cannot be had: 0x%08x", res);
	text[op.params[1].tmpref.size] = '\0';
	*ret_code = op.params[2].value.a;
}

bool bench_memory_clean(struct bench_board *board, uint64_t *ret_pa)
{
	struct cw_bus_region region;

	for (uint32_t i = 0; cw_bus_region(board->bus, i, &region) == 0; i++) {
		cleanup_free uint8_t *bytes = NULL;

		if (region.flags & CW_BUS_REGION_SECURE)
			continue;
		bytes = malloc(region.size);
		assert_non_null(bytes);
		*ret_pa = region.pa;
		if (cw_bus_read(board->bus, CW_PA(region.pa), bytes, region.size) < 0)
			return false;
		for (uint64_t k = 0; k < region.size; k++) {
			*ret_pa = region.pa + k;
			if (bytes[k])
				return false;
		}
	}
	return true;
}
