// SPDX-License-Identifier: BSD-2-Clause
/*
 * secure/tee/identity.c - who a client is
 *
 * The UUID of a user or group is what Linux's TEE subsystem makes of it: version 5 (RFC 4122) of "uid=%x" or "gid=%x" in
 * a fixed name space. The kernel vouches for the process that made the socket.
 */
#include "secure/tee/internal.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define GROUPS_MAX 256

static const uint8_t name_space[16] = {0x58, 0xac, 0x9c, 0xa0, 0x20, 0x86, 0x46, 0x83,
				       0xa1, 0xb8, 0xec, 0x4b, 0xc0, 0x8e, 0x01, 0xb6};

static int uuid_of_name(const char *name, TEE_UUID *ret)
{
	uint8_t text[sizeof(name_space) + 32], hash[EVP_MAX_MD_SIZE];
	size_t len = strlen(name);

	memcpy(text, name_space, sizeof(name_space));
	memcpy(text + sizeof(name_space), name, len);
	if (!EVP_Digest(text, sizeof(name_space) + len, hash, NULL, EVP_sha1(), NULL))
		return -ENOMEM;
	hash[6] = (uint8_t)((hash[6] & 0x0F) | 0x50);
	hash[8] = (uint8_t)((hash[8] & 0x3F) | 0x80);
	*ret = uuid_from_bytes(hash);
	return 0;
}

static bool in_group(int sock, const struct ucred *cred, uint32_t gid)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(groups);

	if (cred->gid == gid)
		return true;
	if (getsockopt(sock, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++)
		if (groups[i] == gid)
			return true;
	return false;
}

int identity_make(int sock, uint32_t login, const uint8_t data[16], TEE_Identity *ret)
{
	TEE_Identity id = {.login = login};
	socklen_t len = sizeof(struct ucred);
	struct ucred cred;
	char name[32];
	uint32_t gid;
	int r = 0;

	if (login == TEE_IOCTL_LOGIN_PUBLIC) {
		*ret = id;
		return 0;
	}
	/* Which program a process runs changes under the question, and Linux answers it for no TEE either. */
	if (login >= TEE_IOCTL_LOGIN_APPLICATION && login <= TEE_IOCTL_LOGIN_GROUP_APPLICATION)
		return -EOPNOTSUPP;
	if (login != TEE_IOCTL_LOGIN_USER && login != TEE_IOCTL_LOGIN_GROUP)
		return -EINVAL;
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -EPERM;
	if (login == TEE_IOCTL_LOGIN_USER) {
		snprintf(name, sizeof(name), "uid=%x", cred.uid);
	} else {
		memcpy(&gid, data, sizeof(gid));
		if (!in_group(sock, &cred, gid))
			return -EPERM;
		snprintf(name, sizeof(name), "gid=%x", gid);
	}
	r = uuid_of_name(name, &id.uuid);
	if (r == 0)
		*ret = id;
	return r;
}
