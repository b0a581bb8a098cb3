// SPDX-License-Identifier: GPL-2.0
/*
 * What else leads into the module: the system calls that every file has, its generic netlink family, its files in sysfs.
 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"

/* ---- files ----------------------------------------------------------------------------------------------------------- */

/* The descriptor goes through a socket and lies there, in flight, when the socket is closed. */
static void send_away(int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec byte = { "", 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	int ends[2];

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
		return;
	(void)!sendmsg(ends[0], &message, MSG_DONTWAIT);
	close(ends[0]);
	close(ends[1]);
}

static void read_file(const char *path)
{
	static char text[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && read(fd, text, sizeof(text)) > 0)
		;
	if (fd >= 0)
		close(fd);
}

void fuzz_file(struct fuzzer *f)
{
	static const int commands[] = { F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE, F_GETPIPE_SZ, F_GET_SEALS };
	struct session *session = fuzz_session(f, STARTED);
	struct epoll_event event = { .events = (uint32_t)f->random | EPOLLET };
	struct pollfd ready = { .fd = session->fd, .events = (short)f->random };
	int fd = session->fd, second;
	char path[64];
	off_t at = 0;

	switch (fuzz_random(f, 14)) {
	case 0:
		if (read(fd, f->arena, PAGE) >= 0 || write(fd, f->arena, PAGE) >= 0 || pread(fd, f->arena, 8, f->random >> 1) >= 0)
			fuzz_wrong(f, "the device can be read or written");
		break;
	case 1:
		if (lseek(fd, f->random, fuzz_random(f, 6)) > 0)
			fuzz_wrong(f, "the device has a position");
		break;
	case 2:
		poll(&ready, 1, 0);
		if ((session->phase == NEW) != !!(ready.revents & POLLERR))
			fuzz_wrong(f, "poll tells %#x in phase %d", ready.revents, session->phase);
		break;
	case 3:
		epoll_ctl(f->world->epoll, 1 + fuzz_random(f, 3), fd, &event);
		epoll_wait(f->world->epoll, &event, 1, 0);
		break;
	case 4:
		second = dup(fd);
		shutdown(second, SHUT_RDWR);
		close(second);
		break;
	case 5:
		fcntl(fd, F_SETFL, (int)f->random & (O_NONBLOCK | O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME));
		fcntl(fd, F_SETLEASE, F_WRLCK);
		fcntl(fd, fuzz_one_of(f, commands), 0);
		break;
	case 6:
		flock(fd, LOCK_EX | LOCK_NB);
		break;
	case 7:
		if (!ftruncate(fd, 0) || !fallocate(fd, 0, 0, PAGE) || !fsync(fd))
			fuzz_wrong(f, "the device is taken for a file");
		break;
	case 8:
		if (sendfile(fd, f->world->program, &at, PAGE) > 0 || sendfile(f->world->write_only, fd, &at, PAGE) > 0 ||
		    splice(f->world->pipe, NULL, fd, NULL, PAGE, SPLICE_F_NONBLOCK) > 0)
			fuzz_wrong(f, "the device can be spliced");
		break;
	case 9:
		send_away(fd);
		break;
	case 10:
		read_file("/proc/self/smaps");
		break;
	case 11:
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		read_file(path);
		break;
	case 12:
		/* Another file of the same device: what it is open for is another session. */
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		second = open(path, O_RDWR | O_CLOEXEC);
		if (second >= 0 && ioctl(second, GTRACE_IOC_STOP) == 0)
			fuzz_wrong(f, "a session that was never started stops");
		close(second);
		break;
	case 13:
		second = open(GTRACE_DEVICE_PATH, O_RDONLY | O_CLOEXEC);
		ioctl(second, GTRACE_IOC_FLUSH);
		close(second);
	}
}

/* ---- generic netlink --------------------------------------------------------------------------------------------------- */

struct message {
	struct nlmsghdr head;
	struct genlmsghdr command;
	uint8_t rest[512];
};

static void add(struct message *m, uint16_t type, const void *from, uint16_t bytes)
{
	struct nlattr attribute = { NLA_HDRLEN + bytes, type };
	uint8_t *end = (uint8_t *)m + m->head.nlmsg_len;

	memcpy(end, &attribute, sizeof(attribute));
	memcpy(end + sizeof(attribute), from, bytes);
	m->head.nlmsg_len += NLA_ALIGN(sizeof(attribute) + bytes);
}

static struct message begin(uint16_t family, uint8_t command)
{
	return (struct message){ .head = { NLMSG_HDRLEN + GENL_HDRLEN, family, NLM_F_REQUEST, 1, 0 }, .command = { command, 1, 0 } };
}

/* The number of the family and of its group, by the controller's answer. Joins the group, and never reads what comes. */
void fuzz_netlink_init(struct world *w)
{
	struct message m = begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	union {
		struct message message;
		uint8_t bytes[4096];
	} reply;
	struct sockaddr_nl all = { .nl_family = AF_NETLINK };
	int group = 0;

	w->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	add(&m, CTRL_ATTR_FAMILY_NAME, GTRACE_GENL_NAME, sizeof(GTRACE_GENL_NAME));
	if (w->netlink < 0 || bind(w->netlink, (void *)&all, sizeof(all)) || send(w->netlink, &m, m.head.nlmsg_len, 0) < 0 ||
	    recv(w->netlink, &reply, sizeof(reply), 0) < 0)
		client_die("generic netlink");
	for (size_t at = 0; at + NLA_HDRLEN <= reply.message.head.nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;) {
		const struct nlattr *a = (const void *)(reply.message.rest + at);

		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			w->family = *(const uint16_t *)(a + 1);
		/* One group: its number is the second attribute in the first of the list. */
		if (a->nla_type == CTRL_ATTR_MCAST_GROUPS)
			group = *(const int *)((const uint8_t *)(a + 1) + 2 * NLA_HDRLEN);
		at += NLA_ALIGN(a->nla_len);
	}
	if (!w->family || setsockopt(w->netlink, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		client_die("the netlink family");
}

void fuzz_netlink(struct fuzzer *f)
{
	static const uint16_t flags[] = { NLM_F_REQUEST, NLM_F_REQUEST | NLM_F_ACK, NLM_F_REQUEST | NLM_F_DUMP, 0, 0xffff };
	bool controller = !fuzz_random(f, 4);
	struct message m = begin(controller ? GENL_ID_CTRL : f->world->family, fuzz_random(f, 16));
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		uint8_t rest[4096];
	} reply;

	if (controller)
		add(&m, CTRL_ATTR_FAMILY_ID, &f->world->family, 2);
	m.head.nlmsg_flags = fuzz_one_of(f, flags);
	m.command.version = fuzz_random(f, 4);
	for (uint64_t n = fuzz_random(f, 5); n--;) {
		uint8_t value[64];

		for (unsigned int i = 0; i < sizeof(value); i++)
			value[i] = fuzz_random(f, 256);
		add(&m, fuzz_random(f, 14) | (fuzz_random(f, 4) ? 0 : NLA_F_NESTED), value, fuzz_random(f, sizeof(value)));
	}
	/* The message or its last attribute says that it is longer, or shorter, than it is. */
	if (!fuzz_random(f, 4))
		m.head.nlmsg_len += fuzz_random(f, 64) - 32;
	else if (!fuzz_random(f, 4))
		m.rest[fuzz_random(f, 32)] = fuzz_random(f, 256);
	if (send(s, &m, fuzz_random(f, 8) ? m.head.nlmsg_len % sizeof(m) : fuzz_random(f, sizeof(m)), MSG_DONTWAIT) >= 0 &&
	    recv(s, &reply, sizeof(reply), MSG_DONTWAIT) >= (ssize_t)(NLMSG_HDRLEN + sizeof(int)) && !controller &&
	    reply.head.nlmsg_type == f->world->family)
		fuzz_wrong(f, "netlink: command %u is answered", m.command.cmd);
	close(s);
}

/* ---- sysfs ------------------------------------------------------------------------------------------------------------- */

static void read_oddly(struct fuzzer *f, const char *path)
{
	char text[PAGE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (pread(fd, text, fuzz_random(f, sizeof(text)), fuzz_random(f, 8) ? 0 : f->random >> 1) >= 0 &&
	    read(fd, f->arena + 3 * PAGE, 8) > 0)
		fuzz_wrong(f, "%s was read into memory that is read-only", path);
	close(fd);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, text, fuzz_random(f, sizeof(text))) > 0)
		fuzz_wrong(f, "%s was written", path);
	close(fd);
}

/* One of the files that hold one value. Those that each device has are not ours: they can be written. */
void fuzz_sysfs(struct fuzzer *f)
{
	const char *folder = "/sys/class/misc/gtrace";
	struct dirent *entry;
	char path[512];
	uint64_t n;
	DIR *files;

	snprintf(path, sizeof(path), "%s/cpu%llu", folder, (unsigned long long)fuzz_random(f, f->world->caps.nr_cpus));
	files = opendir(fuzz_random(f, 2) ? folder : path);
	if (!files)
		client_die(folder);
	for (n = fuzz_random(f, 24); (entry = readdir(files)) && n; n--)
		;
	if (entry && entry->d_type == DT_REG && strcmp(entry->d_name, "uevent")) {
		struct stat status;

		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd(files), entry->d_name);
		if (stat(path, &status) || status.st_mode & 0222)
			fuzz_wrong(f, "%s/.../%s is not for reading alone", folder, entry->d_name);
		read_oddly(f, path);
	}
	closedir(files);
}
