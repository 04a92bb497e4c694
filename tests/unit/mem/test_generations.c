// SPDX-License-Identifier: BSD-2-Clause
/* mem/test_generations.c - protect and open: who sees what through which mapping, before and after
 */
#include "rig.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Map a piece as another process would: by a duplicate of its descriptor. */
static volatile uint32_t *map(struct cw_mem *mem, enum cw_bus_side side, uint64_t pa, int *ret_fd)
{
	struct cw_bus_region r;
	void *p;
	int fd;

	assert_int_equal(cw_mem_map(mem, side, pa, &r, &fd), 0);
	*ret_fd = dup(fd);
	p = mmap(NULL, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED, *ret_fd, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static void unmap(volatile uint32_t *p, int fd)
{
	munmap((void *)p, 0x1000);
	close(fd);
}

static int lowest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void protect_moves_contents(void **state)
{
	struct cw_mem *mem = *state;
	volatile uint32_t *old, *new, *host = cw_mem_block_host(mem, 0);
	struct cw_bus_region r;
	int old_fd, new_fd, fd = -1;

	old = map(mem, NS, 0x30000000, &old_fd);
	old[1] = 0xc0ffee;
	assert_int_equal(cw_mem_protect(mem, 0x30000000, 0x4000), 0);

	/* the normal world's mapping reads zeros and writes go nowhere, also through its descriptor
	 */
	assert_int_equal(old[1], 0);
	old[1] = 0xbad;
	assert_int_equal(pwrite(old_fd, "xxxx", 4, 8), 4);
	assert_int_equal(rig_read32(mem, S, 0x10000004), 0xc0ffee);
	assert_int_equal(rig_read32(mem, S, 0x10000008), 0);
	/* the core's memory is where it was, with what it was */
	assert_int_equal(host[1], 0xc0ffee);
	assert_int_equal(cw_mem_map(mem, NS, 0x10000000, &r, &fd), -EACCES);

	new = map(mem, S, 0x10000000, &new_fd);
	new[3] = 77;
	assert_int_equal(host[3], 77);
	assert_int_equal(old[3], 0);
	unmap(old, old_fd);
	unmap(new, new_fd);
}

static void open_scrubs(void **state)
{
	struct cw_mem *mem = *state;
	volatile uint32_t *secure, *host = cw_mem_block_host(mem, 0);
	int fd;

	assert_int_equal(cw_mem_protect(mem, 0x10000000, 0x4000), 0);
	secure = map(mem, S, 0x10000000, &fd);
	secure[5] = 0x5ec4e7;
	assert_int_equal(host[5], 0x5ec4e7);
	assert_int_equal(cw_mem_open(mem, 0x30000000, 0x4000), 0);
	assert_int_equal(rig_read32(mem, NS, 0x10000014), 0);
	assert_int_equal(host[5], 0);
	assert_int_equal(secure[5], 0);
	/* what the secure side still maps is not the normal world's memory */
	secure[5] = 1;
	assert_int_equal(rig_read32(mem, NS, 0x10000014), 0);
	rig_write32(mem, NS, 0x10000014, 2);
	assert_int_equal(secure[5], 1);
	unmap(secure, fd);
}

static void generations_count(void **state)
{
	struct cw_mem *mem = *state;
	int before = lowest_free();

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(rig_region(mem, 0x10000000).generation, 2 * i);
		assert_int_equal(rig_stats(mem).protected_regions, 0);
		assert_int_equal(cw_mem_protect(mem, 0x10000000, 0x4000), 0);
		assert_int_equal(rig_region(mem, 0x30000000).generation, 2 * i + 1);
		assert_int_equal(rig_region(mem, 0x30000000).flags, CW_BUS_REGION_PROTECTED);
		assert_int_equal(rig_stats(mem).protected_regions, 1);
		/* again is nothing new */
		assert_int_equal(cw_mem_protect(mem, 0x30000000, 0x4000), 0);
		assert_int_equal(rig_region(mem, 0x30000000).generation, 2 * i + 1);
		assert_int_equal(cw_mem_open(mem, 0x10000000, 0x4000), 0);
		rig_write32(mem, NS, 0x10000000, 9);
		assert_int_equal(cw_mem_open(mem, 0x10000000, 0x4000), 0);
		assert_int_equal(rig_read32(mem, NS, 0x10000000),
				 9); /* open memory is left alone */
		rig_write32(mem, NS, 0x10000000, 0);
	}
	assert_int_equal(lowest_free(), before);
	/* neighbours were never touched */
	assert_int_equal(rig_region(mem, 0x10004000).generation, 0);
}

static void several_pieces_at_once(void **state)
{
	struct cw_mem *mem = *state;

	rig_write32(mem, NS, 0x10005000, 5);
	rig_write32(mem, NS, 0x10006000, 6);
	assert_int_equal(cw_mem_protect(mem, 0x10006000, 0x1000), 0);
	/* - | half (already) | - */
	assert_int_equal(cw_mem_protect(mem, 0x30005000, 0x3000), 0);
	assert_int_equal(rig_stats(mem).protected_regions, 3);
	assert_int_equal(rig_region(mem, 0x10005000).generation, 1);
	assert_int_equal(rig_region(mem, 0x10006000).generation, 1);
	assert_int_equal(rig_read32(mem, S, 0x10005000), 5);
	assert_int_equal(rig_read32(mem, S, 0x10006000), 6);
	assert_int_equal(cw_mem_open(mem, 0x10005000, 0x3000), 0);
	assert_int_equal(rig_stats(mem).protected_regions, 0);
	assert_int_equal(rig_read32(mem, NS, 0x10006000), 0);
}

static void ranges_are_whole_pieces(void **state)
{
	static const struct {
		uint64_t pa, size;
		int code;
	} bad[] = {
		{0x10000000, 0, -EINVAL},
		{0x10000000, 0x3fff, -EINVAL},
		{0x10000000, 0x1000, -EINVAL},
		{0x10000004, 0x3ffc, -EINVAL},
		{0x10001000, 0x3000, -EINVAL},
		{0x10000000, 0x4001, -EOPNOTSUPP}, /* reaches into vring */
		{0x10000000, 0x8000, -EOPNOTSUPP},
		{0x10004000, 0x1000, -EOPNOTSUPP},
		{0x30004000, 0x1000, -EOPNOTSUPP}, /* by alias too */
		{0x10005000, 0x1800, -EINVAL},
		{0x10007000, 0x2000, -EFAULT},
		{0x38000000, 0x3000, -EFAULT}, /* two blocks are two ranges */
		{0x10000000, UINT64_MAX, -EFAULT},
		{0x50000000, 0x1000, -EFAULT},
	};
	struct cw_mem *mem = *state;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(cw_mem_protect(mem, bad[i].pa, bad[i].size), bad[i].code);
		assert_int_equal(cw_mem_open(mem, bad[i].pa, bad[i].size), bad[i].code);
	}
	assert_int_equal(rig_stats(mem).protected_regions, 0);
}

/* No descriptors left: nothing has changed, not even the first of several pieces. */
static void failure_changes_nothing(void **state)
{
	struct cw_mem *mem = *state;
	struct rlimit before, few;

	rig_write32(mem, NS, 0x10005000, 5);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	for (unsigned spare = 0; spare < 3; spare++) {
		few = before;
		few.rlim_cur = (rlim_t)lowest_free() + spare;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		assert_int_equal(cw_mem_protect(mem, 0x10005000, 0x3000), -EMFILE);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		assert_int_equal(rig_stats(mem).protected_regions, 0);
		assert_int_equal(rig_region(mem, 0x10005000).generation, 0);
		assert_int_equal(rig_read32(mem, NS, 0x10005000), 5);
	}
	assert_int_equal(cw_mem_protect(mem, 0x10005000, 0x3000), 0);
}

static void scrub_reaches_every_mapping(void **state)
{
	struct cw_mem *mem = *state;
	volatile uint32_t *vring, *secure;
	int a, b;

	vring = map(mem, NS, 0x10004000, &a);
	assert_int_equal(cw_mem_protect(mem, 0x10000000, 0x4000), 0);
	secure = map(mem, S, 0x10000000, &b);
	vring[0] = 1;
	secure[0] = 2;
	cw_mem_scrub(mem);
	assert_int_equal(vring[0], 0);
	assert_int_equal(secure[0], 0);
	unmap(vring, a);
	unmap(secure, b);
}

/* A holder of a descriptor can neither shrink the memory under others nor seal it against them. */
static void descriptors_are_tame(void **state)
{
	struct cw_mem *mem = *state;
	struct cw_bus_region r;
	int fd;

	assert_int_equal(cw_mem_map(mem, NS, 0x10004000, &r, &fd), 0);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 0x2000), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(protect_moves_contents, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(open_scrubs, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(generations_count, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(several_pieces_at_once, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(ranges_are_whole_pieces, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(failure_changes_nothing, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(scrub_reaches_every_mapping, rig_setup,
						rig_teardown),
		cmocka_unit_test_setup_teardown(descriptors_are_tame, rig_setup, rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
