// SPDX-License-Identifier: BSD-2-Clause
/*
 * main.c - entry points, sessions, and which command may be called when
 *
 * UUID, commands 1 to 6, their states and codes are those of OP-TEE's remoteproc TA, but for what
 * was wrong there: the TA is multi-session, a command's processor is its session's, and a refusal
 * has a reason (command 0x43570002).
 */
#include "remoteproc.h"

#include <remoteproc_pta.h>
#include <remoteproc_ta.h>

#include "image/rsc_table.h"

#define NONE TEE_PARAM_TYPE_NONE
#define VI   TEE_PARAM_TYPE_VALUE_INPUT
#define VO   TEE_PARAM_TYPE_VALUE_OUTPUT
#define MI   TEE_PARAM_TYPE_MEMREF_INPUT
#define MO   TEE_PARAM_TYPE_MEMREF_OUTPUT

static struct proc *procs; /* every processor that ever had a session */

TEE_Result session_refuse(struct session *s, enum cw_code code, const char *fmt, ...)
{
	va_list ap;

	s->last.code = code;
	s->last.offset = CW_NO_OFFSET;
	va_start(ap, fmt);
	cw_vformat(s->last.text, sizeof(s->last.text), fmt, ap);
	va_end(ap);
	return result_of(-(int)code);
}

TEE_Result session_refuse_service(struct session *s, TEE_Result res, const char *doing)
{
	session_refuse(s, CW_CODE_PLATFORM, "the platform service could not %s: 0x%08x (%s)", doing,
		       res, result_name(res));
	return res;
}

TEE_Result TA_CreateEntryPoint(void)
{
	service_init();
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
	while (procs) {
		struct proc *p = procs;

		procs = p->next;
		proc_forget(p);
		service_close(p);
		TEE_Free(p);
	}
	service_exit();
}

static struct proc *find_proc(uint32_t id)
{
	struct proc *p = procs;

	while (p && p->id != id)
		p = p->next;
	return p;
}

/* The processor @id with an open service; made if it is new. */
static TEE_Result take_proc(uint32_t id, struct proc **ret)
{
	struct proc *p = find_proc(id);
	struct proc *fresh = NULL;
	TEE_Result res;

	if (!p) {
		p = fresh = TEE_Malloc(sizeof(*p), TEE_MALLOC_FILL_ZERO);
		if (!p)
			return TEE_ERROR_OUT_OF_MEMORY;
		p->id = id;
	}
	res = service_open(p);
	if (res != TEE_SUCCESS) {
		TEE_Free(fresh);
		return res;
	}
	if (fresh) {
		p->next = procs;
		procs = p;
	}
	*ret = p;
	return TEE_SUCCESS;
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
				    void **ret_session)
{
	struct session *s;
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(VI, NONE, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;
	s = TEE_Malloc(sizeof(*s), TEE_MALLOC_FILL_ZERO);
	if (!s)
		return TEE_ERROR_OUT_OF_MEMORY;
	s->last.offset = CW_NO_OFFSET;
	res = take_proc(params[0].value.a, &s->proc);
	if (res != TEE_SUCCESS) {
		TEE_Free(s);
		return res;
	}
	*ret_session = s;
	return TEE_SUCCESS;
}

/* Stops and releases nothing: a processor outlives its sessions, and so does what we have of its service. */
void TA_CloseSessionEntryPoint(void *session)
{
	TEE_Free(session);
}

static void put_wide(TEE_Param *p, uint64_t v)
{
	p->value.a = (uint32_t)v;
	p->value.b = (uint32_t)(v >> 32);
}

/* Fill an output memref, or say how large it must be. */
static TEE_Result put_bytes(TEE_Param *p, const void *data, size_t len)
{
	size_t room = p->memref.size;

	p->memref.size = len;
	if (room < len || (len && !p->memref.buffer))
		return TEE_ERROR_SHORT_BUFFER;
	if (len)
		TEE_MemMove(p->memref.buffer, data, len);
	return TEE_SUCCESS;
}

static size_t text_size(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n ? n + 1 : 0;
}

static TEE_Result check_image(struct session *s, const TEE_Param *image)
{
	if (image->memref.buffer && image->memref.size)
		return TEE_SUCCESS;
	return session_refuse(s, CW_CODE_TRUNCATED,
			      "the file has 0 bytes, the header alone has 20");
}

static TEE_Result cmd_load(struct session *s, uint32_t types, TEE_Param params[4])
{
	TEE_Result res = check_image(s, &params[1]);

	s->proc->known = true;
	return res == TEE_SUCCESS ? proc_load(s, params[1].memref.buffer, params[1].memref.size)
				  : res;
}

static TEE_Result cmd_verify(struct session *s, uint32_t types, TEE_Param params[4])
{
	TEE_Result res = check_image(s, &params[1]);
	struct cw_span key = cw_span(NULL, 0);
	const char *text = s->last.text;

	if (TEE_PARAM_TYPE_GET(types, 3) == MI)
		key = cw_span(params[3].memref.buffer, params[3].memref.size);
	if (res == TEE_SUCCESS)
		res = proc_verify(s, params[1].memref.buffer, params[1].memref.size, key, &text);
	if (TEE_PARAM_TYPE_GET(types, 2) == MO)
		put_bytes(&params[2], text, text_size(text)); /* the verdict goes first */
	return res;
}

static TEE_Result cmd_start(struct session *s, uint32_t types, TEE_Param params[4])
{
	TEE_Result res;

	if (s->proc->state == PROC_STARTED)
		return TEE_SUCCESS;
	if (s->proc->state == PROC_OFF)
		return session_refuse(s, CW_CODE_STATE, "nothing is loaded that could be started");
	res = service_simple(s->proc, PTA_RPROC_FIRMWARE_START);
	if (res != TEE_SUCCESS)
		return session_refuse_service(s, res, "start the processor");
	s->proc->state = PROC_STARTED;
	return TEE_SUCCESS;
}

static TEE_Result cmd_stop(struct session *s, uint32_t types, TEE_Param params[4])
{
	TEE_Result res;

	if (s->proc->state == PROC_OFF)
		return TEE_SUCCESS;
	if (s->proc->state == PROC_LOADED)
		return session_refuse(s, CW_CODE_STATE,
				      "the processor was not started: release it instead");
	res = service_simple(s->proc, PTA_RPROC_FIRMWARE_STOP);
	if (res != TEE_SUCCESS)
		return session_refuse_service(s, res, "stop the processor");
	proc_forget(s->proc);
	return TEE_SUCCESS;
}

static TEE_Result cmd_release(struct session *s, uint32_t types, TEE_Param params[4])
{
	TEE_Result res;

	if (s->proc->state == PROC_STARTED)
		return session_refuse(s, CW_CODE_STATE,
				      "the processor runs: stop it before releasing");
	res = service_simple(s->proc, PTA_RPROC_RELEASE);
	if (res != TEE_SUCCESS)
		return session_refuse_service(s, res, "scrub and release the processor's memory");
	proc_forget(s->proc);
	return TEE_SUCCESS;
}

static TEE_Result check_loaded(struct session *s)
{
	if (s->proc->state != PROC_OFF)
		return TEE_SUCCESS;
	return session_refuse(s, CW_CODE_STATE, "nothing is loaded");
}

static TEE_Result cmd_get_rsc_table(struct session *s, uint32_t types, TEE_Param params[4])
{
	TEE_Result res = check_loaded(s);
	uint64_t pa = 0;

	if (res != TEE_SUCCESS)
		return res;
	if (s->proc->rsc_size)
		res = service_da_to_pa(s->proc, s->proc->rsc_addr, s->proc->rsc_size, &pa);
	if (res != TEE_SUCCESS)
		return session_refuse_service(s, res, "say where the resource table is");
	put_wide(&params[1], pa);
	put_wide(&params[2], s->proc->rsc_size);
	return TEE_SUCCESS;
}

static TEE_Result cmd_get_coredump(struct session *s, uint32_t types, TEE_Param params[4])
{
	session_refuse(s, CW_CODE_UNSUPPORTED, "this TA makes no core dumps");
	return TEE_ERROR_NOT_IMPLEMENTED;
}

static TEE_Result cmd_reason(struct session *s, uint32_t types, TEE_Param params[4])
{
	params[2].value.a = s->last.code;
	params[2].value.b = 0;
	put_wide(&params[3], s->last.offset);
	return put_bytes(&params[1], s->last.text, text_size(s->last.text));
}

static TEE_Result cmd_rollback(struct session *s, uint32_t types, TEE_Param params[4])
{
	struct board_info info;
	TEE_Result res = service_board_info(s->proc, &info);

	if (res != TEE_SUCCESS)
		return session_refuse_service(s, res, "say which versions it accepts");
	put_wide(&params[1], info.minimum_version);
	put_wide(&params[2], s->proc->version);
	return TEE_SUCCESS;
}

static TEE_Result write_copy(struct session *s, const uint8_t *copy, size_t size)
{
	struct proc *p = s->proc;
	TEE_Result res;
	int rc = cw_rsc_only_host_fields_differ(cw_span(p->table, p->rsc_size), cw_span(copy, size),
						&s->last);

	if (rc < 0)
		return result_of(rc);
	res = service_write_table(p, p->rsc_addr, copy, p->rsc_size);
	return res == TEE_SUCCESS ? res
				  : session_refuse_service(s, res, "write the resource table");
}

static TEE_Result cmd_write_rsc_table(struct session *s, uint32_t types, TEE_Param params[4])
{
	struct proc *p = s->proc;
	uint8_t *copy;
	TEE_Result res;

	if (p->state != PROC_LOADED)
		return session_refuse(
			s, CW_CODE_STATE,
			"the resource table is written after loading and before starting");
	if (!p->rsc_size || params[1].memref.size != p->rsc_size || !params[1].memref.buffer)
		return session_refuse(
			s, CW_CODE_PARAM,
			"the resource table of this image has %u bytes, %zu were given",
			p->rsc_size, (size_t)params[1].memref.size);
	copy = TEE_Malloc(p->rsc_size, TEE_MALLOC_FILL_ZERO);
	if (!copy)
		return session_refuse(s, CW_CODE_NO_MEMORY,
				      "no memory for a copy of the resource table");
	TEE_MemMove(copy, params[1].memref.buffer, p->rsc_size);
	res = write_copy(s, copy, p->rsc_size);
	TEE_Free(copy);
	return res;
}

/* As it is in memory now, or as it was loaded when the service cannot read. */
static TEE_Result cmd_read_rsc_table(struct session *s, uint32_t types, TEE_Param params[4])
{
	struct proc *p = s->proc;
	TEE_Result res = check_loaded(s);
	uint8_t *now;

	if (res != TEE_SUCCESS)
		return res;
	if (!p->extended || !p->rsc_size)
		return put_bytes(&params[1], p->table, p->rsc_size);
	now = TEE_Malloc(p->rsc_size, TEE_MALLOC_FILL_ZERO);
	if (!now)
		return session_refuse(s, CW_CODE_NO_MEMORY,
				      "no memory for a copy of the resource table");
	res = service_read_memory(p, p->rsc_addr, now, p->rsc_size);
	if (res == TEE_SUCCESS)
		res = put_bytes(&params[1], now, p->rsc_size);
	else
		session_refuse_service(s, res, "read the resource table");
	TEE_Free(now);
	return res;
}

static TEE_Result cmd_status(struct session *s, uint32_t types, TEE_Param params[4])
{
	params[1].value.a = s->proc->state;
	params[1].value.b = s->proc->images;
	put_wide(&params[2], s->proc->entry);
	return TEE_SUCCESS;
}

/* Two properties of @set, with a space in between; as the TEE tells them, which need not be whole. */
static TEE_Result put_properties(TEE_Param *p, TEE_PropSetHandle set, const char *first, const char *second)
{
	char text[96] = "", version[48] = "", both[sizeof(text) + sizeof(version)];
	size_t len = sizeof(text);

	if (TEE_GetPropertyAsString(set, first, text, &len) != TEE_SUCCESS)
		text[0] = '\0';
	len = sizeof(version);
	if (TEE_GetPropertyAsString(set, second, version, &len) != TEE_SUCCESS)
		version[0] = '\0';
	cw_format(both, sizeof(both), "%s %s", text, version);
	return put_bytes(p, both, text_size(both));
}

static TEE_Result cmd_version(struct session *s, uint32_t types, TEE_Param params[4])
{
	TEE_Result res = put_properties(&params[1], TEE_PROPSET_CURRENT_TA, "gpd.ta.description", "gpd.ta.version");
	TEE_Result tee = put_properties(&params[2], TEE_PROPSET_TEE_IMPLEMENTATION, "gpd.tee.description",
					"gpd.tee.trustedos.implementation.version");

	return res == TEE_SUCCESS ? tee : res;
}

static const struct command {
	uint32_t id, types;
	bool known; /* only after a LOAD was tried */
	TEE_Result (*run)(struct session *s, uint32_t types, TEE_Param params[4]);
} commands[] = {
	{TA_RPROC_CMD_LOAD_FW, TEE_PARAM_TYPES(VI, MI, NONE, NONE), false, cmd_load},
	{TA_RPROC_CMD_START_FW, TEE_PARAM_TYPES(VI, NONE, NONE, NONE), true, cmd_start},
	{TA_RPROC_CMD_STOP_FW, TEE_PARAM_TYPES(VI, NONE, NONE, NONE), true, cmd_stop},
	{TA_RPROC_CMD_GET_RSC_TABLE, TEE_PARAM_TYPES(VI, VO, VO, NONE), true, cmd_get_rsc_table},
	{TA_RPROC_CMD_GET_COREDUMP, TEE_PARAM_TYPES(VI, MO, NONE, NONE), false, cmd_get_coredump},
	{TA_RPROC_CMD_RELEASE_FW, TEE_PARAM_TYPES(VI, NONE, NONE, NONE), true, cmd_release},
	{TA_CW_CMD_VERIFY, TEE_PARAM_TYPES(VI, MI, NONE, NONE), false, cmd_verify},
	{TA_CW_CMD_VERIFY, TEE_PARAM_TYPES(VI, MI, MO, NONE), false, cmd_verify},
	{TA_CW_CMD_VERIFY, TEE_PARAM_TYPES(VI, MI, MO, MI), false, cmd_verify},
	{TA_CW_CMD_REASON, TEE_PARAM_TYPES(VI, MO, VO, VO), false, cmd_reason},
	{TA_CW_CMD_ROLLBACK, TEE_PARAM_TYPES(VI, VO, VO, NONE), false, cmd_rollback},
	{TA_CW_CMD_WRITE_RSC_TABLE, TEE_PARAM_TYPES(VI, MI, NONE, NONE), false,
	 cmd_write_rsc_table},
	{TA_CW_CMD_READ_RSC_TABLE, TEE_PARAM_TYPES(VI, MO, NONE, NONE), false, cmd_read_rsc_table},
	{TA_CW_CMD_STATUS, TEE_PARAM_TYPES(VI, VO, VO, NONE), false, cmd_status},
	{TA_CW_CMD_VERSION, TEE_PARAM_TYPES(VI, MO, MO, NONE), false, cmd_version},
};

TEE_Result TA_InvokeCommandEntryPoint(void *session, uint32_t id, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	struct session *s = session;
	bool exists = false;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *c = &commands[i];

		exists |= c->id == id;
		if (c->id != id || c->types != types)
			continue;
		if (params[0].value.a != s->proc->id)
			return session_refuse(
				s, CW_CODE_PARAM,
				"this session is for processor %u, the command names %u",
				s->proc->id, params[0].value.a);
		if (c->known && !s->proc->known)
			return session_refuse(s, CW_CODE_PARAM,
					      "no image was ever loaded to processor %u",
					      s->proc->id);
		return c->run(s, types, params);
	}
	if (!exists)
		return session_refuse(s, CW_CODE_PARAM, "command 0x%x does not exist", id);
	return session_refuse(s, CW_CODE_PARAM,
			      "command 0x%x does not take parameters of types 0x%x", id, types);
}
