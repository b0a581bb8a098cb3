// SPDX-License-Identifier: GPL-2.0
/* request.c - what goes into the guest and what comes back, as records of guest/call.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"
#include "client.h"

static int failed(const char *what, const char *path)
{
	fprintf(stderr, "lab/run: cannot %s %s: %s\n", what, path, strerror(errno));
	return -1;
}

static int put(int fd, const void *from, size_t length)
{
	const char *bytes = from;
	ssize_t n;

	for (; length; bytes += n, length -= (size_t)n) {
		n = write(fd, bytes, length);
		if (n < 0)
			return failed("write", "the request");
	}
	return 0;
}

static int copy(int to, int from, unsigned long long length)
{
	while (length) {
		ssize_t n = sendfile(to, from, NULL, length < 1 << 30 ? (size_t)length : 1 << 30);

		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return -1;
		}
		length -= (unsigned long long)n;
	}
	return 0;
}

static int text(int request, enum lab_record_type type, const char *s)
{
	struct lab_record record = { .type = type, .length = strlen(s) };

	if (type == LAB_GET)
		record.length++;
	return put(request, &record, sizeof(record)) || put(request, s, record.length) ? -1 : 0;
}

static int file(int request, const struct transfer *in)
{
	struct lab_record record = { .type = LAB_PUT, .name = (unsigned int)strlen(in->guest) + 1 };
	int fd = open(in->host, O_RDONLY | O_CLOEXEC), error = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return failed("read", in->host);
	if (!S_ISREG(st.st_mode)) {
		fprintf(stderr, "lab/run: %s is not a regular file; pack a folder with tar\n", in->host);
		close(fd);
		return -1;
	}
	record.mode = st.st_mode & 07777;
	record.length = record.name + (unsigned long long)st.st_size;
	if (put(request, &record, sizeof(record)) || put(request, in->guest, record.name))
		error = -1;
	else if (copy(request, fd, (unsigned long long)st.st_size))
		error = failed("copy", in->host);
	close(fd);
	return error;
}

/*
 * A run is the same to the byte each time, so what depends on luck in it does so every time or never. Its luck is when it
 * begins (in the timers' periods), where things lie (stacks, what each execve draws of the kernel's random numbers: addresses,
 * seeds of maps) and which pids its processes get; this shell varies all of them by $1 and goes on as the command.
 */
static const char luck_script[] =
	"n=$1; shift\n"
	"i=$((n * 1327 % 5003)); while [ $i -gt 0 ]; do i=$((i - 1)); done\n"
	"i=$((n % 13)); while [ $i -gt 0 ]; do /bin/true; i=$((i - 1)); done\n"
	"LUCK=$(printf \"%$((n * 53 % 257 + 1))s\"); export LUCK\n"
	"exec \"$@\"\n";

/* luck: makes LAB_LUCK of the environment that of the run; without it the request is the command and nothing else. */
static int luck(int request)
{
	const char *n = getenv("LAB_LUCK");
	const char *args[] = { "sh", "-c", luck_script, "luck", n };
	int error = 0;

	if (!n || !*n)
		return 0;
	if (strspn(n, "0123456789") != strlen(n) || strlen(n) > 9) {
		fprintf(stderr, "lab/run: LAB_LUCK is a number of up to 9 digits, not '%s'\n", n);
		return -1;
	}
	for (size_t i = 0; i < sizeof(args) / sizeof(*args) && !error; i++)
		error = text(request, LAB_ARG, args[i]);
	return error;
}

int request_make(const struct options *options)
{
	struct lab_record run = { .type = LAB_RUN }, klog = { .type = LAB_KLOG };
	int request = memfd_create("request", MFD_CLOEXEC), error = 0;

	if (request < 0)
		return failed("create", "the request");
	for (size_t i = 0; i < options->ins && !error; i++)
		error = file(request, &options->in[i]);
	for (size_t i = 0; i < options->outs && !error; i++)
		error = text(request, LAB_GET, options->out[i].guest);
	if (!error)
		error = luck(request);
	for (char **arg = options->command; *arg && !error; arg++)
		error = text(request, LAB_ARG, *arg);
	if (!error && options->console)
		error = put(request, &klog, sizeof(klog));
	if (!error)
		error = put(request, &run, sizeof(run));
	if (error || lseek(request, 0, SEEK_SET) < 0) {
		close(request);
		return -1;
	}
	return request;
}

static int bring(const struct transfer *out, const struct lab_record *record, int files)
{
	int fd = open(out->host, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return failed("create", out->host);
	if (copy(fd, files, record->length - record->name) || fchmod(fd, record->mode)) {
		close(fd);
		return failed("write", out->host);
	}
	return close(fd) ? failed("write", out->host) : 0;
}

int request_bring(const struct options *options, int files)
{
	struct lab_record record;
	int error = 0;

	if (lseek(files, 0, SEEK_SET) < 0)
		return failed("read", "the guest's files");
	for (size_t i = 0; i < options->outs; i++) {
		if (read(files, &record, sizeof(record)) != sizeof(record) || record.length < record.name ||
		    lseek(files, record.name, SEEK_CUR) < 0) {
			fprintf(stderr, "lab/run: %s did not come back from the guest\n", options->out[i].guest);
			return -1;
		}
		if (record.mode == 0 && record.length == record.name) {
			fprintf(stderr, "lab/run: the guest has no file %s\n", options->out[i].guest);
			error = -1;
		} else if (bring(&options->out[i], &record, files)) {
			return -1;
		}
	}
	return error;
}
