// SPDX-License-Identifier: GPL-2.0
/*
 * faults: each allocation of each call fails once. The kernel's fault injection lets the Nth one of this task fail
 * (/proc/thread-self/fail-nth), N = 1, 2, ... until a call needs fewer than N; copies from and to user memory fail likewise.
 * What then fails must fail with ENOMEM or EFAULT, leave nothing behind that the next one meets, and work again without the
 * fault. Prints TAP.
 */
#include "../module/client.h"
#include "../module/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int nth = -1;

/* The copy of the number itself may be what fails. */
static void fail_at(unsigned int n)
{
	char text[16];
	int bytes = snprintf(text, sizeof(text), "%u", n);

	if (nth < 0)
		nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	for (int i = 0; i < 3; i++)
		if (pwrite(nth, text, bytes, 0) > 0)
			return;
	client_die("/proc/thread-self/fail-nth");
}

/* True: the fault has come in the call, and no other will. */
static bool failed(void)
{
	char text[16] = "";
	bool told = pread(nth, text, sizeof(text) - 1, 0) > 0;

	fail_at(0);
	return told && atoi(text) == 0;
}

/* ---- the calls: 0 or -1 and errno, and what brings a session to where each is due ----------------------------------- */

static struct client client;
static pid_t target;
static int filler, module;

static int call_open(void)
{
	client.fd = open(GTRACE_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	return client.fd < 0 ? -1 : 0;
}

static int call_config(void)
{
	struct gtrace_config config = client_config(target);

	config.flags = GTRACE_F_INHERIT | GTRACE_F_WAKES | GTRACE_F_BRANCHES;
	config.sample_bytes = 1 << 16;
	return ioctl(client.fd, GTRACE_IOC_CONFIG, &config);
}

static int call_probe(void)
{
	struct gtrace_probe probe = { .size = sizeof(probe), .id = 1, .fd = filler };

	return ioctl(client.fd, GTRACE_IOC_PROBE, &probe);
}

static int call_start(void)
{
	return ioctl(client.fd, GTRACE_IOC_START);
}

static int call_stop(void)
{
	return ioctl(client.fd, GTRACE_IOC_STOP);
}

static int call_load(void)
{
	return syscall(SYS_finit_module, module, "", 0);
}

static const struct {
	const char *name;
	int (*call)(void);
	int (*before[5])(void);
} calls[] = {
	{ "open", call_open, { NULL } },
	{ "CONFIG", call_config, { call_open } },
	{ "PROBE", call_probe, { call_open, call_config } },
	{ "START", call_start, { call_open, call_config } },
	{ "START with a probe", call_start, { call_open, call_config, call_probe } },
	{ "PROBE while it runs", call_probe, { call_open, call_config, call_start } },
	{ "STOP", call_stop, { call_open, call_config, call_probe, call_start } },
};

static void walk(unsigned int which)
{
	bool right = true, again = true, came = true, free = true;
	unsigned int n, faults = 0, errors = 0;
	char text[96];

	for (n = 1; came && n < 2000; n++) {
		struct client other;
		int result, error;

		client.fd = -1;
		for (unsigned int i = 0; calls[which].before[i]; i++)
			if (calls[which].before[i]())
				client_die("a call without a fault");
		fail_at(n);
		result = calls[which].call();
		error = errno;
		came = failed();
		faults += came;
		errors += result < 0;
		if (result < 0 && (!came || (error != ENOMEM && error != EFAULT))) {
			printf("# %s, allocation %u: %s\n", calls[which].name, n, strerror(error));
			right = false;
		}
		if (result < 0 && calls[which].call())
			again = false;
		if (client.fd >= 0)
			close(client.fd);
		if (client_open(&other) || other.caps.owner_pid)
			free = false;
		close(other.fd);
	}
	snprintf(text, sizeof(text), "%s: each of %u allocations fails once, %u times the call", calls[which].name, faults, errors);
	ok(right && !came && (faults || calls[which].call == call_stop), text);
	snprintf(text, sizeof(text), "%s: ... and works when it is made again", calls[which].name);
	ok(again, text);
	snprintf(text, sizeof(text), "%s: ... and the PMU is free after close", calls[which].name);
	ok(free, text);
}

/* Loading is hundreds of them, most of which are the kernel's own: some in turn. */
enum { STRIDE = 23 };

static void load(void)
{
	unsigned int n, errors = 0;
	bool came = true, gone = true;
	char text[96];

	for (n = 1; came && n < 4000; n += STRIDE) {
		int result;

		fail_at(n);
		result = call_load();
		came = failed();
		errors += result < 0;
		if (!result && syscall(SYS_delete_module, "gtrace", O_NONBLOCK))
			gone = false;
	}
	snprintf(text, sizeof(text), "load: of some %u allocations every %uth fails once, %u times the load", n, STRIDE, errors);
	ok(!came && errors, text);
	ok(gone, "load: ... and what was loaded unloads");
}

int main(int argc, char **argv)
{
	static const char path[] = "/tmp/faults.filler";

	if (argc != 2)
		return 2;
	module = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (call_load())
		client_die(argv[1]);
	filler = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (filler < 0 || write(filler, "\x55\x5d\xc3\x90", 4) != 4)	/* push %rbp */
		client_die(path);
	target = client_spin(1000);
	for (unsigned int i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		walk(i);
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	gives(syscall(SYS_delete_module, "gtrace", O_NONBLOCK), 0, "the module unloads");
	load();
	return plan();
}
