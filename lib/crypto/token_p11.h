/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crypto/token_p11.h - p11-kit, loaded when a token is named
 *
 * Linked, it would cost every run of the program a seventh of its start; and few who sign have a token.
 */
#ifndef CW_CRYPTO_TOKEN_P11_H
#define CW_CRYPTO_TOKEN_P11_H

#include <corewarden/error.h>

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#define CW_P11_CALLS(X)                   \
	X(p11_kit_be_quiet)               \
	X(p11_kit_config_option)          \
	X(p11_kit_message)                \
	X(p11_kit_module_finalize)        \
	X(p11_kit_module_get_name)        \
	X(p11_kit_module_initialize)      \
	X(p11_kit_module_load)            \
	X(p11_kit_module_release)         \
	X(p11_kit_modules_finalize_and_release) \
	X(p11_kit_modules_load_and_initialize)  \
	X(p11_kit_space_strlen)           \
	X(p11_kit_strerror)               \
	X(p11_kit_uri_any_unrecognized)   \
	X(p11_kit_uri_free)               \
	X(p11_kit_uri_get_attribute)      \
	X(p11_kit_uri_get_attributes)     \
	X(p11_kit_uri_get_module_name)    \
	X(p11_kit_uri_get_module_path)    \
	X(p11_kit_uri_get_pin_source)     \
	X(p11_kit_uri_get_pin_value)      \
	X(p11_kit_uri_get_slot_id)        \
	X(p11_kit_uri_match_module_info)  \
	X(p11_kit_uri_match_slot_info)    \
	X(p11_kit_uri_match_token_info)   \
	X(p11_kit_uri_message)            \
	X(p11_kit_uri_new)                \
	X(p11_kit_uri_parse)              \
	X(p11_kit_uri_set_attribute)

/* What linking would have filled in; valid once cw_p11_load() returned 0. */
struct cw_p11 {
#define X(name) __typeof__(&name) name;
	CW_P11_CALLS(X)
#undef X
};
extern struct cw_p11 cw_p11;

/* -ENODEV: it is not installed. */
int cw_p11_load(struct cw_error *err);

#endif
