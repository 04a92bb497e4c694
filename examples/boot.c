// SPDX-License-Identifier: BSD-2-Clause
/* boot.c - boot signed firmware on a virtual STM32MP15, wait for its first rpmsg service, stop in order
 *
 *	cc boot.c -o boot $(pkg-config --cflags --libs corewarden)
 *	corewarden provision --key key.pub --state ./board && ./boot echo.signed ./board
 */
#include <corewarden/rproc.h>
#include <stdio.h>

static int fail(const struct cw_error *err)
{
	fprintf(stderr, "boot: %s\n", err->text);
	return 1;
}

int main(int argc, char **argv)
{
	struct cw_platform_config board = {.board = "stm32mp15", .state = argc > 2 ? argv[2] : NULL};
	const struct cw_rpmsg_channel *service = NULL;
	struct cw_rproc_config config = {0};
	struct cw_platform *platform;
	struct cw_rproc *m4 = NULL;
	struct cw_error err;
	int status = 0;

	if (argc < 2)
		return fprintf(stderr, "usage: boot FILE [STATE]\n"), 2;
	if (cw_platform_on(&board, &platform, &err) < 0)
		return fail(&err);
	if (cw_rproc_new(platform, NULL, &config, &m4, &err) < 0 ||
	    cw_rproc_set_firmware(m4, argv[1], &err) < 0 || cw_rproc_start(m4, &err) < 0)
		status = fail(&err);
	while (!status && cw_rproc_rpmsg(m4, 0) && !(service = cw_rpmsg_channel(cw_rproc_rpmsg(m4, 0), 0)))
		if (cw_rproc_process(m4, 10000, &err) <= 0)
			status = 1;
	if (!service && !status)
		puts("it runs, and serves nothing");
	if (service)
		printf("%s is %s and serves %s at 0x%x\n", cw_rproc_name(m4),
		       cw_rproc_state_name(cw_rproc_state(m4)), service->name, service->addr);
	cw_rproc_free(m4); /* stops it */
	cw_platform_off(platform, NULL);
	return status;
}
