// SPDX-License-Identifier: BSD-2-Clause
/*
 * tests/keys/counting_module.c - the module of $REAL_MODULE, with every login noted in the file $LOGIN_COUNT
 *
 * One letter a login: n without PIN, p with one. $TOKEN_FLAGS says what it pretends: few tries left, a keypad, a key that
 * wants the PIN each time, a token that is pulled.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) __attribute__((visibility("default")));

static CK_FUNCTION_LIST real, ours;
static const char real_pin[] = "4711-user";

static int pretends(const char *what)
{
	const char *flags = getenv("TOKEN_FLAGS");

	return flags && !strcmp(flags, what);
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG len)
{
	int fd = open(getenv("LOGIN_COUNT"), O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, pin ? "p" : "n", 1) != 1)
		abort();
	close(fd);
	if (user == CKU_CONTEXT_SPECIFIC)
		return CKR_OK;
	if (!pin) /* typed on the keypad */
		return real.C_Login(session, user, (CK_UTF8CHAR_PTR)real_pin, sizeof(real_pin) - 1);
	return real.C_Login(session, user, pin, len);
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	CK_RV rv = real.C_GetTokenInfo(slot, info);

	if (pretends("low"))
		info->flags |= CKF_USER_PIN_COUNT_LOW;
	if (pretends("final"))
		info->flags |= CKF_USER_PIN_FINAL_TRY;
	if (pretends("locked"))
		info->flags |= CKF_USER_PIN_LOCKED;
	if (pretends("keypad"))
		info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
	return rv;
}

static CK_RV attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR a,
			CK_ULONG n)
{
	if (n == 1 && a->type == CKA_ALWAYS_AUTHENTICATE && pretends("each")) {
		*(CK_BBOOL *)a->pValue = CK_TRUE;
		a->ulValueLen = 1;
		return CKR_OK;
	}
	return real.C_GetAttributeValue(session, object, a, n);
}

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG len, CK_BYTE_PTR sig,
		  CK_ULONG_PTR sig_len)
{
	if (pretends("removed"))
		return CKR_DEVICE_REMOVED;
	return real.C_Sign(session, data, len, sig, sig_len);
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key)
{
	return pretends("mechanism") ? CKR_MECHANISM_INVALID
				     : real.C_SignInit(session, mechanism, key);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
	void *library = dlopen(getenv("REAL_MODULE") ?: "", RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get = library ? dlsym(library, "C_GetFunctionList") : NULL;
	CK_FUNCTION_LIST_PTR found;
	CK_RV rv = get ? get(&found) : CKR_GENERAL_ERROR;

	if (rv != CKR_OK)
		return rv;
	real = ours = *found;
	ours.C_Login = login;
	ours.C_GetTokenInfo = token_info;
	ours.C_GetAttributeValue = attributes;
	ours.C_Sign = sign;
	ours.C_SignInit = sign_init;
	*list = &ours;
	return CKR_OK;
}
