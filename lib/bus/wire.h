/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus/wire.h - what travels on the two buses between silicon and the worlds
 *
 * Frames are those of host/msg.h. All structs here are packed by construction (no holes), little-endian as the host.
 * The non-secure bus belongs to the normal world, the secure bus to the TEE; the same operation may answer differently
 * on each. Silicon answers -EACCES where the firewall says no, -EFAULT where nothing is at an address, -EINVAL for a
 * malformed request or an unknown operation, -EPERM for an operation of the other bus. A link whose first frame is not
 * a hello, or that carries a malformed frame (host/msg.h) or a request with id 0, is closed; the non-secure one's end is
 * power-off.
 *
 * The secure bus must also work on a plain byte stream, so every operation that returns a descriptor (MAP) has a
 * transaction form that does not (READ, WRITE, FILL).
 */
#ifndef CW_BUS_WIRE_H
#define CW_BUS_WIRE_H

#include <stdint.h>

#include "host/msg.h"

#define CW_BUS_VERSION	1
#define CW_BUS_DATA_MAX 2048 /* bytes of one READ or WRITE */

/* How long a world waits for silicon that lives but does not answer. */
#define CW_BUS_REPLY_MS 30000 /* for a reply */
#define CW_BUS_HELLO_MS 60000 /* for the normal world's first one: the TEE starts meanwhile */

enum cw_bus_op {
	/* both buses */
	CW_BUS_HELLO = 1,  /* struct cw_bus_hello both ways; first frame of a link; a refusal may carry a sentence */
	CW_BUS_READ = 2,   /* struct cw_bus_access -> bytes */
	CW_BUS_WRITE = 3,  /* struct cw_bus_access + bytes -> nothing; no reply at all when CW_BUS_POSTED */
	CW_BUS_REGION = 4, /* u32 index -> struct cw_bus_region; -ENOENT past the last */
	CW_BUS_MAP = 5,	   /* u64 pa -> struct cw_bus_region + fd of the whole region */
	CW_BUS_DTB = 6,	   /* nothing -> u64 size + fd of the sealed device tree */
	CW_BUS_STATS = 7,  /* nothing -> struct cw_bus_stats */
	/* non-secure bus only */
	CW_BUS_CONNECT_TEE = 16, /* one socket, handed to the TEE as a new client connection; -ENOTCONN no TEE (any
				  * more), -ENOTSOCK, -EAGAIN the TEE has too much to read */
	CW_BUS_MAILBOX = 17, /* u32 enum cw_mailbox_part -> one fd; -ENOENT no such part, or no mailbox */
	/* secure bus only; -EPERM on the other */
	/* struct cw_bus_range of whole regions (-EINVAL), none meant for exchange or always secure (-EOPNOTSUPP): a new
	 * generation that the normal world cannot reach; contents move. Regions that are protected already stay. */
	CW_BUS_PROTECT = 32,
	/* the same: scrub, then give back to the normal world, again a new generation. Open regions stay as they are. */
	CW_BUS_OPEN = 33,
	CW_BUS_FILL = 34,    /* struct cw_bus_fill */
	/* struct cw_bus_window: let the normal world's READ or WRITE through to these bytes, for as long as the region's
	 * generation lasts. -EOPNOTSUPP always-secure memory, -ENOSPC more than 64. */
	CW_BUS_WINDOW = 35,
	CW_BUS_WINDOWS_CLEAR = 36, /* nothing: every window is withdrawn */
	CW_BUS_FUSES = 37,   /* nothing -> struct cw_bus_fuses */
	CW_BUS_CORE = 38,    /* nothing -> struct cw_bus_core */
	CW_BUS_TEE_READY = 39, /* i32 0: the TEE serves clients from here on. i32 negative errno + sentence: it refuses this
				  board; the sentence answers the normal world's hello */
	/* silicon -> world, id 0 */
	CW_BUS_EVENT = 64,	 /* struct cw_bus_event; non-secure bus, and crash events on the secure one */
	CW_BUS_TEE_CLIENT = 65, /* one fd: a client asks for the TEE; secure bus only */
};

enum cw_mailbox_part {
	CW_MAILBOX_MEMORY = 0, /* CW_BUS_MAILBOX_SIZE bytes that begin with struct cw_bus_mailbox */
	CW_MAILBOX_BELL = 1,   /* an eventfd: what is written to it wakes the core's thread to look at the flags */
};
#define CW_BUS_MAILBOX_SIZE 4096

/* The flags of the processors' mailbox (IPCC on STM32MP15), shared by silicon and the normal world: bit n is channel n.
 * The registers show the same flags, and either way of changing them works beside the other. All accesses are atomic and
 * sequentially consistent.
 *
 * To set or clear flags: change the word; then, if the other side has to know (after setting @to_core always, after
 * clearing @to_host when one of the bits is in @wanted), read @asleep. Not 0: write the bell. 0: the core runs and does
 * not hear the bell, so write 0 to C1SCR over the bus, which changes nothing and makes silicon look. Silicon says
 * @asleep first and looks at the flags then, both ways: no change is lost between the two.
 *
 * The normal world is told of its lines by CW_EVENT_IRQ as ever, but not of falls that it made itself by changing this
 * memory; of a line that rose again, with a second level 1.
 *
 * Silicon reads each word once when it looks, uses no bit that is not a channel, and depends on none of it: whatever
 * is stored here does no more than a host that never answers, or answers too often. */
struct cw_bus_mailbox {
	_Atomic uint32_t to_core; /* occupied by the application cores: they set, the core clears */
	_Atomic uint32_t to_host; /* occupied by the core: it sets, the application cores clear */
	_Atomic uint32_t wanted;  /* channels to the host that the core waits for to be free; written by silicon */
	_Atomic uint32_t asleep;  /* the core sleeps, and listens to the bell; written by silicon */
};

enum cw_bus_side {
	CW_BUS_NONSECURE = 0,
	CW_BUS_SECURE = 1,
};

struct cw_bus_hello {
	uint32_t version;
	uint32_t side;	   /* reply: enum cw_bus_side as silicon sees this link */
	uint32_t regions;  /* reply: number of regions */
	uint32_t flags;	   /* reply: CW_BUS_NOT_PROTECTED when silicon runs without its own protections */
};
#define CW_BUS_NOT_PROTECTED 1u

struct cw_bus_access {
	uint64_t pa;
	uint32_t len;	/* bytes; a register is 4, memory up to CW_BUS_DATA_MAX */
	uint32_t flags; /* CW_BUS_POSTED */
};
#define CW_BUS_POSTED 1u

struct cw_bus_range {
	uint64_t pa;
	uint64_t size;
};

struct cw_bus_fill {
	uint64_t pa;
	uint64_t size;
	uint32_t byte;
	uint32_t pad;
};

struct cw_bus_region {
	char name[32]; /* device-tree node name without unit address; "-" for memory no node claims */
	uint64_t pa;   /* canonical: the first alias */
	uint64_t size;
	uint32_t generation; /* changes with every PROTECT and OPEN */
	uint32_t flags;
};
#define CW_BUS_REGION_PROTECTED 1u /* only the secure bus may touch it, but for windows */
#define CW_BUS_REGION_SECURE	2u /* always secure: never the normal world's */
#define CW_BUS_REGION_EXCHANGE	4u /* meant for exchange (vdev*): stays open, cannot be protected */

struct cw_bus_window {
	uint64_t pa;
	uint32_t len;
	uint32_t flags;
};
#define CW_BUS_WINDOW_WRITE 1u

#define CW_FUSE_KEYS 4

struct cw_bus_fuses {
	uint8_t key[CW_FUSE_KEYS][32]; /* SHA-256 of DER SubjectPublicKeyInfo; all zero = blank */
	uint32_t require;	       /* CW_FUSE_REQUIRE_* */
	uint32_t pad;
	uint8_t state_id[32]; /* names this board's state for the TEE; random, made by provision */
};
#define CW_FUSE_REQUIRE_VERSION 1u
#define CW_FUSE_REQUIRE_TARGET	2u
#define CW_FUSE_REQUIRE_HEADERS 4u

enum cw_bus_core_state {
	CW_CORE_HELD = 0,     /* in reset or held at boot */
	CW_CORE_RUNNING = 1,
	CW_CORE_SLEEPING = 2, /* WFI or WFE */
	CW_CORE_LOCKUP = 3,
};

struct cw_bus_core {
	uint32_t state;	  /* enum cw_bus_core_state */
	uint32_t crashes; /* since power-on */
	uint64_t insns;	  /* executed since the last release from reset, by estimate */
};

enum cw_bus_event_type {
	CW_EVENT_IRQ = 1,   /* a line towards the application cores changed level */
	CW_EVENT_CRASH = 2, /* the core took a HardFault, locked up, or its watchdog expired */
};

/* Lines towards the application cores. */
enum cw_bus_line {
	CW_LINE_IPCC_RX = 0, /* GIC SPI 100 on STM32MP15: a channel from the core is occupied */
	CW_LINE_IPCC_TX = 1, /* SPI 101: a channel to the core is free */
	CW_LINE_WDG = 2,     /* EXTI 68, SPI 143: the core's watchdog reset it */
	CW_LINES = 3,
};

enum cw_crash_cause {
	CW_CRASH_FAULT = 1,    /* HardFault taken, directly or by escalation */
	CW_CRASH_LOCKUP = 2,   /* a fault inside HardFault or NMI, or no vector could be read */
	CW_CRASH_WATCHDOG = 3,
};

struct cw_bus_event {
	uint32_t type; /* enum cw_bus_event_type */
	uint32_t line; /* IRQ: enum cw_bus_line */
	uint32_t level;
	uint32_t cause; /* CRASH: enum cw_crash_cause */
	uint32_t pc;	/* stacked return address of the faulting context */
	uint32_t lr;
	uint32_t sp;
	uint32_t xpsr;
	uint32_t cfsr;
	uint32_t hfsr;
	uint32_t bfar; /* valid when CFSR.BFARVALID */
	uint32_t mmfar;
	uint32_t fault_addr; /* address the model saw refused, also when the core hides it */
	uint32_t access;     /* 0 unknown, 1 read, 2 write, 3 fetch */
};

struct cw_bus_stats {
	uint32_t regions;
	uint32_t protected_regions;
	uint32_t windows;
	uint32_t maps_granted; /* descriptors handed to the normal world since power-on, of the current generations */
	uint32_t tee_clients;
	uint32_t refused; /* transactions the firewall refused since power-on */
};

#endif
