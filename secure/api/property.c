// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/api/property.c - properties of the TA, of its client, of the TEE
 *
 * Every property is one row of a table: the TA's own come from its file, the others are below.
 */
#include "secure/api/internal.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/ta_header.h"

#define TEXT_MAX 256

struct __TEE_PropSetHandle {
	TEE_PropSetHandle set; /* one of the three; NULL: not started */
	size_t index;
};

static const uint32_t core_version = TEE_CORE_API_VERSION;
static const uint32_t little_endian;
static const uint32_t protection_level =
	100; /* the normal world can set the clock this TEE lives by */
static const bool yes = true;

static const struct user_ta_property tee_props[] = {
	{"gpd.tee.apiversion", USER_TA_PROP_TYPE_STRING, "1.3.1"},
	{"gpd.tee.internalCore.version", USER_TA_PROP_TYPE_U32, &core_version},
	{"gpd.tee.description", USER_TA_PROP_TYPE_STRING, "Corewarden TEE"},
	{"gpd.tee.systemTime.protectionLevel", USER_TA_PROP_TYPE_U32, &protection_level},
	{"gpd.tee.cryptography.ecc", USER_TA_PROP_TYPE_BOOL, &yes},
	{"gpd.tee.cryptography.nist", USER_TA_PROP_TYPE_BOOL, &yes},
	{"gpd.tee.trustedos.implementation.version", USER_TA_PROP_TYPE_STRING, CW_VERSION},
	{"gpd.tee.trustedos.manufacturer", USER_TA_PROP_TYPE_STRING, "Corewarden"},
};

static const struct user_ta_property ta_own_props[] = {
	{"gpd.ta.appID", USER_TA_PROP_TYPE_UUID, &ta_rt.uuid},
};

/* Row @i of a set; false past its end. */
static bool row(TEE_PropSetHandle set, size_t i, struct user_ta_property *ret)
{
	if (set == TEE_PROPSET_TEE_IMPLEMENTATION) {
		if (i >= ARRAY_SIZE(tee_props))
			return false;
		*ret = tee_props[i];
	} else if (set == TEE_PROPSET_CURRENT_TA) {
		if (i < ARRAY_SIZE(ta_own_props))
			*ret = ta_own_props[i];
		else if (i - ARRAY_SIZE(ta_own_props) < ta_rt.n_props)
			*ret = ta_rt.props[i - ARRAY_SIZE(ta_own_props)];
		else
			return false;
	} else {
		/* Outside of a call there is no client. */
		if (i > 1 || !ta_rt.client)
			return false;
		*ret = i ? (struct user_ta_property){"gpd.client.endian", USER_TA_PROP_TYPE_U32,
						     &little_endian}
			 : (struct user_ta_property){"gpd.client.identity",
						     USER_TA_PROP_TYPE_IDENTITY, ta_rt.client};
	}
	return true;
}

static bool is_set(TEE_PropSetHandle h)
{
	return h == TEE_PROPSET_TEE_IMPLEMENTATION || h == TEE_PROPSET_CURRENT_CLIENT ||
	       h == TEE_PROPSET_CURRENT_TA;
}

static TEE_Result find(TEE_PropSetHandle h, const char *name, struct user_ta_property *ret)
{
	if (!h)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	if (!is_set(h))
		return h->set && row(h->set, h->index, ret) ? TEE_SUCCESS
							    : TEE_ERROR_ITEM_NOT_FOUND;
	if (!name)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	for (size_t i = 0; row(h, i, ret); i++)
		if (!strcmp(ret->name, name))
			return TEE_SUCCESS;
	return TEE_ERROR_ITEM_NOT_FOUND;
}

/* The value of a property that must be of one type; NULL and *@res say why not. */
static const void *value_of(TEE_PropSetHandle h, const char *name, enum user_ta_prop_type type,
			    TEE_Result *res)
{
	struct user_ta_property p;

	*res = find(h, name, &p);
	if (*res)
		return NULL;
	if (p.type != type)
		*res = TEE_ERROR_BAD_FORMAT;
	return *res ? NULL : p.value;
}

static void uuid_text(const TEE_UUID *u, char ret[37])
{
	snprintf(ret, 37, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", u->timeLow,
		 u->timeMid, u->timeHiAndVersion, u->clockSeqAndNode[0], u->clockSeqAndNode[1],
		 u->clockSeqAndNode[2], u->clockSeqAndNode[3], u->clockSeqAndNode[4],
		 u->clockSeqAndNode[5], u->clockSeqAndNode[6], u->clockSeqAndNode[7]);
}

static const char *text_of(const struct user_ta_property *p, char buf[TEXT_MAX])
{
	const TEE_Identity *id = p->value;
	uint64_t u64;

	switch (p->type) {
	case USER_TA_PROP_TYPE_BOOL:
		return *(const bool *)p->value ? "true" : "false";
	case USER_TA_PROP_TYPE_U32:
		snprintf(buf, TEXT_MAX, "%u", *(const uint32_t *)p->value);
		return buf;
	case USER_TA_PROP_TYPE_U64:
		memcpy(&u64, p->value, sizeof(u64));
		snprintf(buf, TEXT_MAX, "%" PRIu64, u64);
		return buf;
	case USER_TA_PROP_TYPE_UUID:
		uuid_text(p->value, buf);
		return buf;
	case USER_TA_PROP_TYPE_IDENTITY:
		snprintf(buf, TEXT_MAX, "%08x:", id->login);
		uuid_text(&id->uuid, buf + 9);
		return buf;
	case USER_TA_PROP_TYPE_STRING:
	case USER_TA_PROP_TYPE_BINARY_BLOCK:
		return p->value;
	}
	return "";
}

static TEE_Result give(const void *data, size_t len, void *buffer, size_t *size)
{
	size_t room = *size;

	*size = len;
	if (len > room)
		return TEE_ERROR_SHORT_BUFFER;
	memcpy(buffer, data, len);
	return TEE_SUCCESS;
}

TA_API TEE_Result TEE_GetPropertyAsString(TEE_PropSetHandle propsetOrEnumerator, const char *name,
					  char *valueBuffer, size_t *valueBufferLen)
{
	struct user_ta_property p;
	char buf[TEXT_MAX];
	const char *text;
	TEE_Result res;

	if (!valueBufferLen)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	res = find(propsetOrEnumerator, name, &p);
	if (res)
		return res;
	text = text_of(&p, buf);
	return give(text, strlen(text) + 1, valueBuffer, valueBufferLen);
}

TA_API TEE_Result TEE_GetPropertyAsBool(TEE_PropSetHandle propsetOrEnumerator, const char *name,
					bool *value)
{
	TEE_Result res;
	const bool *v = value_of(propsetOrEnumerator, name, USER_TA_PROP_TYPE_BOOL, &res);

	if (v)
		*value = *v;
	return res;
}

TA_API TEE_Result TEE_GetPropertyAsU32(TEE_PropSetHandle propsetOrEnumerator, const char *name,
				       uint32_t *value)
{
	TEE_Result res;
	const uint32_t *v = value_of(propsetOrEnumerator, name, USER_TA_PROP_TYPE_U32, &res);

	if (v)
		*value = *v;
	return res;
}

TA_API TEE_Result TEE_GetPropertyAsU64(TEE_PropSetHandle propsetOrEnumerator, const char *name,
				       uint64_t *value)
{
	TEE_Result res;
	const void *v = value_of(propsetOrEnumerator, name, USER_TA_PROP_TYPE_U64, &res);

	if (v)
		memcpy(value, v, sizeof(*value));
	return res;
}

TA_API TEE_Result TEE_GetPropertyAsBinaryBlock(TEE_PropSetHandle propsetOrEnumerator,
					       const char *name, void *valueBuffer,
					       size_t *valueBufferLen)
{
	TEE_Result res;
	const char *text =
		value_of(propsetOrEnumerator, name, USER_TA_PROP_TYPE_BINARY_BLOCK, &res);
	size_t len = text ? strlen(text) : 0;
	uint8_t *raw;
	int n;

	if (!valueBufferLen)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	if (!text)
		return res;
	raw = malloc(len + 4);
	if (!raw)
		return TEE_ERROR_OUT_OF_MEMORY;
	n = EVP_DecodeBlock(raw, (const uint8_t *)text, (int)len);
	/* The decoder counts the bytes that '=' stands for. */
	for (size_t i = len; n > 0 && i && text[i - 1] == '='; i--)
		n--;
	res = n < 0 ? TEE_ERROR_BAD_FORMAT : give(raw, (size_t)n, valueBuffer, valueBufferLen);
	free(raw);
	return res;
}

TA_API TEE_Result TEE_GetPropertyAsUUID(TEE_PropSetHandle propsetOrEnumerator, const char *name,
					TEE_UUID *value)
{
	TEE_Result res;
	const TEE_UUID *v = value_of(propsetOrEnumerator, name, USER_TA_PROP_TYPE_UUID, &res);

	if (v)
		*value = *v;
	return res;
}

TA_API TEE_Result TEE_GetPropertyAsIdentity(TEE_PropSetHandle propsetOrEnumerator, const char *name,
					    TEE_Identity *value)
{
	TEE_Result res;
	const TEE_Identity *v =
		value_of(propsetOrEnumerator, name, USER_TA_PROP_TYPE_IDENTITY, &res);

	if (v)
		*value = *v;
	return res;
}

TA_API TEE_Result TEE_AllocatePropertyEnumerator(TEE_PropSetHandle *enumerator)
{
	*enumerator = calloc(1, sizeof(**enumerator));
	return *enumerator ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

TA_API void TEE_FreePropertyEnumerator(TEE_PropSetHandle enumerator)
{
	free(enumerator);
}

TA_API void TEE_StartPropertyEnumerator(TEE_PropSetHandle enumerator, TEE_PropSetHandle propSet)
{
	if (!enumerator || !is_set(propSet))
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	enumerator->set = propSet;
	enumerator->index = 0;
}

TA_API void TEE_ResetPropertyEnumerator(TEE_PropSetHandle enumerator)
{
	if (!enumerator)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	enumerator->set = NULL;
}

TA_API TEE_Result TEE_GetPropertyName(TEE_PropSetHandle enumerator, void *nameBuffer,
				      size_t *nameBufferLen)
{
	struct user_ta_property p;
	TEE_Result res = find(enumerator, NULL, &p);

	return res ? res : give(p.name, strlen(p.name) + 1, nameBuffer, nameBufferLen);
}

TA_API TEE_Result TEE_GetNextProperty(TEE_PropSetHandle enumerator)
{
	struct user_ta_property p;

	if (!enumerator)
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	if (!enumerator->set)
		return TEE_ERROR_ITEM_NOT_FOUND;
	enumerator->index++;
	return row(enumerator->set, enumerator->index, &p) ? TEE_SUCCESS : TEE_ERROR_ITEM_NOT_FOUND;
}
