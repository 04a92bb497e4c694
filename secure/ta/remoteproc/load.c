// SPDX-License-Identifier: BSD-2-Clause
/*
 * load.c - LOAD_FW and VERIFY: the judge, with the platform service behind its callbacks
 *
 * The image lies in the client's memory, which can change at any moment. The judge copies what it
 * must understand; a segment's bytes are copied by the platform service to locked memory and hashed
 * there. Whatever goes wrong, the platform service scrubs before the client hears of it (FMT-W9).
 */
#include "remoteproc.h"

#include <remoteproc_pta.h>
#include <tee_internal_api_extensions.h>

#define TEXT_MAX 256
#define KEY_MAX	 520 /* bytes of a struct ta_cw_key: RSA-4096 */

struct load {
	struct session *session;
	struct proc *proc;
	const uint8_t *image; /* the client's */
	TEE_Result service;   /* what the platform service said when it failed for no fault of the
				 image */
	struct cw_source source;
	struct cw_rproc_env env;
	struct cw_rproc_container out;
	struct board_info board;
	bool placed; /* the address that was asked for last, and its name */
	uint32_t placed_da;
	uint64_t place;
	bool begin_late; /* with all segments, of which there are some */
	char text[TEXT_MAX];
	struct cw_span key; /* what the client says is trusted, in memory of our own */
	uint8_t workspace[CW_RPROC_WORKSPACE];
};

/* A failure that is the platform's: the client gets the platform's own code. */
static int service_failed(struct load *l, TEE_Result res, struct cw_refusal *r, const char *doing)
{
	l->service = res;
	return cw_refuse(r, CW_CODE_PLATFORM, CW_NO_OFFSET,
			 "the platform service could not %s: 0x%08x (%s)", doing, res,
			 result_name(res));
}

/* OP-TEE's TEE_MemMove() goes byte by byte where the sides are not 8 bytes alike; what a container holds is 4 off. */
static void copy_words(void *to, const void *from, size_t len)
{
	typedef uint32_t __attribute__((may_alias)) word;
	size_t done = 0;

	for (; ((uintptr_t)to | (uintptr_t)from) % 4 == 0 && len - done >= 16; done += 16) {
		const word *f = (const word *)from + done / 4;
		word a = f[0], b = f[1], c = f[2], d = f[3], *t = (word *)to + done / 4;

		t[0] = a, t[1] = b, t[2] = c, t[3] = d;
	}
	TEE_MemMove((uint8_t *)to + done, (const uint8_t *)from + done, len - done);
}

static int read_image(void *ctx, uint64_t off, void *buf, size_t len)
{
	struct load *l = ctx;

	copy_words(buf, l->image + off, len);
	return 0;
}

static int digest_of(const void *data, size_t len, uint8_t ret[32])
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	size_t size = 32;
	TEE_Result res = TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);

	if (res != TEE_SUCCESS)
		return -CW_CODE_NO_MEMORY;
	res = TEE_DigestDoFinal(op, data, len, ret, &size);
	TEE_FreeOperation(op);
	return res == TEE_SUCCESS && size == 32 ? 0 : -CW_CODE_PLATFORM;
}

static int env_sha256(void *ctx, struct cw_span data, uint8_t ret_digest[32])
{
	return digest_of(data.ptr, data.len, ret_digest);
}

static int env_hash(void *ctx, uint64_t file_offset, uint32_t len, uint8_t ret_digest[32])
{
	struct load *l = ctx;

	return digest_of(l->image + file_offset, len, ret_digest);
}

/* Into l->text: for refusals, and asked for only then. */
static const char *trusted_keys(struct load *l)
{
	service_text(l->proc, PTA_CW_KEY_TEXT, l->text, sizeof(l->text));
	return l->text;
}

static int refuse_key(struct load *l, struct cw_span pkeyinfo, struct cw_refusal *r)
{
	if (!trusted_keys(l)[0])
		return cw_refuse(
			r, CW_CODE_KEY, CW_NO_OFFSET,
			"this board trusts no key: its fuses are blank (\"corewarden provision\" "
			"burns one)");
	if (pkeyinfo.len)
		return cw_refuse(
			r, CW_CODE_KEY, CW_NO_OFFSET,
			"the image asks for a key (record PKEYINFO) that is not trusted; trusted: %s",
			l->text);
	return cw_refuse(r, CW_CODE_KEY, CW_NO_OFFSET, "no trusted key can be used: %s", l->text);
}

/* What the board has run before depends on the key, which is known only once the signature is good. */
static int take_policy(struct load *l, struct cw_refusal *r)
{
	TEE_Result res;

	if (!l->proc->extended)
		return 0;
	res = service_board_info(l->proc, &l->board);
	if (res != TEE_SUCCESS)
		return service_failed(l, res, r, "say which firmware versions this board accepts");
	l->env.policy.require = l->board.require;
	l->env.policy.minimum_version = l->board.minimum_version;
	l->env.policy.compatible = l->proc->compatible;
	return 0;
}

static int env_verify(void *ctx, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
		      const uint8_t digest[32], struct cw_span signature, struct cw_refusal *r)
{
	struct load *l = ctx;
	TEE_Result res = service_verify(l->proc, type, pkeyinfo, digest, signature);

	switch (res) {
	case TEE_SUCCESS:
		break;
	case TEE_ERROR_SIGNATURE_INVALID:
		return cw_refuse(r, CW_CODE_SIGNATURE, CW_NO_OFFSET,
				 "the signature (%s, %zu bytes) does not match the trusted key %s",
				 type == CW_SIGN_RSA ? "RSA" : "ECDSA P-256", signature.len,
				 trusted_keys(l));
	case TEE_ERROR_SECURITY:
		return refuse_key(l, pkeyinfo, r);
	case TEE_ERROR_NOT_SUPPORTED:
		return cw_refuse(r, CW_CODE_UNSUPPORTED, CW_NO_OFFSET,
				 "this board cannot check %s signatures",
				 type == CW_SIGN_RSA ? "RSA" : "ECDSA P-256");
	default:
		return service_failed(l, res, r, "check the signature");
	}
	return take_policy(l, r);
}

/* Without a platform service. No key: the form is judged all the same, and refused at the end. */
static int env_verify_key(void *ctx, enum cw_rproc_signtype type, struct cw_span pkeyinfo,
			  const uint8_t digest[32], struct cw_span signature, struct cw_refusal *r)
{
	struct load *l = ctx;
	TEE_Result res = l->key.len ? key_verify(l->key, type, digest, signature) : TEE_SUCCESS;

	if (res == TEE_SUCCESS)
		return 0;
	if (res != TEE_ERROR_SIGNATURE_INVALID)
		return service_failed(l, res, r, "check the signature");
	return cw_refuse(r, CW_CODE_SIGNATURE, CW_NO_OFFSET,
			 "the signature (%s, %zu bytes) does not match the given key",
			 type == CW_SIGN_RSA ? "RSA" : "ECDSA P-256", signature.len);
}

static int env_check_range(void *ctx, uint32_t da, uint32_t size, const char *what,
			   struct cw_refusal *r)
{
	struct load *l = ctx;
	uint64_t pa;
	TEE_Result res = service_place(l->proc, da, size, &l->place);

	l->placed = res == TEE_SUCCESS;
	l->placed_da = da;
	l->begin_late = l->env.load_all;
	if (res == TEE_ERROR_NOT_SUPPORTED || res == TEE_ERROR_NOT_IMPLEMENTED)
		res = service_da_to_pa(l->proc, da, size, &pa);
	if (res == TEE_SUCCESS)
		return 0;
	if (res != TEE_ERROR_ACCESS_DENIED)
		return service_failed(l, res, r, "translate an address");
	service_text(l->proc, PTA_CW_REGIONS, l->text, sizeof(l->text));
	return cw_refuse(r, CW_CODE_ADDRESS, CW_NO_OFFSET,
			 "%s (0x%08x, %u bytes) lies in no region where firmware may load%s%s",
			 what, da, size, l->text[0] ? ": " : "", l->text);
}

static uint64_t env_canonical(void *ctx, uint32_t da)
{
	struct load *l = ctx;
	uint64_t name;

	if (l->placed && l->placed_da == da)
		return l->place;
	if (service_canonical(l->proc, da, &name) != TEE_SUCCESS &&
	    service_da_to_pa(l->proc, da, 1, &name) != TEE_SUCCESS)
		return da;
	return name;
}

static int env_begin(void *ctx, struct cw_refusal *r)
{
	struct load *l = ctx;
	TEE_Result res;

	if (!l->proc->extended || l->begin_late)
		return 0;
	res = service_simple(l->proc, PTA_CW_LOAD_BEGIN);
	return res == TEE_SUCCESS ? 0 : service_failed(l, res, r, "lock the processor's memory");
}

static int env_load(void *ctx, const struct cw_rproc_segment *s, struct cw_refusal *r)
{
	struct load *l = ctx;
	TEE_Result res = TEE_SUCCESS;

	if (s->filesz)
		res = service_load_segment(l->proc, s->paddr, l->image + s->file_offset, s->filesz,
					   s->hash);
	if (res == TEE_ERROR_SECURITY)
		return -CW_CODE_HASH;
	if (res == TEE_SUCCESS && s->memsz > s->filesz)
		res = service_set_memory(l->proc, s->paddr + s->filesz, s->memsz - s->filesz, 0);
	if (res == TEE_SUCCESS)
		return 0;
	if (res == TEE_ERROR_ACCESS_DENIED)
		return -CW_CODE_ADDRESS;
	return service_failed(l, res, r, "load a segment");
}

static void put_segment(uint8_t *entry, const struct cw_rproc_segment *s)
{
	cw_put_le64(entry, s->filesz ? s->file_offset : 0);
	cw_put_le32(entry + 8, s->paddr);
	cw_put_le32(entry + 12, s->filesz);
	cw_put_le32(entry + 16, s->memsz);
	cw_put_le32(entry + 20, 0);
	TEE_MemMove(entry + 24, s->hash, 32);
}

static int env_load_all(void *ctx, const struct cw_rproc_segment *segments, unsigned n,
			unsigned *ret_bad, struct cw_refusal *r)
{
	struct load *l = ctx;
	uint8_t *table = TEE_Malloc(n * PTA_CW_SEGMENT_SIZE, TEE_MALLOC_FILL_ZERO);
	uint32_t bad = 0;
	TEE_Result res;
	int rc;

	if (!table)
		return cw_refuse(r, CW_CODE_NO_MEMORY, CW_NO_OFFSET,
				 "no memory for a table of %u segments", n);
	for (unsigned i = 0; i < n; i++)
		put_segment(table + i * PTA_CW_SEGMENT_SIZE, &segments[i]);
	res = service_load_segments(l->proc, l->image, (size_t)l->source.size, table,
				    n * PTA_CW_SEGMENT_SIZE, l->begin_late, &bad);
	TEE_Free(table);
	*ret_bad = bad;
	switch (res) {
	case TEE_SUCCESS:
		return 0;
	case TEE_ERROR_SECURITY:
		return -CW_CODE_HASH;
	case TEE_ERROR_ACCESS_DENIED:
		return -CW_CODE_ADDRESS;
	case TEE_ERROR_NOT_IMPLEMENTED:
	case TEE_ERROR_NOT_SUPPORTED:
		l->begin_late = false;
		rc = env_begin(l, r);
		return rc < 0 ? rc : -CW_CODE_UNSUPPORTED;
	default:
		return service_failed(l, res, r, "load the segments");
	}
}

static int env_read_back(void *ctx, uint32_t da, void *buf, uint32_t len)
{
	struct load *l = ctx;
	TEE_Result res = service_read_memory(l->proc, da, buf, len);

	if (res == TEE_SUCCESS)
		return 0;
	l->service = res;
	return -CW_CODE_PLATFORM;
}

/* A service of before this command does without: the judge reads all of it back. */
static int env_search(void *ctx, uint32_t da, uint32_t len, uint32_t *ret_skip)
{
	struct load *l = ctx;
	TEE_Result res = service_search(l->proc, da, len, ret_skip);

	if (res == TEE_SUCCESS)
		return 0;
	if (res == TEE_ERROR_NOT_IMPLEMENTED || res == TEE_ERROR_NOT_SUPPORTED)
		return -CW_CODE_UNSUPPORTED;
	l->service = res;
	return -CW_CODE_PLATFORM;
}

/* The board's key is its platform service's, which alone sees the content key. */
static int env_decrypt(void *ctx, struct cw_span record, struct cw_span headers, unsigned *ret_bad,
		       struct cw_refusal *r)
{
	struct load *l = ctx;
	TEE_Result res = service_decrypt(l->proc, record, headers, ret_bad);

	switch (res) {
	case TEE_SUCCESS:
		return 0;
	case TEE_ERROR_MAC_INVALID:
		return -CW_CODE_DECRYPT;
	case TEE_ERROR_ITEM_NOT_FOUND:
		return cw_refuse(r, CW_CODE_DEVICE_KEY, CW_NO_OFFSET,
				 "the image is encrypted (record 0x%x), and this board has no device "
				 "key (\"corewarden provision --device-key-out FILE\" gives it one)",
				 CW_TLV_CW_ENCRYPTION);
	case TEE_ERROR_SECURITY:
		return cw_refuse(r, CW_CODE_DEVICE_KEY, CW_NO_OFFSET,
				 "the image's key (record 0x%x) does not open: it was encrypted to "
				 "another board, or by somebody else than who signed the image",
				 CW_TLV_CW_ENCRYPTION);
	case TEE_ERROR_CORRUPT_OBJECT:
		return cw_refuse(r, CW_CODE_DEVICE_KEY, CW_NO_OFFSET,
				 "the image is encrypted (record 0x%x), and what this board holds as "
				 "its device key is none",
				 CW_TLV_CW_ENCRYPTION);
	case TEE_ERROR_NOT_IMPLEMENTED:
	case TEE_ERROR_NOT_SUPPORTED:
		return cw_refuse(r, CW_CODE_UNSUPPORTED, CW_NO_OFFSET,
				 "the image is encrypted (record 0x%x), and this platform service "
				 "cannot decrypt",
				 CW_TLV_CW_ENCRYPTION);
	default:
		return service_failed(l, res, r, "decrypt the image");
	}
}

/* Judging needs no more stack than the judge itself: everything else is here. The judge writes to its workspace before it
 * reads there. */
static struct load *load_new(struct session *s, const void *image, size_t size, bool load)
{
	struct load *l = TEE_Malloc(sizeof(*l), TEE_USER_MEM_HINT_NO_FILL_ZERO);

	if (!l)
		return NULL;
	TEE_MemFill(l, 0, offsetof(struct load, workspace));
	l->session = s;
	l->proc = s->proc;
	l->image = image;
	l->source.ctx = l;
	l->source.size = size;
	l->source.read = read_image;
	l->env.ctx = l;
	l->env.sha256 = env_sha256;
	l->env.verify = s->proc->absent ? env_verify_key : env_verify;
	if (!s->proc->absent) {
		l->env.check_range = env_check_range;
		l->env.canonical = env_canonical;
	}
	if (load) {
		l->env.load = env_load;
		l->env.begin = env_begin;
		if (s->proc->extended) {
			l->env.load_all = env_load_all;
			l->env.read_back = env_read_back;
			l->env.search = env_search;
			l->env.decrypt = env_decrypt;
		}
	} else {
		l->env.hash = env_hash;
	}
	return l;
}

static TEE_Result check_capabilities(struct session *s)
{
	uint32_t format = 0, protection = 0;
	TEE_Result res;

	if (s->proc->capable)
		return TEE_SUCCESS;
	res = service_capabilities(s->proc, &format, &protection);

	if (res != TEE_SUCCESS)
		return session_refuse_service(s, res, "say what it can load");
	s->proc->capable = format == PTA_RPROC_HWCAP_FMT_ELF && (protection & PTA_RPROC_HWCAP_PROT_HASH_TABLE);
	if (s->proc->capable)
		return TEE_SUCCESS;
	session_refuse(
		s, CW_CODE_UNSUPPORTED,
		"the platform service loads format 0x%x with protection 0x%x, not ELF with a hash table",
		format, protection);
	return TEE_ERROR_NOT_IMPLEMENTED;
}

/* LOAD of what is loaded already is harmless; of anything else it is refused (FMT-W11). */
static TEE_Result load_again(struct load *l)
{
	struct session *s = l->session;
	uint8_t digest[32];
	int rc = cw_rproc_digest(&l->source, &l->env, l->workspace, sizeof(l->workspace), digest,
				 &s->last);

	if (rc < 0)
		return result_of(rc);
	if (!TEE_MemCompare(digest, l->proc->digest, sizeof(digest)))
		return TEE_SUCCESS;
	return session_refuse(
		s, CW_CODE_STATE,
		"another image is loaded (its signed digest begins with %02x%02x%02x%02x, this "
		"one's with %02x%02x%02x%02x): release it first",
		l->proc->digest[0], l->proc->digest[1], l->proc->digest[2], l->proc->digest[3],
		digest[0], digest[1], digest[2], digest[3]);
}

/* The table at its own place, with the windows that let the normal world see it. */
static TEE_Result place_table(struct load *l)
{
	struct proc *p = l->proc;
	TEE_Result res;

	if (!p->rsc_size || !p->extended)
		return TEE_SUCCESS;
	res = service_write_table(p, p->rsc_addr, p->table, p->rsc_size);
	if (res == TEE_SUCCESS)
		res = service_windows(p, p->rsc_addr, p->rsc_size);
	if (res != TEE_SUCCESS)
		return session_refuse_service(l->session, res, "place the resource table");
	return TEE_SUCCESS;
}

/* Keep what later commands need; the workspace goes. */
static TEE_Result keep(struct load *l)
{
	struct proc *p = l->proc;
	TEE_Result res;

	if (l->out.rsc_size) {
		p->table = TEE_Malloc(l->out.rsc_size, TEE_MALLOC_FILL_ZERO);
		if (!p->table)
			return session_refuse(
				l->session, CW_CODE_NO_MEMORY,
				"no memory for a copy of the resource table (%u bytes)",
				l->out.rsc_size);
		TEE_MemMove(p->table, l->out.rsc_table.ptr, l->out.rsc_size);
	}
	p->rsc_addr = l->out.rsc_addr;
	p->rsc_size = l->out.rsc_size;
	p->version = l->out.has_version ? l->out.version : 0;
	p->entry = l->out.images[0].entry;
	p->images = l->out.n_images;
	TEE_MemMove(p->digest, l->out.digest, sizeof(p->digest));
	res = place_table(l);
	if (res == TEE_SUCCESS && p->extended && l->out.has_version) {
		res = service_set_version(p, p->version);
		if (res != TEE_SUCCESS)
			return session_refuse_service(l->session, res, "note the firmware version");
	}
	return res;
}

void proc_forget(struct proc *p)
{
	TEE_Free(p->table);
	p->table = NULL;
	p->rsc_addr = p->rsc_size = p->entry = p->images = 0;
	p->version = 0;
	TEE_MemFill(p->digest, 0, sizeof(p->digest));
	p->state = PROC_OFF;
}

/* A refusal names the key that this board trusts, unless its sentence does so already or has no
 * room left. */
static void name_key(struct load *l)
{
	struct cw_refusal *r = &l->session->last;
	size_t used = 0, need = sizeof("; trusted key ");

	trusted_keys(l);
	while (r->text[used])
		used++;
	for (const char *c = l->text; *c; c++)
		need++;
	if (l->text[0] && used + need <= sizeof(r->text))
		cw_format(r->text + used, sizeof(r->text) - used, "; trusted key %s", l->text);
}

static TEE_Result judge(struct load *l)
{
	int rc = cw_rproc_judge(&l->source, &l->env, l->workspace, sizeof(l->workspace), &l->out,
				&l->session->last);

	if (rc == -CW_CODE_PLATFORM && l->service)
		return l->service;
	if (rc < 0 && rc != -CW_CODE_SIGNATURE && rc != -CW_CODE_KEY)
		name_key(l);
	return result_of(rc);
}

static TEE_Result load_first(struct load *l)
{
	TEE_Result res = check_capabilities(l->session);

	if (res != TEE_SUCCESS)
		return res;
	res = judge(l);
	if (res == TEE_SUCCESS)
		res = keep(l);
	if (res == TEE_SUCCESS) {
		l->proc->state = PROC_LOADED;
		return TEE_SUCCESS;
	}
	/* The sentence that the client will ask for is the judge's; a scrub that fails is counted
	 * by the service. */
	service_simple(l->proc, PTA_RPROC_RELEASE);
	proc_forget(l->proc);
	return res;
}

TEE_Result proc_load(struct session *s, const void *image, size_t size)
{
	struct load *l;
	TEE_Result res;

	if (s->proc->absent)
		return session_refuse(s, CW_CODE_UNSUPPORTED,
				      "this TEE has no remoteproc platform service: images can be judged, not "
				      "loaded");
	if (s->proc->state == PROC_STARTED)
		return session_refuse(s, CW_CODE_STATE,
				      "the processor runs: stop it before loading");
	l = load_new(s, image, size, true);
	if (!l)
		return session_refuse(s, CW_CODE_NO_MEMORY,
				      "no memory to judge an image (%zu bytes)", sizeof(*l));
	res = s->proc->state == PROC_LOADED ? load_again(l) : load_first(l);
	TEE_Free(l);
	return res;
}

/* Copied, so that it is the same key from the first look to the last. */
static TEE_Result take_key(struct load *l, struct cw_span key)
{
	struct session *s = l->session;
	uint8_t *copy;

	if (!key.len)
		return TEE_SUCCESS;
	if (!s->proc->absent)
		return session_refuse(s, CW_CODE_PARAM,
				      "this TEE knows which keys are trusted on its machine, and takes no other");
	if (key.len > KEY_MAX)
		return session_refuse(s, CW_CODE_PARAM, "the given key is no RSA or P-256 key");
	copy = TEE_Malloc(key.len, TEE_MALLOC_FILL_ZERO);
	if (!copy)
		return session_refuse(s, CW_CODE_NO_MEMORY, "no memory for a copy of the key");
	TEE_MemMove(copy, key.ptr, key.len);
	l->key = cw_span(copy, key.len);
	return key_is_good(l->key) ? TEE_SUCCESS
				   : session_refuse(s, CW_CODE_PARAM,
						    "the given key is no RSA or P-256 key");
}

TEE_Result proc_verify(struct session *s, const void *image, size_t size, struct cw_span key,
		       const char **ret_text)
{
	struct load *l = load_new(s, image, size, false);
	TEE_Result res;

	if (!l)
		return session_refuse(s, CW_CODE_NO_MEMORY,
				      "no memory to judge an image (%zu bytes)", sizeof(*l));
	res = take_key(l, key);
	if (res == TEE_SUCCESS)
		res = judge(l);
	if (res == TEE_SUCCESS && s->proc->absent && !key.len)
		res = session_refuse(
			s, CW_CODE_KEY,
			"its form is right and every segment has its signed digest, but nobody checked the "
			"signature: this TEE has no remoteproc platform service and trusts no key; give it one");
	if (res == TEE_SUCCESS && !s->proc->absent && l->out.encryption.len)
		*ret_text = "tags, contents and resource table: the image is encrypted, and decrypted when it "
			    "is loaded";
	else if (res == TEE_SUCCESS)
		*ret_text = !s->proc->absent ? ""
					     : "memory map, firmware version and target: this TEE has no "
					       "remoteproc platform service";
	TEE_Free((void *)(uintptr_t)l->key.ptr);
	TEE_Free(l);
	return res;
}
