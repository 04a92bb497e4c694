// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz/state.c - the state directory as its owner may have written it: version, fuses, board; rollback and keys as the
 * platform service reads them
 *
 * The first byte picks the file, the rest is what it holds.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/verify.h"
#include "host/state.h"
#include "secure/pta/remoteproc.h"

static char dir[128];
static int dir_fd = -1, tee_fd = -1;
static const uint8_t digest[32] = {1, 2, 3};

static void leave(void)
{
	struct cw_error err;

	cw_state_reset(dir_fd, &err);
	unlinkat(dir_fd, "version", 0);
	rmdir(dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *tmp = getenv("TMPDIR");
	struct cw_error err;

	cw_crypto_start();
	snprintf(dir, sizeof(dir), "%s/cw-fuzz-state.XXXXXX", tmp ? tmp : "/dev/shm");
	fuzz_check(mkdtemp(dir) != NULL);
	fuzz_check(cw_state_open(dir, 1, &dir_fd, &err) == 0);
	fuzz_check(cw_state_open_tee(dir_fd, &tee_fd, &err) == 0);
	atexit(leave);
	return 0;
}

/* Without the fsync of the real writer. */
static void put(int at, const char *name, const void *data, size_t len)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_check(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
}

static void fuses(const uint8_t *data, size_t size)
{
	struct cw_bus_fuses f, again, was;
	struct cw_error err = {0};
	int r;

	memset(&f, 0x77, sizeof(f));
	was = f;
	put(dir_fd, "fuses", data, size);
	r = cw_state_fuses_read(dir_fd, &f, &err);
	fuzz_check(r == 0 || r == -EBADMSG || r == -EFBIG);
	if (r < 0) {
		fuzz_check(err.code == r && memcmp(&f, &was, sizeof(f)) == 0);
		return;
	}
	fuzz_check(cw_state_fuses_write(dir_fd, &f, &err) == 0);
	fuzz_check(cw_state_fuses_read(dir_fd, &again, &err) == 0);
	fuzz_check(memcmp(&f, &again, sizeof(f)) == 0);
}

static void board(const uint8_t *data, size_t size)
{
	struct cw_error err = {0};
	int r;

	put(tee_fd, "board", data, size);
	r = cw_state_board_check(tee_fd, "st,stm32mp157c-dk2", digest, &err);
	fuzz_check(r == 0 || r == -ESTALE || r == -EBADMSG || r == -EFBIG);
	fuzz_check(r == 0 || err.code == r);
	for (const char *p = err.text; *p; p++)
		fuzz_check((uint8_t)*p >= ' ' && (uint8_t)*p <= '~');
}

static void version(const uint8_t *data, size_t size)
{
	struct cw_error err = {0};
	int fd = -1, r;

	put(dir_fd, "version", data, size);
	r = cw_state_open(dir, 0, &fd, &err);
	fuzz_check(r == 0 || r == -EPROTO);
	if (r == 0)
		close(fd);
	put(dir_fd, "version", "corewarden-state 1\n", 19);
}

/* ---- as the platform service sees it ---- */

static struct cw_bus_fuses fused;

int __wrap_cw_bus_fuses(struct cw_bus *bus, struct cw_bus_fuses *ret);
int __wrap_cw_bus_fuses(struct cw_bus *bus, struct cw_bus_fuses *ret)
{
	*ret = fused;
	return 0;
}

static void quiet(const char *fmt, ...)
{
}

static void rollback(const uint8_t *data, size_t size)
{
	struct cw_pta_env env = {.state_fd = tee_fd, .log = quiet};
	struct cw_board_rproc m4 = {.name = "m4"};
	struct rproc p = {.env = &env, .board = &m4};
	uint64_t lowest = 77;
	TEE_Result res;

	memset(&fused, 0, sizeof(fused));
	memset(fused.key[0], 0xAA, 32);
	put(tee_fd, "rollback", data, size);
	res = rproc_rollback_minimum(&p, &fused, &lowest);
	fuzz_check(res == TEE_SUCCESS || (res == TEE_ERROR_CORRUPT_OBJECT && lowest == 77));
}

/* A key whose fuse is right: its bytes are then judged by what understands keys. */
static void key(const uint8_t *data, size_t size)
{
	struct cw_pta_env env = {.state_fd = tee_fd, .log = quiet};
	struct rproc p = {.env = &env};
	char name[96] = "keys/", text[512], hex[CW_FINGERPRINT_HEX];
	uint8_t signature[64] = {0};

	if (!size || size > CW_SPKI_MAX)
		return;
	memset(&fused, 0, sizeof(fused));
	fuzz_check(cw_crypto_fingerprint(cw_span(data, size), fused.key[1]) == 0);
	cw_hex_encode(fused.key[1], 32, hex);
	snprintf(name, sizeof(name), "keys/%s.der", hex);
	mkdirat(tee_fd, "keys", 0700);
	put(tee_fd, name, data, size);
	rproc_keys_text(&p, text, sizeof(text));
	fuzz_check(rproc_keys_verify(&p, 0x70003042u, cw_span(NULL, 0), digest, cw_span(signature, 64)) !=
		   TEE_SUCCESS);
	unlinkat(tee_fd, name, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const files[])(const uint8_t *data, size_t size) = {fuses, board, version,
									  rollback, key};

	if (size)
		files[data[0] % 5](data + 1, size - 1);
	return 0;
}
