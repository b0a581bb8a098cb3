// SPDX-License-Identifier: GPL-2.0
/*
 * server.c - booted machines that wait for runs.
 *
 * One for each combination of machine, image, profile, number of CPUs and kernel command line; its name has a hash of them.
 * The client that starts one binds the socket itself, so that others can queue up on it while the machine boots:
 *
 *	client A: lock, connect: refused, bind + listen, fork machine, unlock ── order ──▶ ┐
 *	client B:       lock .....................................  connect ── order ──▶ ├ backlog, until LAB_READY
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "protocol.h"

#define IDLE_SECONDS	"300"
#define MEMORY_MB	1024

/*
 * quiet: the serial line is slow. oops=panic, panic=-1, reboot=k: a kernel bug ends the run at once, through the keyboard
 * controller's reset line, after panic_print=32 has sent the whole log. The rest makes the boot short or keeps the
 * PMU and its interrupt to whoever the test wants.
 */
#define COMMAND_LINE	"console=ttyS0,115200 quiet nmi_watchdog=0 tsc=reliable no_timer_check cryptomgr.notests " \
			"8250.nr_uarts=1 i8042.noaux i8042.nokbd apparmor=0 audit=0 raid=noautodetect " \
			"oops=panic panic=-1 reboot=k panic_print=32"

static int failed(const char *what, const char *path)
{
	fprintf(stderr, "lab/run: cannot %s %s: %s\n", what, path, strerror(errno));
	return -1;
}

/* name: PROFILE-CPUS-KERNEL-HASH.SUFFIX, short enough for a socket; FNV-1a over all that makes a machine differ. */
static void name(char to[64], const struct options *options, const struct places *places, const char *suffix)
{
	const char *part[] = { places->machine, places->image, options->append, COMMAND_LINE };
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		for (const char *c = part[i]; ; c++) {
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
			if (!*c)
				break;
		}
	snprintf(to, 64, "%.8s-%u-%.8s-%016llx.%s", options->profile, options->cpus, options->kernel,
		 (unsigned long long)hash, suffix);
}

/* enter: sockets have names of at most 107 bytes, so they are used relative to their folder; the old one is returned. */
static int enter(const char *folder)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (here < 0 || chdir(folder) < 0) {
		failed("enter", folder);
		if (here >= 0)
			close(here);
		return -1;
	}
	return here;
}

static void leave(int here)
{
	if (fchdir(here) < 0)
		failed("return to", "the working folder");
	close(here);
}

static int try_connect(const char *socket_name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, socket_name, sizeof(address.sun_path) - 1);
	if (s >= 0 && connect(s, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(s);
		return -1;
	}
	return s;
}

static int listen_on(const char *socket_name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, socket_name, sizeof(address.sun_path) - 1);
	unlink(socket_name);
	if (s < 0 || bind(s, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(s, 64) < 0) {
		failed("listen on", socket_name);
		if (s >= 0)
			close(s);
		return -1;
	}
	return s;
}

static const char *bochs_model(const char *profile)
{
	static const struct { const char *name, *model; } profiles[] = {
#define PMU_PROFILE(name, model, ...) { #name, model },
#include "profiles.def"
#undef PMU_PROFILE
	};

	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (!strcmp(profiles[i].name, profile))
			return profiles[i].model;
	fprintf(stderr, "lab/run: no profile '%s'; there are", profile);
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		fprintf(stderr, " %s", profiles[i].name);
	fputc('\n', stderr);
	return NULL;
}

/* TSC and timers count emulated instructions; rdrand and rdseed would make runs differ. */
static int write_settings(const char *path, const struct options *options, const struct places *places)
{
	const char *model = bochs_model(options->profile), *dir = places->machine;
	FILE *file = model ? fopen(path, "we") : NULL;

	if (!model)
		return -1;
	if (!file)
		return failed("create", path);
	fprintf(file, "display_library: nogui\n");
	fprintf(file, "cpu: model=%s, count=1:%u:1, ips=200000000, quantum=16, reset_on_triple_fault=0, "
		"ignore_bad_msrs=0, exclude_features=\"rdrand,rdseed\"\n", model, options->cpus);
	fprintf(file, "memory: guest=%d, host=%d\n", MEMORY_MB, MEMORY_MB);
	fprintf(file, "romimage: file=%s/bios\nvgaromimage: file=%s/vgabios\n", dir, dir);
	fprintf(file, "optromimage1: file=%s/boot.rom, address=0xd0000\n", dir);
	fprintf(file, "vga: extension=none\ncom1: enabled=1, mode=null\nata0: enabled=0\nata1: enabled=0\n");
	fprintf(file, "clock: sync=none, time0=1700000000\nboot: disk\n");
	fprintf(file, "log: -\npanic: action=fatal\nerror: action=report\ninfo: action=ignore\ndebug: action=ignore\n");
	return fclose(file) ? failed("write", path) : 0;
}

static void become(int listener, const char *log, const char *settings, const struct options *options,
		   const struct places *places)
{
	char path[4096], line[2048], number[16];
	int null = open("/dev/null", O_RDWR), out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0600);

	if (null < 0 || out < 0)
		_exit(125);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	fcntl(listener, F_SETFD, 0);
	setsid();
	snprintf(number, sizeof(number), "%d", listener);
	snprintf(line, sizeof(line), "%s%s%s", COMMAND_LINE, *options->append ? " " : "", options->append);
	setenv("LAB_PROFILE", options->profile, 1);
	setenv("LAB_COMMAND_LINE", line, 1);
	setenv("LAB_LISTENER", number, 1);
	setenv("LAB_IDLE", IDLE_SECONDS, 1);
	snprintf(path, sizeof(path), "%s/vmlinux", places->image);
	setenv("LAB_VMLINUX", path, 1);
	snprintf(path, sizeof(path), "%s/initramfs", places->image);
	setenv("LAB_INITRAMFS", path, 1);
	snprintf(path, sizeof(path), "%s/bochs", places->machine);
	execl(path, "bochs", "-q", "-f", settings, (char *)NULL);
	failed("execute", path);
	_exit(125);
}

static int start(const char *socket_name, const struct options *options, const struct places *places)
{
	char log[64], settings[64];
	pid_t pid;
	int listener;

	name(log, options, places, "log");
	name(settings, options, places, "rc");
	if (write_settings(settings, options, places) < 0)
		return -1;
	listener = listen_on(socket_name);
	if (listener < 0)
		return -1;
	/* Twice, so that init adopts the machine and nobody has to wait for it. */
	pid = fork();
	if (pid == 0) {
		if (fork() == 0)
			become(listener, log, settings, options, places);
		_exit(0);
	}
	close(listener);
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		return failed("start", "the machine");
	return try_connect(socket_name);
}

int server_connect(const struct options *options, const struct places *places, bool *started)
{
	int here = enter(places->servers), s, lock;
	char socket_name[64];

	*started = false;
	if (here < 0)
		return -1;
	name(socket_name, options, places, "sock");
	s = try_connect(socket_name);
	if (s < 0) {
		lock = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (lock < 0 || flock(lock, LOCK_EX) < 0) {
			failed("lock", places->servers);
		} else {
			s = try_connect(socket_name);
			if (s < 0) {
				*started = true;
				s = start(socket_name, options, places);
			}
		}
		if (lock >= 0)
			close(lock);
	}
	leave(here);
	return s;
}

void server_log(const struct options *options, const struct places *places)
{
	char file[64], path[4096], line[1024];
	FILE *log;

	name(file, options, places, "log");
	snprintf(path, sizeof(path), "%s/%s", places->servers, file);
	log = fopen(path, "re");
	if (!log)
		return;
	if (fseek(log, -4000, SEEK_END) == 0 && !fgets(line, sizeof(line), log))
		line[0] = 0;	/* the first line is a part of one */
	while (fgets(line, sizeof(line), log))
		fputs(line, stderr);
	fclose(log);
	fprintf(stderr, "lab/run: the machine's log is %s\n", path);
}

int server_stop(const struct places *places)
{
	struct run_order order = { .magic = RUN_ORDER, .verb = RUN_STOP };
	int here = enter(places->servers);
	struct dirent *entry;
	DIR *folder;

	if (here < 0)
		return -1;
	folder = opendir(".");
	while (folder && (entry = readdir(folder))) {
		const char *dot = strrchr(entry->d_name, '.');
		char end;
		int s;

		if (!dot || (strcmp(dot, ".sock") && strcmp(dot, ".log") && strcmp(dot, ".rc")))
			continue;
		s = try_connect(entry->d_name);	/* nobody listens on a log */
		/* It has ended when it closes: a caller may remove the cache next. */
		if (s >= 0 && send(s, &order, sizeof(order), MSG_NOSIGNAL) == sizeof(order))
			(void)!read(s, &end, 1);
		if (s >= 0)
			close(s);
		unlink(entry->d_name);
	}
	if (folder)
		closedir(folder);
	leave(here);
	return folder ? 0 : failed("list", places->servers);
}
