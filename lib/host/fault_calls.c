// SPDX-License-Identifier: BSD-2-Clause
/*
 * host/fault_calls.c - calls that can be made to fail
 *
 * The linker sends every call of NAME in our own objects to __wrap_NAME (--wrap); __real_NAME is the function itself.
 * Prototypes of OpenSSL are spelled with void pointers, for this folder does not know that library; its functions are weak
 * here, for not every program has it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/types.h>

#include "host/fault.h"

#pragma GCC diagnostic ignored "-Wmissing-prototypes"

/* A function whose @kind fails with @error, and then returns @fail. */
#define WRAP(kind, error, fail, type, name, params, args)                                       \
	type __real_##name params;                                                               \
	type __wrap_##name params;                                                               \
	type __wrap_##name params                                                                \
	{                                                                                        \
		if (cw_fault_call(CW_FAULT_##kind)) {                                            \
			errno = error;                                                           \
			return fail;                                                             \
		}                                                                                \
		return __real_##name args;                                                       \
	}

WRAP(ALLOC, ENOMEM, NULL, void *, malloc, (size_t size), (size))
WRAP(ALLOC, ENOMEM, NULL, void *, calloc, (size_t n, size_t size), (n, size))
WRAP(ALLOC, ENOMEM, NULL, void *, realloc, (void *p, size_t size), (p, size))
WRAP(ALLOC, ENOMEM, NULL, char *, strdup, (const char *s), (s))
WRAP(ALLOC, ENOMEM, NULL, char *, strndup, (const char *s, size_t n), (s, n))
WRAP(ALLOC, ENOMEM, NULL, void *, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP(ALLOC, ENOMEM, -1, int, vasprintf, (char **ret, const char *fmt, va_list ap), (ret, fmt, ap))

int __wrap_asprintf(char **ret, const char *fmt, ...);
int __wrap_asprintf(char **ret, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = __wrap_vasprintf(ret, fmt, ap);
	va_end(ap);
	return n;
}

WRAP(READ, EIO, -1, ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n))
WRAP(READ, EIO, -1, ssize_t, pread64, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))
WRAP(READ, EIO, -1, ssize_t, getrandom, (void *buf, size_t n, unsigned flags), (buf, n, flags))
WRAP(WRITE, ENOSPC, -1, ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n))
WRAP(WRITE, ENOSPC, -1, ssize_t, pwrite64, (int fd, const void *buf, size_t n, off_t at),
     (fd, buf, n, at))
WRAP(SEND, ENOBUFS, -1, ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))

ssize_t __real_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *m, int flags)
{
	ssize_t n;

	if (cw_fault_call(CW_FAULT_RECEIVE)) {
		errno = ENOMEM;
		return -1;
	}
	n = __real_recvmsg(fd, m, flags);
	cw_fault_received(m, n);
	return n;
}

WRAP(MAP, ENOMEM, MAP_FAILED, void *, mmap64,
     (void *addr, size_t len, int prot, int flags, int fd, off_t at),
     (addr, len, prot, flags, fd, at))
WRAP(MAP, ENOMEM, -1, int, memfd_create, (const char *name, unsigned flags), (name, flags))
WRAP(MAP, ENOMEM, -1, int, ftruncate64, (int fd, off_t size), (fd, size))
WRAP(MAP, ENOMEM, -1, int, fallocate64, (int fd, int mode, off_t at, off_t len), (fd, mode, at, len))

/* What follows the fixed arguments is an int or a pointer, or nothing: one register. */
#define WRAP_VARIADIC(kind, error, name, params, last, args)                                    \
	int __real_##name params;                                                                \
	int __wrap_##name params;                                                                \
	int __wrap_##name params                                                                 \
	{                                                                                        \
		va_list ap;                                                                      \
		uintptr_t extra;                                                                 \
                                                                                                 \
		va_start(ap, last);                                                              \
		extra = va_arg(ap, uintptr_t);                                                   \
		va_end(ap);                                                                      \
		if (cw_fault_call(CW_FAULT_##kind)) {                                            \
			errno = error;                                                           \
			return -1;                                                               \
		}                                                                                \
		return __real_##name args;                                                       \
	}

WRAP_VARIADIC(FILE, EIO, open64, (const char *path, int flags, ...), flags, (path, flags, extra))
WRAP_VARIADIC(FILE, EIO, openat64, (int dir, const char *path, int flags, ...), flags,
	      (dir, path, flags, extra))
WRAP(FILE, EIO, NULL, FILE *, fopen64, (const char *path, const char *mode), (path, mode))
WRAP(FILE, EIO, -1, int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
WRAP(FILE, EIO, -1, int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(FILE, EIO, -1, int, fsync, (int fd), (fd))
WRAP(FILE, EIO, -1, int, fstat64, (int fd, void *st), (fd, st))

WRAP(FD, EMFILE, -1, int, socketpair, (int family, int type, int protocol, int fds[2]),
     (family, type, protocol, fds))
WRAP(FD, EMFILE, -1, int, pipe2, (int fds[2], int flags), (fds, flags))
WRAP(FD, EMFILE, -1, int, epoll_create1, (int flags), (flags))
WRAP(FD, EMFILE, -1, int, epoll_ctl, (int ep, int op, int fd, void *ev), (ep, op, fd, ev))
WRAP(FD, EMFILE, -1, int, eventfd, (unsigned n, int flags), (n, flags))
WRAP_VARIADIC(FD, EMFILE, fcntl64, (int fd, int cmd, ...), cmd, (fd, cmd, extra))

WRAP(PROCESS, EAGAIN, -1, pid_t, fork, (void), ())
WRAP(PROCESS, EAGAIN, EAGAIN, int, pthread_create,
     (void *thread, const void *attr, void *(*fn)(void *), void *arg), (thread, attr, fn, arg))

#pragma weak __real_EVP_MD_CTX_new
#pragma weak __real_EVP_DigestInit_ex
#pragma weak __real_EVP_DigestInit_ex2
#pragma weak __real_EVP_DigestUpdate
#pragma weak __real_EVP_DigestFinal_ex
#pragma weak __real_EVP_Digest
#pragma weak __real_EVP_MD_fetch
#pragma weak __real_EVP_MD_CTX_copy_ex
#pragma weak __real_EVP_PKEY_CTX_new
#pragma weak __real_EVP_PKEY_CTX_new_from_pkey
#pragma weak __real_EVP_PKEY_verify_init
#pragma weak __real_EVP_PKEY_verify
#pragma weak __real_EVP_PKEY_CTX_set_rsa_padding
#pragma weak __real_EVP_PKEY_CTX_set_rsa_pss_saltlen
#pragma weak __real_EVP_PKEY_CTX_set_signature_md
#pragma weak __real_d2i_PUBKEY
#pragma weak __real_i2d_PUBKEY
#pragma weak __real_ECDSA_SIG_new
#pragma weak __real_i2d_ECDSA_SIG
#pragma weak __real_BN_bin2bn
#pragma weak __real_OSSL_DECODER_CTX_new_for_pkey
#pragma weak __real_OSSL_DECODER_from_data
#pragma weak __real_EVP_PKEY_CTX_new_from_name
#pragma weak __real_EVP_PKEY_fromdata_init
#pragma weak __real_EVP_PKEY_fromdata
#pragma weak __real_EVP_PKEY_get_octet_string_param
#pragma weak __real_EVP_PKEY_get_utf8_string_param
#pragma weak __real_EVP_PKEY_get_bn_param
#pragma weak __real_EVP_PKEY_set_utf8_string_param
#pragma weak __real_EVP_PKEY_derive_init
#pragma weak __real_EVP_PKEY_derive_set_peer
#pragma weak __real_EVP_PKEY_derive
#pragma weak __real_EVP_KDF_fetch
#pragma weak __real_EVP_KDF_CTX_new
#pragma weak __real_EVP_KDF_derive
#pragma weak __real_EVP_CIPHER_CTX_new
#pragma weak __real_EVP_CipherInit_ex2
#pragma weak __real_EVP_CipherUpdate
#pragma weak __real_EVP_CipherFinal_ex
#pragma weak __real_EVP_CIPHER_CTX_ctrl
#pragma weak __real_EVP_PKCS82PKEY
#pragma weak __real_d2i_ECDSA_SIG
#pragma weak __real_BN_new
#pragma weak __real_OSSL_PARAM_BLD_new
#pragma weak __real_OSSL_PARAM_BLD_push_BN
#pragma weak __real_OSSL_PARAM_BLD_to_param
#pragma weak __real_RAND_bytes

#define CRYPTO(fail, type, name, params, args) WRAP(CRYPTO, ENOMEM, fail, type, name, params, args)

CRYPTO(NULL, void *, EVP_MD_CTX_new, (void), ())
CRYPTO(0, int, EVP_DigestInit_ex, (void *c, const void *md, void *e), (c, md, e))
CRYPTO(0, int, EVP_DigestInit_ex2, (void *c, const void *md, const void *p), (c, md, p))
CRYPTO(0, int, EVP_DigestUpdate, (void *c, const void *d, size_t n), (c, d, n))
CRYPTO(0, int, EVP_DigestFinal_ex, (void *c, unsigned char *md, unsigned *n), (c, md, n))
CRYPTO(0, int, EVP_Digest,
       (const void *d, size_t n, unsigned char *md, unsigned *size, const void *type, void *e),
       (d, n, md, size, type, e))
CRYPTO(NULL, void *, EVP_MD_fetch, (void *lib, const char *name, const char *props),
       (lib, name, props))
CRYPTO(0, int, EVP_MD_CTX_copy_ex, (void *to, const void *from), (to, from))
CRYPTO(NULL, void *, EVP_PKEY_CTX_new, (void *key, void *e), (key, e))
CRYPTO(NULL, void *, EVP_PKEY_CTX_new_from_pkey, (void *lib, void *key, const char *props),
       (lib, key, props))
CRYPTO(-1, int, EVP_PKEY_verify_init, (void *c), (c))
CRYPTO(-1, int, EVP_PKEY_verify,
       (void *c, const unsigned char *sig, size_t sig_len, const unsigned char *d, size_t n),
       (c, sig, sig_len, d, n))
CRYPTO(-1, int, EVP_PKEY_CTX_set_rsa_padding, (void *c, int mode), (c, mode))
CRYPTO(-1, int, EVP_PKEY_CTX_set_rsa_pss_saltlen, (void *c, int len), (c, len))
CRYPTO(-1, int, EVP_PKEY_CTX_set_signature_md, (void *c, const void *md), (c, md))
CRYPTO(NULL, void *, d2i_PUBKEY, (void **ret, const unsigned char **der, long n), (ret, der, n))
CRYPTO(-1, int, i2d_PUBKEY, (const void *key, unsigned char **ret), (key, ret))
CRYPTO(NULL, void *, ECDSA_SIG_new, (void), ())
CRYPTO(-1, int, i2d_ECDSA_SIG, (const void *sig, unsigned char **ret), (sig, ret))
CRYPTO(NULL, void *, BN_bin2bn, (const unsigned char *s, int n, void *ret), (s, n, ret))
CRYPTO(NULL, void *, OSSL_DECODER_CTX_new_for_pkey,
       (void **key, const char *type, const char *structure, const char *keytype, int selection,
	void *lib, const char *props),
       (key, type, structure, keytype, selection, lib, props))
CRYPTO(0, int, OSSL_DECODER_from_data, (void *c, const unsigned char **data, size_t *n), (c, data, n))
CRYPTO(NULL, void *, EVP_PKEY_CTX_new_from_name, (void *lib, const char *name, const char *props),
       (lib, name, props))
CRYPTO(-1, int, EVP_PKEY_fromdata_init, (void *c), (c))
CRYPTO(-1, int, EVP_PKEY_fromdata, (void *c, void **ret, int selection, const void *params),
       (c, ret, selection, params))
CRYPTO(0, int, EVP_PKEY_get_octet_string_param,
       (const void *key, const char *name, unsigned char *buf, size_t size, size_t *n),
       (key, name, buf, size, n))
CRYPTO(0, int, EVP_PKEY_get_utf8_string_param,
       (const void *key, const char *name, char *buf, size_t size, size_t *n),
       (key, name, buf, size, n))
CRYPTO(0, int, EVP_PKEY_get_bn_param, (const void *key, const char *name, void **ret), (key, name, ret))
CRYPTO(0, int, EVP_PKEY_set_utf8_string_param, (void *key, const char *name, const char *text),
       (key, name, text))
CRYPTO(-1, int, EVP_PKEY_derive_init, (void *c), (c))
CRYPTO(-1, int, EVP_PKEY_derive_set_peer, (void *c, void *peer), (c, peer))
CRYPTO(-1, int, EVP_PKEY_derive, (void *c, unsigned char *key, size_t *n), (c, key, n))
CRYPTO(NULL, void *, EVP_KDF_fetch, (void *lib, const char *name, const char *props), (lib, name, props))
CRYPTO(NULL, void *, EVP_KDF_CTX_new, (void *kdf), (kdf))
CRYPTO(0, int, EVP_KDF_derive, (void *c, unsigned char *key, size_t n, const void *params),
       (c, key, n, params))
CRYPTO(NULL, void *, EVP_CIPHER_CTX_new, (void), ())
CRYPTO(0, int, EVP_CipherInit_ex2,
       (void *c, const void *cipher, const unsigned char *key, const unsigned char *iv, int enc,
	const void *params),
       (c, cipher, key, iv, enc, params))
CRYPTO(0, int, EVP_CipherUpdate,
       (void *c, unsigned char *out, int *out_len, const unsigned char *in, int len),
       (c, out, out_len, in, len))
CRYPTO(0, int, EVP_CipherFinal_ex, (void *c, unsigned char *out, int *len), (c, out, len))
CRYPTO(0, int, EVP_CIPHER_CTX_ctrl, (void *c, int type, int arg, void *p), (c, type, arg, p))
CRYPTO(NULL, void *, EVP_PKCS82PKEY, (const void *p8), (p8))
CRYPTO(NULL, void *, d2i_ECDSA_SIG, (void **ret, const unsigned char **der, long n), (ret, der, n))
CRYPTO(NULL, void *, BN_new, (void), ())
CRYPTO(NULL, void *, OSSL_PARAM_BLD_new, (void), ())
CRYPTO(0, int, OSSL_PARAM_BLD_push_BN, (void *b, const char *name, const void *n), (b, name, n))
CRYPTO(NULL, void *, OSSL_PARAM_BLD_to_param, (void *b), (b))
CRYPTO(0, int, RAND_bytes, (unsigned char *buf, int n), (buf, n))
