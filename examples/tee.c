// SPDX-License-Identifier: BSD-2-Clause
/* tee.c - share memory with a TEE and open a session with its remoteproc service: the GlobalPlatform client API
 *
 *	cc tee.c -o tee $(pkg-config --cflags --libs teec)
 *	./tee			the TEE that COREWARDEN_TEE names, else /dev/tee0 ...
 *	./tee /dev/tee1
 */
#include <stdio.h>
#include <tee_client_api.h>
#include <teec_ext.h>

int main(int argc, char **argv)
{
	static const TEEC_UUID remoteproc = {
		0x80a4c275, 0x0a47, 0x4905, {0x82, 0x85, 0x14, 0x86, 0xa9, 0x77, 0x1a, 0x08}};
	TEEC_SharedMemory shm = {.size = 4096, .flags = TEEC_MEM_INPUT};
	TEEC_Operation first_processor = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, 0, 0, 0)};
	TEEC_Context ctx;
	TEEC_Session session;
	TEEC_Result res = TEEC_InitializeContext(argc > 1 ? argv[1] : NULL, &ctx);
	uint32_t origin;

	if (res) {
		fprintf(stderr, "tee: no TEE: %s\n", cw_teec_result_name(res));
		return 1;
	}
	res = TEEC_AllocateSharedMemory(&ctx, &shm);
	if (!res) {
		printf("%zu bytes shared with the TEE\n", shm.size);
		res = TEEC_OpenSession(&ctx, &session, &remoteproc, TEEC_LOGIN_PUBLIC, NULL,
				       &first_processor, &origin);
		if (res)
			printf("no session: %s from %s\n", cw_teec_result_name(res),
			       cw_teec_origin_name(origin));
		else
			printf("session with the remoteproc service\n");
		if (!res)
			TEEC_CloseSession(&session);
		TEEC_ReleaseSharedMemory(&shm);
	}
	TEEC_FinalizeContext(&ctx);
	return res != TEEC_SUCCESS;
}
