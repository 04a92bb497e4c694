// SPDX-License-Identifier: BSD-2-Clause
/*
 * tests/keys/wipe.c - wipe CORWARDEN: no private key is left in the memory of 'corewarden' when it ends
 *
 * The program is traced. It is stopped when it is about to exit, with all its memory still there, and every readable byte
 * of it is searched for the RSA primes and exponents, the EC scalar and the passphrase, as big-endian DER and as the
 * little-endian words of OpenSSL's numbers, whole or any quarter of them. The control: the same search when the program
 * puts its output in place, where the key is still in use, must find them. Only this process knows what to look for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#define NEEDLES_MAX 64
#define CHUNK	    (1u << 20)
#define LONGEST	    64

static const char *program;
static char folder[96];

/* ---- what to look for ---- */

struct needle {
	const char *what;
	size_t len;
	uint8_t bytes[LONGEST];
};

static struct needle needles[NEEDLES_MAX];
static unsigned n_needles;

static void add_needle(const char *what, const uint8_t *bytes, size_t len)
{
	struct needle *n = &needles[n_needles++];

	assert_true(n_needles <= NEEDLES_MAX && len <= LONGEST);
	*n = (struct needle){.what = what, .len = len};
	memcpy(n->bytes, bytes, len);
}

/* Quarters: what was partly overwritten is still a leak. Words of 8 bytes, least significant first, are how a number lies in
 * OpenSSL's memory on a little-endian machine; that is the whole number the other way round. */
static void add_number(EVP_PKEY *key, const char *param)
{
	uint8_t big[256], little[256];
	BIGNUM *n = NULL;
	size_t len, part;

	assert_int_equal(EVP_PKEY_get_bn_param(key, param, &n), 1);
	len = (size_t)(BN_num_bytes(n) + 7) / 8 * 8;
	assert_int_equal(BN_bn2binpad(n, big, (int)len), (int)len);
	assert_int_equal(BN_bn2lebinpad(n, little, (int)len), (int)len);
	BN_clear_free(n);
	part = len / 4 < 16 ? 16 : len / 4;
	for (size_t at = 0; at + part <= len; at += part) {
		add_needle(param, big + at, part);
		add_needle(param, little + at, part);
	}
}

/* ---- the program, traced ---- */

/* True when it stopped at @at: the exit, or putting its output in place. */
enum stop { AT_EXIT, AT_RENAME };

static pid_t start(char *const argv[])
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* LeakSanitizer traces, too */
		unsetenv("MALLOC_PERTURB_");		     /* would wipe for us */
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(77);
		raise(SIGSTOP);
		execv(argv[0], argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		return -1;
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, 0,
				PTRACE_O_EXITKILL | PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD),
			 0);
	return pid;
}

static bool is_rename(pid_t pid)
{
	struct __ptrace_syscall_info info;

	assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0);
	return info.op == PTRACE_SYSCALL_INFO_ENTRY &&
	       (info.entry.nr == SYS_rename || info.entry.nr == SYS_renameat ||
		info.entry.nr == SYS_renameat2);
}

static void run_to(pid_t pid, enum stop stop)
{
	int status, signal = 0;

	for (;;) {
		assert_int_equal(
			ptrace(stop == AT_RENAME ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, signal),
			0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSTOPPED(status));
		signal = 0;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
			assert_int_equal(stop, AT_EXIT);
			return;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (is_rename(pid))
				return;
		} else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
			signal = WSTOPSIG(status);
		}
	}
}

static int finish(pid_t pid)
{
	int status;

	assert_int_equal(ptrace(PTRACE_DETACH, pid, 0, 0), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- the search ---- */

/* One pass for all needles: most places end at the two bytes that some needle begins with. */
static uint8_t begins[65536];

static void index_needles(void)
{
	memset(begins, 0, sizeof(begins));
	for (unsigned i = 0; i < n_needles; i++)
		begins[needles[i].bytes[0] | needles[i].bytes[1] << 8] = 1;
}

static unsigned search_bytes(const uint8_t *bytes, size_t len, bool tell, unsigned long long at)
{
	unsigned hits = 0;

	for (size_t k = 0; k + 1 < len; k++) {
		if (!begins[bytes[k] | bytes[k + 1] << 8])
			continue;
		for (unsigned i = 0; i < n_needles; i++) {
			if (needles[i].len > len - k ||
			    memcmp(bytes + k, needles[i].bytes, needles[i].len))
				continue;
			hits++;
			if (tell)
				print_message("%s, %zu bytes of it, at 0x%llx\n", needles[i].what,
					      needles[i].len, at + k);
		}
	}
	return hits;
}

static unsigned search_range(int mem, unsigned long long from, unsigned long long to, bool tell,
			     unsigned long long *searched)
{
	static uint8_t chunk[CHUNK];
	unsigned hits = 0;

	while (from < to) {
		size_t want = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		ssize_t n = pread(mem, chunk, want, (off_t)from);

		if (n <= 0)
			break; /* guard pages, the kernel's own */
		*searched += (size_t)n;
		hits += search_bytes(chunk, (size_t)n, tell, from);
		/* overlap: what lies across two chunks */
		from += (size_t)n <= LONGEST || from + (size_t)n == to ? (size_t)n
								       : (size_t)n - LONGEST;
	}
	return hits;
}

static unsigned search(pid_t pid, bool tell)
{
	unsigned long long from, to, searched = 0;
	char path[64], line[512], mode[8];
	unsigned hits = 0;
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(mem >= 0);
	index_needles();
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%llx-%llx %7s", &from, &to, mode) == 3 && mode[0] == 'r' &&
		    to - from < (1ull << 30)) /* not the sanitizer's shadow */
			hits += search_range(mem, from, to, tell, &searched);
	fclose(maps);
	close(mem);
	assert_true(searched > 1u << 20);
	return hits;
}

/* ---- the cases ---- */

struct key_case {
	const char *name;
	bool ec, encrypted, der, old;
};

static void path_of(char ret[128], const char *name)
{
	snprintf(ret, 128, "%s/%s", folder, name);
}

static void write_key(EVP_PKEY *key, const struct key_case *c, const char *phrase, const char *path)
{
	BIO *bio = BIO_new_file(path, "wb");
	const EVP_CIPHER *cipher = c->encrypted ? EVP_aes_256_cbc() : NULL;
	int len = cipher ? (int)strlen(phrase) : 0;
	char *kstr = cipher ? (char *)phrase : NULL;

	assert_non_null(bio);
	if (c->old)
		assert_int_equal(PEM_write_bio_PrivateKey_traditional(
					 bio, key, cipher, (unsigned char *)kstr, len, NULL, NULL),
				 1);
	else if (c->der)
		assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, key, cipher, kstr, len, NULL, NULL),
				 1);
	else
		assert_int_equal(
			PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, kstr, len, NULL, NULL), 1);
	BIO_free(bio);
}

/* A key nobody has seen, and everything of it that must not be found. */
static void make_key(const struct key_case *c, char phrase[33], const char *path)
{
	static const char *const rsa[] = {
		OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,
		OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
		OSSL_PKEY_PARAM_RSA_D,	       OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
	EVP_PKEY *key = c->ec ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
	uint8_t noise[16];

	n_needles = 0;
	assert_non_null(key);
	assert_int_equal(RAND_bytes(noise, sizeof(noise)), 1);
	for (unsigned i = 0; i < sizeof(noise); i++)
		snprintf(phrase + 2 * i, 3, "%02x", noise[i]);
	write_key(key, c, phrase, path);
	if (c->ec)
		add_number(key, OSSL_PKEY_PARAM_PRIV_KEY);
	for (unsigned i = 0; !c->ec && i < sizeof(rsa) / sizeof(rsa[0]); i++)
		add_number(key, rsa[i]);
	EVP_PKEY_free(key);
	if (c->encrypted)
		add_needle("passphrase", (uint8_t *)phrase, 32);
}

static void put(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void leaves_nothing(void **state)
{
	const struct key_case *c = *state;
	char key[128], out[128], phrase_file[128], passin[160], elf[128], phrase[33];
	unsigned while_used, at_end;
	pid_t pid;

	path_of(key, "key");
	path_of(out, "out");
	path_of(phrase_file, "phrase");
	path_of(elf, "fw.elf");
	make_key(c, phrase, key);
	put(phrase_file, phrase, 32);
	snprintf(passin, sizeof(passin), "file:%s", phrase_file);
	char *argv[] = {(char *)program, "sign", elf,	     "-o",   out,
			"--key",	 key,	 "--passin", passin, NULL};

	for (enum stop stop = AT_EXIT; stop <= AT_RENAME; stop++) {
		pid = start(argv);
		if (pid < 0)
			skip();
		run_to(pid, stop);
		if (stop == AT_EXIT)
			at_end = search(pid, true);
		else
			while_used = search(pid, false);
		assert_int_equal(finish(pid), 0);
	}
	print_message("%s: %u pieces while it signs, %u at its end\n", c->name, while_used, at_end);
	assert_true(while_used > 0);
	assert_int_equal(at_end, 0);
}

/* ---- a device key that is made ---- */

/* The file that is about to get its name, as a private key; NULL: it is none. */
static EVP_PKEY *key_that_is_renamed(pid_t pid)
{
	struct __ptrace_syscall_info info;
	char path[64], name[256] = "";
	EVP_PKEY *key = NULL;
	int mem, dir;
	BIO *bio;

	assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(pread(mem, name, sizeof(name) - 1, (off_t)info.entry.args[1]) > 0);
	close(mem);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, (int)info.entry.args[0]);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mem = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC);
	bio = mem < 0 ? NULL : BIO_new_fd(mem, BIO_CLOSE);
	if (bio)
		key = d2i_PrivateKey_bio(bio, NULL);
	BIO_free(bio);
	if (dir >= 0)
		close(dir);
	return key;
}

static void provisioning_leaves_nothing(void **state)
{
	char folder_state[128], out[128];
	unsigned while_used, at_end;
	EVP_PKEY *key = NULL;
	pid_t pid;

	path_of(folder_state, "state");
	path_of(out, "out");
	char *argv[] = {(char *)program,    "provision", "--state", folder_state,
			"--device-key-out", out,	 NULL};

	pid = start(argv);
	if (pid < 0)
		skip();
	while (!key) {
		run_to(pid, AT_RENAME);
		key = key_that_is_renamed(pid);
	}
	n_needles = 0;
	add_number(key, OSSL_PKEY_PARAM_PRIV_KEY);
	EVP_PKEY_free(key);
	while_used = search(pid, false);
	run_to(pid, AT_EXIT);
	at_end = search(pid, true);
	assert_int_equal(finish(pid), 0);
	print_message("device key: %u pieces while it is stored, %u at the end\n", while_used,
		      at_end);
	assert_true(while_used > 0);
	assert_int_equal(at_end, 0);
}

/* A Cortex-M image of one small segment. */
static void make_elf(void)
{
	static const uint8_t head[84] = {
		0x7f,	   'E',	      'L',	 'F',	    1,	      1,
		1,	   [16] = 2,  [18] = 40, [20] = 1,  [24] = 8, [28] = 52,
		[40] = 52, [42] = 32, [44] = 1,	 [46] = 40, [52] = 1, [56] = 84,
		[68] = 64, [72] = 64, [76] = 5,	 [80] = 4};
	uint8_t file[84 + 64] = {0};
	char path[128];

	memcpy(file, head, sizeof(head));
	file[85] = 4;
	file[87] = 0x10;
	file[88] = 9;
	path_of(path, "fw.elf");
	put(path, file, sizeof(file));
}

static int remove_all(void **state)
{
	static const char *const names[] = {
		"key",	      "out",	      "phrase", "fw.elf", "state/tee/device.key",
		"state/lock", "state/version"};
	static const char *const folders[] = {"state/tee", "state"};
	char path[128];

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(path, names[i]);
		unlink(path);
	}
	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		path_of(path, folders[i]);
		rmdir(path);
	}
	return rmdir(folder);
}

int main(int argc, char **argv)
{
	static struct key_case cases[] = {
		{"RSA, PEM", false, false, false, false},
		{"RSA, DER", false, false, true, false},
		{"RSA, encrypted PEM", false, true, false, false},
		{"RSA, encrypted DER", false, true, true, false},
		{"RSA, encrypted PEM of the old form", false, true, false, true},
		{"EC, PEM", true, false, false, false},
		{"EC, PEM of the old form", true, false, false, true},
		{"EC, DER", true, false, true, false},
		{"EC, encrypted PEM", true, true, false, false},
		{"EC, encrypted DER", true, true, true, false},
	};
	enum { N_CASES = sizeof(cases) / sizeof(cases[0]) };
	struct CMUnitTest tests[N_CASES + 1];

	program = argc > 1 ? argv[1] : "";
	snprintf(folder, sizeof(folder), "%s/corewarden-wipe.XXXXXX", getenv("TMPDIR") ?: "/tmp");
	if (!mkdtemp(folder))
		return 99;
	make_elf();
	tests[N_CASES] = (struct CMUnitTest)cmocka_unit_test(provisioning_leaves_nothing);
	for (unsigned i = 0; i < N_CASES; i++)
		tests[i] =
			(struct CMUnitTest){cases[i].name, leaves_nothing, NULL, NULL, &cases[i]};
	return cmocka_run_group_tests(tests, NULL, remove_all);
}
