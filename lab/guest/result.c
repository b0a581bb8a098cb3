// SPDX-License-Identifier: GPL-2.0
/* result.c - what leaves the guest when the command has ended */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

static void send_bytes(const void *bytes, size_t length)
{
	memmove(buffer, bytes, length);
	lab_call(LAB_WRITE, LAB_FILES, (unsigned long)buffer, length);
}

void result_file(const char *path)
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
	send_bytes(&record, sizeof(record));
	send_bytes(path, record.name);
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

void result_klog(void)
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
