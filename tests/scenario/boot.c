// SPDX-License-Identifier: BSD-2-Clause
/* corewarden boot as scripts use it: events, exit status, one sentence for a refusal, an orderly end whatever happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>
#include <cmocka.h>
#include <jansson.h>

#include "host/cleanup.h"
#include "tests/scenario/bench.h"

static const char *build;
static struct bench bench;

static char elf[640];

static const char *image(const char *name)
{
	return bench_path(&bench, "%s.rproc", name);
}

static void sign(const char *name, const char *key)
{
	bench_sign(&bench, bench_firmware(&bench, name), bench_path(&bench, "%s-%s.rproc", name, key),
		   bench_path(&bench, "%s.pem", key), NULL, NULL);
}

static int prepare(void **state)
{
	bench_open(&bench, build, false);
	snprintf(elf, sizeof(elf), "%s/firmware/echo.elf", bench.build);
	bench_key(&bench, "ours", "p256");
	bench_key(&bench, "theirs", "rsa2048");
	bench_provision(&bench, bench_path(&bench, "state"), bench_path(&bench, "ours.pub"), NULL);
	sign("echo", "ours");
	sign("echo", "theirs");
	sign("fault", "ours");
	sign("bare", "ours");
	return 0;
}

static int clean_up(void **state)
{
	bench_close(&bench);
	return 0;
}

/* Events of a run with --json; other lines are stderr's and go to @ret_sentence, the last of them. */
static json_t *events_of(char *output, char *sentence, size_t size)
{
	json_t *events = json_array();
	char *line;

	sentence[0] = '\0';
	while ((line = strsep(&output, "\n"))) {
		json_t *e = *line == '{' ? json_loads(line, 0, NULL) : NULL;

		if (e)
			assert_int_equal(json_array_append_new(events, e), 0);
		else if (!strncmp(line, "corewarden: ", 12))
			snprintf(sentence, size, "%s", line);
	}
	return events;
}

static const char *text_of(json_t *e, const char *key)
{
	const char *s = json_string_value(json_object_get(e, key));

	return s ? s : "";
}

/* The first event whose @key is @value, after @from. */
static json_t *find(json_t *events, const char *key, const char *value)
{
	json_t *e;
	size_t i;

	json_array_foreach(events, i, e)
		if (!strcmp(text_of(e, key), value))
			return e;
	fail_msg("no event has %s \"%s\"", key, value);
	return NULL;
}

static void check_steps(json_t *events, const char *want)
{
	char got[512] = "";
	json_t *e;
	size_t i;

	json_array_foreach(events, i, e) {
		if (strcmp(text_of(e, "event"), "step"))
			continue;
		assert_true(json_integer_value(json_object_get(e, "ns")) >= 0);
		strcat(got, got[0] ? ", " : "");
		strcat(got, text_of(e, "step"));
	}
	assert_string_equal(got, want);
}

#define BOOT(...) bench_run(&bench, &output, "corewarden", "boot", __VA_ARGS__, "--state", \
			    bench_path(&bench, "state"), NULL)

static void tells_the_story(void **state)
{
	cleanup_free char *output = NULL;
	char sentence[1024];
	json_t *events, *e;

	assert_int_equal(BOOT(image("echo-ours"), "--json", "--echo", "25"), 0);
	events = events_of(output, sentence, sizeof(sentence));
	assert_string_equal(sentence, "");
	check_steps(events, "power on, session, load, resource table, carveouts, vrings, start, virtio, "
			    "shutdown, stop, release, close, power off");
	e = find(events, "event", "endpoint");
	assert_string_equal(text_of(e, "name"), "rpmsg-tty");
	assert_int_equal(json_integer_value(json_object_get(e, "address")), 1024);
	assert_int_equal(json_integer_value(json_object_get(e, "mtu")), 496);
	e = find(events, "event", "echo");
	assert_int_equal(json_integer_value(json_object_get(e, "messages")), 25);
	assert_true(json_integer_value(json_object_get(e, "min_ns")) > 0);
	assert_true(json_integer_value(json_object_get(e, "median_ns")) <=
		    json_integer_value(json_object_get(e, "max_ns")));
	assert_string_equal(text_of(find(events, "step", "shutdown"), "text"), "acknowledged");
	assert_string_equal(text_of(find(events, "step", "release"), "text"), "memory scrubbed");
	assert_string_equal(text_of(find(events, "event", "trace"), "name"), "cm4_log");
	assert_true(json_is_true(json_object_get(find(events, "event", "end"), "ok")));
	json_decref(events);
}

/* Flip a bit of the code: it begins 0x2000 bytes into the ELF, which is what the container ends with. */
static void refusal_is_one_sentence(void **state)
{
	cleanup_free char *output = NULL;
	cleanup_free uint8_t *bytes = NULL, *whole = NULL;
	size_t len, elf_len;
	char sentence[1024];
	json_t *events;
	FILE *f;

	whole = bench_read_file(elf, &elf_len);
	bytes = bench_read_file(image("echo-ours"), &len);
	bytes[len - ((elf_len + 7) & ~(size_t)7) + 0x2000 + 64] ^= 1;
	f = fopen(image("changed"), "we");
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
	assert_int_equal(BOOT(image("changed"), "--json"), 1);
	events = events_of(output, sentence, sizeof(sentence));
	assert_non_null(strstr(sentence, "segment 1 (0x10000000"));
	assert_non_null(strstr(sentence, "0xffff000f"));
	assert_string_equal(text_of(find(events, "event", "error"), "code"), "hash");
	check_steps(events, "power on, session, close, power off");
	assert_true(json_is_false(json_object_get(find(events, "event", "end"), "ok")));
	json_decref(events);
}

static void wrong_key_names_the_trusted_one(void **state)
{
	cleanup_free char *output = NULL, *told = NULL;
	char *fingerprint;

	assert_int_equal(bench_run(&bench, &told, "corewarden", "provision", "--json", "--key",
				   bench_path(&bench, "ours.pub"), "--state",
				   bench_path(&bench, "state"), NULL), 0);
	fingerprint = strstr(told, "fingerprint\": \"");
	assert_non_null(fingerprint);
	fingerprint += strlen("fingerprint\": \"");
	fingerprint[64] = '\0';
	assert_int_equal(BOOT(image("echo-theirs")), 1);
	assert_non_null(strstr(output, "load refused"));
	assert_non_null(strstr(output, fingerprint));
}

static void plain_elf_needs_a_blank_board(void **state)
{
	cleanup_free char *output = NULL, *second = NULL;

	assert_int_equal(BOOT(elf, "--unauthenticated"), 1);
	assert_non_null(strstr(output, "belong to the TEE"));
	assert_int_equal(bench_run(&bench, &second, "corewarden", "boot", elf, "--unauthenticated", "--echo",
				   "3", "--state", bench_path(&bench, "blank"), NULL), 0);
	assert_non_null(strstr(second, "NOT authenticated"));
	assert_non_null(strstr(second, "3 messages"));
}

static void time_out_ends_in_order(void **state)
{
	cleanup_free char *output = NULL;
	char sentence[1024];
	json_t *events;

	assert_int_equal(BOOT(image("echo-ours"), "--json", "--timeout", "0"), 0);
	events = events_of(output, sentence, sizeof(sentence));
	assert_string_equal(text_of(find(events, "step", "release"), "text"), "memory scrubbed");
	json_decref(events);
}

static void missing_echo_is_a_failure(void **state)
{
	cleanup_free char *output = NULL;

	assert_int_equal(BOOT(image("bare-ours"), "--echo", "1", "--timeout", "1"), 1);
	assert_non_null(strstr(output, "no rpmsg endpoint was announced in time"));
	assert_non_null(strstr(output, "memory scrubbed"));
}

static void crash_is_reported_and_recovered(void **state)
{
	cleanup_free char *output = NULL;
	char sentence[1024];
	json_t *events, *e;
	unsigned crashes = 0;
	size_t i;

	assert_int_equal(BOOT(image("fault-ours"), "--json", "--timeout", "30"), 1);
	events = events_of(output, sentence, sizeof(sentence));
	assert_non_null(strstr(sentence, "crashed 3 times"));
	json_array_foreach(events, i, e)
		crashes += !strcmp(text_of(e, "event"), "crash");
	assert_int_equal(crashes, 3);
	e = find(events, "event", "crash");
	assert_string_equal(text_of(e, "type"), "fatal error");
	assert_int_equal(json_integer_value(json_object_get(e, "address")), 0x2ffc0000);
	json_decref(events);
}

/* Ctrl-C while the firmware runs. */
static void interrupt_ends_in_order(void **state)
{
	char program[640], line[1024];
	bool scrubbed = false;
	int out[2], status;
	pid_t pid;
	FILE *f;

	snprintf(program, sizeof(program), "%s/corewarden", bench.build);
	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (!pid) {
		dup2(out[1], 1);
		close(out[0]);
		execl(program, "corewarden", "boot", image("echo-ours"), "--state",
		      bench_path(&bench, "state"), NULL);
		_exit(127);
	}
	close(out[1]);
	f = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "endpoint", 8))
			kill(pid, SIGINT);
		scrubbed |= strstr(line, "memory scrubbed") != NULL;
	}
	fclose(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(scrubbed);
}

static void wrong_usage(void **state)
{
	assert_int_equal(bench_run(&bench, NULL, "corewarden", "boot", NULL), 2);
	assert_int_equal(bench_run(&bench, NULL, "corewarden", "boot", "x", "y", NULL), 2);
	assert_int_equal(bench_run(&bench, NULL, "corewarden", "boot", "x", "--timeout", "soon", NULL), 2);
	assert_int_equal(bench_run(&bench, NULL, "corewarden", "boot", "x", "--log", "loud", NULL), 2);
	assert_int_equal(bench_run(&bench, NULL, "corewarden", "boot", "x", "--board", "nope", NULL), 1);
	assert_int_equal(bench_run(&bench, NULL, "corewarden", "boot", "--help", NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_story),
		cmocka_unit_test(refusal_is_one_sentence),
		cmocka_unit_test(wrong_key_names_the_trusted_one),
		cmocka_unit_test(plain_elf_needs_a_blank_board),
		cmocka_unit_test(time_out_ends_in_order),
		cmocka_unit_test(missing_echo_is_a_failure),
		cmocka_unit_test(crash_is_reported_and_recovered),
		cmocka_unit_test(interrupt_ends_in_order),
		cmocka_unit_test(wrong_usage),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: %s BUILD\n", argv[0]);
		return 2;
	}
	build = argv[1];
	return cmocka_run_group_tests_name("scenario-boot", tests, prepare, clean_up);
}
