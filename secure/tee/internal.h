/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure/tee/internal.h - inside the TEE
 *
 *	client --- session --- instance --- process of a TA
 *	  |                       |  \
 *	 shm                    call  pta_session --- PTA
 *
 * A client that misbehaves or hangs up is only marked, and freed when the event under way is done; an instance that dies
 * loses its sessions and calls at once and is freed when its process was reaped. So no pointer held across a call
 * inside one event goes stale.
 */
#ifndef CW_SECURE_TEE_INTERNAL_H
#define CW_SECURE_TEE_INTERNAL_H

#include <stdarg.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "base/refusal.h"
#include "secure/api/link.h"
#include "secure/tee/quota.h"
#include "secure/tee/tee.h"

struct client;
struct instance;
struct session;

/* A descriptor in the loop. @ready is called when it can be read or has hung up. */
struct source {
	int fd; /* -1: not in the loop */
	void (*ready)(struct source *src);
};

#define source_owner(src, type, member) ((type *)((char *)(src) - offsetof(type, member)))

struct timer {
	LIST_ENTRY(timer) link;
	int64_t at_ms;
	void (*fn)(void *arg);
	void *arg;
};

/* Memory that a client shares. Its number, unlike its id, is the TEE's and never used twice. */
struct shm {
	LIST_ENTRY(shm) link; /* of the client, until it gives it up */
	struct cw_tee *tee;
	unsigned refs;	      /* the client's, and one for each reference of a call */
	int32_t id;
	uint32_t number;
	int fd;
	uint64_t size;
	uint8_t *map; /* NULL until the TEE itself looks into it */
};

struct client {
	LIST_ENTRY(client) link;
	struct cw_tee *tee;
	struct source src;
	bool greeted, doomed;
	int32_t last_shm;
	unsigned n_shms, n_sessions, n_calls;
	uint64_t shm_bytes;
	LIST_HEAD(, shm) shms;
	LIST_HEAD(, session) sessions;
};

enum session_state {
	SESSION_OPENING,
	SESSION_OPEN,
	SESSION_CLOSING,
};

struct session {
	LIST_ENTRY(session) link;      /* of the client */
	LIST_ENTRY(session) inst_link; /* of the instance */
	uint32_t id;
	enum session_state state;
	struct client *client;	       /* NULL: it is gone, nobody is told the result */
	struct instance *inst;	       /* NULL: it died */
	TEE_Identity identity;
};

/* A request of a client on its way through a TA. */
struct call {
	TAILQ_ENTRY(call) link; /* in a queue of the instance */
	uint32_t kind;		/* enum cw_ta_kind */
	struct client *client;	/* NULL: nobody waits */
	struct session *session;
	uint64_t request_id;
	uint32_t cancel_id;
	uint32_t func;
	uint32_t types;
	TEE_UUID uuid; /* OPEN_SESSION: whose */
	struct tee_ioctl_param params[CW_TEE_PARAMS];
	struct shm *shm[CW_TEE_PARAMS];
};

TAILQ_HEAD(call_queue, call);

struct pta_session {
	LIST_ENTRY(pta_session) link;
	uint32_t id;
	const struct cw_pta *pta;
	void *ctx;
};

enum instance_state {
	INSTANCE_STARTING, /* START is under way */
	INSTANCE_READY,
	INSTANCE_ENDING,   /* DESTROY is under way */
	INSTANCE_DEAD,	   /* its process was killed or is gone; waits to be reaped */
};

struct instance {
	LIST_ENTRY(instance) link;
	struct cw_tee *tee;
	TEE_UUID uuid;
	char name[37];
	enum instance_state state;
	bool used; /* has had a session */
	pid_t pid;
	struct source socket, process;
	uint32_t flags; /* TA_FLAG_*, when READY */
	uint64_t last_request;
	uint64_t cancelled; /* the last request that was cancelled: once is enough */
	struct call *current;	 /* NULL: idle, or START or DESTROY */
	struct call_queue queue;  /* calls of its sessions */
	struct call_queue parked; /* OPEN_SESSIONs that wait until it is ready or gone */
	unsigned n_sessions;
	LIST_HEAD(, session) sessions;
	unsigned n_pta_sessions;
	uint32_t last_pta_session;
	LIST_HEAD(, pta_session) pta_sessions;
	uint8_t *bounce;
	int bounce_fd;
	uint32_t known[CW_TEE_TA_SHMS_MAX]; /* numbers of memory it has mapped, oldest first */
	unsigned n_known;
	int64_t deadline_ms; /* of what is under way */
};

struct cw_tee {
	struct cw_tee_config config;
	struct cw_pta_env env;
	int epoll;
	struct source bus, stop;
	bool running;
	bool bus_touched; /* the bus was used: events may lie in its own queue, where epoll does not see them */
	int result;
	LIST_HEAD(, timer) timers;
	LIST_HEAD(, client) clients;
	LIST_HEAD(, instance) instances;
	unsigned n_clients, n_instances, n_sessions, n_shms;
	unsigned n_ptas; /* initialised ones */
	uint64_t shm_bytes;
	uint32_t last_session, last_shm_number;
	bool any_doomed;
};

/* loop.c */
int source_add(struct cw_tee *tee, struct source *src, int fd, void (*ready)(struct source *));
void source_remove(struct cw_tee *tee, struct source *src); /* and close */
int64_t now_ms(void);
int timer_set(struct cw_tee *tee, unsigned ms, void (*fn)(void *arg), void *arg);
void timer_cancel(struct cw_tee *tee, void *arg);
void timers_free(struct cw_tee *tee);

/* log.c: the process has one log */
void log_setup(const struct cw_tee_config *config);
int log_level(void);
void log_line(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_pta(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Text of a TA: control characters become '?'. */
void log_foreign(int level, const char *who, const char *text, size_t len);

/* uuid.c */
TEE_UUID uuid_from_bytes(const uint8_t bytes[16]);
void uuid_to_bytes(const TEE_UUID *uuid, uint8_t ret[16]);
bool uuid_equal(const TEE_UUID *a, const TEE_UUID *b);
void uuid_text(const TEE_UUID *uuid, char ret[37]);

/* client.c */
void client_doom(struct client *c, const char *why);
void client_free(struct client *c);
/* Answer a request. Without effect when @c is NULL or doomed. */
void client_reply(struct client *c, uint32_t op, uint64_t id, int ret, const void *payload,
		  size_t len, int fd);

/* shm.c */
int shm_new(struct client *c, uint64_t size, struct shm **ret);
struct shm *shm_find(struct client *c, uint64_t id);
struct shm *shm_ref(struct shm *s);
void shm_unref(struct shm *s);
void shm_give_up(struct client *c, struct shm *s); /* the client's own reference */
uint8_t *shm_map(struct shm *s);		   /* NULL when there is no room */

/* identity.c: 0; -EPERM not in that group; -EINVAL a login this TEE cannot vouch for */
int identity_make(int sock, uint32_t login, const uint8_t data[16], TEE_Identity *ret);

/* session.c: requests of clients. 0, or a negative errno that means: malformed, end the connection. */
int session_op_open(struct client *c, uint64_t id, const void *payload, size_t len);
int session_op_invoke(struct client *c, uint64_t id, const void *payload, size_t len);
int session_op_close(struct client *c, uint64_t id, const void *payload, size_t len);
int session_op_cancel(struct client *c, uint64_t id, const void *payload, size_t len);
void session_free(struct cw_tee *tee, struct session *s);
void session_leave_instance(struct session *s);
void session_opened(struct cw_tee *tee, struct session *s);
void session_abandon(struct session *s); /* its client is gone; may free it */

/* call.c */
struct call *call_new(struct client *c, uint64_t request_id, uint32_t kind);
/* Check and take the parameters of a request. 0; 1 refused, -EINVAL goes to the client; -EBADMSG malformed. */
int call_take_params(struct call *call, const struct tee_ioctl_param *params);
/* Tell the client, if one waits, and free. @answer may be NULL: parameters go back as they came. */
void call_finish(struct call *call, uint32_t result, uint32_t origin,
		 const struct cw_ta_param *answer);
void call_free(struct call *call); /* nobody is told */
/* Finish an OPEN_SESSION with a no; its session is freed, an instance that nobody needs ends. */
void call_refuse_open(struct cw_tee *tee, struct call *call, uint32_t result, uint32_t origin,
		      const struct cw_ta_param *answer);

/* instance.c */
void instance_open(struct cw_tee *tee, struct call *call); /* find or start one, or answer */
void instance_queue(struct instance *inst, struct call *call);
void instance_kill(struct instance *inst, const char *why);
void instance_hung_up(struct instance *inst); /* its end of the link is closed */
void instance_settle(struct instance *inst); /* end it when nobody needs it any more */
void instance_free(struct instance *inst);
void instance_end_now(struct instance *inst); /* kill, reap, free */
void instance_started(struct instance *inst, const struct cw_ta_started *started);
void instance_answered(struct instance *inst, const struct cw_ta_answer *answer);
void instance_extend(struct instance *inst, int64_t ms); /* its call was kept waiting by the TEE itself */

/* cancel.c: true when the instance had what was asked for */
bool instance_cancel(struct instance *inst, struct client *c, uint32_t cancel_id, uint32_t session);
bool instance_abandon(struct instance *inst, struct session *s); /* true: the session is freed */

/* instance_link.c: frames from and to the process. Sending: 0 or a negative errno, the instance is then of no use. */
void instance_link_ready(struct source *src);
bool instance_link_read(struct instance *inst); /* false: nothing more to read */
int instance_send_start(struct instance *inst, int image_fd);
int instance_send_call(struct instance *inst, struct call *call);
int instance_send_destroy(struct instance *inst);
void instance_send_cancel(struct instance *inst);
void instance_forget_shm(struct instance *inst, uint32_t number);

/* pta.c. 0, or a negative errno that means: malformed, end the instance. */
int pta_request(struct instance *inst, const struct cw_msg *m);
void pta_sessions_close(struct instance *inst);
const struct cw_pta *pta_find(struct cw_tee *tee, const TEE_UUID *uuid);

/* ta_file.c: TEE_SUCCESS and a sealed memfd with the ELF; else the reason is in the log. */
TEE_Result ta_file_load(struct cw_tee *tee, const TEE_UUID *uuid, int *ret_fd);

#endif
