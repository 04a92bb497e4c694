// SPDX-License-Identifier: BSD-2-Clause
/* tests/unit/pta/rig.c - a bus without silicon */
#include "rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/span.h"
#include "crypto/verify.h"
#include "host/state.h"

#define TZCR 0x50000000u
#define GCR  0x5000010Cu
#define GRST 0x50000404u

struct rig rig;

struct piece {
	uint64_t pa, size;
	bool exchange;
	bool locked;
	uint32_t generation;
	int fd;
	uint8_t *host;
};

static struct piece pieces[] = {
	{.pa = 0x38000000, .size = 0x10000},
	{.pa = 0x10000000, .size = 0x40000},
	{.pa = 0x10040000, .size = 0x1000, .exchange = true},
	{.pa = 0x10041000, .size = 0x1000, .exchange = true},
	{.pa = 0x10042000, .size = 0x4000, .exchange = true},
	{.pa = 0x10046000, .size = 0x1A000},
};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static struct {
	EVP_PKEY *key;
	uint8_t der[CW_SPKI_MAX];
	size_t len;
	uint8_t fp[32];
} keys[RIG_KEYS];

static void need(bool good)
{
	if (!good)
		abort();
}

static bool fails(void)
{
	rig.calls++;
	return rig.calls == rig.fail_at || (rig.fail_on && rig.fail_at && rig.calls > rig.fail_at);
}

static uint64_t canonical(uint64_t pa)
{
	return pa >= 0x30000000 && pa < 0x30060000 ? pa - 0x20000000 : pa;
}

static struct piece *piece_at(uint64_t pa)
{
	for (size_t i = 0; i < PIECES; i++)
		if (canonical(pa) >= pieces[i].pa && canonical(pa) - pieces[i].pa < pieces[i].size)
			return &pieces[i];
	return NULL;
}

/* A new generation; with @keep the contents move. */
static void renew(struct piece *p, bool keep)
{
	int fd = memfd_create("piece", MFD_CLOEXEC);
	uint8_t *host;

	need(fd >= 0 && ftruncate(fd, (off_t)p->size) == 0);
	host = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(host != MAP_FAILED);
	if (p->host) {
		if (keep)
			memcpy(host, p->host, p->size);
		memset(p->host, 0, p->size);
		munmap(p->host, p->size);
		close(p->fd);
	}
	p->host = host;
	p->fd = fd;
	p->generation++;
}

static int access_memory(uint64_t pa, void *buf, size_t len, bool write)
{
	uint8_t *b = buf;

	for (size_t n; len; pa += n, b += n, len -= n) {
		struct piece *p = piece_at(pa);
		uint64_t off;

		if (!p)
			return -EFAULT;
		off = canonical(pa) - p->pa;
		n = p->size - off < len ? (size_t)(p->size - off) : len;
		if (write) {
			rig.unlocked_write |= !p->locked;
			memcpy(p->host + off, b, n);
		} else {
			memcpy(b, p->host + off, n);
		}
	}
	return 0;
}

int cw_bus_read(struct cw_bus *bus, cw_pa pa, void *buf, size_t len)
{
	return fails() ? -EIO : access_memory(pa.v, buf, len, false);
}

int cw_bus_write(struct cw_bus *bus, cw_pa pa, const void *buf, size_t len)
{
	return fails() ? -EIO : access_memory(pa.v, (void *)(uintptr_t)buf, len, true);
}

int cw_bus_read32(struct cw_bus *bus, cw_pa pa, uint32_t *ret)
{
	if (fails())
		return -EIO;
	*ret = pa.v == TZCR ? rig.tzcr : pa.v == GCR ? rig.gcr : 0;
	return 0;
}

int cw_bus_write32(struct cw_bus *bus, cw_pa pa, uint32_t v)
{
	if (fails())
		return -EIO;
	if (pa.v == TZCR)
		rig.tzcr = v;
	if (pa.v == GRST && (v & 2)) {
		rig.resets++;
		rig.core.state = CW_CORE_HELD;
	}
	if (pa.v == GCR) {
		if ((v & 1) && rig.core.state == CW_CORE_HELD) {
			rig.core.state = CW_CORE_RUNNING;
			rig.releases++;
		}
		rig.gcr = v;
	}
	return 0;
}

int cw_bus_map(struct cw_bus *bus, cw_pa pa, struct cw_bus_region *ret_region, int *ret_fd)
{
	struct piece *p = piece_at(pa.v);

	if (fails())
		return -EIO;
	if (!p)
		return -EFAULT;
	if (rig.no_maps)
		return -EOPNOTSUPP;
	*ret_region =
		(struct cw_bus_region){.pa = p->pa, .size = p->size, .generation = p->generation};
	*ret_fd = fcntl(p->fd, F_DUPFD_CLOEXEC, 3);
	need(*ret_fd >= 0);
	return 0;
}

static void drop_windows(const struct piece *p)
{
	for (unsigned i = 0; i < rig.n_windows;) {
		if (cw_range_overlap(rig.windows[i].pa, rig.windows[i].len, p->pa, p->size))
			rig.windows[i] = rig.windows[--rig.n_windows];
		else
			i++;
	}
}

static int change(uint64_t pa, uint64_t size, bool lock)
{
	uint64_t first = canonical(pa);

	rig.running_change |= rig.core.state != CW_CORE_HELD;
	for (uint64_t at = first; at < first + size;) {
		struct piece *p = piece_at(at);

		if (!p || p->pa != at || p->pa + p->size > first + size)
			return -EINVAL;
		if (p->exchange)
			return -EOPNOTSUPP;
		if (p->locked != lock) {
			renew(p, lock);
			p->locked = lock;
			drop_windows(p);
		}
		at += p->size;
	}
	return 0;
}

int cw_bus_protect(struct cw_bus *bus, cw_pa pa, uint64_t size)
{
	return fails() ? -EIO : change(pa.v, size, true);
}

int cw_bus_open(struct cw_bus *bus, cw_pa pa, uint64_t size)
{
	return fails() ? -EIO : change(pa.v, size, false);
}

int cw_bus_fill(struct cw_bus *bus, cw_pa pa, uint64_t size, uint8_t byte)
{
	uint8_t *buf;
	int r;

	if (fails())
		return -EIO;
	buf = malloc(size);
	need(buf);
	memset(buf, byte, size);
	r = access_memory(pa.v, buf, size, true);
	free(buf);
	return r;
}

int cw_bus_window(struct cw_bus *bus, cw_pa pa, uint32_t len, uint32_t flags)
{
	if (fails())
		return -EIO;
	if (rig.n_windows == 64)
		return -ENOSPC;
	rig.windows[rig.n_windows++] =
		(struct rig_window){canonical(pa.v), len, flags & CW_BUS_WINDOW_WRITE};
	return 0;
}

int cw_bus_windows_clear(struct cw_bus *bus)
{
	if (fails())
		return -EIO;
	rig.n_windows = 0;
	return 0;
}

int cw_bus_fuses(struct cw_bus *bus, struct cw_bus_fuses *ret)
{
	if (fails())
		return -EIO;
	*ret = rig.fuses;
	return 0;
}

int cw_bus_core(struct cw_bus *bus, struct cw_bus_core *ret)
{
	if (fails())
		return -EIO;
	*ret = rig.core;
	return 0;
}

static int ns_access(uint64_t pa, void *buf, uint32_t len, bool write)
{
	struct piece *p = piece_at(pa);
	bool may = p && !p->locked;

	for (unsigned i = 0; i < rig.n_windows && !may; i++)
		may = (!write || rig.windows[i].write) && canonical(pa) >= rig.windows[i].pa &&
		      cw_range_inside(canonical(pa) - rig.windows[i].pa, len, rig.windows[i].len);
	if (!may)
		return -EACCES;
	if (write)
		memcpy(p->host + (canonical(pa) - p->pa), buf, len);
	else
		memcpy(buf, p->host + (canonical(pa) - p->pa), len);
	return 0;
}

int rig_ns_read(uint64_t pa, void *buf, uint32_t len)
{
	return ns_access(pa, buf, len, false);
}

int rig_ns_write(uint64_t pa, const void *buf, uint32_t len)
{
	return ns_access(pa, (void *)(uintptr_t)buf, len, true);
}

bool rig_memory_zero(void)
{
	bool zero = true;

	for (size_t i = 0; i < PIECES; i++)
		zero &= cw_span_zero(cw_span(pieces[i].host, pieces[i].size));
	return zero;
}

unsigned rig_locked(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < PIECES; i++)
		n += pieces[i].locked;
	return n;
}

static int timer(struct cw_pta_env *env, unsigned ms, void (*fn)(void *arg), void *arg)
{
	if (!ms) {
		rig.idle_fn = fn;
		rig.idle_arg = arg;
		return 0;
	}
	rig.timer_fn = fn;
	rig.timer_arg = arg;
	rig.timer_ms = ms;
	return 0;
}

bool rig_idle(void)
{
	void (*fn)(void *arg) = rig.idle_fn;

	rig.idle_fn = NULL;
	if (fn)
		fn(rig.idle_arg);
	return fn;
}

static void timer_cancel(struct cw_pta_env *env, void *arg)
{
	if (arg == rig.idle_arg)
		rig.idle_fn = NULL;
	else
		rig.timer_fn = NULL;
}

bool rig_timer_fire(void)
{
	void (*fn)(void *arg) = rig.timer_fn;

	rig.timer_fn = NULL;
	if (fn)
		fn(rig.timer_arg);
	return fn;
}

static void quiet(const char *fmt, ...)
{
}

static void add_region(const char *name, uint64_t da, uint64_t pa, uint64_t size)
{
	struct cw_board_rproc *p = &rig.board.rprocs[0];
	struct cw_board_region *r = &p->regions[p->n_regions++];

	snprintf(r->name, sizeof(r->name), "%s", name);
	r->da = da;
	r->pa = pa;
	r->size = size;
	r->exchange = !strncmp(name, "vdev", 4);
	r->buffer = !strcmp(name, "vdev0buffer");
}

static void make_board(void)
{
	struct cw_board_rproc *p = &rig.board.rprocs[0];

	snprintf(rig.board.soc, sizeof(rig.board.soc), "st,stm32mp157");
	rig.board.n_rprocs = 1;
	snprintf(p->name, sizeof(p->name), "m4");
	snprintf(p->compatible, sizeof(p->compatible), "st,stm32mp1-m4");
	add_region("retram", 0, 0x38000000, 0x10000);
	add_region("mcuram", 0x30000000, 0x30000000, 0x40000);
	add_region("mcuram2", 0x10000000, 0x10000000, 0x40000);
	add_region("vdev0vring0", 0x10040000, 0x10040000, 0x1000);
	add_region("vdev0vring1", 0x10041000, 0x10041000, 0x1000);
	add_region("vdev0buffer", 0x10042000, 0x10042000, 0x4000);
	p->holdboot = (struct cw_board_field){GCR, 1};
	p->reset = (struct cw_board_field){GRST, 2};
}

static void make_keys(void)
{
	if (keys[0].key)
		return;
	keys[RIG_RSA].key = EVP_RSA_gen(2048);
	keys[RIG_EC].key = EVP_EC_gen("P-256");
	keys[RIG_OTHER].key = EVP_RSA_gen(2048);
	for (int i = 0; i < RIG_KEYS; i++) {
		unsigned char *der = keys[i].der;
		int len = i2d_PUBKEY(keys[i].key, &der);

		need(len > 0);
		keys[i].len = (size_t)len;
		test_sha256(keys[i].der, keys[i].len, keys[i].fp);
	}
}

void *rig_key(enum rig_key key)
{
	return (void *)(uintptr_t)key;
}

size_t rig_spki(enum rig_key key, const uint8_t **ret_der)
{
	*ret_der = keys[key].der;
	return keys[key].len;
}

void rig_fingerprint(enum rig_key key, char ret_hex[65])
{
	cw_hex_encode(keys[key].fp, 32, ret_hex);
}

static size_t sign_ec(const uint8_t *der, size_t len, uint8_t sig[512])
{
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)len);

	need(s);
	BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + 32, 32);
	ECDSA_SIG_free(s);
	return 64;
}

size_t rig_sign(void *arg, const uint8_t digest[32], uint8_t sig[512])
{
	enum rig_key key = (enum rig_key)(uintptr_t)arg;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, keys[key].key, NULL);
	uint8_t raw[512];
	size_t len = sizeof(raw);

	need(EVP_PKEY_sign_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
	     EVP_PKEY_sign(ctx, raw, &len, digest, 32) == 1);
	EVP_PKEY_CTX_free(ctx);
	if (key == RIG_EC)
		return sign_ec(raw, len, sig);
	memcpy(sig, raw, len);
	return len;
}

void rig_write_file(const char *name, const void *data, size_t len)
{
	need(cw_state_file_write(rig.env.state_fd, name, data, len, NULL) == 0);
}

long rig_read_file(const char *name, void *buf, size_t size)
{
	return cw_state_file_read(rig.env.state_fd, name, buf, size, NULL);
}

void rig_store_key(enum rig_key key)
{
	char name[80], hex[65];

	rig_fingerprint(key, hex);
	snprintf(name, sizeof(name), "keys/%s.der", hex);
	rig_write_file(name, keys[key].der, keys[key].len);
}

void rig_fuse(unsigned slot, enum rig_key key)
{
	memcpy(rig.fuses.key[slot], keys[key].fp, 32);
}

void rig_new(void)
{
	memset(&rig, 0, sizeof(rig));
	make_board();
	make_keys();
	for (size_t i = 0; i < PIECES; i++) {
		renew(&pieces[i], false);
		pieces[i].locked = false;
	}
	snprintf(rig.state, sizeof(rig.state), "%s/cw-pta.XXXXXX", getenv("TMPDIR") ?: "/tmp");
	need(mkdtemp(rig.state));
	rig.env = (struct cw_pta_env){
		.board = &rig.board, .timer = timer, .timer_cancel = timer_cancel, .log = quiet};
	rig.env.state_fd = open(rig.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(rig.env.state_fd >= 0);
	rig_fuse(0, RIG_RSA);
	rig_fuse(1, RIG_EC);
	rig_store_key(RIG_RSA);
	rig_store_key(RIG_EC);
	need(cw_pta_remoteproc.init(&rig.env) == 0);
	rig.unlocked_write = false;
}

static void remove_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char name[512];

	need(d);
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (unlink(name) < 0)
			remove_folder(name);
	}
	closedir(d);
	rmdir(path);
}

void rig_free(void)
{
	rig.fail_at = 0;
	cw_pta_remoteproc.exit(&rig.env);
	close(rig.env.state_fd);
	remove_folder(rig.state);
}
