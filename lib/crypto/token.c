// SPDX-License-Identifier: BSD-2-Clause
/*
 * crypto/token.c - keys in tokens: PKCS#11 2.40 by way of p11-kit
 *
 * A pkcs11: URI (RFC 7512) says which module, token and key. Without module-path all modules of p11-kit's configuration are
 * asked, but not those which only hold certificates to be trusted. Exactly one token and one private key in it must be meant:
 * which of two was used would depend on the order of modules. A PIN is tried once. The token only ever signs; what it is
 * given is a digest that is already padded as far as the mechanism wants that.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crypto/token.h"

/* ---- what went wrong ---- */

int cw_token_error(struct cw_error *err, const struct cw_token *t, const char *what, CK_RV rv)
{
	switch (rv) {
	case CKR_HOST_MEMORY:
		return cw_error_set(err, -ENOMEM, "no memory for the token '%s'", t->label);
	case CKR_DEVICE_REMOVED:
	case CKR_TOKEN_NOT_PRESENT:
		return cw_error_set(err, -ENODEV,
				    "the token '%s' was removed; put it back and try again",
				    t->label);
	case CKR_KEY_FUNCTION_NOT_PERMITTED:
		return cw_error_set(err, -EPERM,
				    "the token '%s' does not let this key sign; take one that was "
				    "made for signing",
				    t->label);
	case CKR_MECHANISM_INVALID:
	case CKR_MECHANISM_PARAM_INVALID:
	case CKR_KEY_TYPE_INCONSISTENT:
		return cw_error_set(err, -EIO,
				    "the token '%s' cannot sign in this way (%s); take a key of "
				    "another kind, or another token",
				    t->label, cw_p11.p11_kit_strerror(rv));
	}
	return cw_error_set(err, -EIO, "%s of the token '%s' failed: %s (CKR 0x%lx)", what,
			    t->label, cw_p11.p11_kit_strerror(rv), rv);
}

/* ---- the module ---- */

static void token_free(void *holder)
{
	struct cw_token *t = holder;

	if (!t)
		return;
	if (t->open)
		t->module->C_CloseSession(t->session);
	if (t->by_path && t->module) {
		cw_p11.p11_kit_module_finalize(t->module);
		cw_p11.p11_kit_module_release(t->module);
	}
	if (t->modules)
		cw_p11.p11_kit_modules_finalize_and_release(t->modules);
	OPENSSL_cleanse(t, sizeof(*t));
	free(t);
}

static void token_freep(struct cw_token **t)
{
	token_free(*t);
}

static int load_by_path(struct cw_token *t, const char *path, struct cw_error *err)
{
	CK_RV rv;

	t->module = cw_p11.p11_kit_module_load(path, 0);
	if (!t->module)
		return cw_error_set(
			err, -ENODEV,
			"the PKCS#11 module '%s' cannot be loaded: %s; module-path names "
			"a shared library, absolute",
			path, cw_p11.p11_kit_message() ?: "unknown reason");
	rv = cw_p11.p11_kit_module_initialize(t->module);
	if (rv != CKR_OK) {
		cw_p11.p11_kit_module_release(t->module);
		t->module = NULL;
		return cw_error_set(err, -ENODEV, "the PKCS#11 module '%s' does not start: %s",
				    path, cw_p11.p11_kit_strerror(rv));
	}
	t->by_path = true;
	return 0;
}

static int load_configured(struct cw_token *t, struct cw_error *err)
{
	t->modules = cw_p11.p11_kit_modules_load_and_initialize(0);
	if (t->modules && t->modules[0])
		return 0;
	return cw_error_set(err, -ENODEV,
			    "p11-kit knows no PKCS#11 module; install that of your token, or name "
			    "its library in the URI: ?module-path=/usr/lib/...");
}

/* ---- the token ---- */

static bool is_wanted_module(CK_FUNCTION_LIST *module, P11KitUri *uri)
{
	const char *wanted = cw_p11.p11_kit_uri_get_module_name(uri);
	char *name = cw_p11.p11_kit_module_get_name(module);
	char *trust = cw_p11.p11_kit_config_option(module, "trust-policy");
	bool good = wanted ? name && !strcmp(name, wanted) : !trust || strcmp(trust, "yes");
	CK_INFO info;

	free(trust);
	free(name);
	return good && module->C_GetInfo(&info) == CKR_OK &&
	       cw_p11.p11_kit_uri_match_module_info(uri, &info);
}

struct search {
	P11KitUri *uri;
	unsigned found;
	CK_FUNCTION_LIST *module;
	CK_SLOT_ID slot;
	char labels[2][40];
};

static void put_label(char ret[40], const CK_TOKEN_INFO *info)
{
	size_t len = cw_p11.p11_kit_space_strlen(info->label, sizeof(info->label));

	for (size_t i = 0; i < len; i++)
		ret[i] =
			info->label[i] >= ' ' && info->label[i] <= '~' ? (char)info->label[i] : '?';
	ret[len] = '\0';
}

static void look_at_slot(struct search *s, CK_FUNCTION_LIST *module, CK_SLOT_ID slot)
{
	CK_TOKEN_INFO token;
	CK_SLOT_INFO info;

	if (module->C_GetSlotInfo(slot, &info) != CKR_OK ||
	    module->C_GetTokenInfo(slot, &token) != CKR_OK)
		return;
	if (!(token.flags & CKF_TOKEN_INITIALIZED) ||
	    !cw_p11.p11_kit_uri_match_token_info(s->uri, &token) ||
	    !cw_p11.p11_kit_uri_match_slot_info(s->uri, &info))
		return;
	if (cw_p11.p11_kit_uri_get_slot_id(s->uri) != (CK_SLOT_ID)-1 &&
	    cw_p11.p11_kit_uri_get_slot_id(s->uri) != slot)
		return;
	if (s->found < 2)
		put_label(s->labels[s->found], &token);
	s->found++;
	s->module = module;
	s->slot = slot;
}

static void look_at_module(struct search *s, CK_FUNCTION_LIST *module)
{
	CK_SLOT_ID slots[CW_TOKEN_SLOTS_MAX];
	CK_ULONG n = CW_TOKEN_SLOTS_MAX;

	if (module->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
		return;
	for (CK_ULONG i = 0; i < n; i++)
		look_at_slot(s, module, slots[i]);
}

static int find_token(struct cw_token *t, P11KitUri *uri, struct cw_error *err)
{
	struct search s = {.uri = uri};
	unsigned asked = 0;

	if (t->by_path) {
		look_at_module(&s, t->module);
		asked++;
	}
	for (CK_FUNCTION_LIST **m = t->modules; m && *m; m++)
		if (is_wanted_module(*m, uri)) {
			look_at_module(&s, *m);
			asked++;
		}
	if (!asked)
		return cw_error_set(
			err, -ENODEV,
			"'%s': p11-kit knows no such module; 'p11-kit list-modules' tells "
			"which it knows",
			t->shown);
	if (!s.found)
		return cw_error_set(
			err, -ENODEV,
			"'%s': no such token is present; plug it in, or look at 'p11-kit "
			"list-modules' for what is there",
			t->shown);
	if (s.found > 1)
		return cw_error_set(
			err, -ENOTUNIQ,
			"'%s' means %u tokens, '%s' and '%s' among them; say which with "
			"token= or serial=",
			t->shown, s.found, s.labels[0], s.labels[1]);
	t->module = s.module;
	t->slot = s.slot;
	memcpy(t->label, s.labels[0], sizeof(t->label));
	return 0;
}

/* ---- the whole ---- */

static int parse_uri(const char *text, const char *shown, P11KitUri *uri, struct cw_error *err)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY, *given;
	CK_ATTRIBUTE private = {CKA_CLASS, &class, sizeof(class)}, *a;
	int code = cw_p11.p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri);

	if (code != P11_KIT_URI_OK)
		return cw_error_set(err, -EINVAL, "'%s' is no PKCS#11 URI: %s", shown,
				    cw_p11.p11_kit_uri_message(code) ?: "unknown reason");
	if (cw_p11.p11_kit_uri_any_unrecognized(uri))
		return cw_error_set(err, -EINVAL,
				    "'%s' has an attribute that is not known; RFC 7512 lists them",
				    shown);
	a = cw_p11.p11_kit_uri_get_attribute(uri, CKA_CLASS);
	given = a ? a->pValue : NULL;
	if (given && *given != CKO_PRIVATE_KEY)
		return cw_error_set(
			err, -EINVAL,
			"'%s' does not mean a private key; say type=private, or nothing", shown);
	return cw_p11.p11_kit_uri_set_attribute(uri, &private) == P11_KIT_URI_OK
		       ? 0
		       : cw_error_set(err, -ENOMEM, "no memory for a URI");
}

/* p11-kit frees the PIN but does not wipe it. */
static void uri_freep(P11KitUri **uri)
{
	char *pin = *uri ? (char *)cw_p11.p11_kit_uri_get_pin_value(*uri) : NULL;

	if (pin)
		OPENSSL_cleanse(pin, strlen(pin));
	cw_p11.p11_kit_uri_free(*uri);
}

static int open_token(struct cw_token *t, const char *text, struct cw_key_ask *ask,
		      EVP_PKEY **ret_public, struct cw_error *err)
{
	cw_cleanup(uri_freep) P11KitUri *uri = cw_p11.p11_kit_uri_new();
	const char *path;
	int r;

	if (!uri)
		return cw_error_set(err, -ENOMEM, "no memory for a URI");
	r = parse_uri(text, t->shown, uri, err);
	if (r < 0)
		return r;
	path = cw_p11.p11_kit_uri_get_module_path(uri);
	r = path ? load_by_path(t, path, err) : load_configured(t, err);
	if (!r)
		r = find_token(t, uri, err);
	if (!r)
		r = cw_token_login(t, uri, ask, err);
	if (!r)
		r = cw_token_find_key(t, uri, ret_public, err);
	return r;
}

static const struct cw_key_ops token_ops = {
	.sign = cw_token_sign, .sign_scheme = cw_token_sign_scheme, .free = token_free};

int cw_key_load_token(const char *text, bool wide, cw_key_passphrase ask_fn, void *arg,
		      struct cw_key **ret, struct cw_error *err)
{
	cw_cleanup(token_freep) struct cw_token *t = calloc(1, sizeof(*t));
	cleanup_pkey EVP_PKEY *public = NULL;
	struct cw_key_ask ask = {.fn = ask_fn, .arg = arg};
	struct cw_key *key;
	int r;

	if (!t)
		return cw_error_set(err, -ENOMEM, "no memory for a token");
	r = cw_p11_load(err);
	if (r < 0)
		return r;
	cw_p11.p11_kit_be_quiet();
	snprintf(t->shown, sizeof(t->shown), "%.*s", cw_key_uri_shown(text), text);
	r = open_token(t, text, &ask, &public, err);
	OPENSSL_cleanse(ask.phrase, sizeof(ask.phrase));
	if (!r)
		r = cw_key_new(public, wide, t->shown, &key, err);
	if (r < 0)
		return r;
	key->ops = &token_ops;
	key->holder = cw_steal_ptr(&t);
	*ret = key;
	return 0;
}
