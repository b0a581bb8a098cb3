// SPDX-License-Identifier: GPL-2.0
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A signal that interrupts the wait for another CPU's answer must not look like a failure. */
static int call(const struct gt_session *session, unsigned long request, void *argument)
{
	int ret;

	do {
		ret = ioctl(session->fd, request, argument);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

int gt_session_open(struct gt_session *session)
{
	int err;

	memset(session, 0, sizeof(*session));
	session->fd = open(GTRACE_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	if (session->fd < 0)
		return errno == ENXIO || errno == ENODEV ? -ENOENT : -errno;
	err = gt_session_query(session);
	if (!err && session->caps.abi_version != GTRACE_ABI_VERSION)
		err = -EPROTO;
	if (err)
		gt_session_close(session);
	return err;
}

int gt_session_query(struct gt_session *session)
{
	session->caps = (struct gtrace_caps){.size = sizeof(session->caps)};
	return call(session, GTRACE_IOC_QUERY, &session->caps);
}

int gt_session_configure(struct gt_session *session, const struct gtrace_config *config)
{
	session->config = *config;
	session->config.size = sizeof(session->config);
	return call(session, GTRACE_IOC_CONFIG, &session->config);
}

int gt_session_probe(const struct gt_session *session, const struct gtrace_probe *probe)
{
	struct gtrace_probe sized = *probe;

	sized.size = sizeof(sized);
	return call(session, GTRACE_IOC_PROBE, &sized);
}

const char *gt_session_probe_explain(int error)
{
	switch (error) {
	case -EEXIST:
		return "it is probed there already";
	case -EINVAL:
		return "the module finds no instruction there that it can carry out (dmesg says more)";
	case -EBADF:
	case -EACCES:
		return "the file cannot be read";
	case -ENOSPC:
		return "the module has no room for more probes in one session";
	case -EOPNOTSUPP:
		return "this kernel has no uprobes (CONFIG_UPROBES)";
	case -ENOTTY:
		return "the loaded gtrace.ko knows no probes: it is older than this program";
	case -E2BIG:
		return "the loaded gtrace.ko is older than this program";
	case -ENOMEM:
		return "the kernel has no memory";
	}
	return strerror(-error);
}

int gt_session_start(struct gt_session *session)
{
	return call(session, GTRACE_IOC_START, NULL);
}

int gt_session_stop(struct gt_session *session)
{
	return call(session, GTRACE_IOC_STOP, NULL);
}

int gt_session_flush(struct gt_session *session)
{
	return call(session, GTRACE_IOC_FLUSH, NULL);
}

void gt_session_close(struct gt_session *session)
{
	if (session->fd >= 0)
		close(session->fd);
	session->fd = -1;
}
