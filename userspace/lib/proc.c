// SPDX-License-Identifier: GPL-2.0
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"

void *gt_events_append(struct gt_events *events, size_t bytes)
{
	if (gt_array_reserve(&events->bytes, 1, events->used + bytes, &events->room))
		return NULL;
	events->used += bytes;
	return memset(events->bytes + events->used - bytes, 0, bytes);
}

void gt_events_free(struct gt_events *events)
{
	free(events->bytes);
	*events = (struct gt_events){0};
}

int gt_proc_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

void gt_proc_comm(pid_t pid, char *comm)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (gt_proc_read_file(path, comm, 16))
		strcpy(comm, "?");
}

bool gt_proc_same_pid_namespace(pid_t pid)
{
	char path[64], theirs[64] = "", ours[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return readlink(path, theirs, sizeof(theirs) - 1) > 0 &&
	       readlink("/proc/self/ns/pid", ours, sizeof(ours) - 1) > 0 && !strcmp(theirs, ours);
}

/* The last id in the NSpid line of a thread's status is the one in its own namespace. */
static pid_t own_tid(pid_t pid, const char *tid)
{
	char path[64], line[256];
	pid_t own = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/task/%.10s/status", pid, tid);
	status = fopen(path, "re");
	if (!status)
		return 0;
	while (!own && fgets(line, sizeof(line), status)) {
		const char *last = strrchr(line, '\t');

		if (!strncmp(line, "NSpid:", 6) && last)
			own = strtol(last, NULL, 10);
	}
	fclose(status);
	return own;
}

pid_t gt_proc_outer_tid(pid_t pid, pid_t inner)
{
	const struct dirent *entry;
	char path[64];
	pid_t found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!found && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && own_tid(pid, entry->d_name) == inner)
			found = strtol(entry->d_name, NULL, 10);
	closedir(dir);
	return found;
}

static int append_thread(struct gt_events *events, pid_t pid, const char *tid, uint32_t tgid, uint64_t tsc)
{
	struct gtrace_event_task *task = gt_events_append(events, sizeof(*task));
	char path[64];

	if (!task)
		return -ENOMEM;
	task->head.type = GTRACE_EVENT_FORK;
	task->head.size = sizeof(*task);
	task->head.flags = (pid_t)strtoul(tid, NULL, 10) == pid ? 0 : GTRACE_EVENT_F_THREAD;
	task->head.tsc = tsc;
	/* In another PID namespace than ours only the leader's id is known by its initial name. */
	task->tid = task->head.flags ? strtoul(tid, NULL, 10) : tgid;
	task->tgid = tgid;
	snprintf(path, sizeof(path), "/proc/%d/task/%.10s/comm", pid, tid);
	if (gt_proc_read_file(path, task->comm, sizeof(task->comm)))
		strcpy(task->comm, "?");
	return 0;
}

static int read_threads(struct gt_events *events, pid_t pid, uint32_t tgid, uint64_t tsc)
{
	const struct dirent *entry;
	char path[64];
	int err = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while (!err && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			err = append_thread(events, pid, entry->d_name, tgid, tsc);
	closedir(dir);
	return err;
}

static int append_map(struct gt_events *events, const char *line, uint32_t tgid, uint64_t tsc)
{
	uint64_t start, end, pgoff, ino;
	struct gtrace_event_map *map;
	unsigned int major, minor;
	char perms[5];
	size_t bytes;
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &start, &end, perms, &pgoff,
		   &major, &minor, &ino, &at) < 7 ||
	    perms[2] != 'x')
		return 0;
	bytes = (sizeof(*map) + strlen(line + at) + 1 + 7) & ~7ul;
	if (bytes > UINT16_MAX)
		return 0;
	map = gt_events_append(events, bytes);
	if (!map)
		return -ENOMEM;
	map->head = (struct gtrace_event){.type = GTRACE_EVENT_MAP, .size = bytes, .tsc = tsc};
	map->tid = tgid;
	map->tgid = tgid;
	map->start = start;
	map->end = end;
	map->pgoff = pgoff;
	map->ino = ino;
	map->dev_major = major;
	map->dev_minor = minor;
	strcpy(map->path, line + at);
	return 0;
}

static int read_maps(struct gt_events *events, pid_t pid, uint32_t tgid, uint64_t tsc)
{
	size_t room = 0;
	char path[64], *line = NULL;
	ssize_t n;
	int err = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return errno == ENOENT ? -ESRCH : -errno;
	while (!err && (n = getline(&line, &room, maps)) > 0) {
		line[n - 1] = '\0';
		err = append_map(events, line, tgid, tsc);
	}
	free(line);
	fclose(maps);
	return err;
}

int gt_proc_read(struct gt_events *events, pid_t pid, uint32_t tgid, uint64_t tsc)
{
	int err = read_threads(events, pid, tgid, tsc);

	return err ? err : read_maps(events, pid, tgid, tsc);
}

/* The next process of an open /proc, 0 at the end. */
static pid_t next_pid(DIR *proc)
{
	const struct dirent *entry;

	while ((entry = readdir(proc))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (!*end && pid > 0)
			return pid;
	}
	return 0;
}

int gt_proc_read_all(struct gt_events *events, uint64_t tsc)
{
	DIR *proc = opendir("/proc");
	int err = 0;
	pid_t pid;

	if (!proc)
		return -errno;
	while ((pid = next_pid(proc))) {
		err = gt_proc_read(events, pid, pid, tsc);
		if (err == -ENOMEM)
			break;
	}
	closedir(proc);
	return err == -ENOMEM ? err : 0;
}

static int is_called(pid_t pid, const char *name)
{
	char comm[16], path[64], exe[PATH_MAX];
	const char *last;
	ssize_t n;

	gt_proc_comm(pid, comm);
	if (!strcmp(comm, name))
		return 1;
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n <= 0)
		return 0;
	exe[n] = '\0';
	last = strrchr(exe, '/');
	return last && !strcmp(last + 1, name);
}

int gt_proc_find(const char *name, pid_t *pids, size_t max)
{
	DIR *proc = opendir("/proc");
	size_t n = 0;
	pid_t pid;

	if (!proc)
		return -errno;
	while ((pid = next_pid(proc))) {
		if (pid == getpid() || !is_called(pid, name))
			continue;
		if (n < max)
			pids[n] = pid;
		n++;
	}
	closedir(proc);
	return n;
}
