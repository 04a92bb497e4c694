// SPDX-License-Identifier: BSD-2-Clause
/* bus/test_silicon.c - the real corewarden-silicon with a fake TEE: power on, both buses, deaths,
 * power off */
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake_tee.h"
#include "host/cleanup.h"
#include "host/spawn.h"
#include "host/state.h"

static void hello_tells_the_side(void **state)
{
	const struct cw_bus_hello *h;
	struct board b;

	(void)state;
	board_on(&b, NULL, false);
	h = cw_bus_info(b.ns);
	assert_int_equal(h->version, CW_BUS_VERSION);
	assert_int_equal(h->side, CW_BUS_NONSECURE);
	assert_int_equal(h->flags, cw_spawn_debug() ? CW_BUS_NOT_PROTECTED : 0);
	assert_true(h->regions >= 6);
	board_off(&b);
}

static void regions_and_stats(void **state)
{
	struct cw_bus_region r;
	struct cw_bus_stats st;
	struct board b;
	bool mcuram2 = false, vring = false, secure = false;
	uint32_t n;

	(void)state;
	board_on(&b, NULL, false);
	for (n = 0; cw_bus_region(b.ns, n, &r) == 0; n++) {
		mcuram2 |= strcmp(r.name, "mcuram2") == 0 && r.pa == MCURAM && r.size == 0x40000;
		vring |= strcmp(r.name, "vdev0vring0") == 0 && (r.flags & CW_BUS_REGION_EXCHANGE);
		secure |= r.pa == SYSRAM && (r.flags & CW_BUS_REGION_SECURE);
		assert_string_not_equal(r.name, "mcuram"); /* the alias has no piece of its own */
	}
	assert_int_equal(n, cw_bus_info(b.ns)->regions);
	assert_int_equal(cw_bus_region(b.ns, n, &r), -ENOENT);
	assert_true(mcuram2 && vring && secure);
	assert_int_equal(cw_bus_stats(b.ns, &st), 0);
	assert_int_equal(st.regions, n);
	assert_int_equal(st.protected_regions, 0);
	assert_int_equal(st.tee_clients, 1);
	board_off(&b);
}

static void bytes_go_both_ways(void **state)
{
	uint8_t out[5000], in[5000];
	struct board b;
	uint32_t v = 0;

	(void)state;
	board_on(&b, NULL, false);
	for (unsigned i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7);
	assert_int_equal(cw_bus_write(b.ns, CW_PA(MCURAM + 3), out, sizeof(out)), 0);
	assert_int_equal(cw_bus_read(b.ns, CW_PA(MCURAM_A + 3), in, sizeof(in)), 0);
	assert_memory_equal(out, in, sizeof(in));
	assert_int_equal(cw_bus_read(b.s, CW_PA(MCURAM + 3), in, sizeof(in)), 0);
	assert_memory_equal(out, in, sizeof(in));
	/* a register: IPCC version */
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(0x4c0013f4), &v), 0);
	assert_int_equal(v, 0x10);
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(0x90000000), &v), -EFAULT);
	assert_int_equal(cw_bus_write32(b.ns, CW_PA(0x90000000), 1), -EFAULT);
	assert_int_equal(cw_bus_read(b.ns, CW_PA(SYSRAM), in, 4), -EACCES);
	assert_int_equal(cw_bus_write(b.ns, CW_PA(SYSRAM), in, 4), -EACCES);
	assert_int_equal(cw_bus_write(b.s, CW_PA(SYSRAM), out, 4), 0);
	assert_int_equal(cw_bus_read(b.ns, CW_PA(UINT64_MAX - 1), in, 8), -EINVAL);
	board_off(&b);
}

static void device_tree_is_a_sealed_copy(void **state)
{
	cleanup_fd int fd = -1;
	struct board b;
	size_t size = 0;
	void *p;

	(void)state;
	board_on(&b, NULL, false);
	assert_int_equal(cw_bus_dtb(b.ns, &fd, &size), 0);
	assert_int_equal(size, board_dtb_size);
	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	assert_memory_equal(p, board_dtb, size);
	munmap(p, size);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	board_off(&b);
}

/* Everything about protection in the order a boot does it, through the sockets. */
static void protection_end_to_end(void **state)
{
	cleanup_fd int fd = -1, other = -1;
	struct cw_bus_region r0, r1;
	struct cw_bus_stats st;
	struct board b;
	uint32_t v = 0;
	volatile uint32_t *before;

	(void)state;
	board_on(&b, NULL, false);
	assert_int_equal(cw_bus_map(b.ns, CW_PA(MCURAM_A + 0x100), &r0, &fd), 0);
	assert_int_equal(r0.pa, MCURAM);
	before = mmap(NULL, r0.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(before, MAP_FAILED);
	before[0x40] = 0x12345678;
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(MCURAM + 0x100), &v), 0);
	assert_int_equal(v, 0x12345678);

	assert_int_equal(cw_bus_protect(b.s, CW_PA(MCURAM_A), 0x40000), 0);
	assert_int_equal(before[0x40], 0); /* the mapping taken before reads zeros ... */
	before[0x40] = 0xbad;		   /* ... and writes nowhere */
	assert_int_equal(cw_bus_read32(b.s, CW_PA(MCURAM + 0x100), &v), 0);
	assert_int_equal(v, 0x12345678);
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(MCURAM + 0x100), &v), -EACCES);
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(MCURAM_A + 0x100), &v), -EACCES);
	assert_int_equal(cw_bus_map(b.ns, CW_PA(MCURAM), &r1, &other), -EACCES);
	assert_int_equal(other, -1);
	assert_int_equal(cw_bus_map(b.s, CW_PA(MCURAM), &r1, &other), 0);
	assert_int_equal(r1.generation, r0.generation + 1);
	assert_int_equal(r1.flags & CW_BUS_REGION_PROTECTED, CW_BUS_REGION_PROTECTED);

	assert_int_equal(cw_bus_window(b.s, CW_PA(MCURAM + 0x100), 4, 0), 0);
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(MCURAM_A + 0x100), &v), 0);
	assert_int_equal(v, 0x12345678);
	assert_int_equal(cw_bus_write32(b.ns, CW_PA(MCURAM + 0x100), 1), -EACCES);
	assert_int_equal(cw_bus_stats(b.ns, &st), 0);
	assert_int_equal(st.protected_regions, 1);
	assert_int_equal(st.windows, 1);
	assert_int_equal(st.maps_granted, 0);
	assert_int_equal(st.refused, 4);
	assert_int_equal(cw_bus_windows_clear(b.s), 0);
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(MCURAM + 0x100), &v), -EACCES);

	assert_int_equal(cw_bus_fill(b.s, CW_PA(MCURAM + 0x200), 0x1000, 0x5a), 0);
	assert_int_equal(cw_bus_open(b.s, CW_PA(MCURAM), 0x40000), 0);
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(MCURAM + 0x100), &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(cw_bus_protect(b.s, CW_PA(VRING0), 0x1000), -EOPNOTSUPP);
	munmap((void *)before, r0.size);
	board_off(&b);
}

static void secure_operations_are_the_tees(void **state)
{
	struct cw_bus_fuses fuses;
	struct cw_bus_core core;
	struct board b;

	(void)state;
	board_on(&b, NULL, false);
	assert_int_equal(cw_bus_protect(b.ns, CW_PA(MCURAM), 0x40000), -EPERM);
	assert_int_equal(cw_bus_open(b.ns, CW_PA(MCURAM), 0x40000), -EPERM);
	assert_int_equal(cw_bus_fill(b.ns, CW_PA(MCURAM), 1, 0), -EPERM);
	assert_int_equal(cw_bus_window(b.ns, CW_PA(MCURAM), 1, 0), -EPERM);
	assert_int_equal(cw_bus_windows_clear(b.ns), -EPERM);
	assert_int_equal(cw_bus_fuses(b.ns, &fuses), -EPERM);
	assert_int_equal(cw_bus_core(b.ns, &core), -EPERM);
	assert_int_equal(cw_bus_connect_tee(b.s, 0), -EPERM);
	assert_int_equal(cw_bus_core(b.s, &core), 0);
	assert_int_equal(core.state, CW_CORE_HELD);
	board_off(&b);
}

static char *tee_args(int sock, char *buf, size_t size)
{
	struct cw_msg m;

	assert_int_equal(cw_msg_send(sock, FAKE_ARGS, 77, 0, NULL, 0, NULL, 0), 0);
	assert_int_equal(cw_msg_recv(sock, &m, 0), 1);
	snprintf(buf, size, "%.*s", (int)cw_msg_payload_len(&m), (char *)m.payload);
	return buf;
}

static void state_is_read_and_locked(void **state)
{
	struct cw_power_on again = {.dtb = board_dtb, .dtb_size = board_dtb_size};
	struct cw_bus_fuses fuses = {.require = CW_FUSE_REQUIRE_TARGET, .key[1] = {1, 2, 3}}, got;
	char top[] = "/tmp/cw-silicon-XXXXXX", dir[64], args[512], cmd[128];
	struct cw_error err = {0};
	struct cw_bus *bus = NULL;
	int fd, pidfd = -1;
	struct board b;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/state", top);
	assert_int_equal(cw_state_open(dir, 1, &fd, &err), 0);
	assert_int_equal(cw_state_fuses_write(fd, &fuses, &err), 0);

	board_on(&b, dir, false);
	assert_int_equal(cw_bus_fuses(b.s, &got), 0);
	assert_memory_equal(&got, &fuses, sizeof(got));
	assert_non_null(strstr(tee_args(b.tee_sock, args, sizeof(args)),
			       "--state-fd 4 --ta-fd 5 --ta-dir /some/ta dir --log warn"));
	again.state = dir;
	assert_int_equal(cw_bus_power_on(&again, &bus, &pidfd, &err), -EBUSY);
	assert_non_null(strstr(err.text, "another board"));
	assert_null(bus);
	board_off(&b);

	assert_int_equal(cw_state_file_write(fd, "fuses", "x\n", 2, &err), 0);
	assert_int_equal(cw_bus_power_on(&again, &bus, &pidfd, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "line 1"));
	close(fd);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", top);
	assert_int_equal(system(cmd), 0);

	again.state = NULL;
	again.ta_dir = "relative";
	assert_int_equal(cw_bus_power_on(&again, &b.ns, &b.pidfd, &err), 0);
	b.tee_sock = board_tee(&b);
	assert_non_null(strstr(tee_args(b.tee_sock, args, sizeof(args)), "--ta-fd 4 "));
	assert_non_null(strstr(args, "/relative --log"));
	assert_non_null(strstr(args, "--ta-dir /"));
	assert_null(strstr(args, "--state-fd"));
	close(b.tee_sock);
	b.s = NULL;
	board_off(&b);
}

static void start_failures_are_told(void **state)
{
	struct cw_power_on config = {.dtb = "not a device tree", .dtb_size = 17};
	struct cw_error err = {0};
	struct cw_bus *bus = NULL;
	int pidfd = -1;

	(void)state;
	assert_int_equal(cw_bus_power_on(&config, &bus, &pidfd, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "device tree"));
	config.dtb = board_dtb;
	config.dtb_size = board_dtb_size;
	config.ta_dir = "stillborn";
	assert_int_equal(cw_bus_power_on(&config, &bus, &pidfd, &err), -EPIPE);
	assert_non_null(strstr(err.text, "TEE ended before it was ready"));
	config.ta_dir = NULL;
	config.log = "loud";
	assert_int_equal(cw_bus_power_on(&config, &bus, &pidfd, &err), -EINVAL);
	assert_non_null(strstr(err.text, "bad argument '--log loud'"));
	assert_null(bus);
	assert_int_equal(pidfd, -1);
}

static int lowest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* Fewer and fewer descriptors missing: each failure leaves no descriptor, no process and an
 * untouched output. */
static void every_step_of_power_on_fails_clean(void **state)
{
	struct cw_power_on config = {.dtb = board_dtb, .dtb_size = board_dtb_size};
	int before = lowest_free(), r = -EMFILE, failures = 0;
	struct rlimit all, few;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	for (rlim_t spare = 0; r < 0; spare++) {
		struct cw_error err = {0};
		struct cw_bus *bus = NULL;
		int pidfd = -1;

		assert_true(spare < 64);
		few = all;
		few.rlim_cur = (rlim_t)before + spare;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		r = cw_bus_power_on(&config, &bus, &pidfd, &err);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
		if (r == 0) {
			assert_int_equal(cw_bus_power_off(bus, pidfd, CW_POWER_OFF_MS, &err), 0);
		} else {
			failures++;
			assert_true(err.text[0]);
			assert_null(bus);
			assert_int_equal(pidfd, -1);
		}
		assert_int_equal(lowest_free(), before);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
	assert_true(failures > 5);
}

static void board_without_tee(void **state)
{
	struct board b;
	uint32_t v;

	(void)state;
	board_on(&b, NULL, true);
	assert_int_equal(cw_bus_connect_tee(b.ns, cw_bus_fd(b.ns)), -ENOTCONN);
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(RETRAM), &v), 0);
	board_off(&b);
}

static void death_of_the_tee(void **state)
{
	struct board b;
	uint32_t v;
	int r;

	(void)state;
	board_on(&b, NULL, false);
	assert_int_equal(cw_bus_protect(b.s, CW_PA(MCURAM), 0x40000), 0);
	assert_int_equal(cw_bus_window(b.s, CW_PA(MCURAM), 4, 0), 0);
	assert_int_equal(cw_msg_send(b.tee_sock, FAKE_EXIT, 5, 0, NULL, 0, NULL, 0), 0);
	/* Silicon learns of it by the socket; until then it may still take a connection. */
	do
		r = cw_bus_connect_tee(b.ns, cw_bus_fd(b.ns));
	while (r == 0 || r == -EPIPE);
	assert_int_equal(r, -ENOTCONN);
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(MCURAM), &v), -EACCES);
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(RETRAM), &v), 0);
	board_off(&b);
}

static void a_deaf_tee_is_killed(void **state)
{
	struct board b;

	(void)state;
	board_on(&b, NULL, false);
	assert_int_equal(cw_msg_send(b.tee_sock, FAKE_HANG, 5, 0, NULL, 0, NULL, 0), 0);
	board_off(&b);
}

/* The normal world's death in the middle of everything: its end of the bus is closed by the kernel.
 */
static void death_of_the_client(void **state)
{
	struct pollfd gone;
	struct board b;

	(void)state;
	board_on(&b, NULL, false);
	assert_int_equal(cw_bus_post32(b.ns, CW_PA(VRING0), 1), 0);
	cw_bus_free(b.ns);
	gone = (struct pollfd){.fd = b.pidfd, .events = POLLIN};
	assert_int_equal(poll(&gone, 1, -1), 1);
	gone = (struct pollfd){.fd = b.tee_sock, .events = POLLIN};
	assert_int_equal(poll(&gone, 1, -1), 1);
	assert_int_equal(cw_bus_power_off(NULL, b.pidfd, CW_POWER_OFF_MS, NULL), 0);
	cw_bus_free(b.s);
}

/* Open memory is scrubbed at power-off, also for who still maps it. */
static void power_off_scrubs(void **state)
{
	cleanup_fd int fd = -1;
	struct cw_bus_region r;
	struct board b;
	volatile uint32_t *p;

	(void)state;
	board_on(&b, NULL, false);
	assert_int_equal(cw_bus_map(b.ns, CW_PA(RETRAM), &r, &fd), 0);
	p = mmap(NULL, r.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p[0] = 0xdeadbeef;
	board_off(&b);
	assert_int_equal(p[0], 0);
	munmap((void *)p, r.size);
}

static void forged_frame_is_power_off(void **state)
{
	struct cw_msg_hdr hdr = {.len = 0xffffffff, .op = CW_BUS_READ, .id = 3};
	struct cw_error err = {0};
	struct board b;
	uint32_t v;

	(void)state;
	board_on(&b, NULL, false);
	assert_int_equal(send(cw_bus_fd(b.ns), &hdr, sizeof(hdr), MSG_NOSIGNAL), sizeof(hdr));
	assert_int_equal(cw_bus_read32(b.ns, CW_PA(RETRAM), &v), -EPIPE);
	assert_int_equal(cw_bus_power_off(b.ns, b.pidfd, CW_POWER_OFF_MS, &err), -EIO);
	assert_non_null(strstr(err.text, "status 1"));
	cw_bus_free(b.s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_tells_the_side),
		cmocka_unit_test(regions_and_stats),
		cmocka_unit_test(bytes_go_both_ways),
		cmocka_unit_test(device_tree_is_a_sealed_copy),
		cmocka_unit_test(protection_end_to_end),
		cmocka_unit_test(secure_operations_are_the_tees),
		cmocka_unit_test(state_is_read_and_locked),
		cmocka_unit_test(start_failures_are_told),
		cmocka_unit_test(every_step_of_power_on_fails_clean),
		cmocka_unit_test(board_without_tee),
		cmocka_unit_test(death_of_the_tee),
		cmocka_unit_test(a_deaf_tee_is_killed),
		cmocka_unit_test(death_of_the_client),
		cmocka_unit_test(power_off_scrubs),
		cmocka_unit_test(forged_frame_is_power_off),
	};

	return board_main(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
