/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * faults/life.h - the normal world's side of one trial
 *
 * A whole life on a board: power on, boot, echo, a crash by hand and recovery, stop, a firmware that crashes by itself and
 * recovery, stop, power off. Something goes wrong on the way. Whatever it is: each call returns a sentence or success, and
 * when the board still lives, the next boot on it works and nothing is held any more.
 */
#ifndef FAULTS_LIFE_H
#define FAULTS_LIFE_H

#include <stdbool.h>

/* What is under way; also the stage of the record (host/fault.h). */
enum life_stage {
	LIFE_POWER_ON,
	LIFE_COUNTERS,
	LIFE_REGISTER,
	LIFE_BOOT,
	LIFE_ECHO,
	LIFE_CRASH,
	LIFE_RECOVERY,
	LIFE_STOP,
	LIFE_SECOND_BOOT,
	LIFE_REAL_CRASH,
	LIFE_OTHER_APPLICATION,
	LIFE_CRASHED_STOP,
	LIFE_UNREGISTER,
	LIFE_LAST_COUNTERS,
	LIFE_POWER_OFF,
	LIFE_STAGES,
};
const char *life_stage_name(enum life_stage stage);

enum life_end {
	LIFE_DIED = 0, /* the process was killed: nothing could be said */
	LIFE_FINE,     /* as if nothing had gone wrong */
	LIFE_REFUSED,  /* an error in a sentence, and the board was as before afterwards, or gone */
	LIFE_WRONG,    /* a promise was broken: the text says which */
};

struct life_report {
	enum life_end end;
	enum life_stage stage; /* what was under way */
	char text[1000];
};

struct life_config {
	const char *build; /* top of the build tree */
	const char *state; /* state directory */
	const char *tas; /* folder with the remoteproc TA, and the echo TA of tests/unit/tee */
	const char *echo, *crash; /* firmware images */
	const char *fault; /* host/fault.h; NULL = none */
	const char *map; /* of the counts */
	unsigned patience; /* ms that no time limit may exceed; 0 = limits are what they are */
	bool brief; /* boot, echo, stop only; an error is wrong */
	bool wait_for_version; /* until the TEE has noted the firmware's version */
};

/* @ret is in memory that outlives the caller, who may be killed in between. */
void life_run(const struct life_config *config, struct life_report *ret);

#endif
