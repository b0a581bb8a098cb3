// SPDX-License-Identifier: GPL-2.0
/*
 * agent.c - PID 1 of the guest: sets the system up, waits to be forked, executes one request (see call.h), ends.
 *
 * Everything before LAB_READY is paid once for many runs. The agent sleeps while the command runs and does nothing of its
 * own accord: what it costs is one wake-up for each piece of output.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"

#define CANNOT_SET_UP	125	/* as lab/run's own failures */
#define CANNOT_EXECUTE	126	/* as the shell's */
#define CANNOT_FIND	127
#define PIPE_PAGES	16	/* default capacity of a pipe; a read takes one page or more */

struct list {
	char **item;
	size_t count;
};

static char *buffer;	/* of every hypercall: lab_buffer() */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Ends the run with a message on the command's stderr. */
static void say(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buffer, LAB_BUFFER, format, args);
	va_end(args);
	lab_call(LAB_WRITE, LAB_STDERR, (unsigned long)buffer, (unsigned long)n);
	lab_call(LAB_EXIT, CANNOT_SET_UP, 0, 0);
	abort();
}

static void *grow(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		say("lab: the guest has no memory for the request\n");
	return p;
}

static void add(struct list *list, char *item)
{
	list->item = grow(list->item, (list->count + 2) * sizeof(*list->item));
	list->item[list->count++] = item;
	list->item[list->count] = NULL;
}

/* ---- the request ---- */

static size_t have, at;

/* take: the next 1 to max bytes of the request, in the buffer. */
static char *take(size_t max, size_t *length)
{
	if (at == have) {
		long n = lab_call(LAB_READ, (unsigned long)buffer, LAB_BUFFER, 0);

		if (n <= 0)
			say("lab: the request ends too early (%ld)\n", n);
		have = (size_t)n;
		at = 0;
	}
	*length = have - at < max ? have - at : max;
	at += *length;
	return buffer + at - *length;
}

static void take_all(void *to, size_t length)
{
	char *bytes = to;
	size_t n;

	for (; length; length -= n, bytes += n) {
		const char *piece = take(length, &n);

		memcpy(bytes, piece, n);
	}
}

static char *take_string(size_t length)
{
	char *s = grow(NULL, length + 1);

	take_all(s, length);
	s[length] = 0;
	return s;
}

static void parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
}

static void put_file(const struct lab_record *record)
{
	char *path = take_string(record->name), why[64];
	size_t left = record->length - record->name, n;
	int fd;

	parents(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		snprintf(why, sizeof(why), "%s", strerror(errno));
		say("lab: cannot create %s in the guest: %s\n", path, why);
	}
	while (left) {
		char *bytes = take(left, &n);

		if (write(fd, bytes, n) != (ssize_t)n)
			say("lab: cannot write %s in the guest: %s\n", path, strerror(errno));
		left -= n;
	}
	if (fchmod(fd, record->mode) < 0 || close(fd) < 0)
		say("lab: cannot finish %s in the guest: %s\n", path, strerror(errno));
	free(path);
}

static bool take_request(struct list *command, struct list *files)
{
	struct lab_record record;
	bool klog = false;

	for (;;) {
		take_all(&record, sizeof(record));
		switch (record.type) {
		case LAB_PUT:
			put_file(&record);
			break;
		case LAB_GET:
			add(files, take_string(record.length));
			break;
		case LAB_ARG:
			add(command, take_string(record.length));
			break;
		case LAB_KLOG:
			klog = true;
			break;
		case LAB_RUN:
			if (!command->count)
				say("lab: the request has no command\n");
			return klog;
		default:
			say("lab: unknown record %u in the request\n", record.type);
		}
	}
}

/* ---- the command ---- */

static bool relay(int fd, enum lab_stream stream)
{
	ssize_t n = read(fd, buffer, LAB_BUFFER);

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	lab_call(LAB_WRITE, stream, (unsigned long)buffer, (unsigned long)n);
	return true;
}

static void execute(char **command, const int out[2], const int err[2])
{
	int null = open("/dev/null", O_RDONLY);

	setsid();
	dup2(null, STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	signal(SIGCHLD, SIG_DFL);
	execvp(command[0], command);
	dprintf(STDERR_FILENO, "lab: cannot execute %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? CANNOT_FIND : CANNOT_EXECUTE);
}

/* A child that ends is told through a pipe, so that poll() sees it whenever it comes. */
static int told[2];

static void tell(int signo)
{
	int saved = errno;

	(void)signo;
	(void)!write(told[1], "", 1);
	errno = saved;
}

/* The command is over when its first process ends; what it left behind in the background does not hold the run up. */
static int run(char **command)
{
	int out[2], err[2], status = -1, s;
	struct pollfd wait_for[3];
	char drop[64];
	pid_t child, pid;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 || pipe2(told, O_CLOEXEC | O_NONBLOCK) < 0)
		say("lab: no pipes in the guest: %s\n", strerror(errno));
	signal(SIGCHLD, tell);
	child = fork();
	if (child < 0)
		say("lab: cannot fork in the guest: %s\n", strerror(errno));
	if (child == 0)
		execute(command, out, err);
	close(out[1]);
	close(err[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	wait_for[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	wait_for[1] = (struct pollfd){ .fd = err[0], .events = POLLIN };
	wait_for[2] = (struct pollfd){ .fd = told[0], .events = POLLIN };

	while (status < 0) {
		if (poll(wait_for, 3, -1) < 0)
			continue;
		if (wait_for[0].revents && !relay(out[0], LAB_STDOUT))
			wait_for[0].fd = -1;
		if (wait_for[1].revents && !relay(err[0], LAB_STDERR))
			wait_for[1].fd = -1;
		if (!wait_for[2].revents)
			continue;
		(void)!read(told[0], drop, sizeof(drop));
		while ((pid = waitpid(-1, &s, WNOHANG)) > 0)
			if (pid == child)
				status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
	}
	/* What is still in the pipes; not more than fits into one, since a background process may write on for ever. */
	for (int i = 0; i < 2; i++)
		for (int n = 0; n < PIPE_PAGES && wait_for[i].fd >= 0 && poll(&wait_for[i], 1, 0) > 0; n++)
			if (!relay(wait_for[i].fd, i ? LAB_STDERR : LAB_STDOUT))
				wait_for[i].fd = -1;
	return status;
}

/* ---- afterwards ---- */

static void send_files(const void *bytes, size_t length)
{
	memmove(buffer, bytes, length);
	lab_call(LAB_WRITE, LAB_FILES, (unsigned long)buffer, length);
}

static void get_file(const char *path)
{
	struct lab_record record = { .type = LAB_GET, .name = (unsigned int)strlen(path) + 1 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		record.mode = st.st_mode & 07777;
		record.length = (unsigned long long)st.st_size;
	} else if (fd >= 0) {
		close(fd);
		fd = -1;
	}
	record.length += record.name;
	send_files(&record, sizeof(record));
	send_files(path, record.name);
	record.length -= record.name;
	while (fd >= 0 && record.length) {
		size_t want = record.length < LAB_BUFFER ? record.length : LAB_BUFFER;

		n = read(fd, buffer, want);
		if (n <= 0)	/* somebody cut it meanwhile: keep the length that was announced */
			memset(buffer, 0, (size_t)(n = (ssize_t)want));
		lab_call(LAB_WRITE, LAB_FILES, (unsigned long)buffer, (unsigned long)n);
		record.length -= (unsigned long long)n;
	}
	if (fd >= 0)
		close(fd);
}

static void send_klog(void)
{
	const int read_all = 3, size_of_log = 10;
	int size = klogctl(size_of_log, NULL, 0);
	char *log = malloc(size > 0 ? (size_t)size : 1);
	int n = log ? klogctl(read_all, log, size) : 0;

	for (int done = 0, piece; done < n; done += piece) {
		piece = n - done < LAB_BUFFER ? n - done : LAB_BUFFER;
		memcpy(buffer, log + done, (size_t)piece);
		lab_call(LAB_WRITE, LAB_KMSG, (unsigned long)buffer, (unsigned long)piece);
	}
	free(log);
}

/* ---- before ---- */

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, value, strlen(value));
		close(fd);
	}
}

static void set_up(void)
{
	static const struct { const char *type, *at, *options; } mounts[] = {
		{ "proc", "/proc", NULL },
		{ "sysfs", "/sys", NULL },
		{ "devtmpfs", "/dev", NULL },
		{ "tmpfs", "/tmp", "mode=1777,size=75%" },
		{ "tmpfs", "/run", "mode=755" },
		{ "tmpfs", "/dev/shm", "mode=1777,size=75%" },
		{ "devpts", "/dev/pts", NULL },
		{ "securityfs", "/sys/kernel/security", NULL },
		{ "tracefs", "/sys/kernel/tracing", NULL },
		{ "debugfs", "/sys/kernel/debug", NULL },
	};
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int s;

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].at, 0755);
		mount(mounts[i].type, mounts[i].at, mounts[i].type, 0, mounts[i].options);
	}
	/* perf must neither throttle nor refuse: an emulated PMI takes long on the guest's clock. */
	set("/proc/sys/kernel/perf_cpu_time_max_percent", "0");
	set("/proc/sys/kernel/perf_event_paranoid", "-1");
	set("/proc/sys/kernel/perf_event_mlock_kb", "65536");
	set("/proc/sys/kernel/perf_event_max_sample_rate", "100000000");
	set("/proc/sys/kernel/kptr_restrict", "0");
	set("/proc/sys/kernel/hostname", "lab");
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s >= 0) {
		ioctl(s, SIOCSIFFLAGS, &loopback);
		close(s);
	}
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LANG", "C.UTF-8", 1);
	(void)!chdir("/root");
}

/*
 * The counters charge instructions to tasks by the per-CPU pointer to the current one: current_task before 6.2, the first
 * member of pcpu_hot since. Per-CPU symbols come first in kallsyms, so the search ends early.
 */
static void tell_current_task(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	char name[256], line[512];
	unsigned long value;

	while (symbols && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%lx %*c %255s", &value, name) != 2)
			continue;
		if (strcmp(name, "current_task") && strcmp(name, "pcpu_hot"))
			continue;
		strcpy(buffer, "current_task");
		lab_call(LAB_SYMBOL, (unsigned long)buffer, value, 0);
		break;
	}
	if (symbols)
		fclose(symbols);
}

int main(void)
{
	struct list command = { 0 }, files = { 0 };
	bool klog;
	int status;

	buffer = lab_buffer();
	if (!buffer)
		return 1;
	set_up();
	tell_current_task();
	if (lab_call(LAB_READY, 0, 0, 0) < 0)
		return 1;
	klog = take_request(&command, &files);
	status = run(command.item);
	if (klog)
		send_klog();
	for (size_t i = 0; i < files.count; i++)
		get_file(files.item[i]);
	lab_call(LAB_EXIT, (unsigned long)status, 0, 0);
	return 1;
}
